"""Address creation templates: for addresses that stand in no address book – [MS-OXOABKT] 2.2.1.

There is one, for addresses of SMTP, in each of the languages of dialogs. A client shows its dialog (`dialogs.py`) and
runs its script, and has an address.
"""

from __future__ import annotations

import re
from struct import pack

from posthouse.directory import Organisation
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType
from posthouse.protocols.mapi.address_book.scripts import script_of
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue

from .dialogs import LANGUAGES, TYPED_ADDRESS, Language, language_of, said

ADDRESS_TYPE = "SMTP"
SCRIPT = script_of(TYPED_ADDRESS)
_FIRST = 0x20
"""Of Minimal Entry IDs: behind those of containers."""
_ADDRESS_TYPE8 = PropertyTag(tags.PidTagAddressType.id, PropertyType.STRING8)
_NAME8 = PropertyTag(tags.PidTagDisplayName.id, PropertyType.STRING8)
_LOCALE = re.compile(rf"/cn=address-templates/cn=([0-9a-f]{{1,8}})/cn={ADDRESS_TYPE}", re.IGNORECASE)


def dn_of(organisation: Organisation, locale: int) -> str:
    return f"{organisation.dn}/cn=Address-Templates/cn={locale:x}/cn={ADDRESS_TYPE}"


def locale_of(organisation: Organisation, dn: str) -> int | None:
    """In which a template with this DN is; None: it is none's."""
    begin = organisation.dn.lower()
    found = _LOCALE.fullmatch(dn, len(begin)) if dn.lower().startswith(begin) else None
    return None if found is None else int(found[1], 16)


def mid_of_dn(organisation: Organisation, dn: str) -> int | None:
    """None: no template has this DN."""
    locale = locale_of(organisation, dn)
    language = None if locale is None else language_of(locale)
    return None if language is None else _mid_of(language)


def _mid_of(language: Language) -> int:
    return _FIRST + list(LANGUAGES.values()).index(language)


def creation_table(organisation: Organisation, stat: Stat) -> tuple[tuple[TaggedValue, ...], ...]:
    """Strings are of 8 bits, whatever a client asks for (R110). There are no rows in a language that there is not
    (R757). The display type is that of what is made: that of a template stands in entry ids alone (R61)."""
    language = language_of(stat.template_locale)
    if language is None:
        return ()
    encoding = codec_of(stat.code_page) or "ascii"
    entry_id = AddressBookEntryId(dn_of(organisation, stat.template_locale), DisplayType.ADDRESS_TEMPLATE)
    row = (
        TaggedValue(_ADDRESS_TYPE8, ADDRESS_TYPE.encode()),
        TaggedValue(_NAME8, said("SMTP Address", language).encode(encoding, "replace")),
        TaggedValue(tags.PidTagDisplayType, int(DisplayType.MAIL_USER)),
        TaggedValue(tags.PidTagEntryId, entry_id.format()),
        TaggedValue(tags.PidTagDepth, 0),
        TaggedValue(tags.PidTagSelectable, True),
        TaggedValue(tags.PidTagInstanceKey, pack("<I", _mid_of(language))),
    )
    return (row,)
