"""Notifications of what happens to rows of open tables. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mapi_news import PENDING, NewsSession, Waiting, news_hub, news_session
from mapi_session import deliver, imap_of
from mapi_tables import DOWN, MAXIMUM, UP, finding

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId, read_object_id
from posthouse.protocols.mapi.named_tags import PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import INSTANCE, MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import BitMask, Direction, Exist, Property, RelOp
from posthouse.protocols.mapi.rops.bookmark import RopSeekRowBookmarkRequest, RopSeekRowFractionalRequest
from posthouse.protocols.mapi.rops.category import RopCollapseRowRequest, RopExpandRowRequest
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    FolderType,
    HierarchyTableFlags,
    RopDeleteMessagesRequest,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import TableEventType, TableModified
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    RopQueryColumnsAllRequest,
    RopResetTableRequest,
    RopResetTableResponse,
)
from posthouse.protocols.mapi.tags import (
    PidTagContentCount,
    PidTagContentUnreadCount,
    PidTagConversationId,
    PidTagDisplayName,
    PidTagInstID,
    PidTagMessageFlags,
    PidTagMid,
    PidTagRowType,
    PidTagSubject,
)
from posthouse.servers.mapi.notifications.table_news import MAX_ROWS
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

ADDED, DELETED, MODIFIED = (
    *(TableEventType.TABLE_ROW_ADDED, TableEventType.TABLE_ROW_DELETED, TableEventType.TABLE_ROW_MODIFIED),
)
CHANGED = TableModified(Kind.TABLE_MODIFIED, TableEventType.TABLE_CHANGED)
MESSAGE = Kind.TABLE_MODIFIED | Kind.M
FIRST = ObjectId(0, 0)
OPEN, CLOSED = 3, 4
CATEGORY = 1 << 16
"""Of a header row; that there is none is found when the table has been read."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with news_hub() as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Iterator[NewsSession]:
    with news_session(hub, "alice") as session:
        yield session


def viewed(session: NewsSession, folder: ObjectId, **options: Any) -> int:
    """The slot of a table of subjects, in their order, of which rows were asked for."""
    table = session.contents(session.open(folder), PidTagSubject, **options)
    session.sort(table, (PidTagSubject, UP))
    session.rows(table)
    session.take()
    return table


def values(session: NewsSession, table: int, row: bytes | None) -> Any:
    assert row is not None
    [value] = session.cells(table, row)
    return value


def test_rows_of_messages(hub: MailHub, alice: NewsSession) -> None:
    """MS-OXCTABL R415; MS-OXCNOTIF R10, R18, R21, R40001, R23 to R25, R97, R110, R12401, R129 to R131, R141, R14201 to
    R14203, R145, R14601 to R14603, R149, R15001 to R15003, R153, R15401, R15402, R157, R15801, R15802, R161, R161002,
    R161003, R163, R16401, R16402, R166, R166001, R16701, R16702, R123, R17101, R17502, R256, R260 to R263, R268: which
    row, behind which, and its columns."""
    folder, _, path = alice.new()
    first, third = alice.fill(path, "a", "c")
    table = viewed(alice, folder)
    handle = alice.handles[table]
    [second] = alice.fill(path, "b")
    [told] = alice.heard(handle)
    row = told.table_row_data
    assert told == TableModified(MESSAGE, ADDED, folder, second, 0, folder, first, 0, row)
    assert values(alice, table, row) == "b"
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Seen"])
        [told] = alice.heard(handle)
        assert told == TableModified(MESSAGE, MODIFIED, folder, first, 0, FIRST, FIRST, 0, told.table_row_data)
        assert values(alice, table, told.table_row_data) == "a"
        client.delete_messages([2])
        client.expunge()
    assert alice.heard(handle)[-1] == TableModified(MESSAGE, DELETED, folder, third, 0)


