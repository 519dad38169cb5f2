"""In which languages somebody is spoken to, and has tables ordered – [MS-OXCSTOR] 2.2.2.1.1.12, 2.2.2.1.1.14.

A mailbox has what its clients have set, by LCIDs; and what is spoken there, the directory may know as well.
"""

from __future__ import annotations

from contextlib import suppress

from posthouse.database import Transaction
from posthouse.directory import LANGUAGE, principal_by_id, set_attributes
from posthouse.directory.errors import BadAttribute, NotInDirectory
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.locales import locale_of_tag, tag_of
from posthouse.protocols.mapi.objects import Properties
from posthouse.store import Store
from posthouse.store.mailbox_properties import locale_of

from .logon import Mailbox
from .session import Language


def sort_locale(kept: Properties, language: Language) -> int:
    """By which a logon orders tables: as the mailbox has it, or else as its client said when it connected."""
    known = locale_of(kept, tags.PidTagSortLocaleId)
    return language.sort_locale if known is None else known


def spoken(tx: Transaction, account: AccountId) -> int | None:
    """As the directory has it; None: nobody has said anything there."""
    person = principal_by_id(tx, account)
    return None if person is None else locale_of_tag(person.attributes.get(LANGUAGE, ""))


async def note_language(store: Store, mailbox: Mailbox, locale: int) -> None:
    """The first client of a mailbox of whose language nobody has said anything tells it, as with Exchange."""
    tag = tag_of(locale)
    if tag is not None and await store.read(_is_silent, mailbox.account):
        with suppress(BadAttribute, NotInDirectory):  # there is no room for one more, or they have just gone
            await store.write(set_attributes, mailbox.address, {LANGUAGE: tag})


def _is_silent(tx: Transaction, account: AccountId) -> bool:
    person = principal_by_id(tx, account)
    return person is not None and LANGUAGE not in person.attributes
