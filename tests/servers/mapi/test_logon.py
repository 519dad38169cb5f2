"""Logging on to a mailbox of a real hub. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from struct import unpack
from uuid import UUID

import pytest
from mapi_http import MapiClient
from mapi_session import organisation

from posthouse.database import Transaction
from posthouse.directory import add_group, identify, set_attributes
from posthouse.model.ids import AccountId
from posthouse.model.rights import Right
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest, parse_rops
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    LogonTime,
    OpenFlags,
    ResponseFlags,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetReceiveFolderRequest,
    RopGetReceiveFolderTableRequest,
    RopGetStoreStateRequest,
    RopIdFromLongTermIdRequest,
    RopLongTermIdFromIdRequest,
    RopPublicFolderIsGhostedRequest,
)
from posthouse.store.folders import find_folder
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

ADMIN = OpenFlags.USE_ADMIN_PRIVILEGE
PER_MDB = OpenFlags.USE_PER_MDB_REPLID_MAPPING
PEOPLE = {"alice": 1, "bob": 2, "root": 3, "gone": 4, "carol": 5}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        for name in PEOPLE:
            hub.add_account(f"{name}@example.org")
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        hub.write(lambda tx: set_attributes(tx, "gone@example.org", {"disabled": "true"}))
        client = MapiClient(hub.https.port, "/mapi/nspi/", "alice@example.org:secret", hub.client_context())
        client.post("Bind", bytes.fromhex("00000000FF") + bytes(24) + bytes.fromhex("E4040000") + bytes(12))

        def share(tx: Transaction) -> None:
            bob, _ = identify(tx, "bob@example.org")
            folder = find_folder(tx, AccountId(1), "Drafts")
            set_rights(tx, AccountId(1), folder.id, Holder(bob), Right.LOOKUP | Right.READ)

        hub.write(share)
        yield hub


def dn(hub: MailHub, name: str) -> str:
    return organisation(hub).dn_of(AccountId(PEOPLE[name]))


def execution(*rops: RopRequest, handles: tuple[int, ...] = (EMPTY,)) -> bytes:
    """The body of an Execute."""
    raw = RopBuffer(b"".join(rop.format() for rop in rops), handles).format()
    return ExecuteRequest(ExecuteFlags(3), format_extended(raw), 0x8000).format()


class Session:
    """A client with a session context."""

    def __init__(self, hub: MailHub, who: str = "alice") -> None:
        tls = hub.client_context()
        self.client = MapiClient(hub.https.port, "/mapi/emsmdb/", f"{who}@example.org:secret", tls)
        assert self.client.post("Connect", ConnectRequest(dn(hub, who)).format()).body[:8] == bytes(8)

    def run(self, *rops: RopRequest, handles: tuple[int, ...] = (EMPTY,)) -> RopBuffer:
        body = self.client.post("Execute", execution(*rops, handles=handles)).body
        assert body[:8] == bytes(8)
        size = unpack("<I", body[12:16])[0]
        [payload] = parse_extended(body[16 : 16 + size])
        return parse_rop_buffer(payload)


def private(essdn: str, flags: OpenFlags = PER_MDB, logon_id: int = 0) -> RopLogonRequest:
    return RopLogonRequest(logon_id, 0, LogonFlags.PRIVATE, flags, 0, essdn)


def fids(rops: bytes) -> list[ObjectId]:
    ids = [rops[7 + 8 * number : 15 + 8 * number] for number in range(13)]
    return [ObjectId(int.from_bytes(one[:2], "little"), int.from_bytes(one[2:], "big")) for one in ids]


def test_published_request_and_response() -> None:
    """MS-OXCROPS R31, R43 to R65, R74, R77 to R90, R4683: the published bytes."""
    essdn = "/o=Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=alice"
    request = RopLogonRequest(0, 0, LogonFlags.PRIVATE, PER_MDB | OpenFlags.HOME_LOGON, 0, essdn)
    wire = bytes.fromhex("FE0000 01 04000001 00000000 5100") + essdn.encode() + b"\0"
    assert request.format() == wire
    assert parse_rops(wire)[0].request == request
    response = RopLogonResponse(
        0,
        LogonFlags.PRIVATE,
        tuple(ObjectId(1, number) for number in (1, 2, 3, 9, 13, 12, 10, 11, 7, 8, 5, 6, 4)),
        ResponseFlags.RESERVED | ResponseFlags.OWNER_RIGHT | ResponseFlags.SEND_AS_RIGHT,
        UUID("f0e1d2c3-b4a5-4697-8879-6a5b4c3d2e1f"),
        5,
        UUID("11112222-3333-4444-5555-666677778888"),
        LogonTime.of(datetime(2021, 11, 24, 12, 34, 56)),
        0x1D7E13811934000,
    )
    assert response.format() == bytes.fromhex(
        "FE00000000000101000000000000010100000000000002010000000000000301000000000000090100000000"
        "00000D010000000000000C010000000000000A010000000000000B0100000000000007010000000000000801"
        "000000000000050100000000000006010000000000000407C3D2E1F0A5B4974688796A5B4C3D2E1F05002222"
        "111133334444555566667777888838220C03180BE5070040931138E1D70100000000"
    )


def test_own_mailbox(hub: MailHub) -> None:
    """R13, R56, R106, R117 to R120, R122 to R127, R131, R132, R138, R140, R141, R165, R166, R785, R787, R821, R1062,
    R1200, R140002, R300000001, R767, R4, R815: the ids of all the special folders, the rights of an owner, the
    mailbox's GUIDs, and the time."""
    session = Session(hub)
    answer = session.run(private(dn(hub, "alice")))
    assert answer.rops[:7] == bytes.fromhex("FE000000000001")
    found = fids(answer.rops)
    roles = {role: hub.read(lambda tx, role=role: find_folder(tx, AccountId(1), role).id) for role in ("Sent", "Trash")}
    assert (found[4], found[6], found[7]) == (ObjectId(1, 1), ObjectId(1, roles["Sent"]), ObjectId(1, roles["Trash"]))
    assert len(set(found)) == 13
    assert {one.replica for one in found} == {1}
    assert answer.rops[111] == ResponseFlags.RESERVED | ResponseFlags.OWNER_RIGHT | ResponseFlags.SEND_AS_RIGHT
    assert UUID(bytes_le=answer.rops[112:128]) == organisation(hub).mailbox_guid(AccountId(1))
    assert UUID(bytes_le=answer.rops[130:146]) == organisation(hub).replica_guid(AccountId(1))
    assert answer.rops[162:] == bytes(4)
    assert len(answer.rops) == 166
    assert answer.handles[0] != EMPTY
    again = Session(hub).run(private(dn(hub, "alice").upper()))
    assert again.rops[:146] == answer.rops[:146]  # the same for ever


