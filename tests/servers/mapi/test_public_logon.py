"""Logging on to the public folders of a real hub. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_public import OPEN_PUBLIC, PublicSession, allow, make_public, public_logon
from mapi_session import LOGON, PER_MDB, MapiSession, account_of, dn_of, imap_of, mapi_hub, oid, organisation

from posthouse.directory import set_attributes
from posthouse.model.rights import Right
from posthouse.protocols.mapi.auxiliary import connect_blocks
from posthouse.protocols.mapi.entry_ids import PUBLIC_STORE, FolderEntryId, ObjectType, parse_entry_id
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest
from posthouse.protocols.mapi.rops import RopFailure, RopRequest
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    OpenFlags,
    RopLogonPublicResponse,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.property import CopyFlags, RopCopyToRequest
from posthouse.protocols.mapi.rops.sending import (
    RopGetTransportFolderRequest,
    RopSetSpoolerRequest,
    RopSubmitMessageRequest,
    SubmitFlags,
)
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetOwningServersResponse,
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderTableRequest,
    RopGetStoreStateRequest,
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
    RopPublicFolderIsGhostedRequest,
    RopPublicFolderIsGhostedResponse,
    RopSetReceiveFolderRequest,
)
from posthouse.protocols.mapi.rops.stream import RopOpenStreamRequest, StreamOpenMode
from posthouse.protocols.mapi.tags import (
    PidTagComment,
    PidTagDisplayName,
    PidTagEntryId,
    PidTagMailboxOwnerEntryId,
    PidTagMailboxOwnerName,
    PidTagParentFolderId,
    PidTagStoreRecordKey,
    PidTagUserEntryId,
)
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.public_folders import Frame
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folders import PUBLIC
from posthouse.testing import MailHub

LOGIN_FAILURE, NOT_SUPPORTED, NOT_FOUND, LOGIN_PERM = 0x80040111, 0x80040102, 0x8004010F, 0x3F2
UNKNOWN_USER = 0x3EB


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "root") as hub:
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        make_public(hub, "News", "Secret")
        allow(hub, "Secret", Right(0))
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "alice")


def test_no_public_folders(alice: PublicSession) -> None:
    """R151, R778, R59751, R59753, MS-OXCRPC R284, R1069: a hub where nobody has made any says so, and lets nobody log
    on to them."""
    with mapi_hub("alice") as hub:
        session = MapiSession(hub, "alice", log_on=False)
        assert session.error(public_logon()) == LOGIN_FAILURE
        assert connected(session) == connect_blocks(public_folders=False)
        make_public(hub)
        made = PublicSession(hub).logged_on
        assert made.folder_ids
        assert made.repl_guid != alice.logged_on.repl_guid
        assert connected(session) == connect_blocks(public_folders=True)


def connected(session: MapiSession) -> bytes:
    """What the answer to a Connect ends with."""
    body = session.client.again().post("Connect", ConnectRequest(dn_of(session.hub, "alice")).format()).body
    return body[-len(connect_blocks(public_folders=True)) :]


def test_response(hub: MailHub, alice: PublicSession) -> None:
    """R155, R147, R148, R149, R153, R786, R827, R841, R163, R162, R1530001, R3012, R59793, R7202, R825,
    MS-OXCROPS R105, R214: the folders that there are, the replica, and zeros."""
    response = alice.logged_on
    assert len(response.folder_ids) == 13
    assert len({one for one in response.folder_ids if one.number}) == 4
    assert all(one == ObjectId(0, 0) for one in response.folder_ids[4:])
    assert response.repl_guid == organisation(hub).replica_guid(PUBLIC)
    assert response.per_user_guid == UUID(int=0)
    long = alice.get(RopLongTermIdFromIdRequest(0, LOGON, ObjectId(response.repl_id, 77)), RopLongTermIdFromIdResponse)
    assert long.long_term_id == LongTermId(response.repl_guid, 77)
    short = alice.get(RopIdFromLongTermIdRequest(0, LOGON, long.long_term_id), RopIdFromLongTermIdResponse)
    assert short.object_id == ObjectId(response.repl_id, 77)
    again = PublicSession(hub, "bob").logged_on
    assert again == response  # for everybody, and for ever


@pytest.mark.parametrize("flags", [OPEN_PUBLIC, OPEN_PUBLIC | PER_MDB, OPEN_PUBLIC | OpenFlags.HOME_LOGON])
@pytest.mark.parametrize("essdn", ["", "/o=x/cn=nobody"])
@pytest.mark.parametrize("logon_flags", [LogonFlags(0), LogonFlags.GHOSTED, LogonFlags.UNDERCOVER])
def test_what_does_not_matter(alice: PublicSession, flags: OpenFlags, essdn: str, logon_flags: LogonFlags) -> None:
    """R354, R3540, R146, R1071, R1219, R1221, R107, R7900, MS-OXCROPS R101: flags come back, and everything else is the
    same."""
    rop = public_logon(1, alice.slot(), flags, essdn=essdn, logon_flags=logon_flags)
    response = alice.get(rop, RopLogonPublicResponse)
    assert response.logon_flags == logon_flags
    assert response.folder_ids == alice.folder_ids


def test_another_store_is_ignored(alice: PublicSession) -> None:
    """R93, R1218, R20024, R20027: there is one public message store, whichever the client would like."""
    for ghosted in (LogonFlags(0), LogonFlags.GHOSTED):
        rop = public_logon(1, alice.slot(), OPEN_PUBLIC | OpenFlags.IGNORE_HOME_MDB, logon_flags=ghosted)
        assert alice.get(rop, RopLogonPublicResponse).folder_ids == alice.folder_ids


@pytest.mark.parametrize("ghosted", [LogonFlags(0), LogonFlags.GHOSTED])
def test_no_other_server(alice: PublicSession, ghosted: LogonFlags) -> None:
    """R90, R833, R835, R838, R838001, R20023: another server is asked for, and there is none."""
    rop = public_logon(1, alice.slot(), OPEN_PUBLIC | OpenFlags.ALTERNATE_SERVER, logon_flags=ghosted)
    assert alice.error(rop) == LOGIN_FAILURE


def test_either_public_or_private(hub: MailHub, alice: PublicSession) -> None:
    """R56, R3110001: the two flags that say so agree."""
    assert alice.error(public_logon(1, alice.slot(), OpenFlags(0))) == LOGIN_FAILURE
    own = dn_of(hub, "alice")
    both = RopLogonRequest(1, alice.slot(), LogonFlags.PRIVATE, PER_MDB | OPEN_PUBLIC, 0, own)
    assert alice.error(both) == LOGIN_FAILURE


def test_nobodys_mailbox(hub: MailHub, alice: PublicSession) -> None:
    """R788: the account that has the public folders is nobody's: no name leads to it."""
    rop = RopLogonRequest(1, alice.slot(), LogonFlags.PRIVATE, PER_MDB, 0, organisation(hub).dn_of(PUBLIC))
    assert alice.error(rop) == UNKNOWN_USER


