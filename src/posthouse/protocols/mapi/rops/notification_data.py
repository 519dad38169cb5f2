"""What a RopNotify tells – [MS-OXCNOTIF] 2.2.1.4.1.2, a class for each type of event.

Flags say which of the fields there are: a value that is None is not there.
"""

from __future__ import annotations

from typing import Annotated, Any

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.compositions import When
from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import FID, MID, U16, U32, Bool8, Bytes16, Counted16, Tag, TextBy
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.structures import Codec, Structure, codec_of, structure

_TYPE = 0x0FFF


class NotificationFlags(Flags):
    """One of the types, and what there is of the data."""

    NEW_MAIL = 0x0002
    OBJECT_CREATED = 0x0004
    OBJECT_DELETED = 0x0008
    OBJECT_MODIFIED = 0x0010
    OBJECT_MOVED = 0x0020
    OBJECT_COPIED = 0x0040
    SEARCH_COMPLETED = 0x0080
    TABLE_MODIFIED = 0x0100
    EXTENDED = 0x0400
    T = 0x1000
    """The number of messages has changed."""
    U = 0x2000
    """The number of unread messages has changed."""
    S = 0x4000
    """In a search folder."""
    M = 0x8000
    """Of a message; otherwise of a folder."""


class TableEventType(Choice):
    TABLE_CHANGED = 0x01
    TABLE_ROW_ADDED = 0x03
    TABLE_ROW_DELETED = 0x04
    TABLE_ROW_MODIFIED = 0x05
    TABLE_RESTRICTION_CHANGED = 0x07


_ROW = (TableEventType.TABLE_ROW_ADDED, TableEventType.TABLE_ROW_DELETED, TableEventType.TABLE_ROW_MODIFIED)
_PLACE = (TableEventType.TABLE_ROW_ADDED, TableEventType.TABLE_ROW_MODIFIED)
_NOT_TOLD = 0xFFFF


def _flagged(flag: NotificationFlags) -> When:
    return When(lambda data: bool(data.notification_flags & flag))


def _is_folder(data: Any) -> bool:
    return not data.notification_flags & NotificationFlags.M


def _has_parent(data: Any) -> bool:
    """R179: of messages in search folders, and of folders elsewhere."""
    flags = data.notification_flags & (NotificationFlags.S | NotificationFlags.M)
    return flags in (0, NotificationFlags.S | NotificationFlags.M)


def _has_row(data: TableModified) -> bool:
    return data.table_event_type in _ROW


def _has_message_row(data: TableModified) -> bool:
    return _has_row(data) and not _is_folder(data)


def _has_place(data: TableModified) -> bool:
    return data.table_event_type in _PLACE


def _has_message_place(data: TableModified) -> bool:
    return _has_place(data) and not _is_folder(data)


_TAGS: Any = codec_of(Counted16[Tag])


def _read_tags(reader: Reader, so_far: Any) -> tuple[PropertyTag, ...] | None:
    if reader.data.startswith(b"\xff\xff", reader.at):
        reader.at += 2
        return None
    found: tuple[PropertyTag, ...] = _TAGS.read(reader, so_far)
    return found


def _format_tags(tags: tuple[PropertyTag, ...] | None) -> bytes:
    raw: bytes = b"\xff\xff" if tags is None else _TAGS.format(tags)
    return raw


_FlagsField = Annotated[NotificationFlags, U16]
_MessageId = Annotated[MID | None, _flagged(NotificationFlags.M)]
_ParentFolderId = Annotated[FID | None, When(_has_parent)]
_Tags = Annotated[tuple[PropertyTag, ...] | None, Codec(2, _read_tags, _format_tags)]
"""What has changed. None: nobody says."""
_Total = Annotated[U32 | None, _flagged(NotificationFlags.T)]
_Unread = Annotated[U32 | None, _flagged(NotificationFlags.U)]


@structure
class NewMail(Structure):
    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId
    total_message_count: _Total
    unread_message_count: _Unread
    message_flags: U32
    unicode_flag: Bool8
    message_class: Annotated[str | bytes, TextBy("unicode_flag")]


@structure
class ObjectCreated(Structure):
    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId = None
    parent_folder_id: _ParentFolderId = None
    tags: _Tags = ()
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class ObjectDeleted(Structure):
    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId = None
    parent_folder_id: _ParentFolderId = None
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class ObjectModified(Structure):
    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId = None
    tags: _Tags = ()
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class ObjectMoved(Structure):
    """Also of what was copied."""

    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId
    parent_folder_id: _ParentFolderId
    old_folder_id: FID
    old_message_id: _MessageId = None
    old_parent_folder_id: Annotated[FID | None, When(_is_folder)] = None
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class SearchCompleted(Structure):
    notification_flags: _FlagsField
    folder_id: FID
    message_id: _MessageId = None
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class TableModified(Structure):
    """The row is one of the columns that were set for the table."""

    notification_flags: _FlagsField
    table_event_type: Annotated[TableEventType, U16]
    table_row_folder_id: Annotated[FID | None, When(_has_row)] = None
    table_row_message_id: Annotated[MID | None, When(_has_message_row)] = None
    table_row_instance: Annotated[U32 | None, When(_has_message_row)] = None
    insert_after_table_row_folder_id: Annotated[FID | None, When(_has_place)] = None
    insert_after_table_row_id: Annotated[MID | None, When(_has_message_place)] = None
    insert_after_table_row_instance: Annotated[U32 | None, When(_has_message_place)] = None
    table_row_data: Annotated[Bytes16 | None, When(_has_place)] = None
    total_message_count: _Total = None
    unread_message_count: _Unread = None


@structure
class OtherNotification(Structure):
    """EXTENDED, which clients ignore (R111002)."""

    notification_flags: _FlagsField
    total_message_count: _Total = None
    unread_message_count: _Unread = None


NotificationData = (
    NewMail
    | ObjectCreated
    | ObjectDeleted
    | ObjectModified
    | ObjectMoved
    | SearchCompleted
    | TableModified
    | OtherNotification
)
KINDS: dict[NotificationFlags, type[NotificationData]] = {
    NotificationFlags.NEW_MAIL: NewMail,
    NotificationFlags.OBJECT_CREATED: ObjectCreated,
    NotificationFlags.OBJECT_DELETED: ObjectDeleted,
    NotificationFlags.OBJECT_MODIFIED: ObjectModified,
    NotificationFlags.OBJECT_MOVED: ObjectMoved,
    NotificationFlags.OBJECT_COPIED: ObjectMoved,
    NotificationFlags.SEARCH_COMPLETED: SearchCompleted,
    NotificationFlags.TABLE_MODIFIED: TableModified,
    NotificationFlags.EXTENDED: OtherNotification,
}


def read_notification_data(reader: Reader) -> NotificationData:
    begin = reader.at
    kind = NotificationFlags(reader.u16() & _TYPE)
    reader.at = begin
    if kind not in KINDS:
        raise BadSyntax("a notification", begin)
    return KINDS[kind].read(reader)
