"""Messages come into folders, go from one to another, and leave. Each operation is one change of its account: it takes
one modseq, keeps the counters of folder and account true, and leaves tombstones where something went away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.flags import UNFLAGGED, Flag, Flags
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, ContentId, FolderId, MessageId, ModSeq, Uid, UidValidity
from posthouse.model.ranges import Ranges, from_numbers, numbers
from posthouse.model.refusals import FolderNotFound, MessageNotFound, OverQuota, UnknownRecipient
from posthouse.store.accounts import Usage
from posthouse.store.annotations import SHARED, Readers, copy_annotations, forget_annotations
from posthouse.store.folders import INBOX, PUBLIC, Folder, create_folder, folder_keywords, load_folder, spell_keywords
from posthouse.store.metadata import copy_metadata
from posthouse.store.never_here import note_keys_never_here
from posthouse.store.objects import Form, put_form
from posthouse.store.read_marks import mark_new
from posthouse.store.readers import plain
from posthouse.store.spans import Span, over, size, spans

SQL = Queries(__package__, "messages.sql")
OBJECTS = Queries(__package__, "objects.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")
MARKS = Queries(__package__, "read_marks.sql")

MAX_UID = 0xFFFFFFFF
_SEEN, _DELETED = int(Flag.SEEN), int(Flag.DELETED)  # an operation on flags, in Python, costs as much as one of SQL


class NewMessage(NamedTuple):
    """A content on its way into a folder. Times are seconds since 1970."""

    content: ContentId
    size: int
    internal_date: int
    flags: Flags = UNFLAGGED
    form: Form | None = None
    """What is kept beside the content, if it comes alone (`append`)."""


class Placed(NamedTuple):
    """Where a message came to lie."""

    uid_validity: UidValidity
    uid: Uid
    message: MessageId
    modseq: ModSeq


def append(
    tx: Transaction, account: AccountId, folder: FolderId, new: NewMessage, now: int, *, grace: int = 0
) -> Placed:
    """One more message in a folder. `OverQuota` when it doesn't fit, `FolderNotFound` when the folder is gone: nothing
    is kept then, and the transaction may go on with another recipient."""
    modseq, message = _take_ids(tx, account, 1, new.size, grace)
    bits = int(new.flags.system)
    if account == PUBLIC:
        bits &= ~_SEEN
    counts = (1, 1, int(not bits & _SEEN), int(bool(bits & _DELETED)), new.size)
    uid, uid_validity = _take_uids(tx, account, folder, counts, modseq)
    keywords = _spelt(tx, account, folder, new.flags) if new.flags.keywords else None
    where = (account, folder, uid, message, modseq)
    tx.run(SQL.insert_message, (*where, bits, keywords, new.internal_date, now, new.size, new.content))
    if account == PUBLIC and new.flags.system & _SEEN:
        mark_new(tx, account, folder, [uid], modseq)
    if new.form is not None:
        put_form(tx, account, MessageId(message), new.form, modseq)
    tx.notify(Hint(account, folder, modseq))
    return Placed(uid_validity, Uid(uid), MessageId(message), modseq)


def append_all(
    tx: Transaction, account: AccountId, folder: FolderId, new: Sequence[NewMessage], now: int, *, grace: int = 0
) -> list[Placed]:
    """The same for several, all or none, as one change: the counters are written once, and the modseq is of all."""
    count, octets = len(new), sum([one.size for one in new])
    modseq, message = _take_ids(tx, account, count, octets, grace)
    flags = [int(one.flags.system) & (~_SEEN if account == PUBLIC else -1) for one in new]
    unseen, deleted = sum([not bits & _SEEN for bits in flags]), sum([bool(bits & _DELETED) for bits in flags])
    uid, uid_validity = _take_uids(tx, account, folder, (count, count, unseen, deleted, octets), modseq)
    rows = []
    for place, (one, bits) in enumerate(zip(new, flags, strict=True)):
        keywords = _spelt(tx, account, folder, one.flags) if one.flags.keywords else None
        where = (account, folder, uid + place, message + place, modseq)
        rows.append((*where, bits, keywords, one.internal_date, now, one.size, one.content))
    tx.many(SQL.insert_message, rows)
    if account == PUBLIC:
        read = [uid + place for place, one in enumerate(new) if one.flags.system & _SEEN]
        mark_new(tx, account, folder, read, modseq)
    tx.notify(Hint(account, folder, modseq))
    return [Placed(uid_validity, Uid(uid + place), MessageId(message + place), modseq) for place in range(count)]


def _take_ids(tx: Transaction, account: AccountId, count: int, octets: int, grace: int) -> tuple[ModSeq, int]:
    """For new messages: their modseq, and the first one's id. Counts them as used."""
    row = tx.one(ACCOUNTS.add_messages, (count, octets, count, account))
    if row is None:
        raise UnknownRecipient
    modseq, next_id, *used = row
    try:
        Usage(*used).require(grace=grace)
    except OverQuota:
        tx.one(ACCOUNTS.add_usage, (-octets, -count, account))
        raise
    return modseq, next_id - count


