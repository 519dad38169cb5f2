"""Which message is new mail, and what is told of one – [MS-OXCNOTIF] R11, R214, R223.

New mail came just now, from outside, and waits for somebody to read it: it was not copied or moved here, no client has
written it, and no program has put in an old message.
"""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import AccountId
from posthouse.model.roles import Role
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.address_book import EMPTY
from posthouse.protocols.mapi.mime.content_classes import NOTE
from posthouse.protocols.mapi.mime.summary import Columns, summary
from posthouse.protocols.mapi.objects import Key, key_of, value_of
from posthouse.servers.mapi.messages.properties import has_attachments, message_flags
from posthouse.servers.mapi.messages.reading import LARGE, read_message
from posthouse.store.blobs import Blobs
from posthouse.store.folders import Folder
from posthouse.store.listing import Listed, listed
from posthouse.store.objects import NORMAL, StoredMessage

from .events import Arrival

FRESH = 60
"""Seconds between when a message came and when it was stored, at most: what is older was put in by somebody."""
UNMODIFIED = 0x2
"""In PidTagMessageFlags: it is as it came."""
_OWN = frozenset((Role.DRAFTS, Role.SENT, Role.TRASH))
"""Where nobody gets mail."""
_WANTED: frozenset[Key] = frozenset(map(key_of, (tags.PidTagMessageClass, tags.PidTagHasAttachments)))


def may_be_new_mail(folder: Folder, row: StoredMessage) -> bool:
    if folder.hidden or folder.role in _OWN or row.flags & (Flag.SEEN | Flag.DRAFT):
        return False
    return row.saved - row.internal_date <= FRESH


def arrival_of(tx: Transaction, blobs: Blobs, account: AccountId, row: StoredMessage) -> Arrival | None:
    """None: a client has written it."""
    one = listed(tx, account, NORMAL, [row.id]).get(row.id)
    if one is None or (one.form is not None and one.form.whole):
        return None
    return _told(one) or _read(tx, blobs, account, row)


def _told(one: Listed) -> Arrival | None:
    """By what is kept beside the message; None: that does not tell enough."""
    if one.content is None:
        return None
    found = summary(Columns(*one.content), EMPTY, one.row.internal_date, _WANTED)
    if found is None:
        return None
    flags = message_flags(found, one.row, has=value_of(found, tags.PidTagHasAttachments, False))
    return Arrival(flags | UNMODIFIED, value_of(found, tags.PidTagMessageClass, NOTE))


def _read(tx: Transaction, blobs: Blobs, account: AccountId, row: StoredMessage) -> Arrival:
    if row.size > LARGE:  # others wait for this look
        return Arrival(UNMODIFIED, NOTE)
    tree = read_message(tx, blobs, account, row, EMPTY).tree
    flags = message_flags(tree.properties, row, has=has_attachments(tree))
    return Arrival(flags, value_of(tree.properties, tags.PidTagMessageClass, NOTE))
