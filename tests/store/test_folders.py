"""Folders: a tree with INBOX always there."""

from __future__ import annotations

import pytest

from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadFolderName, FolderExists, FolderInUse, FolderNotFound, LimitReached
from posthouse.model.roles import DEFAULT_FOLDERS, Role
from posthouse.store import folders
from posthouse.store.accounts import create_account, remove_account
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import (
    INBOX,
    MAX_DEPTH,
    create_folder,
    delete_folder,
    find_folder,
    folder_keywords,
    list_folders,
    role_folder,
    set_role,
    spell_keywords,
    split_path,
    subscribe,
    subscriptions,
    unsubscribe,
)


@pytest.fixture
def tx(shelf):
    with shelf.database.transaction() as tx:
        yield tx


A = AccountId(7)


def test_a_new_account(tx):
    """Every client finds the same folders, marked and subscribed, with INBOX as number one (pitfall 21)."""
    assert list(list_folders(tx, A)) == [name for name, _ in DEFAULT_FOLDERS]
    assert subscriptions(tx, A) == sorted(name for name, _ in DEFAULT_FOLDERS)
    assert find_folder(tx, A, "inbox").id == INBOX
    assert role_folder(tx, A, Role.TRASH) == find_folder(tx, A, "Trash").id


@pytest.mark.parametrize(
    "path", ["", "/", "a//b", "/a", "a/", "a\x07", "a\u2028b", "\ud800", "x" * 256, "é" * 128, "a/" * 20 + "b"]
)
def test_bad_names(tx, path):
    """What no folder can be called is refused when it is made and not found when it is looked for."""
    with pytest.raises(BadFolderName):
        create_folder(tx, A, path)
    with pytest.raises(FolderNotFound):
        find_folder(tx, A, path)


@pytest.mark.parametrize("path", ["Résumés", "inbox/sub", "a b/c%", "日本語", "x" * 255, "/".join("x" * MAX_DEPTH)])
def test_create_and_find(tx, path):
    """With all that is missing above it; INBOX in any case."""
    made = create_folder(tx, A, path)
    assert find_folder(tx, A, path) == made
    assert "/".join(split_path(path)) in list_folders(tx, A)
    with pytest.raises(FolderExists):
        create_folder(tx, A, path)


def test_uid_validity_is_never_repeated(tx):
    """A folder made again has another UIDVALIDITY (RFC 9051 §2.3.1.1), an account made again too."""
    first = create_folder(tx, A, "x")
    delete_folder(tx, A, first.id)
    second = create_folder(tx, A, "x")
    assert second.uid_validity > first.uid_validity
    assert second.id != first.id
    remove_account(tx, A)
    create_account(tx, A, 1_700_000_100)
    assert find_folder(tx, A, "INBOX").uid_validity > second.uid_validity


def test_rename(tx):
    """What is below comes along, what is missing above is made, the folder keeps its id, UIDVALIDITY and UIDs."""
    inner = create_folder(tx, A, "a/b/c")
    b = find_folder(tx, A, "a/b")
    moved = rename_folder(tx, A, b.id, "new/place")
    assert (moved.id, moved.uid_validity) == (b.id, b.uid_validity)
    assert moved.modseq > b.modseq
    assert find_folder(tx, A, "new/place/c").id == inner.id
    for path, refusal in (
        ("a", FolderExists),
        ("new/place", FolderExists),
        ("new/place/c/d", BadFolderName),
        ("inbox", FolderExists),
        ("/".join("y" * MAX_DEPTH), BadFolderName),
    ):
        with pytest.raises(refusal):
            rename_folder(tx, A, b.id, path)
    with pytest.raises(FolderNotFound):
        rename_folder(tx, A, FolderId(999), "z")


def test_delete(tx):
    """Not INBOX, and not while there are folders below: no mail in a parent that cannot be selected (pitfall 21)."""
    create_folder(tx, A, "a/b")
    above = find_folder(tx, A, "a").id
    with pytest.raises(FolderInUse):
        delete_folder(tx, A, above)
    with pytest.raises(FolderInUse):
        delete_folder(tx, A, INBOX)
    delete_folder(tx, A, find_folder(tx, A, "a/b").id)
    delete_folder(tx, A, above)
    with pytest.raises(FolderNotFound):
        delete_folder(tx, A, above)


def test_roles(tx):
    """One folder for one special use (RFC 6154)."""
    other = create_folder(tx, A, "other").id
    with pytest.raises(FolderExists):
        create_folder(tx, A, "Junk 2", role=Role.JUNK)
    with pytest.raises(FolderExists):
        set_role(tx, A, other, Role.JUNK)
    set_role(tx, A, find_folder(tx, A, "Junk").id, None)
    set_role(tx, A, other, Role.JUNK)
    set_role(tx, A, other, Role.JUNK)
    assert role_folder(tx, A, Role.JUNK) == other
    with pytest.raises(FolderNotFound):
        set_role(tx, A, FolderId(999), Role.ALL)


def test_subscriptions_outlive_folders(tx):
    """Also to what is not there (RFC 9051 §6.3.7)."""
    subscribe(tx, A, "not/there")
    subscribe(tx, A, "inbox")
    assert "not/there" in subscriptions(tx, A)
    assert unsubscribe(tx, A, "not/there")
    assert not unsubscribe(tx, A, "not/there")
    assert unsubscribe(tx, A, "Inbox")


def test_keywords(tx, monkeypatch):
    """The spelling first seen in a folder stays (RFC 9051 §2.3.2); there are so many and no more."""
    assert spell_keywords(tx, A, INBOX, frozenset(["Work"])) == {"Work"}
    assert spell_keywords(tx, A, INBOX, frozenset(["WORK", "home"])) == {"Work", "home"}
    assert folder_keywords(tx, A, INBOX) == ["home", "Work"]
    monkeypatch.setattr(folders, "MAX_KEYWORDS", 2)
    with pytest.raises(LimitReached):
        spell_keywords(tx, A, INBOX, frozenset(["third"]))


def test_no_end_of_folders(tx, monkeypatch):
    """There are so many and no more."""
    monkeypatch.setattr(folders, "MAX_FOLDERS", 8)
    with pytest.raises(LimitReached):
        create_folder(tx, A, "a/b/c")
