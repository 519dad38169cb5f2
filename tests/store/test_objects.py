"""Messages as MAPI has them: objects beside contents, messages aside, ids of names, hidden folders."""

from __future__ import annotations

import pytest

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import ContentId
from posthouse.model.refusals import Changed, FolderNotFound, MessageNotFound
from posthouse.protocols.mapi.named_tags import PidLidFlagRequest, PidNameKeywords
from posthouse.protocols.mapi.objects import set_value
from posthouse.protocols.mapi.tags import PidTagComment, PidTagContainerClass
from posthouse.store.content import add_content, blob_names, sweep
from posthouse.store.deletion import choose_one, delete_for_good, delete_softly, purge_deleted
from posthouse.store.flags import change_flags
from posthouse.store.folder_objects import FolderObject, Wanted, load_folder_object, open_mailbox, save_folder_object
from posthouse.store.folders import (
    HIDDEN,
    INBOX,
    ROOT,
    all_folders,
    create_folder,
    delete_folder,
    find_folder,
    list_folders,
    load_folder,
)
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, copy, expunge, move
from posthouse.store.object_changes import create_message, set_keys, take_ids, update_message
from posthouse.store.objects import ASSOCIATED, DELETED, Form, Keys, count_aside, find_message, list_aside, load_form
from posthouse.store.property_ids import give_property_ids, property_ids
from posthouse.store.reading import changes, uids

NO_CONTENT = NewMessage(ContentId(0), 10, 1_700_000_000)


def new(shelf, tx, data: bytes) -> NewMessage:
    made = content_of(shelf.blobs, data)
    return NewMessage(add_content(tx, made), made.size, shelf.now)


pytestmark = pytest.mark.usefixtures("sound")


def test_a_read_state_is_no_change_of_the_message(shelf):
    """MS-OXCFXICS 3.2.5.6: \\Seen gets a modseq and leaves the change number; any other flag is a change."""
    with shelf.database.transaction() as tx:
        placed = shelf.put(tx, b"Subject: a\r\n\r\n")
        first = find_message(tx, shelf.account, placed.message)
        change_flags(tx, shelf.account, INBOX, ((1, 1),), FlagChange(How.ADD, Flags(Flag.SEEN)))
        read = find_message(tx, shelf.account, placed.message)
        change_flags(tx, shelf.account, INBOX, ((1, 1),), FlagChange(How.ADD, Flags(Flag.FLAGGED)))
        flagged = find_message(tx, shelf.account, placed.message)
    assert first.change_number == first.modseq == read.change_number < read.modseq
    assert flagged.change_number == flagged.modseq > read.modseq


def test_a_new_content_is_a_new_uid_and_the_same_id(shelf):
    """RFC 9051 §2.3.1.1: what a UID names never changes."""
    with shelf.database.transaction() as tx:
        made = create_message(tx, shelf.account, INBOX, new(shelf, tx, b"one"), Form(True, b"1"), shelf.now)
        again = update_message(tx, shelf.account, made, Form(True, b"2"), shelf.now, new=new(shelf, tx, b"two"))
        assert (again.id, again.uid) == (made.id, 2)
        assert again.change_number > made.change_number
        assert load_form(tx, shelf.account, again) == Form(True, b"2")
        assert changes(tx, shelf.account, INBOX, made.modseq).vanished == [1]


def test_properties_alone_keep_the_uid(shelf):
    with shelf.database.transaction() as tx:
        placed = shelf.put(tx, b"Subject: a\r\n\r\n")
        before = find_message(tx, shelf.account, placed.message)
        after = update_message(tx, shelf.account, before, Form(False, b"x"), shelf.now)
        assert after.uid == before.uid
        assert [row[0] for row in changes(tx, shelf.account, INBOX, before.modseq).changed] == [1]


def test_of_two_who_save_the_second_hears_of_it(shelf):
    """MS-OXCMSG 3.2.5.3: unless it forces its version."""
    with shelf.database.transaction() as tx:
        placed = shelf.put(tx, b"Subject: a\r\n\r\n")
        before = find_message(tx, shelf.account, placed.message)
        update_message(tx, shelf.account, before, Form(False, b"first"), shelf.now)
        with pytest.raises(Changed):
            update_message(tx, shelf.account, before, Form(False, b"second"), shelf.now)
        forced = update_message(tx, shelf.account, before, Form(False, b"second"), shelf.now, force=True)
        assert load_form(tx, shelf.account, forced) == Form(False, b"second")


