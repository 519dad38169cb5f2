"""What each reader has read in public folders, on both engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from posthouse.model.flags import UNFLAGGED, Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, ModSeq
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.store import read_marks
from posthouse.store.accounts import create_public, highest_modseq, remove_account
from posthouse.store.criteria import HasFlag
from posthouse.store.flags import change_flags
from posthouse.store.folders import PUBLIC, changed_folders, create_folder, delete_folder, load_folder
from posthouse.store.listing import Listing, changed_ids, scan_columns
from posthouse.store.messages import append, append_all, copy, move, remove
from posthouse.store.news import account_state, news_since
from posthouse.store.objects import find_message
from posthouse.store.problems import mend
from posthouse.store.read_marks import tidy
from posthouse.store.readers import ReaderTransaction
from posthouse.store.reading import changed_uids, changes, first_unseen, highest_of, rows
from posthouse.store.search import search
from posthouse.store.synchronizing import present_messages
from posthouse.store.transfer import transfer
from posthouse.store.verify import verify

ANN, BEN = AccountId(7), AccountId(8)
READ, UNREAD = FlagChange(How.ADD, Flags(Flag.SEEN)), FlagChange(How.REMOVE, Flags(Flag.SEEN))
ALL: Ranges = ((1, 0xFFFFFFFF),)


@dataclass
class Board:
    """A public folder with ten messages, and who reads it."""

    shelf: object
    tx: object
    ann: ReaderTransaction = field(init=False)
    ben: ReaderTransaction = field(init=False)
    folder: FolderId = field(init=False)
    first: int = field(init=False)

    def __post_init__(self):
        create_public(self.tx, self.shelf.now)
        self.folder = create_folder(self.tx, PUBLIC, "Board").id
        self.ann, self.ben = ReaderTransaction(self.tx, ANN), ReaderTransaction(self.tx, BEN)
        self.first = self.put(10)[0].message

    def put(self, count, tx=None, flags=UNFLAGGED):
        new = [self.shelf.new(self.tx, b"Subject: %d\r\n\r\n" % number, flags) for number in range(count)]
        return append_all(tx or self.tx, PUBLIC, self.folder, new, self.shelf.now)

    def mark(self, tx, *uids, change=READ):
        return change_flags(tx, PUBLIC, self.folder, from_numbers(sorted(uids)), change)

    def read(self, tx):
        found = rows(tx, PUBLIC, self.folder, 1, 0xFFFFFFFF, ("uid", "flags"))
        return [uid for uid, flags in found if flags & Flag.SEEN]

    def now(self, tx):
        return load_folder(tx, PUBLIC, self.folder)


def marked(tx):
    """Who has marked anything, and in which folder."""
    return set(tx.all("SELECT reader_id, folder_id FROM read_folder"))


@pytest.fixture
def board(shelf):
    with shelf.database.transaction() as tx:
        yield Board(shelf, tx)


def test_everybody_reads_for_themselves(board):
    """What one marks is read in all that they see, and nowhere else; the message is not changed by it."""
    before, there = board.now(board.ben), find_message(board.ben, PUBLIC, board.first)
    changed = board.mark(board.ann, 2, 3, 4, 9)
    assert changed.any
    assert board.read(board.ann) == [2, 3, 4, 9]
    assert board.read(board.ben) == board.read(board.tx) == []
    assert board.now(board.ann).unseen == 6
    assert board.now(board.ann).highest_modseq == changed.modseq
    assert board.now(board.ben) == before
    assert find_message(board.ben, PUBLIC, board.first) == there
    seen = board.shelf.blobs, PUBLIC, board.folder, HasFlag(Flag.SEEN)
    assert list(search(board.ann, *seen)) == [2, 3, 4, 9]
    assert list(search(board.ben, *seen)) == []
    assert first_unseen(board.ann, PUBLIC, board.folder) == 1
    listed = scan_columns(board.ann, Listing(PUBLIC, board.folder), ("flags",))
    assert sum(flags & 1 for (flags,) in listed) == 4
    present = present_messages(board.ann, PUBLIC, board.folder, normal=True, associated=False)
    assert [one.flags & 1 for one in present] == [0, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert {one.modseq for one in present if one.flags} == {changed.modseq}
    assert all(one.change_number < changed.modseq for one in present)


def test_only_what_changes_is_told(board):
    """A message that was read already keeps its modseq; others hear of nothing."""
    first = board.mark(board.ann, 1, 2).modseq
    again = board.mark(board.ann, 2)
    assert not again.any
    second = board.mark(board.ann, *range(1, 6)).modseq
    assert [row[0] for row in changes(board.ann, PUBLIC, board.folder, first).changed] == [3, 4, 5]
    assert list(changed_uids(board.ann, PUBLIC, board.folder, ALL, ModSeq(first - 1))) == [1, 2, 3, 4, 5]
    assert highest_of(board.ann, PUBLIC, board.folder, ((1, 2),)) == first
    assert [one.id for one in changed_folders(board.ann, PUBLIC, first)] == [board.folder]
    assert changed_ids(board.ann, Listing(PUBLIC, board.folder), second) == (set(), set())
    for tx in (board.ben, board.tx):
        assert changes(tx, PUBLIC, board.folder, ModSeq(first - 1)).changed == []
        assert changed_folders(tx, PUBLIC, ModSeq(first - 1)) == []
    board.mark(board.ann, 4, change=UNREAD)
    assert [row[0] for row in changes(board.ann, PUBLIC, board.folder, second).changed] == [4]


def test_news(board):
    """Of all that happened, each reader's own marks are theirs alone."""
    anns, bens = account_state(board.ann, PUBLIC), account_state(board.ben, PUBLIC)
    board.mark(board.ann, 3)
    [told] = news_since(board.ann, PUBLIC, anns).folders
    assert [(row.uid, row.flags) for row in told.changed] == [(3, Flag.SEEN)]
    assert (told.before.unseen, told.now.unseen) == (10, 9)
    assert news_since(board.ben, PUBLIC, bens).folders == []