def test_several_rows_at_once(alice: NewsSession) -> None:
    """R268: each comes behind a row that the client has by then."""
    folder, slot, path = alice.new()
    one, three = alice.fill(path, "1", "3")
    table = viewed(alice, folder)
    two, four = alice.fill(path, "2", "4")
    alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (one,)))
    told = alice.heard(alice.handles[table])
    assert [(one.table_event_type, one.table_row_message_id) for one in told] == [
        *((DELETED, one), (ADDED, two), (ADDED, four)),
    ]
    assert [one.insert_after_table_row_id for one in told] == [None, FIRST, three]


def test_too_many_rows(alice: NewsSession) -> None:
    """R22, R128, R14204, R14604, R15004, R15403, R15803, R16403, R16703, R264, R270: then the client reads the
    table again."""
    folder, _, path = alice.new()
    table = viewed(alice, folder)
    alice.fill(path, *map(str, range(MAX_ROWS + 1)))
    assert alice.heard(alice.handles[table]) == [CHANGED]
    alice.fill(path, "x")
    [told] = alice.heard(alice.handles[table])
    assert told.table_event_type is ADDED


def test_what_a_table_does_not_show(hub: MailHub, alice: NewsSession) -> None:
    """Rows that the restriction leaves out come and go as they begin to satisfy it, and cease to."""
    folder, _, path = alice.new()
    alice.fill(path, "a", "b")
    table = alice.contents(alice.open(folder), PidTagSubject)
    alice.restrict(table, BitMask(False, PidTagMessageFlags, 1))
    alice.rows(table)
    alice.take()
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([2], ["\\Seen"])
        assert [one.table_event_type for one in alice.heard(alice.handles[table])] == [DELETED]
        client.add_flags([2], ["\\Flagged"])
        assert alice.heard(alice.handles[table]) == []
        client.remove_flags([2], ["\\Seen"])
        assert [one.table_event_type for one in alice.heard(alice.handles[table])] == [ADDED]


def test_rows_of_folders(hub: MailHub, alice: NewsSession) -> None:
    """R14201 to R14203, R15401, R161004, R261 to R263: folders have no message ids."""
    _, slot, _ = alice.new()
    table = alice.hierarchy(slot, PidTagDisplayName, PidTagContentCount)
    assert alice.rows(table) == []
    handle = alice.handles[table]
    folder, _, name = alice.new(slot)
    [told] = alice.heard(handle)
    head = Kind.TABLE_MODIFIED, ADDED, folder, None, None, FIRST
    assert told == TableModified(*head, table_row_data=told.table_row_data)
    assert alice.cells(table, told.table_row_data) == (name, 0)
    other, _, _ = alice.new(slot)
    [told] = alice.heard(handle)
    assert told.insert_after_table_row_folder_id == folder
    alice.put_into(folder, "one")
    [told] = alice.heard(handle)
    assert (told.table_event_type, told.table_row_folder_id) == (MODIFIED, folder)
    assert alice.cells(table, told.table_row_data) == (name, 1)
    alice.delete_folder(other, DeleteFolderFlags(0), slot)
    assert alice.heard(handle) == [TableModified(Kind.TABLE_MODIFIED, DELETED, other)]
    alice.new()
    assert alice.heard(handle) == []


def test_rows_of_search_folders(hub: MailHub, alice: NewsSession) -> None:
    """R25, R263, R268: how many messages a search folder has follows from messages anywhere, and its row is told."""
    folder, _, path = alice.new()
    _, parent, _ = alice.new()
    search, slot, name = alice.new(parent, kind=FolderType.SEARCH)
    unread = BitMask(False, PidTagMessageFlags, 1)
    criteria = RopSetSearchCriteriaRequest(0, slot, unread, (folder,), SearchRequestFlags(0))
    alice.get(criteria, RopSetSearchCriteriaResponse)
    table = alice.hierarchy(parent, PidTagDisplayName, PidTagContentCount)
    assert alice.rows(table) == [(name, 0)]
    alice.take()
    alice.fill(path, "new")
    [told] = alice.heard(alice.handles[table])
    assert (told.table_event_type, told.table_row_folder_id) == (MODIFIED, search)
    assert alice.cells(table, told.table_row_data) == (name, 1)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags([1], ["\\Flagged"])
        assert alice.heard(alice.handles[table]) == []
        client.add_flags([1], ["\\Seen"])
    [told] = alice.heard(alice.handles[table])
    assert alice.cells(table, told.table_row_data) == (name, 0)


