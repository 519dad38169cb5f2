"""Permissions of folders, on a real hub. Statements are those of [MS-OXCPERM]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from imaplib import IMAP4
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapi_permissions import ENTRY, ID, NOTHING, RIGHTS, PermissionSession, change, modifying, removing
from mapi_session import LOGON, account_of, mapi_hub, organisation, share

from posthouse.directory import add_group
from posthouse.model.rights import FREE_BUSY, NO_RIGHTS, Right, format_rights, parse_rights
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.folder import (
    RopDeleteMessagesRequest,
    RopEmptyFolderRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopOpenMessageRequest,
)
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.permission import (
    MemberRights,
    ModifyPermissionsFlags,
    PermissionDataFlags,
    PermissionsTableFlags,
    RopGetPermissionsTableRequest,
)
from posthouse.protocols.mapi.rops.property import RopSetPropertiesRequest, RopSetPropertiesResponse
from posthouse.protocols.mapi.rops.stream import RopOpenStreamRequest, StreamOpenMode
from posthouse.protocols.mapi.rops.table import QueryRowsFlags, RopQueryRowsRequest
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.folders.member_rights import member_rights, with_member_rights
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

ALL = MemberRights(0x7FB)
EDIT_OWNED, DELETE_OWNED = MemberRights.EDIT_OWNED, MemberRights.DELETE_OWNED
READER = MemberRights.FOLDER_VISIBLE | MemberRights.READ_ANY
SIMPLE, DETAILED = MemberRights.FREE_BUSY_SIMPLE, MemberRights.FREE_BUSY_DETAILED
WITH_FREE_BUSY = PermissionsTableFlags.INCLUDE_FREE_BUSY
REPLACE, FREE_BUSY_TOO = ModifyPermissionsFlags.REPLACE_ROWS, ModifyPermissionsFlags.INCLUDE_FREE_BUSY
ANONYMOUS, DEFAULT = -1, 0


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PermissionSession:
    return PermissionSession(hub, "alice")


@contextmanager
def imap(hub: MailHub, name: str) -> Iterator[IMAP4]:
    with IMAP4(hub.imap.host, hub.imap.port, 30) as client:
        client.login(f"{name}@example.org", "secret")
        yield client


def heard_in_imap(hub: MailHub, path: str, who: str = "bob") -> str:
    """The rights of a guest on a folder of alice's, without the virtual ones; empty when it is not there."""
    with imap(hub, who) as client:
        status, [answer] = client.myrights(f'"Users/alice@example.org/{path}"')
        return answer.decode().rpartition(" ")[2].strip("cd") if status == "OK" else ""


def quoted(path: str) -> str:
    return f'"{path}"'


def guest_in(hub: MailHub, alice: PermissionSession, rights: MemberRights) -> tuple[PermissionSession, int, ObjectId]:
    """bob in a new folder of alice's, with these rights; the folder's slot, for him, and its id."""
    folder, slot, _ = alice.new()
    assert alice.modify(slot, alice.adding("bob", rights | MemberRights.FOLDER_VISIBLE)) == 0
    bob = PermissionSession(hub, "bob", "alice")
    return bob, bob.open(folder), folder


def written(
    session: PermissionSession, folder: ObjectId, subject: str = "mine", *, associated: bool = False
) -> ObjectId:
    """A new message of this client's; its id."""
    slot = session.slot()
    session.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, associated), RopCreateMessageResponse)
    values = (TaggedValue(tags.PidTagSubject, subject),)
    session.get(RopSetPropertiesRequest(0, slot, values), RopSetPropertiesResponse)
    found: ObjectId = session.saved(slot)
    session.release(slot)
    return found


def opening(session: PermissionSession, folder: ObjectId, message: ObjectId, *, writes: bool = False) -> int:
    """The ReturnValue."""
    mode = MessageOpenMode.READ_WRITE if writes else MessageOpenMode.READ_ONLY
    return session.error(RopOpenMessageRequest(0, LOGON, session.slot(), LOGON_CODE_PAGE, folder, mode, message))


def deleting(session: PermissionSession, slot: int, *messages: ObjectId) -> tuple[int, bool]:
    [answer] = session.execute(RopDeleteMessagesRequest(0, slot, False, False, messages))
    return answer.return_value, getattr(answer, "partial_completion", False)


