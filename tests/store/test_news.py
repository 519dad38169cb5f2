"""What has happened in an account since somebody looked, on both engines."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.store.deletion import Chosen, choose_one, delete_for_good, delete_softly
from posthouse.store.flags import change_flags
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import INBOX, create_folder, delete_folder
from posthouse.store.messages import copy, move, remove
from posthouse.store.news import MOST, AccountNews, AccountState, FolderNews, account_state, find_original, news_since
from posthouse.store.object_changes import create_message
from posthouse.store.objects import ASSOCIATED, NO_KEYS, Form
from posthouse.store.search_folders import Search, begun_searches, save_search

from .conftest import ACCOUNT, NOW, Shelf

SEEN = FlagChange(How.ADD, Flags(Flag.SEEN))
FORM = Form(True, b"", None, NO_KEYS)


def put_two(shelf: Shelf, tx: Transaction) -> tuple[MessageId, MessageId]:
    return shelf.put(tx, b"Subject: one\r\n\r\n").message, shelf.put(tx, b"Subject: two\r\n\r\n").message


def news(tx: Transaction, since: AccountState) -> AccountNews:
    found = news_since(tx, ACCOUNT, since)
    assert found is not None
    return found


def only(tx: Transaction, since: AccountState) -> FolderNews:
    [found] = news(tx, since).folders
    return found


def test_nothing(shelf: Shelf) -> None:
    """Nothing has happened since the last look, and nothing ever does in an account that is not there."""
    with shelf.database.transaction() as tx:
        state = account_state(tx, ACCOUNT)
        assert news_since(tx, ACCOUNT, state) is None
        nobody = account_state(tx, AccountId(999))
        assert nobody == AccountState(0, 0, {}, {})
        assert news_since(tx, AccountId(999), nobody) is None


def test_messages(shelf: Shelf) -> None:
    """What came, changed and went is told apart, and the state goes on."""
    with shelf.database.transaction() as tx:
        state = account_state(tx, ACCOUNT)
        one, two = put_two(shelf, tx)
        found = only(tx, state)
        assert [row.id for row in found.arrived] == [one, two]
        assert (found.changed, found.departed, found.asides) == ([], [], [])
        state = news(tx, state).state
        assert news_since(tx, ACCOUNT, state) is None
        change_flags(tx, ACCOUNT, INBOX, ((2, 2),), SEEN)
        remove(tx, ACCOUNT, INBOX, ((1, 1),))
        found = only(tx, state)
        assert ([row.id for row in found.changed], [gone.id for gone in found.departed]) == ([two], [one])
        assert found.before is not None
        assert found.now is not None
        assert (found.before.total, found.now.total, found.now.unseen) == (2, 1, 0)


def test_moves_follow_each_other(shelf: Shelf) -> None:
    """Messages go with the change behind the one with which they come: that is how a move is known."""
    with shelf.database.transaction() as tx:
        put_two(shelf, tx)
        target = create_folder(tx, ACCOUNT, "target").id
        state = account_state(tx, ACCOUNT)
        move(tx, ACCOUNT, INBOX, ((1, 2),), target, NOW)
        by_folder = {one.now.id: one for one in news(tx, state).folders if one.now is not None}
        came = {row.modseq for row in by_folder[target].arrived}
        went = {gone.modseq for gone in by_folder[INBOX].departed}
        assert {modseq + 1 for modseq in came} == went
        assert len(by_folder[target].arrived) == len(by_folder[INBOX].departed) == 2


def test_copies_have_the_same_content(shelf: Shelf) -> None:
    """And the same date, which the same message that is put in once more has not."""
    with shelf.database.transaction() as tx:
        one, _ = put_two(shelf, tx)
        target = create_folder(tx, ACCOUNT, "target").id
        state = account_state(tx, ACCOUNT)
        copy(tx, ACCOUNT, INBOX, ((1, 1),), target, NOW)
        [row] = only(tx, state).arrived
        assert find_original(tx, ACCOUNT, row, state.next_id) == (INBOX, one)
        assert find_original(tx, ACCOUNT, row, one) is None
        assert find_original(tx, AccountId(999), row, state.next_id) is None
        state = news(tx, state).state
        shelf.put(tx, b"Subject: one\r\n\r\n", date=NOW + 1)
        [row] = only(tx, state).arrived
        assert find_original(tx, ACCOUNT, row, state.next_id) is None


def test_asides(shelf: Shelf) -> None:
    """Associated messages come and change beside the contents."""
    with shelf.database.transaction() as tx:
        state = account_state(tx, ACCOUNT)
        new = shelf.new(tx, b"Subject: x\r\n\r\n")
        made = create_message(tx, ACCOUNT, INBOX, new, FORM, NOW, associated=True)
        [row] = only(tx, state).asides
        assert (row.id, row.state) == (made.id, ASSOCIATED)
        state = news(tx, state).state
        delete_softly(tx, ACCOUNT, INBOX, Chosen((), ((made.id, made.id),)), NOW)
        found = only(tx, state)
        assert [row.is_deleted for row in found.asides] == [True]
        assert (found.lost, found.other) == ([], False)


def test_associated_messages_that_go_for_good(shelf: Shelf) -> None:
    """Also one that was there at the first look, and each only once."""
    with shelf.database.transaction() as tx:
        new = shelf.new(tx, b"Subject: x\r\n\r\n")
        one = create_message(tx, ACCOUNT, INBOX, new, FORM, NOW, associated=True)
        state = account_state(tx, ACCOUNT)
        two = create_message(tx, ACCOUNT, INBOX, new, FORM, NOW, associated=True)
        state = news(tx, state).state
        for gone in (one, two):
            delete_for_good(tx, ACCOUNT, INBOX, choose_one(gone))
            found = only(tx, state)
            assert (found.lost, found.asides, found.other) == ([gone.id], [], False)
            state = news(tx, state).state
        assert state.associated == {INBOX: frozenset()}


def test_folders(shelf: Shelf) -> None:
    """Those that came, changed their place, and went; also one that came and went."""
    with shelf.database.transaction() as tx:
        state = account_state(tx, ACCOUNT)
        folder = create_folder(tx, ACCOUNT, "a/b")
        assert {one.before for one in news(tx, state).folders} == {None}
        state = news(tx, state).state
        rename_folder(tx, ACCOUNT, folder.id, "b")
        found = only(tx, state)
        assert found.before == folder
        assert found.now is not None
        assert found.now.parent != folder.parent
        before = state
        state = news(tx, state).state
        delete_folder(tx, ACCOUNT, folder.id)
        found = only(tx, state)
        assert (found.before, found.now) == (state.folders[folder.id], None)
        assert folder.id not in news(tx, before).state.folders
        passing = create_folder(tx, ACCOUNT, "c").id
        delete_folder(tx, ACCOUNT, passing)
        assert passing not in news(tx, state).state.folders


def test_much_at_once(shelf: Shelf) -> None:
    """Of very many changes a part is told, and the counters are of all."""
    with shelf.database.transaction() as tx:
        put_two(shelf, tx)
        target = create_folder(tx, ACCOUNT, "target").id
        for _ in range(9):
            copy(tx, ACCOUNT, INBOX, ((1, 0xFFFFFFFF),), INBOX, NOW)
        state = account_state(tx, ACCOUNT)
        change_flags(tx, ACCOUNT, INBOX, ((1, 0xFFFFFFFF),), SEEN)
        move(tx, ACCOUNT, INBOX, ((1, MOST + 10),), target, NOW)
        by_folder = {one.now.id: one for one in news(tx, state).folders if one.now is not None}
        assert len(by_folder[target].arrived) == MOST
        assert len(by_folder[INBOX].departed) == MOST
        assert len(by_folder[INBOX].changed) == MOST
        now = by_folder[target].now
        assert now is not None
        assert now.total == MOST + 10


def test_searches(shelf: Shelf) -> None:
    """A search that has begun is told; one that looks for nothing yet has not."""
    with shelf.database.transaction() as tx:
        folder = FolderId(create_folder(tx, ACCOUNT, "search").id)
        modseq = account_state(tx, ACCOUNT).modseq
        save_search(tx, ACCOUNT, folder, Search())
        assert begun_searches(tx, ACCOUNT, modseq) == []
        begun = save_search(tx, ACCOUNT, folder, Search(b"x", (INBOX,)))
        assert begun_searches(tx, ACCOUNT, modseq) == [folder]
        assert begun_searches(tx, ACCOUNT, begun) == []