def test_rows_of_all_folders_below(alice: NewsSession) -> None:
    """A table of all levels hears of all levels."""
    _, slot, _ = alice.new()
    _, middle, _ = alice.new(slot)
    table = alice.hierarchy(slot, PidTagDisplayName, flags=HierarchyTableFlags.DEPTH)
    alice.rows(table)
    alice.take()
    folder, _, _ = alice.new(middle)
    told = alice.heard(alice.handles[table])
    assert (told[-1].table_event_type, told[-1].table_row_folder_id) == (ADDED, folder)


@pytest.mark.parametrize(
    "begin",
    [
        lambda alice, table: alice.query(table),
        lambda alice, table: alice.position(table),
        lambda alice, table: alice.seek(table, Bookmark.BOOKMARK_BEGINNING),
        lambda alice, table: alice.error(finding(table, BitMask(True, PidTagMessageFlags, 4))),
        lambda alice, table: alice.execute(RopQueryColumnsAllRequest(0, table)),
    ],
)
def test_a_view_begins(alice: NewsSession, begin: Callable[[NewsSession, int], Any]) -> None:
    """R243, R249 to R253, R272, R274, R275, R276, R277, R278 to R283, R245, R257: before, and after RopResetTable,
    nothing is told."""
    folder, _, path = alice.new()
    table = alice.contents(alice.open(folder), PidTagSubject)
    handle = alice.handles[table]
    alice.fill(path, "a")
    assert alice.heard(handle) == []
    begin(alice, table)
    alice.fill(path, "b")
    assert len(alice.heard(handle)) == 1
    alice.get(RopResetTableRequest(0, table), RopResetTableResponse)
    alice.set_columns(table, PidTagSubject)
    alice.fill(path, "c")
    assert alice.heard(handle) == []
    begin(alice, table)
    alice.fill(path, "d")
    assert len(alice.heard(handle)) == 1


@pytest.mark.parametrize(
    "begin",
    [
        lambda alice, table, _: alice.execute(RopExpandRowRequest(0, table, 0, CATEGORY)),
        lambda alice, table, _: alice.execute(RopCollapseRowRequest(0, table, CATEGORY)),
        lambda alice, table, _: alice.execute(RopSeekRowFractionalRequest(0, table, 1, 2)),
        lambda alice, table, bookmark: alice.error(RopSeekRowBookmarkRequest(0, table, bookmark, 0, True)),
    ],
)
def test_a_view_of_categories_begins(alice: NewsSession, begin: Callable[[NewsSession, int, bytes], Any]) -> None:
    """R246, R248, R254, R255, R272, R273, R284, R285, R286: whether the operation succeeds or not."""
    folder, _, path = alice.new()
    alice.fill(path, "a")
    table = alice.contents(alice.open(folder), PidTagSubject, PidTagInstID)
    alice.sort(table, (PidTagSubject, UP), categories=1, expanded=1)
    bookmark = alice.bookmark(table)
    alice.get(RopResetTableRequest(0, table), RopResetTableResponse)
    alice.set_columns(table, PidTagSubject, PidTagInstID)
    alice.sort(table, (PidTagSubject, UP), categories=1, expanded=1)
    alice.take()
    alice.fill(path, "b")
    assert alice.take() == []
    begin(alice, table, bookmark)
    alice.fill(path, "c")
    assert [one.table_event_type for one in alice.heard(alice.handles[table])] == [ADDED, ADDED]


