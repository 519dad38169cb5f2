"""What somebody may do in the mailbox of somebody else: every operation, with the rights that it needs and without.

Statements are those of [MS-OXCPERM]; which right an operation needs follows from 2.2.7."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

import pytest
from mapi_guests import EVERYTHING, Guests, World
from mapi_permissions import ENTRY, ID, NAME, RIGHTS, modifying
from mapi_session import LOGON, mapi_hub
from mapi_sync import ALL, EXTRA, LATER, Replica

from posthouse.model.rights import NO_RIGHTS, OF_MESSAGES, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    DestinationCopyFlags,
    MessagesCopyFlags,
    RopFastTransferDestinationConfigureRequest,
    RopFastTransferDestinationConfigureResponse,
    RopFastTransferDestinationPutBufferRequest,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyMessagesResponse,
    RopFastTransferSourceGetBufferRequest,
    SendOptions,
    SourceOperation,
)
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    RopDeleteFolderRequest,
    RopDeleteMessagesRequest,
    RopEmptyFolderRequest,
    RopGetContentsTableRequest,
    RopGetHierarchyTableRequest,
    RopGetSearchCriteriaRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesRequest,
    RopOpenFolderRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopOpenMessageRequest,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.message_status import (
    MessageStatusFlags,
    ReadFlags,
    RopGetMessageStatusRequest,
    RopSetMessageReadFlagRequest,
    RopSetMessageStatusRequest,
    RopSetReadFlagsRequest,
)
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopMoveCopyMessagesRequest, RopMoveFolderRequest
from posthouse.protocols.mapi.rops.notification import RopRegisterNotificationRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags
from posthouse.protocols.mapi.rops.permission import (
    MemberRights,
    ModifyPermissionsFlags,
    RopModifyPermissionsRequest,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyPropertiesRequest,
    RopCopyToRequest,
    RopDeletePropertiesNoReplicateRequest,
    RopDeletePropertiesRequest,
    RopGetPropertiesAllRequest,
    RopGetPropertiesListRequest,
    RopGetPropertiesSpecificRequest,
    RopSetPropertiesNoReplicateRequest,
    RopSetPropertiesRequest,
)
from posthouse.protocols.mapi.rops.registry import REQUESTS
from posthouse.protocols.mapi.rops.rule import ModifyRulesFlags, RopGetRulesTableRequest, RopModifyRulesRequest
from posthouse.protocols.mapi.rops.stream import RopCommitStreamRequest, RopOpenStreamRequest, StreamOpenMode
from posthouse.protocols.mapi.rops.synchronization import RopSynchronizationConfigureRequest, SynchronizationType
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag, RopSynchronizationOpenCollectorRequest
from posthouse.protocols.mapi.rops.table import (
    Bookmark,
    QueryRowsFlags,
    RopQueryPositionRequest,
    RopQueryRowsRequest,
    RopSeekRowRequest,
)
from posthouse.servers.mapi.errors import ErrorCode

DENIED, GONE = ErrorCode.ecAccessDenied, ErrorCode.ecNotFound
SYNC_GONE = ErrorCode.ecSyncObjectDeleted
"""As of a folder that has gone: nobody can tell the one from the other."""
LOOKUP, READ, WRITE, INSERT, CREATE = Right.LOOKUP, Right.READ, Right.WRITE, Right.INSERT, Right.CREATE
NOBODY = PredecessorChangeList()
SUBJECT, COMMENT = tags.PidTagSubject, tags.PidTagComment
RECURSIVE = DeleteFolderFlags.DEL_MESSAGES | DeleteFolderFlags.DEL_FOLDERS
numbers = count(1)


@pytest.fixture(scope="module")
def guests() -> Iterator[Guests]:
    with mapi_hub("alice", "bob") as hub:
        yield Guests(hub)


class Case(NamedTuple):
    """An operation of a guest on a folder of somebody else's, or on what is in there."""

    name: str
    needed: Right
    """Besides `LOOKUP`, without which the folder is not there."""
    begin: Callable[[World], RopRequest]
    """With all rights."""
    hidden: ErrorCode = GONE
    """What is said when the folder is not to be known of."""
    denied: ErrorCode = DENIED
    """What is said without one of the other rights."""
    columns: tuple[PropertyTag, ...] = ()
    """Of rows in the response."""

    @property
    def rights(self) -> Iterator[Right]:
        """Enough, just enough, and each time one too few."""
        yield from (EVERYTHING, LOOKUP | self.needed, EVERYTHING & ~LOOKUP, NO_RIGHTS)
        yield from (EVERYTHING & ~one for one in self.needed)


