"""Domains, accounts, aliases, groups, contacts: what comes and goes in the directory."""

from __future__ import annotations

import pytest

from posthouse.database import Transaction
from posthouse.directory import (
    Kind,
    PasswordKeys,
    add_account,
    add_alias,
    add_certificate,
    add_contact,
    add_domain,
    add_group,
    find_principal,
    generation,
    get_group,
    get_principal,
    is_ours,
    list_accounts,
    list_aliases,
    list_contacts,
    list_domains,
    list_groups,
    principal_by_id,
    remove_account,
    remove_alias,
    remove_certificate,
    remove_contact,
    remove_domain,
    remove_group,
    remove_password,
    set_attributes,
    set_members,
    set_password,
    set_query,
)
from posthouse.directory.accounts import find_certified, find_login, find_scram_keys, renew_keys
from posthouse.directory.errors import (
    AddressExists,
    BadAddress,
    BadAttribute,
    DomainExists,
    DomainInUse,
    NotInDirectory,
)
from posthouse.directory.groups import find_members, parse_query
from posthouse.directory.names import Key

ALICE = Key("example.org", "alice")


def test_domains(tx: Transaction) -> None:
    """A domain is ours in every spelling, once, until it is removed."""
    add_domain(tx, "Bücher.example")
    assert list_domains(tx) == ["example.org", "Bücher.example"]
    assert is_ours(tx, "XN--bcher-kva.example.")
    with pytest.raises(DomainExists):
        add_domain(tx, "xn--bcher-kva.example")
    remove_domain(tx, "bücher.example")
    assert not is_ours(tx, "bücher.example")
    with pytest.raises(NotInDirectory):
        remove_domain(tx, "bücher.example")
    with pytest.raises(BadAddress):
        add_domain(tx, "not a domain")


def test_domain_in_use(tx: Transaction) -> None:
    """A domain with addresses is not removed by a slip."""
    add_account(tx, "alice@example.org")
    with pytest.raises(DomainInUse):
        remove_domain(tx, "example.org")


def test_account(tx: Transaction, keys: PasswordKeys) -> None:
    """An account is found by its address in every spelling, and is gone when it is removed."""
    id = add_account(tx, "Alice@example.org", keys, {"display-name": "Alice A.", "admin": "true"})
    found = get_principal(tx, "aLICE@Example.org")
    assert (found.id, found.kind, found.address, found.admin) == (id, Kind.ACCOUNT, "Alice@example.org", True)
    assert principal_by_id(tx, id) == found
    assert list_accounts(tx) == [found]
    assert remove_account(tx, "alice@example.org") == id
    assert find_principal(tx, "alice@example.org") is None
    assert find_login(tx, ALICE) is None
    assert principal_by_id(tx, id) is None


def test_ids_are_never_used_again(tx: Transaction) -> None:
    """An account made again is another account: nothing of the former one is its."""
    first = add_account(tx, "alice@example.org")
    remove_account(tx, "alice@example.org")
    assert add_account(tx, "alice@example.org") > first


def test_address_is_taken_once(tx: Transaction) -> None:
    """No two entries of whatever kind have one address."""
    add_account(tx, "alice@example.org")
    add_group(tx, "team@example.org")
    add_alias(tx, "info@example.org", ["alice@example.org"])
    for address in ("ALICE@example.org", "team@example.org", "info@example.org"):
        with pytest.raises(AddressExists):
            add_account(tx, address)
    with pytest.raises(AddressExists):
        add_group(tx, "info@example.org")
    with pytest.raises(AddressExists):
        add_alias(tx, "team@example.org", ["alice@example.org"])


def test_only_in_our_domains(tx: Transaction) -> None:
    """Accounts, groups and aliases are in our domains; contacts are outside of them."""
    with pytest.raises(NotInDirectory):
        add_account(tx, "alice@elsewhere.example")
    with pytest.raises(NotInDirectory):
        add_group(tx, "team@elsewhere.example")
    with pytest.raises(NotInDirectory):
        add_alias(tx, "info@elsewhere.example", ["alice@example.org"])
    with pytest.raises(AddressExists):
        add_contact(tx, "bob@example.org", "Bob")


def test_display_types(tx: Transaction) -> None:
    """What somebody is shown as goes with what it is."""
    add_account(tx, "robot@example.org", attributes={"display-type": "agent"})
    add_group(tx, "team@example.org", attributes={"display-type": "private-list"})
    for address, shown in (
        ("robot@example.org", "private-list"),
        ("team@example.org", "agent"),
        ("robot@example.org", "person"),
    ):
        with pytest.raises(BadAttribute):
            set_attributes(tx, address, {"display-type": shown})
    assert set_attributes(tx, "team@example.org", {"display-type": ""}).attributes == {}


