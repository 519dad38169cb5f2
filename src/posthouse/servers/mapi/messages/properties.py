"""Properties of messages that follow from others, or from where and what the message is – [MS-OXCMSG] 2.2.1, 2.2.2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from posthouse.model.flags import Flag
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.mime.conversation import conversation_of, topic_of
from posthouse.protocols.mapi.mime.flags import FROM_ME, INTERNET, origin_of
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Key, Message, Properties, set_value, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.logon import Mailbox
from posthouse.servers.mapi.versions import format_predecessors
from posthouse.store.message_status import SUBMITTED
from posthouse.store.objects import Keys, StoredMessage

MESSAGE = 5
"""PidTagObjectType."""
READ, UNSENT, HAS_ATTACHMENTS, ASSOCIATED, RESEND, EVER_READ = 0x001, 0x008, 0x010, 0x040, 0x080, 0x400
NOTIFY_READ, NOTIFY_UNREAD = 0x100, 0x200
"""PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6)."""
_SEEN, _DRAFT, _WAS_SEEN = (flag.value for flag in (Flag.SEEN, Flag.DRAFT, Flag.WAS_SEEN))
_FOLLOWING = HAS_ATTACHMENTS | ASSOCIATED | NOTIFY_READ | NOTIFY_UNREAD | FROM_ME | INTERNET
TO, CC, BCC = 1, 2, 3
"""PidTagRecipientType."""


class Context(NamedTuple):
    mailbox: Mailbox
    identity: Identity
    row: StoredMessage
    keys: Keys
    rights: Right


Compute = Callable[[Context], Any]
T = TypeVar("T")


def instance_key(number: int, instance: int = 0) -> bytes:
    """Of a row in a table: of which message, and which of its rows."""
    return number.to_bytes(8, "little") + instance.to_bytes(4, "little")


PLACED: Mapping[PropertyTag, Compute] = {
    tags.PidTagMid: lambda c: object_id(c.row.id),
    tags.PidTagFolderId: lambda c: object_id(c.row.folder),
    tags.PidTagInstID: lambda c: object_id(c.row.id),
    tags.PidTagEntryId: lambda c: c.identity.message_entry_id(c.row.folder, c.row.id),
    tags.PidTagRecordKey: lambda c: c.identity.message_entry_id(c.row.folder, c.row.id),
    tags.PidTagInstanceKey: lambda c: instance_key(c.row.id),
    tags.PidTagParentEntryId: lambda c: c.identity.folder_entry_id(c.row.folder),
    tags.PidTagParentFolderId: lambda c: object_id(c.row.folder),
    tags.PidTagSourceKey: lambda c: c.keys.source_key or c.identity.key(c.row.id),
    tags.PidTagParentSourceKey: lambda c: c.identity.key(c.row.folder),
    tags.PidTagChangeKey: lambda c: c.keys.change_key or c.identity.key(c.row.change_number),
    tags.PidTagPredecessorChangeList: lambda c: format_predecessors(c.identity, c.keys, c.row.change_number),
    tags.PidTagChangeNumber: lambda c: object_id(c.row.change_number),
    tags.PidTagAssociated: lambda c: c.row.is_associated,
    tags.PidTagMessageSizeExtended: lambda c: c.row.size,
    tags.PidTagMessageSize: lambda c: min(c.row.size, 0x7FFFFFFF),
    tags.PidTagRead: lambda c: bool(c.row.flags & Flag.SEEN),
    tags.PidTagInternetArticleNumber: lambda c: c.row.uid,
    tags.PidTagDeletedOn: lambda c: file_time(c.row.deleted) if c.row.is_deleted else None,
}
"""Of a message that has been saved. No client sets them."""

STORE: Mapping[PropertyTag, Callable[[Mailbox], Any]] = {
    tags.PidTagStoreRecordKey: lambda mailbox: mailbox.guid.bytes_le,
    tags.PidTagStoreEntryId: lambda mailbox: mailbox.store_entry_id,
    tags.PidTagMappingSignature: lambda mailbox: mailbox.replica_guid.bytes_le,
    tags.PidTagObjectType: lambda mailbox: MESSAGE,
}

DISPLAYED: Mapping[PropertyTag, int] = {
    tags.PidTagDisplayTo: TO,
    tags.PidTagDisplayCc: CC,
    tags.PidTagDisplayBcc: BCC,
}
CONVERSATION: Mapping[PropertyTag, Callable[[Properties], Any]] = {
    tags.PidTagConversationTopic: topic_of,
    tags.PidTagConversationId: conversation_of,
}
"""[MS-OXOMSG] 2.2.1.2, 2.2.1.5: where neither a client nor a header has told it."""

COMPUTED = frozenset(
    {tag.id for tag in (*PLACED, *STORE)}
    | {
        tags.PidTagAccess.id,
        tags.PidTagAccessLevel.id,
        tags.PidTagDisplayTo.id,
        tags.PidTagDisplayCc.id,
        tags.PidTagDisplayBcc.id,
        tags.PidTagHasAttachments.id,
        tags.PidTagHasNamedProperties.id,
        tags.PidTagLocalCommitTime.id,
        tags.PidTagMessageStatus.id,
    }
)
"""What is set in vain."""
ALWAYS_THERE = frozenset(tag.id for tag in (tags.PidTagMessageFlags, tags.PidTagNativeBody, tags.PidTagRtfInSync))
"""What can be set, and not removed."""
ONCE_SAVED = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagMessageFlags, tags.PidTagCreationTime, tags.PidTagSearchKey),
        *(tags.PidTagLastModificationTime, tags.PidTagLastModifierName, tags.PidTagLastModifierEntryId),
    )
)
"""What is set in vain when the message has been saved (2.2.1.1, R31)."""
SPOILING = frozenset(
    tag.id
    for tag in (
        *(tags.PidTagMessageSize, tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagObjectType),
        *(tags.PidTagRecordKey, tags.PidTagMessageStatus, tags.PidTagHasAttachments, tags.PidTagMessageFlags),
        *(tags.PidTagCreationTime, tags.PidTagLastModificationTime),
    )
)
"""A handle through which one of these was to be set no longer saves, as with Exchange (3.2.5.3, note 26)."""
OF_CLIENTS = READ | UNSENT | RESEND
"""What a client says in PidTagMessageFlags until then."""


def computed_properties(
    tree: Message,
    mailbox: Mailbox,
    row: StoredMessage | None,
    keys: Keys,
    rights: Right,
    wanted: frozenset[Key] | None = None,
) -> Properties:
    """What follows for a message, in place of what may stand in `tree`. `row`: None before it is saved, and of a
    message within another. `wanted`: what is not among these may be left out; None: nothing is."""
    found, told, plan = dict[Key, Typed](), tree.properties, _plan(wanted)
    for key, kind, of_store in plan.of_store:
        found[key] = Typed(kind, of_store(mailbox))
    if row is not None:
        context = Context(mailbox, mailbox.identity, row, keys, rights)
        for key, kind, compute in plan.placed:
            value = compute(context)
            if value is not None:
                found[key] = Typed(kind, value)
    for key, kind, recipients in plan.displayed:
        found[key] = Typed(kind, _display(tree, recipients))
    if plan.access:
        set_value(found, tags.PidTagHasNamedProperties, any(isinstance(key, PropertyName) for key in told))
        set_value(found, tags.PidTagAccess, access(rights))
        set_value(found, tags.PidTagAccessLevel, int(bool(rights & Right.WRITE)))
    if tags.PidTagLastModifierName.id not in told:
        set_value(found, tags.PidTagLastModifierName, mailbox.name)
    if tags.PidTagSubjectPrefix.id in told or tags.PidTagNormalizedSubject.id in told:
        set_value(found, tags.PidTagSubject, subject(tree))
    for key, kind, of in plan.conversation:
        if key not in told and (value := of(told)):
            found[key] = Typed(kind, value)
    has = has_attachments(tree)
    set_value(found, tags.PidTagHasAttachments, has)
    set_value(found, tags.PidTagMessageFlags, message_flags(told, row, has=has))
    return found


Computes = tuple[tuple[int, int, T], ...]
"""Ids and types of properties, and how each follows."""


class _Plan(NamedTuple):
    """What of it is wanted. It is the same for very many messages."""

    of_store: Computes[Callable[[Mailbox], Any]]
    placed: Computes[Compute]
    displayed: Computes[int]
    conversation: Computes[Callable[[Properties], Any]]
    access: bool


_ACCESS = frozenset((tags.PidTagHasNamedProperties.id, tags.PidTagAccess.id, tags.PidTagAccessLevel.id))


@lru_cache(maxsize=256)
def _plan(wanted: frozenset[Key] | None) -> _Plan:
    def among(table: Mapping[PropertyTag, T]) -> Computes[T]:
        return tuple((tag.id, tag.type, of) for tag, of in table.items() if wanted is None or tag.id in wanted)

    tables = among(STORE), among(PLACED), among(DISPLAYED), among(CONVERSATION)
    return _Plan(*tables, wanted is None or not _ACCESS.isdisjoint(wanted))


def access(rights: Right) -> int:
    """PidTagAccess ([MS-OXCPRPT] 2.2.1.1): it can be read, changed, deleted."""
    told = 0x1 if rights & Right.WRITE else 0
    return 0x2 | told | (0x4 if rights & Right.DELETE_MESSAGES else 0)


def put_flags(properties: Properties, new: Properties) -> None:
    """PidTagMessageFlags in `new`: as far as it is a client's to say."""
    told = value_of(new, tags.PidTagMessageFlags)
    if told is not None:
        before = value_of(properties, tags.PidTagMessageFlags, 0)
        set_value(new, tags.PidTagMessageFlags, told & OF_CLIENTS | before & ~OF_CLIENTS)


