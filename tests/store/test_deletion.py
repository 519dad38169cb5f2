"""Messages and folders that a MAPI client deletes: softly, for good, many at once, and back again."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, ContentId, FolderId, MessageId
from posthouse.model.refusals import FolderInUse, FolderNotFound, OverQuota
from posthouse.model.rights import ALL_RIGHTS
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.tags import PidTagComment
from posthouse.store.accounts import create_account, set_quota, usage
from posthouse.store.aside_copies import carry_asides
from posthouse.store.content import add_content, sweep
from posthouse.store.deletion import (
    EVERY_ID,
    Chosen,
    choose,
    choose_all,
    delete_folder_softly,
    delete_for_good,
    delete_softly,
    deleted_folders,
    load_deleted_folder,
    purge_deleted,
)
from posthouse.store.flags import change_flags
from posthouse.store.folder_objects import FolderObject, load_folder_object, save_folder_object
from posthouse.store.folders import INBOX, create_folder, delete_folder, list_folders, load_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, expunge
from posthouse.store.never_here import is_never_here
from posthouse.store.object_changes import create_message, set_keys
from posthouse.store.objects import (
    ASSOCIATED,
    DELETED,
    DELETED_ASSOCIATED,
    Form,
    Keys,
    find_message,
    list_aside,
    load_form,
)
from posthouse.store.reading import changes, rows

NO_CONTENT = NewMessage(ContentId(0), 10, 1_700_000_000)
EVERYTHING = Chosen((), EVERY_ID, deleted=True)
ACCOUNTS = count(100)


pytestmark = pytest.mark.usefixtures("sound")


def associated(shelf, tx, folder: FolderId, form: bytes = b"view") -> MessageId:
    return create_message(tx, shelf.account, folder, NO_CONTENT, Form(True, form), shelf.now, associated=True).id


def test_many_are_one_change(shelf):
    """MS-OXCFOLD R632: whatever was chosen is gone for IMAP at once, and the quota is free."""
    with shelf.database.transaction() as tx:
        placed = [shelf.put(tx, b"Subject: %d\r\n\r\n" % number, flags=Flags(Flag.SEEN)) for number in range(9)]
        view = associated(shelf, tx, INBOX)
        wanted = [one.message for one in placed[::2]] + [view, MessageId(10_000)]
        before = load_folder(tx, shelf.account, INBOX).highest_modseq
        chosen = choose(tx, shelf.account, INBOX, wanted)
        assert delete_softly(tx, shelf.account, INBOX, chosen, shelf.now) == 6
        folder = load_folder(tx, shelf.account, INBOX)
        assert (folder.total, folder.unseen) == (4, 0)
        assert changes(tx, shelf.account, INBOX, before).vanished == [1, 3, 5, 7, 9]
        assert usage(tx, shelf.account).used_messages == 4
        gone = list_aside(tx, shelf.account, INBOX, DELETED)
        assert [one.id for one in gone] == [one.message for one in placed[::2]]
        assert {(one.flags, one.deleted, one.saved) for one in gone} == {(Flag.SEEN, shelf.now, shelf.now)}
        assert [one.id for one in list_aside(tx, shelf.account, INBOX, DELETED_ASSOCIATED)] == [view]
        assert delete_softly(tx, shelf.account, INBOX, chosen, shelf.now) == 0


@pytest.mark.parametrize("how", [delete_for_good, expunge])
def test_names_that_another_replica_has_given(shelf, how):
    """MS-OXCFXICS R2451: whoever deletes many messages, those that had such a name are known by it, and no others."""
    replica, scattered = bytes(range(16)), range(1, 12, 2)
    keys = [replica + number.to_bytes(6, "big") for number in range(12)]
    with shelf.database.transaction() as tx:
        placed = [shelf.put(tx, b"Subject: %d\r\n\r\n" % number) for number in range(12)]
        for one, key in zip(placed, keys, strict=True):
            row = find_message(tx, shelf.account, one.message)
            set_keys(tx, shelf.account, row, Keys(key, None, None))
        uids = tuple((placed[number].uid, placed[number].uid) for number in scattered)
        change_flags(tx, shelf.account, INBOX, uids, FlagChange(How.ADD, Flags(Flag.DELETED)))
        chosen = uids if how is expunge else Chosen(uids)
        how(tx, shelf.account, INBOX, chosen)
        known = [is_never_here(tx, shelf.account, INBOX, number, replica) for number in range(12)]
        assert known == [number in scattered for number in range(12)]


def test_associated_messages_are_known_by_their_ids(shelf):
    """MS-OXCFXICS R2451: of those that are gone for good, which have no tombstones."""
    with shelf.database.transaction() as tx:
        views = [associated(shelf, tx, INBOX) for _ in range(3)]
        delete_for_good(tx, shelf.account, INBOX, Chosen((), ((views[0], views[0]),)))
        delete_softly(tx, shelf.account, INBOX, Chosen((), ((views[1], views[1]),)), shelf.now)
        assert [is_never_here(tx, shelf.account, INBOX, one) for one in views] == [True, False, False]
        purge_deleted(tx, shelf.now + 1)
        assert [is_never_here(tx, shelf.account, INBOX, one) for one in views] == [True, True, False]


def test_a_whole_folder(shelf):
    """MS-OXCFOLD R617: with or without what clients keep beside the messages."""
    with shelf.database.transaction() as tx:
        for number in range(300):
            shelf.put(tx, b"Subject: %d\r\n\r\n" % number)
        view = associated(shelf, tx, INBOX)
        assert delete_softly(tx, shelf.account, INBOX, choose_all(associated=False), shelf.now) == 300
        assert [one.id for one in list_aside(tx, shelf.account, INBOX, ASSOCIATED)] == [view]
        assert delete_softly(tx, shelf.account, INBOX, choose_all(associated=True), shelf.now) == 1
        assert list_aside(tx, shelf.account, INBOX, ASSOCIATED) == []


def test_for_good(shelf):
    """MS-OXCFOLD R1156: nothing is left, also of what had been deleted softly."""
    with shelf.database.transaction() as tx:
        ids = [shelf.put(tx, b"Subject: %d\r\n\r\n" % number).message for number in range(3)]
        ids += [associated(shelf, tx, INBOX)]
        delete_softly(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, ids[:1]), shelf.now)
        assert delete_for_good(tx, shelf.account, INBOX, choose_all(associated=True)) == 3
        assert [one.id for one in list_aside(tx, shelf.account, INBOX, DELETED)] == ids[:1]
        assert delete_for_good(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, ids)) == 1
        sweep(tx, shelf.now)
        for table in ("content", "message", "aside_message", "message_object"):
            assert tx.all(f"SELECT 1 FROM {table}") == []


def test_messages_of_other_folders_are_not_chosen(shelf):
    with shelf.database.transaction() as tx:
        other = create_folder(tx, shelf.account, "other").id
        there, view = shelf.put(tx, b"x", other).message, associated(shelf, tx, other)
        chosen = choose(tx, shelf.account, INBOX, [there, view])
        assert delete_softly(tx, shelf.account, INBOX, chosen, shelf.now) == 0
        assert delete_for_good(tx, shelf.account, INBOX, chosen) == 0
        assert load_folder(tx, shelf.account, other).total == 1
        assert len(list_aside(tx, shelf.account, other, ASSOCIATED)) == 1


def test_a_folder_that_is_deleted_softly(shelf):
    """MS-OXCFOLD R498: it is no folder any more, its name is free, and MAPI still knows what it was."""
    with shelf.database.transaction() as tx:
        inner = create_folder(tx, shelf.account, "a/b").id
        outer = load_folder(tx, shelf.account, inner).parent
        message = shelf.put(tx, b"Subject: x\r\n\r\n", inner).message
        properties = {}
        set_value(properties, PidTagComment, "note")
        save_folder_object(tx, shelf.account, inner, FolderObject(properties))
        with pytest.raises(FolderInUse):
            delete_folder_softly(tx, shelf.account, outer, shelf.now)
        delete_folder_softly(tx, shelf.account, inner, shelf.now)
        delete_folder_softly(tx, shelf.account, outer, shelf.now)
        assert not {"a", "a/b"} & set(list_folders(tx, shelf.account))
        with pytest.raises(FolderNotFound):
            load_folder(tx, shelf.account, inner)
        gone = load_deleted_folder(tx, shelf.account, inner)
        assert (gone.folder.name, gone.folder.parent, gone.deleted) == ("b", outer, shelf.now)
        assert deleted_folders(tx, shelf.account, outer) == [gone]
        assert [one.folder.id for one in deleted_folders(tx, shelf.account, FolderId(0))] == [outer]
        assert value_of(load_folder_object(tx, shelf.account, gone.folder).properties, PidTagComment) == "note"
        assert [one.id for one in list_aside(tx, shelf.account, inner, DELETED)] == [message]
        assert create_folder(tx, shelf.account, "a/b").id != inner


def test_deleted_folders_end(shelf):
    """After their time, or with the folder that they were in."""
    with shelf.database.transaction() as tx:
        for path in ("a/b/c", "d"):
            create_folder(tx, shelf.account, path)
        folders = list_folders(tx, shelf.account)
        for path in ("a/b/c", "a/b", "d"):
            shelf.put(tx, path.encode(), folders[path].id)
            delete_folder_softly(tx, shelf.account, folders[path].id, shelf.now)
        delete_folder(tx, shelf.account, folders["a"].id)
        for path in ("a/b/c", "a/b"):
            with pytest.raises(FolderNotFound):
                load_deleted_folder(tx, shelf.account, folders[path].id)
        assert purge_deleted(tx, shelf.now) == 0
        assert load_deleted_folder(tx, shelf.account, folders["d"].id)
        assert purge_deleted(tx, shelf.now + 1) == 1
        for table in ("deleted_folder", "aside_message", "folder_object"):
            assert tx.all(f"SELECT 1 FROM {table}") == []


def test_back_again_and_elsewhere(shelf):
    """What was deleted is recovered by a move; associated messages stay such ones; objects go along."""
    with shelf.database.transaction() as tx:
        create_account(tx, AccountId(8), shelf.now)
        made = content_of(shelf.blobs, b"Subject: one\r\n\r\n")
        new = NewMessage(add_content(tx, made), made.size, shelf.now, Flags(Flag.SEEN, frozenset(["Blue"])))
        one = create_message(tx, shelf.account, INBOX, new, Form(True, b"1"), shelf.now)
        view = associated(shelf, tx, INBOX)
        delete_softly(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, [one.id]), shelf.now)
        here = (shelf.account, INBOX)
        for target, moves in (((AccountId(8), INBOX), False), (here, True)):
            assert carry_asides(tx, here, EVERYTHING, target, shelf.now, rights=ALL_RIGHTS, moves=moves) == 2
            [(number, flags, words)] = rows(tx, *target, 1, 99, ("message_id", "flags", "keywords"))
            assert (flags, words) == (Flag.SEEN, "Blue")
            assert load_form(tx, target[0], find_message(tx, target[0], number)).data == b"1"
            [other] = list_aside(tx, *target, ASSOCIATED)
            assert load_form(tx, target[0], other).data == b"view"
            assert (target, other.id) != (here, view)
        assert list_aside(tx, *here, DELETED) == []


def test_recovering_needs_room(shelf):
    with shelf.database.transaction() as tx:
        message = shelf.put(tx, b"x" * 100).message
        delete_softly(tx, shelf.account, INBOX, choose(tx, shelf.account, INBOX, [message]), shelf.now)
        set_quota(tx, shelf.account, 50, 0)
        here = (shelf.account, INBOX)
        with pytest.raises(OverQuota):
            carry_asides(tx, here, EVERYTHING, here, shelf.now, rights=ALL_RIGHTS, moves=True)
        assert len(list_aside(tx, *here, DELETED)) == 1


@dataclass
class Model:
    """One folder: what is in it by state, each message by what it is."""

    states: dict[int, dict[MessageId, bytes]] = field(default_factory=lambda: {state: {} for state in range(4)})

    def take(self, state: int, ids: set[MessageId]) -> dict[MessageId, bytes]:
        return {number: self.states[state].pop(number) for number in ids & self.states[state].keys()}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "note", "soft", "hard", "all softly", "back"]),
        st.integers(0, 1),
        st.sets(st.integers(0, 12), max_size=6),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_sequence(shelf, steps):
    """Against a model in plain Python: the same messages in the same states, and counters that are true."""
    shelf.account = AccountId(next(ACCOUNTS))
    with shelf.database.transaction() as tx:
        create_account(tx, shelf.account, shelf.now)
        folders = [INBOX, create_folder(tx, shelf.account, "other").id]
        models, known = [Model(), Model()], list[MessageId]()
        for step, which, places in steps:
            folder, model = folders[which], models[which]
            ids = {known[place] for place in places if place < len(known)}
            if step == "put":
                body = b"%d" % len(known)
                made = content_of(shelf.blobs, body)
                new = NewMessage(add_content(tx, made), made.size, shelf.now)
                known.append(append(tx, shelf.account, folder, new, shelf.now).message)
                model.states[0][known[-1]] = body
            elif step == "note":
                known.append(associated(shelf, tx, folder, b"view"))
                model.states[ASSOCIATED][known[-1]] = b"view"
            elif step in ("soft", "all softly"):
                every = step == "all softly"
                chosen = choose_all(associated=True) if every else choose(tx, shelf.account, folder, ids)
                there = set(known) if every else ids
                moved = [model.take(state, there) for state in (0, ASSOCIATED)]
                assert delete_softly(tx, shelf.account, folder, chosen, shelf.now) == sum(map(len, moved))
                for state, gone in zip((DELETED, DELETED_ASSOCIATED), moved, strict=True):
                    model.states[state] |= gone
            elif step == "hard":
                chosen = choose(tx, shelf.account, folder, ids)
                gone = sum(len(model.take(state, ids)) for state in range(4))
                assert delete_for_good(tx, shelf.account, folder, chosen) == gone
            else:
                target = (shelf.account, folders[1 - which])
                gone = [model.take(state, set(known)) for state in (ASSOCIATED, DELETED, DELETED_ASSOCIATED)]
                here = (shelf.account, folder)
                carried = carry_asides(tx, here, EVERYTHING, target, shelf.now, rights=ALL_RIGHTS, moves=True)
                assert carried == sum(map(len, gone))
                _note_new(tx, shelf, target, models[1 - which], known, gone)
        for folder, model in zip(folders, models, strict=True):
            assert {row[0] for row in rows(tx, shelf.account, folder, 1, 999, ("message_id",))} == set(model.states[0])
            for state in (ASSOCIATED, DELETED, DELETED_ASSOCIATED):
                assert {one.id for one in list_aside(tx, shelf.account, folder, state)} == set(model.states[state])
        assert usage(tx, shelf.account).used_messages == sum(len(model.states[0]) for model in models)


def _note_new(tx, shelf, target, model: Model, known: list[MessageId], gone: list[dict[MessageId, bytes]]) -> None:
    """What was carried has new ids: of contents as many as were recovered, associated ones as many as were either."""
    for state, ids in ((0, rows(tx, *target, 1, 999, ("message_id",))), (ASSOCIATED, ())):
        there = {row[0] for row in ids} if not state else {one.id for one in list_aside(tx, *target, ASSOCIATED)}
        new = there - model.states[state].keys()
        assert len(new) == (len(gone[1]) if not state else len(gone[0]) + len(gone[2]))
        for number in new:
            model.states[state][number] = b""
        known += sorted(new)


def test_an_empty_choice(shelf):
    with shelf.database.transaction() as tx:
        assert delete_softly(tx, shelf.account, INBOX, Chosen(), shelf.now) == 0
        assert delete_for_good(tx, shelf.account, INBOX, Chosen()) == 0