@pytest.mark.parametrize("language", ["german please", "d", "de_DE", "de-", "x" * 20])
def test_languages_have_names(tx: Transaction, language: str) -> None:
    """Of RFC 5646."""
    add_account(tx, "alice@example.org", attributes={"language": "de-AT"})
    with pytest.raises(BadAttribute):
        set_attributes(tx, "alice@example.org", {"language": language})


def test_attributes(tx: Transaction) -> None:
    """KEY=VALUE changes what it names and leaves the rest; an empty value takes away."""
    add_account(tx, "alice@example.org", attributes={"title": "Engineer", "office": "B 12"})
    changed = set_attributes(tx, "alice@example.org", {"Display_Name": "Älice", "office": "", "disabled": "yes"})
    assert changed == get_principal(tx, "alice@example.org")
    assert changed.attributes == {"title": "Engineer", "display-name": "Älice"}
    assert (changed.name, changed.disabled, changed.admin) == ("Älice", True, False)
    assert not set_attributes(tx, "alice@example.org", {"disabled": "false"}).disabled


@pytest.mark.parametrize(
    "attributes",
    [
        {"9": "x"},
        {"": "x"},
        {"a b": "x"},
        {"title": "x" * 5000},
        {"admin": "perhaps"},
        {f"k{n}": "x" for n in range(101)},
    ],
)
def test_bad_attributes(tx: Transaction, attributes: dict[str, str]) -> None:
    """Attributes are bounded in name, size and number."""
    add_account(tx, "alice@example.org")
    with pytest.raises(BadAttribute):
        set_attributes(tx, "alice@example.org", attributes)


def test_group_is_no_admin(tx: Transaction) -> None:
    """Only an account can be an administrator."""
    add_group(tx, "team@example.org")
    with pytest.raises(BadAttribute):
        set_attributes(tx, "team@example.org", {"admin": "true"})


def test_password(tx: Transaction, keys: PasswordKeys) -> None:
    """Each change makes another version, so that whoever remembers an old one asks again."""
    account = add_account(tx, "alice@example.org")
    row = find_login(tx, ALICE)
    assert row is not None
    assert row.version is None
    versions = []
    for change in (set_password, set_password):
        change(tx, "alice@example.org", keys)
        row = find_login(tx, ALICE)
        assert row is not None
        assert keys.password_hash not in repr(row)
        versions.append(row.version)
    remove_password(tx, "alice@example.org")
    row = find_login(tx, ALICE)
    assert row is not None
    assert (row.account, row.password_hash) == (account, "")
    assert find_scram_keys(tx, ALICE, "SCRAM-SHA-256") is None
    assert len({*versions, row.version}) == 3


def test_scram_keys(tx: Transaction, keys: PasswordKeys) -> None:
    """Both kinds of keys are kept as they were made."""
    add_account(tx, "alice@example.org", keys)
    assert tuple(find_scram_keys(tx, ALICE, name) for name in ("SCRAM-SHA-256", "SCRAM-SHA-1")) == keys.scram


def test_renewed_only_if_unchanged(tx: Transaction, keys: PasswordKeys) -> None:
    """A hash made anew at a login never overwrites a password that was changed meanwhile."""
    account = add_account(tx, "alice@example.org", keys)
    set_password(tx, "alice@example.org", PasswordKeys("changed"))
    renew_keys(tx, account, 1, keys)
    row = find_login(tx, ALICE)
    assert row is not None
    assert row.password_hash == "changed"


def test_certificates(tx: Transaction) -> None:
    """A certificate is one account's, however its fingerprint is written."""
    add_account(tx, "alice@example.org")
    add_account(tx, "bob@example.org")
    add_certificate(tx, "alice@example.org", "SHA256:AB:CD:01")
    with pytest.raises(AddressExists):
        add_certificate(tx, "bob@example.org", "sha256:abcd01")
    row = find_certified(tx, ["subject:CN=x", "sha256:abcd01"])
    assert row is not None
    assert row.address == "alice@example.org"
    remove_certificate(tx, "sha256:abcd01")
    assert find_certified(tx, ["sha256:abcd01"]) is None
    add_certificate(tx, "alice@example.org", "subject:CN=Alice")
    remove_account(tx, "alice@example.org")
    assert find_certified(tx, ["subject:CN=Alice"]) is None


