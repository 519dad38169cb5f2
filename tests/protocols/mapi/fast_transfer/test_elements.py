"""Elements of folders, messages and states against the grammar, as `fx_checker` reads it.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

from dataclasses import replace

from fx_checker import (
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
    EMPTY,
    KEYWORDS,
    READ_STATES,
    REPLICA,
    STATES,
    contents_stream,
    folder_changes,
    folders,
    joined,
    listed,
    messages,
    writer,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import ContentsSync, ExtraFlags
from posthouse.protocols.mapi.fast_transfer.elements.folders import FolderContent, folder_content, top_folder
from posthouse.protocols.mapi.fast_transfer.elements.hierarchy_sync import FolderChange, HierarchySync, hierarchy_sync
from posthouse.protocols.mapi.fast_transfer.elements.messages import (
    ANNOUNCED,
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
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo, FolderReplicaInfo
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyType


@settings(deadline=None, max_examples=50)
@given(folder_changes(), STATES, DELETIONS, st.sampled_from([0, 1]), st.booleans())
def test_hierarchy_sync(
    changes: list[FolderChange], final: SyncState, gone: Deletions, extra: int, no_foreign: bool
) -> None:
    """R1085, R1086, R1088 to R1093, R1095, R1097, R109701, R1124, R1127, R1129, R1209, R1211, R3322: whatever folders
    there are, their synchronization is as the grammar says."""
    final = replace(final, seen_fai=None, read=None)
    gone = replace(gone, no_longer_in_scope=idset({}), expired=idset({}))
    sync = HierarchySync(changes, lambda: final, gone, ExtraFlags(extra), no_foreign)
    data = joined(hierarchy_sync(writer(), sync, Steps()))
    found = check_hierarchy_sync(data, Expected(extra, no_foreign_identifiers=no_foreign))
    assert [change[0x3001] for change in found["changes"]] == [change.display_name for change in changes]


def test_hierarchy_example() -> None:
    """R1016, R1019, R1021, R1022, R1127, R3006, R3007, R3009, R3354, R3657, R1030: the stream of one folder, byte for
    byte."""
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
    """R1063, R1190, R1275, R1276, R1337, R3030 to R3038, R3316 to R3319, R3662 to R3666, R1018: what is gone and what
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
    """R25, R1205, R1212, R1261, R1262, R1264, R3323, R3354, R3659, R1265, R3660, R3010, R3012, R3661, R3013, R1881,
    R33541, R2656: a state has what it is given, with REPLGUIDs."""
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
def test_filters_take_name_and_comment(folder: FolderContent) -> None:
    """R379, R450, R3786, R1345, R1348, R1351: of the folder itself they are properties like others, and its id is none
    that goes out; the folders below it tell all three."""
    found = check_folder_content(
        joined(folder_content(writer(), replace(folder, display_name=None, comment=None))), Expected(recover=True)
    )
    assert (found["name"], found["comment"]) == (None, None)
    below = [(one["name"], one["comment"]) for one in found["subfolders"] or []]
    assert below == [(one.display_name, one.comment) for one in folder.subfolders or []]


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
    """R267, R271, R273, R276, R280, R1037, R1037001, R1038, R3081 to R3089, R3301: instead of its messages a public
    folder may tell where they are."""
    info = FolderReplicaInfo(LongTermId(REPLICA, 5), ["/o=a", "/o=b"], 1)
    folder = FolderContent(ObjectId(1, 5), "Public", elsewhere=info, normal=[])
    found = check_folder_content(joined(folder_content(writer(), folder)), Expected(recover=True))
    assert (
        found["elsewhere"]
        == bytes(8) + REPLICA.bytes_le + bytes.fromhex("000000000005 0000 02000000 01000000") + b"/o=a\0/o=b\0"
    )
    assert "normal" not in found