def test_no_session(hub: MailHub) -> None:
    """R7841: without a session context, or when it is gone, nobody logs on."""
    session, body = Session(hub), execution(private(dn(hub, "alice")))
    assert session.client.post("Execute", body).code == 0
    session.client.post("Disconnect", bytes(4))
    assert session.client.post("Execute", body).code == 10
    session.client.cookies.clear()
    assert session.client.post("Execute", body).code == 13


@pytest.mark.parametrize(
    ("who", "whose", "flags", "code"),
    [
        ("alice", "nobody", PER_MDB, 0x3EB),
        ("alice", "gone", PER_MDB, 0x3EB),
        ("alice", "alice", OpenFlags(0), 0x80070057),
        ("alice", "alice", PER_MDB | OpenFlags.PUBLIC, 0x80040111),
        ("carol", "alice", PER_MDB | ADMIN, 0x3F2),
    ],
)
def test_refusals(hub: MailHub, who: str, whose: str, flags: OpenFlags, code: int) -> None:
    """R189, R167, R168, R173, R174, R193, R788, R794, R803, R1204, R1273, R1800001, R1820001, R3136, R59753: unknown,
    disabled, without the flag that every client since 2007 sets, public folders, and as the administrator that one is
    not."""
    essdn = dn(hub, whose) if whose in PEOPLE else "/o=x/cn=nobody"
    answer = Session(hub, who).run(private(essdn, flags), RopGetReceiveFolderRequest(0, 0, b"IPM"))
    assert answer.rops[:6] == b"\xfe\0" + code.to_bytes(4, "little")
    assert answer.rops[6:] == bytes.fromhex("2700B9040000")  # what builds on it finds no object
    assert answer.handles == (EMPTY,)


