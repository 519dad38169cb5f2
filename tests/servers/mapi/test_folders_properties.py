"""Properties of folders. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_folders import OPEN_DELETED, FolderSession
from mapi_properties import Values
from mapi_rules import DELETING, RuleSession, rule, subject_has
from mapi_session import LOGON, imap_folders, imap_of, mapi_hub, share

from posthouse.database import Transaction
from posthouse.model.ids import ContentId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderType,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.protocols.mapi.rops.moving import RopMoveFolderRequest, RopMoveFolderResponse
from posthouse.protocols.mapi.rops.property import RopGetPropertiesAllRequest, RopSetPropertiesRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


def change(session: FolderSession, slot: int, new: Values, *gone: PropertyTag) -> dict[PropertyTag, int]:
    """The problems."""
    problems = (*session.set(slot, new), *(session.delete(slot, *gone) if gone else ()))
    return {one.property_tag: one.error_code for one in problems}


def test_what_the_store_counts(hub: MailHub, alice: FolderSession) -> None:
    """R345 to R347, R351, R353 to R355, R1029, R10345, R10347, R10351, R10353 to R10355, R1030, R3005, R3006: messages
    and their octets, unread ones, associated ones apart, deleted ones; folders below."""
    folder, slot, name = alice.new()
    one, _, _ = alice.fill(name, "one", "two", "three")
    with imap_of(hub, "alice") as client:
        client.select_folder(name)
        client.add_flags([2], ["\\Seen"])
        size = sum(found[b"RFC822.SIZE"] for found in client.fetch([2, 3], ["RFC822.SIZE"]).values())
    where, new = (alice.account, FolderId(folder.counter)), NewMessage(ContentId(0), 1000, 0)
    hub.write(lambda tx: create_message(tx, *where, new, Form(True, b""), 0, associated=True))
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (one,)), RopDeleteMessagesResponse)
    found = alice.properties_in(slot)
    assert found.get(tags.PidTagContentCount) == 2
    assert found.get(tags.PidTagContentUnreadCount) == 1
    assert found.get(tags.PidTagAssociatedContentCount) == 1
    assert found.get(tags.PidTagDeletedCountTotal) == 1
    assert found.get(tags.PidTagMessageSizeExtended) == size + 1000
    assert alice.value(slot, tags.PidTagMessageSize) == size + 1000
    assert found.get(tags.PidTagSubfolders) is False
    assert found.get(tags.PidTagFolderId) == folder.number
    alice.create(slot, "inner")
    assert alice.properties_in(slot).get(tags.PidTagSubfolders) is True


def test_where_it_is(alice: FolderSession) -> None:
    """R1027, R10027, R10360: the one above, by id and by entry id."""
    folder, slot, name = alice.new()
    inner, inner_slot = alice.create(slot, "inner")
    identity = alice.identity
    for one, its_slot, above, its_name in (
        (folder, slot, alice.special(Special.IPM_SUBTREE), name),
        (inner, inner_slot, folder, "inner"),
        (alice.special(Special.IPM_SUBTREE), alice.subtree, alice.special(Special.ROOT), "Top of Information Store"),
    ):
        found = alice.properties_in(its_slot)
        assert found.get(tags.PidTagParentFolderId) == above.number
        for tag, object_id in ((tags.PidTagEntryId, one), (tags.PidTagParentEntryId, above)):
            assert found.get(tag) == identity.folder_entry_id(object_id.counter)
        assert found.get(tags.PidTagDisplayName) == its_name


@pytest.mark.parametrize(
    ("special", "kind", "flags"),
    [
        (Special.ROOT, 0, 4),
        (Special.IPM_SUBTREE, 1, 5),
        (Special.INBOX, 1, 5),
        (Special.CALENDAR, 1, 5),
        (Special.FINDER, 1, 4),
    ],
)
def test_types(alice: FolderSession, special: Special, kind: int, flags: int) -> None:
    """R362, R810, R811, R10362, R35101, R1035103, R1035107, R1035110, R1035111: what kind of folder, and in the IPM
    subtree or not."""
    found = alice.properties_in(alice.open(alice.special(special)))
    assert found.get(tags.PidTagFolderType) == kind
    assert found.get(tags.PidTagFolderFlags) == flags


def test_rules_are_told_of_a_folder(hub: MailHub) -> None:
    """R1035109, R681, R25001: by its properties; not by the response that opens it, as Exchange does not."""
    session = RuleSession(hub, "bob")
    slot = session.open(session.special(Special.INBOX))
    wanted = tags.PidTagFolderFlags, tags.PidTagHasRules
    assert session.values(slot, *wanted) == [5, False]
    assert session.modify(rule(DELETING, when=subject_has("nothing"))) == 0
    assert session.values(slot, *wanted) == [5 | 8, True]
    opening = RopOpenFolderRequest(0, LOGON, session.slot(), session.special(Special.INBOX))
    assert session.get(opening, RopOpenFolderResponse).has_rules is False


def test_types_of_others(alice: FolderSession) -> None:
    """R812, R1035105: search folders, in and beside what users see; what is deep in a calendar."""
    calendar = alice.open(alice.special(Special.CALENDAR))
    finder = alice.open(alice.special(Special.FINDER))
    for parent, kind, flags in (
        (finder, FolderType.SEARCH, 2),
        (alice.subtree, FolderType.SEARCH, 3),
        (calendar, FolderType.GENERIC, 5),
    ):
        found = alice.properties_in(alice.new(parent, kind=kind)[1])
        assert found.get(tags.PidTagFolderFlags) == flags
        assert found.get(tags.PidTagFolderType) == kind


def test_nothing_is_changed_before_it_is_made(alice: FolderSession) -> None:
    """Though when it was made is kept more exactly than when it was changed."""
    for _ in range(3):
        found = alice.properties_in(alice.new(alice.subtree)[1])
        assert found.get(tags.PidTagLastModificationTime) >= found.get(tags.PidTagCreationTime) > 0


READ_ONLY = (
    tags.PidTagAccess,
    tags.PidTagChangeKey,
    tags.PidTagCreationTime,
    tags.PidTagLastModificationTime,
    tags.PidTagContentCount,
    tags.PidTagContentUnreadCount,
    tags.PidTagDeletedOn,
    tags.PidTagFolderFlags,
    tags.PidTagFolderId,
    tags.PidTagParentEntryId,
    tags.PidTagHierarchyChangeNumber,
    tags.PidTagHierRev,
    tags.PidTagMessageSizeExtended,
    tags.PidTagSubfolders,
    tags.PidTagLocalCommitTime,
    tags.PidTagLocalCommitTimeMax,
    tags.PidTagDeletedCountTotal,
    tags.PidTagFolderType,
    tags.PidTagRights,
)


@pytest.mark.parametrize("tag", READ_ONLY, ids=lambda tag: f"{tag.id:x}")
def test_what_only_the_server_sets(alice: FolderSession, tag: PropertyTag) -> None:
    """R343, R1225: a client's value is not taken, and the client hears of it; others go through."""
    _, slot, _ = alice.new()
    before = alice.properties_in(slot).get(tag)
    new = {tag: b"" if tag.type == PropertyType.BINARY else 0, tags.PidTagComment: "x"}
    assert change(alice, slot, new) == {tag: ErrorCode.ecComputed}
    found = alice.properties_in(slot)
    assert found.get(tags.PidTagComment) == "x"
    moves = (tags.PidTagChangeKey, tags.PidTagLastModificationTime, tags.PidTagLocalCommitTime)
    assert tag in moves or found.get(tag) == before


