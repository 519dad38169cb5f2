"""Flags, keywords and annotations change: one operation for IMAP's STORE, and for whoever else marks messages.

Messages are changed many at a time, and how that moves the folder's counters is told from what they were before. Where
changes were is noted as ranges in `folder_change`: whoever gives an existing message another modseq does so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from posthouse.database import Queries, Transaction
from posthouse.model.annotations import AnnotationChange
from posthouse.model.flags import NOTED, Flag, FlagChange, How
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq, Uid
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import FolderNotFound
from posthouse.store.annotations import set_annotations
from posthouse.store.folders import PUBLIC, spell_keywords
from posthouse.store.read_marks import mark_read
from posthouse.store.readers import ReaderTransaction, plain
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "messages.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")

COUNTED = Flag.SEEN | Flag.DELETED
READ_STATE = COUNTED | Flag.MDN_SENT
DISTINCT = 16
"""Different sets of keywords among the messages, up to which each is changed by one statement."""
MAX_NOTED = 16
"""Ranges noted for one change; more become one that covers them."""
KEPT_CHANGES = 1000
"""Noted in a folder, about; who was away for longer reads the whole folder."""
PRUNE_ONE_IN = 128


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
    modseq move only if some message changed. In a public folder \\Seen is the reader's own."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    modseq, marked = ModSeq(row[0]), 0
    if account == PUBLIC:
        marked = _mark(tx, (account, folder), messages, change, modseq)
        change = FlagChange(change.how, replace(change.flags, system=change.flags.system & ~Flag.SEEN))
    work = _Change(plain(tx), account, folder, modseq, change)
    for span in spans(messages):
        work.apply(span)
    if work.changed:
        _finish(tx, account, folder, work.modseq, messages, work.unseen, work.deleted)
    return FlagsChanged(work.modseq, work.changed + marked > 0)


def _mark(
    tx: Transaction, where: tuple[AccountId, FolderId], messages: Ranges, change: FlagChange, modseq: ModSeq
) -> int:
    """The part of a change that is the reader's own; of how many messages. Where nobody reads there is none."""
    seen = Flag.SEEN in change.flags.system
    if not isinstance(tx, ReaderTransaction) or not (seen or change.how is How.SET):
        return 0
    changed = mark_read(tx, *where, messages, modseq, seen=seen and change.how is not How.REMOVE)
    if changed:
        tx.notify(Hint(*where, modseq))
    return changed


