"""A client that only listens knows where messages are, and has the rows of a table as the server has them. Statements
are those of [MS-OXCNOTIF]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_news import NewsSession
from mapi_session import mapi_hub
from mapi_tables import DOWN, MAXIMUM, UP

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import FolderId
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restrictions import BitMask, Direction, Restriction
from posthouse.protocols.mapi.rops.category import RopCollapseRowRequest, RopExpandRowRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import (
    ObjectCreated,
    ObjectDeleted,
    ObjectMoved,
    TableEventType,
    TableModified,
)
from posthouse.protocols.mapi.tags import (
    PidTagContentCount,
    PidTagContentUnreadCount,
    PidTagInstID,
    PidTagMessageFlags,
    PidTagMid,
    PidTagRead,
    PidTagRowType,
    PidTagSubject,
    PidTagSubjectPrefix,
)
from posthouse.store.flags import change_flags
from posthouse.store.messages import copy, move, remove
from posthouse.store.reading import uids
from posthouse.testing import MailHub

FOLDERS = 2
PREFIXES = "", "Re: ", "Fw: "
OPEN, CLOSED = 3, 4
NUMBERS = count(1)
LISTS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(("put", "read", "unread", "remove", "move", "copy")),
            st.integers(0, FOLDERS - 1),
            st.integers(0, 20),
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=6,
)
"""What happens before the client comes, each time: what, in which folder, to which of its messages."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


class View(NamedTuple):
    """How a table is looked at."""

    orders: tuple[tuple[PropertyTag, Direction], ...]
    categories: int = 0
    restriction: Restriction | None = None


_UNREAD = BitMask(False, PidTagMessageFlags, 1)
VIEWS = {
    "all": View(((PidTagRead, UP), (PidTagSubject, DOWN))),
    "chosen": View(((PidTagRead, UP), (PidTagSubject, DOWN)), restriction=_UNREAD),
    "categories": View(((PidTagSubjectPrefix, UP), (PidTagSubject, DOWN)), 1),
    "categories in categories": View(((PidTagRead, DOWN), (PidTagSubjectPrefix, UP), (PidTagMid, UP)), 2),
    "moving categories": View(((PidTagSubjectPrefix, DOWN), (PidTagMid, MAXIMUM), (PidTagSubject, UP)), 1),
    "categories of some": View(((PidTagSubjectPrefix, DOWN), (PidTagMid, MAXIMUM)), 1, _UNREAD),
}


class Mirror:
    """A table as its client knows it: ids and values of rows, in their order."""

    def __init__(self, session: NewsSession, folder: ObjectId, view: View) -> None:
        columns = PidTagInstID, PidTagRead, PidTagSubject, PidTagRowType, PidTagContentCount, PidTagContentUnreadCount
        self._session = session
        self._table = session.contents(session.open(folder), *columns)
        session.restrict(self._table, view.restriction)
        session.sort(self._table, *view.orders, categories=view.categories, expanded=view.categories)
        self._rows: list[tuple[int, Any]] = []
        self._read()

    @property
    def handle(self) -> int:
        return self._session.handles[self._table]

    def _read(self) -> None:
        self._rows = [(row[0], row) for row in self._session.all_rows(self._table)]

    def hear(self, told: TableModified) -> None:
        if told.table_event_type is TableEventType.TABLE_CHANGED:
            self._read()
            return
        assert told.table_row_message_id is not None
        number = told.table_row_message_id.number
        known = [one for one, _ in self._rows]
        assert (number in known) == (told.table_event_type is not TableEventType.TABLE_ROW_ADDED)
        self._rows = [row for row in self._rows if row[0] != number]
        if told.table_event_type is TableEventType.TABLE_ROW_DELETED:
            return
        assert told.insert_after_table_row_id is not None
        assert told.table_row_data is not None
        behind = told.insert_after_table_row_id.number
        at = [one for one, _ in self._rows].index(behind) + 1 if behind else 0
        self._rows.insert(at, (number, self._session.cells(self._table, told.table_row_data)))

    def check(self) -> None:
        known = self._rows
        self._read()
        assert known == self._rows

    def turn(self, which: int) -> None:
        """Open a category that is closed, or close it."""
        headers = [row for _, row in self._rows if row[3] in (OPEN, CLOSED)]
        if not headers:
            return
        number, kind = headers[which % len(headers)][0], headers[which % len(headers)][3]
        if kind == OPEN:
            self._session.execute(RopCollapseRowRequest(0, self._table, number))
        else:
            self._session.execute(RopExpandRowRequest(0, self._table, 0, number))
        self._read()