def test_tables_without_notifications(alice: NewsSession) -> None:
    """R258, R259, R266; MS-OXCFOLD R805, R809, R1014: nor of what the client does itself, where it does not want to
    hear of that."""
    folder, slot, path = alice.new()
    viewed(alice, folder, flags=ContentsTableFlags.NO_NOTIFICATIONS)
    folders = alice.hierarchy(slot, PidTagDisplayName, flags=HierarchyTableFlags.NO_NOTIFICATIONS)
    quiet = alice.hierarchy(slot, PidTagDisplayName, flags=HierarchyTableFlags.SUPPRESSES_NOTIFICATIONS)
    alice.rows(folders)
    alice.rows(quiet)
    alice.fill(path, "a")
    below, _, _ = alice.new(slot)
    assert alice.take() == []
    alice.put_into(below, "b")
    [told] = alice.take()
    assert told.notification_handle == alice.handles[quiet]
    assert told.notification_data.table_row_folder_id == below


def test_categories(hub: MailHub, alice: NewsSession) -> None:
    """R23 to R25, R141, R145, R149, R157, R261 to R263, R268: of rows in categories, and of the header rows above them,
    which are named by the folder and their PidTagInstID."""
    folder, _, path = alice.new()
    [one] = alice.fill(path, "a")
    table = by_subject(alice, folder)
    handle = alice.handles[table]
    [(of_a, *_), _] = alice.all_rows(table)
    a = category(of_a)
    [two] = alice.fill(path, "a")
    header, leaf = alice.heard(handle)
    assert header == TableModified(MESSAGE, MODIFIED, folder, a, 0, FIRST, FIRST, 0, header.table_row_data)
    assert alice.cells(table, header.table_row_data)[1:] == ("a", OPEN, 2, 2)
    assert leaf == TableModified(MESSAGE, ADDED, folder, two, 0, folder, one, 0, leaf.table_row_data)
    [three] = alice.fill(path, "b")
    header, leaf = alice.heard(handle)
    b = header.table_row_message_id
    assert header == TableModified(MESSAGE, ADDED, folder, b, 0, folder, two, 0, header.table_row_data)
    assert alice.cells(table, header.table_row_data)[:3] == (b.number, "b", OPEN)
    assert leaf == TableModified(MESSAGE, ADDED, folder, three, 0, folder, b, 0, leaf.table_row_data)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search(["SUBJECT", "b"]), ["\\Seen"])
        assert named(alice.heard(handle)) == [(MODIFIED, b), (MODIFIED, three)]
        client.delete_messages(client.search(["SUBJECT", "b"]))
        client.expunge()
    gone = alice.heard(handle)
    assert gone == [TableModified(MESSAGE, DELETED, folder, row, 0) for row in (b, three)]


def test_categories_that_are_closed(alice: NewsSession) -> None:
    """R261 to R263: the client knows what it has closed or opened itself; of rows that are not seen it hears only how
    many there are."""
    folder, _, path = alice.new()
    alice.fill(path, "a", "b")
    table = by_subject(alice, folder)
    handle = alice.handles[table]
    [(of_a, *_), *_] = alice.all_rows(table)
    alice.execute(RopCollapseRowRequest(0, table, of_a))
    alice.fill(path, "a")
    [header] = alice.heard(handle)
    assert (header.table_event_type, header.table_row_message_id) == (MODIFIED, category(of_a))
    assert alice.cells(table, header.table_row_data)[2:] == (CLOSED, 2, 2)
    alice.execute(RopExpandRowRequest(0, table, 0, of_a))
    assert alice.heard(handle) == []
    [new] = alice.fill(path, "a")
    assert named(alice.heard(handle)) == [(MODIFIED, category(of_a)), (ADDED, new)]


