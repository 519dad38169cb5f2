"""Which groups an account is in, also through other groups: what rights on folders are granted to.

A member is whom a group names by an account's own address, or finds by its query: not to whom mail for that account is
forwarded, who is somebody else.
"""

from __future__ import annotations

from collections.abc import Collection

from posthouse.database import Transaction
from posthouse.directory.groups import group_members
from posthouse.directory.principals import Kind, find_principal, principal_by_id
from posthouse.directory.state import generation
from posthouse.model.ids import AccountId


class Memberships:
    """Remembers who is in a group until the directory changes."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[AccountId, frozenset[AccountId]]] = (-1, {})

    def groups_of(self, tx: Transaction, account: AccountId, groups: Collection[AccountId]) -> frozenset[AccountId]:
        """Those of `groups` in which the account is."""
        now = generation(tx)
        known, members = self._known
        if known != now:
            members = {}
            self._known = (now, members)
        for group in groups:
            if group not in members:
                members[group] = members_of(tx, group)
        return frozenset([group for group in groups if account in members[group]])


def members_of(tx: Transaction, group: AccountId) -> frozenset[AccountId]:
    """Accounts in a group and in the groups within it, each looked into once; none where there is no such group."""
    first = principal_by_id(tx, group)
    waiting = [] if first is None else [first]
    found, seen = set[AccountId](), {group}
    while waiting:
        one = waiting.pop()
        if one.kind is not Kind.GROUP:
            found.update([one.id] if one.kind is Kind.ACCOUNT else ())
            continue
        for address in group_members(tx, one.id, one.query):
            member = find_principal(tx, str(address))
            if member is not None and member.id not in seen:
                seen.add(member.id)
                waiting.append(member)
    return frozenset(found)
