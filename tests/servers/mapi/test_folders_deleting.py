"""Folders and messages are deleted, softly and for good. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_folders import OPEN_DELETED, FolderSession
from mapi_session import LOGON, account_of, imap_folders, imap_of, imap_subjects, mapi_hub, oid, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderType,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopEmptyFolderRequest,
    RopEmptyFolderResponse,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesAndSubfoldersResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED
from posthouse.testing import Account, MailHub

NOT_FOUND, ACCESS_DENIED, NOT_SUPPORTED = 0x8004010F, 0x80070005, 0x80040102
NULL_OBJECT = 0x4B9
NOTHING = DeleteFolderFlags(0)
MESSAGES, FOLDERS, HARD = DeleteFolderFlags.DEL_MESSAGES, DeleteFolderFlags.DEL_FOLDERS, DeleteFolderFlags(0x10)
ALL = MESSAGES | FOLDERS
OF_MESSAGES = Right.LOOKUP | Right.READ | Right.DELETE_MESSAGES | Right.EXPUNGE


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


@pytest.mark.parametrize("hard", [NOTHING, HARD])
def test_an_empty_folder(hub: MailHub, alice: FolderSession, hard: DeleteFolderFlags) -> None:
    """R75, R76, R79, R81, R93, R94, R95, R97, R405, R407, R497, R498, R764, R814, R94401, R1076, R2076: IMAP sees it
    go; its handle has no folder any more, and only what was deleted softly can be opened."""
    folder, slot, name = alice.new()
    assert alice.delete_folder(folder, hard) == RopDeleteFolderResponse(alice.subtree, partial_completion=False)
    assert name not in imap_folders(hub, "alice")
    assert alice.error(alice.creation(slot, "below")) == NOT_FOUND
    if hard:
        assert alice.open_error(folder, OPEN_DELETED) == NOT_FOUND
    else:
        assert alice.open(folder, OPEN_DELETED)
    assert alice.create(alice.subtree, name)


@pytest.mark.parametrize("flags", [NOTHING, FOLDERS, HARD])
def test_a_folder_with_messages(hub: MailHub, alice: FolderSession, flags: DeleteFolderFlags) -> None:
    """R76, R371, R408, R816, R817, R947, R948: without DEL_MESSAGES it stays, and that is a success."""
    folder, _, name = alice.new()
    alice.fill(name, "one", "two")
    assert alice.delete_folder(folder, flags) == RopDeleteFolderResponse(alice.subtree, partial_completion=True)
    assert imap_subjects(hub, "alice", name) == ["one", "two"]
    assert alice.delete_folder(folder, flags | MESSAGES).partial_completion is False
    assert name not in imap_folders(hub, "alice")


@pytest.mark.parametrize("flags", [NOTHING, MESSAGES, HARD])
def test_a_folder_with_folders(hub: MailHub, alice: FolderSession, flags: DeleteFolderFlags) -> None:
    """R82, R406, R762, R763, R1079, R1080, R1081: without DEL_FOLDERS all stays; with both flags all goes."""
    folder, slot, name = alice.new()
    alice.create(slot, "inner")
    alice.fill(f"{name}/inner", "deep")
    assert alice.delete_folder(folder, flags).partial_completion is True
    assert imap_subjects(hub, "alice", f"{name}/inner") == ["deep"]
    response = alice.delete_folder(folder, flags | ALL)
    assert (response.return_value, response.partial_completion) == (0, False)
    assert not {path for path in imap_folders(hub, "alice") if path.startswith(name)}


def test_what_has_messages_stays_with_all_above_it(hub: MailHub, alice: FolderSession) -> None:
    """R371, R408: the rest goes."""
    folder, slot, name = alice.new()
    _, inner = alice.create(slot, "keeps")
    alice.create(inner, "below")
    alice.create(slot, "goes")
    alice.fill(f"{name}/keeps/below", "one")
    assert alice.delete_folder(folder, FOLDERS).partial_completion is True
    left = {path for path in imap_folders(hub, "alice") if path.startswith(name)}
    assert left == {name, f"{name}/keeps", f"{name}/keeps/below"}


def test_messages_of_a_deleted_folder_can_be_recovered(alice: FolderSession) -> None:
    """R498, R814: they stand aside, and so do its folders' with their own."""
    folder, slot, name = alice.new()
    inner, _ = alice.create(slot, "inner")
    alice.put_associated(folder)
    alice.fill(name, "one")
    alice.fill(f"{name}/inner", "two")
    alice.delete_folder(folder, ALL)
    assert [len(alice.asides(folder, state)) for state in (ASSOCIATED, DELETED, DELETED_ASSOCIATED)] == [0, 1, 1]
    assert len(alice.asides(inner, DELETED)) == 1
    assert alice.open(inner, OPEN_DELETED)
    assert alice.delete_folder(folder, ALL | HARD).return_value == 0
    assert alice.asides(folder, DELETED) == alice.asides(inner, DELETED) == []
    assert alice.open_error(inner, OPEN_DELETED) == NOT_FOUND
    assert alice.delete_folder(folder, ALL | HARD).return_value == NOT_FOUND


