"""Changes of messages – [MS-OXCFXICS] 2.2.4.3.2, 2.2.4.3.8, 2.2.4.3.11 to 2.2.4.3.15, 2.2.4.3.18, 2.2.4.3.19."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntFlag

from ...identifiers import ObjectId
from ...objects import Key, Message, Properties
from ...tags import (
    PidTagAssociated,
    PidTagChangeKey,
    PidTagChangeNumber,
    PidTagLastModificationTime,
    PidTagMessageSize,
    PidTagMessageStatus,
    PidTagMid,
    PidTagPredecessorChangeList,
    PidTagRead,
    PidTagSourceKey,
)
from ..chunker import Steps
from ..markers import (
    IsAssociated,
    Marker,
    MetaTagIncrementalSyncMessagePartial,
    MetaTagIncrSyncGroupId,
    SizeOfMessage,
    Structure,
)
from ..pieces import Piece, binary, boolean, marker, number, object_id
from ..structures import ExtendedErrorInfo, ProgressInformation, PropertyGroupInfo
from ..writer import Writer
from .messages import ANNOUNCED, NO_CHILDREN, Children, error_info, message_children
from .sync_state import Deletions, ReadStateChanges, SyncState, deletions, read_state_changes, state

NO_GROUP = 0xFFFFFFFF
"""Index of the properties that no group has (R3310)."""
_SIZE_MAX = (1 << 31) - 1


class ExtraFlags(IntFlag):
    """SynchronizationExtraFlags, 2.2.3.2.1.1.1."""

    NONE = 0
    EID = 1
    MESSAGE_SIZE = 2
    CN = 4
    ORDER_BY_DELIVERY_TIME = 8


@dataclass(frozen=True, slots=True)
class ChangeHeader:
    """What names the message and its version. Keys and list in the form of their properties."""

    source_key: bytes
    last_modification_time: int
    change_key: bytes
    predecessor_change_list: bytes
    associated: bool
    mid: ObjectId
    message_size: int
    change_number: ObjectId


@dataclass(frozen=True, slots=True)
class FullChange:
    header: ChangeHeader
    message: Message
    """Filtered: only what the client wants of its properties."""
    children: Children = ANNOUNCED


@dataclass(frozen=True, slots=True)
class PartialChange:
    """Only of a normal message that the client has (R1135 to R1138)."""

    header: ChangeHeader
    mapping: PropertyGroupInfo
    groups: Sequence[tuple[int, Properties]]
    """Each with its index in the mapping, or NO_GROUP; without properties: all of the group are gone."""
    message: Message
    """Of which the recipients and attachments are sent."""
    children: Children = NO_CHILDREN


@dataclass(frozen=True, slots=True)
class ContentsSync:
    changes: Iterable[FullChange | PartialChange | ExtendedErrorInfo]
    """An error stands where its change would: only with SendOptions.RECOVER_MODE."""
    final_state: Callable[[], SyncState]
    """Asked when all changes are out: it tells what was sent, not what was to be (R1858)."""
    deletions: Deletions = field(default_factory=Deletions)
    read_state_changes: ReadStateChanges = field(default_factory=ReadStateChanges)
    progress: ProgressInformation | None = None
    """Exactly when SynchronizationFlags has Progress."""
    extra_flags: ExtraFlags = ExtraFlags.NONE


IN_HEADER: frozenset[Key] = frozenset(
    tag.id
    for tag in (
        *(PidTagSourceKey, PidTagLastModificationTime, PidTagChangeKey, PidTagPredecessorChangeList),
        *(PidTagAssociated, PidTagMid, PidTagMessageSize, PidTagChangeNumber),
    )
)
_LEFT_OUT: frozenset[Key] = IN_HEADER | {PidTagRead.id, PidTagMessageStatus.id}
"""Not again after the header; and what has ways of its own, or is the client's."""


