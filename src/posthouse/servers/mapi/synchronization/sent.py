"""Where the copy of a sent message goes – [MS-OXOMSG] 2.2.3.8, 2.2.3.10, 3.3.5.1.3.

A client in cached mode has its copy already, among what it has still to send, under an id that it has chosen. It says
which one (PidTagTargetEntryId), and the copy here is that message: when the client then says that it has moved it to
what was sent, nothing needs to be brought once more.
"""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import BadSyntax, FolderNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import EntryId, FolderEntryId, MessageEntryId, parse_entry_id
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, read_object_id
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader
from posthouse.servers.mapi.errors import RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.message import OpenMessage
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.folder_objects import load_folder_object
from posthouse.store.folders import load_folder
from posthouse.store.search_folders import load_search

from .absent import has_gone
from .collector import checked_number, missing

_SERVER_FOLDER = 9
"""Bytes of a PtypServerId that names a folder of this server, at least: a 1 and the FID (2.11.1.4 of [MS-OXCDATA])."""
_NAMING = frozenset((tags.PidTagSentMailSvrEID.id, tags.PidTagSentMailEntryId.id, tags.PidTagTargetEntryId.id))
_ROOT = own_folder(Special.ROOT)


class Destination(NamedTuple):
    folder: FolderId
    """That of the message itself: it stays where it is."""
    number: MessageId | None = None
    """The id that a client has chosen for the copy."""


def destination_of(tx: Transaction, message: OpenMessage) -> Destination | None:
    """None: nobody wants a copy."""
    chosen = _chosen(tx, message)
    if chosen is not None:
        return chosen
    if value_of(message.tree.properties, tags.PidTagDeleteAfterSubmit):
        return None
    return Destination(_sent_folder(tx, message))


def _chosen(tx: Transaction, message: OpenMessage) -> Destination | None:
    """None: the message that PidTagTargetEntryId names cannot be made, or it is there already."""
    logon, entry = message.logon, _entry(message, tags.PidTagTargetEntryId)
    replica = logon.mailbox.replica_guid
    if not isinstance(entry, MessageEntryId) or {entry.folder.replica, entry.message.replica} != {replica}:
        return None
    folder, key = FolderId(entry.folder.counter), logon.identity.key(entry.message.counter)
    try:
        number = checked_number(tx, logon, key)
    except RopError:
        return None
    if number is None or missing(tx, logon, key) is not None or has_gone(tx, logon, folder, key):
        return None
    return Destination(folder, MessageId(number)) if _may_fill(tx, logon, folder) else None


def _sent_folder(tx: Transaction, message: OpenMessage) -> FolderId:
    """What the message names, or else its mailbox; Sent Items if that is not there, or the client may not fill it.
    Where nobody has named any, nothing is moved ([MS-OXCSTOR] R666)."""
    logon = message.logon
    kept = load_folder_object(tx, logon.mailbox.account, load_folder(tx, logon.mailbox.account, _ROOT)).properties
    told = [properties for properties in (message.tree.properties, kept) if not _NAMING.isdisjoint(properties)]
    if not told:
        assert message.folder is not None
        return message.folder
    named = _named_by_server_id(told[0]) or _named_by_entry_id(message)
    return named if named and _may_fill(tx, logon, named) else logon.mailbox.folders[Special.SENT_ITEMS]


def _named_by_server_id(properties: Properties) -> FolderId | None:
    told = value_of(properties, tags.PidTagSentMailSvrEID, b"")
    if len(told) < _SERVER_FOLDER or told[0] != 1:
        return None
    wanted = read_object_id(Reader(told, 1))
    return FolderId(wanted.counter) if wanted.replica == OWN_REPLICA else None


def _named_by_entry_id(message: OpenMessage) -> FolderId | None:
    entry = _entry(message, tags.PidTagSentMailEntryId)
    if not isinstance(entry, FolderEntryId) or entry.folder.replica != message.logon.mailbox.replica_guid:
        return None
    return FolderId(entry.folder.counter)


def _entry(message: OpenMessage, tag: PropertyTag) -> EntryId | None:
    try:
        return parse_entry_id(value_of(message.tree.properties, tag, b""))
    except BadSyntax:
        return None


def _may_fill(tx: Transaction, logon: Logon, folder: FolderId) -> bool:
    account = logon.mailbox.account
    try:
        load_folder(tx, account, folder)
    except FolderNotFound:
        return False
    return bool(logon.rights_on(tx, folder) & Right.INSERT) and load_search(tx, account, folder) is None