def _take_uids(
    tx: Transaction, account: AccountId, folder: FolderId, counts: tuple[int, ...], modseq: ModSeq
) -> tuple[int, UidValidity]:
    """The first one's UID. `counts`: how many, twice, how many of them unseen and deleted, and their octets."""
    row = tx.one(SQL.add_to_folder, (*counts, modseq, account, folder))
    if row is None:
        tx.one(ACCOUNTS.add_usage, (-counts[-1], -counts[0], account))
        raise FolderNotFound
    next_uid, uid_validity = row
    return next_uid - counts[0], uid_validity


def _spelt(tx: Transaction, account: AccountId, folder: FolderId, flags: Flags) -> str | None:
    return _words(spell_keywords(tx, account, folder, flags.keywords))


def _words(keywords: frozenset[str]) -> str | None:
    return " ".join(sorted(keywords)) or None


@dataclass(frozen=True, slots=True)
class Copied:
    """UIDs of the source and of the target, in step (RFC 9051 §7.1 COPYUID)."""

    uid_validity: UidValidity
    source: Ranges
    target: Ranges


def copy(
    tx: Transaction,
    account: AccountId,
    source: FolderId,
    messages: Ranges,
    target: FolderId,
    now: int,
    readers: Readers | None = None,
) -> Copied:
    """All of them or none (RFC 9051 §6.4.7); UIDs that are not there are passed over. A copy has the flags, keywords
    and internal date of its original, and of its annotations those of `readers`, without whom what is shared and the
    owner's."""
    exact = _existing(tx, account, source, messages)
    sums = _sums(tx, account, source, exact)
    row = tx.one(ACCOUNTS.add_usage, (sums.size, sums.total, account))
    if row is None:
        raise UnknownRecipient
    Usage(*row).require()
    copied, modseq = _place(tx, account, source, exact, sums, target, now)
    _annotate(tx, (account, source), (account, target), copied, modseq, readers, moves=False)
    return copied


def move(
    tx: Transaction,
    account: AccountId,
    source: FolderId,
    messages: Ranges,
    target: FolderId,
    now: int,
    readers: Readers | None = None,
) -> Copied:
    """A copy whose originals are gone at the same moment (RFC 6851). Needs no room in the quota: moving to the trash is
    how a user mends a full account."""
    exact = _existing(tx, account, source, messages)
    sums = _sums(tx, account, source, exact)
    copied, modseq = _place(tx, account, source, exact, sums, target, now)
    _annotate(tx, (account, source), (account, target), copied, modseq, readers, moves=True)
    _bury(tx, account, source, exact, sums, keep_objects=False)
    return copied


def _annotate(
    tx: Transaction,
    source: Where,
    target: Where,
    copied: Copied,
    modseq: ModSeq,
    readers: Readers | None,
    *,
    moves: bool,
) -> None:
    pairs = zip(numbers(copied.source), numbers(copied.target), strict=True)
    copy_annotations(tx, source, target, pairs, readers or (SHARED, target[0]), modseq, moves=moves)


