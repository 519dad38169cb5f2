"""Public folders by MAPI and by IMAP: the same folders, messages and rights. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_news import PENDING, Waiting
from mapi_public import (
    OPEN_PUBLIC,
    PublicPermissions,
    PublicSession,
    PublicSync,
    allow,
    make_public,
    public_logon,
)
from mapi_session import (
    LOGON,
    MapiSession,
    account_of,
    dn_of,
    imap_folders,
    imap_of,
    imap_subjects,
    mapi_hub,
    oid,
)
from mapi_tables import ADVANCE

from posthouse.directory import set_attributes
from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, LongTermId, ObjectId
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Exist, Property, RelOp
from posthouse.protocols.mapi.rops.folder import (
    ContentsTableFlags,
    DeleteFolderFlags,
    FolderType,
    RopCreateFolderResponse,
    RopDeleteMessagesRequest,
    RopEmptyFolderRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesRequest,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
    RopSetSearchCriteriaRequest,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest, RopLogonResponse
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopOpenMessageRequest,
)
from posthouse.protocols.mapi.rops.message_status import (
    ReadFlags,
    ReadStatus,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
    RopSetReadFlagsRequest,
)
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopMoveCopyMessagesRequest, RopMoveFolderRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import ObjectCreated
from posthouse.protocols.mapi.rops.permission import MemberRights
from posthouse.protocols.mapi.rops.table import RopQueryRowsRequest
from posthouse.protocols.mapi.tags import (
    PidTagContentUnreadCount,
    PidTagConversationId,
    PidTagDisplayName,
    PidTagMessageClass,
    PidTagMessageFlags,
    PidTagSubject,
)
from posthouse.servers.mapi.public_folders import Frame
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folders import find_folder
from posthouse.testing import MailHub

NOT_FOUND, ACCESS_DENIED, NOT_SUPPORTED, DUPLICATE = 0x8004010F, 0x80070005, 0x80040102, 0x80040604
LETTER = b"From: x@example.net\r\nSubject: by IMAP\r\n\r\nhello\r\n"
EVERYTHING = Right.LOOKUP | Right.READ | Right.SEEN | Right.WRITE | Right.INSERT | Right.POST | Right.CREATE
REMOVING = Right.DELETE | Right.DELETE_MESSAGES | Right.EXPUNGE
SUPPRESSED = ReadFlags.rfSuppressReceipt


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "root") as hub:
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        make_public(hub, "News", "Work", "Secret", "Read only")
        allow(hub, "Work", EVERYTHING | REMOVING)
        allow(hub, "Secret", Right(0))
        allow(hub, "Secret", Right.LOOKUP | Right.READ, "bob")
        allow(hub, "Read only", Right.LOOKUP | Right.READ)
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "alice")


@pytest.fixture
def bob(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "bob")


def post(session: PublicSession, path: str, subject: str) -> ObjectId:
    """A message made by MAPI."""
    message = session.started(session.folder(path))
    session.set(message, {PidTagSubject: subject, PidTagMessageClass: "IPM.Post"})
    made = session.saved(message)
    session.release(message)
    assert isinstance(made, ObjectId)
    return made


def long_term(session: PublicSession, message: ObjectId) -> bytes:
    """What a client tells with RopSetMessageReadFlag."""
    return LongTermId(session.logged_on.repl_guid, message.counter).format()


def test_imaps_messages_are_there_at_once(hub: MailHub, alice: PublicSession) -> None:
    """R100501: what IMAP appends, a table that is open shows."""
    table = alice.contents_of(alice.folder("News"), PidTagSubject)
    before = alice.all_rows(table)
    with imap_of(hub, "bob") as imap:
        imap.append("Public/News", LETTER)
    assert alice.all_rows(table) == [*before, "by IMAP"]


def test_mapis_messages_are_there_at_once(hub: MailHub, alice: PublicSession) -> None:
    """R90002: what MAPI posts, IMAP shows to everybody."""
    post(alice, "News", "by MAPI")
    assert imap_subjects(hub, "bob", "Public/News")[-1] == "by MAPI"


def test_folders_come_and_go(hub: MailHub, alice: PublicSession) -> None:
    """R3802, R94402, R61, R60001: made and deleted by either, seen by the other; nothing says that it was there."""
    work = alice.open(alice.folder("Work"))
    request = alice.creation(work, "By MAPI")
    made = alice.get(request, RopCreateFolderResponse)
    assert made.existing is None
    assert "Public/Work/By MAPI" in imap_folders(hub, "bob")
    with imap_of(hub, "bob") as imap:
        imap.create_folder("Public/Work/By IMAP")
        names = alice.rows(alice.hierarchy(work, PidTagDisplayName))
        assert names == ["By IMAP", "By MAPI"]
        imap.delete_folder("Public/Work/By MAPI")
    assert alice.open_error(made.folder_id) == NOT_FOUND
    gone = alice.folder("Work/By IMAP")
    assert alice.delete_folder(gone, DeleteFolderFlags(0), work).return_value == 0
    assert "Public/Work/By IMAP" not in imap_folders(hub, "bob")


def test_rights_refuse(alice: PublicSession, bob: PublicSession) -> None:
    """R460, R462, R100001: what somebody may not look up is not there for them; others see it."""
    secret = alice.folder("Secret")
    assert alice.open_error(secret) == NOT_FOUND
    names = (PidTagDisplayName,)
    assert alice.rows(alice.hierarchy(alice.subtree, *names)) == ["News", "Read only", "Work"]
    assert bob.rows(bob.hierarchy(bob.subtree, *names)) == ["News", "Read only", "Secret", "Work"]
    bob.open(secret)


def test_reading_is_not_writing(hub: MailHub, alice: PublicSession) -> None:
    """Rights of a folder, in each operation that needs one."""
    with imap_of(hub, "root") as imap:
        imap.setacl("Public/Read only", "root@example.org", "lrswipkxtea")
        imap.append("Public/Read only", LETTER)
    folder = alice.folder("Read only")
    slot = alice.open(folder)
    [message] = alice.message_ids("Read only")
    assert alice.all_rows(alice.contents(slot, PidTagSubject)) == ["by IMAP"]
    draft = alice.slot()
    refused = [
        RopCreateMessageRequest(0, LOGON, draft, LOGON_CODE_PAGE, folder, False),
        alice.creation(slot, "Mine"),
        RopSetReadFlagsRequest(0, slot, False, ReadFlags.rfSuppressReceipt, (message,)),
    ]
    assert [alice.error(one) for one in refused] == [ACCESS_DENIED] * 3
    [response] = alice.execute(RopDeleteMessagesRequest(0, slot, False, False, (message,)))
    assert response.return_value or response.partial_completion
    assert alice.message_ids("Read only") == [message]


def test_the_top_is_the_administrators(hub: MailHub, alice: PublicSession) -> None:
    """As with IMAP: nobody else makes folders at the top, or where there are only those that the protocol needs."""
    for frame in Frame:
        assert alice.error(alice.creation(alice.open(alice.frame(frame)), "Mine")) == ACCESS_DENIED
    root = PublicSession(hub, "root")
    root.create(root.subtree, "Made at the top")
    assert "Public/Made at the top" in imap_folders(hub, "alice")
    assert root.error(root.creation(root.open(root.frame(Frame.NON_IPM_SUBTREE)), "Elsewhere")) == ACCESS_DENIED


@pytest.mark.parametrize("frame", Frame)
def test_the_frame_stays(hub: MailHub, frame: Frame) -> None:
    """Folders that the protocol needs are not deleted or renamed, by anybody."""
    root = PublicSession(hub, "root", OPEN_PUBLIC | OpenFlags.USE_ADMIN_PRIVILEGE)
    parent = root.open(root.frame(Frame.ROOT))
    assert root.delete_folder(root.frame(frame), DeleteFolderFlags(0), parent).return_value
    slot = root.open(root.frame(frame))
    assert root.set(slot, {PidTagDisplayName: "Other"}) or frame is Frame.ROOT
    assert root.open_error(root.frame(frame)) == 0


def test_reserved_names(hub: MailHub) -> None:
    """What IMAP could not name is refused; what is reserved in mailboxes alone may be."""
    root = PublicSession(hub, "root")
    assert root.error(root.creation(root.subtree, "Inbox")) == DUPLICATE
    root.create(root.subtree, "Users")
    assert "Public/Users" in imap_folders(hub, "alice")


def test_no_search_folders(alice: PublicSession) -> None:
    """R49601, R10660202, R575: not in the public folders, nor does a search go through those below one."""
    work = alice.open(alice.folder("Work"))
    assert alice.error(alice.creation(work, "Search", kind=FolderType.SEARCH)) == NOT_SUPPORTED
    recursive, anything = SearchRequestFlags.RECURSIVE_SEARCH, Exist(PidTagSubject)
    rop = RopSetSearchCriteriaRequest(0, work, anything, (alice.folder("Work"),), recursive)
    assert alice.error(rop) == NOT_SUPPORTED


def test_read_flags_are_imaps(hub: MailHub, alice: PublicSession) -> None:
    """MS-OXCMSG R837, R921, R920, R848, R851, R1517, R1518, MS-OXCROPS R2094, R2096, R2107, R2109, R2113, R2115: marked
    in one protocol, read in the other by the same person; the response tells whether it was a change, and of what."""
    message = post(alice, "Work", "to be read")
    folder, data = alice.folder("Work"), long_term(alice, message)
    slot = alice.opened(folder, message)
    unread = RopSetMessageReadFlagRequest(0, LOGON, slot, ReadFlags.rfClearReadFlag, data)
    alice.execute(unread)
    read = RopSetMessageReadFlagRequest(0, LOGON, slot, SUPPRESSED, data)
    assert alice.get(read, RopSetMessageReadFlagResponse).changed == ReadStatus(0, data)
    assert alice.get(read, RopSetMessageReadFlagResponse).changed is None
    with imap_of(hub, "alice") as imap:
        imap.select_folder("Public/Work")
        [uid] = imap.search(["SUBJECT", "to be read"])
        assert b"\\Seen" in imap.get_flags(uid)[uid]
        imap.remove_flags(uid, [b"\\Seen"])
    table = alice.contents(alice.open(folder), PidTagSubject, PidTagMessageFlags)
    assert [flags & 1 for subject, flags in alice.all_rows(table) if subject == "to be read"] == [0]
    assert alice.value(alice.open(folder), PidTagContentUnreadCount) == 1


def test_read_flag_in_the_same_buffer_as_the_logon(alice: PublicSession) -> None:
    """MS-OXCROPS R2094, R2095: whether the field is there depends on the logon, also on one in the same list."""
    message = post(alice, "Work", "in one list")
    data = long_term(alice, message)
    session = MapiSession(alice.hub, "bob", log_on=False)
    slot, mode = session.slot(), MessageOpenMode.READ_WRITE
    answers = session.execute(
        public_logon(),
        RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, alice.folder("Work"), mode, message),
        RopSetMessageReadFlagRequest(0, LOGON, slot, ReadFlags.rfClearReadFlag, data),
        RopOpenFolderRequest(0, LOGON, session.slot(), alice.folder("Work")),
    )
    assert [one.return_value for one in answers] == [0, 0, 0, 0]
    assert isinstance(answers[3], RopOpenFolderResponse)


def test_copies_between_a_mailbox_and_public_folders(hub: MailHub, alice: PublicSession) -> None:
    """R14501, R14502: from one logon of a session to another."""
    message = post(alice, "Work", "to be copied")
    own = alice.slot()
    rop = RopLogonRequest(1, own, LogonFlags.PRIVATE, OpenFlags.USE_PER_MDB_REPLID_MAPPING, 0, dn_of(hub, "alice"))
    inbox = alice.open_in(own, 1, alice.get(rop, RopLogonResponse).folder_ids[4])
    work = alice.open(alice.folder("Work"))
    copied = alice.execute(RopMoveCopyMessagesRequest(0, work, inbox, (message,), False, True))
    assert not copied[0].return_value
    assert not copied[0].partial_completion
    assert imap_subjects(hub, "alice") == ["to be copied"]
    assert "to be copied" in imap_subjects(hub, "bob", "Public/Work")


def test_news(hub: MailHub, alice: PublicSession) -> None:
    """What somebody else puts into a public folder is told, as that of a mailbox; what is in one that this person may
    not read is not."""
    handle = alice.register(Kind.OBJECT_CREATED)
    waiting = Waiting(alice)
    with imap_of(hub, "root") as imap:
        imap.setacl("Public/Secret", "root@example.org", "lrswipkxtea")
        imap.append("Public/Secret", LETTER)
        imap.append("Public/News", LETTER)
    assert waiting.result() == PENDING
    [news] = alice.heard(handle)
    assert isinstance(news, ObjectCreated)
    assert news.folder_id == alice.folder("News")


@pytest.mark.parametrize("folder", [0, 1, 1 << 47, (1 << 47) + 1, (1 << 47) + 4, (1 << 48) - 1])
def test_ids_that_mean_nothing_there(alice: PublicSession, folder: int) -> None:
    """R46201: those of special folders of mailboxes; there is no Inbox."""
    there = alice.frame(Frame.ROOT).counter == folder
    assert alice.open_error(ObjectId(OWN_REPLICA, folder)) == (0 if there else NOT_FOUND)


def test_rights_are_looked_at_again(hub: MailHub, alice: PublicSession) -> None:
    """Taken away while a folder is open: then nothing more is seen of it."""
    make_public(hub, "Passing")
    folder = alice.folder("Passing")
    table = alice.contents(alice.open(folder), PidTagSubject)
    allow(hub, "Passing", Right(0))
    assert alice.open_error(folder) == NOT_FOUND
    assert alice.error(RopQueryRowsRequest(0, table, ADVANCE, True, 10)) in (NOT_FOUND, ACCESS_DENIED)


def test_synchronization(hub: MailHub) -> None:
    """MS-OXCFXICS: a copy of the folders and of what is in one, with what the same person reads elsewhere."""
    make_public(hub, "Kept", "Kept/Below")
    alice = PublicSync(hub, "alice")
    whole = alice.hierarchy(alice.subtree)
    names = {value_of(one, PidTagDisplayName) for one in whole.folders}
    assert {"Kept", "Below"} <= names
    assert "Secret" not in names
    with imap_of(hub, "bob") as imap:
        imap.append("Public/Kept", LETTER)
        folder = alice.open(alice.folder("Kept"))
        first = alice.contents(folder)
        assert first.subjects == ["by IMAP"]
        assert alice.contents(folder, first.state).is_empty
        imap.select_folder("Public/Kept")
        imap.add_flags([1], [b"\\Seen"])
    assert alice.contents(folder, first.state).is_empty
    with imap_of(hub, "alice") as imap:
        imap.select_folder("Public/Kept")
        imap.add_flags([1], [b"\\Seen"])
    assert len(list(alice.contents(folder, first.state).reads.read)) == 1


def test_permissions(hub: MailHub) -> None:
    """MS-OXCPERM: an administrator grants in Outlook what IMAP and MAPI then allow; nobody else does."""
    make_public(hub, "Granted")
    root = PublicPermissions(hub, "root")
    folder = root.folder("Granted")
    slot = root.open(folder)
    assert {one.name for one in root.members(slot)} == {"", "Anonymous"}
    assert root.modify(slot, root.adding("alice", MemberRights.READ_ANY | MemberRights.FOLDER_VISIBLE)) == 0
    with imap_of(hub, "root") as imap:
        assert (b"alice@example.org", b"lrs") in imap.getacl("Public/Granted")
    own = PublicPermissions(hub, "alice")
    assert own.modify(own.open(folder), own.adding("bob", MemberRights.READ_ANY)) == ACCESS_DENIED


def test_conversations(hub: MailHub, alice: PublicSession) -> None:
    """R1025, R10252: of a public folder, those of its own messages."""
    make_public(hub, "Talk", "Talk/Other")
    reply = "Message-ID: <{0}@example.net>\r\nReferences: <root@example.net>\r\nSubject: {0}\r\n\r\n"
    with imap_of(hub, "bob") as imap:
        for path, subject in (("Talk", "first"), ("Talk", "second"), ("Talk/Other", "elsewhere")):
            imap.append(f"Public/{path}", reply.format(subject).encode())
    columns, flags = (PidTagSubject, PidTagConversationId), ContentsTableFlags.CONVERSATION_MEMBERS
    table = alice.contents(alice.open(alice.folder("Talk")), *columns, flags=flags)
    rows = alice.all_rows(table)
    assert sorted(row[0] for row in rows) == ["first", "second"]
    [conversation] = {row[1] for row in rows}
    wanted = Property(RelOp.EQ, PidTagConversationId, TaggedValue(PidTagConversationId, conversation))
    alice.restrict(table, wanted)
    assert sorted(row[0] for row in alice.all_rows(table)) == ["first", "second"]
    allow(hub, "Talk", Right.LOOKUP)
    assert alice.error(RopQueryRowsRequest(0, table, ADVANCE, True, 10)) == ACCESS_DENIED


def test_what_goes_and_what_moves(hub: MailHub, alice: PublicSession) -> None:
    """R17102, R98801, R99401: as in a mailbox: messages are deleted, folders are moved."""
    make_public(hub, "Sorted")
    allow(hub, "Sorted", EVERYTHING | REMOVING)
    slot = alice.open(alice.folder("Sorted"))
    for delete in (RopDeleteMessagesRequest, RopHardDeleteMessagesRequest):
        message = post(alice, "Sorted", "to go")
        [done] = alice.execute(delete(0, slot, False, False, (message,)))
        assert (done.return_value, done.partial_completion) == (0, False)
        assert alice.message_ids("Sorted") == []
    _, above = alice.create(slot, "Above")
    inner, _ = alice.create(slot, "Inner")
    [done] = alice.execute(RopMoveFolderRequest(0, slot, above, False, True, inner, "Moved"))
    assert (done.return_value, done.partial_completion) == (0, False)
    assert alice.rows(alice.hierarchy(above, PidTagDisplayName)) == ["Moved"]
    assert alice.rows(alice.hierarchy(slot, PidTagDisplayName)) == ["Above"]


def test_what_is_not_done_with_whole_public_folders(hub: MailHub, alice: PublicSession) -> None:
    """R19702001, R19703001, R97501001, R98301001: they are neither copied, there or into a mailbox or out of one, nor
    emptied; a client may take their messages and folders one by one."""
    make_public(hub, "Whole")
    allow(hub, "Whole", EVERYTHING | REMOVING)
    kept = alice.open(alice.folder("Whole"))
    inner, above = alice.create(kept, "Inner")
    message = post(alice, "Whole", "stays")
    own = alice.slot()
    folders = alice.log_on("alice", own, logon_id=1).folder_ids
    subtree = alice.open_in(own, 1, folders[Special.IPM_SUBTREE])
    drafts = oid(hub.read(lambda tx: find_folder(tx, account_of(hub, "alice"), "Drafts")).id)
    for refused in (
        RopCopyFolderRequest(0, kept, above, False, True, True, inner, "Copy"),
        RopCopyFolderRequest(0, kept, subtree, False, True, True, inner, "Copy"),
        RopCopyFolderRequest(1, subtree, kept, False, True, True, drafts, "Copy"),
        RopEmptyFolderRequest(0, kept, False, False),
        RopHardDeleteMessagesAndSubfoldersRequest(0, kept, False, False),
    ):
        [done] = alice.execute(refused)
        assert (done.return_value, done.partial_completion) == (NOT_SUPPORTED, False)
    assert alice.message_ids("Whole") == [message]
    assert alice.rows(alice.hierarchy(kept, PidTagDisplayName)) == ["Inner"]
    assert "Copy" not in imap_folders(hub, "alice")


def test_folders_between_a_mailbox_and_public_folders(hub: MailHub, alice: PublicSession) -> None:
    """R17103: moved there, and back under another name, with what is in them."""
    make_public(hub, "Shelf")
    allow(hub, "Shelf", EVERYTHING | REMOVING)
    shelf = alice.open(alice.folder("Shelf"))
    folder, _ = alice.create(shelf, "Carried")
    post(alice, "Shelf/Carried", "inside")
    own = alice.slot()
    subtree = alice.open_in(own, 1, alice.log_on("alice", own, logon_id=1).folder_ids[Special.IPM_SUBTREE])
    [done] = alice.execute(RopMoveFolderRequest(0, shelf, subtree, False, True, folder, "Carried"))
    assert (done.return_value, done.partial_completion) == (0, False)
    assert imap_subjects(hub, "alice", "Carried") == ["inside"]
    number = hub.read(lambda tx: find_folder(tx, account_of(hub, "alice"), "Carried")).id
    [done] = alice.execute(RopMoveFolderRequest(1, subtree, shelf, False, True, oid(number), "Back"))
    assert (done.return_value, done.partial_completion) == (0, False)
    assert imap_subjects(hub, "alice", "Public/Shelf/Back") == ["inside"]
    assert "Carried" not in imap_folders(hub, "alice")