def test_flags_beside_it_are_shared(board):
    board.mark(board.ann, 1, change=FlagChange(How.SET, Flags(Flag.SEEN | Flag.FLAGGED)))
    assert rows(board.ann, PUBLIC, board.folder, 1, 1, ("flags",)) == [(Flag.SEEN | Flag.FLAGGED,)]
    assert rows(board.ben, PUBLIC, board.folder, 1, 1, ("flags",)) == [(Flag.FLAGGED,)]
    board.mark(board.ben, 1, change=FlagChange(How.SET, Flags(Flag.DELETED)))
    assert rows(board.ann, PUBLIC, board.folder, 1, 1, ("flags",)) == [(Flag.SEEN | Flag.DELETED,)]
    assert board.now(board.tx).unseen == 10


def test_nobody_marks_for_all(board):
    """Without a reader there is nothing to mark."""
    assert not board.mark(board.tx, 1, 2).any
    assert board.read(board.ann) == board.read(board.tx) == []


def test_whoever_puts_it_there_has_read_it(board):
    """Also what is copied and moved, for those who do it."""
    board.put(2, board.ann, Flags(Flag.SEEN))
    append(board.ann, PUBLIC, board.folder, board.shelf.new(board.tx, b"\r\n", Flags(Flag.SEEN)), board.shelf.now)
    assert (board.read(board.ann), board.read(board.ben)) == ([11, 12, 13], [])
    other = create_folder(board.tx, PUBLIC, "Other").id
    for number, carry in enumerate((copy, move)):
        carry(board.ann, PUBLIC, board.folder, ((10, 11),), other, board.shelf.now)
        found = rows(board.ann, PUBLIC, other, 1, 99, ("uid", "flags"))
        assert [flags for _, flags in found[2 * number :]] == [0, Flag.SEEN]
    assert (load_folder(board.ann, PUBLIC, other).unseen, load_folder(board.ben, PUBLIC, other).unseen) == (2, 4)
    assert board.now(board.ann).unseen == 9
    mine = (board.shelf.account, FolderId(1))
    transfer(board.ann, (PUBLIC, board.folder), ((9, 13),), mine, board.shelf.now, rights=~0, moves=False)
    assert [flags for (flags,) in rows(board.ann, *mine, 1, 99, ("flags",))] == [0, Flag.SEEN, Flag.SEEN]
    assert load_folder(board.ann, *mine).unseen == 1


