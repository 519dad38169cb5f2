"""People in header fields ⇄ people in properties – [MS-OXCMAIL] 2.1.3.1, 2.2.3.1.

Whoever is in the address book is of address type EX, with the legacy DN for an address; others are of type SMTP. An
SMTP address is in a property of its own in either case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from posthouse.message.address_lists import SIMPLE, Raw, parse_raw
from posthouse.message.addresses import Mailbox
from posthouse.message.charsets import guess_text
from posthouse.message.headers import unfold
from posthouse.message.words import decode_header
from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from .. import tags
from ..entry_ids import AddressBookEntryId, OneOffEntryId, parse_entry_id, search_key
from ..objects import Properties, value_of
from ..property_rows import Typed
from ..property_values import PropertyTag
from .address_book import AddressBook, Entry

MAX_NAME = 256
MAX_ADDRESS = 1_024

_LIST = 1
"""PidTagDisplayType of a distribution list."""
_SHORT = 200


class Person(NamedTuple):
    name: str
    """Never empty: who has no name is called by the address."""
    address: str
    """As SMTP has it; may lack its domain."""
    entry: Entry | None = None


class Role(NamedTuple):
    """Where properties keep one person."""

    name: PropertyTag
    address_type: PropertyTag
    email_address: PropertyTag
    smtp_address: PropertyTag
    entry_id: PropertyTag
    search_key: PropertyTag


SENDER = Role(
    tags.PidTagSenderName,
    tags.PidTagSenderAddressType,
    tags.PidTagSenderEmailAddress,
    tags.PidTagSenderSmtpAddress,
    tags.PidTagSenderEntryId,
    tags.PidTagSenderSearchKey,
)
SENT_REPRESENTING = Role(
    tags.PidTagSentRepresentingName,
    tags.PidTagSentRepresentingAddressType,
    tags.PidTagSentRepresentingEmailAddress,
    tags.PidTagSentRepresentingSmtpAddress,
    tags.PidTagSentRepresentingEntryId,
    tags.PidTagSentRepresentingSearchKey,
)
READ_RECEIPT = Role(
    tags.PidTagReadReceiptName,
    tags.PidTagReadReceiptAddressType,
    tags.PidTagReadReceiptEmailAddress,
    tags.PidTagReadReceiptSmtpAddress,
    tags.PidTagReadReceiptEntryId,
    tags.PidTagReadReceiptSearchKey,
)
RECEIVED_BY = Role(
    tags.PidTagReceivedByName,
    tags.PidTagReceivedByAddressType,
    tags.PidTagReceivedByEmailAddress,
    tags.PidTagReceivedBySmtpAddress,
    tags.PidTagReceivedByEntryId,
    tags.PidTagReceivedBySearchKey,
)
RECEIVED_REPRESENTING = Role(
    tags.PidTagReceivedRepresentingName,
    tags.PidTagReceivedRepresentingAddressType,
    tags.PidTagReceivedRepresentingEmailAddress,
    tags.PidTagReceivedRepresentingSmtpAddress,
    tags.PidTagReceivedRepresentingEntryId,
    tags.PidTagReceivedRepresentingSearchKey,
)
RECIPIENT = Role(
    tags.PidTagDisplayName,
    tags.PidTagAddressType,
    tags.PidTagEmailAddress,
    tags.PidTagSmtpAddress,
    tags.PidTagEntryId,
    tags.PidTagSearchKey,
)


# Header fields → people
def read_people(value: bytes | None, book: AddressBook) -> list[Person]:
    """Of an address field as it is in the header; groups are their members."""
    if value is None:
        return []
    return [Person(name, address, book.by_address(address)) for name, address in _pairs(value)]


def first_person(value: bytes, book: AddressBook) -> Person | None:
    for name, address in _pairs(value)[:1]:
        return Person(name, address, book.by_address(address))
    return None


def first_name(value: bytes | None) -> str:
    """Of the first of them; empty when there is nobody."""
    people = _pairs(value) if value is not None else ()
    return people[0][0] if people else ""


def read_names(value: bytes) -> str:
    """Of an address field, as PidTagDisplayTo and its kin have them."""
    return "; ".join([name for name, _ in _pairs(value)])


def _pairs(value: bytes) -> tuple[tuple[str, str], ...]:
    """Names and addresses."""
    return _remembered(value) if len(value) <= _SHORT else _read_pairs(value)


def _read_pairs(value: bytes) -> tuple[tuple[str, str], ...]:
    """Plain addresses, as most fields have them, need no more than a look at each: tables read very many."""
    value = unfold(value)
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(value):
        match = SIMPLE.match(value, at)
        if match is None or len(found) >= MAX_PLAIN:
            return _read_any_pairs(value)
        found.append(_plain_pair(*match.groups(b"")))
        at = match.end()
    return tuple(found)


def _plain_pair(
    quoted: bytes, atoms: bytes, local: bytes, domain: bytes, bare: bytes, bare_domain: bytes
) -> tuple[str, str]:
    name, local, domain = quoted or atoms, local or bare, domain or bare_domain
    if _ODD_NAME.search(name) or _ODD_LOCAL.search(local):
        return _pair(Raw(name, None, local, domain))
    address = (local + b"@" + domain).decode("ascii")[:MAX_ADDRESS]
    return name.decode("ascii").strip()[:MAX_NAME] or address, address


_ODD_NAME = re.compile(rb"=\?|[\0-\x1f\x7f]")
_ODD_LOCAL = re.compile(rb"\A\.|\.\Z|\.\.")
MAX_PLAIN = 200
"""Of a longer list `parse_raw` knows where to stop."""


def _read_any_pairs(value: bytes) -> tuple[tuple[str, str], ...]:
    """Marks of groups have no domain, not even an empty one."""
    raws = parse_raw(value)
    return tuple([_pair(raw) for raw in raws if raw.domain is not None and (raw.local or raw.domain)])


_remembered = lru_cache(maxsize=2048)(_read_pairs)


def _pair(raw: Raw) -> tuple[str, str]:
    address = str(Address(guess_text(raw.local or b""), guess_text(raw.domain or b"")))[:MAX_ADDRESS]
    return decode_header(raw.name or b"").strip()[:MAX_NAME] or address, address


def display_list(people: Iterable[Person]) -> str:
    """PidTagDisplayTo and its kin ([MS-OXOMSG] 2.2.1.7 to 2.2.1.9)."""
    return "; ".join([person.name for person in people])


# People → properties
@lru_cache(maxsize=4096)
def person_properties(role: Role, person: Person) -> Properties:
    """Not to be changed: it is remembered."""
    kind, address = ("SMTP", person.address) if person.entry is None else ("EX", person.entry.dn)
    return {
        role.name.id: Typed(role.name.type, person.name),
        role.address_type.id: Typed(role.address_type.type, kind),
        role.email_address.id: Typed(role.email_address.type, address),
        role.smtp_address.id: Typed(role.smtp_address.type, person.address),
        role.entry_id.id: Typed(role.entry_id.type, entry_id_of(person)),
        role.search_key.id: Typed(role.search_key.type, search_key(kind, address)),
    }


@lru_cache(maxsize=1024)
def entry_id_of(person: Person) -> bytes:
    if person.entry is None:
        return OneOffEntryId(person.name, "SMTP", person.address).format()
    return AddressBookEntryId(person.entry.dn, _LIST if person.entry.is_list else 0).format()


def person_by_address(address: str, book: AddressBook) -> Person:
    """Somebody whom the book does not know is called by it."""
    entry = book.by_address(address)
    return Person(entry.name if entry else address, address, entry)


# Properties → people
def person_of(role: Role, properties: Properties, book: AddressBook) -> Person | None:
    """None when there is nobody who has an SMTP address."""
    name = value_of(properties, role.name) or ""
    kind = (value_of(properties, role.address_type) or "").upper()
    address = value_of(properties, role.email_address) or ""
    smtp = value_of(properties, role.smtp_address) or ""
    entry = book.by_dn(address) if kind == "EX" and address else None
    smtp = smtp or (entry.address if entry else address if kind in ("SMTP", "") and "@" in address else "")
    if not smtp:
        return person_by_entry_id(value_of(properties, role.entry_id) or b"", name, book)
    return Person(name or (entry.name if entry else smtp), smtp, entry)


def person_by_entry_id(entry_id: bytes, name: str, book: AddressBook) -> Person | None:
    """`name`: which is preferred to what it says itself."""
    try:
        found = parse_entry_id(entry_id)
    except BadSyntax:
        return None
    if isinstance(found, OneOffEntryId) and found.address_type.upper() == "SMTP" and found.address:
        return Person(name or found.name or found.address, found.address, book.by_address(found.address))
    entry = book.by_dn(found.dn) if isinstance(found, AddressBookEntryId) else None
    return None if entry is None else Person(name or entry.name, entry.address, entry)


def mailbox_of(person: Person) -> Mailbox:
    """For header fields. A name that is the address is none."""
    local, at, domain = person.address.rpartition("@")
    address = Address(_unquoted(local), domain) if at else Address(_unquoted(domain), "")
    return Mailbox("" if person.name in ("", person.address, f"'{person.address}'") else person.name, address)


def _unquoted(local: str) -> str:
    if len(local) > 1 and local[0] == '"' == local[-1]:
        return local[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return local
