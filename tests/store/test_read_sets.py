"""Which messages of public folders somebody has read, on both engines."""

from __future__ import annotations

from uuid import UUID

import pytest

from posthouse.model.flags import Flag
from posthouse.model.refusals import LimitReached
from posthouse.store import read_sets
from posthouse.store.accounts import remove_account
from posthouse.store.folders import INBOX, load_folder
from posthouse.store.read_sets import (
    ReadSet,
    folders_with_read_sets,
    load_read_set,
    read_changes,
    save_read_set,
    set_read_changes,
)
from posthouse.store.reading import rows

FIRST, SECOND = UUID(int=1), UUID(int=2)


def test_kept_by_folder(shelf, monkeypatch):
    """One set for each folder, the last one; of so many folders, and gone with the account."""
    monkeypatch.setattr(read_sets, "MAX_READ_SETS", 2)
    with shelf.database.transaction() as tx:
        save_read_set(tx, shelf.account, b"b", ReadSet(FIRST, b"old"), shelf.now)
        save_read_set(tx, shelf.account, b"b", ReadSet(SECOND, b"\0new"), shelf.now)
        save_read_set(tx, shelf.account, b"a", ReadSet(SECOND, b""), shelf.now)
        assert load_read_set(tx, shelf.account, b"b") == ReadSet(SECOND, b"\0new")
        assert load_read_set(tx, shelf.account, b"c") is None
        assert folders_with_read_sets(tx, shelf.account, SECOND) == [b"a", b"b"]
        assert folders_with_read_sets(tx, shelf.account, FIRST) == []
        with pytest.raises(LimitReached):
            save_read_set(tx, shelf.account, b"c", ReadSet(FIRST, b""), shelf.now)
        save_read_set(tx, shelf.account, b"a", ReadSet(FIRST, b"again"), shelf.now)
        remove_account(tx, shelf.account)
        assert load_read_set(tx, shelf.account, b"a") is None


def test_marks_of_a_folder(shelf):
    """A set marks its messages as read and no others; counters follow, and the messages are not changed."""
    with shelf.database.transaction() as tx:
        for number in range(5):
            shelf.put(tx, b"Subject: %d\r\n\r\n" % number)
        set_read_changes(tx, shelf.account, INBOX, lambda change: True)
        changes = sorted(read_changes(tx, shelf.account, INBOX))
        assert len(changes) == 5
        set_read_changes(tx, shelf.account, INBOX, lambda change: change in changes[1:3])
        assert sorted(read_changes(tx, shelf.account, INBOX)) == changes[1:3]
        flags = [bool(one & Flag.SEEN) for (one,) in rows(tx, shelf.account, INBOX, 1, 99, ("flags",), 99)]
        assert flags == [False, True, True, False, False]
        folder = load_folder(tx, shelf.account, INBOX)
        assert folder.unseen == 3
        set_read_changes(tx, shelf.account, INBOX, lambda change: change in changes[1:3])
        assert load_folder(tx, shelf.account, INBOX) == folder
