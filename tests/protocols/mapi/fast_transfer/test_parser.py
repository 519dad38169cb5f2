"""Streams back to values: what was written is read, in buffers of any size, and nothing that comes does harm.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from fx_samples import (
    KEYWORDS,
    REPLICA,
    contents_stream,
    contents_syncs,
    folder_changes,
    folders,
    header,
    key,
    listed,
    messages,
    writer,
)
from fx_tokens import tokens
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
    NO_GROUP,
    ContentsSync,
    FullChange,
    PartialChange,
)
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
from posthouse.protocols.mapi.fast_transfer.parser import Parser
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
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo, ProgressInformation, PropertyGroupInfo
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.objects import Attachment, Message, Properties, Recipient
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType

LIMIT = 1 << 20
SIZES = st.lists(st.integers(1, 300), min_size=1, max_size=8)
EMPTY = SyncState(idset({}), idset({}))


SAMPLE = contents_stream(
    ContentsSync(
        [
            FullChange(
                header(7),
                Message(
                    {0x0037: Typed(PropertyType.STRING, "Hi"), KEYWORDS: Typed(MULTIPLE | PropertyType.STRING, ("a",))},
                    [Recipient(0, {})],
                    [Attachment(0, {}, Message({0x0037: Typed(PropertyType.STRING, "Within")}))],
                ),
            )
        ],
        lambda: EMPTY,
    ),
    writer(),
)


def joined(pieces: Iterator[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def read(root: Any, data: bytes, sizes: list[int] | None = None, limit: int = LIMIT) -> list[Event]:
    parser = Parser(root, 1252, limit)
    found: list[Event] = []
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)] if sizes else len(data)
        found += parser.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return [*found, *parser.finish()]


def gathered(events: list[Event]) -> Message:
    message = Message()
    for event in events:
        message_roots.apply_to(message, event)
    return message


@settings(deadline=None, max_examples=50)
@given(messages(2), SIZES, st.sampled_from([SendOptions.UNICODE, SendOptions.FOR_UPLOAD]))
def test_message_content(message: Message, sizes: list[int], options: SendOptions) -> None:
    """R596, R599, R963, R974, R988, R2155, R3352: a message comes back as it was sent, in buffers that end anywhere."""
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
    """R3321, R3351: a client reads what was sent to it: changes, what is gone, read states, the state."""
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
    """R2281, R3292: what the server alone sets, what tells nothing, and MetaTagDnPrefix are read and dropped."""
    (event,) = read(message_roots.message_content, bytes.fromhex(encoded + "0300 1700 01000000"))
    assert gathered([event]).properties == {0x0017: Typed(PropertyType.INTEGER32, 1)}


ROOTS: list[Callable[..., Any]] = [
    message_roots.message_content,
    message_roots.attachment_content,
    message_roots.message_list,
    folder_roots.folder_content,
    folder_roots.top_folder,
    sync_roots.contents_sync,
    sync_roots.hierarchy_sync,
    sync_roots.state,
]
START_RECIP, NEW_ATTACH, START_EMBED, END_EMBED, END_ATTACH = "03000340", "03000040", "03000140", "03000240", "03000E40"
ROW, NUMBER = "03000030 00000000", "0300210E 00000000"


@pytest.mark.parametrize(
    ("encoded", "rule"),
    [
        ("0800 0100 00000000", "an unknown type"),
        ("FD00 0100 00000000", "a restriction"),
        ("0B10 0100 00000000", "several Booleans"),
        ("0000 0100", "no type"),
        ("0300 0100 0000", "half a value"),
        ("1F00 0100 04000000 4800", "half a string"),
        ("0300", "half a property"),
        ("0300 0080 0820060000000000C000000000000046 02 03850000", "a name of no kind"),
        (START_RECIP, "an open recipient"),
        (START_RECIP + "03000440", "a recipient without its row"),
        (NEW_ATTACH + END_ATTACH, "an attachment without its number"),
        (NEW_ATTACH + NUMBER + START_EMBED + END_ATTACH, "a message within that has no end"),
        ("03000440", "an end without a start"),
        ("03000C40", "a message where its content should be"),
        ("03001840 0201 0000 00000000", "an error where nothing can be left out"),
        (START_RECIP + ROW + "03000440 0300 0100 00000000", "a property behind the children"),
        ((NEW_ATTACH + NUMBER + START_EMBED) * 34, "34 messages within each other"),
        ("0300 7A40 00000000", "a group of properties in a message"),
    ],
)
def test_bad_messages(encoded: str, rule: str) -> None:
    """R995, R2156: what is not in the grammar is bad syntax."""
    with pytest.raises(BadSyntax):
        read(message_roots.message_content, bytes.fromhex(encoded))


def test_bad_folders() -> None:
    """Folders within folders have an end."""
    deep = bytes.fromhex("03000940" + "03000A40" * 64 + "03000B40" * 65)
    assert len(read(folder_roots.top_folder, deep)) == 130
    with pytest.raises(BadSyntax):
        read(folder_roots.top_folder, bytes.fromhex("03000940" + "03000A40" * 65 + "03000B40" * 66))
    with pytest.raises(BadSyntax):
        read(folder_roots.top_folder, bytes.fromhex("03000A40 03000B40"))


def test_failure_stays() -> None:
    """After bad syntax, nothing that follows is read."""
    parser = Parser(message_roots.message_content, 1252, LIMIT)
    for data in (b"\x08\0\1\0", b"\3\0\x17\0\1\0\0\0"):
        with pytest.raises(BadSyntax):
            list(parser.feed(data))
    with pytest.raises(BadSyntax):
        list(parser.finish())


HOSTILE = {
    "a large value announced": (b"\x02\x01\x01\0\xff\xff\xff\x7f", b"x" * 100),
    "many values announced": (b"\x03\x10\x01\0\xff\xff\xff\xff", b"\1\0\0\0" * 4000),
    "values without end": (b"\x02\x11\x01\0\xff\xff\xff\xff", b"\0\0\0\0" * 4000),
    "properties without end": (b"", b"".join(b"\x03\0%b\0\0\0\0" % at.to_bytes(2, "little") for at in range(1, 4000))),
    "a name without end": (b"\x03\0\0\x80" + bytes(16) + b"\1", b"ab" * 4000),
    "recipients without end": (b"", bytes.fromhex("03000340 03000030 00000000 03000440") * 1000),
    "names without end": (
        b"",
        b"".join(b"\3\0\0\x80" + bytes(16) + b"\0" + at.to_bytes(8, "little") for at in range(4000)),
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("root", [message_roots.message_content, folder_roots.folder_content])
def test_memory(root: Any, what: str) -> None:
    """R262501: what is larger than allowed fails, and is not kept in memory until it does."""
    first, again = HOSTILE[what]
    parser = Parser(root, 1252, LIMIT)

    def endless() -> Iterator[bytes]:
        yield first
        while True:
            yield again

    tracemalloc.start()
    try:
        with pytest.raises(BadSyntax):
            list(chain.from_iterable(map(parser.feed, endless())))
        assert tracemalloc.get_traced_memory()[1] < 4 * LIMIT
    finally:
        tracemalloc.stop()


def test_list_is_as_long_as_it_likes() -> None:
    """R1187: of a list each message may be as large as is allowed, however many there are."""
    message = Message({0x1000: Typed(PropertyType.BINARY, b"x" * (LIMIT // 2))})
    sync = ContentsSync([FullChange(header(at), message) for at in range(1, 6)], lambda: EMPTY)
    assert len(read(sync_roots.contents_sync, contents_stream(sync, writer()))) == 6
    with pytest.raises(BadSyntax):
        read(message_roots.message_content, joined(message_content(writer(), message, ANNOUNCED)), None, LIMIT // 2)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(ROOTS), st.binary(max_size=300), SIZES)
@example(message_roots.message_content, b"", [1])
def test_anything(root: Callable[..., Any], data: bytes, sizes: list[int]) -> None:
    """Whatever comes is read or is bad syntax."""
    with contextlib.suppress(BadSyntax):
        read(root, data, sizes)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(ROOTS), st.data(), SIZES)
def test_almost_right(root: Callable[..., Any], data: st.DataObject, sizes: list[int]) -> None:
    """So is a stream of which some bytes are others, or are missing, at any place."""
    start = data.draw(st.integers(0, len(SAMPLE)))
    size = data.draw(st.integers(0, 40))
    with contextlib.suppress(BadSyntax):
        read(root, SAMPLE[start:], sizes)
    with contextlib.suppress(BadSyntax):
        read(
            sync_roots.contents_sync, SAMPLE[:start] + data.draw(st.binary(max_size=20)) + SAMPLE[start + size :], sizes
        )
