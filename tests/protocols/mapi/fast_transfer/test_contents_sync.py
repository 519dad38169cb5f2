"""Changes of messages against the grammar, as `fx_checker` reads it.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fx_checker import ATTACHMENTS, RECIPIENTS, Expected, check_contents_sync
from fx_samples import (
    EMPTY,
    KEYWORDS,
    PROPERTIES,
    REPLICA,
    contents_stream,
    contents_syncs,
    header,
    joined,
    messages,
    sample,
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
from posthouse.protocols.mapi.fast_transfer.elements.messages import Children
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.structures import (
    ExtendedErrorInfo,
    GroupProperty,
    ProgressInformation,
    PropertyGroupInfo,
)
from posthouse.protocols.mapi.fast_transfer.writer import SendOptions
from posthouse.protocols.mapi.objects import Attachment, Message
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType

SUBJECT, TEXT = 0x0037, PropertyType.STRING


def expected(sync: ContentsSync, **more: Any) -> Expected:
    return Expected(int(sync.extra_flags), sync.progress is not None, **more)


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
    """R1352 to R1361, R1363, R1365, R1367, R1368, R1284, R3052 to R3054: five properties in their order, three
    when asked for, no others; a change number has the layout of an id."""
    sync = ContentsSync([FullChange(header(7), sample())], lambda: EMPTY, extra_flags=ExtraFlags(flags))
    (change,) = check_contents_sync(contents_stream(sync, writer()), expected(sync))["changes"]
    assert list(change["header"]) == [
        *[0x65E00102, 0x30080040, 0x65E20102, 0x65E30102, 0x67AA000B],
        *[tag for bit, tag in ((1, 0x674A0014), (2, 0x0E080003), (4, 0x67A40014)) if flags & bit],
    ]
    assert change["header"].get(0x674A0014, 0x0700000000000001) == 0x0700000000000001
    assert change["header"].get(0x67A40014, 0xEF03000000000001) == 0xEF03000000000001
    assert change["properties"] == {SUBJECT: "Hi"}


@pytest.mark.parametrize("progress", [None, ProgressInformation(1, 700, 1, 800)])
def test_progress(progress: ProgressInformation | None) -> None:
    """R220 to R223, R226 to R232, R236, R237, R1170 to R1172, R1174, R1176 to R1180, R1376 to R1383, R1385 to R1388,
    R1390, R3078, R224, R233: with Progress the sizes come before all and before each message, otherwise neither."""
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
    """R1017, R1026, R1039, R1042, R1116, R1117, R1153 to R1155, R1370, R1371, R3274, R3283, R3289, R3290, R3306, R3310,
    R3307: a mapping of groups, then only those groups that changed."""
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
    assert ExtendedErrorInfo(0x80004005).format() == bytes.fromhex("00000000 05400080") + bytes(24 + 24 + 24 + 8)
    with pytest.raises(Deviation):
        check_contents_sync(data, expected(sync))
