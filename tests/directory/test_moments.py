"""When principals came, and when what the address book shows of them changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from posthouse.database import Transaction, open_database
from posthouse.database.migrations import migrate
from posthouse.directory import (
    DELEGATE,
    ROOM,
    Moments,
    PasswordKeys,
    ValueName,
    add_account,
    add_alias,
    add_contact,
    add_group,
    change_links,
    find_principal,
    moments_of,
    remove_account,
    remove_alias,
    set_attributes,
    set_members,
    set_password,
    set_query,
    set_values,
)
from posthouse.model.ids import AccountId

ALICE, TEAM, EVE = "alice@example.org", "team@example.org", "eve@elsewhere.example"
LONG_AGO = Moments(1, 1)


def id_of(tx: Transaction, address: str) -> AccountId:
    found = find_principal(tx, address)
    assert found is not None
    return found.id


@pytest.fixture
def people(tx: Transaction) -> Callable[[str], Moments]:
    """Alice with two aliases, a group and a contact, who came long ago."""
    add_account(tx, ALICE)
    add_account(tx, "bob@example.org")
    add_alias(tx, "ally@example.org", [ALICE])
    add_group(tx, TEAM, ["bob@example.org"])
    add_contact(tx, EVE, "Eve")
    tx.run("UPDATE principal SET created = 1, modified = 1")
    return lambda address: moments_of(tx, id_of(tx, address))


def test_who_comes(tx: Transaction) -> None:
    """Whoever comes has come now, and was last changed then."""
    for id in (add_account(tx, ALICE), add_group(tx, TEAM), add_contact(tx, EVE, "Eve")):
        moments = moments_of(tx, id)
        assert moments.created is not None
        assert moments.modified is not None
        assert 1_700_000_000 < moments.created <= moments.modified


CHANGES: dict[str, tuple[str, Callable[[Transaction], object]]] = {
    "attributes": (ALICE, lambda tx: set_attributes(tx, ALICE, {"title": "Engineer"})),
    "a contact": (EVE, lambda tx: set_attributes(tx, EVE, {"title": "Boss"})),
    "another address": (ALICE, lambda tx: add_alias(tx, "al@example.org", [ALICE])),
    "one address less": (ALICE, lambda tx: remove_alias(tx, "ally@example.org")),
    "an address of somebody else, too": (ALICE, lambda tx: add_alias(tx, "ally@example.org", [EVE])),
    "a photo": (ALICE, lambda tx: set_values(tx, id_of(tx, ALICE), ValueName.PHOTO, [b"jpg"])),
    "delegates": (ALICE, lambda tx: change_links(tx, id_of(tx, ALICE), DELEGATE, add=[TEAM])),
    "members": (TEAM, lambda tx: set_members(tx, TEAM, add=[ALICE])),
    "a query": (TEAM, lambda tx: set_query(tx, TEAM, "address=*")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes(tx: Transaction, people: Callable[[str], Moments], change: str) -> None:
    """What the address book shows of somebody is changed, and of nobody else; when they came stays."""
    changed, do = CHANGES[change]
    do(tx)
    for address in (ALICE, TEAM, EVE, "bob@example.org"):
        moments = people(address)
        assert moments.created == 1
        assert moments.modified is not None
        assert (moments.modified > 1) == (address == changed)


def test_what_is_not_shown(tx: Transaction, people: Callable[[str], Moments], keys: PasswordKeys) -> None:
    """A password is in no address book."""
    set_password(tx, ALICE, keys)
    assert people(ALICE) == LONG_AGO


def test_nobody(tx: Transaction) -> None:
    """Of who is gone nothing is known."""
    assert moments_of(tx, AccountId(77)) == Moments(None, None)
    add_account(tx, ALICE)
    assert moments_of(tx, remove_account(tx, ALICE)) == Moments(None, None)


def test_older_store(engine: str, new_url: Callable[[str], str]) -> None:
    """Of those who were there before anybody noted it, it is unknown when they came, and known when they change."""
    database = open_database(new_url(engine))
    with database.transaction() as tx:
        migrate(tx, [ROOM], only_to={"directory": 2})
        tx.run("INSERT INTO domain (name, display) VALUES ('example.org', 'example.org')")
        columns = "kind, domain, local, address, disabled, admin, attributes, query"
        values = "'account', 'example.org', 'alice', 'alice@example.org', 0, 0, '{}', ''"
        tx.run(f"INSERT INTO principal ({columns}) VALUES ({values})")
        tx.run("INSERT INTO address VALUES ('example.org', 'alice', 'alice@example.org', 1, 0)")
    database.migrate([ROOM])
    with database.transaction() as tx:
        assert moments_of(tx, AccountId(1)) == Moments(None, None)
        set_attributes(tx, ALICE, {"title": "Engineer"})
        moments = moments_of(tx, AccountId(1))
        assert moments.created is None
        assert moments.modified is not None
    database.close()
