"""Folders are opened and made. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_folders import OPEN_DELETED, FolderSession
from mapi_session import LOGON, imap_folders, imap_of, mapi_hub, oid, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderOpenFlags,
    FolderType,
    RopCreateFolderResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.protocols.mapi.tags import PidTagComment, PidTagDisplayName
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folder_objects import load_folder_object
from posthouse.store.folders import MAX_DEPTH, create_folder, load_folder
from posthouse.store.quota import Resource, set_quotas
from posthouse.testing import MailHub

NOT_FOUND, ACCESS_DENIED, NOT_SUPPORTED, INVALID = 0x8004010F, 0x80070005, 0x80040102, 0x80070057
DUPLICATE, QUOTA, NULL_OBJECT, INVALID_OBJECT = 0x80040604, 0x4D9, 0x4B9, 0x80040108


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> FolderSession:
    return FolderSession(hub, "alice")


def test_opening(alice: FolderSession) -> None:
    """R2, R9, R13, R15, R16, R17, R21, R23, R24, R905, R906, R26, R29, R90001, R459, R460, R462, R46202, MS-OXCROPS
    R4556: through the logon, and through another folder."""
    slot = alice.slot()
    [response] = alice.execute(RopOpenFolderRequest(0, LOGON, slot, alice.special(Special.INBOX)))
    assert response == RopOpenFolderResponse(slot, has_rules=False, ghosted=None)
    drafts = alice.slot()
    [response] = alice.execute(RopOpenFolderRequest(0, slot, drafts, alice.folder("Drafts")))
    assert response.return_value == 0
    names = [alice.properties_in(one).get(PidTagDisplayName) for one in (slot, drafts)]
    assert names == ["Inbox", "Drafts"]


def test_folders_stay_open(alice: FolderSession) -> None:
    """R1055: until they are released, however many there are."""
    slots = [alice.open(alice.special(Special.INBOX)) for _ in range(60)]
    for slot in (slots[0], slots[-1]):
        alice.create(slot, f"through slot {slot}")
    alice.release(slots[0])
    assert alice.error(alice.creation(slots[0], "too late")) == INVALID_OBJECT


@pytest.mark.parametrize("special", Special)
def test_special_folders_can_be_opened(alice: FolderSession, special: Special) -> None:
    """R462: whichever a logon tells, and those that others tell."""
    assert alice.open(alice.special(special))


@pytest.mark.parametrize("bit", [0x01, 0x02, 0x08, 0x10, 0x20, 0x40, 0x80])
def test_other_bits_are_ignored(alice: FolderSession, bit: int) -> None:
    """R465, R46501 to R46507, R821."""
    assert alice.open(alice.special(Special.INBOX), FolderOpenFlags(bit))


@pytest.mark.parametrize("folder", [oid(0), oid(999_999), ObjectId(2, 1), ObjectId(0, 0), oid((1 << 48) - 1)], ids=str)
def test_folders_that_are_not_there(alice: FolderSession, folder: ObjectId) -> None:
    """R46201, R46201002, R466, R468, R469, R759: no such id, and ids of other replicas; the slot stays empty."""
    assert alice.open_error(folder) == NOT_FOUND
    assert alice.open_error(folder, OPEN_DELETED) == NOT_FOUND
    assert alice.handles[-1] == 0xFFFFFFFF


def test_an_object_that_has_no_folders(alice: FolderSession) -> None:
    """R472, R473, MS-OXCROPS R4552."""
    assert alice.error(RopOpenFolderRequest(0, 77, alice.slot(), alice.special(Special.INBOX))) == NULL_OBJECT


def test_without_rights_there_is_no_folder(hub: MailHub, alice: FolderSession) -> None:
    """R394, R470: what somebody may not look up is not there for them."""
    shown, _, name = alice.new()
    hidden, _, _ = alice.new()
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.READ)
    bob = FolderSession(hub, "bob", "alice")
    assert bob.open(shown)
    assert bob.open_error(hidden) == NOT_FOUND
    assert bob.open_error(alice.special(Special.INBOX)) == NOT_FOUND


def test_folders_that_were_deleted(alice: FolderSession) -> None:
    """R22, R22003, R22004, R464, R471: softly deleted ones are opened when the client asks for such."""
    folder, _, _ = alice.new()
    alice.delete_folder(folder, DeleteFolderFlags(0))
    assert alice.open_error(folder) == NOT_FOUND
    slot = alice.open(folder, OPEN_DELETED)
    assert alice.open(alice.special(Special.INBOX), OPEN_DELETED)
    assert alice.error(alice.creation(slot, "below")) == NOT_FOUND  # R1072, R1073


def test_deleted_folders_are_the_owners(hub: MailHub, alice: FolderSession) -> None:
    """R470: rights go with the folder."""
    folder, _, name = alice.new()
    other, _, other_name = alice.new()
    for path in (name, other_name):
        share(hub, "alice", path, "bob", Right.LOOKUP | Right.READ)
    alice.delete_folder(folder, DeleteFolderFlags(0))
    bob = FolderSession(hub, "bob", "alice")
    assert bob.open(other)
    assert bob.open_error(folder, OPEN_DELETED) == NOT_FOUND


def test_creating(hub: MailHub, alice: FolderSession) -> None:
    """R37, R3801, R40, R42, R43, R46, R48, R54, R56, R57, R58, R59, R61, R475 to R478, R483, R1197: IMAP shows it at
    once."""
    request = alice.creation(alice.subtree, "Größe", comment="what fits")
    [response] = alice.execute(request)
    assert response == RopCreateFolderResponse(request.output_handle_index, response.folder_id, existing=None)
    assert alice.folder("Größe") == response.folder_id
    assert "Größe" in imap_folders(hub, "alice")
    account, number = alice.account, alice.number("Größe")
    stored = hub.read(lambda tx: load_folder_object(tx, account, load_folder(tx, account, number)))
    assert stored.properties[PidTagComment.id].value == "what fits"
    inner, _ = alice.create(request.output_handle_index, "inner")
    assert alice.folder("Größe/inner") == inner


def test_there_is_a_comment_if_the_client_has_said_one(hub: MailHub, alice: FolderSession) -> None:
    """R1034: also an empty one; who makes a folder by IMAP says none."""
    for comment in ("what for", ""):
        _, slot, _ = alice.new(comment=comment)
        assert alice.value(slot, PidTagComment) == comment
    with imap_of(hub, "alice") as client:
        client.create_folder("By IMAP")
    assert alice.value(alice.open(alice.folder("By IMAP")), PidTagComment) == Missing(NOT_FOUND)


def test_names_of_eight_bits(alice: FolderSession) -> None:
    """R49: in the code page that the client has told."""
    folder, _ = alice.create(alice.subtree, "Caf\u00e9".encode("cp1252"), comment=b"x")
    assert alice.folder("Café") == folder


def test_a_slash_in_a_name(hub: MailHub, alice: FolderSession) -> None:
    """R54: to IMAP, where a slash parts names, it is another stroke."""
    folder, slot = alice.create(alice.subtree, "in/out")
    assert alice.folder("in\u2215out") == folder
    assert alice.error(alice.creation(alice.subtree, "IN/OUT")) == DUPLICATE
    assert alice.create(slot, "in/out")[0] == alice.folder("in\u2215out/in\u2215out")


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x07b", "tab\tbed", "\u2028"])
def test_impossible_names(alice: FolderSession, name: str) -> None:
    """R477, R1068: there must be one, of letters that everybody can show, and not longer than others allow."""
    assert alice.error(alice.creation(alice.subtree, name)) == INVALID


def test_siblings_have_different_names(alice: FolderSession) -> None:
    """R480, R481, R491, R493, R1039, R1065: whatever their case."""
    _, slot, name = alice.new()
    for same in (name, name.upper()):
        assert alice.error(alice.creation(alice.subtree, same)) == DUPLICATE
    assert alice.create(slot, name)
    assert alice.error(alice.creation(alice.subtree, "inbox")) == DUPLICATE
    assert alice.error(alice.creation(alice.subtree, "CALENDAR")) == DUPLICATE
    assert alice.error(alice.creation(alice.subtree, "Public")) == DUPLICATE  # IMAP has others' folders there


def test_opening_what_exists(alice: FolderSession) -> None:
    """R50, R51, R482, R60001: with OpenExisting; of a private mailbox it is not told that it was there."""
    folder, _, name = alice.new()
    request = alice.creation(alice.subtree, name.upper(), existing=True)
    [response] = alice.execute(request)
    assert (response.folder_id, response.existing) == (folder, None)
    assert alice.create(request.output_handle_index, "below")
    new, _ = alice.create(alice.subtree, f"{name} new", existing=True)
    assert new != folder
    assert alice.error(alice.creation(alice.subtree, name, existing=True, kind=FolderType.SEARCH)) == DUPLICATE


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_types(alice: FolderSession, kind: int) -> None:
    """R486, R487."""
    assert alice.error(alice.creation(alice.subtree, "typed", kind=FolderType(kind))) == INVALID


def test_search_folders_are_not_for_imap(hub: MailHub, alice: FolderSession) -> None:
    """R47, R409: they show what is elsewhere; nothing can be made in them."""
    folder, slot, name = alice.new(kind=FolderType.SEARCH)
    assert alice.open(folder)
    assert name not in imap_folders(hub, "alice")
    assert alice.error(alice.creation(slot, "below")) == 0x460
    assert alice.create(alice.open(alice.special(Special.FINDER)), "found", kind=FolderType.SEARCH)


def test_where_folders_are_made(hub: MailHub, alice: FolderSession) -> None:
    """R494, R495, R1068: in folders; beside the IPM subtree nobody but MAPI sees them."""
    assert alice.error(alice.creation(LOGON, "nowhere")) == NOT_SUPPORTED
    alice.create(alice.open(alice.special(Special.ROOT)), "beside")
    alice.create(alice.open(alice.special(Special.CALENDAR)), "team")
    assert not {"beside", "Calendar/team", "team"} & imap_folders(hub, "alice")


def test_permission_to_create(hub: MailHub, alice: FolderSession) -> None:
    """R489, R686, R1066, R1071, R106601: ecAccessDenied without it."""
    open_one, _, first = alice.new()
    shut_one, _, second = alice.new()
    share(hub, "alice", first, "bob", Right.LOOKUP | Right.READ | Right.CREATE)
    share(hub, "alice", second, "bob", Right.LOOKUP | Right.READ)
    bob = FolderSession(hub, "bob", "alice")
    made, _ = bob.create(bob.open(open_one), "bob's")
    assert made == alice.folder(f"{first}/bob's")
    assert bob.error(bob.creation(bob.open(shut_one), "bob's")) == ACCESS_DENIED


def test_depth(alice: FolderSession) -> None:
    """Folders are not nested without end."""
    slot = alice.subtree
    for level in range(MAX_DEPTH):
        _, slot = alice.create(slot, f"level {level}")
    assert alice.error(alice.creation(slot, "too deep")) == QUOTA


def test_as_many_as_the_account_may_have(hub: MailHub) -> None:
    """RFC 9208 §5.3: the limit is one for all protocols."""
    carol = FolderSession(hub, "carol")
    count = len(imap_folders(hub, "carol"))

    hub.write(lambda tx: set_quotas(tx, carol.account, {Resource.MAILBOX: count}))
    assert carol.error(carol.creation(carol.subtree, "one too many")) == QUOTA


def test_imap_makes_one_at_the_same_time(hub: MailHub, alice: FolderSession) -> None:
    """R1065: what IMAP has made is a sibling as well."""
    with imap_of(hub, "alice") as client:
        client.create_folder("Made by IMAP")
        assert alice.error(alice.creation(alice.subtree, "made by imap")) == DUPLICATE
        assert alice.open(alice.folder("Made by IMAP"))
        client.delete_folder("Made by IMAP")
    assert alice.create(alice.subtree, "made by imap")


def test_other_case_than_one_of_imap(hub: MailHub, alice: FolderSession) -> None:
    """R482: IMAP tells `b` from `B`; of both the very same one is opened."""
    hub.write(lambda tx: [create_folder(tx, alice.account, path) for path in ("case/b", "case/B")])
    parent = alice.open(alice.folder("case"))
    for name in "Bb":
        assert alice.create(parent, name, existing=True)[0] == alice.folder(f"case/{name}")
