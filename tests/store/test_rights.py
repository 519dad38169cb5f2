"""Rights on folders in the store, on both engines."""

from __future__ import annotations

import pytest

from posthouse.database import Transaction
from posthouse.model.flags import Flag, Flags
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, ModSeq
from posthouse.model.refusals import BadFolderName, FolderNotFound, LimitReached, OverQuota
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right, parse_rights
from posthouse.store import rights
from posthouse.store.accounts import create_account, create_public, remove_account, set_quota, usage
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import (
    INBOX,
    PUBLIC,
    ROOT,
    create_folder,
    delete_folder,
    find_folder,
    list_folders,
    list_shared_folders,
)
from posthouse.store.reading import rows
from posthouse.store.rights import ANYONE, Holder, effective, forget_principal, read_entries, set_rights, sharers
from posthouse.store.transfer import transfer

BOB = AccountId(8)
TO_BOB = Holder(BOB)
TEAM = AccountId(50)


def grant(tx: Transaction, shelf, folder, letters: str, holder: Holder = TO_BOB) -> None:
    set_rights(tx, shelf.account, folder, holder, parse_rights(letters))


def test_a_new_folder_begins_with_the_rights_above(shelf):
    """Children inherit when they are made; what is changed above later does not reach them, and a move keeps rights."""
    with shelf.database.transaction() as tx:
        work = create_folder(tx, shelf.account, "Work").id
        grant(tx, shelf, work, "lr")
        below = create_folder(tx, shelf.account, "Work/a/b").id
        grant(tx, shelf, work, "lrs")
        rename_folder(tx, shelf.account, below, "Elsewhere")
        assert [entry.rights for entry in read_entries(tx, shelf.account, below)] == [parse_rights("lr")]


def test_rights_end_with_their_folder_and_their_holder(shelf):
    """No entry is left of a removed folder, account or group; ids of accounts and groups are told apart."""
    with shelf.database.transaction() as tx:
        create_account(tx, BOB, shelf.now)
        for name in ("one", "two"):
            folder = create_folder(tx, shelf.account, name).id
            for holder in (Holder(BOB), Holder(BOB, negative=True), Holder(TEAM, is_group=True), Holder(ANYONE)):
                grant(tx, shelf, folder, "lr", holder)
        delete_folder(tx, shelf.account, folder)
        assert tx.all("SELECT DISTINCT folder_id FROM folder_right") == [(folder - 1,)]
        remove_account(tx, BOB)
        forget_principal(tx, TEAM, is_group=True)
        assert [entry.holder for entry in read_entries(tx, shelf.account, folder - 1)] == [Holder(ANYONE)]
        forget_principal(tx, BOB)
        remove_account(tx, shelf.account)
        assert tx.all("SELECT 1 FROM folder_right") == []


def test_whose_folders_are_shared_with_somebody(shelf):
    """Those with an entry that grants `l` to the account, to one of its groups or to everybody."""
    with shelf.database.transaction() as tx:
        assert sharers(tx, BOB, [TEAM]) == set()
        grant(tx, shelf, INBOX, "rs")
        assert sharers(tx, BOB, [TEAM]) == set()
        grant(tx, shelf, INBOX, "l", Holder(TEAM, is_group=True))
        assert sharers(tx, BOB, [TEAM]) == {shelf.account}
        assert sharers(tx, BOB, []) == set()
        grant(tx, shelf, INBOX, "l", Holder(ANYONE))
        assert sharers(tx, BOB, []) == {shelf.account}
        assert sharers(tx, shelf.account, []) == set()


def test_who_is_named_has_what_was_granted_to_them_and_negative_entries_take_away(shelf):
    """One's own entry and those of one's groups add up; whom none names has everybody's rights ([MS-OXCPERM] R175,
    R176, RFC 4314 §2). What any negative entry takes is gone."""
    with shelf.database.transaction() as tx:
        for letters, holder in (
            ("lr", Holder(ANYONE)),
            ("s", Holder(BOB)),
            ("w", Holder(TEAM, is_group=True)),
            ("r", Holder(TEAM, negative=True, is_group=True)),
            ("x", Holder(AccountId(9))),
        ):
            grant(tx, shelf, INBOX, letters, holder)
        entries = read_entries(tx, shelf.account, INBOX)
    assert effective(entries, BOB, {TEAM}) == parse_rights("sw")
    assert effective(entries, BOB, ()) == parse_rights("s")
    assert effective(entries, AccountId(9), ()) == parse_rights("x")
    assert effective(entries, AccountId(10), ()) == parse_rights("lr")
    assert effective(entries, AccountId(10), {TEAM}) == parse_rights("w")


def test_an_entry_that_stays_without_rights_keeps_its_holder_out(shelf):
    """Whoever is named with no rights has none, whatever everybody has; by default such an entry goes away."""
    with shelf.database.transaction() as tx:
        grant(tx, shelf, INBOX, "lr", Holder(ANYONE))
        set_rights(tx, shelf.account, INBOX, Holder(BOB), NO_RIGHTS, stays=True)
        assert effective(read_entries(tx, shelf.account, INBOX), BOB, ()) == NO_RIGHTS
        set_rights(tx, shelf.account, INBOX, Holder(BOB), NO_RIGHTS)
        assert effective(read_entries(tx, shelf.account, INBOX), BOB, ()) == parse_rights("lr")


