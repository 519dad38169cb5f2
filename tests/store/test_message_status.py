"""Marks of messages that are no change of them, and messages that wait to be sent."""

from __future__ import annotations

import pytest

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, create_folder, find_folder
from posthouse.store.message_status import (
    NO_RECEIPT,
    SUBMITTED,
    load_status,
    perhaps_awaited,
    set_status,
)
from posthouse.store.messages import copy, expunge
from posthouse.store.object_changes import create_message, update_message
from posthouse.store.objects import Form, find_message, load_form
from posthouse.store.reading import changes, rows
from posthouse.store.submissions import note_submission, queued_as, release_submission, withdraw

ALL = ((1, 1000),)
ASKING = b"Subject: x\r\nDisposition-Notification-To: a@x.example\r\n\r\n"


def put(shelf, tx, data=b"Subject: x\r\n\r\n"):
    return find_message(tx, shelf.account, shelf.put(tx, data).message)


def status_of(shelf, tx, message):
    return load_status(tx, shelf.account, message)


def test_a_status_is_no_change(shelf):
    """The modseq moves and the change number stays; whoever asks what has changed is told."""
    with shelf.database.transaction() as tx:
        row = put(shelf, tx)
        assert status_of(shelf, tx, row.id) == 0
        set_status(tx, shelf.account, row, 0x1000)
        after = find_message(tx, shelf.account, row.id)
        assert after.modseq > row.modseq
        assert after.change_number == row.change_number
        assert [one[0] for one in changes(tx, shelf.account, INBOX, row.modseq).changed] == [row.uid]
        assert load_form(tx, shelf.account, after) == Form(False, b"", status=0x1000)


def test_when_marks_and_flags_changed(shelf):
    """Each by itself; saving says it in the object from then on, and a copy has other marks."""
    seen, flagged = (FlagChange(How.ADD, Flags(flag)) for flag in (Flag.SEEN, Flag.FLAGGED))
    with shelf.database.transaction() as tx:

        def moments():
            row = find_message(tx, shelf.account, message)
            return row.changed_at is not None, row.marked_at is not None

        message = put(shelf, tx).id
        assert moments() == (False, False)
        change_flags(tx, shelf.account, INBOX, ALL, seen)
        assert moments() == (False, True)
        change_flags(tx, shelf.account, INBOX, ALL, flagged)
        assert moments() == (True, True)
        before = find_message(tx, shelf.account, message)
        target = create_folder(tx, shelf.account, "Copies").id
        copy(tx, shelf.account, INBOX, ALL, target, shelf.now)
        update_message(tx, shelf.account, before, Form(True, b"form"), shelf.now)
        assert moments() == (False, False)
        set_status(tx, shelf.account, find_message(tx, shelf.account, message), 0x1000)
        assert moments() == (False, True)
        [(message,)] = rows(tx, shelf.account, target, 1, 1000, ("message_id",))
        assert moments() == (True, False)
        assert find_message(tx, shelf.account, message).changed_at == before.changed_at


def test_a_status_stays_when_the_message_is_saved(shelf):
    """Also with another content; a copy has it too, but for what is the original's alone."""
    with shelf.database.transaction() as tx:
        row = put(shelf, tx)
        set_status(tx, shelf.account, row, 0x1000 | NO_RECEIPT | SUBMITTED)
        other = shelf.new(tx, b"Subject: y\r\n\r\n")
        saved = update_message(tx, shelf.account, row, Form(True, b"form"), shelf.now, new=other)
        assert saved.uid != row.uid
        assert status_of(shelf, tx, row.id) == 0x1000 | NO_RECEIPT | SUBMITTED
        target = create_folder(tx, shelf.account, "Copies").id
        copy(tx, shelf.account, INBOX, ALL, target, shelf.now)
        [(message,)] = rows(tx, shelf.account, target, 1, 1000, ("message_id",))
        assert status_of(shelf, tx, message) == 0x1000 | NO_RECEIPT


def test_the_same_content_keeps_its_uid(shelf):
    with shelf.database.transaction() as tx:
        row = put(shelf, tx)
        same = shelf.new(tx, b"Subject: x\r\n\r\n")
        saved = update_message(tx, shelf.account, row, Form(True, b"form"), shelf.now, new=same)
        assert saved.uid == row.uid
        assert saved.change_number > row.change_number


