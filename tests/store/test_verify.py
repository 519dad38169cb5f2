"""`verify` finds what is wrong and nothing else; `mend` sets right what can be derived."""

from __future__ import annotations

import pytest

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.rights import Right
from posthouse.store.accounts import create_public
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, PUBLIC, create_folder
from posthouse.store.messages import copy, expunge, move
from posthouse.store.metadata import set_metadata
from posthouse.store.problems import mend
from posthouse.store.rights import ANYONE, Holder, set_rights
from posthouse.store.transfer import transfer
from posthouse.store.verify import verify

BIG = b"Subject: big\r\n\r\n" + b"0123456789abcde\r\n" * 20_000


def problems(shelf, **options):
    with shelf.database.snapshot() as tx:
        return list(verify(tx, shelf.blobs, **options))


@pytest.fixture
def busy(shelf):
    """A store in which everything has happened once."""
    with shelf.database.transaction() as tx:
        other = create_folder(tx, shelf.account, "a/b").id
        for number in range(10):
            shelf.put(tx, b"Subject: %d\r\n\r\nx\r\n" % number, flags=Flags(Flag.SEEN if number % 2 else Flag.DELETED))
        shelf.put(tx, BIG)
        copy(tx, shelf.account, INBOX, ((2, 4), (11, 11)), other, shelf.now)
        move(tx, shelf.account, INBOX, ((7, 8),), other, shelf.now)
        expunge(tx, shelf.account, INBOX, ((1, 3),))
        set_rights(tx, shelf.account, other, Holder(ANYONE), Right.LOOKUP | Right.READ)
        create_public(tx, shelf.now)
        public = (PUBLIC, create_folder(tx, PUBLIC, "News/Today").id)
        transfer(tx, (shelf.account, INBOX), ((9, 10),), public, shelf.now, rights=Right.SEEN, moves=True)
        set_metadata(tx, shelf.account, other, shelf.account, {"/shared/comment": b"one"})
        change_flags(tx, shelf.account, INBOX, ((4, 5),), FlagChange(How.ADD, Flags(Flag.ANSWERED)))
        change_flags(tx, shelf.account, other, ((1, 99),), FlagChange(How.ADD, Flags(Flag.FLAGGED, frozenset(["x"]))))
    return shelf


def test_a_good_store(busy):
    """Nothing is wrong with a store that was only used, and every stage is told."""
    stages = []
    assert problems(busy, deep=True, progress=stages.append) == []
    assert stages[0] == "folders"
    assert "every body" in stages


DAMAGES = {
    "rights": ("INSERT INTO folder_right VALUES (7, 999, 0, 0, 0, 1)", True, "rights on a folder"),
    "counters": ("UPDATE folder SET total = total + 1, unseen = 77 WHERE folder_id = 1", True, "total is"),
    "next_uid": ("UPDATE folder SET next_uid = 3 WHERE folder_id = 1", True, "next_uid is 3"),
    "highest_modseq": ("UPDATE folder SET highest_modseq = 1 WHERE folder_id = 1", True, "highest_modseq"),
    "usage": ("UPDATE account SET used_bytes = 1, used_messages = -1", True, "used_bytes is 1"),
    "modseq": ("UPDATE account SET modseq = 2", True, "modseq is 2"),
    "next_id": ("UPDATE account SET next_id = 2", True, "next_id is 2"),
    "validity": ("UPDATE account SET next_uid_validity = 2", True, "next_uid_validity is 2"),
    "no folder": ("DELETE FROM folder WHERE name = 'b'", False, "folder that does not exist"),
    "no parent": ("DELETE FROM folder WHERE name = 'a'", False, "the folder above"),
    "no INBOX": ("UPDATE folder SET folder_id = 999 WHERE folder_id = 1", False, "no INBOX"),
    "undead": (
        "INSERT INTO tombstone SELECT account_id, folder_id, modseq, uid, message_id FROM message",
        True,
        "gone",
    ),
    "unnoted": ("DELETE FROM folder_change", True, "not noted"),
    "no content": ("DELETE FROM content WHERE content_id = 4", False, "content 4 is lost"),
    "size": ("UPDATE message SET size = 5 WHERE uid = 4", True, "size is 5"),
    "hold": ("INSERT INTO content_hold VALUES (99, 'queue:1')", False, "queue:1"),
    "no body": ("DELETE FROM content_body WHERE content_id = 4", False, "bytes are lost"),
    "short body": ("UPDATE content_body SET body = 'x' WHERE content_id = 4", False, "1 bytes instead"),
    "stray body": ("INSERT INTO content_body VALUES (99, 'x')", True, "without a content"),
    "no subject": ("DELETE FROM content_subject", True, "subject"),
    "no order": ("DELETE FROM content_order", True, "sorted as if"),
    "stray order": ("UPDATE content_order SET content_id = 99 WHERE content_id = 4", True, "sorted by, without"),
    "lost blob": ("UPDATE content SET blob = 'ffff' WHERE blob IS NOT NULL", False, "blob ffff is lost"),
    "annotation": ("UPDATE metadata SET size = 99", True, "size 99 instead of 3"),
    "annotation nowhere": ("UPDATE metadata SET folder_id = 999", True, "annotations of a folder"),
    "key": ("INSERT INTO url_key VALUES (7, 999, 'x')", True, "a key for URLs"),
    "limit": ("INSERT INTO quota_limit VALUES (99, 'MAILBOX', 5)", True, "limits of an account"),
    "orphan": ("DELETE FROM content_released", True, "nobody has it"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage(busy, name):
    """Each kind of damage is found; what can be derived is mended, and then the store is good."""
    statement, mendable, said = DAMAGES[name]
    with busy.database.transaction() as tx:
        tx.run(statement)
    found = problems(busy)
    assert any(said in str(problem) for problem in found)
    assert all(problem.where and problem.mend for problem in found)
    if mendable:
        for _ in range(2):
            with busy.database.transaction() as tx:
                assert all(mend(tx, problem) for problem in problems(busy))
        assert problems(busy) == []


def test_orders_are_made_anew(busy):
    """From the bytes, of a large message as of a small one: the same as when they arrived."""

    def orders(tx):
        return tx.all("SELECT * FROM content_order ORDER BY content_id")

    with busy.database.transaction() as tx:
        before = orders(tx)
        tx.run("DELETE FROM content_order")
        assert all(mend(tx, problem) for problem in verify(tx, busy.blobs))
        assert orders(tx) == before


def test_changed_bytes(busy):
    """Only a deep check reads the bytes."""
    with busy.database.transaction() as tx:
        tx.run("UPDATE content_body SET body = ? WHERE content_id = 4", (b"Subject: 4\r\n\r\nx\r\n",))
    assert problems(busy) == []
    assert [problem.what for problem in problems(busy, deep=True)] == ["its bytes have changed"]
