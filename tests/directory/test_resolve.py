"""Where mail for an address goes."""

from __future__ import annotations

import pytest

from posthouse.database import Transaction
from posthouse.directory import (
    Outcome,
    Resolution,
    add_account,
    add_alias,
    add_contact,
    add_domain,
    add_group,
    describe,
    expand,
    parse_address,
    remove_account,
    resolve,
    set_attributes,
)
from posthouse.model.address import Address
from posthouse.model.refusals import LimitReached


@pytest.fixture
def people(tx: Transaction) -> Transaction:
    for name in ("alice", "bob", "carol"):
        add_account(tx, f"{name}@example.org")
    add_domain(tx, "bücher.example")
    add_account(tx, "ärger@bücher.example")
    add_alias(tx, "info@example.org", ["alice@example.org", "help@elsewhere.example"])
    add_alias(tx, "all@example.org", ["info@example.org", "team@example.org"])
    add_group(tx, "team@example.org", ["bob@example.org", "carol@example.org", "alice@example.org"])
    add_alias(tx, "ring1@example.org", ["ring2@example.org"])
    add_alias(tx, "ring2@example.org", ["ring1@example.org"])
    add_alias(tx, "bob@example.org", ["bob@example.org", "bob@elsewhere.example"])
    add_alias(tx, "old@example.org", ["nobody@example.org"])
    add_contact(tx, "help@elsewhere.example", "Help")
    return tx


def where(resolution: Resolution) -> str:
    """`alice bob → help@elsewhere.example`, for a table."""
    local = " ".join(
        one.address.partition("@")[0] + (f"+{one.detail}" if one.detail else "") for one in resolution.accounts
    )
    remote = " ".join(map(str, resolution.remote))
    return f"{local} → {remote}" if remote else local


LOCAL = [
    ("alice@example.org", "alice"),
    ("ALICE@Example.ORG", "alice"),
    ("ÄRGER@xn--bcher-kva.example", "ärger"),
    ("alice+Lists@example.org", "alice+Lists"),
    ("alice+a+b@example.org", "alice+a+b"),
    ("info@example.org", "alice → help@elsewhere.example"),
    ("info+x@example.org", "alice+x → help@elsewhere.example"),
    ("team@example.org", "carol alice bob → bob@elsewhere.example"),
    ("all@example.org", "alice carol bob → help@elsewhere.example bob@elsewhere.example"),
    ("bob@example.org", "bob → bob@elsewhere.example"),  # keeps a copy of what it forwards
    ("postmaster@example.org", "alice"),
    ("Postmaster@bücher.example", "ärger"),
]


@pytest.mark.parametrize(("address", "goes"), LOCAL)
def test_local(people: Transaction, address: str, goes: str) -> None:
    """Accounts, details, aliases, groups and what they become, each recipient once."""
    resolution = resolve(people, parse_address(address))
    assert resolution.outcome is Outcome.LOCAL
    assert where(resolution) == goes


OTHERS = [
    ("nobody@example.org", Outcome.UNKNOWN),
    ("nobody+x@example.org", Outcome.UNKNOWN),
    ("+x@example.org", Outcome.UNKNOWN),
    ("ring1@example.org", Outcome.UNKNOWN),  # a ring leads nowhere, and ends
    ("old@example.org", Outcome.UNKNOWN),
    ("alice@elsewhere.example", Outcome.NOT_OURS),
    ("help@elsewhere.example", Outcome.NOT_OURS),  # also when it is in the address book
    ("postmaster@elsewhere.example", Outcome.NOT_OURS),
]


@pytest.mark.parametrize(("address", "outcome"), OTHERS)
def test_not_local(people: Transaction, address: str, outcome: Outcome) -> None:
    """Nobody here is not the same as not here."""
    resolution = resolve(people, parse_address(address))
    assert (resolution.outcome, resolution.accounts, resolution.remote) == (outcome, (), ())


def test_why(people: Transaction) -> None:
    """A trace can tell the way and what was missing."""
    assert resolve(people, parse_address("old@example.org")).missing == (Address("nobody", "example.org"),)
    assert resolve(people, parse_address("all@example.org")).through[0] == "all@example.org"


def test_catch_all(people: Transaction) -> None:
    """Whoever has no address of their own; not those who have."""
    add_alias(people, "@example.org", ["carol@example.org", "nobody@example.org"])
    assert where(resolve(people, parse_address("whoever@example.org"))) == "carol"
    assert where(resolve(people, parse_address("alice+x@example.org"))) == "alice+x"
    assert where(resolve(people, parse_address("postmaster@example.org"))) == "carol"
    assert resolve(people, parse_address("nobody@bücher.example")).outcome is Outcome.UNKNOWN