def test_categories_that_move(alice: NewsSession) -> None:
    """R263: where they are ordered by what is greatest in them, all rows of one move with it, and no others."""
    folder, _, path = alice.new()
    alice.fill(path, "a", "b", "c")
    table = by_subject(alice, folder, (PidTagMid, MAXIMUM), direction=DOWN)
    before = [row[0] for row in alice.all_rows(table)]
    c, three, b, two, a, one = map(category, before)
    [new] = alice.fill(path, "b")
    told = alice.heard(alice.handles[table])
    assert named(told) == [(MODIFIED, b), (MODIFIED, two), (ADDED, new)]
    assert [row.insert_after_table_row_id for row in told] == [FIRST, b, two]
    after = [row[0] for row in alice.all_rows(table)]
    assert list(map(category, after)) == [b, two, new, c, three, a, one]


def test_rows_of_several_values(hub: MailHub, alice: NewsSession) -> None:
    """R149, R161: a message that has a row for each of its values; rows of one message are told apart by a number."""
    _, slot, path = alice.new()
    alice.fill(path, "a")
    colours = alice.named(PropertyName(PS_PUBLIC_STRINGS, "Colours"), PropertyType.STRING | MULTIPLE)
    instances = PropertyTag(colours.id, colours.type | INSTANCE)
    table = alice.contents(slot, instances)
    alice.sort(table, (instances, UP))
    alice.rows(table)
    alice.take()
    [one] = alice.message_ids(path)
    message = alice.opened_in(one, path)
    alice.set(message, {colours: ("red", "blue")})
    alice.saved(message)
    told = alice.heard(alice.handles[table])
    assert [(row.table_row_message_id, row.table_row_instance) for row in told] == [(one, 1), (one, 0)]
    assert [values(alice, table, row.table_row_data) for row in told] == ["blue", "red"]
    assert [row.insert_after_table_row_instance for row in told] == [0, 1]


def test_one_conversation(alice: NewsSession) -> None:
    """R261, R262: a table over the whole mailbox names each row by the folder that its message is in."""
    first, _, path = alice.new()
    second, slot, other = alice.new()
    reply = "{}\r\nReferences: <" + path.replace(" ", "") + "@example.net>"
    [one] = alice.fill(path, reply.format(f"a in {path}"))
    root, flags = alice.open(alice.special(Special.ROOT)), ContentsTableFlags.CONVERSATION_MEMBERS
    table = alice.contents(root, PidTagSubject, PidTagConversationId, flags=flags)
    alice.sort(table, (PidTagSubject, UP))
    [conversation] = [row[1] for row in alice.all_rows(table) if row[0] == f"a in {path}"]
    wanted = TaggedValue(PidTagConversationId, conversation)
    alice.restrict(table, Property(RelOp.EQ, PidTagConversationId, wanted))
    assert alice.rows(table) == [(f"a in {path}", conversation)]
    alice.take()
    [two] = alice.fill(other, reply.format("b"))
    [told] = alice.heard(alice.handles[table])
    assert told == TableModified(MESSAGE, ADDED, second, two, 0, first, one, 0, told.table_row_data)
    alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (two,)))
    assert alice.heard(alice.handles[table]) == [TableModified(MESSAGE, DELETED, second, two, 0)]


def by_subject(
    session: NewsSession, folder: ObjectId, *within: tuple[PropertyTag, Direction], direction: Direction = UP
) -> int:
    """The slot of a table whose rows are in categories by their subjects; it has been read."""
    columns = PidTagInstID, PidTagSubject, PidTagRowType, PidTagContentCount, PidTagContentUnreadCount
    table = session.contents(session.open(folder), *columns)
    session.sort(table, (PidTagSubject, direction), *within, categories=1, expanded=1)
    session.rows(table)
    session.take()
    return table


def category(number: int) -> ObjectId:
    """A PidTagInstID as a notification names its row."""
    return read_object_id(Reader(number.to_bytes(8, "little", signed=True)))


def named(told: list[TableModified]) -> list[Any]:
    return [(one.table_event_type, one.table_row_message_id) for one in told]


