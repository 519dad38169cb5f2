"""Groups, with members named one by one or found by a query, and contacts: outside addresses in the address book.

    query = term *("," term)                    ; all of them hold
    term  = key ("=" / "!=") value              ; value may begin and end with "*"; in quotes it may have a comma
    key   = an attribute / "address" / "domain" / "admin"

So `department=Sales, office=Berlin*` are the accounts of sales in any office of Berlin, `address=*` is everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from posthouse.database import Queries, Transaction
from posthouse.directory.domains import is_ours, require_ours
from posthouse.directory.errors import AddressExists, BadAttribute
from posthouse.directory.names import address_key, domain_key, parse_address
from posthouse.directory.principals import (
    Kind,
    Principal,
    add_principal,
    get_principal,
    list_principals,
    normalise_key,
    read_principal,
    remove_principal,
)
from posthouse.directory.state import changed
from posthouse.model.address import Address
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "groups.sql")

MAX_MEMBERS = 10_000
MEMBER, OWNER, DELEGATE = "member", "owner", "delegate"
"""Roles. A delegate is an account's: who may send mail on its behalf."""

_TERM = re.compile(r'\s*([A-Za-z][\w-]*)\s*(!?=)\s*(?:"([^"]*)"|([^",]*))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Group:
    address: str
    members: tuple[str, ...]
    owners: tuple[str, ...]
    query: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    key: str
    negated: bool
    value: str

    def holds(self, account: Principal) -> bool:
        return _like(self.value, _value(account, self.key)) != self.negated


def add_group(
    tx: Transaction,
    address: str,
    members: Sequence[str] = (),
    *,
    owners: Sequence[str] = (),
    query: str = "",
    attributes: Mapping[str, str] | None = None,
) -> AccountId:
    parsed = parse_address(address)
    require_ours(tx, parsed.domain)
    parse_query(query)
    id = add_principal(tx, Kind.GROUP, parsed, attributes or {}, query)
    _set_members(tx, id, MEMBER, members)
    _set_members(tx, id, OWNER, owners)
    return id


def set_members(
    tx: Transaction, address: str, *, add: Iterable[str] = (), remove: Iterable[str] = (), role: str = MEMBER
) -> None:
    """Changes who is `MEMBER` or `OWNER` of a group."""
    change_links(tx, get_principal(tx, address, Kind.GROUP).id, role, add=add, remove=remove)


def change_links(
    tx: Transaction, principal: AccountId, role: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> None:
    """Changes whom a principal names in this role: a group its members and owners, an account its delegates."""
    gone = {address_key(parse_address(one)) for one in remove}
    kept = [one for one in links(tx, principal, role) if address_key(parse_address(one)) not in gone]
    tx.run(SQL.remove_members, (principal, role))
    _set_members(tx, principal, role, [*kept, *add])
    changed(tx, principal)


def links(tx: Transaction, principal: AccountId, role: str) -> list[str]:
    """The addresses that it names in this role."""
    return [row[0] for row in tx.all(SQL.members, (principal, role))]


def linking(tx: Transaction, address: str, role: str) -> list[Principal]:
    """Who names this address in this role."""
    return [read_principal(row) for row in tx.all(SQL.linking, (role, address))]


def groups_of(tx: Transaction, principal: Principal, dynamic: Sequence[Principal]) -> list[Principal]:
    """Groups that have it as a member, by name; or by their query, of these groups that have one."""
    found = {group.id: group for group in linking(tx, principal.address, MEMBER)}
    found |= {group.id: group for group in dynamic if _meets(principal, parse_query(group.query))}
    return list(found.values())


def dynamic_groups(tx: Transaction) -> list[Principal]:
    """Those that have a query."""
    return [read_principal(row) for row in tx.all(SQL.dynamic_groups)]


def set_query(tx: Transaction, address: str, query: str) -> None:
    parse_query(query)
    group = get_principal(tx, address, Kind.GROUP).id
    tx.run(SQL.set_query, (query, group))
    changed(tx, group)


def remove_group(tx: Transaction, address: str) -> None:
    remove_principal(tx, Kind.GROUP, address)


def get_group(tx: Transaction, address: str) -> Group:
    return _group(tx, get_principal(tx, address, Kind.GROUP))


def list_groups(tx: Transaction) -> list[Group]:
    return [_group(tx, found) for found in list_principals(tx, Kind.GROUP)]


def group_members(tx: Transaction, group: AccountId, query: str) -> list[Address]:
    """One level: those named, then those whom the query finds among the accounts that are not disabled."""
    named = [parse_address(one) for one in links(tx, group, MEMBER)]
    return [*named, *find_members(tx, query)] if query else named


def find_members(tx: Transaction, query: str) -> list[Address]:
    accounts = list_principals(tx, Kind.ACCOUNT) if parse_query(query) else []
    return [parse_address(one.address) for one in meeting(query, accounts)]


def meeting(query: str, accounts: Iterable[Principal]) -> list[Principal]:
    """Whom of them a query finds; none of those that are disabled."""
    terms = parse_query(query)
    return [one for one in accounts if _meets(one, terms)]


@lru_cache(1024)
def parse_query(query: str) -> tuple[Term, ...]:
    terms, at, text = list[Term](), 0, query.strip()
    while at < len(text):
        found = _TERM.match(text, at)
        if not found:
            raise BadAttribute(f"Not a query: {text[at : at + 80]}")
        value = found[3] if found[3] is not None else found[4].strip()
        terms.append(Term(normalise_key(found[1]), found[2] == "!=", value.casefold()))
        at = found.end()
    return tuple(terms)


def add_contact(tx: Transaction, address: str, name: str, attributes: Mapping[str, str] | None = None) -> AccountId:
    """An address outside of our domains."""
    parsed = parse_address(address)
    if is_ours(tx, parsed.domain):
        raise AddressExists(f"The address is in a domain of ours: {address}")
    return add_principal(tx, Kind.CONTACT, parsed, {**(attributes or {}), "display-name": name})


def remove_contact(tx: Transaction, address: str) -> None:
    remove_principal(tx, Kind.CONTACT, address)


def list_contacts(tx: Transaction) -> list[Principal]:
    return list_principals(tx, Kind.CONTACT)


def _group(tx: Transaction, found: Principal) -> Group:
    members, owners = (tuple(links(tx, found.id, role)) for role in (MEMBER, OWNER))
    return Group(found.address, members, owners, found.query, found.attributes)


def _set_members(tx: Transaction, group: AccountId, role: str, members: Iterable[str]) -> None:
    parsed = {address_key(one): str(one) for one in map(parse_address, members)}
    if len(parsed) > MAX_MEMBERS:
        raise BadAttribute(f"At most {MAX_MEMBERS} members")
    tx.many(SQL.add_member, [(group, role, position, one) for position, one in enumerate(parsed.values())])


def _meets(principal: Principal, terms: tuple[Term, ...]) -> bool:
    if not terms or principal.kind is not Kind.ACCOUNT or principal.disabled:
        return False
    return all(term.holds(principal) for term in terms)


def _value(account: Principal, key: str) -> str:
    match key:
        case "address":
            return account.address.casefold()
        case "domain":
            return domain_key(account.address.rpartition("@")[2])
        case "admin":
            return "true" if account.admin else "false"
        case _:
            return account.attributes.get(key, "").casefold()


def _like(pattern: str, value: str) -> bool:
    match pattern[:1] == "*", pattern[-1:] == "*":
        case True, True:
            return pattern.strip("*") in value
        case True, False:
            return value.endswith(pattern[1:])
        case False, True:
            return value.startswith(pattern[:-1])
    return value == pattern