def test_types_of_values(alice: FolderSession) -> None:
    """R348, R349, R350, R350001, R352001, R359, R360, R367, R1028, R1036, R3000, R3002, R10359: each has the type that
    the document says; what is about public folders is not there."""
    _, slot, _ = alice.new(comment="x")
    found = alice.properties_in(slot)
    wanted = [
        *(tags.PidTagHierRev, tags.PidTagHierarchyChangeNumber, tags.PidTagLocalCommitTime, tags.PidTagDisplayName),
        *(tags.PidTagLocalCommitTimeMax, tags.PidTagComment, tags.PidTagContainerClass, tags.PidTagRights),
    ]
    assert set(wanted) <= found.keys()
    assert not {tags.PidTagAddressBookEntryId, tags.PidTagDeletedOn} & found.keys()


def forget_moments(hub: MailHub, account: int) -> None:
    """As if nothing had happened for long: moments have whole seconds."""

    def forget(tx: Transaction) -> None:
        tx.run("UPDATE folder SET changed_at = 1, filled_at = 1, branched_at = 1 WHERE account_id = ?", (account,))

    hub.write(forget)


def moved(hub: MailHub, session: FolderSession, slot: int) -> set[str]:
    """Which moments have moved since they were forgotten; they are forgotten again."""
    found = session.properties_in(slot)
    names = {
        "folder": tags.PidTagLocalCommitTime,
        "contents": tags.PidTagLocalCommitTimeMax,
        "branches": tags.PidTagHierRev,
    }
    forget_moments(hub, session.account)
    return {name for name, tag in names.items() if found[tag] > file_time(1)}


