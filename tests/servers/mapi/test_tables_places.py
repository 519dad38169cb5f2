"""Places in a table: the cursor, bookmarks, rows that are looked for. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import LOGON, mapi_hub
from mapi_tables import DOWN, SYNC, UP, TableSession, finding

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow, Property, RelOp
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.attachment import (
    AttachmentTableFlags,
    RopGetAttachmentTableRequest,
    RopGetAttachmentTableResponse,
)
from posthouse.protocols.mapi.rops.bookmark import (
    RopCreateBookmarkRequest,
    RopFreeBookmarkRequest,
    RopSeekRowBookmarkRequest,
    RopSeekRowFractionalRequest,
)
from posthouse.protocols.mapi.rops.category import (
    RopCollapseRowRequest,
    RopExpandRowRequest,
    RopGetCollapseStateRequest,
    RopSetCollapseStateRequest,
)
from posthouse.protocols.mapi.rops.folder import RopGetContentsTableRequest, RopGetContentsTableResponse
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    FindRowFlags,
    QueryRowsFlags,
    RopAbortRequest,
    RopFindRowRequest,
    RopFindRowResponse,
    RopGetStatusRequest,
    RopGetStatusResponse,
    RopQueryColumnsAllRequest,
    RopQueryColumnsAllResponse,
    RopQueryPositionRequest,
    RopQueryRowsRequest,
    RopResetTableRequest,
    RopResetTableResponse,
    RopRestrictRequest,
    RopSeekRowRequest,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
    RopSortTableRequest,
    TableStatus,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.messages import remove as remove_messages
from posthouse.store.reading import rows
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SUBJECT = tags.PidTagSubject
BEGINNING, CURRENT, END, CUSTOM = Bookmark
LETTERS = "abcde"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


@pytest.fixture
def table(alice):
    """Of five messages in order, whose subjects are letters."""
    _, slot, alice.path = alice.new()
    alice.fill(alice.path, *LETTERS)
    return alice.sort(alice.contents(slot, SUBJECT), (SUBJECT, UP))


def subject(text, rel_op=RelOp.EQ):
    return Property(rel_op, SUBJECT, TaggedValue(SUBJECT, text))


def remove(session, *letters):
    """Out of the folder, as another client would."""
    folder, account = session.number(session.path), session.account

    def work(tx):
        for uid, name in rows(tx, account, folder, 1, 0xFFFFFFFF, ("uid", "subject")):
            if name in letters:
                remove_messages(tx, account, folder, ((uid, uid),))

    session.hub.write(work)


def test_operations_are_those_of_the_list(alice, table):
    """R3: bytes of [MS-OXCROPS] in, and out."""
    raw = RopBuffer(bytes([0x15, LOGON, table, 0, 1, 2, 0]), tuple(alice.handles)).format()
    rows = b"\0a\0\0\0" + b"\0b\0\0\0"
    assert alice.execute_raw(raw).rops == bytes([0x15, table, 0, 0, 0, 0, CURRENT, 2, 0]) + rows


def test_the_cursor_moves_from_an_origin(alice, table):
    """R27 to R29, R140, R141, R148 to R162, R496, R497, R850, R133, R136 to R139, R163, R846."""
    for origin, count, moved, at in (
        (BEGINNING, 2, (False, 2), 2),
        (CURRENT, 1, (False, 1), 3),
        (CURRENT, -5, (True, -3), 0),
        (END, 0, (False, 0), 5),
        (END, 3, (True, 0), 5),
        (END, -2, (False, -2), 3),
        (BEGINNING, 9, (True, 5), 5),
    ):
        assert alice.seek(table, origin, count) == moved
        assert alice.position(table) == (at, 5)
    rop = RopSeekRowRequest(0, table, Bookmark(7), 0, False)
    assert alice.error(rop) == ErrorCode.ecInvalidBookmark


@pytest.mark.parametrize(("numerator", "denominator", "at"), [(0, 9, 0), (1, 2, 2), (9, 9, 5), (7, 3, 5), (4, 5, 4)])
def test_the_cursor_moves_to_a_fraction(alice, table, numerator, denominator, at):
    """R198, R203, R204, R513 to R516, R855, R910, R912, R914."""
    assert alice.error(RopSeekRowFractionalRequest(0, table, numerator, denominator)) == 0
    assert alice.position(table) == (at, 5)


def test_nothing_is_a_fraction_of_nothing(alice, table):
    """R513."""
    assert alice.error(RopSeekRowFractionalRequest(0, table, 1, 0)) == ErrorCode.ecInvalidBookmark


def test_a_bookmark_stays_with_its_row(alice, table):
    """R165, R166, R176 to R194, R208 to R213, R503, R504, R522, R526, R508."""
    alice.seek(table, BEGINNING, 2)
    mark = alice.bookmark(table)
    alice.fill(alice.path, "bb")
    assert alice.seek_bookmark(table, mark) == (False, False, 0)
    assert alice.rows(table, 1) == ["c"]
    assert alice.seek_bookmark(table, mark, -2) == (False, False, -2)
    assert alice.position(table) == (1, 6)
    assert alice.seek_bookmark(table, mark, 100) == (False, True, 3)


def test_the_row_of_a_bookmark_has_gone(alice, table):
    """R182 to R185, R506: then the next one stands for it."""
    alice.seek(table, BEGINNING, 2)
    mark = alice.bookmark(table)
    remove(alice, "c", "d")
    assert alice.seek_bookmark(table, mark) == (True, False, 0)
    assert alice.rows(table) == ["e"]


def test_bookmarks_end(alice, table):
    """R247, R2481, R439, R453, R505, R870, R871, R904, R906, R908, R511, R545, R547 to R549, R562, R5521, R863 to R865,
    R257, R537, R868, R869, R898, R900, R902."""
    mark = alice.bookmark(table)
    assert alice.error(RopFreeBookmarkRequest(0, table, mark)) == 0
    assert alice.error(RopFreeBookmarkRequest(0, table, mark)) == ErrorCode.ecInvalidBookmark
    assert alice.error(RopSeekRowBookmarkRequest(0, table, b"no bookmark", 0, True)) == ErrorCode.ecInvalidBookmark
    for end in (
        lambda: alice.sort(table, (SUBJECT, UP)),
        lambda: alice.restrict(table, None),
        lambda: alice.error(RopResetTableRequest(0, table)),
    ):
        mark = alice.bookmark(table)
        alice.seek(table, BEGINNING, 3)
        end()
        assert alice.position(table) == (0, 5)
        alice.set_columns(table, SUBJECT)
        assert alice.error(RopSeekRowBookmarkRequest(0, table, mark, 0, True)) == ErrorCode.ecInvalidBookmark
        find = finding(table, subject("a"), origin=CUSTOM, bookmark=mark)
        assert alice.error(find) == ErrorCode.ecInvalidBookmark


def test_bookmarks_begin_anew_when_a_table_is_reset(alice, table):
    """R562, R863, R871, R908: what the first bookmark was called means nothing until there is a first one again."""
    alice.seek(table, BEGINNING, 3)
    before = alice.bookmark(table)
    alice.get(RopResetTableRequest(0, table), RopResetTableResponse)
    alice.set_columns(table, SUBJECT)
    assert alice.error(RopSeekRowBookmarkRequest(0, table, before, 0, True)) == ErrorCode.ecInvalidBookmark
    alice.seek(table, BEGINNING, 1)
    assert alice.bookmark(table) == before
    assert alice.seek_bookmark(table, before, 1) == (False, False, 1)
    assert alice.position(table)[0] == 2


def test_a_released_table_has_no_bookmarks(alice, table):
    """R248, R524, R546, R552."""
    mark = alice.bookmark(table)
    handle = alice.handles[table]
    alice.execute(RopReleaseRequest(0, table))
    alice.handles[table] = handle
    assert alice.error(RopSeekRowBookmarkRequest(0, table, mark, 0, True)) == ErrorCode.ecNullObject
    assert alice.error(RopFreeBookmarkRequest(0, table, mark)) == ErrorCode.ecNullObject


def test_there_are_not_endless_bookmarks(alice, table):
    """R523: each takes memory."""
    requests = [RopCreateBookmarkRequest(0, table)] * 2_100
    codes = [alice.execute(*requests[at : at + 700]) for at in range(0, 2_100, 700)]
    assert [one.return_value for piece in codes for one in piece].count(ErrorCode.ecMemory) == 100


def test_a_row_is_found(alice, table):
    """R223, R225, R226, R237 to R246, R534 to R536, R538 to R540, R542, R544001, R6081, R859: forwards, backwards,
    from a bookmark."""
    alice.fill(alice.path, "bat")
    begins = Content(FuzzyLow.PREFIX, 1, SUBJECT, TaggedValue(SUBJECT, "b"))
    assert alice.found(table, begins) == "b"
    assert alice.position(table) == (1, 6)
    assert alice.found(table, begins, origin=END, backward=True) == "bat"
    assert alice.found(table, begins, origin=CURRENT, backward=True) == "b"
    assert alice.error(finding(table, begins, origin=CURRENT, backward=True)) == ErrorCode.ecNotFound
    alice.seek(table, BEGINNING, 3)
    mark = alice.bookmark(table)
    found = alice.found(table, subject("c", RelOp.GE), origin=CUSTOM, bookmark=mark)
    assert found == "c"
    remove(alice, "c")
    rop = finding(table, subject("a", RelOp.GE), origin=CUSTOM, bookmark=mark)
    response = alice.get(rop, RopFindRowResponse, (SUBJECT,))
    assert response.row_no_longer_visible
    assert alice.cells(table, response.row) == ("d",)
    assert alice.rows(table) == ["d", "e"]


def test_a_row_is_found_far_away(alice, table):
    """R534: what is not near is looked for in larger pieces."""
    alice.fill(alice.path, *(f"m{number:04}" for number in range(300)), "zebra")
    for tag in (tags.PidTagInstanceKey, tags.PidTagInstID, tags.PidTagMid):
        alice.set_columns(table, SUBJECT, tag)
        wanted = alice.all_rows(table)[-1]
        row = Property(RelOp.EQ, tag, TaggedValue(tag, wanted[1]))
        assert alice.found(table, row) == wanted
        assert alice.found(table, row, origin=END, backward=True) == wanted
        assert alice.error(finding(table, row, origin=END)) == ErrorCode.ecNotFound
    alice.set_columns(table, SUBJECT)
    body = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagBody, TaggedValue(tags.PidTagBody, "zeb"))
    assert alice.found(table, body) == "zebra"
    assert alice.found(table, subject("a"), origin=END, backward=True) == "a"


def test_letters_with_marks_stand_by_those_without(alice):
    """By whatever column, and whoever looks for a letter finds its place."""
    names = ["Apfel", "Äpfel", "Azur", "Öl", "Olive", "zebra"]
    _, folder, path = alice.new()
    account = Account(alice.hub, alice.account, "alice@example.org", "secret")
    for name in sorted(names, key=len):
        account.add_message(f"From: {name} <x@example.net>\r\nSubject: {name}\r\n\r\n".encode(), path)
    table = alice.contents(folder, SUBJECT)
    for tag in (SUBJECT, tags.PidTagSentRepresentingName):
        alice.sort(table, (tag, UP))
        assert alice.all_rows(table) == names
        first = Property(RelOp.GE, tag, TaggedValue(tag, "o"))
        assert alice.found(table, first) == "Öl"
    assert alice.found(table, subject("äpfel")) == "Äpfel"


def test_a_table_is_reset(alice, table):
    """R256 to R258, R440, R553 to R561, R564, R871: as if nothing had been set; where nothing is, the order is always
    the same one."""
    default = alice.rows(alice.contents(alice.open(alice.folder(alice.path)), SUBJECT))
    alice.sort(table, (SUBJECT, DOWN))
    alice.restrict(table, subject("c"))
    alice.seek(table, END)
    alice.get(RopResetTableRequest(0, table), RopResetTableResponse)
    assert alice.error(RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 5)) == ErrorCode.ecNullObject
    assert alice.position(table) == (0, 5)
    alice.set_columns(table, SUBJECT)
    assert alice.rows(table) == default
    assert sorted(default) == list(LETTERS)


def test_what_needs_columns(alice, table):
    """R8261, R8263 to R8267, R826, R827, R8271, R8273 to R8277."""
    alice.get(RopResetTableRequest(0, table), RopResetTableResponse)
    mark = alice.bookmark(table)
    for rop in (
        finding(table, subject("a")),
        RopCollapseRowRequest(0, table, 1 << 16),
        RopExpandRowRequest(0, table, 0, 1 << 16),
        RopFreeBookmarkRequest(0, table, mark),
        RopGetCollapseStateRequest(0, table, 1 << 16, 0),
        RopSeekRowBookmarkRequest(0, table, mark, 0, True),
        RopSetCollapseStateRequest(0, table, b""),
    ):
        assert alice.error(rop) == ErrorCode.ecNullObject


def test_nothing_goes_on_behind(alice, table):
    """R402, R479, R485, R483, R487, R842, R416, R797, R798, R781, R885, R886, R810, R889, R625, R31, R33, R40, R43,
    R54, R55, R83, R84, R93, R94, R123, R128, R131, R132, R473, R492, R498, R507, R518, R525, R541, R563, R595 to R598,
    R600, R602, R604, R749, R751, R758, R760, R762, R764, R766, R770, R772, R774, R796, R800, R802, R812, R822, R878,
    R881 to R883: whoever wants it to be done later is told that it has been done."""
    later = AsynchronousFlags.TBL_ASYNC
    response = alice.get(RopSetColumnsRequest(0, table, later, (SUBJECT,)), RopSetColumnsResponse)
    assert response.table_status is TableStatus.TBLSTAT_COMPLETE
    for rop in (RopSortTableRequest(0, table, later, 0, 0, ()), RopRestrictRequest(0, table, later, None)):
        [response] = alice.execute(rop)
        assert (response.return_value, response.table_status) == (0, TableStatus.TBLSTAT_COMPLETE)
    status = alice.get(RopGetStatusRequest(0, table), RopGetStatusResponse)
    assert status.table_status is TableStatus.TBLSTAT_COMPLETE
    assert alice.error(RopAbortRequest(0, table)) == ErrorCode.ecUnableToAbort


MAIL = b"""Return-Path: <a@example.net>
From: a@example.net
To: alice@example.org
Reply-To: b@example.net
Message-ID: <2@x.example>
In-Reply-To: <1@x.example>
References: <1@x.example>
Disposition-Notification-To: a@example.net

