"""Which operation has which number."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.reader import Reader

from .base import RopRequest
from .logon import RopLogonRequest
from .release import RopReleaseRequest
from .store import (
    RopGetOwningServersRequest,
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderTableRequest,
    RopGetStoreStateRequest,
    RopIdFromLongTermIdRequest,
    RopLongTermIdFromIdRequest,
    RopPublicFolderIsGhostedRequest,
)

_ALL: tuple[type[RopRequest], ...] = (
    RopReleaseRequest,
    RopLogonRequest,
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderTableRequest,
    RopGetStoreStateRequest,
    RopGetOwningServersRequest,
    RopPublicFolderIsGhostedRequest,
    RopLongTermIdFromIdRequest,
    RopIdFromLongTermIdRequest,
)
REQUESTS: dict[int, type[RopRequest]] = {kind.ROP_ID: kind for kind in _ALL}


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
        kind = REQUESTS.get(reader.u8())
        if kind is None:
            raise BadSyntax("an operation that is known", at)
        request = kind.parse(reader.u8(), reader.u8(), reader)
        found.append(Placed(request, at, reader.at))
    return found