# the list


def test_everybody_and_anonymous_are_in_every_list(alice: PermissionSession) -> None:
    """R9, R27, R28, R189, R190, R1079 to R1081, R1070, R154, R155, R2006: with no more than they were given."""
    _, slot, _ = alice.new()
    assert [tuple(one) for one in alice.members(slot)] == [
        (DEFAULT, "", b"", NOTHING),
        (ANONYMOUS, "Anonymous", b"", NOTHING),
    ]


def test_a_member_comes_changes_and_goes(hub: MailHub, alice: PermissionSession) -> None:
    """R47, R1187, R1188, R51, R52, R186, R65, R66, R70, R74, R81, R87, R1069, R1204, R182, MS-OXCROPS R3529:
    each is seen in the list at once, and counts in IMAP."""
    _, slot, path = alice.new()
    assert alice.modify(slot, alice.adding("bob", READER)) == 0
    bob = alice.member(slot, "bob")
    assert bob.rights == READER
    assert bob.entry_id == alice.entry_id("bob")
    assert heard_in_imap(hub, path) == "lrs"
    assert alice.modify(slot, modifying(bob.id, READER | MemberRights.CREATE | MemberRights.EDIT_ANY)) == 0
    assert alice.member(slot, "bob").rights == READER | MemberRights.CREATE | MemberRights.EDIT_ANY | EDIT_OWNED
    assert heard_in_imap(hub, path) == "lrswi"
    assert alice.modify(slot, removing(bob.id)) == 0
    assert [one.name for one in alice.members(slot)] == ["", "Anonymous"]
    assert heard_in_imap(hub, path) == ""


def test_what_imap_grants_is_in_the_list(hub: MailHub, alice: PermissionSession) -> None:
    """R142 to R144 and the other flags of 2.2.7: in MAPI's words, less what a negative entry takes."""
    _, slot, path = alice.new()
    with imap(hub, "alice") as client:
        assert client.setacl(quoted(path), "bob@example.org", "lrswite")[0] == "OK"
        assert client.setacl(quoted(path), "anyone", "l")[0] == "OK"
        assert client.setacl(quoted(path), '"-carol@example.org"', "l")[0] == "OK"
    owned = EDIT_OWNED | DELETE_OWNED
    assert {one.name: one.rights for one in alice.members(slot)} == {
        "": MemberRights.FOLDER_VISIBLE,
        "bob": READER | MemberRights.CREATE | MemberRights.EDIT_ANY | MemberRights.DELETE_ANY | owned,
        "carol": NOTHING,
        "Anonymous": NOTHING,
    }
    carol = alice.member(slot, "carol").id
    assert alice.modify(slot, modifying(carol, READER)) == 0
    with imap(hub, "alice") as client:
        [acl] = client.getacl(quoted(path))[1]
    assert b" carol@example.org lrs" in acl
    assert b"-carol" not in acl


def test_what_imap_tells_apart_stays(hub: MailHub, alice: PermissionSession) -> None:
    """A client that changes one flag changes nothing of what it knows nothing of."""
    _, slot, path = alice.new()
    with imap(hub, "alice") as client:
        client.setacl(quoted(path), "bob@example.org", "lrpx")
    bob = alice.member(slot, "bob")
    assert bob.rights == READER
    assert alice.modify(slot, modifying(bob.id, READER | MemberRights.CREATE)) == 0
    assert heard_in_imap(hub, path) == "lripx"
    assert alice.modify(slot, modifying(bob.id, NOTHING)) == 0
    assert heard_in_imap(hub, path) == ""
    with imap(hub, "alice") as client:
        assert b'bob@example.org ""' in client.getacl(quoted(path))[1][0]


def test_the_default_counts_for_whom_nobody_has_named(hub: MailHub, alice: PermissionSession) -> None:
    """R175, R176, R2016, R173, R1192: somebody in the list has what it says of them, and not what everybody has."""
    _, slot, path = alice.new()
    assert alice.modify(slot, modifying(DEFAULT, READER)) == 0
    assert (heard_in_imap(hub, path), heard_in_imap(hub, path, "carol")) == ("lrs", "lrs")
    assert alice.modify(slot, alice.adding("bob", NOTHING)) == 0
    assert (heard_in_imap(hub, path), heard_in_imap(hub, path, "carol")) == ("", "lrs")
    assert alice.modify(slot, removing(DEFAULT)) == 0
    assert alice.member(slot, "").rights == NOTHING
    assert heard_in_imap(hub, path, "carol") == ""