text
"""


def test_all_columns_are_told(alice, table):
    """R216, R217, R220 to R222, R530, R876: all that mail has, and what a row has besides; each once."""
    Account(alice.hub, alice.account, "alice@example.org", "secret").add_message(MAIL, alice.path)
    message = alice.opened_in(alice.message_ids(alice.path)[-1], alice.path)
    has = {tag for tag in alice.all_values(message) if tag.id < 0x8000}
    found = alice.get(RopQueryColumnsAllRequest(0, table), RopQueryColumnsAllResponse)
    assert has | {tags.PidTagInstID, tags.PidTagInstanceNum, tags.PidTagRowType} <= set(found.property_tags)
    assert len(set(found.property_tags)) == len(found.property_tags)


@pytest.mark.parametrize("kind", ["folders", "attachments"])
def test_all_columns_of_other_tables_are_told(alice, kind):
    """R530."""
    if kind == "folders":
        one, table = alice.opened_folder(Special.SENT_ITEMS), alice.hierarchy(alice.subtree)
    else:
        message, table = alice.new_message(), alice.slot()
        one = alice.new_attachment(message)
        alice.set(one, {tags.PidTagAttachLongFilename: "a.txt", tags.PidTagAttachDataBinary: b"data"})
        alice.get(
            RopGetAttachmentTableRequest(0, message, table, AttachmentTableFlags(0)), RopGetAttachmentTableResponse
        )
    found = alice.get(RopQueryColumnsAllRequest(0, table), RopQueryColumnsAllResponse)
    assert {tag for tag in alice.all_values(one) if tag.id < 0x8000} <= set(found.property_tags)
    assert len(set(found.property_tags)) == len(found.property_tags)


OPERATIONS = (
    RopSetColumnsRequest(0, LOGON, SYNC, (SUBJECT,)),
    RopSortTableRequest(0, LOGON, SYNC, 0, 0, ()),
    RopRestrictRequest(0, LOGON, SYNC, None),
    RopQueryRowsRequest(0, LOGON, QueryRowsFlags(0), True, 5),
    RopAbortRequest(0, LOGON),
    RopGetStatusRequest(0, LOGON),
    RopQueryPositionRequest(0, LOGON),
    RopSeekRowRequest(0, LOGON, BEGINNING, 0, False),
    RopSeekRowBookmarkRequest(0, LOGON, b"1234", 0, False),
    RopSeekRowFractionalRequest(0, LOGON, 1, 2),
    RopCreateBookmarkRequest(0, LOGON),
    RopQueryColumnsAllRequest(0, LOGON),
    RopFindRowRequest(0, LOGON, FindRowFlags(0), None, BEGINNING),
    RopFreeBookmarkRequest(0, LOGON, b"1234"),
    RopResetTableRequest(0, LOGON),
    RopExpandRowRequest(0, LOGON, 0, 1),
    RopCollapseRowRequest(0, LOGON, 1),
    RopGetCollapseStateRequest(0, LOGON, 1, 0),
    RopSetCollapseStateRequest(0, LOGON, b""),
)


@pytest.mark.parametrize("request_", OPERATIONS, ids=lambda rop: type(rop).__name__)
def test_only_tables_are_tables(alice, request_):
    """R45, R57, R88, R614, R124, R129, R612, R142, R168, R200, R209, R218, R682, R249, R259, R274, R284, R290, R306;
    R436, R477, R490, R495, R502, R521, R533."""
    assert alice.error(request_) == ErrorCode.ecNotSupported


def test_the_number_of_rows_is_told_at_once(alice, table):
    """[MS-OXCFOLD] MS-OXCFOLD R320, R321 and R333."""
    slot = alice.open(alice.folder(alice.path))
    response = alice.get(RopGetContentsTableRequest(0, slot, alice.slot()), RopGetContentsTableResponse)
    assert response.row_count == 5


@pytest.mark.parametrize(
    "failing",
    [
        RopSeekRowRequest(0, LOGON, BEGINNING, 0, False),
        RopSeekRowBookmarkRequest(0, LOGON, b"1234", 0, False),
        RopCreateBookmarkRequest(0, LOGON),
    ],
    ids=lambda rop: type(rop).__name__,
)
def test_nothing_is_done_at_a_wrong_place(alice, table, failing):
    """R501, R510, R528: what comes behind it in the buffer."""
    follows = RopQueryPositionRequest(0, table)
    raw = RopBuffer(failing.format() + follows.format(), tuple(alice.handles)).format()
    assert len(alice.execute_raw(raw).rops) == 6
    assert alice.position(table) == (0, 5)