def value(tag: PropertyTag, text: str = "changed") -> tuple[TaggedValue, ...]:
    return (TaggedValue(tag, text),)


def opening(mode: MessageOpenMode) -> Callable[[World], RopRequest]:
    return lambda w: RopOpenMessageRequest(0, LOGON, w.guest.slot(), LOGON_CODE_PAGE, w.folder, mode, w.message)


def saving(w: World) -> RopRequest:
    w.guest.set(w.opened, {SUBJECT: "changed"})
    return RopSaveChangesMessageRequest(0, w.opened, w.opened, SaveFlags.KEEP_OPEN_READ_WRITE)


def saving_new(w: World) -> RopRequest:
    slot = w.guest.written_in(w.folder)
    return RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)


def marking(w: World) -> RopRequest:
    return RopSetMessageReadFlagRequest(0, w.opened, w.opened, ReadFlags(0))


def status(w: World) -> RopRequest:
    flag = MessageStatusFlags.msRemoteDownload
    return RopSetMessageStatusRequest(0, w.slot, w.message, flag, flag)


def out(*, copies: bool) -> Callable[[World], RopRequest]:
    return lambda w: RopMoveCopyMessagesRequest(0, w.slot, w.own, (w.message,), False, copies)


def into(w: World) -> RopRequest:
    return RopMoveCopyMessagesRequest(1, w.own, w.slot, (w.brought,), False, True)


def folder_out(w: World) -> RopRequest:
    return RopCopyFolderRequest(0, w.slot, w.own_top, False, False, True, w.below, f"copy {next(numbers)}")


def folder_away(w: World) -> RopRequest:
    return RopMoveFolderRequest(0, w.slot, w.own_top, False, True, w.below, f"moved {next(numbers)}")


def folder_within(w: World) -> RopRequest:
    return RopMoveFolderRequest(0, w.slot, w.slot, False, True, w.below, f"moved {next(numbers)}")


def everything_out(w: World) -> RopRequest:
    return RopCopyToRequest(0, w.slot, w.own, False, False, CopyFlags(0), (tags.PidTagContainerHierarchy,))


def registering(w: World, *message: object) -> RopRequest:
    types = NotificationFlags.OBJECT_MODIFIED
    return RopRegisterNotificationRequest(
        0, LOGON, w.guest.slot(), types, None, False, w.folder, *(message or (ObjectId(0, 0),))
    )


def committing(w: World) -> RopRequest:
    slot = w.guest.slot()
    assert w.guest.error(RopOpenStreamRequest(0, w.slot, slot, COMMENT, StreamOpenMode.CREATE)) == 0
    w.guest.write_to(slot, "said by a guest".encode("utf-16-le"))
    return RopCommitStreamRequest(0, slot)


def reading(w: World) -> RopRequest:
    return RopOpenStreamRequest(0, w.slot, w.guest.slot(), tags.PidTagDisplayName, StreamOpenMode.READ_ONLY)


def table_of(request: Callable[[int], RopRequest]) -> Callable[[World], RopRequest]:
    """Of an open table of messages."""
    return lambda w: request(w.guest.contents(w.slot, SUBJECT))


def putting(w: World) -> RopRequest:
    source, slot = w.owner.slot(), w.guest.slot()
    rop = RopFastTransferSourceCopyMessagesRequest(
        *(0, w.owner.open(w.folder), source, (w.message,), MessagesCopyFlags(0), SendOptions.UNICODE)
    )
    w.owner.get(rop, RopFastTransferSourceCopyMessagesResponse)
    operation, flags = SourceOperation.COPY_MESSAGES, DestinationCopyFlags(0)
    configure = RopFastTransferDestinationConfigureRequest(0, w.slot, slot, operation, flags)
    w.guest.get(configure, RopFastTransferDestinationConfigureResponse)
    return RopFastTransferDestinationPutBufferRequest(0, slot, w.owner.stream(source))


def synchronizing(kind: SynchronizationType) -> Callable[[World], RopRequest]:
    return lambda w: RopSynchronizationConfigureRequest(
        0, w.slot, w.guest.slot(), kind, SendOptions.UNICODE, ALL, None, EXTRA, ()
    )


