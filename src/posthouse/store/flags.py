"""Flags and keywords change: one operation for IMAP's STORE, and for whoever else marks messages."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag, FlagChange, How
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import FolderNotFound
from posthouse.store.folders import spell_keywords

SQL = Queries(__package__, "messages.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")


@dataclass(frozen=True, slots=True)
class FlagsChanged:
    modseq: ModSeq
    """Of every message that did change; messages which had the flags already keep theirs."""
    any: bool
    """Whether there was such a message."""


def change_flags(
    tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges, change: FlagChange
) -> FlagsChanged:
    """Apply `change` to the messages with these UIDs; those that are not there are passed over. The counters and the
    modseq move only if some message changed."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    modseq = ModSeq(row[0])
    keywords = spell_keywords(tx, account, folder, change.flags.keywords)
    before = _marked(tx, account, folder, messages)
    changed = 0
    for low, high in messages:
        where = (account, folder, low, high)
        if change.how is How.SET:
            words = " ".join(sorted(keywords)) or None
            bits = int(change.flags.system)
            changed += tx.run(SQL.replace_flags, (bits, words, modseq, *where, bits, words))
        else:
            changed += _change_bits(tx, where, change, modseq)
            if keywords:
                changed += _change_keywords(tx, where, change.how, keywords, modseq)
    if changed:
        after = _marked(tx, account, folder, messages)
        tx.run(SQL.set_counters, (after[0] - before[0], after[1] - before[1], modseq, account, folder))
        tx.notify(Hint(account, folder, modseq))
    return FlagsChanged(modseq, changed > 0)


def _marked(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> tuple[int, int]:
    """How many of the messages are unseen, and marked as deleted."""
    rows = [tx.all(SQL.sums, (account, folder, low, high))[0] for low, high in messages]
    return sum(row[1] for row in rows), sum(row[2] for row in rows)


def _change_bits(tx: Transaction, where: tuple[int, int, int, int], change: FlagChange, modseq: ModSeq) -> int:
    bits = int(change.flags.system)
    if not bits & sum(Flag):
        return 0
    if change.how is How.ADD:
        return tx.run(SQL.set_bits, (bits, modseq, *where, bits, bits))
    return tx.run(SQL.clear_bits, (bits, modseq, *where, bits))


def _change_keywords(
    tx: Transaction, where: tuple[int, int, int, int], how: How, keywords: frozenset[str], modseq: ModSeq
) -> int:
    account, folder, *_ = where
    changed = 0
    for uid, words in tx.all(SQL.keyword_rows, where):
        old = frozenset(words.split())
        new = old | keywords if how is How.ADD else old - keywords
        if new != old:
            tx.run(SQL.set_keywords, (" ".join(sorted(new)) or None, modseq, account, folder, uid))
            changed += 1
    return changed