def contents_sync(writer: Writer, sync: ContentsSync, steps: Steps) -> Iterator[Piece]:
    """A step is a change."""
    if sync.progress is not None:
        yield marker(Marker.INCR_SYNC_PROGRESS_MODE)
        yield binary(Structure, sync.progress.format())
    for change in sync.changes:
        if isinstance(change, ExtendedErrorInfo):
            yield from _broken_change(change, sync.progress is not None)
        else:
            if sync.progress is not None:
                yield from progress_per_message(change.header)
            yield from message_change(writer, change, sync.extra_flags)
        steps.done += 1
    yield from deletions(sync.deletions)
    yield from read_state_changes(sync.read_state_changes)
    yield from state(sync.final_state())
    yield marker(Marker.INCR_SYNC_END)


def _broken_change(error: ExtendedErrorInfo, progress: bool) -> Iterator[Piece]:
    """Begins as a change, and ends with the error: right behind another change, which has no end of its own, the client
    would take it for an error in that one (2.2.4.3.4)."""
    yield marker(Marker.INCR_SYNC_PROGRESS_PER_MSG if progress else Marker.INCR_SYNC_CHG)
    yield from error_info(error)


def progress_per_message(header: ChangeHeader) -> Iterator[Piece]:
    yield marker(Marker.INCR_SYNC_PROGRESS_PER_MSG)
    yield number(SizeOfMessage, _size(header))
    yield boolean(IsAssociated, header.associated)


def message_change(writer: Writer, change: FullChange | PartialChange, extra: ExtraFlags) -> Iterator[Piece]:
    if isinstance(change, PartialChange):
        return message_change_partial(writer, change, extra)
    return message_change_full(writer, change, extra)


def message_change_full(writer: Writer, change: FullChange, extra: ExtraFlags) -> Iterator[Piece]:
    message = change.message
    yield marker(Marker.INCR_SYNC_CHG)
    yield from message_change_header(writer, change.header, extra)
    yield marker(Marker.INCR_SYNC_MESSAGE)
    yield from writer.properties(message.properties, _LEFT_OUT)
    yield from message_children(writer, message.recipients, message.attachments, change.children)


def message_change_partial(writer: Writer, change: PartialChange, extra: ExtraFlags) -> Iterator[Piece]:
    yield from group_info(change.mapping)
    yield number(MetaTagIncrSyncGroupId, change.mapping.group_id)
    yield marker(Marker.INCR_SYNC_CHG_PARTIAL)
    yield from message_change_header(writer, change.header, extra)
    for index, properties in change.groups:
        yield number(MetaTagIncrementalSyncMessagePartial, index)
        if not properties:
            yield number(SizeOfMessage, 0)  # R1370, R1371
        yield from writer.properties(properties, _LEFT_OUT)
    yield from message_children(writer, change.message.recipients, change.message.attachments, change.children)


def group_info(mapping: PropertyGroupInfo) -> Iterator[Piece]:
    yield marker(Marker.INCR_SYNC_GROUP_INFO)
    yield binary(Structure, mapping.format())


def message_change_header(writer: Writer, header: ChangeHeader, extra: ExtraFlags) -> Iterator[Piece]:
    """In this order (R1353 to R1361)."""
    modified = PidTagLastModificationTime
    yield binary(PidTagSourceKey, header.source_key)
    yield from writer.property(modified.id, modified.type, header.last_modification_time)
    yield binary(PidTagChangeKey, header.change_key)
    yield binary(PidTagPredecessorChangeList, header.predecessor_change_list)
    yield boolean(PidTagAssociated, header.associated)
    if extra & ExtraFlags.EID:
        yield object_id(PidTagMid, header.mid)
    if extra & ExtraFlags.MESSAGE_SIZE:
        yield number(PidTagMessageSize, _size(header))
    if extra & ExtraFlags.CN:
        yield object_id(PidTagChangeNumber, header.change_number)


def _size(header: ChangeHeader) -> int:
    return min(header.message_size, _SIZE_MAX)