@pytest.mark.parametrize(
    "special",
    [Special.INBOX, Special.SENT_ITEMS, Special.DELETED_ITEMS, Special.CALENDAR, Special.IPM_SUBTREE, Special.FINDER],
)
def test_special_folders_stay(alice: FolderSession, special: Special) -> None:
    """R408, R503, R2500: and the client hears twice that it was not deleted."""
    response = alice.delete_folder(alice.special(special), ALL | HARD, LOGON if special is Special.ROOT else None)
    assert (response.return_value, response.partial_completion) == (ACCESS_DENIED, True)
    assert alice.open(alice.special(special))


def test_refusals_of_folders(alice: FolderSession) -> None:
    """R504, R507, R509, R510, R691, R1083, R2509: the root, a folder that is not there, and what is no folder; the
    response is whole in each case."""
    folder, _, _ = alice.new()
    answers = {
        NOT_SUPPORTED: RopDeleteFolderRequest(0, alice.subtree, NOTHING, alice.special(Special.ROOT)),
        NOT_FOUND: RopDeleteFolderRequest(0, alice.subtree, NOTHING, oid(999_999)),
        NULL_OBJECT: RopDeleteFolderRequest(0, 99, NOTHING, folder),
    }
    for code, request in answers.items():
        [response] = alice.execute(request)
        assert response == RopDeleteFolderResponse(request.handle_index, False, return_value=code)
    assert alice.error(RopDeleteFolderRequest(0, LOGON, NOTHING, folder)) == NOT_SUPPORTED


def test_flags_that_nobody_knows(alice: FolderSession) -> None:
    """R123402: they are passed over, and those that there are count."""
    folder, slot, _ = alice.new()
    alice.create(slot, "inner")
    assert alice.delete_folder(folder, DeleteFolderFlags(0xE2)).partial_completion is True
    assert alice.open(folder)
    assert alice.delete_folder(folder, ALL | DeleteFolderFlags(0xE2)).return_value == 0
    assert alice.open_error(folder) == NOT_FOUND


def test_rights_on_folders(hub: MailHub, alice: FolderSession) -> None:
    """R405, R408, R503, R508: what cannot be seen is not there, and what may only be seen stays; below a folder that
    goes, too."""
    folder, slot, name = alice.new()
    for inner in ("may", "must not"):
        alice.create(slot, inner)
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.DELETE)
    share(hub, "alice", f"{name}/may", "bob", Right.LOOKUP | Right.DELETE)
    share(hub, "alice", f"{name}/must not", "bob", Right.LOOKUP)
    bob = FolderSession(hub, "bob", "alice")
    above = bob.open(folder)
    assert bob.delete_folder(alice.special(Special.INBOX), ALL, above).return_value == NOT_FOUND
    response = bob.delete_folder(alice.folder(f"{name}/must not"), ALL, above)
    assert (response.return_value, response.partial_completion) == (ACCESS_DENIED, True)
    assert bob.delete_folder(folder, ALL, above).partial_completion is True
    assert {path for path in imap_folders(hub, "alice") if path.startswith(name)} == {name, f"{name}/must not"}


