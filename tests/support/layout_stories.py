"""For each file of layouts a story in which all its operations succeed, told by who knows only the layouts."""

from __future__ import annotations

from collections.abc import Callable

from layout_client import LayoutClient, nowhere, tags, u32, u48, values
from layout_sync_stories import fast_transfer, synchronization, synchronization_upload
from mapi_session import LOGON, dn_of

from posthouse.servers.mapi.special_folders import Special

SUBJECT, MESSAGE_FLAGS, BODY = u32(0x0037001F), u32(0x0E070003), u32(0x1000001F)
DISPLAY_NAME, COMMENT = u32(0x3001001F), u32(0x3004001F)
INST_ID, INSTANCE_NUMBER, ATTACH_METHOD = u32(0x674D0014), u32(0x674E0003), u32(0x37050003)
NEXT_CENTURY = u32(0x3FEF0040) + (160_000_000_000_000_000).to_bytes(8, "little")
HIERARCHY = "RopGetHierarchyTable"
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
    client.say("RopSeekRowFractional", InputHandleIndex=table, Numerator=1, Denominator=1)
    end = client.say("RopQueryPosition", InputHandleIndex=table)
    assert end["Numerator"] == end["Denominator"] != bytes(4)
    sought = client.say("RopSeekRowBookmark", **mark, RowCount=1, WantRowMovedCount=1)
    assert (sought["RowNoLongerVisible"], sought["HasSoughtLess"], sought["RowsSought"]) == (b"\0", b"\0", u32(1))
    assert client.say("RopQueryPosition", InputHandleIndex=table)["Numerator"] == u32(1)
    client.say("RopFreeBookmark", **mark)
    assert client.fails("RopSeekRowBookmark", **mark)


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
    opened = client.open("RopOpenFolder", InputHandleIndex=LOGON, FolderId=made, OpenModeFlags=0)
    assert (client.text(opened, DISPLAY_NAME), client.text(opened, COMMENT)) == ("for a while", "a comment")
    again, _ = client.new_folder("for a while")
    assert again == made
    name = "for a while\0".encode("utf-16-le")
    assert client.fails("RopCreateFolder", InputHandleIndex=above, OutputHandleIndex=client.slot(), DisplayName=name)
    _emptied(client, slot)
    _deleted(client, above, made)
    _sought(client)


def _emptied(client: LayoutClient, slot: int) -> None:
    """Messages go, and the table says so."""
    inbox = client.folder_slot()
    for rop in ("RopDeleteMessages", "RopHardDeleteMessages"):
        message, _ = client.new_message()
        before, one = client.rows(inbox), {"InputHandleIndex": inbox, "MessageIdCount": 1, "MessageIds": message}
        assert client.say(rop, **one)["PartialCompletion"] == b"\0"
        assert client.rows(inbox) == before - 1
        assert client.say(rop, **one | {"MessageIds": nowhere()})["PartialCompletion"] == b"\1"
    for rop in ("RopEmptyFolder", "RopHardDeleteMessagesAndSubfolders"):
        message, _ = client.new_message()
        moved = {"SourceHandleIndex": inbox, "DestHandleIndex": slot, "MessageIds": message, "WantCopy": 0}
        client.say("RopMoveCopyMessages", **moved)
        assert client.rows(slot) == 1
        assert client.say(rop, InputHandleIndex=slot)["PartialCompletion"] == b"\0"
        assert client.rows(slot) == 0


def _deleted(client: LayoutClient, above: int, made: bytes) -> None:
    """A folder with another below it stays, unless that is to go as well; what is gone can be opened as such."""
    below, slot = client.slot(), client.open("RopOpenFolder", InputHandleIndex=LOGON, FolderId=made, OpenModeFlags=0)
    client.say("RopCreateFolder", InputHandleIndex=slot, OutputHandleIndex=below)
    one, before = {"InputHandleIndex": above, "FolderId": made}, client.rows(above, HIERARCHY)
    assert client.say("RopDeleteFolder", **one, DeleteFolderFlags=0)["PartialCompletion"] == b"\1"
    assert client.say("RopDeleteFolder", **one, DeleteFolderFlags=5)["PartialCompletion"] == b"\0"
    assert client.rows(above, HIERARCHY) == before - 1
    gone = {"InputHandleIndex": LOGON, "OutputHandleIndex": client.slot(), "FolderId": made}
    assert client.fails("RopOpenFolder", **gone, OpenModeFlags=0)
    client.say("RopOpenFolder", **gone, OpenModeFlags=4)