def test_alias(tx: Transaction) -> None:
    """Targets are added and removed one by one; without its last one an alias is no more."""
    add_alias(tx, "Info@example.org", ["alice@example.org"])
    alias = add_alias(tx, "info@example.org", ["ALICE@example.org", "bob@elsewhere.example"])
    assert alias.targets == ("alice@example.org", "bob@elsewhere.example")
    assert [(one.address, one.targets) for one in list_aliases(tx)] == [("Info@example.org", alias.targets)]
    remove_alias(tx, "info@example.org", ["alice@example.org"])
    assert list_aliases(tx)[0].targets == ("bob@elsewhere.example",)
    with pytest.raises(NotInDirectory):
        remove_alias(tx, "info@example.org", ["alice@example.org"])
    remove_alias(tx, "info@example.org", ["bob@elsewhere.example"])
    assert list_aliases(tx) == []
    with pytest.raises(NotInDirectory):
        remove_alias(tx, "info@example.org")
    with pytest.raises(BadAddress):
        add_alias(tx, "info@example.org", [])


def test_alias_of_an_account(tx: Transaction) -> None:
    """An account's address may have targets; without them it is the account's alone again."""
    add_account(tx, "alice@example.org")
    add_alias(tx, "alice@example.org", ["bob@elsewhere.example"])
    remove_alias(tx, "alice@example.org")
    assert list_aliases(tx) == []
    assert get_principal(tx, "alice@example.org").kind is Kind.ACCOUNT
    add_alias(tx, "alice@example.org", ["bob@elsewhere.example"])
    remove_account(tx, "alice@example.org")
    assert list_aliases(tx) == []


def test_group(tx: Transaction) -> None:
    """Members and owners come and go; the group keeps their order."""
    add_group(tx, "team@example.org", ["a@example.org", "b@example.org"], owners=["a@example.org"])
    set_members(tx, "team@example.org", add=["c@elsewhere.example", "A@example.org"], remove=["b@example.org"])
    set_members(tx, "team@example.org", add=["b@example.org"], role="owner")
    group = get_group(tx, "team@example.org")
    assert group.members == ("A@example.org", "c@elsewhere.example")
    assert group.owners == ("a@example.org", "b@example.org")
    set_query(tx, "team@example.org", "department=Sales")
    assert [one.query for one in list_groups(tx)] == ["department=Sales"]
    remove_group(tx, "team@example.org")
    assert list_groups(tx) == []


def test_contact(tx: Transaction) -> None:
    """An outside address with a name."""
    add_contact(tx, "bob@elsewhere.example", "Bob B.", {"phone": "1234"})
    assert [one.name for one in list_contacts(tx)] == ["Bob B."]
    remove_contact(tx, "bob@elsewhere.example")
    assert list_contacts(tx) == []


QUERIES = [
    ("address=*", "abc"),
    ("department=sales", "ab"),
    ("department=Sales, office=Berlin*", "a"),
    ("department=Sales,office!=berlin 1", "b"),
    ("office=*1", "a"),
    ("office=*erli*", "a"),
    ('department="R, D"', "c"),
    ("department=", ""),
    ("office=", "c"),  # has none
    ("domain=example.org, admin=true", "c"),
    ("department=Sales, department=Research", ""),
]


@pytest.mark.parametrize(("query", "found"), QUERIES)
def test_dynamic_group(tx: Transaction, query: str, found: str) -> None:
    """A query finds accounts by what they are now."""
    add_account(tx, "a@example.org", attributes={"department": "Sales", "office": "Berlin 1"})
    add_account(tx, "b@example.org", attributes={"department": "sales", "office": "Rome"})
    add_account(tx, "c@example.org", attributes={"department": "R, D", "admin": "true"})
    add_account(tx, "d@example.org", attributes={"department": "Sales", "disabled": "true"})
    assert "".join(one.local for one in find_members(tx, query)) == found


@pytest.mark.parametrize("query", ["sales", "=sales", 'a=b c=d"', "a=b,,", "(department=Sales)", 'a="b'])
def test_bad_query(query: str) -> None:
    """What is no query is refused when it is given, not when mail comes."""
    with pytest.raises(BadAttribute):
        parse_query(query)


def test_generation(tx: Transaction) -> None:
    """Every change counts, and no question does."""
    add_account(tx, "alice@example.org")
    before = generation(tx)
    list_accounts(tx)
    assert generation(tx) == before
    set_attributes(tx, "alice@example.org", {"title": "x"})
    assert generation(tx) > before