def test_groups(hub: MailHub, alice: PermissionSession) -> None:
    """R175: a member of a group has what the group has."""
    _, slot, path = alice.new()
    team = hub.write(lambda tx: add_group(tx, f"{path.replace(' ', '')}@example.org", ["bob@example.org"]))
    entry = AddressBookEntryId(organisation(hub).dn_of(team), 1).format()
    assert alice.modify(slot, change(PermissionDataFlags.ADD_ROW, {ENTRY: entry, RIGHTS: int(READER)})) == 0
    assert [(one.id, one.entry_id) for one in alice.members(slot)][1] == (team, entry)
    assert heard_in_imap(hub, path) == "lrs"


def test_anonymous_is_listed_and_let_in_nowhere(alice: PermissionSession) -> None:
    """R2005, R2010: what is said of them is kept."""
    _, slot, _ = alice.new()
    assert alice.modify(slot, modifying(ANONYMOUS, READER)) == 0
    assert alice.member(slot, "Anonymous").rights == READER


def test_a_new_list_takes_the_place_of_the_old(alice: PermissionSession) -> None:
    """R1197, R45, MS-OXCROPS R3515: all but the default entry go."""
    _, slot, _ = alice.new()
    assert alice.modify(slot, modifying(DEFAULT, READER), alice.adding("bob", READER)) == 0
    assert alice.modify(slot, alice.adding("carol", ALL), flags=REPLACE) == 0
    assert [(one.name, one.rights) for one in alice.members(slot)] == [
        ("", READER),
        ("carol", ALL),
        ("Anonymous", NOTHING),
    ]
    bad = alice.modify(slot, alice.adding("bob", ALL), modifying(DEFAULT, ALL), flags=REPLACE)
    assert bad == ErrorCode.ecInvalidParameter
    assert [one.name for one in alice.members(slot)] == ["", "carol", "Anonymous"]


def test_free_and_busy_times(alice: PermissionSession) -> None:
    """R1010, R1025, R19, R3001, R40, MS-OXCROPS R3553: those flags are told and taken only from whom speaks of them."""
    slot = alice.open(alice.special(Special.CALENDAR))
    assert alice.modify(slot, alice.adding("bob", READER | SIMPLE)) == 0
    assert alice.member(slot, "bob").rights == READER
    bob = alice.member(slot, "bob").id
    assert alice.modify(slot, modifying(bob, READER | SIMPLE | DETAILED), flags=FREE_BUSY_TOO) == 0
    assert alice.member(slot, "bob").rights == READER
    assert alice.member(slot, "bob", WITH_FREE_BUSY).rights == READER | SIMPLE | DETAILED
    assert alice.modify(slot, modifying(bob, NOTHING)) == 0
    assert alice.member(slot, "bob", WITH_FREE_BUSY).rights == SIMPLE | DETAILED
    assert alice.modify(slot, removing(bob)) == 0


def test_free_and_busy_times_that_nobody_has_spoken_of(hub: MailHub, alice: PermissionSession) -> None:
    """R1182: on the calendar, everybody but Anonymous sees when its owner is busy, and who may read it with what; until
    a client says something else of somebody, who is then told what it said."""
    slot = alice.open(alice.special(Special.CALENDAR))
    assert alice.modify(slot, alice.adding("bob", READER), alice.adding("carol", MemberRights.CREATE)) == 0

    def told() -> dict[str, MemberRights]:
        return {one.name: one.rights & (SIMPLE | DETAILED) for one in alice.members(slot, WITH_FREE_BUSY)}

    assert told() == {"": SIMPLE, "bob": SIMPLE | DETAILED, "carol": SIMPLE, "Anonymous": NOTHING}
    bob, carol = (alice.member(slot, name).id for name in ("bob", "carol"))
    changes = modifying(bob, READER), modifying(DEFAULT, NOTHING)
    assert alice.modify(slot, *changes, flags=FREE_BUSY_TOO) == 0
    assert alice.modify(slot, modifying(carol, READER)) == 0
    assert told() == {"": NOTHING, "bob": NOTHING, "carol": SIMPLE | DETAILED, "Anonymous": NOTHING}
    assert alice.modify(slot, removing(bob), removing(carol), removing(DEFAULT)) == 0
    assert told() == {"": SIMPLE, "Anonymous": NOTHING}
    other = alice.new()[1]
    assert {one.rights for one in alice.members(other, WITH_FREE_BUSY)} == {NOTHING}
    share(hub, "alice", "INBOX", "bob", Right.LOOKUP)
    assert PermissionSession(hub, "bob", "alice").open_error(alice.special(Special.CALENDAR)) == ErrorCode.ecNotFound


