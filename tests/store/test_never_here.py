"""What is not there and is not to come ([MS-OXCFXICS] 3.2.5.9.4.5, 3.2.5.9.4.8), and short forms of replicas."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import contains, normalise
from posthouse.model.refusals import FolderNotFound, LimitReached
from posthouse.store import never_here, replicas
from posthouse.store.accounts import create_account, remove_account
from posthouse.store.deletion import delete_folder_softly, purge_deleted
from posthouse.store.flags import tell_read_state
from posthouse.store.folders import INBOX, create_folder, delete_folder, load_folder
from posthouse.store.messages import move
from posthouse.store.never_here import OF_FOLDERS, forget_never_here, has_room, is_never_here, note_never_here
from posthouse.store.object_changes import last_given, take_ids
from posthouse.store.recovery import recover_folder
from posthouse.store.replicas import give_replica_number, replica_numbers
from posthouse.store.synchronizing import has_vanished, present_messages
from posthouse.store.verify import verify

END = (1 << 48) - 1
COUNTERS = st.integers(0, 40)
RANGES = st.lists(st.tuples(COUNTERS, COUNTERS).map(lambda pair: (min(pair), max(pair))), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RANGES, max_size=4))
def test_ranges_become_one_where_they_touch(shelf, noted):
    """MS-OXCFXICS R2270: whatever the order, every counter that was noted is, and no other; ranges lie apart."""
    with shelf.database.transaction() as tx:
        forget_never_here(tx, shelf.account, INBOX)
        for ranges in noted:
            note_never_here(tx, shelf.account, INBOX, tuple(ranges))
        expected = normalise(one for ranges in noted for one in ranges)
        for counter in range(42):
            assert is_never_here(tx, shelf.account, INBOX, counter) == contains(expected, counter)
        assert [(count,) for count in [len(expected)]] == tx.all(
            "SELECT count(*) FROM never_here WHERE account_id = ? AND folder_id = ?", (shelf.account, INBOX)
        )


def test_each_place_and_replica_is_apart(shelf):
    """MS-OXCFXICS R958: ids are of one folder, and of one replica."""
    other = UUID(int=7).bytes_le
    with shelf.database.transaction() as tx:
        note_never_here(tx, shelf.account, INBOX, ((5, END),))
        note_never_here(tx, shelf.account, OF_FOLDERS, ((3, 3),), other)
        assert is_never_here(tx, shelf.account, INBOX, END)
        assert not is_never_here(tx, shelf.account, INBOX, 5, other)
        assert not is_never_here(tx, shelf.account, OF_FOLDERS, 5)
        assert is_never_here(tx, shelf.account, OF_FOLDERS, 3, other)


def test_there_is_an_end(shelf, monkeypatch):
    monkeypatch.setattr(never_here, "MOST", 2)
    with shelf.database.transaction() as tx:
        for number in (1, 3):
            assert has_room(tx, shelf.account, INBOX)
            note_never_here(tx, shelf.account, INBOX, ((number, number),))
        assert not has_room(tx, shelf.account, INBOX)


@pytest.mark.parametrize("how", ["at once", "purged"])
def test_folders_that_went_for_good(shelf, how):
    """They are noted when they can no longer be recovered; what was noted in them goes with them."""
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "gone").id
        note_never_here(tx, shelf.account, folder, ((1, 1),))
        if how == "at once":
            delete_folder(tx, shelf.account, folder)
        else:
            delete_folder_softly(tx, shelf.account, folder, shelf.now)
            assert not is_never_here(tx, shelf.account, OF_FOLDERS, folder)
            purge_deleted(tx, shelf.now + 1)
        assert is_never_here(tx, shelf.account, OF_FOLDERS, folder)
        assert not is_never_here(tx, shelf.account, folder, 1)


def test_a_folder_comes_back(shelf):
    """With its messages, under new ids, and another UIDVALIDITY; then it is deleted no more."""
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "top/below").id
        top = load_folder(tx, shelf.account, folder).parent
        put = shelf.put(tx, b"Subject: x\r\n\r\n", folder)
        before = load_folder(tx, shelf.account, folder)
        for one in (folder, top):
            delete_folder_softly(tx, shelf.account, one, shelf.now)
        recover_folder(tx, shelf.account, top, FolderId(0), "again", shelf.now)
        after = load_folder(tx, shelf.account, folder)
        assert (after.parent, after.name, after.total, after.unseen) == (top, "below", 1, 1)
        assert after.uid_validity > before.uid_validity
        [there] = present_messages(tx, shelf.account, folder, normal=True, associated=False)
        assert there.id != put.message
        assert is_never_here(tx, shelf.account, folder, put.message)
        with pytest.raises(FolderNotFound):
            recover_folder(tx, shelf.account, top, FolderId(0), "again", shelf.now)
    with shelf.database.snapshot() as tx:
        assert list(verify(tx, shelf.blobs)) == []


def test_messages_that_have_been_there(shelf):
    """Wherever they went, and under whichever ids."""
    with shelf.database.transaction() as tx:
        put, stays = shelf.put(tx, b"Subject: x\r\n\r\n"), shelf.put(tx, b"Subject: y\r\n\r\n")
        move(tx, shelf.account, INBOX, ((put.uid, put.uid),), create_folder(tx, shelf.account, "there").id, shelf.now)
        assert has_vanished(tx, shelf.account, put.message)
        assert not has_vanished(tx, shelf.account, stays.message)


def test_a_read_state_is_told_once_more(shelf):
    """The change number of the message stays, its modseq does not."""
    with shelf.database.transaction() as tx:
        put = shelf.put(tx, b"Subject: x\r\n\r\n")
        tell_read_state(tx, shelf.account, INBOX, put.uid)
        [there] = present_messages(tx, shelf.account, INBOX, normal=True, associated=False)
        assert there.change_number == put.modseq < there.modseq == load_folder(tx, shelf.account, INBOX).highest_modseq


def test_ids_that_were_given(shelf):
    with shelf.database.transaction() as tx:
        first = take_ids(tx, shelf.account, 10)
        assert last_given(tx, shelf.account) == first + 9
        assert last_given(tx, AccountId(99)) == 0


def test_numbers_of_replicas(shelf, monkeypatch):
    """MS-OXCSTOR R950, R951, R952, R1246, R1248: one for each, the same for ever, in each mailbox; then there are no
    more."""
    guids = [UUID(int=number) for number in range(4)]
    with shelf.database.transaction() as tx:
        create_account(tx, AccountId(8), shelf.now)
        given = [give_replica_number(tx, shelf.account, guid) for guid in guids]
        assert given == [5, 6, 7, 8]
        assert [give_replica_number(tx, shelf.account, guid) for guid in reversed(guids)] == given[::-1]
        assert give_replica_number(tx, AccountId(8), guids[3]) == 5
        assert replica_numbers(tx, shelf.account) == dict(zip(guids, given, strict=True))
        monkeypatch.setattr(replicas, "MOST", 4)
        with pytest.raises(LimitReached):
            give_replica_number(tx, shelf.account, UUID(int=9))
        assert give_replica_number(tx, shelf.account, guids[0]) == 5


def test_an_account_that_goes(shelf):
    """Nothing of it stays."""
    with shelf.database.transaction() as tx:
        note_never_here(tx, shelf.account, INBOX, ((1, 1),))
        give_replica_number(tx, shelf.account, UUID(int=1))
        remove_account(tx, shelf.account)
        assert tx.all("SELECT count(*) FROM never_here") == tx.all("SELECT count(*) FROM replica") == [(0,)]