def downloading(w: World) -> RopRequest:
    return RopFastTransferSourceGetBufferRequest(0, w.guest.configured(w.slot, SynchronizationType.CONTENTS), 0x4000)


def key_of(w: World, counter: int) -> bytes:
    return w.owner.identity.key(counter)


def importing_new(w: World) -> RopRequest:
    collector = w.guest.collector(w.slot)
    return w.guest.importing(collector, w.guest.new_key(), Replica().change(), NOBODY, modified=LATER)


def importing_over(w: World) -> RopRequest:
    known = PredecessorChangeList()
    collector = w.guest.collector(w.slot)
    return w.guest.importing(collector, key_of(w, w.message.counter), Replica().change(), known, modified=LATER)


def importing_deletes(w: World) -> RopRequest:
    return w.guest.deleting(w.guest.collector(w.slot), [key_of(w, w.message.counter)])


def importing_reads(w: World) -> RopRequest:
    return w.guest.reading(w.guest.collector(w.slot), {key_of(w, w.message.counter): True})


def importing_move(w: World) -> RopRequest:
    """Out of the folder below, which has the same rights."""
    collector, change = w.guest.collector(w.slot), Replica().change()
    source, message = key_of(w, w.below.counter), key_of(w, w.deeper.counter)
    return w.guest.moving(collector, source, message, w.guest.new_key(), NOBODY, change)


def importing_folder(w: World) -> RopRequest:
    collector, name = w.guest.collector(w.slot, contents=False), f"brought {next(numbers)}"
    return w.guest.importing_folder(collector, w.guest.new_key(), name, Replica().change(), NOBODY, modified=LATER)


def saving_associated(w: World) -> RopRequest:
    made = w.owner.written_in(w.folder, associated=True)
    slot = w.guest.opened_of(w.folder, w.owner.saved(made))
    w.guest.set(slot, {SUBJECT: "changed"})
    return RopSaveChangesMessageRequest(0, slot, slot, SaveFlags.KEEP_OPEN_READ_WRITE)


def importing_associated(w: World) -> RopRequest:
    how = {"modified": LATER, "flag": ImportFlag.ASSOCIATED}
    return w.guest.importing(w.guest.collector(w.slot), w.guest.new_key(), Replica().change(), NOBODY, **how)


