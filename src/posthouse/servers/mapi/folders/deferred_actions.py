"""Deferred action messages whose message has become another one – [MS-OXORULE] 2.2.3, 3.2.5.4.

A client that has put a message elsewhere says what it is called there, so that other clients find it.
"""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.refusals import BadSyntax, FolderNotFound, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
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
