"""Whom the rules of a mailbox have answered, and how often – [MS-OXORULE] 3.2.4.2, 3.2.5.1.1.

While somebody is away each sender hears of it once; and no rule answers anybody without end, whatever the other side
does with the answers. Of a mailbox so many senders are known at most; the oldest is forgotten for a new one.
"""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId

SQL = Queries(__package__, "rule_answers.sql")

MAX_KNOWN = 10_000
"""Of one mailbox: a few hundred KB."""
MAX_TIMES = 20
"""Answers of one rule to one sender within a `PERIOD`."""
PERIOD = 86_400


def was_answered(tx: Transaction, account: AccountId, rule: int, address: str) -> bool:
    """At all, since the list was begun."""
    return tx.one(SQL.given, (account, rule, address)) is not None


def take_answer(tx: Transaction, account: AccountId, rule: int, address: str, now: int, *, once: bool) -> bool:
    """Note one more. False: there were enough, and nothing is noted. `once`: there is one, since the list was begun."""
    since, times = tx.one(SQL.given, (account, rule, address)) or (0, 0)
    if times and once:
        return False
    if not times:
        _make_room(tx, account)
    if now - since >= PERIOD:
        since, times = now, 0
    if times >= MAX_TIMES:
        return False
    tx.run(SQL.note, (account, rule, address, since, times + 1))
    return True


def _make_room(tx: Transaction, account: AccountId) -> None:
    [count] = tx.one(SQL.count, (account,)) or (0,)
    if count >= MAX_KNOWN:
        oldest = tx.one(SQL.oldest, (account,))
        assert oldest is not None
        tx.run(SQL.delete, (account, *oldest))


def forget_answers(tx: Transaction, account: AccountId) -> None:
    """Of all rules: a new absence begins, or one ends."""
    tx.run(SQL.forget, (account,))


def forget_answers_of(tx: Transaction, account: AccountId, rule: int) -> None:
    tx.run(SQL.forget_rule, (account, rule))
