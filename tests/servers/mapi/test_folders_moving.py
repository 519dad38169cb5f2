"""Messages and folders are moved and copied. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_folders import OPEN_DELETED, FolderSession
from mapi_session import LOGON, PLAIN, imap_folders, imap_of, imap_subjects, mapi_hub, oid, share

from posthouse.database import Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.mailbox import ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderType,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
)
from posthouse.protocols.mapi.rops.moving import (
    RopCopyFolderNullDestinationResponse,
    RopCopyFolderRequest,
    RopCopyFolderResponse,
    RopMoveCopyMessagesNullDestinationResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
    RopMoveFolderNullDestinationResponse,
    RopMoveFolderRequest,
    RopMoveFolderResponse,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.flags import change_flags
from posthouse.store.folders import MAX_DEPTH
from posthouse.store.object_changes import update_message
from posthouse.store.objects import ASSOCIATED, DELETED, Form, find_message, list_aside, load_form
from posthouse.store.quota import Resource, set_quotas
from posthouse.testing import MailHub

NOT_FOUND, ACCESS_DENIED, NOT_SUPPORTED, INVALID = 0x8004010F, 0x80070005, 0x80040102, 0x80070057
DUPLICATE, QUOTA, NULL_OBJECT, CYCLE, SEARCH_FOLDER = 0x80040604, 0x4D9, 0x4B9, 0x8004060B, 0x460


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


def messages(
    source: int, target: int, ids: list[ObjectId], *, copy: bool, asynchronous: bool = False
) -> RopMoveCopyMessagesRequest:
    return RopMoveCopyMessagesRequest(0, source, target, tuple(ids), asynchronous, copy)


def moved(source: int, target: int, folder: ObjectId, name: str | bytes) -> RopMoveFolderRequest:
    return RopMoveFolderRequest(0, source, target, False, isinstance(name, str), folder, name)


def copied(source: int, target: int, folder: ObjectId, name: str | bytes, *, deep: bool) -> RopCopyFolderRequest:
    return RopCopyFolderRequest(0, source, target, False, deep, isinstance(name, str), folder, name)


def mark(session: FolderSession, path: str, flags: Flags) -> None:
    """All messages of a folder."""
    where, change = (session.account, session.number(path)), FlagChange(How.ADD, flags)
    session.hub.write(lambda tx: change_flags(tx, *where, ((1, 100),), change))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_moving_messages(hub: MailHub, alice: FolderSession, asynchronous: bool) -> None:
    """R144, R148, R150, R154, R155, R160, R161, R163, R2161, R420, R421, R583, R584, R701, R1105, R14501, R14901,
    R15101: in the order in which they lay there, with their flags, under new ids; IMAP sees them here and no longer
    there."""
    _, source, from_path = alice.new()
    _, target, to_path = alice.new()
    one, two, three = alice.fill(from_path, "one", "two", "three")
    mark(alice, from_path, Flags(Flag.SEEN, frozenset(["Blue"])))
    request = messages(source, target, [three, one], copy=False, asynchronous=asynchronous)
    assert alice.execute(request) == [RopMoveCopyMessagesResponse(source, partial_completion=False)]
    assert imap_subjects(hub, "alice", from_path) == ["two"]
    assert imap_subjects(hub, "alice", to_path) == ["one", "three"]
    assert alice.message_ids(from_path) == [two]
    assert not {one, three} & set(alice.message_ids(to_path))
    with imap_of(hub, "alice") as client:
        client.select_folder(to_path)
        assert {flags[b"FLAGS"] for flags in client.fetch(client.search(), ["FLAGS"]).values()} == {
            (b"\\Seen", b"Blue")
        }


def test_copying_messages(hub: MailHub, alice: FolderSession) -> None:
    """R159, R427, R430, R14902, R15102: the originals stay; what MAPI knows of them is copied as well."""
    folder, source, from_path = alice.new()
    _, target, to_path = alice.new()
    [one] = alice.fill(from_path, "one")
    account = alice.account

    def note(tx: Transaction) -> None:
        row = find_message(tx, account, MessageId(one.counter))
        update_message(tx, account, row, Form(False, b"known"), 0)

    hub.write(note)
    view = alice.put_associated(folder)
    alice.get(messages(source, target, [one, view], copy=True), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", from_path) == imap_subjects(hub, "alice", to_path) == ["one"]
    [copy] = alice.message_ids(to_path)
    form = hub.read(lambda tx: load_form(tx, account, find_message(tx, account, MessageId(copy.counter))))
    assert form is not None
    assert form.data == b"known"
    number = alice.number(to_path)
    [other] = hub.read(lambda tx: list_aside(tx, account, number, ASSOCIATED))
    assert other.id != view.counter
    assert len(alice.asides(folder, ASSOCIATED)) == 1


def test_within_one_folder(hub: MailHub, alice: FolderSession) -> None:
    """R144: a copy beside its original; a move changes the id."""
    _, slot, path = alice.new()
    [one] = alice.fill(path, "one")
    alice.get(messages(slot, slot, [one], copy=True), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", path) == ["one", "one"]
    alice.get(messages(slot, slot, [one], copy=False), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", path) == ["one", "one"]
    assert one not in alice.message_ids(path)


@pytest.mark.parametrize("copy", [False, True])
def test_messages_that_are_not_there(alice: FolderSession, copy: bool) -> None:
    """R586, R10163, R10706: the others are carried, and the client hears of it."""
    _, source, from_path = alice.new()
    _, target, to_path = alice.new()
    [one] = alice.fill(from_path, "one")
    request = messages(source, target, [one, oid(888_888), ObjectId(9, 1)], copy=copy)
    assert alice.execute(request) == [RopMoveCopyMessagesResponse(source, partial_completion=True)]
    assert len(alice.message_ids(to_path)) == 1


def test_what_was_deleted_can_be_moved_back(hub: MailHub, alice: FolderSession) -> None:
    """R263: a message that was deleted softly becomes another one, whose contents are the same."""
    folder, slot, path = alice.new()
    [one] = alice.fill(path, "one")
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (one,)), RopDeleteMessagesResponse)
    alice.get(messages(slot, slot, [one], copy=False), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", path) == ["one"]
    assert alice.asides(folder, DELETED) == []
    assert one not in alice.message_ids(path)


@pytest.mark.parametrize("copy", [False, True])
def test_messages_of_a_folder_that_was_deleted(hub: MailHub, alice: FolderSession, copy: bool) -> None:
    """R22, R263: they are recovered from it, as long as it can be opened."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "one")
    alice.delete_folder(folder, DeleteFolderFlags.DEL_MESSAGES)
    _, target, path = alice.new()
    gone = alice.open(folder, OPEN_DELETED)
    alice.get(messages(gone, target, [one], copy=copy), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", path) == ["one"]
    assert len(alice.asides(folder, DELETED)) == int(copy)
    assert alice.error(messages(target, gone, alice.message_ids(path), copy=copy)) == NOT_FOUND


def test_other_mailboxes(hub: MailHub, alice: FolderSession) -> None:
    """R144: the destination may be of another logon of the session; its owner's quota pays."""
    _, source, from_path = alice.new()
    one, two = alice.fill(from_path, "one", "two")
    folder = FolderSession(hub, "bob").new()
    share(hub, "bob", folder[2], "alice", Right.LOOKUP | Right.READ | Right.INSERT)
    there = alice.slot()
    alice.log_on("bob", there, logon_id=1)
    target = alice.open_in(there, 1, folder[0])
    mark(alice, from_path, Flags(Flag.SEEN | Flag.FLAGGED))
    alice.get(messages(source, target, [one], copy=True), RopMoveCopyMessagesResponse)
    alice.get(messages(source, target, [two], copy=False), RopMoveCopyMessagesResponse)
    assert imap_subjects(hub, "alice", from_path) == ["one"]
    assert imap_subjects(hub, "bob", folder[2]) == ["one", "two"]
    with imap_of(hub, "bob") as client:  # what alice may not set there is not set
        client.select_folder(folder[2], readonly=True)
        assert {flags[b"FLAGS"] for flags in client.fetch(client.search(), ["FLAGS"]).values()} == {()}


def test_rights_on_messages(hub: MailHub, alice: FolderSession) -> None:
    """R586, R10163, [MS-OXCPERM] 2.2.7: to read here, to create there, and, to move, to delete here."""
    _, _, plain = alice.new()
    _, _, full = alice.new()
    _, _, shut = alice.new()
    share(hub, "alice", plain, "bob", Right.LOOKUP | Right.READ)
    share(hub, "alice", full, "bob", Right.LOOKUP | Right.READ | Right.INSERT)
    share(hub, "alice", shut, "bob", Right.LOOKUP | Right.INSERT)
    [one], [hidden] = alice.fill(plain, "one"), alice.fill(shut, "hidden")
    bob = FolderSession(hub, "bob", "alice")
    slots = {path: bob.open(alice.folder(path)) for path in (plain, full, shut)}
    for source, target, ids, copy, code in (
        (plain, full, [one], True, 0),
        (plain, full, [one], False, ACCESS_DENIED),
        (full, plain, [one], True, ACCESS_DENIED),
        (shut, full, [hidden], True, ACCESS_DENIED),
    ):
        [done] = bob.execute(messages(slots[source], slots[target], ids, copy=copy))
        assert (done.return_value, getattr(done, "partial_completion", None)) == (code, code != 0)
    assert imap_subjects(hub, "alice", full) == ["one"]


def test_quota_of_messages(hub: MailHub) -> None:
    """A copy that does not fit is not made at all; a move needs no room."""
    carol = FolderSession(hub, "carol")
    _, source, from_path = carol.new()
    _, target, to_path = carol.new()
    ids = carol.fill(from_path, "one", "two")
    hub.write(lambda tx: set_quotas(tx, carol.account, {Resource.MESSAGE: 3}))
    assert carol.error(messages(source, target, ids, copy=True)) == QUOTA
    assert carol.message_ids(to_path) == []
    folder = carol.folder(from_path)
    assert carol.error(copied(carol.subtree, carol.subtree, folder, "copy", deep=True)) == QUOTA
    assert "copy" not in imap_folders(hub, "carol")
    assert carol.error(messages(source, target, ids, copy=False)) == 0
    hub.write(lambda tx: set_quotas(tx, carol.account, {}))


@pytest.mark.parametrize("copy", [False, True])
def test_into_a_search_folder(alice: FolderSession, copy: bool) -> None:
    """R1216, R1245, R1246, R121801, R121802."""
    _, search, _ = alice.new(kind=FolderType.SEARCH)
    _, source, path = alice.new()
    ids = alice.fill(path, "one")
    [response] = alice.execute(messages(source, search, ids, copy=copy))
    assert response == RopMoveCopyMessagesResponse(source, False, return_value=SEARCH_FOLDER)
    folder, _, name = alice.new()
    assert alice.error(moved(alice.subtree, search, folder, name)) == SEARCH_FOLDER
    assert alice.error(copied(alice.subtree, search, folder, name, deep=True)) == SEARCH_FOLDER


def all_kinds(source: int, target: int) -> tuple[RopRequest, ...]:
    return (
        messages(source, target, [oid(1)], copy=True),
        moved(source, target, oid(1), "x"),
        copied(source, target, oid(1), "x", deep=True),
    )


RESPONSES = (RopMoveCopyMessagesResponse, RopMoveFolderResponse, RopCopyFolderResponse)
NULL_RESPONSES = (
    RopMoveCopyMessagesNullDestinationResponse,
    RopMoveFolderNullDestinationResponse,
    RopCopyFolderNullDestinationResponse,
)


@pytest.mark.parametrize("which", range(3))
def test_what_is_no_folder(alice: FolderSession, which: int) -> None:
    """R175, R177, R202, R204, R706, R710, R714, R587, R589, R590, R597, R601, R602, R609, R613, R614, R1109, R1116,
    R1124: the source, the destination, and a source that is not there at all."""
    subtree = alice.subtree
    ends = ((LOGON, subtree, NOT_SUPPORTED), (subtree, LOGON, NOT_SUPPORTED), (99, subtree, NULL_OBJECT))
    for source, target, code in ends:
        [response] = alice.execute(all_kinds(source, target)[which])
        assert response == RESPONSES[which](source, False, return_value=code)


@pytest.mark.parametrize("which", range(3))
def test_no_destination(alice: FolderSession, which: int) -> None:
    """MS-OXCROPS R652, R713, R773: the response tells which slot is empty."""
    [response] = alice.execute(all_kinds(alice.subtree, 88)[which])
    assert response == NULL_RESPONSES[which](alice.subtree, 88, False, return_value=0x503)


@pytest.mark.parametrize("name", ["a", "Größe", b"ab", b"abc"])
@pytest.mark.parametrize("which", [0, 1, 2], ids=["create", "move", "copy"])
def test_names_of_another_kind_than_is_told(alice: FolderSession, name: str | bytes, which: int) -> None:
    """R49, R184, R213: the fields behind them are then not where they should be, and the whole request fails."""
    folder, _, _ = alice.new()
    rop, at = (
        (alice.creation(alice.subtree, name), 5),
        (moved(alice.subtree, alice.subtree, folder, name), 5),
        (copied(alice.subtree, alice.subtree, folder, name, deep=True), 6),
    )[which]
    wrong = bytearray(rop.format())
    wrong[at] ^= 1
    payload = RopBuffer(bytes(wrong), tuple(alice.handles)).format()
    body = alice.client.post("Execute", ExecuteRequest(PLAIN, format_extended(payload), 0x8000).format()).body
    assert int.from_bytes(body[4:8], "little") == ErrorCode.ecRpcFormat


def test_moving_a_folder(hub: MailHub, alice: FolderSession) -> None:
    """R169, R170, R183, R185, R186, R187, R188, R190, R423, R424, R593, R1111, R17101: with all that is in it, and it
    stays the same one; IMAP sees it there at once."""
    folder, slot, name = alice.new()
    inner, _ = alice.create(slot, "inner")
    alice.fill(name, "one")
    alice.fill(f"{name}/inner", "two")
    alice.put_associated(folder)
    _, target, above = alice.new()
    assert alice.execute(moved(alice.subtree, target, folder, "new name")) == [
        RopMoveFolderResponse(alice.subtree, partial_completion=False)
    ]
    assert name not in imap_folders(hub, "alice")
    assert imap_subjects(hub, "alice", f"{above}/new name") == ["one"]
    assert imap_subjects(hub, "alice", f"{above}/new name/inner") == ["two"]
    assert alice.folder(f"{above}/new name") == folder
    assert alice.folder(f"{above}/new name/inner") == inner
    assert len(alice.asides(folder, ASSOCIATED)) == 1
    assert alice.create(slot, "through its old handle")


@pytest.mark.parametrize("asynchronous", [False, True])
def test_renaming_by_a_move(hub: MailHub, alice: FolderSession, asynchronous: bool) -> None:
    """R173, R179, R180, R184, R186, R595: within the folder that it is in, in another case, in eight bits."""
    folder, _, name = alice.new()
    for wanted in (name.upper(), "Ä".encode("cp1252") + name.encode()):
        request = RopMoveFolderRequest(
            0, alice.subtree, alice.subtree, asynchronous, isinstance(wanted, str), folder, wanted
        )
        alice.get(request, RopMoveFolderResponse)
        shown = wanted if isinstance(wanted, str) else wanted.decode("cp1252")
        assert alice.folder(shown) == folder


def test_where_a_folder_cannot_go(alice: FolderSession) -> None:
    """R599, R600, R611, R612, R1039: no such folder, a name that is taken, into itself, too deep, special folders."""
    folder, slot, name = alice.new()
    _, inner = alice.create(slot, "inner")
    other, _, other_name = alice.new()
    subtree = alice.subtree
    assert alice.error(moved(subtree, inner, oid(999_999), "x")) == NOT_FOUND
    assert alice.error(moved(subtree, subtree, other, name.upper())) == DUPLICATE
    assert alice.error(moved(subtree, subtree, other, "")) == INVALID
    assert alice.error(moved(subtree, inner, folder, "x")) == CYCLE
    assert alice.error(moved(subtree, slot, folder, "x")) == CYCLE
    assert alice.error(moved(subtree, slot, alice.special(Special.SENT_ITEMS), "x")) == ACCESS_DENIED
    assert alice.error(moved(subtree, slot, alice.special(Special.CALENDAR), "x")) == ACCESS_DENIED
    assert alice.error(copied(subtree, inner, oid(999_999), "x", deep=True)) == NOT_FOUND
    assert alice.error(copied(subtree, subtree, other, name, deep=True)) == DUPLICATE
    assert alice.error(copied(subtree, inner, folder, "x", deep=True)) == CYCLE
    for special in (Special.ROOT, Special.IPM_SUBTREE):
        assert alice.error(copied(subtree, slot, alice.special(special), "x", deep=True)) == ACCESS_DENIED
    for level in range(MAX_DEPTH - 2):
        _, inner = alice.create(inner, f"{level}")
    assert alice.error(moved(subtree, inner, other, other_name)) == QUOTA
    assert alice.error(copied(subtree, inner, other, other_name, deep=True)) == QUOTA


def test_imap_shows_folders_where_it_shows_the_one_above(hub: MailHub, alice: FolderSession) -> None:
    """What is moved below a calendar is not shown, and what comes out of there is."""
    folder, slot, name = alice.new()
    alice.create(slot, "inner")
    alice.fill(f"{name}/inner", "one")
    calendar = alice.open(alice.special(Special.CALENDAR))
    alice.get(moved(alice.subtree, calendar, folder, name), RopMoveFolderResponse)
    assert not {name, f"{name}/inner", f"Calendar/{name}"} & imap_folders(hub, "alice")
    alice.get(moved(calendar, alice.subtree, folder, name), RopMoveFolderResponse)
    assert {name, f"{name}/inner"} <= imap_folders(hub, "alice")
    assert imap_subjects(hub, "alice", f"{name}/inner") == ["one"]


@pytest.mark.parametrize("deep", [False, True])
def test_copying_a_folder(hub: MailHub, alice: FolderSession, deep: bool) -> None:
    """R196, R198, R200, R206, R216, R217, R207, R210 to R214, R219, R428, R429, R604, R605, R607, R1048, R1118, R1122,
    R19701, MS-OXCROPS R851, R859: its messages and properties, and what is below it if that is wanted."""
    folder, _, name = alice.new(comment="what it is for")
    _, inner = alice.create(alice.open(folder), "inner")
    alice.create(inner, "deep")
    alice.fill(name, "one", "two")
    alice.fill(f"{name}/inner", "three")
    alice.put_associated(folder)
    request = copied(alice.subtree, alice.subtree, folder, f"{name} copy", deep=deep)
    assert alice.execute(request) == [RopCopyFolderResponse(alice.subtree, partial_completion=False)]
    assert imap_subjects(hub, "alice", name) == imap_subjects(hub, "alice", f"{name} copy") == ["one", "two"]
    below = {path for path in imap_folders(hub, "alice") if path.startswith(f"{name} copy/")}
    assert below == ({f"{name} copy/inner", f"{name} copy/inner/deep"} if deep else set())
    copy = alice.folder(f"{name} copy")
    assert copy != folder
    assert len(alice.asides(copy, ASSOCIATED)) == 1
    if deep:
        assert imap_subjects(hub, "alice", f"{name} copy/inner") == ["three"]


def test_a_folder_can_be_copied_into_itself_alone(hub: MailHub, alice: FolderSession) -> None:
    """R211, MS-OXCROPS R853: without what is below it there is no end to be missed."""
    folder, slot, name = alice.new()
    alice.fill(name, "one")
    for told, copy in (("copy", "copy"), ("größe".encode("cp1252"), "größe")):
        alice.get(copied(alice.subtree, slot, folder, told, deep=False), RopCopyFolderResponse)
        assert imap_subjects(hub, "alice", f"{name}/{copy}") == ["one"]


def test_folders_of_other_mailboxes(hub: MailHub, alice: FolderSession) -> None:
    """R169, R196: between two logons of a session. What is moved there is gone here."""
    target, _, above = FolderSession(hub, "bob").new()
    share(hub, "bob", above, "alice", Right.LOOKUP | Right.READ | Right.INSERT | Right.CREATE)
    there = alice.slot()
    alice.log_on("bob", there, logon_id=1)
    into = alice.open_in(there, 1, target)
    folder, slot, name = alice.new(comment="known")
    alice.create(slot, "inner")
    alice.fill(f"{name}/inner", "one")
    alice.get(copied(alice.subtree, into, folder, "copied", deep=True), RopCopyFolderResponse)
    alice.get(moved(alice.subtree, into, folder, "moved"), RopMoveFolderResponse)
    for path in ("copied", "moved"):
        assert imap_subjects(hub, "bob", f"{above}/{path}/inner") == ["one"]
    assert not {name, f"{name}/inner"} & imap_folders(hub, "alice")


def test_what_cannot_be_taken_away_stays(hub: MailHub, alice: FolderSession) -> None:
    """R2190, R2191: it has come to the other mailbox, and the client hears that it is still in the first one."""
    bob = FolderSession(hub, "bob")
    folder, slot, name = bob.new()
    bob.create(slot, "kept")
    bob.create(slot, "gone")
    for path, more in ((name, Right.DELETE), (f"{name}/kept", Right(0)), (f"{name}/gone", Right.DELETE)):
        share(hub, "bob", path, "alice", Right.LOOKUP | Right.READ | more)
    there = alice.slot()
    alice.log_on("bob", there, logon_id=1)
    source = alice.open_in(there, 1, folder)
    request = RopMoveFolderRequest(1, source, alice.subtree, False, True, folder, name)
    assert alice.execute(request) == [RopMoveFolderResponse(source, partial_completion=True)]
    assert {name, f"{name}/kept", f"{name}/gone"} <= imap_folders(hub, "alice")
    left = {path for path in imap_folders(hub, "bob") if path.startswith(name) or path.endswith(f"/{name}/kept")}
    assert f"{name}/gone" not in left
    assert {name, f"{name}/kept"} <= left


def test_rights_on_folders(hub: MailHub, alice: FolderSession) -> None:
    """R1114, R1121, R2191, R2714, R2715, R271501, [MS-OXCPERM] 2.2.7: a move needs the right to delete here, both need
    to create there; what cannot be read is not copied, and the client hears of it."""
    folder, slot, name = alice.new()
    for inner in ("open", "shut"):
        alice.create(slot, inner)
    _, _, above = alice.new()
    for path in (name, f"{name}/open"):
        share(hub, "alice", path, "bob", Right.LOOKUP | Right.READ)
    share(hub, "alice", f"{name}/shut", "bob", Right.LOOKUP)
    bob = FolderSession(hub, "bob", "alice")
    share(hub, "alice", above, "bob", Right.LOOKUP | Right.READ)
    into, source = bob.open(alice.folder(above)), bob.open(folder)
    assert bob.error(copied(source, into, folder, "copy", deep=True)) == ACCESS_DENIED
    share(hub, "alice", above, "bob", Right.LOOKUP | Right.READ | Right.CREATE)
    [response] = bob.execute(moved(source, into, folder, "copy"))
    assert (response.return_value, response.partial_completion) == (ACCESS_DENIED, True)
    [response] = bob.execute(copied(source, into, folder, "copy", deep=True))
    assert (response.return_value, response.partial_completion) == (0, True)
    below = {path for path in imap_folders(hub, "alice") if path.startswith(f"{above}/")}
    assert below == {f"{above}/copy", f"{above}/copy/open"}


def test_names_become_free(alice: FolderSession) -> None:
    """R1039: when a folder has gone elsewhere or was deleted."""
    folder, _, name = alice.new()
    _, target, _ = alice.new()
    alice.get(moved(alice.subtree, target, folder, name), RopMoveFolderResponse)
    other, _ = alice.create(alice.subtree, name)
    alice.delete_folder(other, DeleteFolderFlags(0))
    alice.get(moved(target, alice.subtree, folder, name), RopMoveFolderResponse)
    assert alice.folder(name) == folder
