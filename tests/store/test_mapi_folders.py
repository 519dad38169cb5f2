"""What the store keeps for folders of MAPI: searches, receive folders, moments, places."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import BadFolderName, FolderNotFound, LimitReached
from posthouse.store.accounts import create_account, remove_account
from posthouse.store.deletion import delete_folder_softly, folders_of
from posthouse.store.flags import change_flags
from posthouse.store.folder_objects import load_all_moments, load_moments
from posthouse.store.folder_tree import depth_of, folders_below, names_below, place_folder, set_hidden
from posthouse.store.folders import INBOX, MAX_DEPTH, ROOT, create_folder, delete_folder, list_folders, load_folder
from posthouse.store.messages import expunge
from posthouse.store.reading import EVERYTHING
from posthouse.store.receive_folders import (
    MAX_CLASSES,
    NOWHERE,
    Receiver,
    receive_folders,
    receiver_of,
    set_receive_folder,
)
from posthouse.store.search_folders import Search, keep_found, load_search, save_search, search_folders

pytestmark = pytest.mark.usefixtures("sound")


IDS = st.lists(st.integers(0, (1 << 48) - 1), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=50), IDS, st.integers(0, 0xFFFFFFFF), IDS)
def test_a_search_is_kept_as_it_is(shelf, restriction, scope, flags, found):
    """MS-OXCFOLD 2.2.1.4: what it looks for, where, and what a static one has found."""
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, f"s{len(list_folders(tx, shelf.account))}").id
        search = Search(restriction, tuple(map(FolderId, scope)), flags)
        modseq = save_search(tx, shelf.account, folder, search)
        kept = search._replace(modseq=modseq)
        assert load_search(tx, shelf.account, folder) == kept
        keep_found(tx, shelf.account, folder, kept, map(MessageId, found))
        assert load_search(tx, shelf.account, folder).found == tuple(found)
        assert folder in search_folders(tx, shelf.account)


def test_a_new_search_forgets_what_was_found(shelf):
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "s").id
        first = Search(b"x", (INBOX,))._replace(modseq=save_search(tx, shelf.account, folder, Search(b"x", (INBOX,))))
        keep_found(tx, shelf.account, folder, first, [MessageId(1)])
        save_search(tx, shelf.account, folder, Search(b"y", (INBOX,)))
        keep_found(tx, shelf.account, folder, first, [MessageId(2)])  # of the first, which took its time
        assert load_search(tx, shelf.account, folder).found is None


def test_searches_go_with_their_folders(shelf):
    with shelf.database.transaction() as tx:
        for name, delete in (("a", delete_folder), ("b", lambda *where: delete_folder_softly(*where, shelf.now))):
            folder = create_folder(tx, shelf.account, name).id
            assert load_search(tx, shelf.account, folder) is None
            save_search(tx, shelf.account, folder, Search(b"x", (INBOX,)))
            delete(tx, shelf.account, folder)
            assert load_search(tx, shelf.account, folder) is None


def test_receive_folders(shelf):
    """MS-OXCSTOR 3.2.5.3: an entry of a class that every mailbox has stays, to say that there is none."""
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "r").id
        set_receive_folder(tx, shelf.account, "IPM.X", folder, 5, known=False)
        set_receive_folder(tx, shelf.account, "IPC", NOWHERE, 6, known=True)
        assert receive_folders(tx, shelf.account) == {"IPM.X": Receiver(folder, 5), "IPC": Receiver(NOWHERE, 6)}
        set_receive_folder(tx, shelf.account, "IPM.X", INBOX, 7, known=False)
        assert receive_folders(tx, shelf.account)["IPM.X"] == Receiver(INBOX, 7)
        set_receive_folder(tx, shelf.account, "IPM.X", NOWHERE, 8, known=False)
        assert receive_folders(tx, shelf.account).keys() == {"IPC"}
        with pytest.raises(FolderNotFound):
            set_receive_folder(tx, shelf.account, "IPM.X", FolderId(999), 9, known=False)


@pytest.mark.parametrize(
    ("message_class", "folder"),
    [
        ("IPM.NOTE.CUSTOM", 5),
        ("IPM.NOTE.CUSTOM.X", 5),
        ("IPM.NOTE.CUSTOMX", 1),
        ("IPM.NOTE", 1),
        ("REPORT.IPM.NOTE.NDR", 1),
        ("OTHER", 7),
        ("", 7),
        ("IPC.X", 7),
        ("GONE.X", 7),
    ],
)
def test_where_a_class_arrives(message_class, folder):
    """MS-OXCSTOR R847, R852: the longest entry that it is below; those of every mailbox stand between."""
    table = {
        "": Receiver(FolderId(7), 1),
        "IPM.NOTE.CUSTOM": Receiver(FolderId(5), 1),
        "GONE": Receiver(NOWHERE, 1),
    }
    assert receiver_of(table, message_class) == folder
    assert receiver_of({}, message_class) == INBOX


def test_receive_folders_are_bounded(shelf):
    with shelf.database.transaction() as tx:
        for number in range(MAX_CLASSES):
            set_receive_folder(tx, shelf.account, f"C{number}", INBOX, 1, known=False)
        with pytest.raises(LimitReached):
            set_receive_folder(tx, shelf.account, "ONE MORE", INBOX, 1, known=False)
        set_receive_folder(tx, shelf.account, "C1", NOWHERE, 1, known=False)
        set_receive_folder(tx, shelf.account, "ONE MORE", INBOX, 1, known=False)


def test_all_goes_with_the_account(shelf):
    with shelf.database.transaction() as tx:
        account = AccountId(9)
        create_account(tx, account, shelf.now)
        gone, kept = (create_folder(tx, account, name).id for name in ("gone", "kept"))
        save_search(tx, account, kept, Search(b"x", (INBOX,)))
        set_receive_folder(tx, account, "X", kept, 1, known=False)
        delete_folder_softly(tx, account, gone, shelf.now)
        remove_account(tx, account)
        for table in ("deleted_folder", "search_folder", "receive_folder"):
            assert tx.all(f"SELECT 1 FROM {table} WHERE account_id = 9") == []


def test_moments(shelf):
    """MS-OXCFOLD R3001, R3003: what moves when; the folder above hears of which folders are in it."""
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "a").id

        def forget():
            tx.run("UPDATE folder SET changed_at = 1, filled_at = 1, branched_at = 1, branch_modseq = 0")

        def moved():
            found = load_moments(tx, shelf.account, folder)
            assert load_all_moments(tx, shelf.account)[folder] == found
            forget()
            return [moment > 1 for moment in found[:3]] + [found.branch_modseq > 0]

        forget()
        shelf.put(tx, b"x", folder)
        assert moved() == [False, True, False, False]
        change_flags(tx, shelf.account, folder, EVERYTHING, FlagChange(How.ADD, Flags(Flag.DELETED)))
        assert moved() == [False, True, False, False]
        expunge(tx, shelf.account, folder)
        assert moved() == [False, True, False, False]
        inner = create_folder(tx, shelf.account, "a/b").id
        assert moved() == [False, True, True, True]
        place_folder(tx, shelf.account, inner, folder, "c")
        assert moved() == [False, False, False, False]
        place_folder(tx, shelf.account, inner, ROOT, "c")
        assert moved() == [False, True, True, True]
        place_folder(tx, shelf.account, folder, ROOT, "d")
        assert moved() == [True, False, False, False]
        set_hidden(tx, shelf.account, {folder: True})
        assert moved() == [True, False, False, False]


PATHS = st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=4), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.integers(0, 99), st.integers(0, 99))
def test_the_tree(shelf, paths, one, other):
    """Against a model: what is below a folder, how deep it lies, and that nothing is moved below itself."""
    with shelf.database.transaction() as tx:
        account = AccountId(max([row[0] for row in tx.all("SELECT account_id FROM account")]) + 1)
        create_account(tx, account, shelf.now)
        wanted = {tuple(path[:length]) for path in paths for length in range(1, len(path) + 1)}
        for path in sorted(wanted):
            create_folder(tx, account, "/".join(path))
        ids = {tuple(path.split("/")): folder.id for path, folder in list_folders(tx, account).items()}
        for path, number in ids.items():
            below = {ids[each] for each in ids if len(each) > len(path) and each[: len(path)] == path}
            assert set(folders_below(tx, account, number)) == below
            assert depth_of(tx, account, number) == len(path)
            assert names_below(tx, account, number) == {
                each[-1]: ids[each] for each in ids if each[:-1] == path and len(each) == len(path) + 1
            }
        made = sorted(wanted)
        source, target = made[one % len(made)], made[other % len(made)]
        within = target[: len(source)] == source
        try:
            place_folder(tx, account, ids[source], ids[target], "z")
        except BadFolderName:
            assert within
        else:
            assert not within
            assert load_folder(tx, account, ids[source]).parent == ids[target]


def test_too_deep(shelf):
    with shelf.database.transaction() as tx:
        deep = create_folder(tx, shelf.account, "/".join("x" * (MAX_DEPTH - 1))).id
        pair = create_folder(tx, shelf.account, "y/z").parent
        with pytest.raises(BadFolderName):
            place_folder(tx, shelf.account, pair, deep, "y")
        delete_folder(tx, shelf.account, create_folder(tx, shelf.account, "y/w").id)
        place_folder(
            tx, shelf.account, load_folder(tx, shelf.account, pair).id, load_folder(tx, shelf.account, deep).parent, "y"
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), max_size=12), st.sets(st.integers(0, 15)))
def test_where_messages_are(shelf, places, wanted):
    with shelf.database.transaction() as tx:
        account = shelf.account
        other = create_folder(tx, account, f"o{len(list_folders(tx, account))}").id
        ids = [(shelf.put(tx, b"x", other if there else INBOX).message, there) for there in places]
        chosen = [ids[number] for number in wanted if number < len(ids)]
        found = folders_of(tx, account, [number for number, _ in chosen] + [MessageId(1 << 40)])
        expected = {
            folder: {number for number, there in chosen if there == is_other}
            for folder, is_other in ((INBOX, False), (other, True))
        }
        assert {folder: set(there) for folder, there in found.items()} == {k: v for k, v in expected.items() if v}