def test_who_is_not_in_the_list_is_passed_over(alice: PermissionSession) -> None:
    """R1175: and the rest is done."""
    _, slot, _ = alice.new()
    nobody = 987654
    assert alice.modify(slot, modifying(nobody, ALL), removing(nobody), alice.adding("bob", READER)) == 0
    assert [one.name for one in alice.members(slot)] == ["", "bob", "Anonymous"]


def test_changes_that_make_no_sense(alice: PermissionSession) -> None:
    """R1202, R1203: an error for each, and nothing is changed; flags that have no name are not kept (R1093)."""
    _, slot, _ = alice.new()
    add, modify = PermissionDataFlags.ADD_ROW, PermissionDataFlags.MODIFY_ROW
    stranger = OneOffEntryId("Bob", "SMTP", "bob@example.org").format()
    nobody = AddressBookEntryId("/o=nowhere/cn=nobody").format()
    for wrong, code in (
        (change(add, {RIGHTS: 1}), ErrorCode.ecInvalidParameter),
        (change(add, {ENTRY: alice.entry_id("bob")}), ErrorCode.ecInvalidParameter),
        (change(add, {ENTRY: b"x", RIGHTS: 1}), ErrorCode.ecInvalidParameter),
        (change(add, {ENTRY: stranger, RIGHTS: 1}), ErrorCode.ecUnknownUser),
        (change(add, {ENTRY: nobody, RIGHTS: 1}), ErrorCode.ecUnknownUser),
        (change(add, {ENTRY: alice.entry_id("alice"), RIGHTS: 1}), ErrorCode.ecAccessDenied),
        (change(modify, {RIGHTS: 1}), ErrorCode.ecInvalidParameter),
        (change(modify, {ID: DEFAULT}), ErrorCode.ecInvalidParameter),
        (change(PermissionDataFlags(8), {ID: DEFAULT, RIGHTS: 1}), ErrorCode.ecInvalidParameter),
    ):
        assert alice.modify(slot, alice.adding("carol", ALL), wrong) == code, wrong
    assert [one.name for one in alice.members(slot)] == ["", "Anonymous"]
    assert alice.modify(slot, flags=ModifyPermissionsFlags(4)) == ErrorCode.ecInvalidParameter
    rop = RopGetPermissionsTableRequest(0, slot, alice.slot(), PermissionsTableFlags(1))
    assert alice.error(rop) == ErrorCode.ecInvalidParameter
    assert alice.modify(slot, modifying(DEFAULT, MemberRights(-1 & 0x7FFFE004))) == 0
    assert alice.member(slot, "").rights == NOTHING


def test_delegates_as_outlook_makes_them(hub: MailHub, alice: PermissionSession) -> None:
    """[MS-OXODLGT] 4.1.5: rights to everything in a folder, and not a word of that it is visible, let somebody in."""
    _, slot, path = alice.new()
    editor = MemberRights(0x7B)
    assert alice.modify(slot, alice.adding("bob", editor), flags=ModifyPermissionsFlags.REPLACE_ROWS) == 0
    bob = PermissionSession(hub, "bob", "alice")
    assert bob.open_error(alice.folder(path)) == 0


def test_what_has_no_permissions(alice: PermissionSession) -> None:
    """R1177, R1169: neither a logon nor a table."""
    assert alice.error(RopGetPermissionsTableRequest(0, LOGON, alice.slot())) == ErrorCode.ecNotSupported
    assert alice.modify(LOGON, modifying(DEFAULT, READER)) == ErrorCode.ecNotSupported


