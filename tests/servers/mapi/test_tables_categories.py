"""Tables with categories, and with rows for each of several values. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import mapi_hub
from mapi_tables import DOWN, MAXIMUM, UP, TableSession, sorting

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.rops.category import (
    RopCollapseRowRequest,
    RopCollapseRowResponse,
    RopExpandRowRequest,
    RopExpandRowResponse,
    RopGetCollapseStateRequest,
    RopGetCollapseStateResponse,
    RopSetCollapseStateRequest,
    RopSetCollapseStateResponse,
)
from posthouse.protocols.mapi.rops.named_property import (
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
)
from posthouse.protocols.mapi.rops.table import Bookmark
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.tables import table
from posthouse.testing import MailHub
from posthouse.testing.hub import Account

SUBJECT, SENDER, TO = tags.PidTagSubject, tags.PidTagSentRepresentingName, tags.PidTagDisplayTo
TYPE, DEPTH, ID, NUMBER = tags.PidTagRowType, tags.PidTagDepth, tags.PidTagInstID, tags.PidTagInstanceNum
LEAF, OPEN, CLOSED = 1, 3, 4
NONE = Missing(ErrorCode.ecNotFound)
MAIL = (("ann", "x", "1", "\\Seen"), ("bob", "x", "2"), ("Ann", "y", "3"), ("bob", "x", "4"), ("ann", "x", "5"))
"""Sender, recipient, subject, flags."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def add(session, *mail):
    account = Account(session.hub, session.account, "alice@example.org", "secret")
    for sender, recipient, subject, *flags in mail:
        text = f"From: {sender} <{sender}@example.net>\r\nTo: {recipient} <{recipient}@example.net>\r\n"
        account.add_message(f"{text}Subject: {subject}\r\n\r\ntext\r\n".encode(), session.path, flags)


@pytest.fixture
def folder(alice):
    """With the mail, the first of which is read."""
    _, slot, alice.path = alice.new()
    add(alice, *MAIL)
    return slot


def by_sender(session, folder, *columns, expanded=1, orders=((SENDER, UP), (SUBJECT, UP)), categories=1):
    table = session.contents(folder, *(columns or (TYPE, SENDER, SUBJECT)))
    return session.sort(table, *orders, categories=categories, expanded=expanded)


def test_rows_are_below_the_header_of_their_category(alice, folder):
    """R66, R67, R71, R72, R119, R13, R15, R17, R19, R622, R20 to R23, R12, R617 to R620, R623: whatever is upper or
    lower case."""
    columns = (TYPE, DEPTH, SENDER, SUBJECT, tags.PidTagContentCount, tags.PidTagContentUnreadCount, NUMBER)
    assert alice.rows(by_sender(alice, folder, *columns)) == [
        (OPEN, 0, "ann", NONE, 3, 2, 0),
        (LEAF, 1, "ann", "1", NONE, NONE, 0),
        (LEAF, 1, "Ann", "3", NONE, NONE, 0),
        (LEAF, 1, "ann", "5", NONE, NONE, 0),
        (OPEN, 0, "bob", NONE, 2, 2, 0),
        (LEAF, 1, "bob", "2", NONE, NONE, 0),
        (LEAF, 1, "bob", "4", NONE, NONE, 0),
    ]


def test_many_rows_are_put_into_categories_beside_other_work(alice, folder, monkeypatch):
    """R66, R67: the same as few."""
    few = alice.rows(by_sender(alice, folder))
    monkeypatch.setattr(table, "LARGE", 1)
    assert alice.rows(by_sender(alice, folder)) == few


def test_categories_are_within_categories(alice, folder):
    """R18, R66, R67, R71, R72: open down to a depth."""
    orders = ((SENDER, UP), (TO, DOWN), (SUBJECT, DOWN))
    columns = (TYPE, DEPTH, SENDER, TO, SUBJECT)
    table = by_sender(alice, folder, *columns, orders=orders, categories=2, expanded=1)
    closed = [
        (OPEN, 0, "Ann", NONE, NONE),
        (CLOSED, 1, "Ann", "y", NONE),
        (CLOSED, 1, "ann", "x", NONE),
        (OPEN, 0, "bob", NONE, NONE),
        (CLOSED, 1, "bob", "x", NONE),
    ]
    assert alice.rows(table) == closed
    alice.sort(table, *orders, categories=2, expanded=2)
    opened = alice.rows(table)
    assert [row for row in opened if row[0] != LEAF] == [(OPEN, *row[1:]) for row in closed]
    assert [row[4] for row in opened if row[0] == LEAF] == ["3", "5", "1", "4", "2"]
    assert {row[1] for row in opened if row[0] == LEAF} == {2}