CASES = (
    Case("open folder", NO_RIGHTS, lambda w: RopOpenFolderRequest(0, LOGON, w.guest.slot(), w.folder)),
    Case("open message", READ, opening(MessageOpenMode.READ_ONLY)),
    Case("open message, best", READ, opening(MessageOpenMode.BEST_ACCESS)),
    Case("open message to write", READ | WRITE, opening(MessageOpenMode.READ_WRITE)),
    Case("open deleted message", READ, opening(MessageOpenMode.OPEN_SOFT_DELETED)),
    Case("folders", NO_RIGHTS, lambda w: RopGetHierarchyTableRequest(0, w.slot, w.guest.slot())),
    Case("messages", READ, lambda w: RopGetContentsTableRequest(0, w.slot, w.guest.slot())),
    Case(
        "associated messages",
        READ,
        lambda w: RopGetContentsTableRequest(0, w.slot, w.guest.slot(), ContentsTableFlags.ASSOCIATED),
    ),
    Case(
        "deleted messages",
        READ,
        lambda w: RopGetContentsTableRequest(0, w.slot, w.guest.slot(), ContentsTableFlags.SOFT_DELETES),
    ),
    Case("found messages", READ, lambda w: RopGetContentsTableRequest(0, w.search, w.guest.slot())),
    Case(
        "rows",
        READ,
        table_of(lambda table: RopQueryRowsRequest(0, table, QueryRowsFlags(0), True, 10)),
        columns=(SUBJECT,),
    ),
    Case("position", READ, table_of(lambda table: RopQueryPositionRequest(0, table))),
    Case("seek", READ, table_of(lambda table: RopSeekRowRequest(0, table, Bookmark.BOOKMARK_END, 0, True))),
    Case(
        "a folder's property",
        NO_RIGHTS,
        lambda w: RopGetPropertiesSpecificRequest(0, w.slot, 0, True, (COMMENT,)),
        columns=(COMMENT,),
    ),
    Case("a folder's properties", NO_RIGHTS, lambda w: RopGetPropertiesAllRequest(0, w.slot, 0, True)),
    Case("what a folder has", NO_RIGHTS, lambda w: RopGetPropertiesListRequest(0, w.slot)),
    Case("set", Right.ADMINISTER, lambda w: RopSetPropertiesRequest(0, w.slot, value(COMMENT))),
    Case("set here", Right.ADMINISTER, lambda w: RopSetPropertiesNoReplicateRequest(0, w.slot, value(COMMENT))),
    Case("delete", Right.ADMINISTER, lambda w: RopDeletePropertiesRequest(0, w.slot, (COMMENT,))),
    Case("delete here", Right.ADMINISTER, lambda w: RopDeletePropertiesNoReplicateRequest(0, w.slot, (COMMENT,))),
    Case("read a stream", NO_RIGHTS, reading),
    Case("write a stream", Right.ADMINISTER, committing),
    Case(
        "create message",
        INSERT,
        lambda w: RopCreateMessageRequest(0, LOGON, w.guest.slot(), LOGON_CODE_PAGE, w.folder, False),
    ),
    Case(
        "create an associated message",
        INSERT | Right.ADMINISTER,
        lambda w: RopCreateMessageRequest(0, LOGON, w.guest.slot(), LOGON_CODE_PAGE, w.folder, True),
    ),
    Case("save an associated message", WRITE | Right.ADMINISTER, saving_associated, DENIED),
    Case("save a new message", INSERT, saving_new, DENIED),
    Case("save a message", WRITE, saving, DENIED),
    Case("mark as read", Right.SEEN, marking, DENIED),
    Case("mark several", Right.SEEN, lambda w: RopSetReadFlagsRequest(0, w.slot, False, ReadFlags(0), (w.message,))),
    Case("status", READ, lambda w: RopGetMessageStatusRequest(0, w.slot, w.message)),
    Case("set status", WRITE, status),
    Case("create folder", CREATE, lambda w: w.guest.creation(w.slot, f"new {next(numbers)}")),
    Case("delete folder", Right.DELETE, lambda w: RopDeleteFolderRequest(0, w.slot, RECURSIVE, w.below)),
    Case("empty", OF_MESSAGES, lambda w: RopEmptyFolderRequest(0, w.slot, False, False)),
    Case("empty, hard", OF_MESSAGES, lambda w: RopHardDeleteMessagesAndSubfoldersRequest(0, w.slot, False, False)),
    Case("delete", OF_MESSAGES, lambda w: RopDeleteMessagesRequest(0, w.slot, False, False, (w.message,))),
    Case("delete, hard", OF_MESSAGES, lambda w: RopHardDeleteMessagesRequest(0, w.slot, False, False, (w.message,))),
    Case("copy out", READ, out(copies=True)),
    Case("move out", READ | OF_MESSAGES, out(copies=False)),
    Case("copy in", INSERT, into),
    Case("copy a folder out", READ, folder_out),
    Case("move a folder out", READ | Right.DELETE, folder_away),
    Case("move a folder within", CREATE | Right.DELETE, folder_within),
    Case("copy all out", READ, everything_out),
    Case(
        "copy properties out",
        READ,
        lambda w: RopCopyPropertiesRequest(0, w.slot, w.own, False, CopyFlags(0), (COMMENT,)),
    ),
    Case(
        "copy properties in",
        Right.ADMINISTER,
        lambda w: RopCopyPropertiesRequest(1, w.own, w.slot, False, CopyFlags(0), (tags.PidTagContainerClass,)),
    ),
    Case("criteria", READ, lambda w: RopGetSearchCriteriaRequest(0, w.search, True, True, True)),
    Case("set criteria", WRITE, lambda w: w.criteria(w.search)),
    Case(
        "permissions",
        NO_RIGHTS,
        lambda w: RopQueryRowsRequest(0, w.guest.permissions(w.slot), QueryRowsFlags(0), True, 10),
        DENIED,
        columns=(ID, NAME, ENTRY, RIGHTS),
    ),
    Case(
        "set permissions",
        Right.ADMINISTER,
        lambda w: RopModifyPermissionsRequest(0, w.slot, ModifyPermissionsFlags(0), (modifying(0, MemberRights(0)),)),
    ),
    Case("rules", Right.ADMINISTER, lambda w: RopGetRulesTableRequest(0, w.slot, w.guest.slot())),
    Case("set rules", Right.ADMINISTER, lambda w: RopModifyRulesRequest(0, w.slot, ModifyRulesFlags.R, ())),
    Case("news of a folder", NO_RIGHTS, registering),
    Case("news of a message", READ, lambda w: registering(w, w.message), denied=GONE),
    Case("bring messages", INSERT, putting),
    Case("synchronize", READ, synchronizing(SynchronizationType.CONTENTS)),
    Case("synchronize folders", NO_RIGHTS, synchronizing(SynchronizationType.HIERARCHY)),
    Case("download", READ, downloading),
    Case(
        "collect",
        NO_RIGHTS,
        lambda w: RopSynchronizationOpenCollectorRequest(0, w.slot, w.guest.slot(), True),
    ),
    Case("import a message", INSERT, importing_new, SYNC_GONE),
    Case("import an associated message", INSERT | Right.ADMINISTER, importing_associated, SYNC_GONE),
    Case("import a version", INSERT | READ | WRITE, importing_over, SYNC_GONE),
    Case("import deletes", Right.DELETE_MESSAGES, importing_deletes, SYNC_GONE),
    Case("import read states", Right.SEEN, importing_reads, SYNC_GONE),
    Case("import a move", INSERT | READ | Right.DELETE_MESSAGES, importing_move, SYNC_GONE),
    Case("import a folder", CREATE, importing_folder, SYNC_GONE),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_with_every_right_and_without(guests: Guests, case: Case) -> None:
    """R173, R1192, R103, R1120, R143, R140, R141, R124, R121, R118, R119, R115, R116: rights count when an operation is
    done, whatever was open before they were taken away."""
    for rights in case.rights:
        world = guests.world()
        request = case.begin(world)
        world.grant(rights)
        expected = case.hidden if not rights & LOOKUP else case.denied if case.needed & ~rights else ErrorCode.ecSuccess
        [answer] = world.guest.execute(request, columns=case.columns)
        assert answer.return_value == expected, rights


OF_WHAT_IS_OPEN = """
    Release GetPermissionsTable RemoveAllRecipients ModifyRecipients ReadRecipients ReloadCachedInformation
    GetAttachmentTable OpenAttachment CreateAttachment DeleteAttachment SaveChangesAttachment GetValidAttachments
    OpenEmbeddedMessage
    ReadStream WriteStream WriteStreamExtended WriteAndCommitStream SeekStream SetStreamSize GetStreamSize CopyToStream
    CloneStream LockRegionStream UnlockRegionStream SetColumns SortTable Restrict GetStatus SeekRowBookmark
    SeekRowFractional CreateBookmark FreeBookmark QueryColumnsAll Abort FindRow ExpandRow CollapseRow GetCollapseState
    SetCollapseState ResetTable FastTransferDestinationPutBufferExtended Progress TellVersion
    SynchronizationUploadStateStreamBegin SynchronizationUploadStateStreamContinue SynchronizationUploadStateStreamEnd
    SynchronizationGetTransferState SetLocalReplicaMidsetDeleted"""
"""Messages are saved, streams committed and tables read by operations that stand above."""
OF_THE_MAILBOX = """Logon GetReceiveFolder GetReceiveFolderTable LongTermIdFromId IdFromLongTermId PublicFolderIsGhosted
    GetNamesFromPropertyIds GetPropertyIdsFromNames QueryNamedProperties GetLocalReplicaIds GetAddressTypes OptionsData
    SetSpooler SpoolerLockMessage TransportNewMail GetTransportFolder"""
"""Ids and names, which tell nothing of what is in there."""
IN_OTHER_TESTS = """SetReceiveFolder GetStoreState GetOwningServers GetPerUserLongTermIds GetPerUserGuid
    ReadPerUserInformation WritePerUserInformation AbortSubmit FastTransferSourceCopyMessages
    FastTransferSourceCopyFolder FastTransferSourceCopyTo FastTransferSourceCopyProperties SubmitMessage TransportSend
    UpdateDeferredActionMessages"""
"""test_guests_hidden.py, test_sending.py, test_rules.py."""


def test_no_operation_is_forgotten(guests: Guests) -> None:
    """Whoever adds one says what a guest may do with it."""
    here = {type(case.begin(guests.world())).__name__ for case in CASES} | set(OPENING)
    others = " ".join((OF_WHAT_IS_OPEN, OF_THE_MAILBOX, IN_OTHER_TESTS)).split()
    known = here | {f"Rop{name}Request" for name in others}
    assert known == {kind.__name__ for kind in REQUESTS.values()}


OPENING = (
    RopFastTransferDestinationConfigureRequest.__name__,
    RopSynchronizationOpenCollectorRequest.__name__,
)
"""Which others begin with."""
