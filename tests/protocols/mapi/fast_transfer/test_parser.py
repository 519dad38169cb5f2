"""Streams back to values: what was written is read, in buffers of any size.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fx_samples import (
    EMPTY,
    KEYWORDS,
    REPLICA,
    SAMPLE,
    SIZES,
    contents_stream,
    contents_syncs,
    folder_changes,
    folders,
    header,
    joined,
    key,
    listed,
    messages,
    read,
    writer,
)
from fx_tokens import tokens
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import NO_GROUP, ContentsSync, PartialChange
from posthouse.protocols.mapi.fast_transfer.elements.folders import FolderContent, folder_content, top_folder
from posthouse.protocols.mapi.fast_transfer.elements.hierarchy_sync import FolderChange, HierarchySync, hierarchy_sync
from posthouse.protocols.mapi.fast_transfer.elements.messages import (
    ANNOUNCED,
    ListedMessage,
    attachment_content,
    error_info,
    message_content,
    message_list,
)
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges, SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.parser import folders as folder_roots
from posthouse.protocols.mapi.fast_transfer.parser import messages as message_roots
from posthouse.protocols.mapi.fast_transfer.parser import syncs as sync_roots
from posthouse.protocols.mapi.fast_transfer.parser.events import (
    ChangeRead,
    Deleted,
    Embedded,
    ErrorRead,
    Event,
    FolderBegins,
    FolderChangeRead,
    FolderEnds,
    ListedRead,
    ProgressRead,
    Warned,
)
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo, ProgressInformation, PropertyGroupInfo
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.objects import Attachment, Message, Properties
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType


def gathered(events: list[Event]) -> Message:
    message = Message()
    for event in events:
        message_roots.apply_to(message, event)
    return message


@settings(deadline=None, max_examples=50)
@given(messages(2), SIZES, st.sampled_from([SendOptions.UNICODE, SendOptions.FOR_UPLOAD]))
def test_message_content(message: Message, sizes: list[int], options: SendOptions) -> None:
    """R596, R599, R974, R988, R3352: a message comes back as it was sent, in buffers that end anywhere."""
    events = read(message_roots.message_content, joined(message_content(writer(options), message, ANNOUNCED)), sizes)
    assert gathered(events) == message
    assert [event for event in events if isinstance(event, Deleted)] == [Deleted(0x0E12), Deleted(0x0E13)]


@settings(deadline=None, max_examples=50)
@given(messages(1), SIZES)
def test_attachment_content(message: Message, sizes: list[int]) -> None:
    """R597, R600: an attachment by itself, with the message within."""
    for part in [*message.attachments, Attachment(0, {}, message)]:
        events = read(message_roots.attachment_content, joined(attachment_content(writer(), part)), sizes)
        embedded = [event.message for event in events if isinstance(event, Embedded)]
        assert embedded == ([part.embedded] if part.embedded else [])
        assert gathered(events).properties == part.properties


@settings(deadline=None, max_examples=50)
@given(listed(False), listed(True), SIZES)
def test_message_list(normal: list[ListedMessage], associated: list[ListedMessage], sizes: list[int]) -> None:
    """R601, R1166, R1167, R2619: messages with their kinds, warnings, and errors, also two of them, in their places."""
    error = ExtendedErrorInfo(0x80004005)
    sent = [*normal, error, error, *associated, error]
    expected: list[Event] = []
    for one in sent:
        if isinstance(one, ExtendedErrorInfo):
            expected.append(ErrorRead(one.format()))
            continue
        expected += [] if one.warning is None else [Warned(one.warning)]
        expected += [] if one.message is None else [ListedRead(one.message, one.associated)]
    assert read(message_roots.message_list, joined(message_list(writer(), sent)), sizes) == expected


def told(folder: FolderContent, announced: bool, top: bool = False) -> list[Event]:
    """Without the properties."""
    found: list[Event] = [] if folder.warning is None else [Warned(folder.warning)]
    for id_, listed_ in ((0x3610, folder.associated), (0x360F, folder.normal)):
        if listed_ is not None:
            found += [Deleted(id_)] if announced else []
            for one in listed_:
                if isinstance(one, ExtendedErrorInfo):
                    found.append(ErrorRead(one.format()))
                    continue
                found += [] if one.warning is None else [Warned(one.warning)]
                found += [] if one.message is None else [ListedRead(one.message, one.associated)]
    if folder.subfolders is not None:
        found += [Deleted(0x360E)] if announced else []
        for child in folder.subfolders:
            found += [FolderBegins(False), *told(child, announced), FolderEnds()]
    return [FolderBegins(True), *found, FolderEnds()] if top else found


@settings(deadline=None, max_examples=50)
@given(folders(), SIZES)
def test_folders(folder: FolderContent, sizes: list[int]) -> None:
    """R595, R598, R602, R1098, R1114: folders within folders, with and without announcements."""
    for root, data, expected in (
        (folder_roots.folder_content, joined(folder_content(writer(), folder)), told(folder, True)),
        (folder_roots.top_folder, joined(top_folder(writer(), folder)), told(folder, False, True)),
    ):
        events = read(root, data, sizes)
        assert [event for event in events if not hasattr(event, "tag")] == expected
    events = read(
        folder_roots.folder_content, joined(folder_content(writer(), replace(folder, subfolders=None))), sizes
    )
    assert gathered(events).properties == {
        0x3001: Typed(PropertyType.STRING, folder.display_name),
        0x3004: Typed(PropertyType.STRING, folder.comment),
        **folder.properties,
    }


@settings(deadline=None, max_examples=50)
@given(contents_syncs(), SIZES)
def test_contents_sync(sync: ContentsSync, sizes: list[int]) -> None:
    """R3321: a client reads what was sent to it: changes, what is gone, read states, the state."""
    events = read(sync_roots.contents_sync, contents_stream(sync, writer()), sizes)
    changes = list(sync.changes)
    read_changes = [event for event in events if isinstance(event, ChangeRead)]
    for change, sent in zip(read_changes, changes, strict=True):
        assert change.message == sent.message
        assert change.header[0x65E0].value == sent.header.source_key
        assert change.deleted == {0x0E12, 0x0E13}
    expected: list[Event] = [ProgressRead(sync.progress.format())] if sync.progress else []
    expected += [] if sync.deletions == Deletions() else [sync.deletions]
    expected += [] if sync.read_state_changes == ReadStateChanges() else [sync.read_state_changes]
    assert [event for event in events if not isinstance(event, ChangeRead)] == [*expected, sync.final_state()]


@settings(deadline=None, max_examples=50)
@given(folder_changes(), SIZES)
def test_hierarchy_sync(changes: list[FolderChange], sizes: list[int]) -> None:
    """R3322: the same for folders."""
    sync = HierarchySync(changes, lambda: EMPTY)
    events = read(sync_roots.hierarchy_sync, joined(hierarchy_sync(writer(), sync, Steps())), sizes)
    found = [event.properties for event in events if isinstance(event, FolderChangeRead)]
    for properties, sent in zip(found, changes, strict=True):
        assert properties[0x3001].value == sent.display_name
        assert properties[0x65E1].value == sent.parent_source_key
        assert all(properties[key] == value for key, value in sent.properties.items() if isinstance(key, int))
    assert events[-1] == EMPTY


def test_partial_change() -> None:
    """R1039, R1042, R1370, R1371, R3310: groups by their index, also empty ones and those that are in none."""
    subject = Typed(PropertyType.STRING, "Hi")
    mapping = PropertyGroupInfo(1, [[]])
    groups: list[tuple[int, Properties]] = [(0, {0x0037: subject}), (1, {}), (NO_GROUP, {KEYWORDS: subject})]
    change = PartialChange(header(7), mapping, groups, Message())
    error = ExtendedErrorInfo(0x80004005)
    sync = ContentsSync([error, change, error], lambda: EMPTY, progress=ProgressInformation())
    _, before, found, after, _ = read(sync_roots.contents_sync, contents_stream(sync, writer()))
    assert before == after == ErrorRead(error.format())
    assert isinstance(found, ChangeRead)
    assert found.groups == dict(groups)
    assert found.mapping == mapping.format()


CHANGE_ENDS = SAMPLE.index(b"\3\0\x3a\x40")


@pytest.mark.parametrize("at", [token.end for token in tokens(SAMPLE) if token.end <= CHANGE_ENDS])
def test_error_within_a_change(at: int) -> None:
    """R1078, R2618, R2619: an error between any two elements of a change takes its place."""
    error = ExtendedErrorInfo(0x80004005)
    info = b"".join(piece.data for piece in error_info(error))
    found = read(sync_roots.contents_sync, SAMPLE[:at] + info + SAMPLE[CHANGE_ENDS:])
    assert found == [ErrorRead(error.format()), EMPTY]


def test_state_with_either_tag() -> None:
    """R3352, R3355: MetaTagIdsetGiven is binary, whichever of the two types its tag has."""
    ids = key(1)[:16] + bytes.fromhex("0600000000000100")
    expected = SyncState(idset({REPLICA: globset_of([1])}))
    for tag in ("03001740", "02011740"):
        data = bytes.fromhex("03003A40" + tag + "18000000") + ids + bytes.fromhex("03003B40")
        assert read(sync_roots.state, data) == [expected]


READ: list[tuple[str, int, Any, Any]] = [
    ("0B00 0100 0100", 0x0001, PropertyType.BOOLEAN, True),
    ("1E00 3700 03000000 E98000", 0x0037, PropertyType.STRING, "é€"),
    ("1E00 3700 02000000 E980", 0x0037, PropertyType.STRING, "é€"),
    ("E484 3700 03000000 E98000", 0x0037, PropertyType.STRING, "é€"),
    ("B084 3700 04000000 E9000000", 0x0037, PropertyType.STRING, "é"),
    ("FFFF 3700 03000000 484900", 0x0037, PropertyType.STRING, "HI"),
    ("1F00 3700 02000000 E900", 0x0037, PropertyType.STRING, "é"),
    ("1F00 3700 00000000", 0x0037, PropertyType.STRING, ""),
    ("1F00 3700 04000000 00D80000", 0x0037, PropertyType.STRING, "\ufffd"),
    ("1F00 3700 03000000 480000", 0x0037, PropertyType.STRING, "H\ufffd"),
    ("1E10 003A 01000000 03000000 E98000", 0x3A00, MULTIPLE | PropertyType.STRING, ("é€",)),
    ("0310 003A 00000000", 0x3A00, MULTIPLE | PropertyType.INTEGER32, ()),
    ("0D00 0137 02000000 0102", 0x3701, PropertyType.OBJECT, b"\1\2"),
]


@pytest.mark.parametrize(("encoded", "id_", "kind", "value"), READ)
def test_values(encoded: str, id_: int, kind: int, value: Any) -> None:
    """R986, R987, R991, R995, R3254, R3256 to R3258: strings come in three forms, with or without their NUL; they are
    text when they are in."""
    assert gathered(read(message_roots.message_content, bytes.fromhex(encoded))).properties == {id_: Typed(kind, value)}


@pytest.mark.parametrize(
    "encoded",
    [
        "0300 5066 01000000",
        "1400 4A67 0100000000000000",
        "0A00 3700 0F010480",
        "0100 3700",
        "FB00 3700 02000000 0102",
        "1E00 0840 02000000 4100",
        "0300 0000 01000000",
        "0300 1740 02000000 0102",
    ],
)
def test_not_kept(encoded: str) -> None:
    """R2281, R3291, R986002: what the server alone sets, what tells nothing, a PtypServerId, which has one count, and
    MetaTagDnPrefix are read and dropped."""
    (event,) = read(message_roots.message_content, bytes.fromhex(encoded + "0300 1700 01000000"))
    assert gathered([event]).properties == {0x0017: Typed(PropertyType.INTEGER32, 1)}
