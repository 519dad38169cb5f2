"""Which groups an account is in, also through other groups: what rights on folders are granted to."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Transaction
from posthouse.directory.names import parse_address
from posthouse.directory.principals import Kind, principal_by_id
from posthouse.directory.resolve import resolve
from posthouse.directory.state import generation
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached


class Memberships:
    """Remembers who is in a group until the directory changes."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[AccountId, frozenset[AccountId]]] = (-1, {})

    def groups_of(self, tx: Transaction, account: AccountId, groups: Iterable[AccountId]) -> frozenset[AccountId]:
        """Those of `groups` in which the account is."""
        now = generation(tx)
        if self._known[0] != now:
            self._known = (now, {})
        members = self._known[1]
        found = []
        for group in groups:
            if group not in members:
                members[group] = members_of(tx, group)
            if account in members[group]:
                found.append(group)
        return frozenset(found)


def members_of(tx: Transaction, group: AccountId) -> frozenset[AccountId]:
    """The accounts that mail to a group reaches; none of what is no group, or reaches more than mail would."""
    found = principal_by_id(tx, group)
    if found is None or found.kind is not Kind.GROUP:
        return frozenset()
    try:
        return frozenset([local.account for local in resolve(tx, parse_address(found.address)).accounts])
    except LimitReached:
        return frozenset()
