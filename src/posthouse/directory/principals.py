"""Accounts, groups and contacts have this in common: an address, attributes, a place in the address book."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from posthouse.database import Queries, Row, Transaction
from posthouse.directory.errors import AddressExists, BadAttribute, NotInDirectory
from posthouse.directory.indexing import relist, unlist
from posthouse.directory.names import address_key, parse_address
from posthouse.directory.state import changed
from posthouse.model.address import Address
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "principals.sql")

MAX_ATTRIBUTES = 100
MAX_VALUE = 4096
SWITCHES = ("admin", "disabled")
"""Attributes that are columns: true or false, and of accounts alone."""
HIDDEN = "hidden"
"""An attribute that is true or false."""
DISPLAY_TYPE = "display-type"
"""An attribute: as what else than its kind the address book shows it."""

LANGUAGE = "language"
"""An attribute: in which the hub writes to somebody, and their clients speak; `de`, `pt-BR` (RFC 5646)."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,5}")
_KEY = re.compile(r"[a-z][a-z0-9-]{0,63}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Kind(StrEnum):
    ACCOUNT = "account"
    GROUP = "group"
    CONTACT = "contact"


DISPLAY_TYPES: dict[Kind, tuple[str, ...]] = {
    Kind.ACCOUNT: ("agent", "forum"),
    Kind.GROUP: ("private-list",),
    Kind.CONTACT: ("agent", "forum"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    id: AccountId
    kind: Kind
    address: str
    """As it was written."""
    disabled: bool
    admin: bool
    attributes: Mapping[str, str]
    """`display-name`, `given-name`, `surname`, `department` … : what the address book shows."""
    query: str = ""
    """Of a dynamic group."""

    @property
    def name(self) -> str:
        return self.attributes.get("display-name") or self.address.rpartition("@")[0]

    @property
    def hidden(self) -> bool:
        """From the address book's lists; who knows the address still finds it."""
        return parse_boolean(HIDDEN, self.attributes.get(HIDDEN, "false"))


@dataclass(frozen=True, slots=True)
class Moments:
    """In seconds since 1970; None: nobody knows, for it was before anybody noted it."""

    created: int | None
    modified: int | None
    """What the address book shows of it."""


def add_principal(
    tx: Transaction, kind: Kind, address: Address, attributes: Mapping[str, str], query: str = ""
) -> AccountId:
    """An id never used before, and never again."""
    key = address_key(address)
    checked = check_attributes(kind, attributes)
    stored = json.dumps(checked, ensure_ascii=False)
    row = tx.one(SQL.add_principal, (kind.value, key.domain, key.local, str(address), stored, query))
    if row is None:
        raise LookupError("INSERT … RETURNING returned nothing")
    if not tx.run(SQL.add_address, (key.domain, key.local, str(address), row[0], 0)):
        raise AddressExists(f"The address is taken: {address}")
    added = Principal(AccountId(row[0]), kind, str(address), False, False, checked, query)
    relist(tx, added)
    changed(tx, added.id)
    return added.id


def remove_principal(tx: Transaction, kind: Kind, address: str) -> Principal:
    """What it was. Its address is free again; where it is named as a target or a member, that stays."""
    found = get_principal(tx, address, kind)
    key = address_key(parse_address(address))
    unlist(tx, found)
    for statement in (SQL.remove_principal, SQL.remove_members, SQL.remove_credential, SQL.remove_certificates):
        tx.run(statement, (found.id,))
    tx.run(SQL.remove_values, (found.id,))
    for statement in (SQL.remove_address, SQL.remove_targets):
        tx.run(statement, key)
    changed(tx)
    return found


def find_principal(tx: Transaction, address: str) -> Principal | None:
    """By its own address, of whatever kind."""
    row = tx.one(SQL.find_principal, address_key(parse_address(address)))
    return read_principal(row) if row else None


def get_principal(tx: Transaction, address: str, kind: Kind | None = None) -> Principal:
    """The same, or NotInDirectory."""
    found = find_principal(tx, address)
    if found is None or (kind is not None and found.kind is not kind):
        raise NotInDirectory(f"No such {kind or 'address'}: {address}")
    return found


def principal_by_id(tx: Transaction, id: AccountId) -> Principal | None:
    row = tx.one(SQL.principal_by_id, (id,))
    return read_principal(row) if row else None


def moments_of(tx: Transaction, id: AccountId) -> Moments:
    row = tx.one(SQL.moments, (id,))
    return Moments(*row) if row else Moments(None, None)


def list_principals(tx: Transaction, kind: Kind) -> list[Principal]:
    """In the order of domain and local part."""
    return [read_principal(row) for row in tx.all(SQL.list_principals, (kind.value,))]


def set_attributes(tx: Transaction, address: str, changes: Mapping[str, str]) -> Principal:
    """`KEY=VALUE`; an empty value takes the attribute away. `admin` and `disabled` are attributes here as well."""
    found = get_principal(tx, address)
    named = {normalise_key(key): value for key, value in changes.items()}
    if found.kind is not Kind.ACCOUNT and any(key in named for key in SWITCHES):
        raise BadAttribute(f"Only an account can be {' or '.join(SWITCHES)}")
    admin = parse_boolean("admin", named.pop("admin")) if "admin" in named else found.admin
    disabled = parse_boolean("disabled", named.pop("disabled")) if "disabled" in named else found.disabled
    merged = {key: value for key, value in {**found.attributes, **named}.items() if value}
    stored = json.dumps(check_attributes(found.kind, merged), ensure_ascii=False)
    tx.run(SQL.set_attributes, (stored, int(disabled), int(admin), found.id))
    after = Principal(found.id, found.kind, found.address, disabled, admin, merged, found.query)
    relist(tx, after)
    changed(tx, found.id)
    return after


def check_attributes(kind: Kind, attributes: Mapping[str, str]) -> dict[str, str]:
    if len(attributes) > MAX_ATTRIBUTES:
        raise BadAttribute(f"At most {MAX_ATTRIBUTES} attributes")
    checked = {normalise_key(key): value for key, value in attributes.items() if value}
    for key, value in checked.items():
        if len(value) > MAX_VALUE or "\0" in value:
            raise BadAttribute(f"Not a possible value of {key}")
    parse_boolean(HIDDEN, checked.get(HIDDEN, "false"))
    if checked.get(DISPLAY_TYPE) not in (None, *DISPLAY_TYPES[kind]):
        raise BadAttribute(f"The {DISPLAY_TYPE} of this {kind} is one of: {', '.join(DISPLAY_TYPES[kind])}")
    if not _TAG.fullmatch(checked.get(LANGUAGE, "en")):
        raise BadAttribute(f"A {LANGUAGE} is named like de or pt-BR")
    return checked


def normalise_key(key: str) -> str:
    normal = key.strip().lower().replace("_", "-")
    if not _KEY.fullmatch(normal):
        raise BadAttribute(f"Not an attribute: {key[:80]}")
    return normal


def parse_boolean(key: str, value: str) -> bool:
    try:
        return _BOOLEANS[value.strip().lower()]
    except KeyError:
        raise BadAttribute(f"{key} is true or false") from None


def read_principal(row: Row) -> Principal:
    id, kind, address, disabled, admin, attributes, query = row
    return Principal(AccountId(id), Kind(kind), address, bool(disabled), bool(admin), json.loads(attributes), query)
