"""The stories of what goes in streams: fast transfer and synchronization."""

from __future__ import annotations

from layout_client import LayoutClient, binary, u32
from mapi_session import LOGON

from posthouse.servers.mapi.special_folders import Special

SOURCE_KEY, CHANGE_KEY, PREDECESSORS = u32(0x65E00102), u32(0x65E20102), u32(0x65E30102)
PARENT_SOURCE_KEY, DISPLAY_NAME, LAST_MODIFICATION_TIME = u32(0x65E10102), u32(0x3001001F), u32(0x30080040)
IDSET_GIVEN = 0x40170003


def fast_transfer(client: LayoutClient) -> None:
    message, slot = client.new_message()
    _, folder = client.new_folder()
    inbox = client.folder_slot()
    plain = {"CopyFlags": 0, "SendOptions": 1}
    client.open("RopFastTransferSourceCopyFolder", InputHandleIndex=folder, **plain)
    client.open("RopFastTransferSourceCopyProperties", InputHandleIndex=slot, Level=0, **plain)
    client.open("RopFastTransferSourceCopyTo", InputHandleIndex=slot, Level=0, **plain)
    source = client.open(
        "RopFastTransferSourceCopyMessages", InputHandleIndex=inbox, MessageIdCount=1, MessageIds=message, **plain
    )
    client.say("RopTellVersion", InputHandleIndex=source)
    size = {"BufferSize": 0x4000, "MaximumBufferSize": b""}
    got = client.say("RopFastTransferSourceGetBuffer", InputHandleIndex=source, **size)
    data = got["rest"]
    assert int.from_bytes(got["TransferBufferSize"], "little") == len(data)
    for put in ("RopFastTransferDestinationPutBuffer", "RopFastTransferDestinationPutBufferExtended"):
        target = client.open(
            "RopFastTransferDestinationConfigure", InputHandleIndex=folder, SourceOperation=3, CopyFlags=0
        )
        used = client.say(put, InputHandleIndex=target, TransferData=data)["BufferUsedSize"]
        assert int.from_bytes(used, "little") == len(data)


def synchronization(client: LayoutClient) -> None:
    context = client.open(
        "RopSynchronizationConfigure", InputHandleIndex=client.folder_slot(), SendOptions=1, SynchronizationFlags=0x21,
        RestrictionData=b"", PropertyTagCount=0, PropertyTags=b"",
    )  # fmt: skip
    one = {"InputHandleIndex": context}
    client.say("RopSynchronizationUploadStateStreamBegin", **one, StateProperty=IDSET_GIVEN, TransferBufferSize=0)
    client.say("RopSynchronizationUploadStateStreamContinue", **one, StreamData=b"")
    client.say("RopSynchronizationUploadStateStreamEnd", **one)
    client.open("RopSynchronizationGetTransferState", **one)
    ids = client.say("RopGetLocalReplicaIds", InputHandleIndex=LOGON, IdCount=10)
    first = ids["ReplGuid"] + ids["GlobalCount"] + bytes(2)
    client.say("RopSetLocalReplicaMidsetDeleted", InputHandleIndex=client.folder_slot(), LongTermIdRanges=first + first)


def synchronization_upload(client: LayoutClient) -> None:
    """Everything that a client brings: a message that it has made, moved and deleted, and a folder."""
    ids = client.say("RopGetLocalReplicaIds", InputHandleIndex=LOGON, IdCount=10)
    counter = int.from_bytes(ids["GlobalCount"], "big")
    keys = [ids["ReplGuid"] + (counter + number).to_bytes(6, "big") for number in range(3)]
    change = bytes(15) + b"\1" + u32(1)
    known = bytes([len(change)]) + change
    time = LAST_MODIFICATION_TIME + (133_000_000_000_000_000).to_bytes(8, "little")
    versions = binary(CHANGE_KEY, change) + binary(PREDECESSORS, known)
    _, folder = client.new_folder("brought to")
    parts = {"InputHandleIndex": client.folder_slot(), "IsContentsCollector": 1}
    collector = client.open("RopSynchronizationOpenCollector", **parts)
    slot = client.slot()
    brought = client.say(
        "RopSynchronizationImportMessageChange", InputHandleIndex=collector, OutputHandleIndex=slot, ImportFlag=0,
        PropertyValueCount=4, PropertyValues=binary(SOURCE_KEY, keys[0]) + time + versions,
    )  # fmt: skip
    client.say("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=slot, SaveFlags=0x0A)
    read = len(keys[0]).to_bytes(2, "little") + keys[0] + b"\1"
    client.say("RopSynchronizationImportReadStateChanges", InputHandleIndex=collector, MessageReadStates=read)
    inbox = client.say("RopLongTermIdFromId", InputHandleIndex=LOGON, ObjectId=client.special(Special.INBOX))
    target = client.open("RopSynchronizationOpenCollector", InputHandleIndex=folder, IsContentsCollector=1)
    moved = client.say(
        "RopSynchronizationImportMessageMove", InputHandleIndex=target, SourceFolderId=inbox["LongTermId"][:22],
        SourceMessageId=keys[0], PredecessorChangeList=known, DestinationMessageId=keys[1], ChangeNumber=change,
    )  # fmt: skip
    gone = u32(0x00001102) + u32(1) + len(keys[1]).to_bytes(2, "little") + keys[1]
    client.say(
        "RopSynchronizationImportDeletes", InputHandleIndex=target, ImportDeleteFlags=0, PropertyValueCount=1,
        PropertyValues=gone,
    )  # fmt: skip
    above = client.folder_slot(Special.IPM_SUBTREE)
    hierarchy = client.open("RopSynchronizationOpenCollector", InputHandleIndex=above, IsContentsCollector=0)
    made = client.say(
        "RopSynchronizationImportHierarchyChange", InputHandleIndex=hierarchy, HierarchyValueCount=6,
        HierarchyValues=binary(PARENT_SOURCE_KEY, b"") + binary(SOURCE_KEY, keys[2]) + time + versions
        + DISPLAY_NAME + "brought\0".encode("utf-16-le"), PropertyValueCount=0, PropertyValues=b"",
    )  # fmt: skip
    assert brought["MessageId"] == moved["MessageId"] == made["FolderId"] == bytes(8)
