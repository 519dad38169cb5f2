"""People as MAPI names them: in conditions and actions of rules by addresses or by names in the directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posthouse.database import Transaction
from posthouse.directory import Kind, Principal, find_principal, parse_address, principal_by_id, proxies_of
from posthouse.directory.errors import BadAddress
from posthouse.directory.organisation import organisation
from posthouse.model.address import Address
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId, parse_entry_id
from posthouse.protocols.mapi.mime.address_book import Entry, Owner
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue

_EIGHT_BITS = "cp1252"


class Book:
    """The directory as an address book, within one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self._organisation = tx, organisation(tx)

    def by_address(self, address: str) -> Entry | None:
        try:
            return self._entry(find_principal(self._tx, address))
        except BadAddress:
            return None

    def by_dn(self, dn: str) -> Entry | None:
        number = self._organisation.principal_of(dn) if self._organisation is not None else None
        return self._entry(principal_by_id(self._tx, number) if number is not None else None)

    def owner_of(self, account: int) -> Owner | None:
        found = principal_by_id(self._tx, AccountId(account))
        entry = self._entry(found)
        if found is None or entry is None:
            return None
        return Owner(entry, frozenset(map(str.lower, (found.address, *proxies_of(self._tx, found)))))

    def _entry(self, found: Principal | None) -> Entry | None:
        if found is None or self._organisation is None:
            return None
        return Entry(self._organisation.dn_of(found.id), found.name, found.address, found.kind is Kind.GROUP)


def address_of(tx: Transaction, values: Mapping[int, TaggedValue]) -> Address | None:
    """Of whom a block names: by an address of mail, or by their name in the directory."""

    def text(tag: PropertyTag) -> str:
        return text_of(values[tag.id].value) if tag.id in values else ""

    kind, address = text(tags.PidTagAddressType).upper(), text(tags.PidTagEmailAddress)
    if not kind:  # no rule needs to say it (R895)
        kind = "EX" if address.startswith("/") else "SMTP"
    found = text(tags.PidTagSmtpAddress) or (address if kind == "SMTP" else "")
    dn = address if kind == "EX" else ""
    entry = values.get(tags.PidTagEntryId.id)
    if not found and not dn and entry is not None and isinstance(entry.value, bytes):
        found, dn = _of_entry(entry.value)
    if not found and dn:
        entry_of_dn = Book(tx).by_dn(dn)
        found = entry_of_dn.address if entry_of_dn is not None else ""
    try:
        return parse_address(found) if found else None
    except BadAddress:
        return None


def _of_entry(data: bytes) -> tuple[str, str]:
    """Its address of mail, or its DN."""
    try:
        parsed = parse_entry_id(data)
    except BadSyntax:
        return "", ""
    if isinstance(parsed, OneOffEntryId) and parsed.address_type.upper() == "SMTP":
        return parsed.address, ""
    return "", parsed.dn if isinstance(parsed, AddressBookEntryId) else ""


def text_of(value: Any) -> str:
    return value.decode(_EIGHT_BITS, "replace") if isinstance(value, bytes) else str(value)
