"""What is to be done with folders, in pieces: all of them in one transaction, or some at a time, each in another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges
from posthouse.store.folders import load_folder
from posthouse.store.messages import MAX_UID
from posthouse.store.reading import uids


class Piece(NamedTuple):
    tasks: int
    """How many messages and folders it is about."""
    do: Callable[[Transaction], bool]
    """Whether something was left undone. It is done again when its transaction is: what it notes for the pieces behind
    it, it notes anew then."""


NO_END = MAX_UID
"""As a size of pieces: a folder's messages are one piece, however many."""


def do_all(tx: Transaction, pieces: Iterable[Piece]) -> bool:
    """In their order, each of them; whether something was left undone."""
    left = [piece.do(tx) for piece in pieces]
    return any(left)


def grouped(pieces: Iterable[Piece], most: int) -> Iterator[Sequence[Piece]]:
    """Of no more tasks than that at a time, unless one piece alone has more."""
    group: list[Piece] = []
    for piece in pieces:
        if group and sum(one.tasks for one in group) + piece.tasks > most:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


class Part(NamedTuple):
    """Of a folder's contents."""

    messages: int
    uids: Ranges


def parts_of(tx: Transaction, account: AccountId, folder: FolderId, most: int) -> list[Part]:
    """All of it, so many messages at a time: at least one part. The last has whatever comes later, too."""
    total = load_folder(tx, account, folder).total
    if total <= most:
        return [Part(total, ((1, MAX_UID),))]
    firsts = [1, *uids(tx, account, folder)[most::most], MAX_UID + 1]
    last = total - (len(firsts) - 2) * most
    parts = [Part(most, ((first, behind - 1),)) for first, behind in pairwise(firsts)]
    return [*parts[:-1], parts[-1]._replace(messages=max(last, 0))]