def test_beside_a_mailbox(hub: MailHub, alice: PublicSession) -> None:
    """R56, MS-OXCROPS R28, MS-OXCROPS R103: one's own mailbox in the same session, and under the same LogonId in place
    of the other."""
    own = RopLogonRequest(1, alice.slot(), LogonFlags.PRIVATE, PER_MDB, 0, dn_of(hub, "alice"))
    assert alice.get(own, RopLogonResponse).mailbox_guid == organisation(hub).mailbox_guid(account_of(hub, "alice"))
    assert alice.open_error(alice.frame(Frame.ROOT)) == 0
    replaced = RopLogonRequest(0, LOGON, LogonFlags.PRIVATE, PER_MDB, 0, dn_of(hub, "alice"))
    alice.get(replaced, RopLogonResponse)
    assert alice.open_error(alice.frame(Frame.NON_IPM_SUBTREE)) == NOT_FOUND


@pytest.mark.parametrize(
    "rop",
    [
        RopGetReceiveFolderRequest(0, LOGON, b"IPM"),
        RopSetReceiveFolderRequest(0, LOGON, ObjectId(1, 2), b"IPM.X"),
        RopGetReceiveFolderTableRequest(0, LOGON),
        RopGetStoreStateRequest(0, LOGON),
        RopGetTransportFolderRequest(0, LOGON),
        RopSetSpoolerRequest(0, LOGON),
    ],
    ids=lambda rop: type(rop).__name__,
)
def test_what_only_mailboxes_have(alice: PublicSession, rop: RopRequest) -> None:
    """R198, R238, R239, R287, R324, R325, R332, R341, R342, R59782, R59783, R855, R856, R874, R875, R887, R888."""
    assert alice.error(rop) == NOT_SUPPORTED


