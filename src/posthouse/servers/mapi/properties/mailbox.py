"""Properties of a logon: of the mailbox, and of who is logged on – [MS-OXCSTOR] 2.2.2.1.

What clients may set is kept with the root folder's properties. Who has been given some folder of a mailbox learns whose
it is, and not what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from posthouse.database import Transaction
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.extended_rules import SIZE_LIMIT
from posthouse.protocols.mapi.objects import Key, Properties, set_value
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.languages import sort_locale, spoken
from posthouse.servers.mapi.logon import Logon, Mailbox
from posthouse.servers.mapi.session import Language
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.accounts import Usage, usage
from posthouse.store.away import is_away, note_absence
from posthouse.store.folder_objects import load_folder_object, save_folder_object
from posthouse.store.folders import load_folder
from posthouse.store.search_folders import search_folders

HAS_SEARCH_FOLDERS = 0x01000000
"""PidTagStoreState."""
_MAX32 = 2**31 - 1
_ROOT = own_folder(Special.ROOT)


class Context(NamedTuple):
    """What a property may follow from."""

    mailbox: Mailbox
    language: Language
    usage: Usage
    searches: bool
    message_size: int
    locale: int
    """Of what the server says."""


Compute = Callable[[Context], Any]
"""The value; None: there is none."""


def _kilobytes(size: int) -> int | None:
    """None: there is no limit."""
    return min(size // 1024, _MAX32) if size else None


def _owner(context: Context) -> bytes | None:
    mailbox = context.mailbox
    return None if mailbox.is_public else AddressBookEntryId(mailbox.dn).format()


def _ids(*of: PropertyTag) -> frozenset[int]:
    return frozenset(tag.id for tag in of)


SHOWN: Mapping[PropertyTag, Compute] = {
    tags.PidTagMailboxOwnerName: lambda c: None if c.mailbox.is_public else c.mailbox.name,
    tags.PidTagMailboxOwnerEntryId: _owner,
    tags.PidTagUserEntryId: lambda c: AddressBookEntryId(c.mailbox.user_dn).format(),
    tags.PidTagStoreRecordKey: lambda c: c.mailbox.guid.bytes_le,
    tags.PidTagStoreEntryId: lambda c: c.mailbox.store_entry_id,
    tags.PidTagMappingSignature: lambda c: c.mailbox.replica_guid.bytes_le,
    tags.PidTagCodePageId: lambda c: c.language.code_page & _MAX32,
    tags.PidTagMaximumSubmitMessageSize: lambda c: _kilobytes(c.message_size),
    tags.PidTagExtendedRuleSizeLimit: lambda c: SIZE_LIMIT,
}
"""To everybody who is logged on."""
COUNTED: Mapping[PropertyTag, Compute] = {
    tags.PidTagContentCount: lambda c: c.usage.used_messages & _MAX32,
    tags.PidTagMessageSizeExtended: lambda c: c.usage.used_bytes,
    tags.PidTagProhibitReceiveQuota: lambda c: _kilobytes(c.usage.quota_bytes),
    tags.PidTagProhibitSendQuota: lambda c: _kilobytes(c.usage.quota_bytes),
    tags.PidTagStoreState: lambda c: HAS_SEARCH_FOLDERS if c.searches else 0,
}
"""To the owner alone."""
UNTIL_SET: Mapping[PropertyTag, Compute] = {
    tags.PidTagDisplayName: lambda c: c.mailbox.name,
    tags.PidTagLocaleId: lambda c: c.locale & _MAX32,
}
SETTABLE = _ids(tags.PidTagLocaleId, tags.PidTagSortLocaleId, tags.PidTagOutOfOfficeState, tags.PidTagSentMailSvrEID)
REMOVABLE = _ids(tags.PidTagSentMailSvrEID, tags.PidTagSortLocaleId, tags.PidTagDeleteAfterSubmit)
"""The last one, a comment and the name of the mailbox clients do not set: as with Exchange since 2013 (R6280001, R3128,
R306800301). It does not let them delete a comment either."""
KEPT = SETTABLE | REMOVABLE | _ids(tags.PidTagComment)


class OpenMailbox(PropertyHolder):
    """What a logon has."""

    persists_at_once = True

    def __init__(self, logon: Logon, language: Language) -> None:
        super().__init__(logon)
        self._language = language

    async def read(self, wanted: Collection[Key] | None) -> Properties:
        return await self.logon.store.read(self._read)

    def _read(self, tx: Transaction) -> Properties:
        mailbox = self.logon.mailbox
        searches = bool(search_folders(tx, mailbox.account))
        limit = self.logon.message_size
        locale = (spoken(tx, mailbox.account) if mailbox.owner else None) or self._language.locale
        context = Context(mailbox, self._language, usage(tx, mailbox.account), searches, limit, locale)
        found: Properties = {}
        _compute(found, UNTIL_SET, context)
        if mailbox.owner:
            kept = load_folder_object(tx, mailbox.account, load_folder(tx, mailbox.account, _ROOT)).properties
            found |= {key: value for key, value in kept.items() if key in KEPT}
            _compute(found, COUNTED, context)
        _compute(found, SHOWN, context)
        set_value(found, tags.PidTagOutOfOfficeState, is_away(tx, mailbox.account, self.logon.store.now()))
        set_value(found, tags.PidTagSerializedReplidGuidMap, self.logon.replicas.all(tx))
        return found

    async def change(self, new: Properties, gone: Collection[Key]) -> Mapping[Key, ErrorCode]:
        if not self.logon.mailbox.owner:
            raise RopError(ErrorCode.ecAccessDenied)
        refused = [*(key for key in new if key not in SETTABLE), *(key for key in gone if key not in REMOVABLE)]
        problems = dict.fromkeys(refused, ErrorCode.ecAccessDenied)
        accepted: Properties = {key: value for key, value in new.items() if key not in problems}
        removed = [key for key in gone if key not in problems]
        if accepted or removed:
            after = await self.logon.store.write(self._change, accepted, removed)
            self.logon.sort_locale = sort_locale(after, self._language)
        return problems

    def _change(self, tx: Transaction, new: Properties, gone: Collection[Key]) -> Properties:
        account = self.logon.mailbox.account
        before = load_folder_object(tx, account, load_folder(tx, account, _ROOT))
        after = {key: value for key, value in before.properties.items() if key not in gone} | new
        note_absence(tx, account, new, after)
        save_folder_object(tx, account, _ROOT, before._replace(properties=after))
        return after


def _compute(found: Properties, table: Mapping[PropertyTag, Compute], context: Context) -> None:
    for tag, compute in table.items():
        value = compute(context)
        if value is not None:
            set_value(found, tag, value)
