"""What flags and enumerations of operations may be, by the documents' names. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import pytest

from posthouse.protocols.mapi.rops import (
    attachment,
    fast_transfer,
    folder,
    logon,
    message,
    message_status,
    notification_data,
    permission,
    recipient,
    rule,
    sending,
    synchronization,
    synchronization_upload,
    table,
)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (logon.LogonFlags, "Private 01 Undercover 02 Ghosted 04"),  # R67, R70, R100, R121
        (  # R68
            logon.OpenFlags,
            "USE_ADMIN_PRIVILEGE 01 HOME_LOGON 04 TAKE_OWNERSHIP 08 ALTERNATE_SERVER 0100 IGNORE_HOME_MDB 0200 "
            "NO_MAIL 0400 USE_PER_MDB_REPLID_MAPPING 01000000 SUPPORT_PROGRESS 20000000",
        ),
        (logon.ResponseFlags, "Reserved 01 OwnerRight 02 SendAsRight 04 OOF 10"),  # R71
        (folder.FolderOpenFlags, "OpenSoftDeleted 04"),  # R546
        (folder.FolderType, "Generic 01 Search 02"),  # R593
        (folder.DeleteFolderFlags, "DEL_MESSAGES 01 DEL_FOLDERS 04 DELETE_HARD_DELETE 10"),  # R664
        (
            folder.HierarchyTableFlags,  # R992
            "Depth 04 DeferredErrors 08 NoNotifications 10 SoftDeletes 20 UseUnicode 40 SuppressesNotifications 80",
        ),
        (
            folder.ContentsTableFlags,  # R1024
            "Associated 02 DeferredErrors 08 NoNotifications 10 SoftDeletes 20 UseUnicode 40 ConversationMembers 80",
        ),
        (table.AsynchronousFlags, "TBL_ASYNC 01"),  # R1055, R1133
        (
            table.TableStatus,  # R1072, R1113, R1150, R1219, R1248
            "TBLSTAT_COMPLETE 00 TBLSTAT_SORTING 09 TBLSTAT_SORT_ERROR 0A TBLSTAT_SETTING_COLS 0B "
            "TBLSTAT_SETCOL_ERROR 0D TBLSTAT_RESTRICTING 0E TBLSTAT_RESTRICT_ERROR 0F",
        ),
        (table.QueryRowsFlags, "NoAdvance 01 EnablePackedBuffers 02"),  # R1170
        (table.Bookmark, "BOOKMARK_BEGINNING 00 BOOKMARK_CURRENT 01 BOOKMARK_END 02"),  # R1185, R1297, R1464
        (table.FindRowFlags, "Backward 01"),  # R1455
        (message.MessageOpenMode, "ReadOnly 00 ReadWrite 01 Create 02"),  # R1689, R2246
        (recipient.RecipientType, "To 01 Cc 02 Bcc 03"),  # R1725, R1874, R1923
        (  # R2010, R2024
            message_status.MessageStatusFlags,
            "msRemoteDownload 1000 msInConflict 0800 msRemoteDelete 2000",
        ),
        (  # R2060, R2092
            message_status.ReadFlags,
            "rfSuppressReceipt 01 rfClearReadFlag 04 rfGenerateReceiptOnly 10 rfClearNotifyRead 20 "
            "rfClearNotifyUnread 40",
        ),
        (attachment.AttachmentOpenMode, "ReadOnly 00 ReadWrite 01 BestAccess 03"),  # R4685
        (attachment.AttachmentTableFlags, "Unicode 40"),  # R2307
        (sending.SubmitFlags, "PreProcess 01 NeedsSpooler 02"),  # R2360
        (sending.LockState, "lstLock 00 lstUnlock 01 lstFinished 02"),  # R2457
        (permission.ModifyPermissionsFlags, "ReplaceRows 01 IncludeFreeBusy 02"),  # R3514
        (permission.PermissionsTableFlags, "IncludeFreeBusy 02"),  # R3552
        (rule.ModifyRulesFlags, "R 01"),  # R3573
        (rule.RulesTableFlags, "Unicode 40"),  # R3611
        (fast_transfer.SourceOperation, "CopyTo 01 CopyProperties 02 CopyMessages 03 CopyFolder 04"),  # R3662
        (fast_transfer.DestinationCopyFlags, "Move 01"),  # R3665
        (fast_transfer.FolderCopyFlags, "Move 01 CopySubfolders 10"),  # R3764
        (fast_transfer.MessagesCopyFlags, "Move 01 BestBody 10 SendEntryId 20"),  # R3796
        (fast_transfer.TransferStatus, "Error 00 Partial 01 Done 03"),  # R3699, R3708027, R3733
        (  # R3767, R3799, R3828, R3863, R3917
            fast_transfer.SendOptions,
            "Unicode 01 UseCpid 02 RecoverMode 04 ForceUnicode 08 PartialItem 10",
        ),
        (synchronization.SynchronizationType, "Contents 01 Hierarchy 02"),  # R3914
        (synchronization.SynchronizationExtraFlags, "Eid 01 MessageSize 02 CN 04 OrderByDeliveryTime 08"),  # R3929
        (synchronization_upload.ImportFlag, "Associated 10"),  # R3961
        (
            notification_data.NotificationFlags,  # R4334
            "NewMail 02 ObjectCreated 04 ObjectDeleted 08 ObjectModified 10 ObjectMoved 20 ObjectCopied 40 "
            "SearchCompleted 80",
        ),
    ],
)
def test_values(kind: type[IntEnum | IntFlag], values: str) -> None:
    """Each number has its name, and is what stands in the byte."""
    words = values.split()
    for name, number in zip(words[::2], words[1::2], strict=True):
        assert kind(int(number, 16)).name.replace("_", "").lower() == name.replace("_", "").lower()


@pytest.mark.parametrize(
    ("kind", "number", "flags"),
    [
        (message.SaveFlags, 0x09, message.SaveFlags.KEEP_OPEN_READ_ONLY),
        (message.SaveFlags, 0x0A, message.SaveFlags.KEEP_OPEN_READ_WRITE),
        (message.SaveFlags, 0x0C, message.SaveFlags.FORCE_SAVE),
        (fast_transfer.SendOptions, 0x03, fast_transfer.SendOptions.UNICODE | fast_transfer.SendOptions.USE_CPID),
    ],
)
def test_values_of_several_bits(kind: type[IntFlag], number: int, flags: IntFlag) -> None:
    """R1804, R2220: clients send another bit with these, and it changes nothing; R3767, R3799, R3828, R3863, R3917:
    ForUpload is two."""
    assert flags in kind(number)