def test_messages(hub: MailHub, alice: FolderSession) -> None:
    """R262, R263, R268, R279, R280, R282, R1049, R436, R631, R632, R1143, R98802: IMAP hears of it at once; they can be
    recovered."""
    folder, slot, name = alice.new()
    one, two, three = alice.fill(name, "one", "two", "three")
    with imap_of(hub, "alice") as client:
        client.select_folder(name)
        client.idle()
        request = RopDeleteMessagesRequest(0, slot, False, False, (one, three))
        assert alice.execute(request) == [RopDeleteMessagesResponse(slot, partial_completion=False)]
        gone: list[object] = []
        while len(gone) < 2:
            gone += [line for line in client.idle_check(timeout=20) if line[1] == b"EXPUNGE"]
        client.idle_done()
    assert imap_subjects(hub, "alice", name) == ["two"]
    assert [row.id for row in alice.asides(folder, DELETED)] == [one.counter, three.counter]
    assert alice.message_ids(name) == [two]


def test_messages_for_good(hub: MailHub, alice: FolderSession) -> None:
    """R283, R290, R301, R302, R304, R437, R639, R1153, R1156, R99402: nothing is left; also of what had been deleted
    softly."""
    folder, slot, name = alice.new()
    one, two = alice.fill(name, "one", "two")
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (one,)), RopDeleteMessagesResponse)
    request = RopHardDeleteMessagesRequest(0, slot, False, False, (one, two))
    assert alice.execute(request) == [RopHardDeleteMessagesResponse(slot, partial_completion=False)]
    assert alice.asides(folder, DELETED) == []
    assert imap_subjects(hub, "alice", name) == []


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (RopDeleteMessagesRequest, RopDeleteMessagesResponse),
        (RopHardDeleteMessagesRequest, RopHardDeleteMessagesResponse),
    ],
)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_messages_that_are_not_there(alice: FolderSession, kind: type, answer: type, asynchronous: bool) -> None:
    """R267, R270, R271, R289, R292, R293, R633, R640, R991, R997, R1147, R2303, R2991, R115602: the others go, and the
    client hears of it. It is done when the response comes, whatever was wanted."""
    _, slot, name = alice.new()
    one, two = alice.fill(name, "one", "two")
    elsewhere = alice.fill("INBOX", "elsewhere")[0]
    for ids in ((one, oid(888_888)), (two, elsewhere), (ObjectId(7, 3),), (one,)):
        assert alice.execute(kind(0, slot, asynchronous, False, ids)) == [answer(slot, True)]
    assert alice.message_ids(name) == []
    assert elsewhere in alice.message_ids()
    assert alice.execute(kind(0, slot, asynchronous, False, ())) == [answer(slot, False)]


def test_associated_messages_are_deleted_by_their_ids(alice: FolderSession) -> None:
    """R632."""
    folder, slot, _ = alice.new()
    view = alice.put_associated(folder)
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (view,)), RopDeleteMessagesResponse)
    assert [row.id for row in alice.asides(folder, DELETED_ASSOCIATED)] == [view.counter]


def test_many_messages_are_one_change(alice: FolderSession) -> None:
    """R632: as many as one operation can name."""
    folder, slot, name = alice.new()
    ids = alice.fill(name, *(f"number {number}" for number in range(150)))
    request = RopDeleteMessagesRequest(0, slot, False, False, tuple(ids[::2] + ids[1::2]))
    assert alice.execute(request) == [RopDeleteMessagesResponse(slot, False)]
    gone = alice.asides(folder, DELETED)
    assert len(gone) == 150
    assert len({row.modseq for row in gone}) == 1