def test_the_security_descriptor_is_nowhere(alice: PermissionSession) -> None:
    """R152, R183: the document calls the error ecNotImplemented, and its example has 0x80040102."""
    _, slot, _ = alice.new()
    rop = RopOpenStreamRequest(0, slot, alice.slot(), tags.PidTagSecurityDescriptorAsXml, StreamOpenMode.READ_ONLY)
    assert alice.error(rop) == 0x80040102


def test_what_goes_over_the_wire(alice: PermissionSession) -> None:
    """R3, R6, R7, R1066, R1068, R1069, R1070, R1071, R1076, R1082, R1164, R1165, R1170, R1171, R1184: of MAPI over
    HTTP, byte for byte; numbers begin with their lowest byte, and two bytes tell how long an entry id is."""
    _, slot, _ = alice.new()
    bob, table = alice.entry_id("bob"), alice.slot()
    added = b"\x01\x02\x00" + b"\x02\x01\xff\x0f" + pack("<H", len(bob)) + bob + b"\x03\x00\x73\x66\x01\x04\x00\x00"
    rops = (
        b"\x40\x00%c\x00\x01\x00" % slot + added,
        b"\x3e\x00%c%c\x00" % (slot, table),
        b"\x12\x00%c\x00\x04\x00" % table + b"\x02\x01\xff\x0f\x14\x00\x71\x66\x1f\x00\x72\x66\x03\x00\x73\x66",
        b"\x15\x00%c\x00\x01\x0a\x00" % table,
    )
    answer = alice.execute_raw(RopBuffer(b"".join(rops), tuple(alice.handles)).format()).rops
    head = b"\x40%c\0\0\0\0" % slot + b"\x3e%c\0\0\0\0" % table + b"\x12%c\0\0\0\0\0" % table
    assert answer.startswith(head + b"\x15%c\0\0\0\0" % table)
    rows = (
        bytes(1) + bytes(2) + bytes(8) + bytes(2) + bytes(4),
        bytes(1) + pack("<H", len(bob)) + bob + pack("<q", account_of(alice.hub, "bob"))
        + "bob\0".encode("utf-16-le") + b"\x01\x04\x00\x00",
        bytes(1) + bytes(2) + b"\xff" * 8 + "Anonymous\0".encode("utf-16-le") + bytes(4),
    )  # fmt: skip
    assert answer.endswith(b"\x03\x00" + b"".join(rows))


# what it means


def test_who_sees_the_folder_sees_its_list_and_who_owns_it_changes_it(hub: MailHub, alice: PermissionSession) -> None:
    """R177, R179, R2006, R2014, R103, R1120, R180, R181, R115, R115002, R116, R116001, R2007: who may not see it hears
    that from the table, one that is open or opened now."""
    bob, there, folder = guest_in(hub, alice, NOTHING)
    slot = alice.open(folder)
    table = bob.permissions(there)
    assert [row[1] for row in bob.rows(table)] == ["", "bob", "Anonymous"]
    assert bob.modify(there, modifying(DEFAULT, READER)) == ErrorCode.ecAccessDenied
    member = alice.member(slot, "bob").id
    assert alice.modify(slot, modifying(member, MemberRights.FOLDER_VISIBLE | MemberRights.FOLDER_OWNER)) == 0
    assert bob.modify(there, modifying(DEFAULT, READER)) == 0
    assert alice.modify(slot, removing(member), modifying(DEFAULT, NOTHING)) == 0
    for one in (table, bob.permissions(there)):
        assert bob.error(RopQueryRowsRequest(0, one, QueryRowsFlags(0), True, 10)) == ErrorCode.ecAccessDenied
    assert bob.open_error(folder) == ErrorCode.ecNotFound


def test_the_contact_means_nothing_to_the_server(hub: MailHub, alice: PermissionSession) -> None:
    """R3003: it is kept, and told."""
    bob, there, folder = guest_in(hub, alice, MemberRights.FOLDER_CONTACT)
    told = bob.properties_in(there)
    assert told.get(tags.PidTagRights) == MemberRights.FOLDER_VISIBLE | MemberRights.FOLDER_CONTACT
    assert bob.modify(there, modifying(DEFAULT, READER)) == ErrorCode.ecAccessDenied
    assert alice.member(alice.open(folder), "bob").rights & MemberRights.FOLDER_CONTACT