def test_moments(hub: MailHub, alice: FolderSession) -> None:
    """R352, R352002, R3001, R3003, R3004, R10028: when the folder was changed, what is in it, and which folders are:
    whoever does it, and nothing that is deeper."""
    _, slot, name = alice.new()
    _, other, _ = alice.new()
    forget_moments(hub, alice.account)
    alice.fill(name, "one")
    assert moved(hub, alice, slot) == {"contents"}
    with imap_of(hub, "alice") as client:
        client.select_folder(name)
        client.add_flags([1], ["\\Flagged"])
        assert moved(hub, alice, slot) == {"contents"}
        client.delete_messages([1])
        client.expunge()
        assert moved(hub, alice, slot) == {"contents"}
        client.create_folder(f"{name}/inner")
        assert moved(hub, alice, slot) == {"contents", "branches"}
    alice.fill(f"{name}/inner", "deeper")
    assert moved(hub, alice, slot) == set()
    change(alice, slot, {tags.PidTagComment: "new"})
    assert moved(hub, alice, slot) == {"folder"}
    inner = alice.folder(f"{name}/inner")
    alice.get(RopMoveFolderRequest(0, slot, other, False, True, inner, "inner"), RopMoveFolderResponse)
    assert moved(hub, alice, slot) == {"contents", "branches"}
    alice.get(RopMoveFolderRequest(0, other, slot, False, True, inner, "inner"), RopMoveFolderResponse)
    assert moved(hub, alice, other) == {"contents", "branches"}
    alice.delete_folder(inner, DeleteFolderFlags.DEL_MESSAGES)
    assert moved(hub, alice, slot) == {"contents", "branches"}


def test_a_change_of_the_hierarchy_has_a_number(alice: FolderSession) -> None:
    """R352, R10028: it rises whenever a folder is added or deleted, also at the top."""
    _, slot, name = alice.new()
    numbers = []
    for parent in (slot, alice.subtree):
        for _ in range(2):
            numbers.append(alice.properties_in(parent).get(tags.PidTagHierarchyChangeNumber))
            folder, _ = alice.create(parent, f"{name} below")
            numbers.append(alice.properties_in(parent).get(tags.PidTagHierarchyChangeNumber))
            alice.delete_folder(folder, DeleteFolderFlags(0))
    assert numbers[:4] == sorted(set(numbers[:4]))
    assert numbers[4:] == sorted(set(numbers[4:]))


def test_deleted_on(alice: FolderSession) -> None:
    """R348, R10348: a folder that was deleted tells when."""
    folder, _, name = alice.new(comment="known")
    alice.delete_folder(folder, DeleteFolderFlags(0))
    found = alice.properties_in(alice.open(folder, OPEN_DELETED))
    assert found[tags.PidTagDeletedOn] > file_time(1_700_000_000)
    assert found.get(tags.PidTagDisplayName) == name
    assert found.get(tags.PidTagComment) == "known"


def test_renaming(hub: MailHub, alice: FolderSession) -> None:
    """R360, R1039, R10360: PidTagDisplayName is the name for everybody; siblings have different ones."""
    folder, slot, name = alice.new()
    _, _, other = alice.new()
    key = tags.PidTagDisplayName
    assert change(alice, slot, {tags.PidTagDisplayName: f"{name}/new"}) == {}
    assert f"{name}\u2215new" in imap_folders(hub, "alice")
    assert alice.properties_in(slot).get(tags.PidTagDisplayName) == f"{name}/new"
    for wanted, problem in (
        (other.upper(), ErrorCode.ecDuplicateName),
        ("", ErrorCode.ecInvalidParameter),
        ("a\tb", ErrorCode.ecInvalidParameter),
        ("Users", ErrorCode.ecDuplicateName),
    ):
        assert change(alice, slot, {tags.PidTagDisplayName: wanted}) == {key: problem}
    assert change(alice, slot, {tags.PidTagDisplayName: name.upper()}) == {}
    assert alice.folder(name.upper()) == folder
    assert change(alice, slot, {}, tags.PidTagDisplayName) == {key: ErrorCode.ecComputed}
    inbox = alice.open(alice.special(Special.INBOX))
    assert change(alice, inbox, {tags.PidTagDisplayName: "In"}) == {key: ErrorCode.ecAccessDenied}


