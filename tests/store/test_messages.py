"""Messages come, go and change: what the model test does not reach."""

from __future__ import annotations

import asyncio

import pytest

from posthouse.model.flags import UNFLAGGED, Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import FolderNotFound, InUse, MessageTooLarge, OverQuota, UnknownRecipient
from posthouse.store.accounts import (
    create_account,
    lock_maildrop,
    recalculate_usage,
    remove_account,
    set_quota,
    unlock_maildrop,
    usage,
)
from posthouse.store.content import add_content, hold, open_content, sweep, unhold
from posthouse.store.criteria import HasKeyword
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, create_folder, load_folder
from posthouse.store.intake import INLINE, content_of
from posthouse.store.messages import NewMessage, append, append_all, copy, expunge, move
from posthouse.store.reading import rows
from posthouse.store.search import search
from posthouse.store.verify import verify

A, B = AccountId(7), AccountId(8)
SMALL = b"Subject: small\r\n\r\nbody\r\n"
BIG = b"Subject: big\r\n\r\n" + b"0123456789abcde\r\n" * (INLINE // 16)


@pytest.fixture
def tx(shelf):
    with shelf.database.transaction() as tx:
        yield tx


def put(shelf, tx, data, account=A, folder=INBOX, **options):
    new = content_of(shelf.blobs, data)
    return append(tx, account, folder, NewMessage(add_content(tx, new), new.size, 5), 6, **options)


@pytest.mark.parametrize("data", [SMALL, BIG, b"", b"\xff\xfe no header \x00"])
def test_bytes_come_back(shelf, tx, data):
    """As they came, in a row or in a blob, and kept once for all who have them."""
    create_account(tx, B, 1)
    put(shelf, tx, data)
    put(shelf, tx, data, account=B)
    ((content, count),) = tx.all("SELECT content_id, count(*) FROM message GROUP BY content_id")
    assert count == 2
    assert bytes(open_content(tx, shelf.blobs, content)[:]) == data
    assert rows(tx, A, INBOX, 1, 9, ("uid", "internal_date", "saved", "size")) == [(1, 5, 6, len(data))]


def test_texts_that_no_database_takes(shelf, tx):
    """NUL and half surrogate pairs in a decoded subject."""
    put(shelf, tx, b"Subject: =?utf-7?q?+2AA-x?= =?utf-8?q?=00y?=\r\nMessage-ID: <\x00@x>\r\n\r\n")
    assert tx.all("SELECT count(*) FROM content_subject") == [(1,)]


def test_content_lives_while_it_is_needed(shelf):
    """By a message or a hold; the sweeper deletes it afterwards, with its blob."""

    def count(tx):
        return tx.all("SELECT (SELECT count(*) FROM content), (SELECT count(*) FROM content_body)")[0]

    with shelf.database.transaction() as tx:
        put(shelf, tx, SMALL)
        put(shelf, tx, BIG)
        for row in tx.all("SELECT content_id FROM content"):
            hold(tx, row[0], "queue:1")
        change_flags(tx, A, INBOX, ((1, 2),), FlagChange(How.ADD, Flags(Flag.DELETED)))
        assert expunge(tx, A, INBOX) == ((1, 2),)
    assert asyncio.run(shelf.store.sweep()) == 2
    with shelf.database.transaction() as tx:
        assert count(tx) == (2, 1)
        for row in tx.all("SELECT content_id FROM content"):
            unhold(tx, row[0], "queue:1")
    assert len(list(shelf.blobs.names())) == 1
    assert asyncio.run(shelf.store.sweep()) == 2
    assert list(shelf.blobs.names()) == []
    with shelf.database.snapshot() as tx:
        assert count(tx) == (0, 0)
        assert list(verify(tx, shelf.blobs)) == []


def test_blobs_that_nobody_took(shelf):
    """A message whose transaction failed leaves a blob, and a process that died half of one; both go after a day."""
    unfinished = shelf.blobs.create()
    unfinished.write(b"x")
    content_of(shelf.blobs, BIG)
    with shelf.database.transaction() as tx:
        put(shelf, tx, BIG + b"kept")
    assert asyncio.run(shelf.store.sweep_blobs()) == 0
    clock, shelf.store.clock = shelf.store.clock, lambda: clock() + 90_000
    assert asyncio.run(shelf.store.sweep_blobs()) == 2
    assert len(list(shelf.blobs.names())) == 1


def test_intake(shelf):
    """Pieces become one message; a prefix takes the place of the first bytes; too much is refused."""
    for data in (SMALL, BIG):
        intake = shelf.store.intake()
        for start in range(0, len(data), 5000):
            intake.write(data[start : start + 5000])
        assert intake.head() == data[:INLINE]
        new = intake.finish(prefix=b"Received: x\r\nSubject: new\r\n", cut=data.index(b"\n") + 1)
        assert new.derived.subject == "new"
        assert new.hash == content_of(shelf.blobs, b"Received: x\r\nSubject: new\r\n" + data.partition(b"\n")[2]).hash
    intake = shelf.store.intake(limit=INLINE + 1)
    intake.write(b"x" * (INLINE + 1))
    with pytest.raises(MessageTooLarge):
        intake.write(b"x")
    intake.discard()
    assert list((shelf.blobs.folder / "new").iterdir()) == []


def test_quota(shelf, tx):
    """Bytes and messages; grace is forgiven; moving needs no room; usage is counted again from the messages."""
    other = create_folder(tx, A, "other").id
    set_quota(tx, A, len(SMALL) * 2, 0)
    put(shelf, tx, SMALL)
    put(shelf, tx, SMALL)
    with pytest.raises(OverQuota):
        put(shelf, tx, SMALL)
    with pytest.raises(OverQuota):
        copy(tx, A, INBOX, ((1, 1),), other, 6)
    tx.run("UPDATE account SET used_bytes = ?, used_messages = 2", (len(SMALL) * 2,))
    put(shelf, tx, SMALL, grace=len(SMALL))
    move(tx, A, INBOX, ((1, 1),), other, 6)
    set_quota(tx, A, 0, 3)
    with pytest.raises(OverQuota):
        put(shelf, tx, SMALL)
    assert usage(tx, A).used_messages == recalculate_usage(tx, A).used_messages == 3
    assert list(verify(tx, shelf.blobs)) == []


def test_a_refused_append_changes_nothing(shelf, tx):
    """So the transaction goes on with the next recipient."""
    create_account(tx, B, 1)
    set_quota(tx, A, 1, 0)
    for account, folder, refusal in (
        (A, INBOX, OverQuota),
        (B, FolderId(999), FolderNotFound),
        (AccountId(99), INBOX, UnknownRecipient),
    ):
        with pytest.raises(refusal):
            put(shelf, tx, SMALL, account=account, folder=folder)
    put(shelf, tx, SMALL, account=B)
    assert list(verify(tx, shelf.blobs)) == []
    assert usage(tx, A).used_messages == 0
    assert load_folder(tx, B, INBOX).next_uid == 2


def test_several_are_one_change(shelf, tx):
    """They come in order, under one modseq, each with flags of its own, and either all of them fit or none does."""
    set_quota(tx, A, 0, 4)
    content = add_content(tx, content_of(shelf.blobs, SMALL))
    flags = [Flags(Flag.SEEN), Flags(Flag.DELETED, frozenset(["later"])), UNFLAGGED]
    new = [NewMessage(content, len(SMALL), 5, one) for one in flags]
    placed = append_all(tx, A, INBOX, new, 6)
    assert [one.uid for one in placed] == [1, 2, 3]
    assert {one.modseq for one in placed} == {load_folder(tx, A, INBOX).highest_modseq}
    with pytest.raises(OverQuota):
        append_all(tx, A, INBOX, new, 6)
    held = [(1, int(Flag.SEEN), None), (2, int(Flag.DELETED), "later"), (3, 0, None)]
    assert rows(tx, A, INBOX, 1, 9, ("uid", "flags", "keywords")) == held
    folder = load_folder(tx, A, INBOX)
    assert (folder.total, folder.unseen, folder.deleted, folder.next_uid) == (3, 2, 1, 4)
    assert usage(tx, A).used_messages == 3
    assert list(verify(tx, shelf.blobs)) == []


def test_keywords_follow_the_folder(shelf, tx):
    """A copy's keywords are spelt as its new folder spells them, and found by a search in any case."""
    other = create_folder(tx, A, "other").id
    put(shelf, tx, SMALL)
    put(shelf, tx, SMALL, folder=other)
    for folder, keyword in ((INBOX, "work"), (other, "Work")):
        change_flags(tx, A, folder, ((1, 1),), FlagChange(How.ADD, Flags(keywords=frozenset([keyword, "x"]))))
    copy(tx, A, INBOX, ((1, 1),), other, 6)
    assert tx.all("SELECT keywords FROM message WHERE folder_id = ?", (other,)) == [("Work x",), ("Work x",)]
    assert list(search(tx, shelf.blobs, A, other, HasKeyword("WORK"))) == [1, 2]


def test_maildrop_lock(shelf, tx):
    """One holder at a time; a lease ends by itself; its holder may extend it."""
    lock_maildrop(tx, A, "one", 100, 60)
    lock_maildrop(tx, A, "one", 120, 60)
    with pytest.raises(InUse):
        lock_maildrop(tx, A, "two", 170, 60)
    unlock_maildrop(tx, A, "two")
    with pytest.raises(InUse):
        lock_maildrop(tx, A, "two", 170, 60)
    lock_maildrop(tx, A, "two", 181, 60)
    unlock_maildrop(tx, A, "two")
    lock_maildrop(tx, A, "one", 182, 60)


def test_remove_account(shelf, tx):
    """Nothing of it stays; what others have too stays theirs."""
    create_account(tx, B, 1)
    put(shelf, tx, SMALL)
    put(shelf, tx, SMALL, account=B)
    put(shelf, tx, SMALL + b"alone")
    remove_account(tx, A)
    sweep(tx, 6)
    assert list(verify(tx, shelf.blobs)) == []
    assert tx.all("SELECT count(*) FROM content") == [(1,)]
    with pytest.raises(UnknownRecipient):
        usage(tx, A)


def test_at_once(shelf):
    """Many writers on one account: every message has a UID of its own, and the counters are right."""

    async def run():
        new = content_of(shelf.blobs, SMALL)

        def one(tx, number):
            message = NewMessage(add_content(tx, new), new.size, 5)
            if number % 3 == 0:
                copy(tx, A, INBOX, ((1, 2),), FolderId(2), 6)
            return append(tx, A, INBOX, message, 6)

        placed = await asyncio.gather(*(shelf.store.write(one, number) for number in range(60)))
        return sorted(place.uid for place in placed), [place.modseq for place in placed]

    uids, modseqs = asyncio.run(run())
    assert uids == list(range(1, 61))
    assert len(set(modseqs)) == 60
    with shelf.database.snapshot() as tx:
        assert list(verify(tx, shelf.blobs, deep=True)) == []
        assert tx.all("SELECT count(*) FROM content") == [(1,)]


def test_folder_makers_at_once(shelf):
    """Two sessions make the same folder: one of them hears that it exists."""

    async def run():
        makers = (shelf.store.write(create_folder, A, "same/name") for _ in range(8))
        return await asyncio.gather(*makers, return_exceptions=True)

    outcomes = asyncio.run(run())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Folder"] + ["FolderExists"] * 7