def test_search_folder(alice: NewsSession) -> None:
    """R268, R269, R270, R271: what a search finds or no longer finds, row by row: each by the folder that its message
    is in, and behind a row of whichever folder."""
    first, _, path = alice.new()
    second, slot, other = alice.new()
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    criteria = RopSetSearchCriteriaRequest(0, search, Exist(PidTagSubject), (first, second), SearchRequestFlags(0))
    alice.get(criteria, RopSetSearchCriteriaResponse)
    table = alice.contents(search, PidTagSubject)
    alice.sort(table, (PidTagSubject, UP))
    assert alice.rows(table) == []
    alice.take()
    handle = alice.handles[table]
    [one] = alice.fill(path, "a")
    [told] = alice.heard(handle)
    assert told == TableModified(MESSAGE, ADDED, first, one, 0, FIRST, FIRST, 0, told.table_row_data)
    assert values(alice, table, told.table_row_data) == "a"
    [two] = alice.fill(other, "b")
    [told] = alice.heard(handle)
    assert told == TableModified(MESSAGE, ADDED, second, two, 0, first, one, 0, told.table_row_data)
    alice.fill("Archive", "elsewhere")
    assert alice.heard(handle) == []
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search(), ["\\Seen"])
        [told] = alice.heard(handle)
        assert told == TableModified(MESSAGE, MODIFIED, first, one, 0, FIRST, FIRST, 0, told.table_row_data)
    alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (two,)))
    assert alice.heard(handle) == [TableModified(MESSAGE, DELETED, second, two, 0)]
    alice.fill(path, *map(str, range(MAX_ROWS + 1)))
    assert alice.heard(handle) == [CHANGED]


def test_a_search_that_had_found_before(alice: NewsSession) -> None:
    """R262, R268: also a row that was there when the client began to look is named by the folder that it was in."""
    folder, slot, path = alice.new()
    [one] = alice.fill(path, "a")
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    criteria = RopSetSearchCriteriaRequest(0, search, Exist(PidTagSubject), (folder,), SearchRequestFlags(0))
    alice.get(criteria, RopSetSearchCriteriaResponse)
    table = alice.contents(search, PidTagSubject)
    assert len(alice.rows(table)) == 1
    alice.take()
    alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (one,)))
    assert alice.heard(alice.handles[table]) == [TableModified(MESSAGE, DELETED, folder, one, 0)]


def test_wait_for_rows(hub: MailHub, alice: NewsSession) -> None:
    """R7, R481: a client that waits is woken by rows that it sees, and by no others."""
    table = alice.contents(alice.open(alice.special(Special.INBOX)), PidTagSubject)
    alice.restrict(table, BitMask(True, PidTagMessageFlags, 1))
    alice.rows(table)
    waiting = Waiting(alice)
    deliver(hub, "alice", "not read")
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX")
        assert waiting.is_alive()
        client.add_flags(client.search()[-1:], ["\\Seen"])
        assert waiting.result() == PENDING
    [told] = alice.heard(alice.handles[table])
    assert values(alice, table, told.table_row_data) == "not read"


def test_folder_goes(hub: MailHub, alice: NewsSession) -> None:
    """R22: a table of a folder that is gone, or that may no longer be read, has changed."""
    folder, _, path = alice.new()
    alice.fill(path, "a")
    alice.share_folder(folder, "bob", Right.LOOKUP | Right.READ)
    bob = NewsSession(hub, "bob", "alice")
    theirs, own = viewed(bob, folder), viewed(alice, folder)
    alice.fill(path, "b")
    assert [one.table_event_type for one in bob.heard(bob.handles[theirs])] == [ADDED]
    alice.share_folder(folder, "bob", Right.LOOKUP)
    alice.fill(path, "c")
    assert bob.heard(bob.handles[theirs]) == [CHANGED]
    alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES)
    assert alice.heard(alice.handles[own])[-1] == CHANGED


def test_released_tables_are_silent(alice: NewsSession) -> None:
    folder, _, path = alice.new()
    table = viewed(alice, folder)
    alice.fill(path, "a")
    alice.release(table)
    assert alice.take() == []