def _sought(client: LayoutClient) -> None:
    """What is told of a search is what was said."""
    _, search = client.new_folder("sought", kind=2)
    one, where = {"InputHandleIndex": search}, client.special(Special.INBOX).format()
    client.say("RopSetSearchCriteria", **one, RestrictionData=b"\x08" + SUBJECT, FolderIds=where, SearchFlags=2)
    told = client.say("RopGetSearchCriteria", **one, IncludeRestriction=1, IncludeFolders=1)
    assert told["RestrictionDataSize"] == b"\5\0"
    assert told["rest"][:5] == b"\x08" + SUBJECT
    assert where in told["rest"]
    less = client.say("RopGetSearchCriteria", **one, IncludeRestriction=0, IncludeFolders=0)
    assert less["RestrictionDataSize"] == bytes(2)
    assert where not in less["rest"]


def logon(client: LayoutClient) -> None:
    name = dn_of(client.hub, client.who).encode() + b"\0"
    slot = client.slot()
    mine = client.say("RopLogon", OutputHandleIndex=slot, LogonFlags=1, OpenFlags=PER_MDB, Essdn=name)
    assert (mine["LogonFlags"], mine["StoreState"]) == (b"\1", bytes(4))


def message(client: LayoutClient) -> None:
    made, slot = client.new_message()
    inbox = client.special(Special.INBOX)
    client.say("RopSetProperties", InputHandleIndex=slot, **values(SUBJECT + "Re: it\0".encode("utf-16-le")))
    saved = client.say("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=slot, SaveFlags=0x0A)
    assert saved["MessageId"] == made
    opened = client.open("RopOpenMessage", InputHandleIndex=LOGON, FolderId=inbox, MessageId=made, OpenModeFlags=0)
    assert client.text(opened, SUBJECT) == "Re: it"
    assert client.fails("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=opened, SaveFlags=0x0A)
    associated, before = client.folder_slot(), client.rows(client.folder_slot(), flags=2)
    other = client.slot()
    client.say("RopCreateMessage", InputHandleIndex=LOGON, OutputHandleIndex=other, FolderId=inbox, AssociatedFlag=1)
    client.say("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=other, SaveFlags=0x0A)
    assert client.rows(associated, flags=2) == before + 1
    client.say("RopReloadCachedInformation", InputHandleIndex=slot)


def message_status(client: LayoutClient) -> None:
    made, slot = client.new_message()
    one = {"InputHandleIndex": client.folder_slot(), "MessageId": made}
    first = client.say("RopSetMessageStatus", **one, MessageStatusFlags=0x3000, MessageStatusMask=0x1000)
    assert first["MessageStatusFlags"] == bytes(4)
    assert client.say("RopGetMessageStatus", **one)["MessageStatusFlags"] == u32(0x1000)
    then = client.say("RopSetMessageStatus", **one, MessageStatusFlags=0, MessageStatusMask=0x1000)
    assert then["MessageStatusFlags"] == u32(0x1000)
    read = {"InputHandleIndex": one["InputHandleIndex"], "MessageIdCount": 1}
    assert client.say("RopSetReadFlags", **read, MessageIds=made)["PartialCompletion"] == b"\0"
    assert client.say("RopSetReadFlags", **read, MessageIds=nowhere())["PartialCompletion"] == b"\1"
    client.say("RopSetMessageReadFlag", ResponseHandleIndex=LOGON, InputHandleIndex=slot)


def moving(client: LayoutClient) -> None:
    made, _ = client.new_message()
    inner, _ = client.new_folder("to go")
    _, target = client.new_folder("where to")
    above, both = client.folder_slot(Special.IPM_SUBTREE), {"DestHandleIndex": target}
    inbox = client.folder_slot()
    before, message = client.rows(inbox), {"SourceHandleIndex": inbox, "MessageIds": made, **both}
    for copies, left in ((1, before), (0, before - 1)):
        assert client.say("RopMoveCopyMessages", WantCopy=copies, **message)["PartialCompletion"] == b"\0"
        assert client.rows(inbox) == left
    assert client.rows(target) == 2
    assert client.say("RopMoveCopyMessages", WantCopy=0, **message)["PartialCompletion"] == b"\1"
    folder, folders = {"SourceHandleIndex": above, "FolderId": inner, **both}, client.rows(above, HIERARCHY)
    named = "a copy\0".encode("utf-16-le")
    assert client.say("RopCopyFolder", NewFolderName=named, **folder)["PartialCompletion"] == b"\0"
    assert client.rows(above, HIERARCHY) == folders
    moved = {"UseUnicode": 0, "NewFolderName": b"moved\0"}
    assert client.say("RopMoveFolder", **moved, **folder)["PartialCompletion"] == b"\0"
    assert client.rows(above, HIERARCHY) == folders - 1
    assert client.rows(target, HIERARCHY) == 2
    inside = client.open("RopOpenFolder", InputHandleIndex=LOGON, FolderId=inner, OpenModeFlags=0)
    assert client.text(inside, DISPLAY_NAME) == "moved"


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
    assert client.say("RopOptionsData", **mine)["OptionsInfoSize"] == bytes(2)
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
    for letter in "abc":
        _, written = client.new_message()
        client.say("RopSetProperties", InputHandleIndex=written, **values(SUBJECT + f"{letter}\0".encode("utf-16-le")))
        client.say("RopSaveChangesMessage", ResponseHandleIndex=LOGON, InputHandleIndex=written, SaveFlags=0x0A)
    slot = table_of(client)
    one = {"InputHandleIndex": slot}
    order = {"SortOrderCount": 1, "CategoryCount": 0, "ExpandedCount": 0, "SortOrders": SUBJECT + b"\1"}
    assert client.say("RopSortTable", **one, **order)["TableStatus"] == b"\0"
    unread = b"\x04\x04" + SUBJECT + SUBJECT + "b\0".encode("utf-16-le")
    assert client.say("RopRestrict", **one, RestrictionData=unread)["TableStatus"] == b"\0"
    assert client.say("RopQueryPosition", **one)["Denominator"] == u32(1)
    client.say("RopRestrict", **one, RestrictionData=b"")
    assert SUBJECT in client.say("RopQueryColumnsAll", **one)["rest"]
    assert client.say("RopGetStatus", **one)["TableStatus"] == b"\0"
    whole = client.say("RopQueryRows", **one, QueryRowsFlags=0, ForwardRead=1, RowCount=99)
    letters = [whole["rest"].find(letter + b"\0\0\0") for letter in (b"c", b"b", b"a")]
    assert -1 < letters[0] < letters[1] < letters[2]
    assert whole["Origin"] == b"\2"
    position = client.say("RopQueryPosition", **one)
    assert position["Numerator"] == position["Denominator"]
    back = client.say("RopSeekRow", **one, Origin=2, RowCount=0xFFFF_FFFF, WantRowMovedCount=1)
    assert (back["HasSoughtLess"], back["RowsSought"]) == (b"\0", u32(0xFFFF_FFFF))
    backward = client.say("RopQueryRows", **one, QueryRowsFlags=0, ForwardRead=0, RowCount=1)
    assert (backward["Origin"], backward["RowCount"]) == (b"\1", b"\1\0")
    far = client.say("RopSeekRow", **one, Origin=0, RowCount=0x7FFF, WantRowMovedCount=1)
    assert (far["HasSoughtLess"], far["RowsSought"]) == (b"\1", position["Denominator"])
    found = client.say("RopFindRow", **one, Origin=0, FindRowFlags=0, RestrictionData=unread, Bookmark=b"")
    assert (found["RowNoLongerVisible"], found["HasRowData"]) == (b"\0", b"\1")
    assert "b\0".encode("utf-16-le") in found["rest"]
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
