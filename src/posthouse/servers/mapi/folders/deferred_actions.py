"""Deferred action messages (DAMs), as clients do what they tell – [MS-OXORULE] 2.2.3, 2.2.9.1, 3.2.5.4.

A client that has put a message elsewhere says what it is called there, so that other clients find it. A message says
that something is left to be done with it as long as there is a DAM about it.
"""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Transaction
from posthouse.delivery.deferred import DAM_CLASS
from posthouse.model.ids import AccountId, MessageId
from posthouse.model.ranges import Ranges, contains
from posthouse.model.refusals import BadSyntax, FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import MessageEntryId, parse_entry_id
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, set_value, value_of
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rule_actions import ServerEid
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.listing import Listing, scan_rows
from posthouse.store.object_changes import update_message
from posthouse.store.objects import Form, find_message, load_form

FOLDER = own_folder(Special.DEFERRED_ACTION)


async def back_patch(logon: Logon, server_entry_id: bytes, client_entry_id: bytes) -> None:
    """All that answer to `server_entry_id` are about `client_entry_id` from now on. ecInvalidParameter for what is no
    name, or can be none."""
    if not server_entry_id or not client_entry_id:
        raise RopError(ErrorCode.ecInvalidParameter)
    found = await logon.store.scan(_named, logon, server_entry_id)
    if not found and not _is_server_id(server_entry_id):
        raise RopError(ErrorCode.ecInvalidParameter)
    if found:
        await logon.store.write(_patch, logon, found, server_entry_id, client_entry_id)


def _named(tx: Transaction, logon: Logon, name: bytes) -> list[MessageId]:
    try:
        if not logon.rights_on(tx, FOLDER) & Right.WRITE:
            raise RopError(ErrorCode.ecAccessDenied)
    except FolderNotFound:
        raise RopError(ErrorCode.ecAccessDenied) from None
    listing = Listing(logon.mailbox.account, FOLDER)
    return [one.row.id for one in scan_rows(tx, listing) if one.form is not None and _answers(one.form, name)]


def _answers(form: Form, name: bytes) -> bool:
    """Whether the message is called so; one that does not contain the name is not read."""
    return form.whole and name in form.data and _name(parse_stored(form.data)) == name


def _name(dam: Message) -> bytes | None:
    found: bytes | None = value_of(dam.properties, tags.PidTagDeferredActionMessageOriginalEntryId)
    return found


def _patch(tx: Transaction, logon: Logon, dams: list[MessageId], name: bytes, new_name: bytes) -> None:
    """R619, R620, R136."""
    account = logon.mailbox.account
    for number in dams:
        try:
            row = find_message(tx, account, number)
        except MessageNotFound:
            continue
        form = load_form(tx, account, row)
        if form is None or not _answers(form, name):
            continue
        dam = parse_stored(form.data)
        set_value(dam.properties, tags.PidTagDeferredActionMessageOriginalEntryId, new_name)
        set_value(dam.properties, tags.PidTagDamOriginalEntryId, new_name)
        set_value(dam.properties, tags.PidTagDamBackPatched, True)
        set_value(dam.properties, tags.PidTagLastModificationTime, file_time(logon.store.clock()))
        update_message(tx, account, row, form._replace(data=format_stored(dam)), logon.store.now(), force=True)


def _is_server_id(data: bytes) -> bool:
    reader = Reader(data)
    try:
        told = ServerEid.read(reader)
        reader.done()
    except BadSyntax:
        return False
    return bool(told.ours)


def told_by_no_other(tx: Transaction, account: AccountId, dams: Ranges) -> list[MessageId]:
    """Of which messages these are all that there is to be done. The others are not read, but looked through."""
    gone: dict[MessageId, bytes] = {}
    others: list[bytes] = []
    for one in scan_rows(tx, Listing(account, FOLDER)):
        if one.form is None or not one.form.whole or one.row.uid is None:
            continue
        if not contains(dams, one.row.uid):
            others.append(one.form.data)
        elif (name := _about(one.form.data)) and (number := _number(name)) is not None:
            gone[number] = name
    return [
        number for number, name in gone.items() if not any(name in data and _about(data) == name for data in others)
    ]


def _about(data: bytes) -> bytes:
    """Which message a DAM tells of; empty: this is none."""
    properties = parse_stored(data).properties
    if value_of(properties, tags.PidTagMessageClass, "").lower() != DAM_CLASS.lower():
        return b""
    told: bytes = value_of(properties, tags.PidTagDamOriginalEntryId, b"")
    return told


def _number(name: bytes) -> MessageId | None:
    """None: the message is elsewhere by now."""
    try:
        entry = parse_entry_id(name)
    except BadSyntax:
        return None
    return MessageId(entry.message.counter) if isinstance(entry, MessageEntryId) else None


def note_done(tx: Transaction, account: AccountId, messages: Iterable[MessageId], now: int) -> None:
    """Nothing is left to be done of these."""
    for number in messages:
        try:
            row = find_message(tx, account, number)
        except MessageNotFound:
            continue
        form = load_form(tx, account, row)
        if form is None or form.blob:
            continue
        message = parse_stored(form.data)
        if value_of(message.properties, tags.PidTagHasDeferredActionMessages, False):
            set_value(message.properties, tags.PidTagHasDeferredActionMessages, False)
            update_message(tx, account, row, form._replace(data=format_stored(message)), now, force=True)