def test_who_has_no_mailbox(hub: MailHub) -> None:
    """R59746: a group is in the directory, and has none."""
    team = hub.write(lambda tx: add_group(tx, "team@example.org", ["alice@example.org"]))
    answer = Session(hub).run(private(organisation(hub).dn_of(team)))
    assert answer.rops == bytes.fromhex("FE00EB030000")


@pytest.mark.parametrize("whose", ["alice", "bob"])
def test_every_logon_must_say_that_it_has_a_mapping_of_its_own(hub: MailHub, whose: str) -> None:
    """R802, R803, R1046002: also a second one, to the same mailbox or to another."""
    session = Session(hub, "bob")
    handle = session.run(private(dn(hub, "bob"))).handles[0]
    answer = session.run(private(dn(hub, whose), OpenFlags(0), logon_id=1), handles=(handle,))
    assert answer.rops == bytes.fromhex("FE0057000780")
    assert session.run(private(dn(hub, whose), logon_id=1), handles=(handle,)).rops[:6] == bytes.fromhex("FE0000000000")


def test_public_folders(hub: MailHub) -> None:
    """R786, R3012, R59753, R59751: without the flag Private; here nobody has made any."""
    rop = RopLogonRequest(0, 0, LogonFlags(0), PER_MDB | OpenFlags.PUBLIC, 0, "")
    assert Session(hub).run(rop).rops == bytes.fromhex("FE0011010480")


def test_other_peoples_mailboxes(hub: MailHub) -> None:
    """R72, R125, R3146, R829, R3905, R3905001, MS-OXCROPS R42: anybody may log on, without an owner's rights, and finds
    what they have rights on; an administrator who asks for it is as good as the owner."""
    for who in ("root", "carol", "bob"):
        answer = Session(hub, who).run(private(dn(hub, "alice")))
        assert answer.rops[111] == ResponseFlags.RESERVED
    assert UUID(bytes_le=answer.rops[112:128]) == organisation(hub).mailbox_guid(AccountId(1))
    assert Session(hub, "root").run(private(dn(hub, "alice"), PER_MDB | ADMIN)).rops[111] & ResponseFlags.OWNER_RIGHT


def test_whose_mailbox_it_is_needs_no_administrator(hub: MailHub) -> None:
    """R72: who asks for more than they need has it anyway."""
    answer = Session(hub).run(private(dn(hub, "alice"), PER_MDB | ADMIN))
    assert answer.rops[2:6] == bytes(4)
    assert answer.rops[111] & ResponseFlags.OWNER_RIGHT


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(("logon_flags", "open_flags"), [(0x10, 0), (0x80, 0), (0, 0x0080_0000), (0, 0x8000_0000)])
def test_flags_that_mean_nothing(hub: MailHub, public: bool, logon_flags: int, open_flags: int) -> None:
    """R1202, R3109: whoever sets one that nobody has defined may mean anything by it."""
    store = OpenFlags.PUBLIC if public else PER_MDB
    kind = 0 if public else LogonFlags.PRIVATE
    flags = LogonFlags(kind | logon_flags), OpenFlags(store | open_flags)
    answer = Session(hub).run(RopLogonRequest(0, 0, *flags, 0, dn(hub, "alice")))
    assert answer.rops == bytes.fromhex("FE0005400080")


def test_flags_are_echoed_or_ignored(hub: MailHub) -> None:
    """R59, R79, R84, R96, R1062, R2001, R2001002, R7900, R8401, R20022, R20027, MS-OXCROPS R4677, R4678: Undercover and
    Ghosted come back, and nothing else depends on them."""
    flags = PER_MDB | OpenFlags.HOME_LOGON | OpenFlags.TAKE_OWNERSHIP | OpenFlags.NO_MAIL | OpenFlags.SUPPORT_PROGRESS
    answer = Session(hub).run(RopLogonRequest(0, 0, LogonFlags(7), flags, 0xFFFFFFFF, dn(hub, "alice")))
    assert answer.rops[:7] == bytes.fromhex("FE000000000007")
    plain = Session(hub).run(private(dn(hub, "alice"))).rops
    assert answer.rops[7:146] == plain[7:146]


