"""Messages from one account's folder into another's, or into one where not every flag may be set."""

from __future__ import annotations

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag, Flags
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.rights import Right, permitted_flags
from posthouse.store.annotations import NOBODY, SHARED, Readers, copy_annotations
from posthouse.store.folders import load_folder
from posthouse.store.messages import Copied, NewMessage, Where, append_all, remove
from posthouse.store.reading import rows

ACCOUNTS = Queries(__package__, "accounts.sql")
OBJECTS = Queries(__package__, "objects.sql")

COLUMNS = ("uid", "message_id", "content_id", "size", "internal_date", "flags", "keywords")
PIECE = 1000


def transfer(
    tx: Transaction,
    source: Where,
    messages: Ranges,
    target: Where,
    now: int,
    *,
    rights: Right,
    readers: Readers = (SHARED, NOBODY),
    moves: bool,
) -> Copied:
    """All of them or none. Copies have the flags that `rights` on the target allow (RFC 4314 §4), the annotations of
    `readers`, and are charged to the target's owner, also when they are moved: `OverQuota`. Contents are shared, no
    byte is copied."""
    for account in sorted({source[0], target[0]}):  # in one order, so that two at a time never wait for each other
        tx.one(ACCOUNTS.lock, (account,))
    found: list[int] = []
    made: list[int] = []
    for low, high in messages:
        while piece := rows(tx, *source, low, high, COLUMNS, PIECE):
            new = []
            for _, _, content, size, date, bits, words in piece:
                flags = permitted_flags(Flags(Flag(bits), frozenset((words or "").split())), rights)
                new.append(NewMessage(content, size, date, flags))
            placed = append_all(tx, *target, new, now)
            if tx.one(OBJECTS.has_objects, (source[0],)) is not None:
                objects = zip(placed, piece, strict=True)
                tx.many(OBJECTS.copy_object, [(target[0], one.message, source[0], row[1]) for one, row in objects])
            pairs = [(row[0], one.uid) for row, one in zip(piece, placed, strict=True)]
            copy_annotations(tx, source, target, pairs, readers, placed[0].modseq)
            found += [old for old, _ in pairs]
            made += [uid for _, uid in pairs]
            low = piece[-1][0] + 1
    exact = from_numbers(found)
    if moves:
        remove(tx, *source, exact)
    return Copied(load_folder(tx, *target).uid_validity, exact, from_numbers(made))
