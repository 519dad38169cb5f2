"""For each file of layouts a story in which all its operations succeed, told by who knows only the layouts."""

from __future__ import annotations

from collections.abc import Callable

from layout_client import LayoutClient, tags, u32, u48, values
from layout_sync_stories import fast_transfer, synchronization, synchronization_upload
from mapi_session import LOGON, dn_of

from posthouse.servers.mapi.special_folders import Special

SUBJECT, MESSAGE_FLAGS, BODY = u32(0x0037001F), u32(0x0E070003), u32(0x1000001F)
INST_ID, INSTANCE_NUMBER, ATTACH_METHOD = u32(0x674D0014), u32(0x674E0003), u32(0x37050003)
NEXT_CENTURY = u32(0x3FEF0040) + (160_000_000_000_000_000).to_bytes(8, "little")
PER_MDB, PUBLIC = 0x01000000, 0x00000002


def attachment(client: LayoutClient) -> None:
    _, message = client.new_message()
    slot = client.slot()
    made = client.say("RopCreateAttachment", InputHandleIndex=message, OutputHandleIndex=slot)
    client.say("RopSaveChangesAttachment", ResponseHandleIndex=message, InputHandleIndex=slot, SaveFlags=0x0A)
    which = {"InputHandleIndex": message, "AttachmentID": made["AttachmentID"]}
    client.open("RopOpenAttachment", **which)
    client.say("RopGetValidAttachments", InputHandleIndex=message)
    client.open("RopGetAttachmentTable", InputHandleIndex=message)
    client.say("RopSetProperties", InputHandleIndex=slot, **values(ATTACH_METHOD + u32(5)))
    client.open("RopOpenEmbeddedMessage", InputHandleIndex=slot, OpenModeFlags=2)
    client.say("RopDeleteAttachment", **which)


def bookmark(client: LayoutClient) -> None:
    table = table_of(client)
    rest = client.say("RopCreateBookmark", InputHandleIndex=table)["rest"]
    mark = {"InputHandleIndex": table, "Bookmark": rest}
    client.say("RopSeekRowBookmark", **mark)
    client.say("RopSeekRowFractional", InputHandleIndex=table, Numerator=1, Denominator=2)
    client.say("RopFreeBookmark", **mark)


def category(client: LayoutClient) -> None:
    client.new_message()
    table = client.open("RopGetContentsTable", InputHandleIndex=client.folder_slot(), TableFlags=0)
    client.say("RopSetColumns", InputHandleIndex=table, SetColumnsFlags=0, **tags(INST_ID, INSTANCE_NUMBER))
    client.say(
        "RopSortTable", InputHandleIndex=table, SortTableFlags=0, SortOrderCount=1, CategoryCount=1, ExpandedCount=0,
        SortOrders=MESSAGE_FLAGS + b"\0",
    )  # fmt: skip
    rows = client.say("RopQueryRows", InputHandleIndex=table, RowCount=1)["rest"]
    group = {"InputHandleIndex": table, "CategoryId": rows[1:9]}
    expanded = client.say("RopExpandRow", MaxRowCount=0, **group)
    assert int.from_bytes(expanded["ExpandedRowCount"], "little") > 0
    state = client.say("RopGetCollapseState", InputHandleIndex=table, RowId=rows[1:9], RowInstanceNumber=0)["rest"]
    client.say("RopSetCollapseState", InputHandleIndex=table, CollapseState=state)
    assert client.say("RopCollapseRow", **group)["CollapsedRowCount"] == expanded["ExpandedRowCount"]


