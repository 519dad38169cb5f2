"""Who is in a group, for what is granted to groups."""

from __future__ import annotations

import pytest

from posthouse.database import Transaction
from posthouse.directory import (
    Memberships,
    add_account,
    add_alias,
    add_contact,
    add_group,
    identifier_of,
    identify,
    remove_group,
    set_attributes,
    set_members,
)
from posthouse.model.refusals import UnknownRecipient


def test_members_also_through_groups_and_queries(tx: Transaction) -> None:
    """Members of a group within a group are members; a ring of groups ends; a query counts as it is at the moment."""
    alice, bob, carol = [add_account(tx, f"{name}@example.org") for name in ("alice", "bob", "carol")]
    outer = add_group(tx, "outer@example.org", ["inner@example.org", "alice@example.org", "nobody@example.org"])
    inner = add_group(tx, "inner@example.org", ["bob@example.org", "outer@example.org"])
    sales = add_group(tx, "sales@example.org", query="department=Sales")
    add_contact(tx, "friend@elsewhere.example", "Friend")
    groups = [outer, inner, sales]
    memberships = Memberships()
    assert memberships.groups_of(tx, alice, groups) == {outer, inner}
    assert memberships.groups_of(tx, bob, groups) == {outer, inner}
    assert memberships.groups_of(tx, carol, groups) == set()
    set_attributes(tx, "carol@example.org", {"department": "Sales"})
    assert memberships.groups_of(tx, carol, groups) == {sales}
    set_members(tx, "outer@example.org", remove=["inner@example.org"])
    assert memberships.groups_of(tx, bob, groups) == {inner}
    remove_group(tx, "outer@example.org")
    assert memberships.groups_of(tx, alice, groups) == set()


def test_whoever_gets_forwarded_mail_is_no_member(tx: Transaction) -> None:
    """Mail for a member that goes on to somebody else carries no rights to them, and takes none from the member."""
    alice, bob = [add_account(tx, f"{name}@example.org") for name in ("alice", "bob")]
    team = add_group(tx, "team@example.org", ["alice@example.org"])
    add_alias(tx, "alice@example.org", ["bob@example.org"])
    memberships = Memberships()
    assert memberships.groups_of(tx, alice, [team]) == {team}
    assert memberships.groups_of(tx, bob, [team]) == set()


def test_identifiers(tx: Transaction) -> None:
    """Accounts and groups are named by their addresses in any case; a bare name is completed; contacts have none."""
    alice = add_account(tx, "Alice@example.org")
    team = add_group(tx, "team@example.org")
    add_contact(tx, "friend@elsewhere.example", "Friend")
    assert identify(tx, "alice", "example.org") == (alice, False)
    assert identify(tx, "TEAM@EXAMPLE.ORG") == (team, True)
    assert identifier_of(tx, identify(tx, "anyone")[0]) == "anyone"
    assert identifier_of(tx, alice) == "Alice@example.org"
    for name in ("alice", "friend@elsewhere.example", "", "@", "a b@example.org", "\0@example.org", "x" * 5000):
        with pytest.raises(UnknownRecipient):
            identify(tx, name)
