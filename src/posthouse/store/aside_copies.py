"""What stands aside goes to another folder, perhaps of another account: associated messages to its associated ones, and
what was deleted back into contents, where everybody sees it again."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Queries, Transaction
from posthouse.model.flags import Flag, Flags
from posthouse.model.ids import ContentId, MessageId
from posthouse.model.ranges import from_numbers
from posthouse.model.rights import Right, permitted_flags
from posthouse.store.deletion import Chosen, delete_for_good
from posthouse.store.folders import load_folder
from posthouse.store.messages import NewMessage, Where, append_all
from posthouse.store.object_changes import insert_asides, take_ids
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED
from posthouse.store.spans import over, spans

SQL = Queries(__package__, "objects.sql")
ACCOUNTS = Queries(__package__, "accounts.sql")


class _Aside(NamedTuple):
    message: MessageId
    state: int
    new: NewMessage


def carry_asides(
    tx: Transaction,
    source: Where,
    chosen: Chosen,
    target: Where,
    now: int,
    *,
    rights: Right,
    moves: bool,
) -> int:
    """How many of these there were; what is in contents is passed over, and so is what is associated unless the
    target's properties may be changed. `rights`: on the target. `OverQuota`, and nothing is done."""
    for account in sorted({source[0], target[0]}):
        tx.one(ACCOUNTS.lock, (account,))
    load_folder(tx, *target)
    found = _read(tx, source, chosen, rights)
    if not found:
        return 0
    recovered = [one for one in found if one.state == DELETED]
    placed = append_all(tx, *target, [one.new for one in recovered], now) if recovered else []
    numbers = {old.message: new.message for old, new in zip(recovered, placed, strict=True)}
    others = [one for one in found if one.state != DELETED]
    if others:
        first = take_ids(tx, target[0], len(others))
        numbers |= {old.message: MessageId(first + place) for place, old in enumerate(others)}
        insert_asides(tx, *target, [(numbers[one.message], one.new) for one in others], ASSOCIATED, now)
    tx.many(SQL.copy_object, [(target[0], new, source[0], old) for old, new in numbers.items()])
    if moves:
        exact = from_numbers(one.message for one in found)
        delete_for_good(tx, *source, Chosen((), exact, deleted=True))
    return len(found)


def _read(tx: Transaction, source: Where, chosen: Chosen, rights: Right) -> list[_Aside]:
    last = DELETED_ASSOCIATED if chosen.deleted else ASSOCIATED
    rows = [row for span in spans(chosen.asides) for row in tx.all(over(SQL.asides_of, span), (*source, *span, last))]
    return [_aside(row, rights) for row in sorted(rows) if rights & Right.ADMINISTER or row[1] == DELETED]


def _aside(row: tuple[int, int, int, int, int, int, str | None], rights: Right) -> _Aside:
    message, state, size, date, content, bits, words = row
    flags = permitted_flags(Flags(Flag(bits), frozenset((words or "").split())), rights)
    return _Aside(MessageId(message), state, NewMessage(ContentId(content), size, date, flags))
