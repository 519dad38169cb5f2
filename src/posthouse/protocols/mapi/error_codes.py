"""Error codes by their names in the documents – [MS-OXCDATA] 2.4, [MS-OXCRPC] 3.1.4."""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    ecSuccess = 0
    ecUnknownUser = 0x3EB
    ecUnknownCodePage = 0x3EF
    ecServerOOM = 0x3F0
    ecLoginPerm = 0x3F2
    ecParameterOverflow = 0x450
    ecBufferTooSmall = 0x47D
    ecRpcFormat = 0x4B6
    ecSearchFolder = 0x460
    ecNotSearchFolder = 0x461
    ecNoReceiveFolder = 0x463
    ecInvalidRecips = 0x467
    ecSearchFolderScopeViolation = 0x490
    ecConversationNotFound = 0x496
    ecNullObject = 0x4B9
    ecServerPaused = 0x47F
    ecQuotaExceeded = 0x4D9
    ecMaxAttachmentExceeded = 0x4DB
    ecSendAsDenied = 0x4DC
    ecTooManyOpenObjects = 0x4DE
    ecClientVerDisallowed = 0x4DF
    ecFormatError = 0x4ED
    ecNotExpanded = 0x4F7
    ecNotCollapsed = 0x4F8
    ecNullDestination = 0x503
    ecMessageCycle = 0x504
    ecTooManyRecips = 0x505
    NewerClientChange = 0x00040821
    """A move succeeded, but the client has changed the message before."""
    ecWarnWithErrors = 0x00040380
    """ErrorsReturned of the address book: not all that was asked for is there."""
    ecStreamAccessDenied = 0x80030005
    ecStreamSeekError = 0x80030019
    ecStreamInvalidParam = 0x80030057
    ecError = 0x80004005
    """GeneralFailure of the address book."""
    ecNotSupported = 0x80040102
    ecInvalidObject = 0x80040108
    ecNotImplemented = 0x80040FFF
    ecObjectModified = 0x80040109
    ecObjectDeleted = 0x8004010A
    ecNotEnoughResources = 0x8004010E
    """OutOfResources of the address book."""
    ecNotFound = 0x8004010F
    ecLoginFailure = 0x80040111
    ecUserCancel = 0x80040113
    ecUnableToAbort = 0x80040114
    ecRpcFailed = 0x80040115
    ecTooComplex = 0x80040117
    ecComputed = 0x8004011A
    ecInvalidCodePage = 0x8004011E
    ecInvalidLocale = 0x8004011F
    ecUnexpectedType = 0x80040304
    ecCorruptData = 0x8004011B
    ecTooBig = 0x80040305
    ecTableTooBig = 0x80040403
    ecInvalidBookmark = 0x80040405
    ecNotInQueue = 0x80040601
    ecDuplicateName = 0x80040604
    ecNotInitialized = 0x80040605
    ecSubmitted = 0x80040608
    ecMessageTooBig = 0x80040610
    ecFolderCycle = 0x8004060B
    ecSyncObjectDeleted = 0x80040800
    ecSyncIgnore = 0x80040801
    ecSyncConflict = 0x80040802
    ecSyncNoParent = 0x80040803
    ecMemory = 0x8007000E
    """Also of a value that is too large for its place."""
    ecAccessDenied = 0x80070005
    ecInvalidParameter = 0x80070057


_NAMES = {code.value: code.name for code in ErrorCode}


def name_of(code: int) -> str:
    """For people: the document's name, or the number."""
    return _NAMES.get(code) or f"{code:#010x}"