def test_classes(hub: MailHub, alice: FolderSession) -> None:
    """R10036, R1038: IMAP shows folders of mail, and a class begins with IPF."""
    _, slot, name = alice.new()
    _, inner = alice.create(slot, "inner")
    key = tags.PidTagContainerClass
    assert alice.properties_in(slot).get(tags.PidTagContainerClass) == "IPF.Note"
    for wanted, shown in (
        ("IPF.Contact", False),
        ("ipf.note.Special", True),
        ("IPF.StickyNote", False),
        ("IPF.Note", True),
    ):
        assert change(alice, slot, {tags.PidTagContainerClass: wanted}) == {}
        assert alice.properties_in(slot).get(tags.PidTagContainerClass) == wanted
        assert ({name, f"{name}/inner"} <= imap_folders(hub, "alice")) == shown
        assert (name in imap_folders(hub, "alice")) == shown
    wrong = {tags.PidTagContainerClass: "Note"}
    assert change(alice, slot, wrong) == {key: ErrorCode.ecInvalidParameter}
    change(alice, inner, {tags.PidTagContainerClass: "IPF.Task"})
    change(alice, slot, {tags.PidTagContainerClass: "IPF.Contact"})
    assert change(alice, slot, {}, tags.PidTagContainerClass) == {key: ErrorCode.ecComputed}  # there is always one
    assert change(alice, slot, {tags.PidTagContainerClass: "IPF.Note"}) == {}
    assert {path for path in imap_folders(hub, "alice") if path.startswith(name)} == {name}


def test_hidden_folders(hub: MailHub, alice: FolderSession) -> None:
    """R356, R1032, R1033, R10356: neither does IMAP show what is to be hidden."""
    _, slot, name = alice.new()
    assert alice.properties_in(slot).get(tags.PidTagAttributeHidden) is False
    for hidden in (True, False):
        change(alice, slot, {tags.PidTagAttributeHidden: hidden})
        assert alice.properties_in(slot).get(tags.PidTagAttributeHidden) is hidden
        assert (name in imap_folders(hub, "alice")) is not hidden


def test_access_of_others(hub: MailHub, alice: FolderSession) -> None:
    """R367, MS-OXCPRPT 2.2.1.1: what this client may do, in both forms; who may not administer changes nothing."""
    folder, slot, name = alice.new()
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.READ | Right.INSERT)
    bob = FolderSession(hub, "bob", "alice")
    there = bob.open(folder)
    mine, theirs = alice.properties_in(slot), bob.properties_in(there)
    assert (mine.get(tags.PidTagRights), theirs.get(tags.PidTagRights)) == (0x7FB, 0x403)
    assert (mine.get(tags.PidTagAccess), theirs.get(tags.PidTagAccess)) == (0x3F, 0x12)
    comment = (TaggedValue(tags.PidTagComment, "x"),)
    assert bob.error(RopSetPropertiesRequest(0, there, comment)) == ErrorCode.ecAccessDenied


def test_where_special_folders_are(alice: FolderSession) -> None:
    """MS-OXOSFLD 2.2: the Inbox and the root tell the same, and what one of them was told, the other says as well."""
    inbox, root = (alice.open(alice.special(special)) for special in (Special.INBOX, Special.ROOT))
    told = [alice.properties_in(slot).get(tags.PidTagIpmAppointmentEntryId) for slot in (inbox, root)]
    assert told[0] == told[1] == alice.identity.folder_entry_id(alice.special(Special.CALENDAR).counter)
    change(alice, root, {tags.PidTagRemindersOnlineEntryId: b"somewhere"})
    for slot in (inbox, root):
        assert alice.properties_in(slot).get(tags.PidTagRemindersOnlineEntryId) == b"somewhere"
    [junk] = [alice.properties_in(inbox).get(tags.PidTagAdditionalRenEntryIds)[4]]
    assert junk == alice.identity.folder_entry_id(alice.folder("Junk").counter)


def test_of_a_folder_that_went(alice: FolderSession) -> None:
    """R469: its handle tells nothing any more."""
    folder, slot, _ = alice.new()
    alice.delete_folder(folder, DeleteFolderFlags(0))
    comment = (TaggedValue(tags.PidTagComment, "x"),)
    for request in (RopGetPropertiesAllRequest(0, slot, 0, True), RopSetPropertiesRequest(0, slot, comment)):
        assert alice.error(request) == ErrorCode.ecNotFound
