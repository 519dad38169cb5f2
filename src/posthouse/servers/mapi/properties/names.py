"""Names of properties and their ids – [MS-OXCPRPT] 3.2.5.6, 3.2.5.9, 3.2.5.10."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from posthouse.model.refusals import LimitReached
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS, PS_MAPI
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.rops.named_property import QueryFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Names

NAMED = 0x8000
"""From here on an id is that of a name."""


async def ids_of(names: Names, asked: Sequence[PropertyName | None], *, create: bool) -> list[int]:
    """0 where a name has none, and is not to get one or cannot: a guest leaves ids for the owner (R228). ecMemory when
    there are no more."""
    known = [None if name is None else _as_kept(name) for name in asked]
    wanted = [name for name in known if name is not None]
    try:
        ids = iter(await names.ids_of(wanted, create=create))
    except LimitReached:
        if not names.of_guest:
            raise RopError(ErrorCode.ecMemory) from None  # R53502
        ids = iter(await names.ids_of(wanted))
    return [0 if name is None else next(ids) for name in known]


def _as_kept(name: PropertyName) -> PropertyName | None:
    """None: no property can have this name. Names of Internet headers are in small letters (R529)."""
    if name.guid == PS_MAPI:
        return name if isinstance(name.name, int) and 0 < name.name < NAMED else None  # R225
    if name.guid == PS_INTERNET_HEADERS and isinstance(name.name, str):
        return replace(name, name=name.name.lower())
    return name


async def names_of(names: Names, ids: Sequence[int]) -> list[PropertyName | None]:
    """Below, the id itself is the name."""
    found = await names.names_of(ids)
    return [PropertyName(PS_MAPI, number) if number < NAMED else name for number, name in zip(ids, found, strict=True)]


def chosen(names: Iterable[PropertyName], flags: QueryFlags, guid: UUID | None) -> list[PropertyName]:
    """Those that a query asks for; bits that mean nothing are ignored."""
    without: tuple[type, ...] = ()
    if flags & QueryFlags.NO_STRINGS:
        without += (str,)
    if flags & QueryFlags.NO_IDS:
        without += (int,)
    return [name for name in names if not isinstance(name.name, without) and guid in (None, name.guid)]
