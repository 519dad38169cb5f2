"""The address book's lists, on both engines: their order, positions in them, and whom a name finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.database import Transaction, open_database
from posthouse.database.migrations import migrate
from posthouse.directory import (
    DELEGATE,
    MEMBER,
    OWNER,
    ROOM,
    AddressList,
    Listing,
    Order,
    Sizes,
    ValueName,
    add_account,
    add_alias,
    add_contact,
    add_group,
    change_links,
    complete_lists,
    dynamic_groups,
    generation,
    get_principal,
    groups_of,
    in_order,
    linking,
    links,
    principal_of_address,
    proxies_of,
    remove_account,
    remove_alias,
    set_attributes,
    set_values,
    sort_key,
    values_of,
)
from posthouse.directory import listing as listing_
from posthouse.directory.errors import BadAttribute
from posthouse.directory.values import MAX_BYTES, MAX_VALUES
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached

OLD_PRINCIPAL = (
    "INSERT INTO principal (kind, domain, local, address, disabled, admin, attributes, query)"
    " VALUES ('account', 'example.org', ?, ?, 0, 0, '{}', '')"
)
NAMES = [
    "!bang",
    "_x",
    "1 one",
    "10",
    "2",
    "Aaron",
    "Ábel",
    "abel b",
    "Abelard",
    "Jean-Luc",
    "jeanette",
    "Zoë",
    "Ωmega",
]
"""In their order."""


def people(tx: Transaction, names: list[str]) -> dict[str, AccountId]:
    """In another order than that of their names."""
    return {
        name: add_account(tx, f"u{number}@example.org", attributes={"display-name": name})
        for number, name in reversed(list(enumerate(names)))
    }


def names_of(listing: Listing) -> list[str]:
    first = listing.at(0, listing.size())
    return [] if first is None else [one.name for one in listing.page(first, 100)]


def test_order(tx: Transaction) -> None:
    """Symbols, digits, letters; case, accents and kinds of kana make no difference (MS-OXNSPI R480, R481, R1819 to
    R1821, R1828, R1829, R1840, R1844 to R1846)."""
    people(tx, NAMES)
    assert names_of(Listing(tx)) == NAMES
    assert sort_key("カナ") == sort_key("かな") == sort_key("ｶﾅ")
    assert sort_key("Ａlice") == sort_key("ALICE")


def test_same_names(tx: Transaction) -> None:
    """Who has the same name stands in the order of their numbers, each in one place."""
    ids = [add_account(tx, f"s{i}@example.org", attributes={"display-name": "Same"}) for i in range(5)]
    listing = Listing(tx)
    places = [listing.find(id) for id in ids]
    assert [place and place.rank for place in places] == [0, 1, 2, 3, 4]


def test_positions(tx: Transaction) -> None:
    """Each row is found by its rank, by its person, and by a move from every other row."""
    ids = people(tx, NAMES)
    listing, size = Listing(tx), len(NAMES)
    assert listing.size() == size
    for rank, name in enumerate(NAMES):
        place = listing.at(rank, size)
        assert place == listing.find(ids[name])
        assert place is not None
        assert place.rank == rank
        for other in range(-1, size + 1):
            moved = listing.moved(place, other - rank, size)
            assert (moved.id if moved else None) == (ids[NAMES[other]] if 0 <= other < size else None)
    assert listing.at(size, size) is None
    assert listing.find(AccountId(999)) is None


def test_seek(tx: Transaction) -> None:
    """The first row that is not before a name."""
    ids = people(tx, ["Bob", "Carol", "Dave"])
    listing = Listing(tx)
    for text, expected in [("", "Bob"), ("bo", "Bob"), ("BOB", "Bob"), ("bobb", "Carol"), ("d", "Dave")]:
        place = listing.seek(text)
        assert place is not None
        assert place.id == ids[expected]
    assert listing.seek("Eve") is None


def test_lists(tx: Transaction) -> None:
    """Everybody is in one list, and in that of their kind."""
    add_account(tx, "a@example.org")
    add_group(tx, "g@example.org")
    add_contact(tx, "c@elsewhere.example", "Carol")
    assert names_of(Listing(tx)) == ["a", "Carol", "g"]
    assert names_of(Listing(tx, AddressList.ACCOUNTS)) == ["a"]
    assert names_of(Listing(tx, AddressList.GROUPS)) == ["g"]
    assert names_of(Listing(tx, AddressList.CONTACTS)) == ["Carol"]


def test_changes(tx: Transaction) -> None:
    """A new name moves its row; who is hidden, disabled or removed has none."""
    people(tx, ["Bob", "Carol", "Dave"])
    set_attributes(tx, "u0@example.org", {"display-name": "Zed"})
    assert names_of(Listing(tx)) == ["Carol", "Dave", "Zed"]
    set_attributes(tx, "u0@example.org", {"hidden": "true"})
    set_attributes(tx, "u1@example.org", {"disabled": "true"})
    remove_account(tx, "u2@example.org")
    assert names_of(Listing(tx)) == []
    assert Listing(tx).named("z", 5) == []
    set_attributes(tx, "u0@example.org", {"hidden": ""})
    assert names_of(Listing(tx)) == ["Zed"]
    with pytest.raises(BadAttribute):
        set_attributes(tx, "u0@example.org", {"hidden": "perhaps"})


def test_phonetic_order(tx: Transaction) -> None:
    """By how names are read, where somebody has said so."""
    people(tx, ["東", "西", "Abel"])
    set_attributes(tx, "u0@example.org", {"phonetic-display-name": "ヒガシ"})
    set_attributes(tx, "u1@example.org", {"phonetic-display-name": "ニシ"})
    assert names_of(Listing(tx, order=Order.PHONETIC)) == ["Abel", "西", "東"]
    assert names_of(Listing(tx)) == ["Abel", "東", "西"]
    found = [get_principal(tx, f"u{i}@example.org") for i in range(3)]
    assert [one.name for one in in_order(found, Order.PHONETIC)] == ["Abel", "西", "東"]


ALICE = {"display-name": "Alice Müller-Lüdenscheid", "given-name": "Alice", "surname": "Müller", "office": "Berlin 7"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ali", True),
        ("ALICE muller", True),
        ("lud al", True),
        ("müller-l", True),
        ("amueller", True),
        ("amueller@exam", True),
        ("sales@example.org", True),
        ("sal", True),
        ("berlin", True),
        ("Müller, Alice", True),
        ("alice x", False),
        ("lice", False),
        ("bob", False),
        ("", False),
        (" , ", False),
    ],
)
def test_named(tx: Transaction, text: str, found: bool) -> None:
    """Every word that somebody types must begin a word of a name, an alias or an address."""
    add_account(tx, "amueller@example.org", attributes=ALICE)
    add_alias(tx, "sales@example.org", ["amueller@example.org"])
    add_account(tx, "x@example.org", attributes={"display-name": "Xaver"})
    assert bool(Listing(tx).named(text, 5)) == found


def test_exactly(tx: Transaction) -> None:
    """A whole name, alias or address is more than the beginning of one."""
    people(tx, ["Al", "Alan"])
    assert len(Listing(tx).named("al", 5)) == 2
    assert len(Listing(tx).named("al", 1)) == 1
    for text in ("AL", "u0", "u0@example.org"):
        assert Listing(tx).exactly(text, 5) == [get_principal(tx, "u0@example.org").id]
    assert Listing(tx).exactly("ala", 5) == []


def test_proxies(tx: Transaction) -> None:
    """An alias for one person alone is one of that person's addresses, as long as it is."""
    people(tx, ["Bob", "Carol"])
    bob = get_principal(tx, "u0@example.org")
    add_alias(tx, "info@example.org", ["U0@example.org"])
    add_alias(tx, "@example.org", ["u0@example.org"])
    assert proxies_of(tx, bob) == ["info@example.org"]
    assert Listing(tx).exactly("info", 5) == [bob.id]
    assert principal_of_address(tx, "Info@example.org") == bob
    add_alias(tx, "info@example.org", ["u1@example.org"])
    assert proxies_of(tx, bob) == []
    assert Listing(tx).exactly("info", 5) == []
    assert principal_of_address(tx, "info@example.org") is None
    remove_alias(tx, "info@example.org", ["u0@example.org"])
    assert Listing(tx).exactly("info", 5) == [get_principal(tx, "u1@example.org").id]
    remove_alias(tx, "info@example.org")
    assert Listing(tx).exactly("info", 5) == []
    assert principal_of_address(tx, "nobody@example.org") is None


