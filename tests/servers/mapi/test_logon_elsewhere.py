"""Logons that are refused or sent elsewhere, and what they tell. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_http import MapiClient
from mapi_properties import PropertySession
from mapi_session import LOGON, PER_MDB, MapiSession, account_of, dn_of, mapi_hub, organisation

from posthouse.directory import set_attributes
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest
from posthouse.protocols.mapi.named_tags import PidLidReminderSet
from posthouse.protocols.mapi.rops import RopFailure
from posthouse.protocols.mapi.rops.folder import RopOpenFolderRequest
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    OpenFlags,
    ResponseFlags,
    RopLogonRedirectResponse,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
)
from posthouse.protocols.mapi.rops.store import (
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderResponse,
    RopGetReceiveFolderTableRequest,
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
)
from posthouse.protocols.mapi.tags import PidTagOutOfOfficeState
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.folders import all_folders
from posthouse.testing import MailHub

WRONG_SERVER, SERVER_PAUSED, UNKNOWN_CODE_PAGE = 0x478, 0x47F, 0x3EF
NOT_FOUND, NO_RECEIVE_FOLDER = 0x8004010F, 0x463


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "away", "root") as hub:
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true", "imap-home": "LOCALHOST"}))
        hub.write(lambda tx: set_attributes(tx, "away@example.org", {"imap-home": "mail2.example.net"}))
        yield hub


def private(
    hub: MailHub, whose: str, flags: OpenFlags = PER_MDB, logon_id: int = 0, slot: int = LOGON
) -> RopLogonRequest:
    logon_flags = LogonFlags.PRIVATE | LogonFlags.GHOSTED
    return RopLogonRequest(logon_id, slot, logon_flags, flags, 0, dn_of(hub, whose))


def test_sent_to_another_server(hub: MailHub) -> None:
    """R790, R112, R1061, R114, R115, R116, R182, R183, R106, MS-OXCROPS R122, R127: the mailbox is at home on another
    host; the response names the server there, with its NUL, and has the flags of the request."""
    session = MapiSession(hub, "away", log_on=False)
    [response] = session.execute(private(hub, "away"))
    assert isinstance(response, RopLogonRedirectResponse)
    assert response.return_value == WRONG_SERVER
    assert response.logon_flags == LogonFlags.PRIVATE | LogonFlags.GHOSTED
    server = organisation(hub).server_dn(account_of(hub, "away"), "mail2.example.net").encode()
    assert response.server_name == server + b"\0"
    assert response.format()[:8] == bytes.fromhex("FE00 78040000 05") + bytes([len(server) + 1])


def test_who_is_sent_away_too_often(hub: MailHub) -> None:
    """R3103, R191, R192: after five attempts within ten seconds the client is told to pause; others are not."""
    session = MapiSession(hub, "away", log_on=False)
    answers = [session.error(private(hub, "away")) for _ in range(7)]
    assert answers == [WRONG_SERVER] * 5 + [SERVER_PAUSED] * 2
    [refused] = session.execute(private(hub, "away"))
    assert isinstance(refused, RopFailure)
    assert MapiSession(hub, "away", log_on=False).error(private(hub, "away")) == WRONG_SERVER


def test_who_is_at_home_here(hub: MailHub) -> None:
    """R165, R166: a name of this host means here; an administrator who asks for it may open what is left of a mailbox
    that has moved."""
    root = MapiSession(hub, "root")
    assert root.error(private(hub, "away", PER_MDB | OpenFlags.USE_ADMIN_PRIVILEGE, 1, root.slot())) == 0


def folder_numbers(hub: MailHub, name: str) -> set[int]:
    account = account_of(hub, name)
    return {folder.id for folder in hub.read(lambda tx: all_folders(tx, account))}


def test_who_makes_a_mailbox(hub: MailHub) -> None:
    """R816, R817, R818: its owner, with all its folders, by the first logon; a stranger makes nothing, and hears the
    same ids before and after."""
    hub.add_account("fresh@example.org")
    before = folder_numbers(hub, "fresh")
    stranger = MapiSession(hub, "alice", "fresh")
    assert folder_numbers(hub, "fresh") == before
    assert stranger.error(RopOpenFolderRequest(0, LOGON, stranger.slot(), stranger.special(Special.ROOT))) == NOT_FOUND
    owner = MapiSession(hub, "fresh")
    assert {one.counter for one in owner.folder_ids} <= folder_numbers(hub, "fresh")
    assert {one.counter for one in owner.folder_ids} - before
    assert stranger.folder_ids == owner.folder_ids


def test_where_mail_goes_is_no_strangers_business(hub: MailHub) -> None:
    """R59787, R322, R323: they have no table; any class is said to go to the Inbox."""
    MapiSession(hub, "alice")
    stranger = MapiSession(hub, "root", "alice")
    assert stranger.error(RopGetReceiveFolderTableRequest(0, LOGON)) == NO_RECEIVE_FOLDER
    found = stranger.get(RopGetReceiveFolderRequest(0, LOGON, b"IPC"), RopGetReceiveFolderResponse)
    assert (found.folder_id, found.explicit_message_class) == (stranger.special(Special.INBOX), b"")


@pytest.mark.parametrize(
    ("code_page", "code"), [(12_345, UNKNOWN_CODE_PAGE), (1200, UNKNOWN_CODE_PAGE), (0, 0), (932, 0)]
)
def test_code_pages(hub: MailHub, code_page: int, code: int) -> None:
    """R3102, R3102001, R3102002, R175, R176: one that nobody knows, told when the session began; none at all is no such
    one."""
    session = MapiSession(hub, "alice", log_on=False)
    session.client = MapiClient(hub.https.port, "/mapi/emsmdb/", "alice@example.org:secret", hub.client_context())
    connected = session.client.post("Connect", ConnectRequest(dn_of(hub, "alice"), 0, code_page).format())
    assert connected.body[:8] == bytes(8)
    assert session.error(private(hub, "alice")) == code


def test_out_of_office(hub: MailHub) -> None:
    """R120, R128, R129: a logon says so, as long as it is."""
    session = PropertySession(hub, "alice")
    for away in (True, False):
        session.set(LOGON, {PidTagOutOfOfficeState: away})
        again = session.get(private(hub, "alice", logon_id=1, slot=session.slot()), RopLogonResponse)
        assert bool(again.response_flags & ResponseFlags.OOF) is away
        assert again.response_flags & ~ResponseFlags.OOF == ResponseFlags(7)


def test_logons_to_one_mailbox_have_one_mapping(hub: MailHub) -> None:
    """R1205, R3155: of the same REPLGUID: short forms and property ids mean the same in all of them, in one session
    or several; another mailbox has another."""
    session, other = MapiSession(hub, "alice"), MapiSession(hub, "alice")
    second = session.slot()
    first = session.get(private(hub, "alice", logon_id=1, slot=second), RopLogonResponse)
    assert first.repl_guid == other.log_on("alice", other.slot(), 1).repl_guid
    assert MapiSession(hub, "root").log_on("root").repl_guid != first.repl_guid
    names = RopGetPropertyIdsFromNamesRequest(0, LOGON, PropertyIdsFlags.CREATE, (PidLidReminderSet.name,))
    numbers, ids = set[tuple[int, int]](), set[tuple[int, ...]]()
    for guid in (0x77, 0x78):
        foreign = LongTermId(UUID(int=guid), 5)
        asked = (session, 0, LOGON), (session, 1, second), (other, 0, LOGON)
        for where, logon_id, slot in asked if guid == 0x77 else asked[::-1]:
            rop = RopIdFromLongTermIdRequest(logon_id, slot, foreign)
            numbers.add((guid, where.get(rop, RopIdFromLongTermIdResponse).object_id.replica))
    assert len(numbers) == 2
    for guid, number in numbers:
        back = RopLongTermIdFromIdRequest(1, second, ObjectId(number, 5))
        assert session.get(back, RopLongTermIdFromIdResponse).long_term_id.replica.int == guid
    for where in (session, other):
        ids.add(where.get(names, RopGetPropertyIdsFromNamesResponse).property_ids)
    assert len(ids) == 1