def test_catch_all_is_no_address(people: Transaction) -> None:
    """An empty local part is nobody's, also when the domain has a catch-all."""
    add_alias(people, "@example.org", ["carol@example.org"])
    assert describe(people, Address("", "example.org")) is None
    assert expand(people, Address("", "example.org")) == []


def test_postmaster(people: Transaction) -> None:
    """RFC 5321 §4.5.1: always there, also bare; an administrator if there is one, whoever is said to be if one is."""
    bare = Address("Postmaster", "")
    assert where(resolve(people, bare)) == "alice"
    set_attributes(people, "carol@example.org", {"admin": "true"})
    assert where(resolve(people, bare)) == "carol"
    assert where(resolve(people, parse_address("postmaster@bücher.example"))) == "carol"
    add_alias(people, "postmaster@example.org", ["alice@example.org"])
    assert where(resolve(people, parse_address("postmaster@example.org"))) == "alice"
    assert resolve(people, Address("alice", "")).outcome is Outcome.UNKNOWN


def test_postmaster_of_nobody(tx: Transaction) -> None:
    """Without any account even the postmaster is unknown."""
    assert resolve(tx, Address("postmaster", "example.org")).outcome is Outcome.UNKNOWN


def test_disabled(people: Transaction) -> None:
    """What to do with mail for a disabled account is for delivery to say."""
    set_attributes(people, "alice@example.org", {"disabled": "true"})
    assert [one.disabled for one in resolve(people, parse_address("alice@example.org")).accounts] == [True]
    assert [one.disabled for one in resolve(people, parse_address("info@example.org")).accounts] == [True]


def test_removed(people: Transaction) -> None:
    """The next message sees the change; a member who is gone does not stop the others."""
    remove_account(people, "alice@example.org")
    assert resolve(people, parse_address("alice@example.org")).outcome is Outcome.UNKNOWN
    assert where(resolve(people, parse_address("team@example.org"))) == "carol bob → bob@elsewhere.example"


def test_separator(people: Transaction) -> None:
    """The separator is a setting; without one there are no details."""
    assert where(resolve(people, parse_address("alice-x@example.org"), "-")) == "alice+x"
    assert resolve(people, parse_address("alice+x@example.org"), "").outcome is Outcome.UNKNOWN
    add_account(people, "alice+x@example.org")
    assert where(resolve(people, parse_address("alice+x@example.org"))) == "alice+x"
    assert resolve(people, parse_address("alice+x@example.org")).accounts[0].detail == ""


def test_dynamic_group(people: Transaction) -> None:
    """Members found by a query are members."""
    set_attributes(people, "carol@example.org", {"department": "Sales"})
    add_group(people, "sales@example.org", ["x@elsewhere.example"], query="department=Sales")
    assert where(resolve(people, parse_address("sales@example.org"))) == "carol → x@elsewhere.example"


def test_bounded(people: Transaction) -> None:
    """One address never becomes more recipients than the bound."""
    for n in range(3):
        add_alias(people, f"many{n}@example.org", [f"{n}-{i}@elsewhere.example" for i in range(4000)])
    add_alias(people, "most@example.org", [f"many{n}@example.org" for n in range(3)])
    with pytest.raises(LimitReached):
        resolve(people, parse_address("most@example.org"))


def test_deep(people: Transaction) -> None:
    """A long chain of aliases is followed without recursion."""
    for n in range(1500):
        add_alias(people, f"d{n}@example.org", [f"d{n + 1}@example.org"])
    add_alias(people, "d1500@example.org", ["alice@example.org"])
    assert where(resolve(people, parse_address("d0@example.org"))) == "alice"


def test_vrfy_expn(people: Transaction) -> None:
    """VRFY and EXPN: one address, one level."""
    found = describe(people, parse_address("ALICE@example.org"))
    assert found is not None
    assert found.address == "alice@example.org"
    assert describe(people, parse_address("nobody@example.org")) is None
    assert list(map(str, expand(people, parse_address("team@example.org")))) == [
        "bob@example.org",
        "carol@example.org",
        "alice@example.org",
    ]
    assert list(map(str, expand(people, parse_address("info@example.org")))) == [
        "alice@example.org",
        "help@elsewhere.example",
    ]
    assert expand(people, parse_address("carol@example.org")) == []
    assert expand(people, parse_address("nobody@example.org")) == []