def test_categories_are_ordered_by_their_greatest_value(alice, folder):
    """R81, R82."""
    orders = ((SENDER, DOWN), (tags.PidTagMid, MAXIMUM), (SUBJECT, UP))
    table = by_sender(alice, folder, orders=orders)
    assert alice.rows(table) == [
        *((OPEN, "ann", NONE), (LEAF, "ann", "1"), (LEAF, "Ann", "3"), (LEAF, "ann", "5")),
        *((OPEN, "bob", NONE), (LEAF, "bob", "2"), (LEAF, "bob", "4")),
    ]
    for wrong in (((SENDER, MAXIMUM),), ((SENDER, UP), (SUBJECT, UP), (tags.PidTagMid, MAXIMUM))):
        assert alice.error(sorting(table, *wrong, categories=1)) == ErrorCode.ecInvalidParameter


def test_a_category_is_opened(alice, folder):
    """R275, R278 to R281, R567, R568, R571, MS-OXCROPS R1542: how many rows it has is told; the client reads them."""
    table = by_sender(alice, folder, TYPE, SENDER, SUBJECT, ID, expanded=0)
    ann = alice.rows(table)[0]
    rop = RopExpandRowRequest(0, table, 0, ann[3])
    response = alice.get(rop, RopExpandRowResponse, alice.columns[table])
    assert (response.expanded_row_count, response.rows) == (3, ())
    assert [row[:3] for row in alice.all_rows(table)] == [
        *((OPEN, "ann", NONE), (LEAF, "ann", "1"), (LEAF, "Ann", "3"), (LEAF, "ann", "5")),
        (CLOSED, "bob", NONE),
    ]
    assert alice.error(rop) == ErrorCode.ecNotCollapsed


def test_rows_are_not_told_with_a_category(alice, folder):
    """R748: who asks for some of them does not open it."""
    table = by_sender(alice, folder, TYPE, ID, expanded=0)
    [ann, bob] = alice.rows(table)
    assert alice.error(RopExpandRowRequest(0, table, 1, ann[1])) == ErrorCode.ecNotSupported
    assert alice.all_rows(table) == [ann, bob]


def test_a_category_is_closed(alice, folder):
    """R283, R287, R573, R574, R577, R182, R506: bookmarks within it are at the next row, until it is opened again."""
    table = by_sender(alice, folder, TYPE, SENDER, SUBJECT, ID)
    ann = alice.rows(table, 1)[0]
    alice.seek(table, Bookmark.BOOKMARK_BEGINNING, 2)
    mark = alice.bookmark(table)
    rop = RopCollapseRowRequest(0, table, ann[3])
    assert alice.get(rop, RopCollapseRowResponse).collapsed_row_count == 3
    assert alice.error(rop) == ErrorCode.ecNotExpanded
    assert alice.position(table) == (1, 4)
    assert alice.seek_bookmark(table, mark)[0]
    assert alice.rows(table, 1)[0][:2] == (OPEN, "bob")
    alice.execute(RopExpandRowRequest(0, table, 0, ann[3]))
    assert not alice.seek_bookmark(table, mark)[0]
    assert alice.rows(table, 1)[0][:3] == (LEAF, "Ann", "3")


def test_what_is_no_category(alice, folder):
    """R570, R576: a row of data, or a number that was never told."""
    table = by_sender(alice, folder, TYPE, ID)
    leaf = alice.rows(table)[1][1]
    for number in (leaf, 99 << 16, 0):
        assert alice.error(RopExpandRowRequest(0, table, 0, number)) == ErrorCode.ecNotFound
        assert alice.error(RopCollapseRowRequest(0, table, number)) == ErrorCode.ecNotFound


