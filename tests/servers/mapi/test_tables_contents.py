"""Contents tables of a real hub: columns, rows, order, choice. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import LOGON, mapi_hub
from mapi_tables import DOWN, SYNC, UP, TableSession, sorting

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Content,
    Count,
    Exist,
    FuzzyLow,
    Not,
    Property,
    RelOp,
    SubObject,
)
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, RopCreateMessageRequest, RopCreateMessageResponse
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    QueryRowsFlags,
    RopGetStatusRequest,
    RopGetStatusResponse,
    RopQueryRowsRequest,
    RopRestrictRequest,
    RopSetColumnsRequest,
    TableStatus,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import object_id
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SUBJECT = tags.PidTagSubject
DELIVERED, TICKS = tags.PidTagMessageDeliveryTime, 132_000_000_000_000_123


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def folder_with(session, *subjects):
    """A new folder with such messages; its slot and its path."""
    _, slot, name = session.new()
    session.fill(name, *subjects)
    return slot, name


def account_of(session):
    return Account(session.hub, session.account, f"{session.who}@example.org", "secret")


def test_rows_have_the_columns_that_were_set(alice):
    """R44 to R50, R110 to R116, R1340, R426, R427, R432, R462, R472, R813, R831, R837: in their order; what is not
    there is told as such."""
    folder, name = folder_with(alice, "one", "Re: two")
    columns = (tags.PidTagMid, tags.PidTagSubjectPrefix, SUBJECT, tags.PidTagNormalizedSubject, tags.PidTagReplyTime)
    table = alice.contents(folder, *columns)
    first, second = alice.message_ids(name)
    assert sorted(alice.rows(table)) == [
        (object_id(first.counter), "", "one", "one", Missing(ErrorCode.ecNotFound)),
        (object_id(second.counter), "Re: ", "Re: two", "two", Missing(ErrorCode.ecNotFound)),
    ]


def test_columns_can_be_set_anew(alice):
    """R427, R824."""
    folder, _ = folder_with(alice, "one")
    table = alice.contents(folder, SUBJECT)
    assert alice.rows(table) == ["one"]
    alice.set_columns(table, tags.PidTagMessageClass, SUBJECT)
    alice.seek(table, Bookmark.BOOKMARK_BEGINNING)
    assert alice.rows(table) == [("IPM.Note", "one")]


@pytest.mark.parametrize("kind", [PropertyType.UNSPECIFIED, PropertyType.ERROR_CODE, 0x7777])
def test_columns_of_no_type_are_refused(alice, kind):
    """R435, R429, R610, R428, R467, R421, R36, R37: then there are none, until others are set."""
    folder, _ = folder_with(alice, "one")
    table = alice.contents(folder, SUBJECT)
    rop = RopSetColumnsRequest(0, table, SYNC, (SUBJECT, PropertyTag(tags.PidTagSubject.id, kind)))
    assert alice.error(rop) == ErrorCode.ecInvalidParameter
    status = alice.get(RopGetStatusRequest(0, table), RopGetStatusResponse)
    assert status.table_status is TableStatus.TBLSTAT_SETCOL_ERROR
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)) == ErrorCode.ecNullObject
    alice.set_columns(table, SUBJECT)
    assert alice.rows(table) == ["one"]


def test_rows_without_columns_are_refused(alice):
    """R471, R476, R768, R866, R867."""
    folder, _ = folder_with(alice, "one")
    table = alice.contents(folder)
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)) == ErrorCode.ecNullObject


def test_a_large_value_is_cut(alice):
    """R121, R122: to 510 bytes, with what ends a text."""
    _, folder, name = alice.new()
    account_of(alice).add_message(b"Subject: x\r\n\r\n" + b"y" * 5_000, name)
    table = alice.contents(folder, tags.PidTagBody, PropertyTag(tags.PidTagBody.id, PropertyType.STRING8))
    [(text, eight_bits)] = alice.rows(table)
    assert text == "y" * 254
    assert eight_bits == b"y" * 254


def test_rows_are_sorted(alice):
    """R56, R76, R77, R119, R437, R438, R447: by one column or by several, and anew."""
    folder, _ = folder_with(alice, "b", "a", "C", "c")
    table = alice.contents(folder, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    assert alice.rows(table) == ["a", "b", "C", "c"]
    alice.sort(table, (SUBJECT, DOWN), (tags.PidTagMid, DOWN))
    assert alice.rows(table) == ["c", "C", "b", "a"]
    alice.sort(table, (tags.PidTagDisplayTo, UP), (tags.PidTagMid, DOWN))
    assert alice.rows(table) == ["c", "C", "a", "b"]


def test_rows_are_chosen(alice):
    """R85 to R87, R117, R118, R451, R452, R454, R834: by what columns tell and by what only whole messages tell."""
    folder, name = folder_with(alice, "apple", "Apricot", "banana")
    account_of(alice).add_message(b"Subject: read\r\n\r\nfruit", name, ["\\Seen"])
    table = alice.contents(folder, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    begins = Content(FuzzyLow.PREFIX, 1, SUBJECT, TaggedValue(SUBJECT, "AP"))
    unread = BitMask(False, tags.PidTagMessageFlags, 1)
    body = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagBody, TaggedValue(tags.PidTagBody, "fruit"))
    for restriction, expected in (
        (begins, ["apple", "Apricot"]),
        (Not(unread), ["read"]),
        (And((unread, Not(begins))), ["banana"]),
        (body, ["read"]),
        (Exist(tags.PidTagReplyTime), []),
        (Property(RelOp.GE, SUBJECT, TaggedValue(SUBJECT, "banana")), ["banana", "read"]),
        (None, ["apple", "Apricot", "banana", "read"]),
    ):
        alice.restrict(table, restriction)
        assert alice.rows(table) == expected


def associated(session, folder, values):
    """A new message of that kind."""
    slot = session.slot()
    rop = RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, True)
    session.get(rop, RopCreateMessageResponse)
    assert session.set(slot, values) == ()
    session.saved(slot)


@pytest.mark.parametrize(
    ("values", "restriction", "fits"),
    [
        ({}, Exist(DELIVERED), False),
        ({}, Property(RelOp.GE, DELIVERED, TaggedValue(DELIVERED, 0)), False),
        ({DELIVERED: TICKS}, Property(RelOp.EQ, DELIVERED, TaggedValue(DELIVERED, TICKS)), True),
        ({DELIVERED: TICKS}, Property(RelOp.LT, DELIVERED, TaggedValue(DELIVERED, TICKS)), False),
        ({SUBJECT: "two\r\nlines"}, Property(RelOp.EQ, SUBJECT, TaggedValue(SUBJECT, "two\r\nlines")), True),
        ({SUBJECT: "x" * 250}, Property(RelOp.EQ, SUBJECT, TaggedValue(SUBJECT, "x" * 250)), True),
    ],
    ids=["nothing", "no moment", "a moment", "before it", "a line break", "a long text"],
)
@pytest.mark.parametrize("order", [DELIVERED, tags.PidTagSentRepresentingName])
def test_what_clients_have_made_is_chosen_by_what_its_row_says(alice, values, restriction, fits, order):
    """R86, R87, R117, R452, R534: however exact that is, and whether or not other mail is there."""
    id, folder, name = alice.new()
    alice.fill(name, "one", "two")
    message = alice.slot()
    rop = RopCreateMessageRequest(0, LOGON, message, LOGON_CODE_PAGE, id, False)
    alice.get(rop, RopCreateMessageResponse)
    alice.set(message, values)
    saved = object_id(alice.saved(message).counter)
    table = alice.sort(alice.contents(folder, tags.PidTagMid, *values), (order, UP))
    [shown] = [row for row in alice.rows(table) if (row[0] if values else row) == saved]
    assert not values or shown[1:] == tuple(values.values())
    for _ in range(2):
        alice.restrict(table, restriction)
        assert (shown in alice.rows(table)) is fits
        alice.fill(name, "three")
    size = tags.PidTagMessageSize
    for least, found in ((1, fits), (1_000_000, False)):
        alice.restrict(table, And((restriction, Property(RelOp.GE, size, TaggedValue(size, least)))))
        assert (shown in alice.rows(table)) is found
    alice.restrict(table, None)
    if fits:
        assert alice.found(table, restriction) == shown


def test_a_count_limits_the_rows(alice):
    """R117, R452: to the first in the table's order, whoever comes and goes."""
    folder, name = folder_with(alice, "a", "c", "d", "e")
    table = alice.restrict(alice.sort(alice.contents(folder, SUBJECT), (SUBJECT, UP)), Count(2, Exist(SUBJECT)))
    assert alice.rows(table) == ["a", "c"]
    alice.fill(name, "b")
    alice.seek(table, Bookmark.BOOKMARK_BEGINNING)
    assert alice.rows(table) == ["a", "b"]
    assert alice.position(table) == (2, 2)
    alice.restrict(table, Count(0, Exist(SUBJECT)))
    assert alice.rows(table) == []