def test_counts_follow_what_goes(board):
    """A message that goes is no longer counted as read, whoever lets it go; and marks in a row are one row."""
    board.mark(board.ann, *range(1, 7))
    remove(board.ben, PUBLIC, board.folder, ((2, 3), (7, 7)))
    assert (board.now(board.ann).unseen, board.now(board.ben).unseen) == (3, 7)
    board.mark(board.ann, 4, change=UNREAD)
    assert (board.now(board.ann).unseen, board.read(board.ann)) == (4, [1, 5, 6])
    change_flags(board.ann, PUBLIC, board.folder, ALL, READ)
    assert board.now(board.ann).unseen == 0
    assert len(board.tx.all("SELECT low FROM read_mark")) == 4
    assert list(verify(board.tx, board.shelf.blobs)) == []


def test_many_changes_stay_few_rows(board, monkeypatch):
    """Old ranges beside each other become one, and of too many the oldest messages count as read."""
    monkeypatch.setattr(read_marks, "KEPT_APART", 3)
    board.put(90)
    for uid in range(1, 41):
        board.mark(board.ann, uid)
    before = board.read(board.ann), board.now(board.ann)
    latest = highest_modseq(board.tx, PUBLIC)
    tidy(board.ann, PUBLIC, board.folder, latest)
    assert (board.read(board.ann), board.now(board.ann)) == before
    assert len(board.tx.all("SELECT low FROM read_mark")) == 4
    assert [row[0] for row in changes(board.ann, PUBLIC, board.folder, ModSeq(latest - 2)).changed] == [39, 40]
    monkeypatch.setattr(read_marks, "MAX_MARKS", 10)
    for uid in range(42, 100, 2):
        board.mark(board.ann, uid)
    tidy(board.ann, PUBLIC, board.folder, highest_modseq(board.tx, PUBLIC))
    assert len(board.tx.all("SELECT low FROM read_mark")) <= 10
    read = board.read(board.ann)
    assert set(range(42, 100, 2)) <= set(read)
    assert board.now(board.ann).unseen == 100 - len(read)
    assert list(verify(board.tx, board.shelf.blobs)) == []


def test_any_sequence_is_as_a_set_of_uids_says(board):
    """Two readers mark at random while messages come and go: their views are those of two sets."""
    random, sets = Random(5), {ANN: set(), BEN: set()}
    there = set(range(1, 11))
    for step in range(300):
        tx = random.choice([board.ann, board.ben])
        some = {random.randint(1, board.now(tx).next_uid) for _ in range(random.randint(1, 12))}
        if random.random() < 0.3:
            some = set(range(min(some), max(some) + 1))
        before = highest_modseq(tx, PUBLIC)
        what = random.choice(["put", "go", "read", "read", "unread", "tidy"])
        if what == "put":
            there |= {one.uid for one in board.put(2)}
        elif what == "go" and len(there) > 5:
            gone = set(random.sample(sorted(there), 2))
            remove(tx, PUBLIC, board.folder, from_numbers(sorted(gone)))
            there -= gone
        elif what == "tidy" and any(reader == tx.reader for reader, _ in marked(tx)):
            tidy(tx, PUBLIC, board.folder, before)
        elif what in ("read", "unread"):
            mine, was = sets[tx.reader], set(sets[tx.reader])
            mine.difference_update(some) if what == "unread" else mine.update(some & there)
            board.mark(tx, *some, change=READ if what == "read" else UNREAD)
            told = {row[0] for row in changes(tx, PUBLIC, board.folder, before).changed}
            assert told == (was ^ mine) & there, step
        for reader in (board.ann, board.ben):
            assert set(board.read(reader)) == sets[reader.reader] & there, step
            assert board.now(reader).unseen == len(there - sets[reader.reader]), step
    assert list(verify(board.tx, board.shelf.blobs)) == []


def test_forgotten(board):
    """With the folder, and with the reader."""
    board.mark(board.ann, 1)
    board.mark(board.ben, 2)
    assert marked(board.tx) == {(ANN, board.folder), (BEN, board.folder)}
    remove_account(board.tx, ANN)
    assert marked(board.tx) == {(BEN, board.folder)}
    assert board.tx.all("SELECT reader_id, low FROM read_mark") == [(BEN, 2)]
    delete_folder(board.tx, PUBLIC, board.folder)
    assert marked(board.tx) == set()
    assert board.tx.all("SELECT low FROM read_mark") == []


def test_wrong_counts_are_found(board):
    board.mark(board.ann, 1, 2)
    board.tx.run("UPDATE read_folder SET seen = 9")
    [problem] = verify(board.tx, board.shelf.blobs)
    assert "account 7 has read 2 messages instead of 9" in str(problem)
    assert mend(board.tx, problem)
    assert list(verify(board.tx, board.shelf.blobs)) == []
