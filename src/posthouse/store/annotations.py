"""Annotations of messages (RFC 5257): named values, shared or private to one reader.

    read_annotations(tx, account, folder, ((1, 3),), reader)   →   {1: [Annotation("/comment", Scope.PRIVATE, b"…")], …}

They belong to a message in a folder and go with it. A change of one is a change of its message, which takes a new
modseq by it (RFC 7162 §3.1): `flags.annotate`. `reader` is who asks: what is private is theirs alone, also in the
folder of another, whose account it is charged to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from posthouse.database import Queries, Transaction
from posthouse.message.parts import load_parts
from posthouse.model.annotations import Annotation, AnnotationChange, AnnotationName, Scope, part_of_entry
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import LimitReached, MessageTooLarge, OverQuota, Refusal
from posthouse.model.rights import Right
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "annotations.sql")
QUOTA = Queries(__package__, "quota.sql")

SHARED = AccountId(0)
"""Whose is what everybody has."""
NOBODY = AccountId(-1)

MAX_VALUE = 32_768
"""Octets of one value."""
MAX_ENTRIES = 100
"""Of one message, shared, or private to one reader."""
MAX_BYTES = 64 * 1024 * 1024
"""Of all names and values in an account, whatever its quota is."""
REMEMBERED = 200
"""Removals in a folder that other sessions can be told of."""
PIECE = 100
"""Messages whose values are in memory at once, where they are copied."""
MAX_UID = 0xFFFFFFFF

Where = tuple[AccountId, FolderId]
Readers = tuple[AccountId, AccountId]
"""Whose values: `SHARED` and a reader, or `NOBODY` in the place of either."""


class AnnotationTooLong(MessageTooLarge):
    default = f"An annotation has at most {MAX_VALUE} octets"


class TooManyAnnotations(LimitReached):
    default = "Too many annotations"


class NoSuchPart(Refusal):
    default = "An annotation of a part that the message does not have"


def carried(reader: AccountId, rights: Right) -> Readers:
    """What comes along when somebody copies a message to where they have these rights (RFC 5257 §4.6)."""
    return SHARED if rights & Right.ANNOTATE else NOBODY, reader if rights & Right.READ else NOBODY


def has_annotations(tx: Transaction, account: AccountId, folder: FolderId) -> bool:
    return tx.one(SQL.any, (account, folder)) is not None


def read_annotations(
    tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges, reader: AccountId
) -> dict[int, list[Annotation]]:
    """By UID, sorted by entry, what is shared first."""
    found: dict[int, list[Annotation]] = {}
    for low, high in messages:
        for uid, whose, entry, value, _ in tx.all(SQL.values, (account, folder, low, high, SHARED, reader)):
            scope = Scope.SHARED if whose == SHARED else Scope.PRIVATE
            found.setdefault(uid, []).append(Annotation(entry, scope, bytes(value)))
    return found


def annotated_uids(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    readers: Readers,
    is_wanted: Callable[[str, str], bool],
) -> Iterator[int]:
    """UIDs, ascending, of the messages with a wanted entry and value; a value that is no text is read as one."""
    last = 0
    for uid, _, entry, value, _ in tx.iterate(SQL.values, (account, folder, 1, MAX_UID, *readers)):
        if uid != last and is_wanted(entry, bytes(value).decode("utf-8", "replace")):
            last = uid
            yield uid


def annotation_texts(
    tx: Transaction, account: AccountId, folder: FolderId, name: AnnotationName, reader: AccountId
) -> dict[int, str]:
    """Of every message that has this one, as text."""
    key = (account, folder, 1, MAX_UID, _whose(name, reader), name.entry)
    return {uid: bytes(value).decode("utf-8", "replace") for uid, value in tx.iterate(SQL.of_entry, key)}


def _whose(name: AnnotationName, reader: AccountId) -> AccountId:
    return SHARED if name.scope is Scope.SHARED else reader


def set_annotations(
    tx: Transaction,
    where: Where,
    messages: Ranges,
    reader: AccountId,
    changes: Sequence[AnnotationChange],
    modseq: ModSeq,
) -> None:
    """All changes on all messages, or none: `AnnotationTooLong`, `TooManyAnnotations`, `NoSuchPart`, `OverQuota`. The
    account must be locked, and `modseq` be that of the messages."""
    _require_bearable(tx, where, messages, changes)
    _require_parts(tx, where, messages, changes)
    more = sum(
        _set(tx, where, span, _whose(change.name, reader), change, modseq)
        for change in changes
        for span in spans(messages)
    )
    for whose in {_whose(change.name, reader) for change in changes if change.value is not None}:
        for span in spans(messages):
            if tx.all(over(SQL.most, span), (*where, *span, whose))[0][0] > MAX_ENTRIES:
                raise TooManyAnnotations
    charge(tx, where[0], more)
    if any(change.value is None for change in changes):
        tx.run(SQL.forget_removed, (*where, *where, REMEMBERED))


def _set(
    tx: Transaction, where: Where, span: tuple[int, ...], whose: AccountId, change: AnnotationChange, modseq: ModSeq
) -> int:
    """How much more it takes."""
    entry, value = change.name.entry, change.value
    ((taken,),) = tx.all(over(SQL.taken, span), (*where, *span, whose, entry))
    if value is None:
        tx.run(over(SQL.remove, span), (modseq, *where, *span, whose, entry))
        return -int(taken)
    count = tx.run(over(SQL.set, span), (whose, entry, value, len(value), modseq, *where, *span))
    return count * (len(value) + len(entry)) - int(taken)


def _require_bearable(tx: Transaction, where: Where, messages: Ranges, changes: Iterable[AnnotationChange]) -> None:
    """Before anything is written."""
    values = [change.value for change in changes if change.value is not None]
    if any(len(value) > MAX_VALUE for value in values):
        raise AnnotationTooLong
    count = sum(tx.all(over(SQL.messages, span), (*where, *span))[0][0] for span in spans(messages))
    if count * sum(map(len, values)) > MAX_BYTES:
        raise TooManyAnnotations


def _require_parts(tx: Transaction, where: Where, messages: Ranges, changes: Iterable[AnnotationChange]) -> None:
    """RFC 5257 §3.2.1."""
    paths = {path for change in changes if (path := part_of_entry(change.name.entry)) is not None}
    if not paths:
        return
    for low, high in messages:
        for (parts,) in tx.iterate(SQL.parts, (*where, low, high)):
            table = load_parts(bytes(parts))
            if any(table.find(path) is None for path in paths):
                raise NoSuchPart


def charge(tx: Transaction, account: AccountId, more: int, *, within_limits: bool = True) -> None:
    """`OverQuota` by the limit that the account has (RFC 9208 §5.4), `TooManyAnnotations` by what all have."""
    if not more:
        return
    ((used,),) = tx.all(SQL.charge, (account, more))
    if more < 0 or not within_limits:
        return
    if used > MAX_BYTES:
        raise TooManyAnnotations
    limit = tx.one(QUOTA.limit, (account, "ANNOTATION-STORAGE"))
    if limit is not None and used > limit[0]:
        raise OverQuota


def annotation_bytes(tx: Transaction, account: AccountId) -> int:
    """What they take, names and values."""
    row = tx.one(SQL.usage, (account,))
    return int(row[0]) if row else 0


def copy_annotations(
    tx: Transaction,
    source: Where,
    target: Where,
    pairs: Iterable[tuple[int, int]],
    readers: Readers,
    modseq: ModSeq,
    *,
    moves: bool = False,
) -> None:
    """`pairs`: UIDs of messages, ascending, each with that of its copy. What moves needs no room."""
    if not has_annotations(tx, *source):
        return
    more, rest = 0, iter(pairs)
    while placed := dict(islice(rest, PIECE)):
        found = tx.all(SQL.values, (*source, min(placed), max(placed), *readers))
        rows = [
            (*target, placed[uid], whose, entry, value, size, modseq)
            for uid, whose, entry, value, size in found
            if uid in placed
        ]
        tx.many(SQL.insert, rows)
        more += sum([len(row[4]) + row[6] for row in rows])
    charge(tx, target[0], more, within_limits=not moves)


def forget_annotations(tx: Transaction, account: AccountId, folder: FolderId, messages: Ranges) -> None:
    """Of messages that go away."""
    if not has_annotations(tx, account, folder):
        return
    freed = 0
    for span in spans(messages):
        freed += tx.all(over(SQL.sum, span), (account, folder, *span))[0][0]
        tx.run(over(SQL.forget, span), (account, folder, *span))
    charge(tx, account, -int(freed))


def forget_annotator(tx: Transaction, reader: AccountId) -> None:
    """What is private to an account that is removed, wherever it is."""
    for account, size in tx.all(SQL.charged_to, (reader,)):
        charge(tx, account, -int(size))
    tx.run(SQL.forget_reader, (reader,))


def changed_annotations(
    tx: Transaction, account: AccountId, folder: FolderId, reader: AccountId, since: ModSeq, but: ModSeq
) -> Mapping[int, list[str]]:
    """Entries that were set or removed after `since`, by UID, as far as the reader may know of them; without the change
    `but`, which is no news."""
    found: dict[int, list[str]] = {}
    for uid, entry in tx.all(SQL.changed, (account, folder, since, reader, but)):
        found.setdefault(uid, []).append(entry)
    return found
