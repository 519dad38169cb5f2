"""Lists of messages for tables: columns of all, rows of some, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import ContentId
from posthouse.store.deletion import choose, delete_softly
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, create_folder, delete_folder
from posthouse.store.listing import (
    COLUMNS,
    MAX_CHANGES,
    PIECE,
    Listing,
    changed_ids,
    listed,
    scan_columns,
    scan_rows,
    version_of,
)
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, set_keys, update_message
from posthouse.store.objects import ASSOCIATED, DELETED, NORMAL, Form, Keys, find_message, load_form

MAIL = b"From: Ann <ann@example.org>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nSubject: %s\r\n\r\ntext"


def test_columns_of_all_messages(shelf):
    """In the order of UIDs; of messages that are named by ids wherever they are."""
    inbox = Listing(shelf.account, INBOX)
    with shelf.database.transaction() as tx:
        first = shelf.put(tx, MAIL % b"one", date=5)
        second = shelf.put(tx, b"Subject: two\r\n\r\n", date=7, flags=Flags(Flag.SEEN))
        other = shelf.put(tx, MAIL % b"other", create_folder(tx, shelf.account, "other").id)
        columns = ("id", "delivered", "subject", "from", "sent", "flags")
        assert list(scan_columns(tx, inbox, columns)) == [
            (first.message, 5, "one", "ANN", 1_704_103_200, 0),
            (second.message, 7, "two", "", None, int(Flag.SEEN)),
        ]
        ids = [other.message, first.message, 999]
        assert sorted(scan_columns(tx, inbox, ("id", "subject"), ids)) == [
            (first.message, "one"),
            (other.message, "other"),
        ]
        assert len(next(scan_columns(tx, inbox, tuple(sorted(COLUMNS))))) == len(COLUMNS)


def test_more_messages_than_one_piece(shelf):
    with shelf.database.transaction() as tx:
        placed = [shelf.put(tx, b"Subject: x\r\n\r\n").message for _ in range(PIECE + 1)]
        assert [row[0] for row in scan_columns(tx, Listing(shelf.account, INBOX), ("id",))] == placed
        assert [one.row.id for one in scan_rows(tx, Listing(shelf.account, INBOX))] == placed
        assert len(listed(tx, shelf.account, NORMAL, placed)) == PIECE + 1
        assert listed(tx, shelf.account, NORMAL, []) == {}


def test_rows_are_those_that_are_found_one_by_one(shelf):
    """With what clients have added, and the keys of a change only as long as it is the last."""
    with shelf.database.transaction() as tx:
        plain = shelf.put(tx, MAIL % b"plain").message
        before = find_message(tx, shelf.account, shelf.put(tx, MAIL % b"changed").message)
        changed = update_message(tx, shelf.account, before, Form(False, b"change"), shelf.now)
        set_keys(tx, shelf.account, changed, Keys(b"source", b"change", b"list"))
        for _ in range(2):
            found = listed(tx, shelf.account, NORMAL, [plain, changed.id])
            for number in (plain, changed.id):
                row = find_message(tx, shelf.account, number)
                assert found[number].row == row
                assert found[number].form == load_form(tx, shelf.account, row)
            assert found[plain].content.subject == "plain"
            change_flags(tx, shelf.account, INBOX, ((1, 2),), FlagChange(How.ADD, Flags(Flag.FLAGGED)))


def test_messages_beside_the_contents(shelf):
    """Associated ones have no content; deleted ones have theirs."""
    no_content = NewMessage(ContentId(0), 10, shelf.now)
    with shelf.database.transaction() as tx:
        note = create_message(tx, shelf.account, INBOX, no_content, Form(True, b"x"), shelf.now, associated=True)
        gone = shelf.put(tx, MAIL % b"gone").message
        delete_softly(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, [gone]), shelf.now)
        [one] = scan_rows(tx, Listing(shelf.account, INBOX, ASSOCIATED))
        assert (one.row, one.content) == (note, None)
        [one] = scan_rows(tx, Listing(shelf.account, INBOX, DELETED))
        assert (one.row.id, one.content.subject) == (gone, "gone")
        assert list(scan_columns(tx, Listing(shelf.account, INBOX, DELETED), ("id", "subject"))) == [(gone, "gone")]
        assert set(listed(tx, shelf.account, DELETED, [note.id, gone])) == {note.id, gone}
        assert list(scan_rows(tx, Listing(shelf.account, INBOX))) == []


def test_what_changed_since(shelf):
    """What came or changed, and what went; of very many it is not told which."""
    inbox = Listing(shelf.account, INBOX)
    with shelf.database.transaction() as tx:
        first, second, third = (shelf.put(tx, b"Subject: x\r\n\r\n") for _ in range(3))
        since = version_of(tx, shelf.account, INBOX)
        assert changed_ids(tx, inbox, since) == (set(), set())
        fourth = shelf.put(tx, b"Subject: x\r\n\r\n")
        change_flags(tx, shelf.account, INBOX, ((1, 1),), FlagChange(How.ADD, Flags(Flag.SEEN)))
        delete_softly(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, [second.message]), shelf.now)
        assert changed_ids(tx, inbox, since) == ({first.message, fourth.message}, {second.message})
        assert third.message
        for _ in range(MAX_CHANGES):
            shelf.put(tx, b"Subject: x\r\n\r\n")
        assert changed_ids(tx, inbox, since) is None


def test_a_folder_that_has_gone_has_no_version(shelf):
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "folder").id
        assert version_of(tx, shelf.account, folder)
        delete_folder(tx, shelf.account, folder)
        assert version_of(tx, shelf.account, folder) is None


class Explaining:
    """A transaction of SQLite that tells how it goes about each statement."""

    def __init__(self, tx: Any) -> None:
        self._tx, self.steps = tx, list[str]()

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Any]:
        self.steps += [row[3] for row in self._tx.all(f"EXPLAIN QUERY PLAN {sql}", params)]
        return list(self._tx.all(sql, params))


def test_ids_are_looked_up_one_by_one(shelf_on):
    """A page of a table costs the same in a mailbox of a million messages: SQLite knows nothing of how many there are,
    and would rather go through all of an account."""
    shelf = shelf_on("sqlite")
    with shelf.database.transaction() as tx:
        ids = [shelf.put(tx, MAIL % b"any").message for _ in range(100)]
        for state, index in ((NORMAL, "message_number"), (DELETED, "aside_number")):
            explaining: Any = Explaining(tx)
            listed(explaining, shelf.account, state, ids)
            list(scan_columns(explaining, Listing(shelf.account, INBOX, state), ("id", "subject"), ids))
            found = [step for step in explaining.steps if " m " in step]
            assert len(found) == 2
            assert all(index in step and step.endswith("(account_id=? AND message_id=?)") for step in found)