def folder(client: LayoutClient) -> None:
    above = client.folder_slot(Special.IPM_SUBTREE)
    made, slot = client.new_folder("for a while")
    client.open("RopOpenFolder", InputHandleIndex=LOGON, FolderId=made)
    client.open("RopGetHierarchyTable", InputHandleIndex=above, TableFlags=0)
    client.open("RopGetContentsTable", InputHandleIndex=slot, TableFlags=0)
    message, _ = client.new_message()
    inbox = {"InputHandleIndex": client.folder_slot(), "MessageIdCount": 1}
    assert client.say("RopDeleteMessages", MessageIds=message, **inbox)["PartialCompletion"] == b"\0"
    message, _ = client.new_message()
    assert client.say("RopHardDeleteMessages", MessageIds=message, **inbox)["PartialCompletion"] == b"\0"
    client.say("RopEmptyFolder", InputHandleIndex=slot)
    client.say("RopHardDeleteMessagesAndSubfolders", InputHandleIndex=slot)
    client.say("RopDeleteFolder", InputHandleIndex=above, FolderId=made)
    _, search = client.new_folder("sought", kind=2)
    client.say("RopSetSearchCriteria", InputHandleIndex=search, FolderIds=client.special(Special.INBOX), SearchFlags=2)
    client.say("RopGetSearchCriteria", InputHandleIndex=search)


def logon(client: LayoutClient) -> None:
    name = dn_of(client.hub, client.who).encode() + b"\0"
    slot = client.slot()
    mine = client.say("RopLogon", OutputHandleIndex=slot, LogonFlags=1, OpenFlags=PER_MDB, Essdn=name)
    assert (mine["LogonFlags"], mine["StoreState"]) == (b"\1", bytes(4))


def message(client: LayoutClient) -> None:
    made, slot = client.new_message()
    inbox = client.special(Special.INBOX)
    client.open("RopOpenMessage", InputHandleIndex=LOGON, FolderId=inbox, MessageId=made)
    client.say("RopReloadCachedInformation", InputHandleIndex=slot)


def message_status(client: LayoutClient) -> None:
    made, slot = client.new_message()
    one = {"InputHandleIndex": client.folder_slot(), "MessageId": made}
    client.say("RopSetMessageStatus", **one, MessageStatusFlags=0x1000, MessageStatusMask=0x1000)
    assert client.say("RopGetMessageStatus", **one)["MessageStatusFlags"] == u32(0x1000)
    client.say("RopSetReadFlags", InputHandleIndex=one["InputHandleIndex"], MessageIdCount=1, MessageIds=made)
    client.say("RopSetMessageReadFlag", ResponseHandleIndex=LOGON, InputHandleIndex=slot)


def moving(client: LayoutClient) -> None:
    made, _ = client.new_message()
    inner, _ = client.new_folder("to go")
    _, target = client.new_folder("where to")
    above, both = client.folder_slot(Special.IPM_SUBTREE), {"DestHandleIndex": target}
    moved = client.say(
        "RopMoveCopyMessages", SourceHandleIndex=client.folder_slot(), MessageIds=made, WantCopy=0, **both
    )
    assert moved["PartialCompletion"] == b"\0"
    client.say("RopCopyFolder", SourceHandleIndex=above, FolderId=inner, **both)
    other = "Folder2\0".encode("utf-16-le")
    client.say("RopMoveFolder", SourceHandleIndex=above, FolderId=inner, NewFolderName=other, **both)


def named_property(client: LayoutClient) -> None:
    found = client.say("RopGetPropertyIdsFromNames", InputHandleIndex=LOGON)["rest"]
    assert len(found) == 2 * 2
    client.say("RopGetNamesFromPropertyIds", InputHandleIndex=LOGON, PropertyIds=found[:2])
    client.say("RopQueryNamedProperties", InputHandleIndex=client.folder_slot())


def notification(client: LayoutClient) -> None:
    inbox = client.special(Special.INBOX)
    client.open("RopRegisterNotification", InputHandleIndex=LOGON, FolderId=inbox, MessageId=bytes(8))


def per_user(client: LayoutClient) -> None:
    """What is written is read again; a mailbox keeps it with the store that it came from."""
    mine, store = {"InputHandleIndex": LOGON}, bytes(range(16))
    folder, read = store + bytes(5) + b"\7" + bytes(2), store + b"\x52" + u48(1) + u48(9) + b"\0"
    client.say("RopWritePerUserInformation", **mine, FolderId=folder, Data=read, ReplGuid=store)
    kept = client.say("RopReadPerUserInformation", **mine, FolderId=folder, DataOffset=0, MaxDataSize=0)
    assert (kept["HasFinished"], kept["rest"]) == (b"\1", read)
    assert client.say("RopGetPerUserGuid", **mine, LongTermId=folder)["DatabaseGuid"] == store
    assert client.say("RopGetPerUserLongTermIds", **mine, DatabaseGuid=store)["rest"] == folder


