"""How a message goes out to a client that lacks a change of it – [MS-OXCFXICS] 2.2.4.3.12 to 2.2.4.3.15."""

from __future__ import annotations

from collections.abc import Sequence

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import versions_of
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
    IN_HEADER,
    ChangeHeader,
    FullChange,
    PartialChange,
)
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Key, Message, value_of
from posthouse.protocols.mapi.property_groups import MARKS, group_of
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Wanted
from posthouse.servers.mapi.messages.properties import CONVERSATION, DISPLAYED, PLACED, computed_properties
from posthouse.servers.mapi.messages.reading import read_message
from posthouse.servers.mapi.versions import format_predecessors
from posthouse.store.objects import Keys as ChangeKeys
from posthouse.store.objects import StoredMessage, find_message

from .order import Order
from .partial import PartialChanges
from .selection import EVERYTHING, NEVER, filtered

_FOLLOWING: frozenset[Key] = frozenset(tag.id for tag in (*PLACED, *DISPLAYED, *CONVERSATION)) - NEVER - IN_HEADER
"""What is computed of a message, but what no client gets, or gets in a change's header."""
NOTHING: tuple[int, Sequence[FullChange | PartialChange]] = (0, ())


def changes_of(
    order: Order, tx: Transaction, number: MessageId, partial: PartialChanges
) -> tuple[int, Sequence[FullChange | PartialChange]]:
    """The number of its last change. One change, or each version of a message in conflict (3.1.5.6.2.1); none: it has
    gone since, also to where the client may not read, which it hears next time."""
    logon, account = order.logon, order.logon.mailbox.account
    try:
        row = find_message(tx, account, number)
    except MessageNotFound:
        return NOTHING
    if row.is_deleted or (row.folder != order.folder and order.found is None):
        return NOTHING
    if not logon.rights_on(tx, row.folder) & Right.READ:
        return NOTHING
    read = read_message(tx, logon.store.blobs, account, row, order.people.at(tx))
    versions = versions_of(read.tree)
    if versions:
        marked = [_with_marks(version, read.tree) for version in versions]
        return row.change_number, [_whole(order, row, _keys_of(read.keys, version), version) for version in marked]
    groups = partial.groups(row, read.groups)
    whole = _whole(order, row, read.keys, read.tree)
    return row.change_number, [whole if groups is None else partial.change(whole, groups)]


def _with_marks(version: Message, message: Message) -> Message:
    """Marks are of the message, whichever of its versions it is."""
    own = {key: value for key, value in version.properties.items() if group_of(key) != MARKS}
    marks = {key: value for key, value in message.properties.items() if group_of(key) == MARKS}
    return Message(own | marks, version.recipients, version.attachments)


def _keys_of(keys: ChangeKeys, version: Message) -> ChangeKeys:
    change, known = tags.PidTagChangeKey, tags.PidTagPredecessorChangeList
    return ChangeKeys(keys.source_key, *(value_of(version.properties, tag) for tag in (change, known)))


def _whole(order: Order, row: StoredMessage, keys: ChangeKeys, message: Message) -> FullChange:
    message.properties |= computed_properties(message, order.logon.mailbox, row, keys, ALL_RIGHTS, _FOLLOWING)
    wanted = order.wanted
    if row.is_associated and wanted.only and Wanted.IGNORE_SPECIFIED_ON_FAI in order.flags:
        wanted = EVERYTHING
    return FullChange(_header(order, row, keys, message), filtered(message, wanted), wanted.children)


def _header(order: Order, row: StoredMessage, keys: ChangeKeys, message: Message) -> ChangeHeader:
    logon = order.logon
    own = Wanted.NO_FOREIGN_IDENTIFIERS in order.flags
    modified = value_of(message.properties, tags.PidTagLastModificationTime) or file_time(row.saved)
    return ChangeHeader(
        logon.identity.key(row.id) if own or keys.source_key is None else keys.source_key,
        modified,
        keys.change_key or logon.identity.key(row.change_number),
        format_predecessors(logon.identity, keys, row.change_number),
        row.is_associated,
        ObjectId(OWN_REPLICA, row.id),
        row.size,
        ObjectId(OWN_REPLICA, row.change_number),
    )
