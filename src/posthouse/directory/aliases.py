"""Aliases: addresses that stand for others, here or elsewhere. `@example.org` is the domain's catch-all.

An account's own address may have targets too: its mail then goes to them, and to the account only if it is one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from posthouse.database import Queries, Transaction
from posthouse.directory.domains import require_ours
from posthouse.directory.errors import AddressExists, BadAddress, NotInDirectory
from posthouse.directory.indexing import relist
from posthouse.directory.names import Key, address_key, parse_address
from posthouse.directory.principals import Kind, Principal, find_principal
from posthouse.directory.state import changed
from posthouse.model.address import Address
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "aliases.sql")

MAX_TARGETS = 10_000


@dataclass(frozen=True, slots=True)
class Alias:
    address: str
    targets: tuple[str, ...]


def add_alias(tx: Transaction, address: str, targets: Sequence[str]) -> Alias:
    """A new alias, or more targets for one that is there. Targets need not exist: they may be elsewhere or
    come later."""
    parsed = parse_address(address, catch_all=True)
    require_ours(tx, parsed.domain)
    key = address_key(parsed)
    wanted = [parse_address(target) for target in targets]
    if not wanted:
        raise BadAddress("An alias needs a target")
    if parsed.local and (taken := find_principal(tx, address)) and taken.kind is not Kind.ACCOUNT:
        raise AddressExists(f"The address is taken by a {taken.kind}: {address}")
    had = _targets(tx, key)
    tx.run(SQL.add_alias, (*key, _shown(parsed)))
    _append(tx, key, wanted)
    changed(tx, *_relist(tx, had, has := _targets(tx, key)))
    return Alias(_shown(parsed), has)


def remove_alias(tx: Transaction, address: str, targets: Iterable[str] = ()) -> None:
    """All of it, or only these targets; without its last target it is no more."""
    parsed = parse_address(address, catch_all=True)
    key = address_key(parsed)
    if not (have := _targets(tx, key)):
        raise NotInDirectory(f"No such alias: {_shown(parsed)}")
    gone = {address_key(parse_address(target)) for target in targets}
    left = [target for one in have if gone and address_key(target := parse_address(one)) not in gone]
    if gone and len(left) == len(have):
        raise NotInDirectory(f"Not a target of {_shown(parsed)}")
    tx.run(SQL.remove_targets, key)
    _append(tx, key, left)
    if not left:
        tx.run(SQL.remove_alias, key)
        tx.run(SQL.unalias, key)
    changed(tx, *_relist(tx, have, [str(target) for target in left]))


def list_aliases(tx: Transaction) -> list[Alias]:
    """In the order of domain and local part."""
    found: dict[str, list[str]] = {}
    for address, target in tx.all(SQL.list_aliases):
        found.setdefault(address, []).append(target)
    return [Alias(address, tuple(targets)) for address, targets in found.items()]


def principal_of_address(tx: Transaction, address: str) -> Principal | None:
    """By its own address, or by an alias that leads to it alone."""
    found = find_principal(tx, address)
    if found is not None:
        return found
    targets = _targets(tx, address_key(parse_address(address)))
    return find_principal(tx, targets[0]) if len(targets) == 1 else None


def _relist(tx: Transaction, *before_and_after: Sequence[str]) -> set[AccountId]:
    """An alias for one person alone is one of that person's addresses. Whose it is, or was."""
    alone = (find_principal(tx, targets[0]) for targets in before_and_after if len(targets) == 1)
    people = {found.id: found for found in alone if found is not None}
    for found in people.values():
        relist(tx, found)
    return set(people)


def _shown(address: Address) -> str:
    """A catch-all as it is typed."""
    return str(address) if address.local else f"@{address.domain}"


def _append(tx: Transaction, key: Key, wanted: Sequence[Address]) -> None:
    have = {address_key(parse_address(target)) for target in _targets(tx, key)}
    position = len(have)
    for target in wanted:
        if address_key(target) not in have:
            have.add(address_key(target))
            tx.run(SQL.add_target, (*key, position, str(target)))
            position += 1
    if position > MAX_TARGETS:
        raise BadAddress(f"At most {MAX_TARGETS} targets")


def _targets(tx: Transaction, key: Key) -> tuple[str, ...]:
    return tuple(row[0] for row in tx.all(SQL.targets, key))