def permission(client: LayoutClient) -> None:
    _, slot = client.new_folder("shared")
    client.open("RopGetPermissionsTable", InputHandleIndex=slot, TableFlags=0)
    client.say("RopModifyPermissions", InputHandleIndex=slot, ModifyFlags=0, ModifyCount=0, PermissionsData=b"")


def property(client: LayoutClient) -> None:
    _, slot = client.new_message()
    _, other = client.new_message()
    one, text = {"InputHandleIndex": slot}, SUBJECT + "x\0".encode("utf-16-le")
    for rop in ("RopSetProperties", "RopSetPropertiesNoReplicate"):
        assert client.say(rop, **one, **values(text))["PropertyProblemCount"] == bytes(2)
    got = client.say("RopGetPropertiesSpecific", **one, PropertyTags=SUBJECT)
    assert got["rest"] == b"\0" + text[4:]
    client.say("RopGetPropertiesAll", **one)
    assert SUBJECT in client.say("RopGetPropertiesList", **one)["rest"]
    pair = {"SourceHandleIndex": slot, "DestHandleIndex": other, "CopyFlags": 0}
    client.say("RopCopyProperties", **pair, **tags(SUBJECT))
    client.say("RopCopyTo", **pair, ExcludedTagCount=1, ExcludedTags=BODY)
    for rop in ("RopDeleteProperties", "RopDeletePropertiesNoReplicate"):
        client.say(rop, **one, **tags(SUBJECT))


def recipient(client: LayoutClient) -> None:
    _, slot = client.new_message()
    client.say("RopModifyRecipients", InputHandleIndex=slot)
    client.say("RopReadRecipients", InputHandleIndex=slot, RowId=0)
    client.say("RopRemoveAllRecipients", InputHandleIndex=slot)


def rule(client: LayoutClient) -> None:
    inbox = client.folder_slot()
    client.open("RopGetRulesTable", InputHandleIndex=inbox, TableFlags=0x40)
    client.say("RopModifyRules", InputHandleIndex=inbox, ModifyRulesFlags=1, RulesCount=0, RulesData=b"")


def sending(client: LayoutClient) -> None:
    made, slot = client.new_message()
    mine = {"InputHandleIndex": LOGON}
    client.say("RopGetAddressTypes", **mine)
    client.say("RopSetSpooler", **mine)
    client.say("RopSpoolerLockMessage", **mine, MessageId=made)
    client.say("RopTransportNewMail", **mine, MessageId=made, FolderId=client.special(Special.INBOX))
    outbox = client.say("RopGetTransportFolder", **mine)["FolderId"]
    assert outbox == client.special(Special.OUTBOX).format()
    client.say("RopOptionsData", **mine)
    client.say("RopModifyRecipients", InputHandleIndex=slot)
    client.say("RopSubmitMessage", InputHandleIndex=slot)
    _, other = client.new_message()
    client.say("RopModifyRecipients", InputHandleIndex=other)
    client.say("RopTransportSend", InputHandleIndex=other)
    late, slot = client.new_message()
    client.say("RopModifyRecipients", InputHandleIndex=slot)
    client.say("RopSetProperties", InputHandleIndex=slot, **values(NEXT_CENTURY))
    client.say("RopSubmitMessage", InputHandleIndex=slot)
    client.say("RopAbortSubmit", **mine, FolderId=client.special(Special.INBOX), MessageId=late)