def test_messages_are_chosen_by_what_tables_tell_of_their_attachments(alice):
    """R451, MS-OXCMSG R230, R233: their numbers and sizes, and names that follow from others."""
    _, folder, name = alice.new()
    text = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=one.txt\r\n\r\n" + b"y" * 100
    account_of(alice).add_message(b"Subject: with\r\n" + text, name)
    alice.fill(name, "without")
    table = alice.contents(folder, SUBJECT)
    size, number = tags.PidTagAttachSize, tags.PidTagAttachNumber
    for restriction, found in (
        (Property(RelOp.GT, size, TaggedValue(size, 100)), ["with"]),
        (Property(RelOp.GT, size, TaggedValue(size, 1_000)), []),
        (Property(RelOp.EQ, number, TaggedValue(number, 0)), ["with"]),
    ):
        alice.restrict(table, SubObject(tags.PidTagMessageAttachments, restriction))
        assert alice.rows(table) == found


def test_associated_messages_are_sorted_and_chosen(alice):
    """R117, R119: nothing but they themselves tells their subjects and their senders."""
    number, folder, _ = alice.new()
    associated(alice, number, {SUBJECT: "Re: one", tags.PidTagSentRepresentingName: "zed"})
    associated(alice, number, {SUBJECT: "two", tags.PidTagSentRepresentingName: "ann"})
    table = alice.contents(folder, SUBJECT, flags=ContentsTableFlags.ASSOCIATED)
    for tag, expected in (
        (SUBJECT, ["Re: one", "two"]),
        (tags.PidTagNormalizedSubject, ["Re: one", "two"]),
        (tags.PidTagSentRepresentingName, ["two", "Re: one"]),
    ):
        alice.sort(table, (tag, UP))
        assert alice.rows(table) == expected
    for tag, text in ((SUBJECT, "re: o"), (tags.PidTagNormalizedSubject, "ONE")):
        begins = Content(FuzzyLow.PREFIX, 1, tag, TaggedValue(tag, text))
        assert alice.found(table, begins) == "Re: one"
        alice.restrict(table, begins)
        assert alice.rows(table) == ["Re: one"]
        alice.restrict(table, Not(begins))
        assert alice.rows(table) == ["two"]
        alice.restrict(table, None)