def test_nothing_is_sent_from_there(alice: PublicSession) -> None:
    """A message in a public folder is no mailbox's to send."""
    message = alice.started(alice.folder("News"))
    assert alice.error(RopSubmitMessageRequest(0, message, SubmitFlags(0))) == NOT_SUPPORTED


def test_owning_servers(hub: MailHub, alice: PublicSession) -> None:
    """R343, R349, R3490001, R351, R352, R367 to R371, R390, R391, R893, R894, R900, R902, R910, R912 to R916, R39701,
    R1266002, MS-OXCROPS R276: the one that there is, by its DN, which costs least of all; again and again; it is where
    clients log on."""
    rop = RopGetOwningServersRequest(0, LOGON, alice.folder("News"))
    response = alice.get(rop, RopGetOwningServersResponse)
    servers = response.owning_servers
    assert (servers.servers_count, servers.cheap_servers_count) == (1, 1)
    assert response.format()[6:10] == b"\1\0\1\0"
    assert response.format()[10:] == servers.servers[0] + b"\0"
    assert alice.get(rop, RopGetOwningServersResponse) == response
    [name] = servers.servers
    assert name.decode() == organisation(hub).server_dn(PUBLIC, "example.org")
    again = public_logon(1, alice.slot(), OPEN_PUBLIC | PER_MDB | OpenFlags.IGNORE_HOME_MDB, essdn=name.decode())
    assert alice.get(again, RopLogonPublicResponse).folder_ids == alice.folder_ids


@pytest.mark.parametrize("kind", [RopGetOwningServersRequest, RopPublicFolderIsGhostedRequest])
def test_servers_of_folders_that_are_not_there(alice: PublicSession, kind: type[RopGetOwningServersRequest]) -> None:
    """R1232, R394, R395, R1236, R436, R437, R43401, R43402: also of one that this person may not know of, and of
    ids that are none."""
    for folder in (oid(4711), alice.folder("Secret"), ObjectId(0, 0), ObjectId(9, 1), ObjectId(1, (1 << 48) - 1)):
        assert alice.error(kind(0, LOGON, folder)) == NOT_FOUND


def test_nothing_is_ghosted(alice: PublicSession) -> None:
    """R396, R397, R400001, R400, R405, R431, R1101, R3085, R3928, R930, R1239, R918, R919, R920, R59758, R59759,
    R432: all content is here, of the folders above as well."""
    for folder in (alice.folder("News"), alice.frame(Frame.IPM_SUBTREE), alice.frame(Frame.NON_IPM_SUBTREE)):
        response = alice.get(RopPublicFolderIsGhostedRequest(0, LOGON, folder), RopPublicFolderIsGhostedResponse)
        assert response.ghosted is None


def test_properties(alice: PublicSession) -> None:
    """2.2.2.1: whose client it is; there is no owner."""
    found = alice.all_values(LOGON)
    assert found[PidTagDisplayName] == "Public Folders"
    assert found[PidTagStoreRecordKey] == PUBLIC_STORE.bytes_le
    assert PidTagUserEntryId in found
    assert not {PidTagMailboxOwnerName, PidTagMailboxOwnerEntryId} & found.keys()


