"""The dialogs in which clients show objects of the address book, and ask for addresses that are in none; in English and
German.

Measures are those of dialogs: a character is four wide and eight high. What is shown is read only: the directory is
kept elsewhere, but for members of groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType
from posthouse.protocols.mapi.address_book.templates import (
    NO_FLAGS,
    Control,
    ControlFlags,
    ControlType,
    format_template,
)
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType

WIDTH, HEIGHT = 370, 220
"""Of a page."""
MARGIN, LINE, LABEL = 8, 16, 62
COLUMN = (WIDTH - 3 * MARGIN) // 2
MOST = 512
"""Characters of a text that is shown."""
ANY = b"*"


class Language(StrEnum):
    ENGLISH = "en"
    GERMAN = "de"


LANGUAGES = {0x09: Language.ENGLISH, 0x07: Language.GERMAN}
"""By the part of an LCID that is a language without a country."""
LAST_LANGUAGE = 0x92
"""Of those parts."""


def is_locale(number: int) -> bool:
    """Whether it can be an LCID, with a language in it ([MS-LCID] 2.1)."""
    return number >> 20 == 0 and 0 < number & 0x3FF <= LAST_LANGUAGE


def language_of(locale: int) -> Language | None:
    """None: there are no dialogs in it."""
    return LANGUAGES.get(locale & 0x3FF)


_GERMAN = {
    "General": "Allgemein",
    "Name": "Name",
    "First:": "Vorname:",
    "Last:": "Nachname:",
    "Display:": "Anzeigename:",
    "Alias:": "Alias:",
    "Title:": "Position:",
    "Company:": "Firma:",
    "Department:": "Abteilung:",
    "Office:": "Büro:",
    "Assistant:": "Assistent:",
    "Phone:": "Telefon:",
    "Address:": "Straße:",
    "City:": "Ort:",
    "State:": "Bundesland:",
    "Zip code:": "PLZ:",
    "Country:": "Land:",
    "Organization": "Organisation",
    "Manager:": "Vorgesetzter:",
    "Direct reports:": "Mitarbeiter:",
    "Phone/Notes": "Telefon/Notizen",
    "Business:": "Geschäftlich:",
    "Home:": "Privat:",
    "Mobile:": "Mobil:",
    "Fax:": "Fax:",
    "Pager:": "Pager:",
    "Notes:": "Notizen:",
    "Member Of": "Mitglied von",
    "Group membership:": "Mitglied der Gruppen:",
    "E-mail Addresses": "E-Mail-Adressen",
    "E-mail addresses:": "E-Mail-Adressen:",
    "E-mail:": "E-Mail:",
    "E-mail address:": "E-Mail-Adresse:",
    "SMTP Address": "SMTP-Adresse",
    "Owner:": "Besitzer:",
    "Members:": "Mitglieder:",
    "Modify Members...": "Mitglieder ändern...",
}

Field = tuple[str, PropertyTag]

_GENERAL: list[list[Field]] = [
    [("First:", tags.PidTagGivenName), ("Last:", tags.PidTagSurname)],
    [("Display:", tags.PidTagDisplayName), ("Alias:", tags.PidTagAccount)],
    [("E-mail:", tags.PidTagSmtpAddress), ("Phone:", tags.PidTagPrimaryTelephoneNumber)],
    [("Address:", tags.PidTagStreetAddress), ("Title:", tags.PidTagTitle)],
    [("City:", tags.PidTagLocality), ("Company:", tags.PidTagCompanyName)],
    [("State:", tags.PidTagStateOrProvince), ("Department:", tags.PidTagDepartmentName)],
    [("Zip code:", tags.PidTagPostalCode), ("Office:", tags.PidTagOfficeLocation)],
    [("Country:", tags.PidTagCountry), ("Assistant:", tags.PidTagAssistant)],
]
_PHONES: list[list[Field]] = [
    [("Business:", tags.PidTagBusinessTelephoneNumber), ("Mobile:", tags.PidTagMobileTelephoneNumber)],
    [("Home:", tags.PidTagHomeTelephoneNumber), ("Pager:", tags.PidTagPagerTelephoneNumber)],
    [("Fax:", tags.PidTagPrimaryFaxNumber), ("Assistant:", tags.PidTagAssistantTelephoneNumber)],
]
_GROUP: list[list[Field]] = [
    [("Display:", tags.PidTagDisplayName), ("Alias:", tags.PidTagAccount)],
    [("E-mail:", tags.PidTagSmtpAddress)],
]
TYPED_NAME = PropertyTag(tags.PidTagDisplayName.id, PropertyType.STRING8)
TYPED_ADDRESS = PropertyTag(tags.PidTagSmtpAddress.id, PropertyType.STRING8)
"""What is typed is of 8 bits, for scripts know nothing else ([MS-OXOABKT] 2.2.2.2)."""


def dialog_of(display_type: int, language: Language, encoding: str) -> bytes | None:
    """None: nothing of that kind is shown."""
    pages = _DIALOGS.get(display_type)
    return None if pages is None else format_template([_said(one, language, encoding) for one in pages])


def said(text: str, language: Language) -> str:
    return _GERMAN.get(text, text) if language is Language.GERMAN else text


def _said(control: Control, language: Language, encoding: str) -> Control:
    text = said(control.text.decode(), language)
    return replace(control, text=text.encode(encoding, "replace"))


def _page(title: str) -> Control:
    return Control(ControlType.PAGE, title.encode(), 0, 0, WIDTH, HEIGHT)


def _label(text: str, x: int, y: int, width: int = LABEL) -> Control:
    return Control(ControlType.LABEL, text.encode(), x, y + 2, width, 8)


def _edit(tag: PropertyTag, x: int, y: int, width: int, height: int = 12) -> Control:
    flags = ControlFlags.DOUBLE_BYTE | (ControlFlags.MULTILINE if height > LINE else NO_FLAGS)
    return Control(ControlType.EDIT, ANY, x, y, width, height, tag, MOST, flags)


def _fields(rows: Sequence[Sequence[Field]]) -> Iterator[Control]:
    """In two columns, from the top."""
    for number, row in enumerate(rows):
        for column, (text, tag) in enumerate(row):
            x, y = MARGIN + column * (COLUMN + MARGIN), MARGIN + number * LINE
            yield _label(text, x, y)
            yield _edit(tag, x + LABEL, y, COLUMN - LABEL)


def _list(
    text: str, tag: PropertyTag, y: int, height: int, kind: ControlType = ControlType.LIST_BOX
) -> Iterator[Control]:
    yield _label(text, MARGIN, y, WIDTH - 2 * MARGIN)
    yield Control(kind, ANY, MARGIN, y + LINE, WIDTH - 2 * MARGIN, height - LINE, tag)


def _notes(y: int) -> Iterator[Control]:
    yield _label("Notes:", MARGIN, y)
    yield _edit(tags.PidTagComment, MARGIN, y + LINE, WIDTH - 2 * MARGIN, HEIGHT - y - LINE - MARGIN)


def _last_pages() -> Iterator[Control]:
    whole = HEIGHT - 2 * MARGIN
    yield _page("Member Of")
    yield from _list("Group membership:", tags.PidTagAddressBookIsMemberOfDistributionList, MARGIN, whole)
    yield _page("E-mail Addresses")
    addresses = tags.PidTagAddressBookProxyAddresses
    yield from _list("E-mail addresses:", addresses, MARGIN, whole, ControlType.MULTIVALUED_LIST_BOX)


def _person() -> Iterator[Control]:
    yield _page("General")
    yield from _fields(_GENERAL)
    yield _page("Organization")
    yield from _fields([[("Manager:", tags.PidTagManagerName)]])
    top = MARGIN + 2 * LINE
    yield from _list("Direct reports:", tags.PidTagAddressBookReports, top, HEIGHT - top - MARGIN)
    yield _page("Phone/Notes")
    yield from _fields(_PHONES)
    yield from _notes(MARGIN + (len(_PHONES) + 1) * LINE)
    yield from _last_pages()


def _group() -> Iterator[Control]:
    yield _page("General")
    yield from _fields(_GROUP)
    owners = MARGIN + 3 * LINE
    yield from _list("Owner:", tags.PidTagAddressBookOwner, owners, 3 * LINE)
    members = owners + 4 * LINE
    yield from _list("Members:", tags.PidTagAddressBookMember, members, HEIGHT - members - 2 * LINE)
    manage = tags.PidTagAddressBookManageDistributionList
    button = MARGIN, HEIGHT - LINE - MARGIN // 2, 90, 14
    yield Control(ControlType.BUTTON, b"Modify Members...", *button, manage)
    yield _page("Phone/Notes")
    yield from _notes(MARGIN)
    yield from _last_pages()


def _typed(text: str, tag: PropertyTag, number: int, flags: ControlFlags = NO_FLAGS) -> Iterator[Control]:
    """A line in which somebody types."""
    y = MARGIN + number * LINE
    yield _label(text, MARGIN, y)
    edit = _edit(tag, MARGIN + LABEL, y, WIDTH - 2 * MARGIN - LABEL)
    yield replace(edit, flags=edit.flags | ControlFlags.EDITABLE | flags)


def _address() -> Iterator[Control]:
    yield _page("SMTP Address")
    yield from _typed("Display:", TYPED_NAME, 0)
    yield from _typed("E-mail address:", TYPED_ADDRESS, 1, ControlFlags.MANDATORY)


_DIALOGS: dict[int, list[Control]] = {
    DisplayType.MAIL_USER: list(_person()),
    DisplayType.DISTRIBUTION_LIST: list(_group()),
    DisplayType.FORUM: list(_person()),
    DisplayType.AGENT: list(_person()),
    DisplayType.PRIVATE_DISTRIBUTION_LIST: list(_group()),
    DisplayType.REMOTE_MAIL_USER: list(_person()),
    DisplayType.ADDRESS_TEMPLATE: list(_address()),
}