def test_a_sort_that_fails_leaves_no_rows(alice):
    """R442, R443, R35: until another one is set."""
    folder, _ = folder_with(alice, "b", "a")
    table = alice.contents(folder, SUBJECT)
    assert alice.error(sorting(table, (SUBJECT, UP), categories=2)) == ErrorCode.ecInvalidParameter
    status = alice.get(RopGetStatusRequest(0, table), RopGetStatusResponse)
    assert status.table_status is TableStatus.TBLSTAT_SORT_ERROR
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)) == ErrorCode.ecNotInitialized
    alice.sort(table, (SUBJECT, UP))
    assert alice.rows(table) == ["a", "b"]


def test_as_many_rows_as_fit_are_told(alice):
    """R95, R108, R109, R463 to R467, R724 to R726, MS-OXCROPS R454507: whole ones, and the rest when it is asked for
    again."""
    folder, _ = folder_with(alice, *(f"{number:03} " + "x" * 200 for number in range(120)))
    table = alice.contents(folder, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    first = alice.query(table)
    assert first.origin is Bookmark.BOOKMARK_CURRENT
    assert 50 < len(first.rows) < 120
    rest = alice.query(table)
    assert rest.origin is Bookmark.BOOKMARK_END
    assert len(first.rows) + len(rest.rows) == 120
    assert alice.query(table).rows == ()
    assert len(alice.all_rows(table)) == 120


def test_rows_are_read_in_both_directions(alice):
    """R468 to R470, R725, R897: BOOKMARK_END says that no more are left, in either direction."""
    folder, _ = folder_with(alice, "a", "b", "c", "d")
    table = alice.contents(folder, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    assert alice.rows(table, 2, flags=QueryRowsFlags.NO_ADVANCE) == ["a", "b"]
    assert alice.rows(table, 3) == ["a", "b", "c"]
    assert alice.rows(table, 2, forward=False) == ["b", "c"]
    assert alice.position(table) == (1, 4)
    last = alice.query(table, 5, forward=False)
    assert last.origin is Bookmark.BOOKMARK_END
    assert [alice.cells(table, row) for row in last.rows] == [("a",)]


def test_a_table_is_kept_up_to_date(hub, alice):
    """R491: rows come and go where they belong, and the cursor stays with its row."""
    folder, name = folder_with(alice, "b", "d", "f")
    table = alice.contents(folder, SUBJECT)
    alice.sort(table, (SUBJECT, UP))
    assert alice.rows(table, 1) == ["b"]
    alice.fill(name, "a", "e")
    assert alice.position(table) == (2, 5)
    assert alice.rows(table) == ["d", "e", "f"]
    assert alice.all_rows(table) == ["a", "b", "d", "e", "f"]


def test_packed_buffers_have_the_rows_that_follow(alice):
    """[MS-OXCRPC] MS-OXCRPC R963, R964 and R973: as long as the client takes them, and no more than it wanted."""
    folder, _ = folder_with(alice, *(f"{number:03} " + "x" * 200 for number in range(200)))
    table = alice.sort(alice.contents(folder, SUBJECT), (SUBJECT, UP))
    rop = RopQueryRowsRequest(0, table, QueryRowsFlags.ENABLE_PACKED_BUFFERS, True, 180)
    pieces = alice.packed(rop)
    assert len(pieces) > 2
    rows = [alice.cells(table, row)[0] for piece in pieces for row in piece.rows]
    assert [int(row[:3]) for row in rows] == list(range(180))
    assert alice.position(table) == (180, 200)


def test_tables_have_no_more_than_a_share_of_the_memory(hub, monkeypatch):
    """R269: what is released can be had again."""
    bob = TableSession(hub, "bob")
    folder, _ = folder_with(bob, "one")
    monkeypatch.setattr(hub.running.mapi._memory, "_limit", 100_000)
    wide = tuple(PropertyTag(number, PropertyType.STRING) for number in range(1, 151))
    first, second = bob.contents(folder, *wide), bob.contents(folder)
    assert bob.error(RopSetColumnsRequest(0, second, SYNC, wide)) == ErrorCode.ecMemory
    assert bob.error(RopQueryRowsRequest(0, second, QueryRowsFlags(0), True, 10)) == ErrorCode.ecNullObject
    bob.release(first)
    bob.set_columns(second, *wide)
    assert len(bob.rows(second)) == 1


def test_a_restriction_that_fails_leaves_no_rows(alice):
    """R39, R421, R455, R456: until another one is set."""
    folder, _ = folder_with(alice, "a")
    table = alice.contents(folder, SUBJECT)
    endless = And((Exist(SUBJECT),) * 3_000)
    assert alice.error(RopRestrictRequest(0, table, SYNC, endless)) == ErrorCode.ecTooComplex
    status = alice.get(RopGetStatusRequest(0, table), RopGetStatusResponse)
    assert status.table_status is TableStatus.TBLSTAT_RESTRICT_ERROR
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)) == ErrorCode.ecNotInitialized
    alice.restrict(table, None)
    assert alice.rows(table) == ["a"]


def test_a_row_that_no_response_can_hold(alice):
    """R466, R478."""
    _, folder, name = alice.new()
    account_of(alice).add_message(b"Subject: x\r\n\r\n" + b"y" * 5_000, name)
    table = alice.contents(folder, *([tags.PidTagBody] * 80))
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)) == ErrorCode.ecBufferTooSmall
    alice.set_columns(table, *([tags.PidTagBody] * 40))
    assert len(alice.rows(table)) == 1