def test_links(tx: Transaction) -> None:
    """Whom a principal names, and who names it: members also by a query."""
    people(tx, ["Bob", "Carol"])
    bob = get_principal(tx, "u0@example.org")
    team = add_group(tx, "team@example.org", ["U0@example.org"], owners=["u1@example.org"])
    add_group(tx, "all@example.org", query="address=*")
    add_group(tx, "none@example.org", query="office=Rome")
    assert [one.address for one in groups_of(tx, bob, dynamic_groups(tx))] == ["team@example.org", "all@example.org"]
    assert [one.id for one in linking(tx, "u1@example.org", OWNER)] == [team]
    change_links(tx, bob.id, DELEGATE, add=["u1@example.org", "team@example.org"])
    change_links(tx, bob.id, DELEGATE, remove=["U1@example.org", "x@example.org"])
    assert links(tx, bob.id, DELEGATE) == ["team@example.org"]
    assert linking(tx, "team@example.org", DELEGATE) == [bob]
    assert linking(tx, "team@example.org", MEMBER) == []


def test_values(tx: Transaction) -> None:
    """Certificates and a photo are kept as they are, in bounds, and go with their owner."""
    people(tx, ["Bob"])
    bob = get_principal(tx, "u0@example.org").id
    before = generation(tx)
    set_values(tx, bob, ValueName.CERTIFICATE, [b"one", b"\0two"])
    set_values(tx, bob, ValueName.PHOTO, [b"jpeg"])
    assert generation(tx) == before + 2
    assert values_of(tx, bob, ValueName.CERTIFICATE) == (b"one", b"\0two")
    for values in ([b""] * (MAX_VALUES + 1), [bytes(MAX_BYTES), b"x"]):
        with pytest.raises(BadAttribute):
            set_values(tx, bob, ValueName.CERTIFICATE, values)
    set_values(tx, bob, ValueName.CERTIFICATE, [])
    assert values_of(tx, bob, ValueName.CERTIFICATE) == ()
    remove_account(tx, "u0@example.org")
    assert values_of(tx, bob, ValueName.PHOTO) == ()


