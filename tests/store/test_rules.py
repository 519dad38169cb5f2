"""Rules of folders in the store, on both engines."""

from __future__ import annotations

import pytest

from posthouse.model.ids import FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.store.accounts import remove_account
from posthouse.store.folders import INBOX, create_folder, delete_folder, load_folder
from posthouse.store.rules import StoredRule, change_rules, ruled_folders, rules_of

FIRST, SECOND, THIRD = StoredRule(1, 20, 1, b"one"), StoredRule(2, 10, 1, b""), StoredRule(3, 10, 0x15, b"three")


def test_rules_of_a_folder(shelf):
    """They come in their order, change and go, and each change is one of the folder."""
    with shelf.database.transaction() as tx:
        before = load_folder(tx, shelf.account, INBOX).modseq
        change_rules(tx, shelf.account, INBOX, [FIRST, SECOND, THIRD], ())
        assert rules_of(tx, shelf.account, INBOX) == [SECOND, THIRD, FIRST]
        assert load_folder(tx, shelf.account, INBOX).modseq > before
        changed = FIRST._replace(sequence=5, form=b"other")
        change_rules(tx, shelf.account, INBOX, [changed], [SECOND.id])
        assert rules_of(tx, shelf.account, INBOX) == [changed, THIRD]
        assert ruled_folders(tx, shelf.account) == {INBOX}
        with pytest.raises(FolderNotFound):
            change_rules(tx, shelf.account, FolderId(999), [FIRST], ())


def test_rules_go_with_what_they_are_of(shelf):
    """With their folder, and with their account."""
    with shelf.database.transaction() as tx:
        work = create_folder(tx, shelf.account, "Work").id
        for folder in (work, INBOX):
            change_rules(tx, shelf.account, folder, [FIRST], ())
        delete_folder(tx, shelf.account, work)
        assert ruled_folders(tx, shelf.account) == {INBOX}
        remove_account(tx, shelf.account)
        assert ruled_folders(tx, shelf.account) == frozenset()
