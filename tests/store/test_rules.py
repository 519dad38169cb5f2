"""Rules of folders in the store, on both engines."""

from __future__ import annotations

import pytest

from posthouse.model.ids import ContentId, FolderId
from posthouse.model.refusals import FolderNotFound
from posthouse.store.accounts import remove_account
from posthouse.store.folders import INBOX, create_folder, delete_folder, load_folder
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, move_aside, update_message
from posthouse.store.objects import RULE_CLASS, Form
from posthouse.store.rules import (
    StoredRule,
    change_rules,
    extended_rules_of,
    has_rules,
    mark_rule,
    ruled_folders,
    rules_of,
)

FIRST, SECOND, THIRD = StoredRule(1, 20, 1, b"one"), StoredRule(2, 10, 1, b""), StoredRule(3, 10, 0x15, b"three")


def test_rules_of_a_folder(shelf):
    """They come in their order, change and go, and each change is one of the folder."""
    with shelf.database.transaction() as tx:
        before = load_folder(tx, shelf.account, INBOX).modseq
        assert not has_rules(tx, shelf.account)
        change_rules(tx, shelf.account, INBOX, [FIRST, SECOND, THIRD], ())
        assert rules_of(tx, shelf.account, INBOX) == [SECOND, THIRD, FIRST]
        assert load_folder(tx, shelf.account, INBOX).modseq > before
        changed = FIRST._replace(sequence=5, form=b"other")
        change_rules(tx, shelf.account, INBOX, [changed], [SECOND.id])
        assert rules_of(tx, shelf.account, INBOX) == [changed, THIRD]
        assert ruled_folders(tx, shelf.account) == {INBOX}
        assert has_rules(tx, shelf.account)
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


def test_what_the_hub_says_of_a_rule(shelf):
    """It is added to the rule's state, as a change of the folder; a rule that is gone is passed over."""
    with shelf.database.transaction() as tx:
        change_rules(tx, shelf.account, INBOX, [FIRST, SECOND], ())
        before = load_folder(tx, shelf.account, INBOX).modseq
        mark_rule(tx, shelf.account, INBOX, FIRST.id, 0x42)
        assert rules_of(tx, shelf.account, INBOX) == [SECOND, FIRST._replace(state=0x43)]
        assert load_folder(tx, shelf.account, INBOX).modseq > before
        mark_rule(tx, shelf.account, INBOX, 999, 0x42)
        assert rules_of(tx, shelf.account, INBOX) == [SECOND, FIRST._replace(state=0x43)]


def test_messages_that_may_be_rules(shelf):
    """Those associated with the folder whose form has the class: as long as it has, wherever they go."""
    empty = NewMessage(ContentId(0), 10, 0)
    with shelf.database.transaction() as tx:
        work = create_folder(tx, shelf.account, "Work").id
        for data in (b"a view", b"a rule " + RULE_CLASS):
            assert not has_rules(tx, shelf.account)
            row = create_message(tx, shelf.account, INBOX, empty, Form(True, data), 0, associated=True)
        assert has_rules(tx, shelf.account)
        assert extended_rules_of(tx, shelf.account, INBOX) == [(row.id, b"a rule " + RULE_CLASS, None)]
        assert extended_rules_of(tx, shelf.account, work) == []
        assert ruled_folders(tx, shelf.account) == {INBOX}
        moved = move_aside(tx, shelf.account, row, work, None)
        assert extended_rules_of(tx, shelf.account, INBOX) == []
        assert extended_rules_of(tx, shelf.account, work) == [(moved.id, b"a rule " + RULE_CLASS, None)]
        assert ruled_folders(tx, shelf.account) == {work}
        update_message(tx, shelf.account, moved, Form(True, b"no rule any more"), 0)
        assert ruled_folders(tx, shelf.account) == frozenset()
        assert extended_rules_of(tx, shelf.account, work) == []


def test_a_message_that_is_a_large_rule(shelf):
    """Its form is in a blob; as long as it is the same, the mark stays, whether the form is told again or not."""
    empty = NewMessage(ContentId(0), 10, 0)
    with shelf.database.transaction() as tx:
        large = Form(True, b"a rule " + RULE_CLASS, "blob")
        row = create_message(tx, shelf.account, INBOX, empty, large, 0, associated=True)
        create_message(tx, shelf.account, INBOX, empty, Form(True, b"a view", "other"), 0, associated=True)
        for form in (large, large._replace(data=b"")):
            row = update_message(tx, shelf.account, row, form, 0)
            assert extended_rules_of(tx, shelf.account, INBOX) == [(row.id, b"", "blob")]
            assert ruled_folders(tx, shelf.account) == {INBOX}
        update_message(tx, shelf.account, row, Form(True, b"no rule any more", "new"), 0)
        assert extended_rules_of(tx, shelf.account, INBOX) == []
