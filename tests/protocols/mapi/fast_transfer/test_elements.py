"""Each element against the grammar, as `fx_checker` reads it.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fx_checker import (
    ATTACHMENTS,
    RECIPIENTS,
    Expected,
    check_attachment_content,
    check_contents_sync,
    check_folder_content,
    check_hierarchy_sync,
    check_message_content,
    check_message_list,
    check_state,
    check_top_folder,
)
from fx_samples import (
    DELETIONS,
    KEYWORDS,
    PROPERTIES,
    READ_STATES,
    REPLICA,
    STATES,
    contents_stream,
    contents_syncs,
    folder_changes,
    folders,
    header,
    listed,
    messages,
    writer,
)
from fx_tokens import Deviation, tokens
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
    NO_GROUP,
    ContentsSync,
    ExtraFlags,
    FullChange,
    PartialChange,
    contents_sync,
)
from posthouse.protocols.mapi.fast_transfer.elements.folders import FolderContent, folder_content, top_folder
from posthouse.protocols.mapi.fast_transfer.elements.hierarchy_sync import FolderChange, HierarchySync, hierarchy_sync
from posthouse.protocols.mapi.fast_transfer.elements.messages import (
    ANNOUNCED,
    Children,
    ListedMessage,
    attachment_content,
    message_content,
    message_list,
)
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import (
    Deletions,
    ReadStateChanges,
    SyncState,
    deletions,
    read_state_changes,
    state,
)
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.structures import (
    ExtendedErrorInfo,
    FolderReplicaInfo,
    GroupProperty,
    ProgressInformation,
    PropertyGroupInfo,
)
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.objects import Attachment, Message, Recipient
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType

EMPTY = SyncState(idset({}), idset({}))
SUBJECT, TEXT = 0x0037, PropertyType.STRING


def joined(pieces: Iterator[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def expected(sync: ContentsSync, **more: Any) -> Expected:
    return Expected(int(sync.extra_flags), sync.progress is not None, **more)


def sample(subject: str = "Hi") -> Message:
    return Message(
        {SUBJECT: Typed(TEXT, subject), 0x0E69: Typed(PropertyType.BOOLEAN, True)},
        [Recipient(0, {0x3003: Typed(TEXT, "bob@example.org")})],
        [Attachment(0, {0x3701: Typed(PropertyType.BINARY, b"data")})],
    )


@settings(deadline=None, max_examples=50)
@given(contents_syncs(), st.sampled_from([(SendOptions.UNICODE, 0x1F), (SendOptions.FOR_UPLOAD, 0x84B0)]))
def test_contents_sync(sync: ContentsSync, strings: tuple[SendOptions, int]) -> None:
    """R962, R964, R967, R1010 to R1016, R1019 to R1025, R1045, R1046, R1048 to R1051, R1057, R1059, R1134, R1141,
    R1144, R1149, R1186, R3267 to R3273, R3275 to R3282, R3293, R3321: whatever is in a folder, its stream is
    as the grammar says."""
    found = check_contents_sync(contents_stream(sync, writer(strings[0])), expected(sync, strings=strings[1]))
    changes = list(sync.changes)
    assert [change["header"][0x67AA000B] for change in found["changes"]] == [one.header.associated for one in changes]
    for change, sent in zip(found["changes"], changes, strict=True):
        assert len(change["recipients"]) == len(sent.message.recipients)
        assert len(change["attachments"]) == len(sent.message.attachments)
        assert len(change["properties"]) == len(sent.message.properties)


@settings(deadline=None, max_examples=40)
@given(contents_syncs())
def test_in_8_bits(sync: ContentsSync) -> None:
    """R3447: the same in the code page of the connection."""
    check_contents_sync(contents_stream(sync, writer(SendOptions(0), 1252)), expected(sync, strings=0x1E))


@pytest.mark.parametrize("flags", range(8))
def test_header(flags: int) -> None:
    """R1352 to R1361, R1363, R1365, R1367, R1368: five properties in their order, three when asked for, no others."""
    sync = ContentsSync([FullChange(header(7), sample())], lambda: EMPTY, extra_flags=ExtraFlags(flags))
    (change,) = check_contents_sync(contents_stream(sync, writer()), expected(sync))["changes"]
    assert list(change["header"]) == [
        *[0x65E00102, 0x30080040, 0x65E20102, 0x65E30102, 0x67AA000B],
        *[tag for bit, tag in ((1, 0x674A0014), (2, 0x0E080003), (4, 0x67A40014)) if flags & bit],
    ]
    assert change["header"].get(0x674A0014, 0x0700000000000001) == 0x0700000000000001
    assert change["properties"] == {SUBJECT: "Hi"}


@pytest.mark.parametrize("progress", [None, ProgressInformation(1, 700, 1, 800)])
def test_progress(progress: ProgressInformation | None) -> None:
    """R220 to R223, R226 to R232, R236, R237, R1170 to R1172, R1174, R1176 to R1180, R1376 to R1383, R1385 to R1388,
    R1390, R3078: with Progress the sizes come before all and before each message, otherwise neither."""
    changes = [FullChange(header(7, True), sample()), FullChange(header(8), sample())]
    sync = ContentsSync(changes, lambda: EMPTY, progress=progress)
    data = contents_stream(sync, writer())
    assert check_contents_sync(data, expected(sync))["progress"] == (progress and (1, 700, 1, 800))
    with pytest.raises(Deviation):
        check_contents_sync(data, Expected(progress=progress is None))
    if progress:
        sizes = [token.value for token in tokens(data) if token.tag in (0x00000003, 0x0000000B)]
        assert sizes == [700, True, 800, False]


def test_steps() -> None:
    """R546: each change is a step."""
    steps = Steps(2)
    sync = ContentsSync([FullChange(header(at), Message()) for at in (1, 2)], lambda: EMPTY)
    joined(contents_sync(writer(), sync, steps))
    assert steps.counts() == (2, 2)


def test_state_is_asked_for_at_the_end() -> None:
    """R1205, R1858, R3417: the state tells what was sent, and is asked for when it was."""
    sent: list[int] = []

    def changes() -> Iterator[FullChange]:
        for at in (1, 2):
            sent.append(at)
            yield FullChange(header(at), sample())

    sync = ContentsSync(changes(), lambda: SyncState(idset({REPLICA: globset_of(sent)}), idset({})))
    found = check_contents_sync(contents_stream(sync, writer()), Expected())
    assert found["state"] == {"given": {REPLICA: [(1, 2)]}, "seen": {}}


@pytest.mark.parametrize(
    ("children", "told"),
    [
        (Children(), [RECIPIENTS, ATTACHMENTS]),
        (Children(recipients=False), [ATTACHMENTS]),
        (Children(attachments=False), [RECIPIENTS]),
        (Children(recipients=False, attachments=False), []),
    ],
)
def test_filtered_children(children: Children, told: list[int]) -> None:
    """R145, R149, R150, R1031, R2276, R2278, R2280, R3285, R3304: a list that is sent is announced even when
    it is empty; one that is not sent is not."""
    for message in (sample(), Message()):
        sync = ContentsSync([FullChange(header(7), message, children)], lambda: EMPTY)
        data = contents_stream(sync, writer())
        (change,) = check_contents_sync(data, expected(sync))["changes"]
        assert [token.value for token in tokens(data) if token.tag == 0x40160003] == told
        assert (change["recipients"] is None) == (not children.recipients)
        assert (change["attachments"] is None) == (not children.attachments)


def test_embedded() -> None:
    """R151, R1053, R2272: a message within stands for the data; filters outside do not reach into it."""
    part = Attachment(3, {0x3701: Typed(PropertyType.OBJECT, b"x"), 0x3705: Typed(PropertyType.INTEGER32, 5)}, sample())
    sync = ContentsSync([FullChange(header(7), Message(attachments=[part]), Children(recipients=False))], lambda: EMPTY)
    (change,) = check_contents_sync(contents_stream(sync, writer()), expected(sync))["changes"]
    (found,) = change["attachments"]
    assert found["number"] == 3
    assert found["properties"] == {0x3705: 5}
    assert [one[0x3003] for one in found["embedded"]["recipients"]] == ["bob@example.org"]


def mapping(count: int) -> PropertyGroupInfo:
    members = [GroupProperty(PropertyTag(0x0037, 0x1F)), GroupProperty(PropertyTag(0x8124, 0x101F), KEYWORDS)]
    return PropertyGroupInfo(5, [members] * count)


@settings(deadline=None, max_examples=40)
@given(st.lists(PROPERTIES, max_size=3), messages(0), st.booleans())
def test_partial_change(groups: list[Any], message: Message, children: bool) -> None:
    """R1017, R1026, R1039, R1042, R1116, R1117, R1153 to R1155, R1370, R1371, R3274, R3283, R3289, R3290, R3306, R3310:
    a mapping of groups, then only those groups that changed."""
    numbered = [(NO_GROUP if at == 2 else at, group) for at, group in enumerate(groups)]
    sent = Children(recipients=children, attachments=children)
    change = PartialChange(header(7), mapping(2), numbered, message, sent)
    sync = ContentsSync([change], lambda: EMPTY, extra_flags=ExtraFlags.EID)
    data = contents_stream(sync, writer())
    (found,) = check_contents_sync(data, expected(sync, partial=True))["changes"]
    assert found["mapping"] == (5, [2, 2])
    assert found["group"] == 5
    assert {index: len(group) for index, group in found["groups"].items()} == {
        index: len(group) for index, group in numbered
    }


def test_group_info() -> None:
    """R238, R240 to R259, R262 to R264, R266, R1120 to R1123, R1294, R26201, R3669, R3670, R3079, R3080: the mapping
    tells tags, and the names of those that have one."""
    members = [
        GroupProperty(PropertyTag(0x8123, 0x0B), replace(KEYWORDS, name=0x8503)),
        GroupProperty(PropertyTag(0x8124, 0x101F), KEYWORDS),
    ]
    assert PropertyGroupInfo(5, [members, [GroupProperty(PropertyTag(0x0037, 0x1F))]]).format() == bytes.fromhex(
        "05000000 00000000 02000000 02000000"
        "0B002381 2903020000000000C000000000000046 00000000 03850000"
        "1F102481 2903020000000000C000000000000046 01000000 10000000 4B006500790077006F00720064007300"
        "01000000 1F003700"
    )


def test_errors_instead_of_changes() -> None:
    """R281, R282, R284 to R287, R290 to R292, R294, R295, R298 to R301, R304, R307 to R309, R1027, R1071, R1072,
    R1074, R1078, R1079, R1338 to R1340, R1342, R2618, R3284, R3294: an error stands where its message would, and it
    goes on."""
    error = ExtendedErrorInfo(0x80004005, message=(REPLICA, 7))
    changes = [FullChange(header(1), sample()), error, FullChange(header(2), sample())]
    sync = ContentsSync(changes, lambda: EMPTY)
    data = contents_stream(sync, writer())
    found = check_contents_sync(data, expected(sync, recover=True))
    assert ["error" in change for change in found["changes"]] == [False, True, False]
    progressing = replace(sync, progress=ProgressInformation())
    found = check_contents_sync(contents_stream(progressing, writer()), expected(progressing, recover=True))
    assert ["error" in change for change in found["changes"]] == [False, True, False]
    (value,) = found["errors"]
    assert value == bytes.fromhex("00000000 05400080") + bytes(24) + REPLICA.bytes_le + bytes.fromhex(
        "000000000007 0000"
    ) + bytes(24 + 8)
    with pytest.raises(Deviation):
        check_contents_sync(data, expected(sync))


@settings(deadline=None, max_examples=50)
@given(folder_changes(), STATES, DELETIONS, st.sampled_from([0, 1]), st.booleans())
def test_hierarchy_sync(
    changes: list[FolderChange], final: SyncState, gone: Deletions, extra: int, no_foreign: bool
) -> None:
    """R1085, R1086, R1088 to R1093, R1095, R1097, R109701, R1124, R1127 to R1129, R1209, R1211, R3322: whatever folders
    there are, their synchronization is as the grammar says."""
    final = replace(final, seen_fai=None, read=None)
    gone = replace(gone, no_longer_in_scope=idset({}), expired=idset({}))
    sync = HierarchySync(changes, lambda: final, gone, ExtraFlags(extra), no_foreign)
    data = joined(hierarchy_sync(writer(), sync, Steps()))
    found = check_hierarchy_sync(data, Expected(extra, no_foreign_identifiers=no_foreign))
    assert [change[0x3001] for change in found["changes"]] == [change.display_name for change in changes]


def test_hierarchy_example() -> None:
    """R1016, R1019, R1021, R1022, R1127, R3006, R3007, R3009, R3354, R3657: the stream of one folder, byte for byte."""
    change = FolderChange(
        ObjectId(1, 0x0D),
        ObjectId(1, 1),
        b"",
        REPLICA.bytes_le + (0x0D).to_bytes(6, "big"),
        0x01D7E13811934000,
        REPLICA.bytes_le + (0x1001).to_bytes(6, "big"),
        b"\x16" + REPLICA.bytes_le + (0x1001).to_bytes(6, "big"),
        "Inbox",
        {KEYWORDS: Typed(PropertyType.INTEGER32, 1)},
    )
    final = SyncState(idset({REPLICA: globset_of([0x0D])}), idset({REPLICA: globset_of([0x1001])}))
    sync = HierarchySync([change], lambda: final)
    assert joined(hierarchy_sync(writer(), sync, Steps())) == bytes.fromhex(
        "03001240 0201E165 00000000 0201E065 16000000 A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 00000000000D"
        "40000830 0040931138E1D701 0201E265 16000000 A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 000000001001"
        "0201E365 17000000 16 A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 000000001001"
        "1F000130 0C000000 49006E0062006F0078000000 03003A40"
        "03001740 18000000 A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 0600000000000D00"
        "02019667 18000000 A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 06000000001001 00 03003B40 03001440"
    )


@given(DELETIONS, READ_STATES)
def test_deletions(gone: Deletions, changed: ReadStateChanges) -> None:
    """R1063, R1190, R1275, R1276, R1337, R3030 to R3038, R3315 to R3319, R3662 to R3666: what is gone and what
    was read, with REPLIDs, and nothing at all when it is nothing."""
    sync = ContentsSync([], lambda: EMPTY, gone, changed)
    found = check_contents_sync(contents_stream(sync, writer()), Expected())
    assert set(found["deletions"]) == {
        name for name in ("deleted", "no_longer_in_scope", "expired") if getattr(gone, name)
    }
    assert set(found["read_states"]) == {name for name in ("read", "unread") if getattr(changed, name)}
    assert bool(joined(deletions(gone))) == bool(found["deletions"])
    assert bool(joined(read_state_changes(changed))) == bool(found["read_states"])


@given(STATES)
def test_state(final: SyncState) -> None:
    """R25, R1205, R1212, R1261, R1262, R1264, R3323, R3354, R3659: a state has what it is given, with REPLGUIDs."""
    names = ("given", "seen", "seen_fai", "read")
    for one in (final, replace(final, given=None)):
        assert set(check_state(joined(state(one)))) == {name for name in names if getattr(one, name) is not None}


@settings(deadline=None, max_examples=40)
@given(messages(2))
def test_message_content(message: Message) -> None:
    """R1053, R1164, R1197, R1198, R1391, R1392, R3326, R3328: a message, and an attachment, by themselves."""
    found = check_message_content(joined(message_content(writer(), message, ANNOUNCED)))
    assert [one["row"] for one in found["recipients"]] == [one.row_id for one in message.recipients]
    for part in message.attachments:
        content = check_attachment_content(joined(attachment_content(writer(), part)))
        assert (content["embedded"] is None) == (part.embedded is None)


@settings(deadline=None, max_examples=40)
@given(listed(False), listed(True))
def test_message_list(normal: list[ListedMessage], associated: list[ListedMessage]) -> None:
    """R1006, R1008, R1131 to R1133, R1166, R1167, R2681, R3264 to R3266, R3286, R3311, R3311002, R3330: messages
    of both kinds, and warnings instead of those that may not be seen."""
    error = ExtendedErrorInfo(0x80004005)
    found = check_message_list(joined(message_list(writer(), [*normal, error, *associated])), Expected(recover=True))
    shown = [one for one in [*normal, *associated] if one.message]
    assert [one["associated"] for one in found if "associated" in one] == [one.associated for one in shown]
    assert [one["mid"] for one in found if "mid" in one] == [
        int.from_bytes(one.mid.format(), "little") for one in shown
    ]


@settings(deadline=None, max_examples=40)
@given(folders())
def test_folder_content(folder: FolderContent) -> None:
    """R146 to R148, R1098, R1099, R1113, R1114, R1344, R1345, R1347, R1348, R1350, R1351, R2620, R3299, R3324, R3325: a
    folder with its subfolders, each list announced."""
    found = check_folder_content(joined(folder_content(writer(), folder)), Expected(recover=True))
    assert found["name"] == folder.display_name
    assert (found["associated"] is None) == (folder.associated is None)
    assert (found["normal"] is None) == (folder.normal is None)
    assert (found["subfolders"] is None) == (folder.subfolders is None)


@settings(deadline=None, max_examples=40)
@given(folders())
def test_top_folder(folder: FolderContent) -> None:
    """R1002 to R1004, R1345, R1348, R1351, R3262, R3263, R3311001, R3331, R3999: the same in its markers, and
    nothing announced."""
    found = check_top_folder(joined(top_folder(writer(), folder)), Expected(recover=True))
    sent = [one for one in [*(folder.associated or []), *(folder.normal or [])] if one.message]
    assert [one["associated"] for one in found["messages"] if "associated" in one] == [one.associated for one in sent]
    assert len(found["subfolders"]) == len(list(folder.subfolders or []))


def test_folder_elsewhere() -> None:
    """R267, R271, R273, R276, R280, R1037001, R1038, R3081 to R3089, R3301: instead of its messages a public folder may
    tell where they are."""
    info = FolderReplicaInfo(LongTermId(REPLICA, 5), ["/o=a", "/o=b"], 1)
    folder = FolderContent(ObjectId(1, 5), "Public", elsewhere=info, normal=[])
    found = check_folder_content(joined(folder_content(writer(), folder)), Expected(recover=True))
    assert (
        found["elsewhere"]
        == bytes(8) + REPLICA.bytes_le + bytes.fromhex("000000000005 0000 02000000 01000000") + b"/o=a\0/o=b\0"
    )
    assert "normal" not in found


def changed(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    return data


CHANGE, MESSAGE, END = b"\3\0\x12\x40", b"\3\0\x15\x40", b"\3\0\x14\x40"
MODIFIED = b"\x40\0\x08\x30" + header(7).last_modification_time.to_bytes(8, "little")
ASSOCIATED = b"\x0b\0\xaa\x67\0\0"
DEL_RECIPIENTS = b"\3\0\x16\x40\x0d\0\x12\x0e"
DEVIATIONS: dict[str, Callable[[bytes], bytes]] = {
    "no end": lambda data: data[:-4],
    "more behind the end": lambda data: data + END,
    "cut in an atom": lambda data: data[:-1],
    "no IncrSyncMessage": lambda data: changed(data, (MESSAGE, b"")),
    "a header without its time": lambda data: changed(data, (MODIFIED, b"")),
    "a header out of order": lambda data: changed(data, (MODIFIED, b""), (ASSOCIATED, ASSOCIATED + MODIFIED)),
    "no marker of the change": lambda data: changed(data, (CHANGE, b"")),
    "recipients not announced": lambda data: changed(data, (DEL_RECIPIENTS, b"")),
    "lists announced in the wrong order": lambda data: changed(data, (b"\x0d\0\x12\x0e", b"\x0d\0\x13\x0e")),
    "a recipient without its row": lambda data: changed(data, (b"\3\0\0\x30\0\0\0\0", b"")),
    "an attachment without its number": lambda data: changed(data, (b"\3\0\x21\x0e\0\0\0\0", b"")),
    "a property twice": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x17\0\0\0\0\0" * 2)),
    "a property of the header again": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x08\x0e\0\0\0\0")),
    "an internal property": lambda data: changed(data, (MESSAGE, MESSAGE + b"\3\0\x50\x66\0\0\0\0")),
    "an error code": lambda data: changed(data, (MESSAGE, MESSAGE + b"\x0a\0\x17\0\0\0\0\0")),
    "a string of 8 bits": lambda data: changed(data, (MESSAGE, MESSAGE + b"\x1e\0\x70\0\1\0\0\0\0")),
    "no state": lambda data: data[: data.index(b"\3\0\x3a\x40")] + END,
    "a state with REPLIDs": lambda data: changed(data, (b"\3\0\x17\x40\0\0\0\0", b"\3\0\x17\x40\3\0\0\0\1\0\0")),
    "no set of seen changes": lambda data: changed(data, (b"\2\1\x96\x67\0\0\0\0", b"")),
    "another property in the state": lambda data: changed(data, (b"\3\0\x3b\x40", b"\3\0\x17\0\0\0\0\0\3\0\x3b\x40")),
    "deletions without any": lambda data: changed(data, (b"\3\0\x3a\x40", b"\3\0\x13\x40\3\0\x3a\x40")),
    "an empty set of deletions": lambda data: changed(
        data, (b"\3\0\x3a\x40", b"\3\0\x13\x40\2\1\xe5\x67\0\0\0\0\3\0\x3a\x40")
    ),
    "progress that nobody wanted": lambda data: changed(
        data, (CHANGE, b"\x0b\0\x75\x40\3\0\0\0\0\0\0\0\x0b\0\0\0\0\0" + CHANGE)
    ),
    "a change key that is not in the list": lambda data: changed(data, (b"\x17\0\0\0\x16", b"\x17\0\0\0\x15")),
}  # fmt: skip


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_the_checker(deviation: str) -> None:
    """What checks the streams finds each of these."""
    data = contents_stream(ContentsSync([FullChange(header(7), sample())], lambda: EMPTY), writer())
    check_contents_sync(data)
    with pytest.raises(Deviation):
        check_contents_sync(DEVIATIONS[deviation](data))


@given(st.data())
def test_the_checker_against_anything(data: st.DataObject) -> None:
    """A stream with some of its bytes left out is never taken for a whole one."""
    stream = contents_stream(ContentsSync([FullChange(header(7), sample())], lambda: EMPTY), writer())
    at = data.draw(st.integers(0, len(stream) - 5))
    with pytest.raises(Exception):  # noqa: B017, PT011 - also one of Python's own, for bytes that make no sense
        check_contents_sync(stream[:at] + stream[at + 4 :])
