"""Hierarchy tables of a real hub. Statements are those of [MS-OXCFOLD]; those of [MS-OXCTABL] are named with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_session import LOGON, mapi_hub, share
from mapi_tables import UP, TableSession, sorting

from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import read_object_id
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops.bookmark import RopFreeBookmarkRequest, RopSeekRowFractionalRequest
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    HierarchyTableFlags,
    RopGetContentsTableRequest,
    RopGetHierarchyTableRequest,
    RopGetHierarchyTableResponse,
)
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    RopAbortRequest,
    RopGetStatusRequest,
    RopQueryColumnsAllRequest,
    RopQueryColumnsAllResponse,
    RopResetTableRequest,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

NAME, DEPTH = tags.PidTagDisplayName, tags.PidTagDepth
DEEP = HierarchyTableFlags.DEPTH


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return TableSession(hub, "alice")


def test_the_folders_below_a_folder(alice):
    """R305, R306, R311, R318, R801, R802, R648, R1163, R378, R382, R3007, R3008, R100002, R1340:
    directly, or at all depths."""
    top, slot, _ = alice.new()
    inner, inner_slot, inner_name = alice.new(slot)
    _, _, innermost = alice.new(inner_slot)
    other, _, other_name = alice.new(slot)
    table = alice.hierarchy(slot, tags.PidTagFolderId, NAME, tags.PidTagParentFolderId, tags.PidTagSubfolders, DEPTH)
    assert alice.rows(table) == [
        (object_id(inner.counter), inner_name, object_id(top.counter), True, 0),
        (object_id(other.counter), other_name, object_id(top.counter), False, 0),
    ]
    deep = alice.hierarchy(slot, NAME, DEPTH, flags=DEEP)
    assert alice.rows(deep) == [(inner_name, 0), (innermost, 1), (other_name, 0)]
    rop = RopGetHierarchyTableRequest(0, slot, alice.slot(), DEEP)
    assert alice.get(rop, RopGetHierarchyTableResponse).row_count == 3


def test_the_root_shows_all_that_a_mailbox_has(alice):
    """R648."""
    root = alice.open(alice.special(Special.ROOT))
    names = alice.rows(alice.hierarchy(root, NAME, flags=DEEP))
    assert {"Top of Information Store", "Inbox", "Calendar", "Finder", "Drafts"} <= set(names)
    assert "Inbox" not in alice.rows(alice.hierarchy(root, NAME))


def test_counts_are_those_of_this_moment(alice):
    """[MS-OXCTABL] keeps tables up to date: MS-OXCTABL R134."""
    _, slot, top = alice.new()
    _, _, name = alice.new(slot)
    table = alice.hierarchy(slot, tags.PidTagContentCount, tags.PidTagContentUnreadCount)
    assert alice.all_rows(table) == [(0, 0)]
    alice.fill(f"{top}/{name}", "one", "two")
    assert alice.all_rows(table) == [(2, 2)]
    alice.new(slot)
    assert len(alice.all_rows(table)) == 2


def test_folders_are_chosen_and_found(alice):
    """MS-OXCTABL R833, R858, R829, R835, R844, R849."""
    _, slot, _ = alice.new()
    for name in ("apples", "pears", "plums"):
        alice.create(slot, name)
    table = alice.hierarchy(slot, NAME)
    restriction = Content(FuzzyLow.PREFIX, 1, NAME, TaggedValue(NAME, "P"))
    assert alice.found(table, restriction) == "pears"
    assert alice.position(table) == (1, 3)
    alice.restrict(table, restriction)
    assert alice.position(table) == (0, 2)
    assert alice.rows(table) == ["pears", "plums"]


def test_deleted_folders_are_shown_to_who_asks(alice):
    """R806, R1219, R383."""
    _, slot, _ = alice.new()
    gone, _, name = alice.new(slot)
    alice.delete_folder(gone, DeleteFolderFlags(0), slot)
    assert alice.rows(alice.hierarchy(slot, NAME)) == []
    deleted = alice.hierarchy(slot, NAME, tags.PidTagFolderId, flags=HierarchyTableFlags.SOFT_DELETES)
    assert alice.rows(deleted) == [(name, object_id(gone.counter))]


def test_a_guest_sees_what_the_owner_shows(hub, alice):
    """R648: no folders that may not be looked up."""
    top, slot, name = alice.new()
    _, _, shown = alice.new(slot)
    alice.new(slot)
    for path, rights in ((name, Right.LOOKUP | Right.READ), (f"{name}/{shown}", Right.LOOKUP | Right.READ)):
        share(hub, "alice", path, "bob", rights)
    hidden = [folder for folder in alice.rows(alice.hierarchy(slot, NAME)) if folder != shown]
    share(hub, "alice", f"{name}/{hidden[0]}", "bob", Right(0))
    bob = TableSession(hub, "bob", "alice")
    assert bob.rows(bob.hierarchy(bob.open(top), NAME)) == [shown]


def test_what_is_no_folder_and_flags_that_mean_nothing(alice):
    """R314, R314002, R655, R657, R658, R740; R330, R330002, R669, R671, R672, R745, R1178 and R1179 of contents
    tables."""
    for request, code in (
        (RopGetHierarchyTableRequest(0, LOGON, alice.slot()), ErrorCode.ecNotSupported),
        (RopGetContentsTableRequest(0, LOGON, alice.slot()), ErrorCode.ecNotSupported),
        (RopGetHierarchyTableRequest(0, alice.subtree, alice.slot(), HierarchyTableFlags(1)), ErrorCode.ecNotSupported),
        (RopGetContentsTableRequest(0, alice.subtree, alice.slot(), 1), ErrorCode.ecInvalidParameter),
    ):
        assert alice.error(request) == code


def test_a_table_shows_what_can_be_opened(alice):
    """R397: by the FID in its row."""
    _, slot, _ = alice.new()
    inner, _, name = alice.new(slot)
    [number] = alice.rows(alice.hierarchy(slot, tags.PidTagFolderId))
    assert number == object_id(inner.counter)
    opened = alice.open(read_object_id(Reader(number.to_bytes(8, "little", signed=True))))
    assert alice.value(opened, NAME) == name


@pytest.mark.parametrize("flags", [0x00, 0x08])
def test_responses_byte_by_byte(alice, flags):
    """R308, R310, R316, R317, R646, R651, R803, R1160, R1166, R2740; R323, R325, R326, R331, R332, R334, R1010, R1011,
    R1167, R1170, R1176, R100502 of contents tables: also when they may come early, for here they never do."""
    _, slot, path = alice.new()
    alice.new(slot)
    alice.fill(path, "one", "two")
    for request, number, count in (
        (RopGetHierarchyTableRequest, 0x04, 1),
        (RopGetContentsTableRequest, 0x05, 2),
    ):
        table = alice.slot()
        kind = HierarchyTableFlags if request is RopGetHierarchyTableRequest else ContentsTableFlags
        raw = RopBuffer(request(0, slot, table, kind(flags)).format(), tuple(alice.handles)).format()
        assert raw[2:7] == bytes([number, 0, slot, table, flags])
        buffer = alice.execute_raw(raw)
        assert buffer.rops[:10] == bytes([number, table, *bytes(4), *count.to_bytes(4, "little")])
        assert buffer.handles[table] not in (EMPTY, 0)
        failed = request(0, LOGON, alice.slot(), kind(flags))
        assert alice.error(failed) == ErrorCode.ecNotSupported


def test_names_are_in_unicode_or_in_the_logons_code_page(alice):
    """R807, R808; R1020, R1021 of contents tables: as the columns say that a client asks for."""
    _, slot, path = alice.new()
    alice.create(slot, "Übung")
    alice.fill(path, "Prüfung")
    narrow, subject = PropertyTag(NAME.id, PropertyType.STRING8), tags.PidTagSubject
    assert alice.rows(alice.hierarchy(slot, NAME, flags=HierarchyTableFlags.USE_UNICODE)) == ["Übung"]
    assert alice.rows(alice.hierarchy(slot, narrow)) == ["Übung".encode("cp1252")]
    assert alice.rows(alice.contents(slot, subject, flags=ContentsTableFlags.USE_UNICODE)) == ["Prüfung"]
    narrow = PropertyTag(subject.id, PropertyType.STRING8)
    assert alice.rows(alice.contents(slot, narrow)) == ["Prüfung".encode("cp1252")]


def test_what_only_contents_tables_can(alice):
    """MS-OXCTABL R450, R566: a hierarchy table has an order of its own."""
    table = alice.hierarchy(alice.subtree, NAME)
    assert alice.error(sorting(table, (NAME, UP))) == ErrorCode.ecNotSupported
    assert alice.error(RopResetTableRequest(0, table)) == ErrorCode.ecNotSupported


def test_what_hierarchy_tables_can(alice):
    """MS-OXCTABL R547, R839, R840, R848, R852, R853, R857, R860 to R862, R875."""
    _, slot, _ = alice.new()
    for name in "abcd":
        alice.create(slot, name)
    table = alice.hierarchy(slot, NAME)
    alice.seek(table, Bookmark.BOOKMARK_BEGINNING, 2)
    mark = alice.bookmark(table)
    assert alice.error(RopSeekRowFractionalRequest(0, table, 1, 1)) == 0
    assert alice.position(table) == (4, 4)
    assert alice.seek_bookmark(table, mark, 1) == (False, False, 1)
    assert alice.rows(table) == ["d"]
    assert alice.error(RopFreeBookmarkRequest(0, table, mark)) == 0
    assert alice.error(RopAbortRequest(0, table)) == ErrorCode.ecUnableToAbort
    assert alice.error(RopGetStatusRequest(0, table)) == 0
    columns = alice.get(RopQueryColumnsAllRequest(0, table), RopQueryColumnsAllResponse)
    assert {NAME, DEPTH, tags.PidTagFolderId} <= set(columns.property_tags)
