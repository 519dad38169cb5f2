"""Annotations of folders and of the server, shared and private (RFC 5464)."""

from __future__ import annotations

import pytest

from posthouse.model.ids import AccountId
from posthouse.store import metadata
from posthouse.store.accounts import create_account, remove_account
from posthouse.store.folders import INBOX, create_folder, delete_folder
from posthouse.store.messages import rename_inbox
from posthouse.store.metadata import (
    MAX_VALUE,
    SERVER,
    TooManyEntries,
    ValueTooLong,
    find_metadata,
    get_metadata,
    metadata_changes,
    metadata_state,
    read_metadata,
    set_metadata,
)

ME, YOU = AccountId(7), AccountId(8)


@pytest.fixture
def tx(shelf):
    with shelf.database.transaction() as tx:
        create_account(tx, YOU, shelf.now)
        yield tx


def test_private_and_shared(tx):
    """What is private each reader has for themselves, what is shared all have – §3.3."""
    set_metadata(tx, ME, INBOX, ME, {"/private/comment": b"mine", "/shared/comment": b"ours"})
    set_metadata(tx, ME, INBOX, YOU, {"/private/comment": b"yours"})
    names = ["/private/comment", "/Shared/COMMENT"]
    assert get_metadata(tx, ME, INBOX, ME, names) == {"/private/comment": b"mine", "/shared/comment": b"ours"}
    assert get_metadata(tx, ME, INBOX, YOU, names) == {"/private/comment": b"yours", "/shared/comment": b"ours"}
    remove_account(tx, YOU)
    assert get_metadata(tx, ME, INBOX, YOU, names) == {"/shared/comment": b"ours"}


def test_what_is_shared_of_the_server_everybody_has(tx):
    """§3.2.1.1; it outlives whoever has set it."""
    set_metadata(tx, ME, SERVER, ME, {"/shared/comment": b"hello", "/private/vendor/x/y": b"z"})
    assert read_metadata(tx, YOU, SERVER, YOU, "/shared/comment") == b"hello"
    assert read_metadata(tx, YOU, SERVER, YOU, "/private/vendor/x/y") is None
    remove_account(tx, ME)
    assert read_metadata(tx, YOU, SERVER, YOU, "/shared/comment") == b"hello"


def test_depth(tx):
    """§4.2.2: the entry, its children, all below."""
    names = ["/private/a", "/private/a/b", "/private/a/b/c", "/private/ab", "/private/a-"]
    set_metadata(tx, ME, INBOX, ME, dict.fromkeys(names, b"\0"))
    assert sorted(find_metadata(tx, ME, INBOX, ME, ["/private/a"])) == names[:1]
    assert sorted(find_metadata(tx, ME, INBOX, ME, ["/private/a"], 1)) == names[:2]
    assert sorted(find_metadata(tx, ME, INBOX, ME, ["/private/a"], metadata.INFINITY)) == names[:3]
    assert sorted(find_metadata(tx, ME, INBOX, ME, ["/private"], 1)) == ["/private/a", "/private/a-", "/private/ab"]


def test_limits(shelf, tx, monkeypatch):
    """Too long, too many, too much: refused, and whoever asked can undo it."""
    with pytest.raises(ValueTooLong):
        set_metadata(tx, ME, INBOX, ME, {"/private/a": b"x" * (MAX_VALUE + 1)})
    set_metadata(tx, ME, INBOX, ME, {"/private/a": b"x" * MAX_VALUE})
    monkeypatch.setattr(metadata, "MAX_ENTRIES", 3)
    set_metadata(tx, ME, INBOX, ME, {"/private/b": b"", "/private/c": b""})
    set_metadata(tx, ME, INBOX, ME, {"/private/c": None, "/private/d": b""})
    with pytest.raises(TooManyEntries):
        set_metadata(tx, ME, INBOX, ME, {"/private/e": b""})
    monkeypatch.setattr(metadata, "MAX_BYTES", MAX_VALUE + 10)
    with pytest.raises(TooManyEntries):
        set_metadata(tx, ME, create_folder(tx, ME, "other").id, ME, {"/private/e": b"x" * 20})


def test_changes(tx):
    """What was set or removed since, without what is private to others; removals are remembered for a while only."""
    since = metadata_state(tx, ME)
    made = set_metadata(tx, ME, INBOX, ME, {"/private/a": b"x", "/shared/b": b"y"})
    set_metadata(tx, ME, INBOX, YOU, {"/private/secret": b"x"})
    set_metadata(tx, YOU, SERVER, YOU, {"/shared/comment": b"x"})
    assert [(one.folder, one.name) for one in metadata_changes(tx, ME, ME, since)] == [
        (INBOX, "/private/a"),
        (INBOX, "/shared/b"),
        (SERVER, "/shared/comment"),
    ]
    assert metadata_changes(tx, ME, ME, since)[0].modseq == made.account
    since = metadata_state(tx, ME)
    set_metadata(tx, ME, INBOX, ME, {"/private/a": None, "/private/never": None})
    assert [one.name for one in metadata_changes(tx, ME, ME, since)] == ["/private/a"]
    for number in range(metadata.REMEMBERED + 20):
        set_metadata(tx, ME, INBOX, ME, {f"/private/{number}": b""})
        set_metadata(tx, ME, INBOX, ME, {f"/private/{number}": None})
    assert tx.all("SELECT count(*) FROM metadata WHERE value IS NULL AND entry <> ''")[0][0] <= metadata.REMEMBERED + 1


def test_folders_come_and_go(tx):
    """Annotations end with their folder; RENAME INBOX leaves them here and there – §4.1."""
    folder = create_folder(tx, ME, "a").id
    set_metadata(tx, ME, folder, ME, {"/shared/comment": b"x"})
    delete_folder(tx, ME, folder)
    assert tx.all("SELECT * FROM metadata WHERE folder_id = ?", (folder,)) == []
    set_metadata(tx, ME, INBOX, ME, {"/shared/comment": b"kept"})
    old = rename_inbox(tx, ME, "old", 0)
    assert read_metadata(tx, ME, INBOX, ME, "/shared/comment") == b"kept"
    assert read_metadata(tx, ME, old.id, ME, "/shared/comment") == b"kept"
