"""What a synchronization ends with – [MS-OXCFXICS] 2.2.4.3.3, 2.2.4.3.22, 2.2.4.3.25."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from ...property_values import PropertyTag
from ..idsets import IdSet, format_replguid_idset, format_replid_idset
from ..markers import (
    Marker,
    MetaTagCnsetRead,
    MetaTagCnsetSeen,
    MetaTagCnsetSeenFAI,
    MetaTagIdsetDeleted,
    MetaTagIdsetExpired,
    MetaTagIdsetGiven,
    MetaTagIdsetNoLongerInScope,
    MetaTagIdsetRead,
    MetaTagIdsetUnread,
)
from ..pieces import Piece, binary, marker


@dataclass(frozen=True, slots=True)
class SyncState:
    """2.2.1.1. None: it is not part of this state."""

    given: IdSet[UUID] | None = None
    """Not of uploads (3.1.5.2.1)."""
    seen: IdSet[UUID] | None = None
    seen_fai: IdSet[UUID] | None = None
    """This and the next not of hierarchies (R1209, R1211)."""
    read: IdSet[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Deletions:
    deleted: IdSet[int] = field(default_factory=IdSet)
    no_longer_in_scope: IdSet[int] = field(default_factory=IdSet)
    """This and the next not of hierarchies (R1333, R1337002)."""
    expired: IdSet[int] = field(default_factory=IdSet)


@dataclass(frozen=True, slots=True)
class ReadStateChanges:
    read: IdSet[int] = field(default_factory=IdSet)
    unread: IdSet[int] = field(default_factory=IdSet)


def state(final: SyncState) -> Iterator[Piece]:
    yield marker(Marker.INCR_SYNC_STATE_BEGIN)
    sets = (
        (MetaTagIdsetGiven, final.given),
        (MetaTagCnsetSeen, final.seen),
        (MetaTagCnsetSeenFAI, final.seen_fai),
        (MetaTagCnsetRead, final.read),
    )
    yield from (binary(tag, format_replguid_idset(ids)) for tag, ids in sets if ids is not None)
    yield marker(Marker.INCR_SYNC_STATE_END)


def deletions(gone: Deletions) -> Iterator[Piece]:
    """Nothing when nothing is gone (R1063)."""
    return _changed(
        Marker.INCR_SYNC_DEL,
        (MetaTagIdsetDeleted, gone.deleted),
        (MetaTagIdsetNoLongerInScope, gone.no_longer_in_scope),
        (MetaTagIdsetExpired, gone.expired),
    )


def read_state_changes(changed: ReadStateChanges) -> Iterator[Piece]:
    """Nothing when nothing changed (R3316)."""
    return _changed(Marker.INCR_SYNC_READ, (MetaTagIdsetRead, changed.read), (MetaTagIdsetUnread, changed.unread))


def _changed(which: Marker, *sets: tuple[PropertyTag, IdSet[int]]) -> Iterator[Piece]:
    if any(ids for _, ids in sets):
        yield marker(which)
    yield from (binary(tag, format_replid_idset(ids)) for tag, ids in sets if ids)
