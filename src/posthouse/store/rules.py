"""What is to be done with messages that arrive in a folder – [MS-OXORULE] 2.2.1, 2.2.4. Deliveries read it, MAPI
clients write it: standard rules in rows of their own, extended rules as messages associated with the folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import FolderNotFound
from posthouse.store.object_changes import take_change
from posthouse.store.objects import RULE_CLASS
from posthouse.store.rule_answers import forget_answers_of

SQL = Queries(__package__, "rules.sql")
OBJECTS = Queries(__package__, "objects.sql")
MAX_EXTENDED = 500
"""Messages of one folder that are looked at."""


MAX_RULES = 256
"""Standard rules of one folder that are executed."""
MAX_SIZE = 256 * 1024
"""Bytes of their forms."""


class StoredRule(NamedTuple):
    id: int
    """Given once in a mailbox."""
    sequence: int
    """Those with lower numbers are looked at first."""
    state: int
    form: bytes
    """Its other properties, as `stored_form` writes them."""


def rules_of(tx: Transaction, account: AccountId, folder: FolderId) -> list[StoredRule]:
    """In the order in which they are looked at."""
    rows = tx.all(SQL.rules, (account, folder))
    return [StoredRule(number, sequence, state, bytes(form)) for number, sequence, state, form in rows]


class RuleMessage(NamedTuple):
    """It may be a rule."""

    id: MessageId
    form: bytes
    blob: str | None
    """Where its form is when it is large."""


def extended_rules_of(tx: Transaction, account: AccountId, folder: FolderId) -> list[RuleMessage]:
    if tx.one(SQL.has_extended, (account,)) is None:
        return []
    rows = tx.all(SQL.extended, (account, folder, MAX_EXTENDED))
    return [RuleMessage(MessageId(number), bytes(form), blob) for number, form, blob in rows]


def has_rules(tx: Transaction, account: AccountId) -> bool:
    """Whether any folder of the mailbox may have one, of either kind."""
    return any(tx.one(query, (account,)) is not None for query in (SQL.has_any, SQL.has_extended))


def ruled_folders(tx: Transaction, account: AccountId) -> frozenset[FolderId]:
    """Those that have a rule of either kind."""
    marked = tx.all(SQL.ruled_by_messages, (account, MAX_EXTENDED))
    extended = {folder for folder, form, blob in marked if blob or RULE_CLASS in bytes(form)}
    return frozenset(FolderId(row[0]) for row in tx.all(SQL.ruled, (account,))) | frozenset(map(FolderId, extended))


def within_limit(rules: Sequence[StoredRule]) -> list[StoredRule]:
    """Of a folder's rules, in their order, those that are executed."""
    found: list[StoredRule] = []
    size = 0
    for rule in rules[:MAX_RULES]:
        size += len(rule.form)
        if size > MAX_SIZE:
            break
        found.append(rule)
    return found


def mark_rule(tx: Transaction, account: AccountId, folder: FolderId, number: int, bits: int) -> None:
    """In its state: what the hub has to say of it. One that is gone is passed over."""
    found = [rule for rule in rules_of(tx, account, folder) if rule.id == number]
    if found:
        change_rules(tx, account, folder, [found[0]._replace(state=found[0].state | bits)], ())


def change_rules(
    tx: Transaction, account: AccountId, folder: FolderId, new: Iterable[StoredRule], gone: Iterable[int]
) -> None:
    """Rules that are new or have changed, and those that go: one change of the folder."""
    modseq = take_change(tx, account)
    if not tx.run(OBJECTS.change_folder, (modseq, account, folder)):
        raise FolderNotFound
    for rule in gone:
        tx.run(SQL.delete, (account, folder, rule))
        forget_answers_of(tx, account, rule)
    for one in new:
        tx.run(SQL.put, (account, folder, *one))
    tx.notify(Hint(account, folder, modseq))