@pytest.mark.parametrize(
    ("kind", "answer", "hard"),
    [
        (RopEmptyFolderRequest, RopEmptyFolderResponse, False),
        (RopHardDeleteMessagesAndSubfoldersRequest, RopHardDeleteMessagesAndSubfoldersResponse, True),
    ],
)
@pytest.mark.parametrize("associated", [False, True])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_emptying(
    hub: MailHub, alice: FolderSession, kind: type, answer: type, hard: bool, associated: bool, asynchronous: bool
) -> None:
    """R225, R226, R230, R232, R234, R240, R241, R249, R258, R259, R235, R238, R239, R243, R244, R248, R250, R251, R256,
    R257, R261, R433, R434, R616 to R619, R626, R1126, R1129, R1135, R1138, R1139, R43201, R43202, R97502, R98302,
    R113801, R113804, R113805, MS-OXCROPS R894, R916: messages and folders go, the folder stays; associated messages go
    when it is asked for."""
    folder, slot, name = alice.new()
    inner, inner_slot = alice.create(slot, "inner")
    alice.create(inner_slot, "deep")
    alice.fill(name, "one", "two")
    alice.fill(f"{name}/inner", "three")
    alice.put_associated(folder)
    assert alice.execute(kind(0, slot, asynchronous, associated)) == [answer(slot, partial_completion=False)]
    assert {path for path in imap_folders(hub, "alice") if path.startswith(name)} == {name}
    assert imap_subjects(hub, "alice", name) == []
    assert len(alice.asides(folder, DELETED)) == (0 if hard else 2)
    assert len(alice.asides(folder, ASSOCIATED)) == (0 if associated else 1)
    assert len(alice.asides(folder, DELETED_ASSOCIATED)) == (1 if associated and not hard else 0)
    if hard:
        assert alice.open_error(inner, OPEN_DELETED) == NOT_FOUND
    else:
        assert alice.open(inner, OPEN_DELETED)


@pytest.mark.parametrize("kind", [RopEmptyFolderRequest, RopHardDeleteMessagesAndSubfoldersRequest])
def test_what_cannot_be_emptied(alice: FolderSession, kind: type) -> None:
    """R622, R624, R627, R629, R1248, R1249, R3012, R124802, R124901: the root, all that users see, a search folder."""
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    for slot in (alice.open(alice.special(Special.ROOT)), alice.subtree, search):
        [response] = alice.execute(kind(0, slot, False, True))
        assert (response.return_value, response.partial_completion) == (NOT_SUPPORTED, False)


@pytest.mark.parametrize(
    "request_of",
    [
        lambda slot: RopEmptyFolderRequest(0, slot, False, False),
        lambda slot: RopHardDeleteMessagesAndSubfoldersRequest(0, slot, False, False),
        lambda slot: RopDeleteMessagesRequest(0, slot, False, False, (oid(1),)),
        lambda slot: RopHardDeleteMessagesRequest(0, slot, False, False, (oid(1),)),
    ],
)
def test_what_is_no_folder(alice: FolderSession, request_of: object) -> None:
    """R625, R630, R635, R637, R718, R720, R728, R734, R638, R642, R644, R645, R1133, R1141, R1151, R1158: the response
    is whole."""
    assert callable(request_of)
    for slot, code in ((LOGON, NOT_SUPPORTED), (99, NULL_OBJECT)):
        request: RopRequest = request_of(slot)
        [response] = alice.execute(request)
        assert (response.return_value, response.partial_completion) == (code, False)


def test_a_deleted_folder_has_nothing_to_delete(alice: FolderSession) -> None:
    """R632, R1129: what is in it was deleted with it."""
    folder, _, _ = alice.new()
    alice.delete_folder(folder, NOTHING)
    slot = alice.open(folder, OPEN_DELETED)
    assert alice.error(RopEmptyFolderRequest(0, slot, False, True)) == NOT_FOUND


def test_folders_that_stay_when_the_one_above_is_emptied(hub: MailHub, alice: FolderSession) -> None:
    """R979, R980, R1131, R113803, R2720, R2721: those without the right to delete them; the client hears of it."""
    folder, slot, name = alice.new()
    for inner in ("stays", "goes"):
        alice.create(slot, inner)
    alice.fill(name, "one")
    share(hub, "alice", name, "bob", OF_MESSAGES)
    share(hub, "alice", f"{name}/stays", "bob", OF_MESSAGES)
    share(hub, "alice", f"{name}/goes", "bob", OF_MESSAGES | Right.DELETE)
    bob = FolderSession(hub, "bob", "alice")
    [response] = bob.execute(RopEmptyFolderRequest(0, bob.open(folder), False, False))
    assert (response.return_value, response.partial_completion) == (0, True)
    assert {path for path in imap_folders(hub, "alice") if path.startswith(name)} == {name, f"{name}/stays"}
    assert imap_subjects(hub, "alice", name) == []