def test_creating_and_reading(hub: MailHub, alice: PermissionSession) -> None:
    """R140, R141, R143, R144."""
    bob, _, folder = guest_in(hub, alice, NOTHING)
    theirs = written(alice, folder)
    creating = RopCreateMessageRequest(0, LOGON, bob.slot(), LOGON_CODE_PAGE, folder, False)
    assert bob.error(creating) == ErrorCode.ecAccessDenied
    assert opening(bob, folder, theirs) == ErrorCode.ecAccessDenied
    bob, _, folder = guest_in(hub, alice, MemberRights.READ_ANY | MemberRights.CREATE)
    theirs = written(alice, folder)
    assert opening(bob, folder, theirs) == 0
    assert opening(bob, folder, written(bob, folder)) == 0
    assert opening(bob, folder, theirs, writes=True) == ErrorCode.ecAccessDenied


def test_creating_folders(hub: MailHub, alice: PermissionSession) -> None:
    """R118, R119."""
    bob, there, _ = guest_in(hub, alice, MemberRights.READ_ANY)
    assert bob.error(bob.creation(there, "below")) == ErrorCode.ecAccessDenied
    bob, there, _ = guest_in(hub, alice, MemberRights.CREATE_SUBFOLDER)
    assert bob.error(bob.creation(there, "below")) == 0


@pytest.mark.parametrize(
    ("rights", "own", "others"),
    [
        (MemberRights.READ_ANY, False, False),
        (EDIT_OWNED, True, False),
        (EDIT_OWNED | MemberRights.EDIT_ANY | MemberRights.READ_ANY, True, True),
    ],
)
def test_editing(hub: MailHub, alice: PermissionSession, rights: MemberRights, own: bool, others: bool) -> None:
    """R124, R125, R131, R132: one's own messages are those that one has made or put there, also after a change."""
    bob, _, folder = guest_in(hub, alice, rights | MemberRights.CREATE)
    mine, theirs = written(bob, folder), written(alice, folder, "hers")
    for message, may in ((mine, own), (theirs, others)):
        assert (opening(bob, folder, message, writes=True) == 0) is may
    if own:
        slot = bob.slot()
        rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, MessageOpenMode.READ_WRITE, mine)
        assert bob.error(rop) == 0
        assert bob.value(slot, tags.PidTagAccess) & 0x1
        values = (TaggedValue(tags.PidTagSubject, "changed"),)
        bob.get(RopSetPropertiesRequest(0, slot, values), RopSetPropertiesResponse)
        bob.saved(slot)
        assert opening(bob, folder, mine, writes=True) == 0


@pytest.mark.parametrize(
    ("rights", "own", "others"),
    [
        (MemberRights.READ_ANY, False, False),
        (DELETE_OWNED, True, False),
        (DELETE_OWNED | MemberRights.DELETE_ANY, True, True),
    ],
)
def test_deleting(hub: MailHub, alice: PermissionSession, rights: MemberRights, own: bool, others: bool) -> None:
    """R121, R122, R127, R128: what may not go stays, and the client hears so."""
    bob, there, folder = guest_in(hub, alice, rights | MemberRights.CREATE)
    mine, theirs = written(bob, folder), written(alice, folder, "hers")
    if not own:
        assert deleting(bob, there, mine, theirs) == (ErrorCode.ecAccessDenied, True)
    else:
        assert deleting(bob, there, mine, theirs) == (0, not others)
    left = {message for message in (mine, theirs) if opening(alice, folder, message) == 0}
    assert left == {message for message, may in ((mine, own), (theirs, others)) if not may}


@pytest.mark.parametrize("empty", [RopEmptyFolderRequest, RopHardDeleteMessagesAndSubfoldersRequest])
def test_emptying(
    hub: MailHub,
    alice: PermissionSession,
    empty: type[RopEmptyFolderRequest] | type[RopHardDeleteMessagesAndSubfoldersRequest],
) -> None:
    """R122, R127, MS-OXCFOLD R980, R1131, R2721, R113803: one's own messages go; those of others stay, what is
    associated with the folder, and folders in which one may do no more, and the client hears so."""
    bob, there, folder = guest_in(hub, alice, READER | DELETE_OWNED | MemberRights.CREATE)
    slot = alice.open(folder)
    mine, theirs = written(bob, folder), written(alice, folder, "hers")
    asked = empty(0, there, False, True)
    [done] = bob.execute(asked)
    assert (done.return_value, done.partial_completion) == (0, True)
    assert [opening(alice, folder, one) for one in (mine, theirs)] == [ErrorCode.ecNotFound, 0]
    assert deleting(alice, slot, theirs) == (0, False)
    again = written(bob, folder)
    view = written(alice, folder, "a view", associated=True)
    assert [bob.execute(asked)[0].partial_completion, opening(alice, folder, view)] == [True, 0]
    assert opening(alice, folder, again) == ErrorCode.ecNotFound
    assert deleting(alice, slot, view) == (0, False)
    assert bob.execute(asked)[0].partial_completion is False
    below, _ = alice.create(slot, "below")
    assert bob.execute(asked)[0].partial_completion is True
    assert alice.open_error(below) == 0