def annotate(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    messages: Ranges,
    reader: AccountId,
    changes: Sequence[AnnotationChange],
) -> FlagsChanged:
    """Set and remove annotations, on all of the messages or on none: refusals as of `set_annotations`. Every message
    that is there counts as changed."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    modseq = ModSeq(row[0])
    touched = sum(tx.run(over(SQL.touch, span), (modseq, account, folder, *span)) for span in spans(messages))
    if touched:
        set_annotations(tx, (account, folder), messages, reader, changes, modseq)
        _finish(tx, account, folder, modseq, messages)
    return FlagsChanged(modseq, touched > 0)


def tell_read_state(tx: Transaction, account: AccountId, folder: FolderId, uid: Uid) -> None:
    """Once more, to whoever synchronizes, though it has not changed."""
    row = tx.one(ACCOUNTS.change, (account,))
    if row is None:
        raise FolderNotFound
    plain(tx).run(SQL.tell_read_state, (row[0], account, folder, uid))
    _finish(tx, account, folder, ModSeq(row[0]), ((uid, uid),))


class _Change:
    """One change on its way over the messages, with what it adds to the folder's counters."""

    def __init__(
        self, tx: Transaction, account: AccountId, folder: FolderId, modseq: ModSeq, change: FlagChange
    ) -> None:
        self.tx, self.account, self.folder, self.modseq, self.how = tx, account, folder, modseq, change.how
        self.bits = change.flags.system
        self.keywords = spell_keywords(tx, account, folder, change.flags.keywords)
        self.changed = self.unseen = self.deleted = 0

    def apply(self, span: tuple[int, ...]) -> None:
        if self.how is How.SET or self.bits & COUNTED:
            self._count(span)
        if self.how is How.SET:
            words, bits = _words(self.keywords), int(self.bits & ~NOTED)
            self._run(SQL.replace_flags, span, (bits, words, self.modseq), (bits, words))
        elif self.keywords:
            self._change_keywords(span)
        elif self.bits:
            self._run(self._bits_sql(), span, *self._bits())

    def _run(self, sql: str, span: tuple[int, ...], values: tuple[object, ...], old: tuple[object, ...]) -> None:
        self.changed += self.tx.run(over(sql, span), (*values, self.account, self.folder, *span, *old))

    def _bits(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        bits = int(self.bits)
        return (bits, self.modseq), (bits, bits) if self.how is How.ADD else (bits,)

    def _bits_sql(self) -> str:
        """The change number stays where nothing but the read state changes."""
        if self.bits & ~READ_STATE:
            return SQL.set_bits if self.how is How.ADD else SQL.clear_bits
        return SQL.set_read_state if self.how is How.ADD else SQL.clear_read_state

    def _count(self, span: tuple[int, ...]) -> None:
        ((total, unseen, deleted, _),) = self.tx.all(over(SQL.sums, span), (self.account, self.folder, *span))
        adds, sets = self.how is not How.REMOVE, self.how is How.SET
        if self.bits & Flag.SEEN:
            self.unseen += -unseen if adds else total - unseen
        elif sets:
            self.unseen += total - unseen
        if self.bits & Flag.DELETED:
            self.deleted += total - deleted if adds else -deleted
        elif sets:
            self.deleted -= deleted

    def _change_keywords(self, span: tuple[int, ...]) -> None:
        """With the bits, so that each message is written once."""
        where = (self.account, self.folder, *span)
        there = [row[0] for row in self.tx.all(over(SQL.keyword_sets, span), (*where, DISTINCT + 1))]
        if len(there) > DISTINCT:
            for uid, words in self.tx.all(over(SQL.keyword_rows, span), where):
                self._change_set((uid, uid), words)
        else:
            for words in there:
                self._change_set(span, words)

    def _change_set(self, span: tuple[int, ...], words: str) -> None:
        old = frozenset(words.split())
        new = old | self.keywords if self.how is How.ADD else old - self.keywords
        bits = int(self.bits)
        if new != old:
            added, removed = (bits, 0) if self.how is How.ADD else (0, bits)
            self._run(SQL.set_keywords, span, (added, removed, _words(new), self.modseq), (words,))
        elif bits:
            values, unlike = self._bits()
            self._run(f"{self._bits_sql()} AND coalesce(keywords, '') = ?", span, values, (*unlike, words))


def _words(keywords: frozenset[str]) -> str | None:
    return " ".join(sorted(keywords)) or None


def _finish(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    modseq: ModSeq,
    messages: Ranges,
    unseen: int = 0,
    deleted: int = 0,
) -> None:
    """The counters, by what they have grown, the note of where it was, and the news."""
    tx.run(SQL.set_counters, (unseen, deleted, modseq, account, folder))
    note_change(tx, account, folder, modseq, messages)
    tx.notify(Hint(account, folder, modseq))


def note_change(tx: Transaction, account: AccountId, folder: FolderId, modseq: ModSeq, messages: Ranges) -> None:
    """Whoever gives existing messages a modseq must say so: otherwise `reading.changes` does not find them."""
    noted = messages if len(messages) <= MAX_NOTED else ((messages[0][0], messages[-1][1]),)
    tx.many(SQL.note_change, [(account, folder, modseq, low, high) for low, high in noted])
    if (modseq * 2_654_435_761 >> 16) % PRUNE_ONE_IN == 0:  # scattered, so that no rhythm of changes evades it
        _prune(plain(tx), account, folder)


def _prune(tx: Transaction, account: AccountId, folder: FolderId) -> None:
    row = tx.one(SQL.old_change, (account, folder, KEPT_CHANGES))
    if row is not None:
        tx.run(SQL.forget_changes, (account, folder, row[0]))
        tx.run(SQL.set_change_floor, (row[0], account, folder))
