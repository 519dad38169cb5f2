"""Owners of a public folder hear that a message there has versions in conflict – [MS-OXCFXICS] 3.1.5.6.3.1."""

from __future__ import annotations

import secrets
from functools import cache

from posthouse.database import Transaction
from posthouse.delivery.languages import language_of
from posthouse.directory import members_of
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import AccountId
from posthouse.model.refusals import OverQuota
from posthouse.model.rights import Right
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, Properties, set_value
from posthouse.protocols.mapi.stored_form import format_stored
from posthouse.servers.mapi.logon import Logon
from posthouse.store.accounts import lock_account, usage
from posthouse.store.content import NewContent, add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form, StoredMessage
from posthouse.store.rights import ANONYMOUS, ANYONE, effective, read_entries
from posthouse.texts import Language, say

MESSAGE_CLASS = "IPM.Conflict.Message"
MAX_TOLD = 100
"""Owners of one folder: a group may be everybody."""

log = Logger("mapi")


def tell_owners(tx: Transaction, logon: Logon, row: StoredMessage, folder_name: str, subject: str) -> None:
    """`row`: the message with its versions. Each in their language; a mailbox that is full hears nothing."""
    store, search_key = logon.store, secrets.token_bytes(16)
    written = cache(lambda language: _written(logon, row, search_key, folder_name, subject, language))
    for owner in _owners(tx, logon, row):
        tree, content = written(language_of(tx, owner))
        lock_account(tx, owner)
        new = NewMessage(add_content(tx, content), content.size, store.now(), Flags(Flag(0)))
        try:
            usage(tx, owner).require(size=new.size, messages=1)
        except OverQuota:
            log.info("owner not told of a conflict", account=owner, reason="there is no room")
        else:
            create_message(tx, owner, INBOX, new, Form(True, format_stored(tree)), store.now())


def _owners(tx: Transaction, logon: Logon, row: StoredMessage) -> list[AccountId]:
    """People whom the folder names as such, or a group that they are in, in the order in which accounts are locked."""
    entries = read_entries(tx, logon.mailbox.account, row.folder)
    holders = {entry.holder for entry in entries}
    groups = {holder.principal: members_of(tx, holder.principal) for holder in holders if holder.is_group}
    named = {holder.principal for holder in holders if not holder.is_group} - {ANYONE, ANONYMOUS}

    def is_owner(one: AccountId) -> bool:
        mine = [group for group, members in groups.items() if one in members]
        return bool(effective(entries, one, mine) & Right.ADMINISTER)

    return sorted(filter(is_owner, named.union(*groups.values())))[:MAX_TOLD]


def _written(
    logon: Logon, row: StoredMessage, search_key: bytes, folder_name: str, subject: str, language: Language
) -> tuple[Message, NewContent]:
    note = _note(logon, row, folder_name, subject, language)
    set_value(note, tags.PidTagSearchKey, search_key)
    tree, domain = Message(note), logon.mailbox.address.rpartition("@")[2]
    data = to_mime(tree, Writing(search_key, domain, logon.store.clock()))
    return tree, content_of(logon.store.blobs, data)


def _note(logon: Logon, row: StoredMessage, folder_name: str, subject: str, language: Language) -> Properties:
    now = file_time(logon.store.clock())
    found: Properties = {}
    text = say(language, "conflict.text", subject=subject, folder=folder_name)
    for tag, value in (
        (tags.PidTagMessageClass, MESSAGE_CLASS),
        (tags.PidTagSubjectPrefix, ""),
        (tags.PidTagNormalizedSubject, say(language, "conflict.subject", subject=subject)),
        (tags.PidTagBody, text),
        (tags.PidTagSenderName, folder_name),
        (tags.PidTagSentRepresentingName, folder_name),
        (tags.PidTagOriginalSubject, subject),
        (tags.PidTagConflictEntryId, logon.identity.message_entry_id(row.folder, row.id)),
        (tags.PidTagImportance, 1),
        (tags.PidTagSensitivity, 0),
        (tags.PidTagMessageFlags, 0),
        (tags.PidTagCreationTime, now),
        (tags.PidTagLastModificationTime, now),
        (tags.PidTagClientSubmitTime, now),
        (tags.PidTagMessageDeliveryTime, now),
    ):
        set_value(found, tag, value)
    return found