@pytest.mark.parametrize("view", VIEWS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LISTS)
def test_who_listens_knows_all_rows(hub: MailHub, view: str, happenings: list[list[tuple[str, int, int]]]) -> None:
    """R23 to R25, R260 to R263: each event can be applied to the rows that the ones before have left, those of
    categories among them, which are opened and closed."""
    session = NewsSession(hub, "alice")
    folders = [session.new() for _ in range(FOLDERS)]
    session.fill(folders[0][2], "m", "Re: n")
    mirrors = [Mirror(session, folder, VIEWS[view]) for folder, _, _ in folders]
    session.take()
    for several in happenings:
        _happen(session, folders, several)
        for one in session.take():
            [mirror] = [mirror for mirror in mirrors if mirror.handle == one.notification_handle]
            assert isinstance(one.notification_data, TableModified)
            mirror.hear(one.notification_data)
        for mirror in mirrors:
            mirror.check()
            mirror.turn(len(several))
        assert session.take() == []
    session.client.post("Disconnect", bytes(4))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LISTS)
def test_who_listens_knows_where_messages_are(hub: MailHub, happenings: list[list[tuple[str, int, int]]]) -> None:
    """R12 to R14, R16: whatever has happened between two looks, also one thing after the other to the same message."""
    session = NewsSession(hub, "alice")
    folders = [session.new() for _ in range(FOLDERS)]
    handle = session.register()
    known: dict[ObjectId, ObjectId] = {}
    for several in happenings:
        _happen(session, folders, several)
        for told in session.heard(handle):
            if isinstance(told, ObjectMoved) and Kind.OBJECT_MOVED & told.notification_flags:
                assert told.old_message_id is not None
                known.pop(told.old_message_id, None)
            if isinstance(told, ObjectDeleted):
                del known[_message(told)]
            elif isinstance(told, ObjectCreated | ObjectMoved):
                known[_message(told)] = told.folder_id
        there = {message: folder for folder, _, path in folders for message in session.message_ids(path)}
        assert known == there
    session.client.post("Disconnect", bytes(4))


def _message(told: ObjectCreated | ObjectDeleted | ObjectMoved) -> ObjectId:
    assert told.message_id is not None
    return told.message_id


def _happen(
    session: NewsSession, folders: Sequence[tuple[ObjectId, int, str]], several: list[tuple[str, int, int]]
) -> None:
    for what, where, which in several:
        if what == "put":
            session.fill(folders[where][2], f"{PREFIXES[which % 3]}{chr(97 + which)} {next(NUMBERS)}")
        else:
            numbers = [FolderId(folder.counter) for folder, _, _ in folders]
            _change(session, what, numbers[where], numbers[1 - where], which)


def _change(session: NewsSession, what: str, folder: FolderId, other: FolderId, which: int) -> None:
    account = session.account
    there = session.hub.read(lambda tx: uids(tx, account, folder))
    if not there:
        return
    uid = there[which % len(there)]
    chosen = ((uid, uid),)
    how = How.ADD if what == "read" else How.REMOVE
    work: dict[str, Any] = {
        "read": lambda tx: change_flags(tx, account, folder, chosen, FlagChange(how, Flags(Flag.SEEN))),
        "remove": lambda tx: remove(tx, account, folder, chosen),
        "move": lambda tx: move(tx, account, folder, chosen, other, 0),
        "copy": lambda tx: copy(tx, account, folder, chosen, other, 0),
    }
    session.hub.write(work["read" if what == "unread" else what])