def test_older_store(engine: str, new_url: Callable[[str], str]) -> None:
    """A store from before there were lists gets them once, with everybody in them; a new one has nobody to list."""
    database = open_database(new_url(engine))
    with database.transaction() as tx:
        migrate(tx, [ROOM], only_to={"directory": 1})
        for local in ("carol", "bob"):
            tx.run(OLD_PRINCIPAL, (local, f"{local}@example.org"))
    database.migrate([ROOM])
    for expected in (["bob", "carol"], []):
        asyncio.run(complete_lists(database))
        with database.transaction() as tx:
            assert names_of(Listing(tx)) == expected
            assert len(Listing(tx).named("bob", 5)) == bool(expected)
            tx.run("DELETE FROM listing")
    database.close()


@given(st.lists(st.text(max_size=20), max_size=20))
def test_keys(names: list[str]) -> None:
    """The order of names is that of their keys, which never fail and are never too long."""
    keys = [sort_key(name) for name in names]
    assert all(len(key) <= 255 for key in keys)
    assert [sort_key(name.upper()) for name in names if name.isascii()] == [
        key for key, name in zip(keys, names, strict=True) if name.isascii()
    ]


def test_sizes(tx: Transaction) -> None:
    """The size of a list is counted once for each state of the directory."""
    sizes = Sizes()
    people(tx, ["Bob", "Carol"])
    assert sizes.of(Listing(tx)) == 2
    tx.run("DELETE FROM listing")
    assert sizes.of(Listing(tx)) == 2
    set_attributes(tx, "u0@example.org", {"title": "x"})
    assert sizes.of(Listing(tx)) == 1
    assert sizes.of(Listing(tx, AddressList.GROUPS)) == 0


def test_common_words(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word that fewer people have is looked for first; where all have too many, there is no answer."""
    monkeypatch.setattr(listing_, "FEW", 3)
    monkeypatch.setattr(listing_, "MAX_CANDIDATES", 4)
    people(tx, ["Al Bo One", "Al Bo Two", "Al Bo", "Al Bo", "Al Bo", "Ax Bo"])
    found = Listing(tx)
    assert len(found.named("al bo two", 9)) == 1
    assert len(found.named("bo ax", 9)) == 1
    assert len(found.named("al bo", 2)) == 2
    assert found.named(" ".join(f"a{number}" for number in range(50_000)), 9) == []
    with pytest.raises(LimitReached):
        found.named("al bo", 9)


def test_a_common_word_and_one_that_is_less_so(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is rare. The one that fewer people have tells whom to look at, though it is the shorter one."""
    monkeypatch.setattr(listing_, "FEW", 2)
    monkeypatch.setattr(listing_, "MAX_CANDIDATES", 4)
    people(tx, ["Anna 71", "Anna 72", "Anna 73", "Anna 9", "Anna 9", "Boris 9"])
    assert len(Listing(tx).named("anna 7", 9)) == 3
    with pytest.raises(LimitReached):
        Listing(tx).named("anna a", 9)
