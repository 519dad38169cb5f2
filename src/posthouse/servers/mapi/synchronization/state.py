"""What a client says that it has – [MS-OXCFXICS] 2.2.1.1, 3.2.5.2.

It keeps its state by itself and uploads it, property by property, before anything else; nothing of it is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, parse_replguid_idset
from posthouse.protocols.mapi.fast_transfer.markers import (
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetGiven,
)
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import Share

MAX_STATE = 16 * 1024 * 1024
"""Bytes of one property: a million identifiers that have nothing to do with each other take half of it."""
MAX_RANGES = 500_000
"""Of one property."""
WEIGHT = 128
"""Bytes that a range takes here."""

_NAMES = {
    MetaTagIdsetGiven.id: "given",
    MetaTagCnsetSeen.id: "seen",
    MetaTagCnsetSeenFAI.id: "seen_fai",
    MetaTagCnsetRead.id: "read",
}


@dataclass(slots=True)
class ClientState:
    given: IdSet[UUID] = field(default_factory=IdSet)
    seen: IdSet[UUID] = field(default_factory=IdSet)
    seen_fai: IdSet[UUID] = field(default_factory=IdSet)
    read: IdSet[UUID] = field(default_factory=IdSet)


class Uploading:
    """One context's state on its way in: Begin, Continue as often as it takes, End."""

    def __init__(self, memory: Share) -> None:
        """`memory`: of whoever the context is."""
        self.state, self._memory = ClientState(), memory
        self._tag: int | None = None
        self._data = bytearray()

    def begin(self, tag: PropertyTag, size: int) -> None:
        """ecInvalidParameter for a property that is none of a state, and while another one is on its way."""
        if tag.id not in _NAMES or self._tag is not None:
            raise RopError(ErrorCode.ecInvalidParameter)
        if size > MAX_STATE:
            raise RopError(ErrorCode.ecMemory)
        self._tag = tag.id
        self._data.clear()

    def go_on(self, data: bytes) -> None:
        if self._tag is None:
            raise RopError(ErrorCode.ecNotInitialized)
        if len(self._data) + len(data) > MAX_STATE:
            self._tag = None
            raise RopError(ErrorCode.ecMemory)
        self._memory.take(len(data))
        self._data += data

    def end(self) -> None:
        """ecFormatError when it is no set, or one of too many pieces."""
        if self._tag is None:
            raise RopError(ErrorCode.ecNotInitialized)
        tag, self._tag = self._tag, None
        try:
            ids = parse_replguid_idset(bytes(self._data), MAX_RANGES)
        except BadSyntax:
            raise RopError(ErrorCode.ecFormatError) from None
        finally:
            self._memory.take(-len(self._data))
            self._data = bytearray()
        self._memory.take(WEIGHT * sum(len(counters.ranges) + 1 for counters in ids.sets.values()))
        setattr(self.state, _NAMES[tag], ids)


def as_state(state: ClientState, *, given: bool, contents: bool) -> SyncState:
    """`given`: not of uploads; `contents`: of hierarchies there is neither of the last two (R1209, R1211)."""
    return SyncState(
        state.given if given else None,
        state.seen,
        state.seen_fai if contents else None,
        state.read if contents else None,
    )