def subject(tree: Message) -> str:
    """PidTagSubject is its prefix and the rest ([MS-OXCMSG] 2.2.1.46)."""
    prefix = value_of(tree.properties, tags.PidTagSubjectPrefix, "")
    return str(prefix) + str(value_of(tree.properties, tags.PidTagNormalizedSubject, ""))


def has_attachments(tree: Message) -> bool:
    """But for those that the body shows (2.2.1.2)."""
    return any(not value_of(one.properties, tags.PidTagAttachmentHidden, False) for one in tree.attachments)


def _display(tree: Message, kind: int) -> str:
    """[MS-OXOMSG] 2.2.1.7 to 2.2.1.9."""
    names = [
        value_of(one.properties, tags.PidTagDisplayName) or value_of(one.properties, tags.PidTagEmailAddress, "")
        for one in tree.recipients
        if value_of(one.properties, tags.PidTagRecipientType, TO) & 0xF == kind
    ]
    return "; ".join(names)


def message_flags(properties: Properties, row: StoredMessage | None, *, has: bool) -> int:
    """PidTagMessageFlags. `properties`: the message's own; `has`: attachments. What has been submitted is no longer
    told as unsent, although it is a draft until it goes."""
    told = value_of(properties, tags.PidTagMessageFlags, 0) & ~_FOLLOWING
    if row is not None:
        bits = int(row.flags)
        told &= ~READ
        told |= (READ if bits & _SEEN else 0) | (ASSOCIATED if row.is_associated else 0)
        told |= origin_of(bits)
        told |= UNSENT if bits & _DRAFT else _awaited(properties)
        told |= EVER_READ if bits & _WAS_SEEN else 0
    if told & SUBMITTED:
        told &= ~UNSENT
    return int(told | (HAS_ATTACHMENTS if has else 0) | (EVER_READ if told & READ else 0))


def _awaited(properties: Properties) -> int:
    """Which receipts the sender waits for."""
    told = NOTIFY_READ if value_of(properties, tags.PidTagReadReceiptRequested) else 0
    return told | (NOTIFY_UNREAD if value_of(properties, tags.PidTagNonReceiptNotificationRequested) else 0)