def test_what_is_open_is_kept_by_the_client(alice, folder):
    """R288, R289, R294, R301, R304, R305, R307 to R309, R314, R315, R579 to R582, R585 to R588, MS-OXCROPS R1608,
    R1609, R1611, R1624, R1646, R1659: and rebuilt in another table of the same order."""
    columns = (TYPE, SENDER, SUBJECT, ID, NUMBER)
    table = by_sender(alice, folder, *columns)
    rows = alice.rows(table)
    alice.execute(RopCollapseRowRequest(0, table, rows[0][3]))
    wanted = rows[5]
    state = alice.get(RopGetCollapseStateRequest(0, table, wanted[3], wanted[4]), RopGetCollapseStateResponse)
    other = by_sender(alice, folder, *columns)
    rop = RopSetCollapseStateRequest(0, other, state.collapse_state)
    mark = alice.get(rop, RopSetCollapseStateResponse).bookmark
    assert alice.rows(other, 1) == [wanted]
    assert alice.seek_bookmark(other, mark) == (False, False, 0)
    assert [row[:2] for row in alice.all_rows(other)] == [
        *((CLOSED, "ann"), (OPEN, "bob"), (LEAF, "bob"), (LEAF, "bob")),
    ]
    alice.sort(other, (SENDER, DOWN), categories=1, expanded=1)
    assert alice.error(rop) == ErrorCode.ecInvalidParameter
    assert alice.error(RopSetCollapseStateRequest(0, other, b"?")) == ErrorCode.ecInvalidParameter
    assert alice.error(RopGetCollapseStateRequest(0, table, 77 << 16, 0)) == ErrorCode.ecNotFound


def test_categories_come_and_go(alice, folder):
    """R491: open ones stay open."""
    table = by_sender(alice, folder, TYPE, SENDER, SUBJECT, ID)
    rows = alice.rows(table)
    alice.execute(RopCollapseRowRequest(0, table, rows[0][3]))
    add(alice, ("abe", "x", "6"), ("ann", "x", "7"))
    assert [row[:3] for row in alice.all_rows(table)] == [
        *((OPEN, "abe", NONE), (LEAF, "abe", "6"), (CLOSED, "ann", NONE)),
        *((OPEN, "bob", NONE), (LEAF, "bob", "2"), (LEAF, "bob", "4")),
    ]


def test_headers_are_found(alice, folder):
    """R534: they have the values of their categories."""
    table = by_sender(alice, folder, TYPE, SENDER, expanded=0)
    wanted = Property(RelOp.EQ, SENDER, TaggedValue(SENDER, "BOB"))
    assert alice.found(table, wanted) == (CLOSED, "bob")


# rows of single values
@pytest.fixture
def keywords(alice):
    """The column of categories that users give, with a row for each."""
    rop = RopGetPropertyIdsFromNamesRequest(0, 0, 2, (named_tags.PidNameKeywords.name,))
    [id] = alice.get(rop, RopGetPropertyIdsFromNamesResponse).property_ids
    return PropertyTag(id, PropertyType.STRING | 0x3000)


@pytest.fixture
def coloured(alice):
    _, slot, alice.path = alice.new()
    account = Account(alice.hub, alice.account, "alice@example.org", "secret")
    for subject, flags in (("1", ("red", "blue")), ("2", ()), ("3", ("red",))):
        account.add_message(f"Subject: {subject}\r\n\r\n".encode(), alice.path, flags)
    return slot


def test_each_value_has_a_row(alice, coloured, keywords):
    """R6, R8, R10, R12, R433, R448: with a number of its own, and one id."""
    table = alice.contents(coloured, SUBJECT, keywords, NUMBER)
    alice.sort(table, (SUBJECT, UP), (keywords, UP))
    assert alice.rows(table) == [("1", "blue", 0), ("1", "red", 1), ("2", NONE, 0), ("3", "red", 0)]
    ids = alice.all_rows(alice.set_columns(table, ID, keywords))
    assert ids[0][0] == ids[1][0] != ids[2][0]
    alice.sort(table, (keywords, DOWN), (SUBJECT, UP))
    alice.set_columns(table, SUBJECT, keywords)
    assert alice.rows(table) == [("1", "red"), ("3", "red"), ("1", "blue"), ("2", NONE)]
    alice.restrict(table, Property(RelOp.EQ, keywords, TaggedValue(PropertyTag(keywords.id, 0x1F), "red")))
    assert alice.rows(table) == [("1", "red"), ("3", "red")]


def test_a_row_is_in_each_of_its_categories(alice, coloured, keywords):
    """R433, R448."""
    table = alice.contents(coloured, TYPE, keywords, SUBJECT)
    alice.sort(table, (keywords, UP), categories=1, expanded=1)
    assert alice.rows(table) == [
        *((OPEN, NONE, NONE), (LEAF, NONE, "2")),
        *((OPEN, "blue", NONE), (LEAF, "blue", "1")),
        *((OPEN, "red", NONE), (LEAF, "red", "1"), (LEAF, "red", "3")),
    ]