def test_a_copy_is_of_whoever_made_it(hub: MailHub, alice: PermissionSession) -> None:
    """R131: what somebody has copied into a folder is theirs there; what the owner puts there is not."""
    bob, there, folder = guest_in(hub, alice, DELETE_OWNED | EDIT_OWNED | MemberRights.CREATE)
    own = PermissionSession(hub, "bob")
    message = written(own, own.special(Special.INBOX), "carried")
    slot = bob.slot()
    bob.log_on("bob", slot, logon_id=1)
    inbox = bob.open_in(slot, 1, own.special(Special.INBOX))
    [done] = bob.execute(RopMoveCopyMessagesRequest(1, inbox, there, (message,), False, True))
    assert done.return_value == 0
    path = alice.properties_in(alice.open(folder)).get(tags.PidTagDisplayName)
    [copied] = alice.message_ids(path)
    assert opening(bob, folder, copied, writes=True) == 0
    assert deleting(bob, there, copied) == (0, False)


# the two ways to say it

every_right = st.integers(0, (1 << 18) - 1).map(Right)
every_flag = st.integers(0, 0x1FFF).map(lambda number: MemberRights(number & sum(MemberRights)))


@given(every_right, every_flag, st.booleans())
def test_what_is_told_is_what_there_is(before: Right, told: MemberRights, free_busy: bool) -> None:
    """R1093: the flags that a client tells are those that it hears afterwards, with those that follow from them."""
    after = with_member_rights(before, told, free_busy=free_busy)
    heard = member_rights(after, free_busy=True)
    expected = told if free_busy else told & ~(SIMPLE | DETAILED) | member_rights(before & FREE_BUSY, free_busy=True)
    expected |= EDIT_OWNED if told & MemberRights.EDIT_ANY else NOTHING
    expected |= DELETE_OWNED if told & MemberRights.DELETE_ANY else NOTHING
    new = told & ~member_rights(before, free_busy=True)
    expected |= MemberRights.FOLDER_VISIBLE if new & (MemberRights.READ_ANY | MemberRights.FOLDER_OWNER) else NOTHING
    assert heard == expected


@given(every_right)
def test_what_a_client_leaves_as_it_is_stays(rights: Right) -> None:
    """Telling what one has heard grants and takes nothing, but for one's own messages, which follow from all."""
    heard = member_rights(rights, free_busy=True)
    owned = Right.EDIT_OWNED | Right.DELETE_OWNED | Right.FREE_BUSY_TOLD
    after = with_member_rights(rights, heard, free_busy=True)
    assert after & ~owned == (rights & ~owned if heard else NO_RIGHTS)


def test_letters_in_flags() -> None:
    """R139, R130, R126, R123, R120, R117, R114, R102, R96, R90: what each flag grants in IMAP's letters."""
    for flag, letters in (
        *((MemberRights.READ_ANY, "lrs"), (MemberRights.CREATE, "i"), (MemberRights.EDIT_ANY, "w")),
        *((MemberRights.DELETE_ANY, "te"), (MemberRights.CREATE_SUBFOLDER, "k"), (MemberRights.FOLDER_OWNER, "lxa")),
        *((MemberRights.FOLDER_VISIBLE, "l"), (EDIT_OWNED, ""), (DELETE_OWNED, ""), (SIMPLE | DETAILED, "")),
    ):
        granted = with_member_rights(NO_RIGHTS, flag, free_busy=True)
        assert format_rights(granted, virtual=False) == format_rights(parse_rights(letters), virtual=False)