def test_entry_ids(alice: PublicSession) -> None:
    """MS-OXCDATA 2.2.4.1: folders of all public stores have the same provider, and a type of their own."""
    folder = alice.folder("News")
    found = parse_entry_id(alice.value(alice.open(folder), PidTagEntryId))
    assert isinstance(found, FolderEntryId)
    assert (found.store, found.kind, found.folder.counter) == (PUBLIC_STORE, ObjectType.PUBLIC_FOLDER, folder.counter)


def test_frame(alice: PublicSession) -> None:
    """R59793, MS-OXCFOLD R90002, R30, R100001: all others are below the root, and can be opened and listed."""
    names = [alice.value(alice.open(alice.frame(one)), PidTagDisplayName) for one in list(Frame)[1:]]
    assert names == ["IPM_SUBTREE", "NON_IPM_SUBTREE", "EFORMS REGISTRY"]
    root = alice.open(alice.frame(Frame.ROOT))
    assert alice.value(alice.subtree, PidTagParentFolderId) == object_id(alice.frame(Frame.ROOT).counter)
    assert alice.rows(alice.hierarchy(root, PidTagDisplayName)) == ["IPM_SUBTREE", "NON_IPM_SUBTREE"]
    assert alice.rows(alice.hierarchy(alice.subtree, PidTagDisplayName)) == ["News"]


def test_frame_is_not_seen_by_imap(hub: MailHub, alice: PublicSession) -> None:
    """What MAPI needs above the public folders, no other protocol shows."""
    with imap_of(hub, "root") as imap:
        assert {name for _, _, name in imap.list_folders("Public/", "*")} == {"Public/News", "Public/Secret"}


def test_administrators(hub: MailHub) -> None:
    """R72: who asks for all rights must be an administrator, and has them."""
    flags = OPEN_PUBLIC | OpenFlags.USE_ADMIN_PRIVILEGE
    session = MapiSession(hub, "bob", log_on=False)
    assert session.error(public_logon(flags=flags)) == LOGIN_PERM
    root = PublicSession(hub, "root", flags)
    assert root.rows(root.hierarchy(root.subtree, PidTagDisplayName)) == ["News", "Secret"]
    folder, _ = root.create(root.subtree, "Made by root")
    root.open(folder)


def test_failure_is_short(hub: MailHub) -> None:
    """MS-OXCROPS: a logon that fails has no folders in its response."""
    session = MapiSession(hub, "alice", log_on=False)
    [response] = session.execute(public_logon(flags=OPEN_PUBLIC | OpenFlags.ALTERNATE_SERVER))
    assert isinstance(response, RopFailure)


def test_what_is_not_done_with_public_folders(hub: MailHub, alice: PublicSession) -> None:
    """MS-OXCPRPT R88501, R8850103, R5070512, R5070514: a stream that writes, and a copy of one object's properties to
    another."""
    news, other = alice.open(alice.folder("News")), alice.open(alice.frame(Frame.IPM_SUBTREE))
    for mode in (StreamOpenMode.READ_WRITE, StreamOpenMode.CREATE, StreamOpenMode.BEST_ACCESS):
        assert alice.error(RopOpenStreamRequest(0, news, alice.slot(), PidTagComment, mode)) == NOT_SUPPORTED
    assert alice.error(RopCopyToRequest(0, news, other, False, False, CopyFlags(0), ())) == NOT_SUPPORTED
    mine = alice.slot()
    folders = alice.log_on("alice", mine, logon_id=1).folder_ids
    own = alice.open_in(mine, 1, folders[Special.INBOX])
    assert alice.error(RopCopyToRequest(1, own, other, False, False, CopyFlags(0), ())) == NOT_SUPPORTED
    assert alice.error(RopCopyToRequest(0, news, own, False, False, CopyFlags(0), ())) == NOT_SUPPORTED
