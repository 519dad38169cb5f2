"""Events in a mailbox, and as what they are told – [MS-OXCNOTIF] 2.2.1.1, 2.2.1.4.1.2."""

from __future__ import annotations

from dataclasses import dataclass, replace

from posthouse.model.ids import FolderId, MessageId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rops.notification_data import (
    NewMail,
    NotificationData,
    NotificationFlags,
    ObjectCreated,
    ObjectDeleted,
    ObjectModified,
    ObjectMoved,
    SearchCompleted,
)

Kind = NotificationFlags
CARRIED = (Kind.OBJECT_MOVED, Kind.OBJECT_COPIED)
WHOLE = MessageId(0)
"""In place of a message: the event is about the folder."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is told of new mail."""

    message_flags: int
    message_class: str


@dataclass(frozen=True, slots=True)
class Event:
    kind: Kind
    """One of the types."""
    folder: FolderId
    message: MessageId = WHOLE
    parent: FolderId | None = None
    """Of the folder, where it is the folder's event and not that it was modified."""
    old_folder: FolderId | None = None
    """Of what was moved or copied, like the next."""
    old_message: MessageId = WHOLE
    old_parent: FolderId | None = None
    counts: tuple[int, int] | None = None
    """Messages of the folder, and those of them that are not read."""
    arrival: Arrival | None = None

    @property
    def folders(self) -> tuple[FolderId, FolderId]:
        """Where it is, and where it was."""
        return self.folder, self.folder if self.old_folder is None else self.old_folder

    def is_at(self, folder: FolderId, message: MessageId) -> bool:
        """Whether it concerns that folder with what is directly in it, or that message alone."""
        if message != WHOLE:
            return (folder, message) in ((self.folder, self.message), (self.old_folder, self.old_message))
        return folder in (self.folder, self.old_folder, self.parent, self.old_parent)

    # as those see it who may not see all
    def as_created(self) -> Event:
        return Event(Kind.OBJECT_CREATED, self.folder, self.message, self.parent)

    def as_deleted(self) -> Event:
        assert self.old_folder is not None
        return Event(Kind.OBJECT_DELETED, self.old_folder, self.old_message, self.old_parent)

    def format(self) -> bytes:
        return _data(self).format()


def _data(event: Event) -> NotificationData:
    flags = event.kind | (Kind.M if event.message else 0)
    folder, message = _id(event.folder), _message(event.message)
    parent = None if event.parent is None else _id(event.parent)
    match event.kind:
        case Kind.NEW_MAIL:
            assert event.arrival is not None
            told = event.arrival
            name = _ascii(told.message_class)
            return NewMail(flags, folder, message, None, None, told.message_flags, isinstance(name, str), name)
        case Kind.OBJECT_CREATED:
            return ObjectCreated(flags, folder, message, parent)
        case Kind.OBJECT_DELETED:
            return ObjectDeleted(flags, folder, message, parent)
        case Kind.OBJECT_MOVED | Kind.OBJECT_COPIED:
            assert event.old_folder is not None
            old_parent = None if event.old_parent is None else _id(event.old_parent)
            old = _id(event.old_folder), _message(event.old_message), old_parent
            return ObjectMoved(flags, folder, message, parent, *old)
        case Kind.SEARCH_COMPLETED:
            return SearchCompleted(flags, folder, message)
        case _:
            modified = ObjectModified(flags, folder, message)
            if event.counts is None:
                return modified
            total, unread = event.counts
            counted = replace(modified, total_message_count=total, unread_message_count=unread)
            return replace(counted, notification_flags=flags | Kind.T | Kind.U)


def _id(number: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)


def _message(number: MessageId) -> ObjectId | None:
    return _id(number) if number else None


def _ascii(message_class: str) -> str | bytes:
    """Clients that keep a copy of the mailbox take it in ASCII (R220), and others as well."""
    return message_class.encode("ascii") if message_class.isascii() else message_class