def test_objects_go_with_copies_and_moves_and_end_with_their_message(shelf):
    with shelf.database.transaction() as tx:
        target = create_folder(tx, shelf.account, "target").id
        made = create_message(tx, shelf.account, INBOX, new(shelf, tx, b"one"), Form(True, b"1"), shelf.now)
        shelf.put(tx, b"a plain one")
        copy(tx, shelf.account, INBOX, ((1, 2),), target, shelf.now)
        move(tx, shelf.account, INBOX, ((1, 2),), target, shelf.now)
        forms = [
            load_form(tx, shelf.account, find_message(tx, shelf.account, number))
            for (number,) in tx.all("SELECT message_id FROM message WHERE folder_id = ? ORDER BY uid", (target,))
        ]
        assert forms == [Form(True, b"1"), None, Form(True, b"1"), None]
        with pytest.raises(MessageNotFound):
            find_message(tx, shelf.account, made.id)
        change_flags(tx, shelf.account, target, ((1, 4),), FlagChange(How.ADD, Flags(Flag.DELETED)))
        expunge(tx, shelf.account, target)
        assert tx.all("SELECT * FROM message_object") == []


def test_associated_messages_are_in_no_counter(shelf):
    """MS-OXCFOLD 1.3: IMAP and POP3 do not see them."""
    with shelf.database.transaction() as tx:
        made = create_message(tx, shelf.account, INBOX, NO_CONTENT, Form(True, b"view"), shelf.now, associated=True)
        assert (made.uid, made.state) == (None, ASSOCIATED)
        assert load_folder(tx, shelf.account, INBOX).total == 0
        assert list(uids(tx, shelf.account, INBOX)) == []
        assert count_aside(tx, shelf.account, INBOX) == {ASSOCIATED: (1, 10)}
        again = update_message(tx, shelf.account, made, Form(True, b"other"), shelf.now, new=NO_CONTENT)
        assert again.change_number > made.change_number
        delete_for_good(tx, shelf.account, INBOX, choose_one(again))
        assert list_aside(tx, shelf.account, INBOX, ASSOCIATED) == []


def test_what_is_deleted_softly_is_gone_for_imap_and_kept(shelf):
    with shelf.database.transaction() as tx:
        made = create_message(tx, shelf.account, INBOX, new(shelf, tx, b"one"), Form(True, b"1"), shelf.now)
        delete_softly(tx, shelf.account, made.folder, choose_one(made), shelf.now)
        assert load_folder(tx, shelf.account, INBOX).total == 0
        assert changes(tx, shelf.account, INBOX, made.modseq).vanished == [1]
        assert sweep(tx, shelf.now)[0] == 1
        [gone] = list_aside(tx, shelf.account, INBOX, DELETED)
        assert (gone.id, gone.content, gone.deleted) == (made.id, made.content, shelf.now)
        assert load_form(tx, shelf.account, gone).data == b"1"
        assert purge_deleted(tx, shelf.now) == 0
        assert purge_deleted(tx, shelf.now + 1) == 1
        sweep(tx, shelf.now)
        assert tx.all("SELECT 1 FROM content UNION ALL SELECT 1 FROM message_object") == []


def test_keys_of_a_client_hold_until_the_next_change(shelf):
    """MS-OXCFXICS 2.2.1.2: a source key is for ever, a change key of one change."""
    with shelf.database.transaction() as tx:
        number = take_ids(tx, shelf.account, 5)
        keys = Keys(b"source", b"change", b"predecessors")
        form = Form(True, b"1", None, keys)
        made = create_message(tx, shelf.account, INBOX, new(shelf, tx, b"x"), form, shelf.now, message=number)
        assert made.id == number
        assert load_form(tx, shelf.account, made).keys == keys
        change_flags(tx, shelf.account, INBOX, ((1, 1),), FlagChange(How.ADD, Flags(Flag.SEEN)))
        read = find_message(tx, shelf.account, number)
        assert load_form(tx, shelf.account, read).keys == keys
        after = update_message(tx, shelf.account, read, Form(True, b"2"), shelf.now)
        assert load_form(tx, shelf.account, after).keys == Keys(b"source", None, b"predecessors")
        change_flags(tx, shelf.account, INBOX, ((1, 1),), FlagChange(How.ADD, Flags(Flag.FLAGGED)))
        flagged = find_message(tx, shelf.account, number)
        set_keys(tx, shelf.account, flagged, keys)
        assert load_form(tx, shelf.account, flagged).keys == keys


