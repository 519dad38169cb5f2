"""Which operation has which number."""

from __future__ import annotations

from collections.abc import Iterator, Set
from types import ModuleType
from typing import NamedTuple, TypeVar

from posthouse.model.refusals import BadSyntax

from . import (
    attachment,
    bookmark,
    category,
    fast_transfer,
    folder,
    logon,
    message,
    message_status,
    moving,
    named_property,
    notification,
    per_user,
    permission,
    property,
    recipient,
    release,
    rule,
    sending,
    store,
    stream,
    synchronization,
    synchronization_upload,
    table,
)
from .base import RequestReader, RopRequest, RopResponse
from .logon import RopLogonRequest

FAMILIES = (
    release,
    logon,
    store,
    per_user,
    folder,
    moving,
    table,
    bookmark,
    category,
    message,
    recipient,
    message_status,
    attachment,
    sending,
    property,
    named_property,
    stream,
    permission,
    rule,
    notification,
    synchronization,
    synchronization_upload,
    fast_transfer,
)

Rop = TypeVar("Rop", bound=RopRequest | RopResponse)


def _all(base: type[Rop]) -> Iterator[type[Rop]]:
    for family in FAMILIES:
        yield from _declared(family, base)


def _declared(family: ModuleType, base: type[Rop]) -> Iterator[type[Rop]]:
    for kind in vars(family).values():
        if isinstance(kind, type) and issubclass(kind, base) and kind.__module__ == family.__name__:
            yield kind


REQUESTS: dict[int, type[RopRequest]] = {kind.ROP_ID: kind for kind in _all(RopRequest)}
RESPONSES: tuple[type[RopResponse], ...] = tuple(_all(RopResponse))


class Placed(NamedTuple):
    """An operation, and where in the list it begins and ends."""

    request: RopRequest
    begin: int
    end: int


def parse_rops(rops: bytes, public: Set[int] = frozenset()) -> list[Placed]:
    """All of a list, before any is done: one that cannot be read spoils them all (R4551)."""
    return list(each_rop(rops, public))


def each_rop(rops: bytes, public: Set[int] = frozenset()) -> Iterator[Placed]:
    """As they are read; there may be more than ten thousand. `public`: LogonIds that are logons to public folders; a
    logon in the list changes that for what follows it. Raises BadSyntax."""
    reader = RequestReader(rops, public)
    while reader.left:
        at = reader.at
        kind = REQUESTS.get(rops[at])
        if kind is None:
            raise BadSyntax("an operation that is known", at)
        request = kind.read(reader)
        if isinstance(request, RopLogonRequest):
            reader.public = request.public_after(reader.public)
        yield Placed(request, at, reader.at)