def _existing(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> Ranges:
    """The same set without UIDs that no message has, as ranges without holes. Locks the account first."""
    if tx.one(ACCOUNTS.change, (account,)) is None:
        raise FolderNotFound
    return from_numbers(_uids(tx, account, folder, messages))


def _uids(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> Iterator[int]:
    for span in spans(messages):
        for row in tx.all(over(SQL.uids, span), (account, folder, *span)):
            yield row[0]


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a set of messages adds to the counters of its folder."""

    total: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0


def _sums(tx: Transaction, account: AccountId, folder: FolderId, exact: Ranges) -> _Sums:
    rows = [plain(tx).all(over(SQL.sums, span), (account, folder, *span))[0] for span in spans(exact)]
    return _Sums(*(int(sum(column)) for column in zip(*rows, strict=True)))


def _place(
    tx: Transaction, account: AccountId, source: FolderId, exact: Ranges, sums: _Sums, target: FolderId, now: int
) -> tuple[Copied, ModSeq]:
    """The rows of `exact` once more, in `target`, under new UIDs and ids; and the modseq which they have there."""
    row = tx.one(ACCOUNTS.take_ids, (sums.total, account))
    if row is None:
        raise UnknownRecipient
    modseq, next_id = row
    placed = tx.one(
        SQL.add_to_folder,
        (sums.total, sums.total, sums.unseen, sums.deleted, sums.size, modseq, account, target),
    )
    if placed is None:
        raise FolderNotFound
    next_uid, uid_validity = placed
    respelt = _respelt(tx, account, source, exact, target) if target != source else {}
    uid, number = next_uid - sums.total, next_id - sums.total
    made: Ranges = ((uid, next_uid - 1),) if sums.total else ()
    objects = tx.one(OBJECTS.has_objects, (account,)) is not None
    for span in spans(exact):
        if objects:
            tx.run(over(OBJECTS.copy_objects, span), (number - 1, account, source, *span))
        tx.run(over(SQL.copy, span), (target, uid - 1, number - 1, modseq, now, account, source, *span))
        uid, number = uid + size(span), number + size(span)
    for old, new in respelt.items():
        tx.run(SQL.respell, (new, account, target, next_uid - sums.total, next_uid - 1, old))
    if account == PUBLIC:
        states = [row for span in spans(exact) for row in tx.all(over(MARKS.states, span), (account, source, *span))]
        first = next_uid - sums.total
        read = [first + place for place, (_, seen) in enumerate(states) if seen]
        mark_new(tx, account, target, read, ModSeq(modseq))
    tx.notify(Hint(account, target, modseq))
    return Copied(uid_validity, exact, made), modseq


def _respelt(tx: Transaction, account: AccountId, source: FolderId, exact: Ranges, target: FolderId) -> dict[str, str]:
    """Keywords become known in the target; those that it spells in another way."""
    used = {row[0] for span in spans(exact) for row in tx.all(over(SQL.used_keywords, span), (account, source, *span))}
    spelt = {words: _words(spell_keywords(tx, account, target, frozenset(words.split()))) or "" for words in used}
    return {old: new for old, new in spelt.items() if old != new}


def expunge(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges | None = None) -> Ranges:
    """Remove the messages marked as deleted, of the given UIDs or of all (RFC 9051 §6.4.3, RFC 4315 §2.1). Which
    they were."""
    if tx.one(ACCOUNTS.change, (account,)) is None:
        raise FolderNotFound
    gone = from_numbers(
        row[0]
        for span in spans(messages if messages is not None else ((1, MAX_UID),))
        for row in tx.all(over(SQL.deleted_uids, span), (account, folder, *span))
    )
    return _remove(tx, account, folder, gone)


def remove(
    tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges, *, keep_objects: bool = False
) -> Ranges:
    """Remove messages whether marked or not: POP3's UPDATE state, an operator's command. Which there were.
    `keep_objects`: what MAPI knows of them stays for whoever has their ids now."""
    return _remove(tx, account, folder, _existing(tx, account, folder, messages), keep_objects=keep_objects)


def _remove(
    tx: Transaction, account: AccountId, folder: FolderId, exact: Ranges, *, keep_objects: bool = False
) -> Ranges:
    if exact:
        sums = _sums(tx, account, folder, exact)
        tx.run(ACCOUNTS.add_usage, (-sums.size, -sums.total, account))
        for span in spans(exact):
            tx.run(over(SQL.release, span), (account, folder, *span))
        _bury(tx, account, folder, exact, sums, keep_objects=keep_objects)
    return exact


def _bury(
    tx: Transaction, account: AccountId, folder: FolderId, exact: Ranges, sums: _Sums, *, keep_objects: bool
) -> None:
    """Rows become tombstones."""
    if not exact:
        return
    row = tx.one(ACCOUNTS.change, (account,))
    modseq = ModSeq(row[0] if row else 0)
    objects = not keep_objects and tx.one(OBJECTS.has_objects, (account,)) is not None
    for span in spans(exact):
        if objects:
            _forget_objects(tx, account, folder, span)
        tx.run(over(SQL.bury, span), (modseq, account, folder, *span))
        tx.run(over(SQL.delete, span), (account, folder, *span))
    forget_annotations(tx, account, folder, exact)
    tx.run(SQL.add_to_folder, (0, -sums.total, -sums.unseen, -sums.deleted, -sums.size, modseq, account, folder))
    tx.notify(Hint(account, folder, modseq))


def _forget_objects(tx: Transaction, account: AccountId, folder: FolderId, span: Span) -> None:
    """No client brings these messages again; tombstones know them by their ids alone."""
    if tx.one(OBJECTS.has_source_keys, (account, b"")) is not None:
        keys = tx.all(over(OBJECTS.source_keys, span), (account, folder, *span))
        note_keys_never_here(tx, account, folder, (bytes(key) for (key,) in keys))
    tx.run(over(OBJECTS.delete_objects, span), (account, account, folder, *span))


Where = tuple[AccountId, FolderId]


def replace(
    tx: Transaction,
    source: Where,
    old: Uid,
    target: Where,
    new: NewMessage,
    now: int,
    *,
    keep_object: bool = False,
) -> Placed:
    """A message in place of another, perhaps in another folder (RFC 8508): of the quota only the difference counts.
    `keep_object`: as of `remove`. `MessageNotFound` when the old one is gone."""
    if not remove(tx, *source, ((old, old),), keep_objects=keep_object):
        raise MessageNotFound
    return append(tx, *target, new, now)


def rename_inbox(tx: Transaction, account: AccountId, path: str, now: int) -> Folder:
    """RENAME INBOX: its messages move to a new folder, and INBOX stays, empty (RFC 9051 §6.3.6)."""
    target = create_folder(tx, account, path)
    for keyword in folder_keywords(tx, account, INBOX):
        spell_keywords(tx, account, target.id, frozenset([keyword]))
    move(tx, account, INBOX, ((1, MAX_UID),), target.id, now)
    copy_metadata(tx, account, INBOX, target.id, target.modseq)
    return load_folder(tx, account, target.id)
