"""Which operation has which number."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple, TypeVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.reader import Reader

from . import bookmark, category, folder, logon, moving, release, store, table
from .base import RopRequest, RopResponse

FAMILIES = (logon, release, store, folder, moving, table, bookmark, category)

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


def parse_rops(rops: bytes) -> list[Placed]:
    """All of a list, before any is done: one that cannot be read spoils them all (R4551)."""
    reader = Reader(rops)
    found: list[Placed] = []
    while reader.left:
        at = reader.at
        kind = REQUESTS.get(rops[at])
        if kind is None:
            raise BadSyntax("an operation that is known", at)
        found.append(Placed(kind.read(reader), at, reader.at))
    return found