def test_a_list_is_bounded(shelf, monkeypatch):
    """An access control list has so many entries at most; those that are there can be changed."""
    monkeypatch.setattr(rights, "MAX_ENTRIES", 2)
    with shelf.database.transaction() as tx:
        grant(tx, shelf, INBOX, "l")
        grant(tx, shelf, INBOX, "l", Holder(ANYONE))
        grant(tx, shelf, INBOX, "lr")
        with pytest.raises(LimitReached):
            grant(tx, shelf, INBOX, "l", Holder(TEAM))
        with pytest.raises(FolderNotFound):
            set_rights(tx, shelf.account, 999, Holder(BOB), NO_RIGHTS)


def test_between_accounts(shelf):
    """A copy has the flags that are permitted, shares the content and is charged to whom it comes to; a move leaves
    tombstones behind. Nothing is kept when it does not fit."""
    with shelf.database.transaction() as tx:
        create_account(tx, BOB, shelf.now)
        for number in range(5):
            shelf.put(tx, b"Subject: %d\r\n\r\nx\r\n" % number, flags=Flags(Flag.SEEN | Flag.FLAGGED, frozenset("k")))
        mine, theirs = (shelf.account, INBOX), (BOB, INBOX)
        copied = transfer(tx, mine, ((2, 3), (9, 9)), theirs, shelf.now, rights=Right.SEEN, moves=False)
        assert (copied.source, copied.target) == (((2, 3),), ((1, 2),))
        transfer(tx, mine, ((4, 4),), theirs, shelf.now, rights=ALL_RIGHTS, moves=True)
        found = rows(tx, BOB, INBOX, 1, 99, ("uid", "flags", "keywords"))
        assert found == [(1, Flag.SEEN, None), (2, Flag.SEEN, None), (3, Flag.SEEN | Flag.FLAGGED, "k")]
        assert usage(tx, BOB).used_messages == 3
        assert usage(tx, shelf.account).used_messages == 4
        assert [row[0] for row in tx.all("SELECT uid FROM tombstone")] == [4]
        set_quota(tx, BOB, 0, 4)
    with pytest.raises(OverQuota), shelf.database.transaction() as tx:
        transfer(tx, mine, ((1, 5),), theirs, shelf.now, rights=ALL_RIGHTS, moves=True)
    with shelf.database.snapshot() as tx:
        assert usage(tx, BOB).used_messages == 3
        assert usage(tx, shelf.account).used_messages == 4


def test_public_folders_belong_to_nobody(shelf):
    """Their account is made once, has no INBOX, and the names that others' folders are shown under are nobody's."""
    with shelf.database.transaction() as tx:
        create_public(tx, shelf.now)
        create_public(tx, shelf.now)
        folder = create_folder(tx, PUBLIC, "News").id
        assert folder != INBOX
        assert effective(read_entries(tx, PUBLIC, folder), BOB, ()) == parse_rights("lrsip")
        for account, name in ((PUBLIC, "inbox"), (shelf.account, "Users/x"), (shelf.account, "Public")):
            with pytest.raises(BadFolderName):
                create_folder(tx, account, name)


def test_whom_an_entry_is_about_is_told_at_once(shelf):
    """An account by a hint of its own; everybody, and a group's members, whom the store doesn't know, by one of all."""
    for holder, told in ((TO_BOB, BOB), (Holder(TEAM, is_group=True), ANYONE), (Holder(ANYONE), ANYONE)):
        hints: list[Hint] = []
        shelf.database.on_commit = hints.extend
        with shelf.database.transaction() as tx:
            grant(tx, shelf, INBOX, "lr", holder)
        assert Hint(told, ROOT, ModSeq(0)) in hints
        assert {(hint.account, hint.folder) for hint in hints} >= {(shelf.account, INBOX), (shelf.account, ROOT)}


def test_of_a_tree_only_what_is_shared_is_read(shelf):
    """Folders with entries and what is above them, under their whole paths; never a hidden one."""
    with shelf.database.transaction() as tx:
        for path in ("Work/Deep/Deeper", "Work/Beside", "Private"):
            create_folder(tx, shelf.account, path)
        assert list_shared_folders(tx, shelf.account) == {}
        grant(tx, shelf, find_folder(tx, shelf.account, "Work/Deep").id, "lr")
        assert list(list_shared_folders(tx, shelf.account)) == ["Work", "Work/Deep"]
        grant(tx, shelf, INBOX, "lr")
        assert list(list_shared_folders(tx, shelf.account)) == ["INBOX", "Work", "Work/Deep"]
        known = list_folders(tx, shelf.account)
        assert all(known[path] == folder for path, folder in list_shared_folders(tx, shelf.account).items())
        tx.run("UPDATE folder SET hidden = 1 WHERE folder_id = ?", (known["Work/Deep"].id,))
        assert list(list_shared_folders(tx, shelf.account)) == ["INBOX", "Work"]