def test_rights_on_messages(hub: MailHub, alice: FolderSession) -> None:
    """[MS-OXCPERM] 2.2.7: without DeleteAny none is deleted."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "one")
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.READ | Right.DELETE_MESSAGES)
    bob = FolderSession(hub, "bob", "alice")
    slot = bob.open(folder)
    for request in (
        RopDeleteMessagesRequest(0, slot, False, False, (one,)),
        RopHardDeleteMessagesRequest(0, slot, False, False, (one,)),
        RopEmptyFolderRequest(0, slot, False, False),
    ):
        assert bob.error(request) == ACCESS_DENIED
    assert alice.message_ids(name) == [one]


def wishing(session: FolderSession, name: str, to: str, subject: str) -> ObjectId:
    """A message whose sender wants to know what becomes of it."""
    text = f"From: {to}\r\nDisposition-Notification-To: {to}\r\nMessage-ID: <1@x.example>\r\nSubject: {subject}\r\n\r\n"
    Account(session.hub, session.account, "alice@example.org", "secret").add_message(text.encode(), name)
    return session.message_ids(name)[-1]


@pytest.mark.parametrize("kind", [RopDeleteMessagesRequest, RopHardDeleteMessagesRequest])
def test_receipts_of_unread_messages(hub: MailHub, alice: FolderSession, kind: type) -> None:
    """R276, R298, R727, R733, R1148, R115603, MS-OXCROPS R938, R965: who wanted to know hears that it was deleted
    unread; nobody does when it was read, when it was not wanted, and when the client does not want it."""
    bob = Account(hub, account_of(hub, "bob"), "bob@example.org", "secret")
    _, slot, name = alice.new()
    before = len(bob.messages())
    [read] = [wishing(alice, name, "bob@example.org", "read")]
    with imap_of(hub, "alice") as client:
        client.select_folder(name)
        client.add_flags([1], ["\\Seen"])
    silent = wishing(alice, name, "bob@example.org", "silent")
    [plain] = alice.fill(name, "plain")
    wanted = wishing(alice, name, "bob@example.org", f"wanted {name}")
    far = wishing(alice, name, "someone@far.example", "far")
    alice.execute(kind(0, slot, False, False, (silent,)))
    [response] = alice.execute(kind(0, slot, False, True, (read, plain, wanted, far, oid(888_888))))
    assert response.partial_completion is True
    received = bob.wait_for_messages(before + 1)[before:]
    assert len(received) == 1
    report = received[0].parsed
    assert report["Subject"] == f"Not read: wanted {name}"
    assert "alice@example.org" in report["From"]
    assert report.get_content_type() == "multipart/report"
    facts = report.get_payload(1).as_bytes()  # type: ignore[union-attr]
    assert b"deleted" in facts
    assert b"Original-Message-ID: <1@x.example>" in facts
    [sent] = [one for one in hub.outgoing() if one.recipients == ("someone@far.example",)][-1:]
    assert (sent.sender, sent.parsed["Subject"]) == ("", "Not read: far")


def test_nobody_else_tells_what_was_read(hub: MailHub, alice: FolderSession) -> None:
    """RFC 8098 §2.1: a receipt is the owner's."""
    folder, _, name = alice.new()
    message = wishing(alice, name, "someone@far.example", f"by another {name}")
    share(hub, "alice", name, "bob", OF_MESSAGES)
    bob = FolderSession(hub, "bob", "alice")
    bob.get(RopDeleteMessagesRequest(0, bob.open(folder), False, True, (message,)), RopDeleteMessagesResponse)
    assert not [one for one in hub.outgoing() if f"by another {name}".encode() in one.data]


def test_a_message_of_another_folder_has_no_receipt(hub: MailHub, alice: FolderSession) -> None:
    """R1148: it is not deleted, and nor is one that has its UID here."""
    _, _, name = alice.new()
    _, slot, here = alice.new()
    message = wishing(alice, name, "someone@far.example", f"elsewhere {name}")
    wishing(alice, here, "someone@far.example", f"here {name}")
    [response] = alice.execute(RopDeleteMessagesRequest(0, slot, False, True, (message,)))
    assert response.partial_completion is True
    assert not [one for one in hub.outgoing() if name.encode() in one.data]