def store(client: LayoutClient) -> None:
    mine = {"InputHandleIndex": LOGON}
    client.say("RopSetReceiveFolder", **mine, FolderId=client.special(Special.INBOX), MessageClass=b"IPM.Layout\0")
    found = client.say("RopGetReceiveFolder", **mine, MessageClass=b"IPM.Layout.Sub\0")
    assert (found["FolderId"], found["rest"]) == (client.special(Special.INBOX).format(), b"IPM.LAYOUT\0")
    client.say("RopGetReceiveFolderTable", **mine)
    inbox = client.special(Special.INBOX).format()
    long_term = client.say("RopLongTermIdFromId", **mine, ObjectId=inbox)["LongTermId"]
    assert client.say("RopIdFromLongTermId", **mine, LongTermId=long_term)["ObjectId"] == inbox
    slot = client.slot()
    public = client.say("RopLogon", LogonId=1, OutputHandleIndex=slot, LogonFlags=0, OpenFlags=PUBLIC, Essdn=b"")
    one = {"LogonId": 1, "InputHandleIndex": slot, "FolderId": public["FolderIds"][8:16]}
    assert client.say("RopGetOwningServers", **one)["OwningServersCount"] == b"\1\0"
    assert client.say("RopPublicFolderIsGhosted", **one)["IsGhosted"] == b"\0"


def stream(client: LayoutClient) -> None:
    _, message = client.new_message()
    whole = {"InputHandleIndex": message, "PropertyTag": BODY}
    slot = client.open("RopOpenStream", **whole, OpenModeFlags=2)
    one = {"InputHandleIndex": slot}
    assert client.say("RopWriteStream", **one, Data=b"a\0b\0")["WrittenSize"] == b"\4\0"
    assert client.say("RopWriteStreamExtended", **one, Data=b"c\0")["WrittenSize"] == u32(2)
    assert client.say("RopWriteAndCommitStream", **one, Data=b"d\0")["WrittenSize"] == b"\2\0"
    client.say("RopCommitStream", **one)
    assert client.say("RopGetStreamSize", **one)["StreamSize"] == u32(8)
    client.say("RopSetStreamSize", **one, StreamSize=6)
    assert client.say("RopSeekStream", **one, Origin=0, Offset=2)["NewPosition"] == b"\2" + bytes(7)
    assert client.say("RopReadStream", **one, ByteCount=100, MaximumByteCount=b"")["rest"] == b"b\0c\0"
    client.say("RopSeekStream", **one, Origin=0, Offset=0)
    _, other = client.new_message()
    target = client.open("RopOpenStream", InputHandleIndex=other, PropertyTag=BODY, OpenModeFlags=2)
    copied = client.say("RopCopyToStream", SourceHandleIndex=slot, DestHandleIndex=target, ByteCount=4)
    assert copied["ReadByteCount"] == copied["WrittenByteCount"] == b"\4" + bytes(7)
    client.open("RopCloneStream", **one)


def table(client: LayoutClient) -> None:
    slot = table_of(client)
    one = {"InputHandleIndex": slot}
    client.say("RopSortTable", **one, SortOrderCount=1, CategoryCount=0, ExpandedCount=0, SortOrders=SUBJECT + b"\0")
    client.say("RopRestrict", **one, RestrictionData=b"")
    client.say("RopQueryColumnsAll", **one)
    client.say("RopGetStatus", **one)
    position = client.say("RopQueryPosition", **one)
    assert position["Numerator"] == bytes(4)
    client.say("RopSeekRow", **one, Origin=0, RowCount=0)
    client.say("RopFindRow", **one, Origin=0, FindRowFlags=0, RestrictionData=b"\x08" + SUBJECT, Bookmark=b"")
    rows = client.say("RopQueryRows", **one, RowCount=1)
    assert rows["RowCount"] == b"\1\0"
    client.say("RopResetTable", **one)


STORIES: dict[str, Callable[[LayoutClient], None]] = {
    story.__name__: story
    for story in (
        *(attachment, bookmark, category, fast_transfer, folder, logon, message, message_status, moving),
        *(named_property, notification, per_user, permission, property, recipient, rule, sending, store, stream),
        *(synchronization, synchronization_upload, table),
    )
}


def table_of(client: LayoutClient) -> int:
    """Of the messages in the Inbox, with their subjects."""
    client.new_message()
    slot = client.open("RopGetContentsTable", InputHandleIndex=client.folder_slot(), TableFlags=0)
    client.say("RopSetColumns", InputHandleIndex=slot, SetColumnsFlags=0, **tags(MESSAGE_FLAGS, SUBJECT))
    return slot
