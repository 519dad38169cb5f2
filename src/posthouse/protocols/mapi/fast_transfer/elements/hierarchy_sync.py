"""Changes of folders – [MS-OXCFXICS] 2.2.4.3.5, 2.2.4.3.9."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ...identifiers import ObjectId
from ...objects import Properties
from ...tags import (
    PidTagChangeKey,
    PidTagDisplayName,
    PidTagFolderId,
    PidTagLastModificationTime,
    PidTagParentFolderId,
    PidTagParentSourceKey,
    PidTagPredecessorChangeList,
    PidTagSourceKey,
)
from ..chunker import Steps
from ..markers import Marker
from ..pieces import Piece, binary, marker, object_id
from ..writer import Writer
from .contents_sync import ExtraFlags
from .sync_state import Deletions, SyncState, deletions, state


@dataclass(frozen=True, slots=True)
class FolderChange:
    """Keys and list in the form of their properties."""

    folder_id: ObjectId
    parent_folder_id: ObjectId
    parent_source_key: bytes
    """Empty: the folder is right below the root of the synchronization (R1127)."""
    source_key: bytes
    last_modification_time: int
    change_key: bytes
    predecessor_change_list: bytes
    display_name: str
    properties: Properties = field(default_factory=dict)
    """The others, filtered. Named ones are not sent."""


@dataclass(frozen=True, slots=True)
class HierarchySync:
    changes: Iterable[FolderChange]
    """A parent before its children (R1129)."""
    final_state: Callable[[], SyncState]
    """Asked when all changes are out."""
    deletions: Deletions = field(default_factory=Deletions)
    extra_flags: ExtraFlags = ExtraFlags.NONE
    no_foreign_identifiers: bool = False
    """Of SynchronizationFlags."""


_APART = (
    PidTagParentSourceKey,
    PidTagSourceKey,
    PidTagLastModificationTime,
    PidTagChangeKey,
    PidTagPredecessorChangeList,
    PidTagDisplayName,
    PidTagFolderId,
    PidTagParentFolderId,
)
_LEFT_OUT = frozenset(tag.id for tag in _APART)


def hierarchy_sync(writer: Writer, sync: HierarchySync, steps: Steps) -> Iterator[Piece]:
    """A step is a change."""
    for change in sync.changes:
        yield from folder_change(writer, change, sync.extra_flags, sync.no_foreign_identifiers)
        steps.done += 1
    yield from deletions(sync.deletions)
    yield from state(sync.final_state())
    yield marker(Marker.INCR_SYNC_END)


def folder_change(
    writer: Writer, change: FolderChange, extra: ExtraFlags, no_foreign_identifiers: bool
) -> Iterator[Piece]:
    modified, name = PidTagLastModificationTime, PidTagDisplayName
    yield marker(Marker.INCR_SYNC_CHG)
    yield binary(PidTagParentSourceKey, change.parent_source_key)
    yield binary(PidTagSourceKey, change.source_key)
    yield from writer.property(modified.id, modified.type, change.last_modification_time)
    yield binary(PidTagChangeKey, change.change_key)
    yield binary(PidTagPredecessorChangeList, change.predecessor_change_list)
    yield from writer.property(name.id, name.type, change.display_name)
    if extra & ExtraFlags.EID:
        yield object_id(PidTagFolderId, change.folder_id)
    if extra & ExtraFlags.EID or no_foreign_identifiers:
        yield object_id(PidTagParentFolderId, change.parent_folder_id)
    tagged: Properties = {key: value for key, value in change.properties.items() if isinstance(key, int)}
    yield from writer.properties(tagged, _LEFT_OUT)