def test_the_read_state_is_not_for_who_saves(shelf):
    """What others have read and marked as deleted meanwhile stays so; other flags are as they are told."""
    with shelf.database.transaction() as tx:
        row = put(shelf, tx)
        change_flags(tx, shelf.account, INBOX, ALL, FlagChange(How.ADD, Flags(Flag.SEEN | Flag.DELETED)))
        told = Flags(Flag.FLAGGED, frozenset({"Work"}))
        saved = update_message(tx, shelf.account, row, Form(False, b"form"), shelf.now, flags=told)
        assert saved.flags == Flag.SEEN | Flag.WAS_SEEN | Flag.DELETED | Flag.FLAGGED
        assert saved.keywords == "Work"


@pytest.mark.parametrize("many", [False, True])
def test_whose_senders_may_wait_for_a_receipt(shelf, many):
    """Those whose header asks, those of which the header is not kept, and those that have an object; not those who have
    had one."""
    huge = b"X: " + b"y" * 200_000 + b"\r\n\r\n"
    with shelf.database.transaction() as tx:
        put(shelf, tx)
        asking, large = put(shelf, tx, ASKING), put(shelf, tx, huge)
        made = create_message(tx, shelf.account, INBOX, shelf.new(tx, b"\r\n"), Form(True, b"form"), shelf.now)
        sent = put(shelf, tx, ASKING)
        change_flags(tx, shelf.account, INBOX, ((sent.uid, sent.uid),), FlagChange(How.ADD, Flags(Flag.MDN_SENT)))
        wanted = tuple((uid, uid) for uid in range(1, 6)) if many else ALL
        found = perhaps_awaited(tx, shelf.account, INBOX, wanted)
        assert found == [asking.id, large.id, made.id]


def test_a_receipt_is_no_change(shelf):
    with shelf.database.transaction() as tx:
        row = put(shelf, tx)
        change_flags(tx, shelf.account, INBOX, ALL, FlagChange(How.ADD, Flags(Flag.MDN_SENT)))
        assert find_message(tx, shelf.account, row.id).change_number == row.change_number


# Submissions


def waiting(shelf, tx, target):
    row = put(shelf, tx)
    change_flags(tx, shelf.account, INBOX, ALL, FlagChange(How.ADD, Flags(Flag.DRAFT)))
    note_submission(tx, shelf.account, find_message(tx, shelf.account, row.id), 17, target)
    assert queued_as(tx, shelf.account, row.id) == 17
    assert status_of(shelf, tx, row.id) == SUBMITTED
    return find_message(tx, shelf.account, row.id)


def test_what_was_released_is_where_sent_mail_is(shelf):
    """Read, no draft any more, and it waits for nothing; once."""
    with shelf.database.transaction() as tx:
        target = find_folder(tx, shelf.account, "Sent").id
        row = waiting(shelf, tx, target)
        assert release_submission(tx, 17, shelf.now) is True
        [(message, flags)] = rows(tx, shelf.account, target, 1, 1000, ("message_id", "flags"))
        assert flags == Flag.SEEN
        assert status_of(shelf, tx, message) == 0
        assert queued_as(tx, shelf.account, row.id) is None
        assert release_submission(tx, 17, shelf.now) is True


def test_a_place_that_is_gone(shelf):
    """Then it stays where it is; with no place at all it goes away."""
    with shelf.database.transaction() as tx:
        row = waiting(shelf, tx, 9_999)
        assert release_submission(tx, 17, shelf.now) is True
        assert find_message(tx, shelf.account, row.id).flags == Flag.SEEN
        note_submission(tx, shelf.account, row, 18, None)
        assert release_submission(tx, 18, shelf.now) is True
        assert rows(tx, shelf.account, INBOX, 1, 1000, ("uid",)) == []


def test_who_deletes_it_does_not_send_it(shelf):
    with shelf.database.transaction() as tx:
        waiting(shelf, tx, INBOX)
        change_flags(tx, shelf.account, INBOX, ALL, FlagChange(How.ADD, Flags(Flag.DELETED)))
        expunge(tx, shelf.account, INBOX, ALL)
        assert release_submission(tx, 17, shelf.now) is False
        assert release_submission(tx, 17, shelf.now) is True


def test_what_is_taken_back_is_a_draft(shelf):
    with shelf.database.transaction() as tx:
        row = waiting(shelf, tx, INBOX)
        withdraw(tx, shelf.account, row)
        assert queued_as(tx, shelf.account, row.id) is None
        assert status_of(shelf, tx, row.id) == 0
        assert find_message(tx, shelf.account, row.id).flags == Flag.DRAFT
        assert release_submission(tx, 17, shelf.now) is True
