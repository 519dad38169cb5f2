"""In which language the hub writes to somebody – [MS-OXCSTOR] 2.2.2.1.1.12."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory import LANGUAGE, principal_by_id
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi import tags
from posthouse.store.mailbox_properties import locale_of, mailbox_properties
from posthouse.texts import Language, language_of_locale, language_of_tag


def language_of(tx: Transaction, account: AccountId) -> Language:
    """As a client of the mailbox has set PidTagLocaleId, or else as the directory has it; English when nobody has said
    anything."""
    locale = locale_of(mailbox_properties(tx, account), tags.PidTagLocaleId)
    if locale is not None:
        return language_of_locale(locale)
    person = principal_by_id(tx, account)
    return language_of_tag(person.attributes.get(LANGUAGE, "") if person is not None else "")
