"""Properties of messages as rows have them.

Most follow from what the store keeps beside a message. It is read itself where that is not enough: when a client has
made it, or asks for what only the message tells, like its body.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from posthouse.database import Transaction
from posthouse.message.fields import has_field, values_of
from posthouse.model.flags import Flag, Flags
from posthouse.model.rights import Right, of_own_messages
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.address_book import AddressBook
from posthouse.protocols.mapi.mime.essentials import TOLD as ESSENTIALS
from posthouse.protocols.mapi.mime.flags import TOLD, with_flags
from posthouse.protocols.mapi.mime.flags import TOLD_BY_FLAGS as TOLD_BY_FLAGS
from posthouse.protocols.mapi.mime.header_in import DELEGATED_BY, add_delegator, add_receipts
from posthouse.protocols.mapi.mime.header_table import TABLE
from posthouse.protocols.mapi.mime.received import NAMES_OWNER, RECEIVED, fields_name_owner
from posthouse.protocols.mapi.mime.summary import summary
from posthouse.protocols.mapi.named_tags import PS_INTERNET_HEADERS, NamedTag
from posthouse.protocols.mapi.objects import Key, Message, Properties, key_of, set_value, value_of
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.stored_form import parse_stored
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.bodies import with_body
from posthouse.servers.mapi.messages.properties import (
    PLACED,
    STORE,
    Context,
    access,
    computed_properties,
    message_flags,
)
from posthouse.servers.mapi.messages.reading import (
    UNMODIFIED,
    ReadMessage,
    is_modified,
    overlay,
    put_later_moments,
    put_marks,
    put_moments,
    read_message,
)
from posthouse.store.listing import Listed
from posthouse.store.objects import NO_KEYS

LEAF = 1
"""PidTagRowType TBL_LEAF_ROW."""
ASKS = b"disposition-notification-to"
DELEGATED = DELEGATED_BY.lower().encode()
SHOWN_FLAGS = int(TOLD & ~(Flag.SEEN | Flag.DRAFT) | Flag.MDN_SENT)
"""Flags from which more follows than bits of PidTagMessageFlags."""
_RECEIPTS: tuple[PropertyTag, ...] = (
    *(tags.PidTagReadReceiptRequested, tags.PidTagNonReceiptNotificationRequested),
    *(tags.PidTagOriginatorDeliveryReportRequested, tags.PidTagReplyRecipientNames, tags.PidTagReplyRecipientEntries),
)
_MOMENTS = frozenset(
    tag.id for tag in (tags.PidTagCreationTime, tags.PidTagLastModificationTime, tags.PidTagLocalCommitTime)
)
_RECEIPT_KEYS = frozenset(map(key_of, _RECEIPTS))
_TOLD_BY_MESSAGE: tuple[PropertyTag | NamedTag, ...] = (
    *(tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagNativeBody, tags.PidTagRtfInSync),
    *(tags.PidTagInternetCodepage, tags.PidTagMessageCodepage, tags.PidTagTransportMessageHeaders),
    *(tags.PidTagSearchKey, tags.PidTagHasNamedProperties, named_tags.PidLidSmartNoAttach),
    *(row.tag for row in TABLE),
)
_TOLD = RECEIVED | frozenset(map(key_of, _TOLD_BY_MESSAGE))
PARTS = frozenset((tags.PidTagMessageRecipients.id, tags.PidTagMessageAttachments.id))
_LEAF = Typed(tags.PidTagRowType.type, LEAF)
_NUMBER = Typed(tags.PidTagInstanceNum.type, 0)
_DEPTH = Typed(tags.PidTagDepth.type, 0)

_OF_PLACE: tuple[PropertyTag, ...] = (
    *(*PLACED, *STORE, tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagLastModifierName),
    *(tags.PidTagMessageStatus, tags.PidTagRowType, tags.PidTagInstanceNum, tags.PidTagDepth),
)
_OF_MAIL = ESSENTIALS | NAMES_OWNER | _MOMENTS | _RECEIPT_KEYS | frozenset(map(key_of, _OF_PLACE))

_FOLLOWED = TOLD_BY_FLAGS | frozenset(
    tag.id
    for tag in (
        *(tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagMessageDeliveryTime),
        *(tags.PidTagReadReceiptRequested, tags.PidTagNonReceiptNotificationRequested, tags.PidTagLastModifierName),
        *(tags.PidTagRecipientType, tags.PidTagDisplayName, tags.PidTagEmailAddress, tags.PidTagAttachmentHidden),
        *(tags.PidTagConversationTopic, tags.PidTagConversationIndex, tags.PidTagConversationIndexTracking),
        *(tags.PidTagInternetMessageId, tags.PidTagInternetReferences, tags.PidTagInReplyToId, tags.PidTagSearchKey),
    )
)
"""Of a message that a client has made: what others follow from."""

_Computes = list[tuple[Key, int, Callable[[Any], Any]]]


def needs_message(wanted: Iterable[Key]) -> bool:
    """Whether what is beside a message does not tell one of these."""
    return any(
        key in _TOLD or key in PARTS or (isinstance(key, PropertyName) and key.guid == PS_INTERNET_HEADERS)
        for key in wanted
    )


def is_told(key: Key) -> bool:
    """Whether mail to which neither clients nor flags have added anything may have this."""
    return key in _OF_MAIL or needs_message((key,))


class MessageRows:
    """One way to read rows: for the same properties."""

    def __init__(self, logon: Logon, wanted: Collection[Key]) -> None:
        self._logon, self.wanted = logon, frozenset(wanted)
        self._identity = logon.mailbox.identity
        self._is_deep = needs_message(wanted)
        self._of_tree = self.wanted | _FOLLOWED
        self._moments = not _MOMENTS.isdisjoint(self.wanted)
        self._receipts = not _RECEIPT_KEYS.isdisjoint(self.wanted)
        self._names_owner = not NAMES_OWNER.isdisjoint(self.wanted)
        self._placed: _Computes = [(tag.id, tag.type, of) for tag, of in PLACED.items() if tag.id in self.wanted]
        self._of_store: _Computes = [(tag.id, tag.type, of) for tag, of in STORE.items() if tag.id in self.wanted]

    def read(self, tx: Transaction, book: AddressBook, one: Listed, rights: Right) -> tuple[Properties, Message | None]:
        """With the whole message where that was read. `rights`: on the folder."""
        if one.form is not None and one.form.creator and one.form.creator == self._logon.creator:
            rights = of_own_messages(rights)
        if not self._is_deep:
            whole = one.form is not None and one.form.whole
            found = self._of_form(one, rights) if whole else self._quick(one, book, rights)
            if found is not None:
                return found, None
        account = self._logon.mailbox.account
        read = read_message(tx, self._logon.store.blobs, account, one.row, book)
        return self._whole(read, one, rights), read.tree

    def _whole(self, read: ReadMessage, one: Listed, rights: Right) -> Properties:
        found = dict(read.tree.properties)
        found |= computed_properties(read.tree, self._logon.mailbox, one.row, read.keys, rights)
        _set_row(found)
        return with_body(found, self.wanted)

    def _of_form(self, one: Listed, rights: Right) -> Properties:
        """Of a message that a client has made, no more than rows need."""
        form, row = one.form, one.row
        assert form is not None
        data = bytes(self._logon.store.blobs.open(form.blob)[:]) if form.blob else form.data
        tree = parse_stored(data, self._of_tree)
        with_flags(tree.properties, Flags(row.flags, frozenset((row.keywords or "").split())))
        put_marks(tree.properties, int(row.flags), form.status)
        if self._moments:
            put_later_moments(tree.properties, row)
        found = tree.properties
        found |= computed_properties(tree, self._logon.mailbox, row, form.keys, rights, self.wanted)
        _set_row(found)
        return found

    def _quick(self, one: Listed, book: AddressBook, rights: Right) -> Properties | None:
        """None: the message must be read."""
        if one.content is None:
            return None
        content, row = one.content, one.row
        told_by = int(row.flags) & SHOWN_FLAGS or row.keywords or (one.form is not None and one.form.data)
        found = summary(content, book, row.internal_date, None if told_by else self.wanted)
        if found is None:
            return None
        if self._receipts or has_field(content.fields, ASKS):
            add_receipts(values_of(content.fields), found, book)
        if self._names_owner and (owner := book.owner_of(self._logon.mailbox.account)) is not None:
            found |= fields_name_owner(values_of(content.fields), owner, book)
        if has_field(content.fields, DELEGATED):
            add_delegator(values_of(content.fields), found, book)
        changes = parse_stored(one.form.data).properties if one.form is not None and one.form.data else {}
        if told_by or self._moments:
            put_moments(found, row)
            overlay(found, changes)
            put_later_moments(found, row)
        if told_by:
            with_flags(found, Flags(row.flags, frozenset((row.keywords or "").split())))
        if not is_modified(changes):
            set_value(found, tags.PidTagMessageFlags, value_of(found, tags.PidTagMessageFlags, 0) | UNMODIFIED)
        status = one.form.status if one.form is not None else 0
        if status or tags.PidTagMessageStatus.id in self.wanted:
            put_marks(found, int(row.flags), status)
        has = value_of(found, tags.PidTagHasAttachments, False)
        set_value(found, tags.PidTagMessageFlags, message_flags(found, row, has=has))
        self._place(found, one, rights)
        return found

    def _place(self, found: Properties, one: Listed, rights: Right) -> None:
        mailbox = self._logon.mailbox
        keys = NO_KEYS if one.form is None else one.form.keys
        context = Context(mailbox, self._identity, one.row, keys, rights)
        for key, kind, of in self._placed:
            value = of(context)
            if value is not None:
                found[key] = Typed(kind, value)
        for key, kind, of in self._of_store:
            found[key] = Typed(kind, of(mailbox))
        if tags.PidTagAccess.id in self.wanted or tags.PidTagAccessLevel.id in self.wanted:
            set_value(found, tags.PidTagAccess, access(rights))
            set_value(found, tags.PidTagAccessLevel, int(bool(rights & Right.WRITE)))
        if tags.PidTagLastModifierName.id in self.wanted and tags.PidTagLastModifierName.id not in found:
            set_value(found, tags.PidTagLastModifierName, mailbox.name)
        _set_row(found)


def _set_row(found: Properties) -> None:
    found[tags.PidTagRowType.id] = _LEAF
    found[tags.PidTagInstanceNum.id] = _NUMBER
    found[tags.PidTagDepth.id] = _DEPTH