def test_logon_id_in_use(hub: MailHub) -> None:
    """MS-OXCROPS R28, R29, R4536, R4538: the earlier logon is released, and all that was opened through it."""
    session = Session(hub)
    first = session.run(private(dn(hub, "alice"))).handles[0]
    second = session.run(private(dn(hub, "alice"))).handles[0]
    other = session.run(private(dn(hub, "alice"), logon_id=1)).handles[0]
    ask = RopGetReceiveFolderRequest(0, 0, b"")
    assert session.run(ask, handles=(first,)).rops == bytes.fromhex("270008010480")
    assert session.run(ask, handles=(second,)).rops[:6] == bytes.fromhex("270000000000")
    assert session.run(ask, handles=(other,)).rops == bytes.fromhex("270005000780")  # another logon's
    session.run(RopReleaseRequest(0, 0), handles=(second,))
    assert session.run(ask, handles=(second,)).rops == bytes.fromhex("270008010480")


@pytest.mark.parametrize(
    ("message_class", "explicit", "index"),
    [
        (b"", b"", 4),
        (b"IPM", b"IPM", 4),
        (b"ipm.note", b"IPM", 4),
        (b"IPM.Note.Custom", b"IPM", 4),
        (b"IPMX.Note", b"", 4),
        (b"Report.IPM.Note.NDR", b"REPORT.IPM", 4),
        (b"Report", b"", 4),
        (b"IPC.x", b"IPC", 0),
        (b"anything", b"", 4),
    ],
)
def test_receive_folder(hub: MailHub, message_class: bytes, explicit: bytes, index: int) -> None:
    """R195, R196, R197, R200, R201, R208, R209, R210, R211, R232, R233, R782, R847, R850, R851, R852, R866, R1223,
    R1224, R1225, R59786: the longest prefix that ends where a name ends."""
    answer = Session(hub).run(private(dn(hub, "alice")), RopGetReceiveFolderRequest(0, 0, message_class))
    response = answer.rops[166:]
    assert response == bytes.fromhex("270000000000") + fids(answer.rops)[index].format() + explicit + b"\0"


@pytest.mark.parametrize("message_class", [b".IPM", b"IPM.", b"IPM..Note", b"IPM\x1f", b"\xe4", b"x" * 255])
def test_no_message_class(hub: MailHub, message_class: bytes) -> None:
    """R202 to R207, R234, R235, R59784, R59785."""
    answer = Session(hub).run(private(dn(hub, "alice")), RopGetReceiveFolderRequest(0, 0, message_class))
    assert answer.rops[166:] == bytes.fromhex("270057000780")


def test_receive_folder_table(hub: MailHub) -> None:
    """R282, R294 to R297, R299, R301, R303 to R308, R314, R320, R321, R782, R817, R876, R877, R879, R880, R59795,
    MS-OXCROPS R208, R209, R211: every row, with all its values."""
    answer = Session(hub).run(private(dn(hub, "alice")), RopGetReceiveFolderTableRequest(0, 0))
    inbox, root = (fids(answer.rops)[index].format() for index in (4, 0))
    table = answer.rops[166:]
    assert table[:10] == bytes.fromhex("680000000000 04000000")
    moment = table[-8:]
    assert abs(int.from_bytes(moment, "little") / 1e7 - 11_644_473_600 - time.time()) < 86_400
    rows = ((inbox, b""), (inbox, b"IPM"), (inbox, b"REPORT.IPM"), (root, b"IPC"))
    assert table[10:] == b"".join(b"\0" + folder + name + b"\0" + moment for folder, name in rows)


@pytest.mark.parametrize(
    ("rop", "response"),
    [
        (RopGetStoreStateRequest(0, 0), "7B00FF0F0480"),
        (RopGetOwningServersRequest(0, 0, ObjectId(1, 1)), "420002010480"),
        (RopPublicFolderIsGhostedRequest(0, 0, ObjectId(1, 1)), "450000000000 00"),
    ],
)
def test_other_questions_to_a_logon(hub: MailHub, rop: RopRequest, response: str) -> None:
    """R881, R882, R884, R892, R917, R1091, R1092, R1098, R1100, R1101, R1237, R3125, R405, R431, R59712: what servers
    should not do is not implemented, what is about public folders is not supported, and nothing is anywhere else."""
    assert Session(hub).run(private(dn(hub, "alice")), rop).rops[166:] == bytes.fromhex(response)