def test_blobs_of_objects_are_named(shelf):
    with shelf.database.transaction() as tx:
        form = Form(True, b"", "0123")
        made = create_message(tx, shelf.account, INBOX, NO_CONTENT, form, shelf.now, associated=True)
        assert blob_names(tx) == {"0123"}
        assert load_form(tx, shelf.account, made) == form


def test_a_folder_goes_with_all_that_is_aside(shelf):
    with shelf.database.transaction() as tx:
        folder = create_folder(tx, shelf.account, "x").id
        create_message(tx, shelf.account, folder, NO_CONTENT, Form(True, b"1"), shelf.now, associated=True)
        made = create_message(tx, shelf.account, folder, new(shelf, tx, b"one"), Form(True, b"1"), shelf.now)
        delete_softly(tx, shelf.account, made.folder, choose_one(made), shelf.now)
        save_folder_object(tx, shelf.account, folder, FolderObject({}))
        delete_folder(tx, shelf.account, folder)
        for table in ("aside_message", "message_object", "folder_object"):
            assert tx.all(f"SELECT 1 FROM {table}") == []


def test_a_name_has_one_id_for_ever(shelf):
    """MS-OXCPRPT 3.2.5.10: numbers and texts, also a text that looks like a number; other mailboxes have their own."""
    text = PidNameKeywords.name
    with shelf.database.transaction() as tx:
        given = give_property_ids(tx, shelf.account, [PidLidFlagRequest.name, text, PidLidFlagRequest.name])
        assert given == {PidLidFlagRequest.name: 0x8001, text: 0x8002}
        assert give_property_ids(tx, shelf.account, [text]) == {text: 0x8002}
        assert property_ids(tx, shelf.account) == given


def test_hidden_folders_are_for_mapi_alone(shelf):
    places = ((HIDDEN, ROOT, ""), (HIDDEN + 1, HIDDEN, "Views"), (HIDDEN + 16, ROOT, "Sent"))
    wanted = [Wanted(*place, {}) for place in places]
    with shelf.database.transaction() as tx:
        delete_folder(tx, shelf.account, find_folder(tx, shelf.account, "Drafts").id)
        before = set(list_folders(tx, shelf.account)) | {"Drafts"}
        open_mailbox(tx, shelf.account, wanted)
        open_mailbox(tx, shelf.account, wanted)
        assert set(list_folders(tx, shelf.account)) == before
        hidden = {folder.id: folder.name for folder in all_folders(tx, shelf.account) if folder.hidden}
        assert hidden == {HIDDEN: "", HIDDEN + 1: "Views", HIDDEN + 16: "Sent 2"}
        with pytest.raises(FolderNotFound):
            find_folder(tx, shelf.account, "Sent 2")
        create_folder(tx, shelf.account, "Sent 2/below")
        with pytest.raises(FolderNotFound):
            find_folder(tx, shelf.account, "Sent 2/below")


def test_properties_of_folders(shelf):
    properties = {}
    set_value(properties, PidTagContainerClass, "IPF.Note")
    set_value(properties, PidTagComment, "what for: ünïcödé")
    keys = Keys(b"s", b"c", b"p")
    with shelf.database.transaction() as tx:
        save_folder_object(tx, shelf.account, INBOX, FolderObject(properties, keys))
        folder = load_folder(tx, shelf.account, INBOX)
        assert load_folder_object(tx, shelf.account, folder) == FolderObject(properties, keys)
        tx.run("UPDATE folder SET modseq = modseq + 1 WHERE folder_id = 1")
        later = load_folder_object(tx, shelf.account, load_folder(tx, shelf.account, INBOX))
        assert later.keys == Keys(b"s", None, b"p")
        tx.run("UPDATE account SET modseq = modseq + 1")
