"""A message from the store, whole: what a client has saved, or what its content says with what a client has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.message.headers import return_path_end
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId, ModSeq
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.address_book import AddressBook
from posthouse.protocols.mapi.mime.flags import READ, with_flags
from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.mime.received import names_owner, tell_receiver
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Attachment, Key, Message, Properties, set_value, value_of
from posthouse.protocols.mapi.property_groups import MAPPING, REST
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored
from posthouse.store.blobs import Blobs
from posthouse.store.content import open_content
from posthouse.store.group_changes import GroupChanges
from posthouse.store.message_status import NO_NON_RECEIPT, NO_RECEIPT, SUBMITTED, TOLD
from posthouse.store.objects import NO_KEYS, Keys, StoredMessage, load_form

REMOVED = Typed(PropertyType.NULL, None)
"""In what a client has changed: the content has this property, and the message has not."""
UNMODIFIED = 0x2
"""PidTagMessageFlags: it is as it was sent or first saved."""
ONLY_FLAGS = GroupChanges(MAPPING, ModSeq(0), (ModSeq(0),) * (REST + 1))
"""Of a message that no client has saved."""
_SEEN, _MDN_SENT = int(Flag.SEEN), int(Flag.MDN_SENT)
LINE = 1024
"""Bytes within which a Return-Path ends."""
LARGE = 256 * 1024
"""Bytes from which reading one is not for the loop's thread."""


@dataclass(slots=True)
class ReadMessage:
    tree: Message
    """Without what follows from the row."""
    changes: Properties | None
    """Beside the content; None: the content is made from the tree."""
    keys: Keys = NO_KEYS
    groups: GroupChanges | None = None
    """What of it has changed, if that is known."""
    attachments: Sequence[Attachment] = ()
    """Beside the content, in place of those that it has; none: those count."""

    def changed(self, changes: Properties) -> bytes:
        """How these are kept, with the attachments."""
        return format_stored(Message(changes, [], list(self.attachments))) if changes or self.attachments else b""


def read_message(
    tx: Transaction, blobs: Blobs, account: AccountId, row: StoredMessage, book: AddressBook
) -> ReadMessage:
    form = load_form(tx, account, row)
    data = b""
    if form is not None:
        data = bytes(blobs.open(form.blob)[:]) if form.blob else form.data
    keys = form.keys if form is not None else NO_KEYS
    groups = ONLY_FLAGS if form is None or form.says_nothing else form.groups
    flags = Flags(row.flags, frozenset((row.keywords or "").split()))
    if form is not None and form.whole:
        read = ReadMessage(parse_stored(data), None, keys, groups)
    else:
        beside = parse_stored(data) if data else Message()
        content = open_content(tx, blobs, row.content)
        tree = from_mime(content, book, row.internal_date)
        owner = book.owner_of(account)
        if owner is not None:
            if return_path_end(bytes(content[:LINE])):  # not put there by a client
                tell_receiver(tree, owner)
            tree.properties.update(names_owner(tree, owner))
        read = ReadMessage(tree, beside.properties, keys, groups, tuple(beside.attachments))
        tree.attachments = beside.attachments or tree.attachments
        put_moments(tree.properties, row)
        overlay(tree.properties, beside.properties)
        if is_modified(beside.properties):
            told = value_of(tree.properties, tags.PidTagMessageFlags, 0)
            set_value(tree.properties, tags.PidTagMessageFlags, told & ~UNMODIFIED)
    put_later_moments(read.tree.properties, row)
    with_flags(read.tree.properties, flags)
    put_marks(read.tree.properties, int(row.flags), form.status if form is not None else 0)
    return read


def put_moments(properties: Properties, row: StoredMessage) -> None:
    """Of a message that came as mail, as long as no client has changed it."""
    for tag in (tags.PidTagCreationTime, tags.PidTagLastModificationTime):
        set_value(properties, tag, file_time(row.internal_date))
    set_value(properties, tags.PidTagLocalCommitTime, file_time(row.saved))


def put_later_moments(properties: Properties, row: StoredMessage) -> None:
    """Since a client has saved it: it may be a copy of what was saved, flags have changed, or only marks of it."""
    if row.changed_at is not None:
        _put_later(properties, tags.PidTagLastModificationTime, file_time(row.changed_at / 1000))
    last = max(row.changed_at or 0, row.marked_at or 0)
    _put_later(properties, tags.PidTagLocalCommitTime, file_time(max(row.saved, last / 1000)))


def _put_later(properties: Properties, tag: PropertyTag, moment: int) -> None:
    set_value(properties, tag, max(value_of(properties, tag, 0), moment))


def put_marks(properties: Properties, flags: int, status: int) -> None:
    """What is told of a message that is no change of it: whether it is read, its status, receipts that are awaited.
    `flags`: bits of `Flag`."""
    told = value_of(properties, tags.PidTagMessageFlags, 0) & ~(READ | SUBMITTED)
    set_value(properties, tags.PidTagMessageFlags, told | (READ if flags & _SEEN else 0) | status & SUBMITTED)
    set_value(properties, tags.PidTagMessageStatus, status & TOLD)
    if status & NO_RECEIPT or flags & _MDN_SENT:
        set_value(properties, tags.PidTagReadReceiptRequested, False)
    if status & NO_NON_RECEIPT or flags & _MDN_SENT:
        set_value(properties, tags.PidTagNonReceiptNotificationRequested, False)


def overlay(properties: Properties, changes: Properties) -> None:
    for key, value in changes.items():
        if value == REMOVED:
            properties.pop(key, None)
        else:
            properties[key] = value


def with_change(changes: Properties, new: Properties, gone: list[Key]) -> Properties:
    """What differs from the content after another change."""
    return changes | dict.fromkeys(gone, REMOVED) | new


def is_modified(changes: Properties) -> bool:
    """Whether a client has saved it since it came: what came beside it is no change."""
    return tags.PidTagLastModificationTime.id in changes
