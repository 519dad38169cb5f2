"""What the mailbox of somebody else never tells: what is the owner's alone, and all that a guest may not read, in
whichever way they ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_guests import EVERYTHING, SECRET, Guests, GuestSession, World
from mapi_session import LOGON, imap_folders, mapi_hub

from posthouse.model.rights import NO_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.named_tags import PS_PUBLIC_STRINGS
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    CopyToFlags,
    FolderCopyFlags,
    MessagesCopyFlags,
    PropertiesCopyFlags,
    RopFastTransferSourceCopyFolderRequest,
    RopFastTransferSourceCopyMessagesRequest,
    RopFastTransferSourceCopyPropertiesRequest,
    RopFastTransferSourceCopyToRequest,
    SendOptions,
)
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags, HierarchyTableFlags, RopGetContentsTableRequest
from posthouse.protocols.mapi.rops.logon import ResponseFlags
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopSaveChangesMessageRequest,
    RopSaveChangesMessageResponse,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.named_property import PropertyIdsFlags, RopGetPropertyIdsFromNamesRequest
from posthouse.protocols.mapi.rops.per_user import (
    RopGetPerUserGuidRequest,
    RopGetPerUserLongTermIdsRequest,
    RopReadPerUserInformationRequest,
    RopWritePerUserInformationRequest,
)
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyToRequest,
    RopDeletePropertiesRequest,
    RopSetPropertiesRequest,
)
from posthouse.protocols.mapi.rops.sending import RopAbortSubmitRequest
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetStoreStateRequest,
    RopIdFromLongTermIdRequest,
    RopSetReceiveFolderRequest,
)
from posthouse.protocols.mapi.rops.synchronization import RopGetLocalReplicaIdsRequest, SynchronizationType
from posthouse.protocols.mapi.rops.table import AsynchronousFlags, RopRestrictRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import ASSOCIATED

DENIED, GONE = ErrorCode.ecAccessDenied, ErrorCode.ecNotFound
UNICODE = SendOptions.UNICODE
NAME = tags.PidTagDisplayName
SET = LongTermId(UUID(int=5), 5)
DEEP = HierarchyTableFlags.DEPTH


@pytest.fixture(scope="module")
def guests() -> Iterator[Guests]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield Guests(hub)


@pytest.fixture
def world(guests: Guests) -> World:
    return guests.world()


# of the mailbox


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RopSetReceiveFolderRequest(0, LOGON, ObjectId(1, 1), b"IPM.Mine"), DENIED),
        (RopSetPropertiesRequest(0, LOGON, (TaggedValue(tags.PidTagComment, "x"),)), DENIED),
        (RopDeletePropertiesRequest(0, LOGON, (tags.PidTagComment,)), DENIED),
        (RopGetPerUserLongTermIdsRequest(0, LOGON, UUID(int=1)), DENIED),
        (RopGetPerUserGuidRequest(0, LOGON, SET), DENIED),
        (RopReadPerUserInformationRequest(0, LOGON, SET, 0, 0, 0), DENIED),
        (RopWritePerUserInformationRequest(0, LOGON, SET, True, 0, b"", UUID(int=1)), DENIED),
        (RopGetStoreStateRequest(0, LOGON), ErrorCode.ecNotImplemented),
        (RopGetOwningServersRequest(0, LOGON, ObjectId(1, 1)), ErrorCode.ecNotSupported),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_the_owners_alone(guests: Guests, request_: RopRequest, code: ErrorCode) -> None:
    """[MS-OXCSTOR] 3.2.5.3, 3.2.5.10 to 3.2.5.13: a guest changes nothing of the mailbox itself, and does not learn
    what its owner keeps in it."""
    assert guests.guest.error(request_) == code


def test_a_logon_tells_whose_it_is_and_no_more(guests: Guests) -> None:
    """Neither how much is in there, nor what the owner has noted."""
    owner, guest = guests.owner, guests.guest
    owner.set(LOGON, {tags.PidTagSentMailSvrEID: SECRET.encode()})
    kept = {tags.PidTagSentMailSvrEID, tags.PidTagContentCount, tags.PidTagMessageSizeExtended, tags.PidTagStoreState}
    assert kept <= owner.all_values(LOGON).keys()
    told = guest.all_values(LOGON)
    assert told[tags.PidTagMailboxOwnerName] == "alice"
    assert not kept & told.keys()


def test_whoever_has_no_right_sees_nothing_and_leaves_nothing(guests: Guests) -> None:
    """[MS-OXCSTOR] MS-OXCSTOR R3905001, R125: as with Exchange since 2013 they may log on, without an owner's rights;
    there are no folders for them, and names, replicas and what they would bring get no numbers."""
    owner, carol = guests.owner, GuestSession(guests.guest.hub, "carol", "alice", log_on=False)
    logon = carol.log_on("alice")
    assert logon.response_flags == ResponseFlags.RESERVED
    assert logon.folder_ids == owner.folder_ids
    carol.folder_ids = logon.folder_ids
    for special in (Special.INBOX, Special.OUTBOX, Special.CALENDAR, Special.FINDER):
        assert carol.open_error(carol.special(special)) == GONE
    root = carol.open(carol.special(Special.ROOT))
    assert carol.all_rows(carol.hierarchy(root, NAME, flags=DEEP)) == []
    create = RopCreateMessageRequest(0, LOGON, carol.slot(), LOGON_CODE_PAGE, carol.special(Special.INBOX), False)
    assert carol.error(create) == GONE
    assert carol.error(RopIdFromLongTermIdRequest(0, LOGON, LongTermId(UUID(int=77), 1))) == DENIED
    assert carol.error(RopGetLocalReplicaIdsRequest(0, LOGON, 1)) == DENIED
    new = PropertyName(PS_PUBLIC_STRINGS, "of a stranger")
    [names] = carol.execute(RopGetPropertyIdsFromNamesRequest(0, LOGON, PropertyIdsFlags.CREATE, (new,)))
    assert names.property_ids == (0,)


# the folders above


def test_the_root_tells_where_special_folders_are(guests: Guests) -> None:
    """[MS-OXOSFLD] 2.2.3, [MS-OXODLGT] 4.2.3: a delegate asks the root for the calendar, and may do no more there."""
    guest = guests.guest
    calendar = guests.owner.special(Special.CALENDAR)
    root = guest.open(guest.special(Special.ROOT))
    told = guest.value(root, tags.PidTagIpmAppointmentEntryId)
    assert told == guests.owner.identity.folder_entry_id(calendar.counter)
    assert guest.open_error(calendar) == GONE
    assert guest.error(RopSetPropertiesRequest(0, root, (TaggedValue(tags.PidTagComment, "x"),))) == DENIED
    assert guest.error(RopGetContentsTableRequest(0, root, guest.slot())) == DENIED
    assert guest.error(guest.creation(root, "new")) == DENIED


def test_below_the_root_is_what_may_be_seen(world: World) -> None:
    """However deep, and with nothing else beside it, in tables and when it is synchronized."""
    guest, root = world.guest, world.guest.open(world.guest.special(Special.ROOT))
    others = set(guest.rows(guest.hierarchy(root, NAME, flags=DEEP)))
    assert {"Inbox", world.name, "below"} <= others
    assert not others & {"Calendar", "Sent", "Drafts", "Deferred Action", "Top of Information Store"}
    world.grant(EVERYTHING & ~Right.LOOKUP)
    left = guest.rows(guest.hierarchy(root, NAME, flags=DEEP))
    assert world.name not in left
    world.owner.share_folder(world.folder, "bob", Right.LOOKUP)
    assert guest.folders_synced(world.slot) == []
    world.owner.share_folder(world.below, "bob", Right.LOOKUP)
    assert guest.folders_synced(world.slot) == ["below"]


def test_whether_there_are_folders_below(world: World) -> None:
    """PidTagSubfolders: as far as the guest may know, of an open folder and in tables."""
    guest = world.guest
    root = guest.open(guest.special(Special.ROOT))

    def told() -> list[bool]:
        rows = dict(guest.rows(guest.hierarchy(root, NAME, tags.PidTagSubfolders, flags=DEEP)))
        return [guest.value(world.slot, tags.PidTagSubfolders), rows[world.name]]

    assert told() == [True, True]
    world.owner.share_folder(world.below, "bob", NO_RIGHTS)
    assert told() == [False, False]


def test_conversations_are_of_what_may_be_read(world: World) -> None:
    """[MS-OXCFOLD] 3.2.5.14: of all folders, as far as the guest may look into them."""
    guest, root = world.guest, world.guest.open(world.guest.special(Special.ROOT))

    def asked() -> int:
        table = guest.contents(root, tags.PidTagSubject, flags=ContentsTableFlags.CONVERSATION_MEMBERS)
        return guest.error(RopRestrictRequest(0, table, AsynchronousFlags(0), Property(RelOp.EQ, column, told)))

    column = tags.PidTagConversationId
    message = world.owner.opened_of(world.folder, world.message)
    told = TaggedValue(column, world.owner.value(message, column))
    assert asked() == 0
    world.grant(Right.LOOKUP)
    assert asked() == ErrorCode.ecConversationNotFound


def test_a_name_that_nobody_is_to_know(world: World) -> None:
    """Whoever may not make folders does not find out by trying which there are."""
    guest = world.guest
    world.owner.share_folder(world.below, "bob", NO_RIGHTS)
    world.owner.share_folder(world.folder, "bob", Right.LOOKUP | Right.READ)
    for name in ("below", "nothing"):
        for existing in (False, True):
            assert guest.error(guest.creation(world.slot, name, existing=existing)) == DENIED
    world.owner.share_folder(world.folder, "bob", Right.LOOKUP | Right.CREATE)
    assert guest.error(guest.creation(world.slot, "below", existing=True)) == ErrorCode.ecDuplicateName


# streams


def copying(w: World) -> list[RopRequest]:
    """All that makes a stream of a folder."""
    slot, out = w.slot, w.guest.slot
    ids = (w.message, w.deeper)
    return [
        RopFastTransferSourceCopyMessagesRequest(0, slot, out(), ids, MessagesCopyFlags(0), UNICODE),
        RopFastTransferSourceCopyFolderRequest(0, slot, out(), FolderCopyFlags.COPY_SUBFOLDERS, UNICODE),
        RopFastTransferSourceCopyToRequest(0, slot, out(), 0, CopyToFlags(0), UNICODE, ()),
        RopFastTransferSourceCopyPropertiesRequest(
            *(0, slot, out(), 0, PropertiesCopyFlags(0), UNICODE),
            (tags.PidTagContainerContents, tags.PidTagContainerHierarchy),
        ),
    ]


def streamed(session: GuestSession, request: RopRequest) -> str:
    """Nothing, when there is no stream for want of rights."""
    code = session.error(request)
    if code == DENIED:
        return ""
    assert code == 0
    return session.stream(request.output_handle_index).decode("utf-16-le", "replace")


def test_streams_carry_nothing_that_may_not_be_read(world: World) -> None:
    """[MS-OXCFXICS] 3.2.5.8.1: rights count for each folder, and when a message is sent, not when the stream was asked
    for."""
    for request in copying(world):
        assert SECRET in streamed(world.guest, request)
    requests = copying(world)
    for request in requests:
        assert world.guest.error(request) == 0
    world.grant(Right.LOOKUP)
    for begun in requests:
        assert SECRET not in world.guest.stream(begun.output_handle_index).decode("utf-16-le", "replace")
    for request in copying(world):
        assert SECRET not in streamed(world.guest, request)


def test_what_has_gone_elsewhere_is_not_sent(world: World) -> None:
    """[MS-OXCFXICS] 3.2.5.3: a message that went, before its turn came, to where the guest may not read."""
    found = world.search
    context = world.guest.configured(found, SynchronizationType.CONTENTS)
    owner = world.owner
    folders = owner.open(world.folder), owner.open(owner.special(Special.CALENDAR))
    assert owner.error(RopMoveCopyMessagesRequest(0, *folders, (world.message,), False, False)) == 0
    assert SECRET not in world.guest.stream(context).decode("utf-16-le", "replace")


def test_a_copy_of_folders_takes_what_may_be_read(world: World) -> None:
    """[MS-OXCPRPT] 3.2.5.8: and says nothing of the rest."""
    world.owner.share_folder(world.below, "bob", NO_RIGHTS)
    everything = RopCopyToRequest(0, world.slot, world.own, False, True, CopyFlags(0), ())
    assert world.guest.error(everything) == 0
    assert not imap_folders(world.guest.hub, "bob") & {"Drafts/below"}


def test_nobody_carries_rules_into_the_folders_of_others(world: World) -> None:
    """Associated messages say what is done with a folder, rules among them: who may put messages there brings none."""
    guest = world.guest
    made = guest.slot()
    rop = RopCreateMessageRequest(1, world.own_logon, made, LOGON_CODE_PAGE, world.own_drafts, True)
    assert guest.error(rop) == 0
    saved = RopSaveChangesMessageRequest(1, made, made, SaveFlags.KEEP_OPEN_READ_WRITE)
    message = guest.get(saved, RopSaveChangesMessageResponse).message_id
    copy = RopMoveCopyMessagesRequest(1, world.own, world.slot, (message,), False, True)
    world.grant(EVERYTHING & ~Right.ADMINISTER)
    [refused] = guest.execute(copy)
    assert (refused.return_value, refused.partial_completion) == (0, True)
    assert not world.owner.asides(world.folder, ASSOCIATED)
    world.grant(EVERYTHING)
    [done] = guest.execute(copy)
    assert (done.return_value, done.partial_completion) == (0, False)
    assert len(world.owner.asides(world.folder, ASSOCIATED)) == 1


def test_what_waits_to_be_sent(world: World) -> None:
    """[MS-OXOMSG] 3.3.5.2."""
    abort = RopAbortSubmitRequest(0, LOGON, world.folder, world.message)
    assert world.guest.error(abort) == ErrorCode.ecNotInQueue
    world.grant(Right.LOOKUP | Right.READ)
    assert world.guest.error(abort) == DENIED
    world.grant(NO_RIGHTS)
    assert world.guest.error(abort) == GONE