def test_long_term_ids(hub: MailHub) -> None:
    """R442, R449, R450, R458, R459, R466, R467, R944, R945, R947, R949 to R953, R1242 to R1246, R1251 to R1253:
    there and back, also of replicas that are not the mailbox's own; whether there is such an object does not
    matter."""
    session = Session(hub)
    handle = session.run(private(dn(hub, "alice"))).handles
    own = organisation(hub).replica_guid(AccountId(1))
    answer = session.run(RopLongTermIdFromIdRequest(0, 0, ObjectId(1, 0x123456789A)), handles=handle)
    wanted = LongTermId(own, 0x123456789A)
    assert answer.rops == bytes.fromhex("430000000000") + wanted.format()
    answer = session.run(RopIdFromLongTermIdRequest(0, 0, wanted), handles=handle)
    assert answer.rops == bytes.fromhex("440000000000 0100 00123456789A")
    foreign = LongTermId(UUID(int=7), 9)
    first = session.run(RopIdFromLongTermIdRequest(0, 0, foreign), handles=handle).rops
    assert first[:6] == bytes.fromhex("440000000000")
    assert session.run(RopIdFromLongTermIdRequest(0, 0, foreign), handles=handle).rops == first
    number = int.from_bytes(first[6:8], "little")
    answer = session.run(RopLongTermIdFromIdRequest(0, 0, ObjectId(number, 9)), handles=handle)
    assert answer.rops[6:] == foreign.format()


def test_replicas_that_are_not_there(hub: MailHub) -> None:
    """R451, R452, R946, R3114, R440, R779, R1355: a short form that nobody has."""
    session = Session(hub)
    handle = session.run(private(dn(hub, "alice"))).handles
    own = session.run(RopLongTermIdFromIdRequest(0, 0, ObjectId(1, 1)), handles=handle)
    assert own.rops[:6] == bytes.fromhex("430000000000")
    for replica in (0, 2, 77):
        answer = session.run(RopLongTermIdFromIdRequest(0, 0, ObjectId(replica, 1)), handles=handle)
        assert answer.rops == bytes.fromhex("43000F010480")


def test_ids_of_zeros(hub: MailHub) -> None:
    """R1337, R94801001: as with Exchange 2016 and 2019 there is no error; R947, R952, R3114: a GUID of zeros has a
    short form as any other, which is not zero."""
    session = Session(hub)
    handle = session.run(private(dn(hub, "alice"))).handles
    answer = session.run(RopLongTermIdFromIdRequest(0, 0, ObjectId(0, 0)), handles=handle)
    assert answer.rops == bytes.fromhex("430000000000") + bytes(24)
    nobody = LongTermId(UUID(int=0), 0x123456789A)
    first = session.run(RopIdFromLongTermIdRequest(0, 0, nobody), handles=handle).rops
    assert first[:6] == bytes.fromhex("440000000000")
    assert session.run(RopIdFromLongTermIdRequest(0, 0, nobody), handles=handle).rops == first
    number = ObjectId(int.from_bytes(first[6:8], "little"), 0x123456789A)
    assert number.replica > 1
    assert first[6:] == number.format()
    answer = session.run(RopLongTermIdFromIdRequest(0, 0, number), handles=handle)
    assert answer.rops == bytes.fromhex("430000000000") + nobody.format()


def test_a_counter_of_zeros(hub: MailHub) -> None:
    """R948: there is no such object, and it is no error."""
    session = Session(hub)
    handle = session.run(private(dn(hub, "alice"))).handles
    nothing = LongTermId(organisation(hub).replica_guid(AccountId(1)), 0)
    answer = session.run(RopIdFromLongTermIdRequest(0, 0, nothing), handles=handle)
    assert answer.rops == bytes.fromhex("440000000000 0100 000000000000")


def test_too_many_replicas(hub: MailHub) -> None:
    """R1122, R1123, R1248, R1249: there is a limit, and those known before are still known."""
    session = Session(hub)
    handle = session.run(private(dn(hub, "alice"))).handles
    answers = b""
    for begin in range(1, 1101, 100):
        rops = [
            RopIdFromLongTermIdRequest(0, 0, LongTermId(UUID(int=number), 1)) for number in range(begin, begin + 100)
        ]
        answers = session.run(*rops, handles=handle).rops
    assert answers[-6:] == bytes.fromhex("440050040000")
    answer = session.run(RopIdFromLongTermIdRequest(0, 0, LongTermId(UUID(int=5), 1)), handles=handle)
    assert answer.rops[:6] == bytes.fromhex("440000000000")
