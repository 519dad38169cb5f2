"""Which messages of public folders somebody has read, between stores. Statements are those of [MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_public import PublicSession, allow, make_public
from mapi_session import LOGON, MapiSession, imap_of, mapi_hub, share

from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, format_replguid_idset, idset, parse_replguid_idset
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.per_user import (
    RopGetPerUserGuidRequest,
    RopGetPerUserGuidResponse,
    RopGetPerUserLongTermIdsRequest,
    RopGetPerUserLongTermIdsResponse,
    RopReadPerUserInformationRequest,
    RopReadPerUserInformationResponse,
    RopWritePerUserInformationRequest,
)
from posthouse.protocols.mapi.tags import PidTagChangeNumber
from posthouse.servers.mapi.identity import counter_of
from posthouse.servers.mapi.per_user import MAX_PIECE, MAX_SET
from posthouse.servers.mapi.public_folders import Frame
from posthouse.store.read_sets import MAX_READ_SETS
from posthouse.testing import MailHub

NOT_FOUND, ACCESS_DENIED, NOT_SUPPORTED, ERROR = 0x8004010F, 0x80070005, 0x80040102, 0x80004005
CORRUPT, MEMORY, QUOTA = 0x8004011B, 0x8007000E, 0x4D9
STORE = UUID(int=0x1234)
"""Of some public store."""
FOLDER = LongTermId(STORE, 77)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        make_public(hub, "News", "Secret", "Looked at", "Shown")
        allow(hub, "Secret", Right(0))
        allow(hub, "Looked at", Right.LOOKUP | Right.READ)
        allow(hub, "Shown", Right.LOOKUP)
        share(hub, "alice", "Drafts", "bob", Right.LOOKUP | Right.READ)
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> MapiSession:
    return MapiSession(hub, "alice")


@pytest.fixture
def public(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "alice")


def numbers(*ranges: range, store: UUID = STORE) -> bytes:
    return format_replguid_idset(idset({store: globset_of([one for each in ranges for one in each])}))


def large(size: int = 3 * MAX_PIECE) -> bytes:
    """Many numbers that do not follow each other."""
    found = numbers(range(1, 60_000, 3))
    assert len(found) > size
    return found


def writing(
    data: bytes,
    folder: LongTermId = FOLDER,
    offset: int = 0,
    *,
    last: bool = True,
    store: UUID | None = STORE,
) -> RopWritePerUserInformationRequest:
    """`store`: None in the public one."""
    guid = store if offset == 0 else None
    return RopWritePerUserInformationRequest(0, LOGON, folder, last, offset, data, guid)


def read(session: MapiSession, offset: int = 0, size: int = 0, folder: LongTermId = FOLDER) -> tuple[bool, bytes]:
    rop = RopReadPerUserInformationRequest(0, LOGON, folder, 0, offset, size)
    found = session.get(rop, RopReadPerUserInformationResponse)
    return found.has_finished, found.data


def read_all(session: MapiSession, size: int = 0, folder: LongTermId = FOLDER) -> bytes:
    found = b""
    while True:
        finished, data = read(session, len(found), size, folder)
        found += data
        if finished:
            return found


# in a mailbox


def test_kept_in_a_mailbox(hub: MailHub, alice: MapiSession) -> None:
    """R516, R569, R484, R490, R468, R474, R472, R475, R480, R481, R496, R497, R552, R553, R597, R598, R956 to R959,
    R963, R964, R965, R966, R967, R1012, R1023, R1024, R1025, R545, R59729, R546, R560, MS-OXCROPS R473, R474: what was
    written is read again, also in another session, with the store that it came from."""
    data = numbers(range(1, 10), range(20, 30))
    assert alice.error(writing(data)) == 0
    for reserved, session in ((0, alice), (0xFF, MapiSession(hub, "alice"))):
        rop = RopReadPerUserInformationRequest(0, LOGON, FOLDER, reserved, 0, 0)
        assert session.get(rop, RopReadPerUserInformationResponse).data == data
        guid = session.get(RopGetPerUserGuidRequest(0, LOGON, FOLDER), RopGetPerUserGuidResponse)
        assert guid.database_guid == STORE
        ids = session.get(RopGetPerUserLongTermIdsRequest(0, LOGON, STORE), RopGetPerUserLongTermIdsResponse)
        assert ids.long_term_ids == (FOLDER,)
    other = UUID(int=5)
    later = numbers(range(40, 50), store=other)
    assert alice.error(writing(later, store=other)) == 0
    assert read(alice) == (True, later)
    ids = alice.get(RopGetPerUserLongTermIdsRequest(0, LOGON, STORE), RopGetPerUserLongTermIdsResponse)
    assert ids.long_term_ids == ()


def test_when_it_was_brought_is_noted(hub: MailHub, alice: MapiSession) -> None:
    """R1022: the moment by the server's clock, in UTC."""
    before = hub.running.store.now()
    assert alice.error(writing(numbers(range(1, 3)))) == 0
    [(stored,)] = hub.read(lambda tx: tx.all("SELECT max(stored) FROM read_set WHERE account_id = ?", (1,)))
    assert before <= stored <= hub.running.store.now()


def test_nothing_kept(alice: MapiSession) -> None:
    """R960, R473, R1254, R500, R1135, R1255: of a folder that was never written, and of a store that is unknown."""
    unknown = LongTermId(STORE, 4711)
    assert read(alice, folder=unknown) == (True, b"")
    assert alice.error(RopGetPerUserGuidRequest(0, LOGON, unknown)) == NOT_FOUND
    rop = RopGetPerUserLongTermIdsRequest(0, LOGON, UUID(int=99))
    assert alice.get(rop, RopGetPerUserLongTermIdsResponse).long_term_ids == ()


def test_in_pieces(alice: MapiSession) -> None:
    """R976, R977, R979, R981, R982, R984, R986, R987, R988, R1000 to R1005, R1008 to R1011, R539, R540, R1284, R542,
    R543, R1013, R1014, MS-OXCROPS R468, R470, R514: written and read in pieces of any size, the last of which says that
    it is."""
    folder, data = LongTermId(STORE, 78), large()
    for offset in range(0, len(data), 5000):
        piece = data[offset : offset + 5000]
        last = offset + 5000 >= len(data)
        assert alice.error(writing(piece, folder, offset, last=last)) == 0
        assert last or read(alice, folder=folder) == (True, b"")  # MS-OXCSTOR R1015: not before all of it is there
    found, size = b"", 100
    while True:
        finished, piece = read(alice, len(found), size, folder)
        assert len(piece) == min(size, MAX_PIECE, len(data) - len(found))
        found += piece
        assert finished is (len(found) == len(data))
        if finished:
            break
        size = min(size * 2, 0xFFFF)
    assert found == data


@pytest.mark.parametrize("size", [0, MAX_PIECE, MAX_PIECE + 1, 0xFFFF])
def test_largest_piece(alice: MapiSession, size: int) -> None:
    """R980, R990 to R992, R996, R997, R998, R999, R1356: zero stands for what the server finds suitable, and there
    is a maximum."""
    folder = LongTermId(STORE, 79)
    assert alice.error(writing(large(), folder)) == 0
    finished, data = read(alice, 0, size, folder)
    assert not finished
    assert len(data) == MAX_PIECE


def test_nothing_new(alice: MapiSession) -> None:
    """R541, R544: what the client has taken, and what has not changed since, is not sent when it asks
    the same again."""
    folder, data = LongTermId(STORE, 80), numbers(range(1, 9))
    assert alice.error(writing(data, folder)) == 0
    assert read_all(alice, 5, folder) == data
    assert read(alice, 0, 5, folder) == (True, b"")
    more = numbers(range(1, 99))
    assert alice.error(writing(more, folder)) == 0
    assert read_all(alice, 5, folder) == more


def test_once_more_in_other_pieces(alice: MapiSession) -> None:
    """R979, R990, R1000, R1005: each request has a size of its own, also one for what the client has had before."""
    folder, data = LongTermId(STORE, 85), numbers(range(1, 9))
    assert alice.error(writing(data, folder)) == 0
    for size in (len(data), 0, len(data) - 1, 1, 4096):
        assert read_all(alice, size, folder) == data


@pytest.mark.parametrize("beyond", [1, 0x7FFFFFFF, 0xFFFFFF00])
def test_beyond_the_end(alice: MapiSession, beyond: int) -> None:
    """R556, R557, R1042, R1259, R1260: places behind the end, and those that were meant to be negative."""
    folder, data = LongTermId(STORE, 81), numbers(range(1, 9))
    assert alice.error(writing(data, folder)) == 0
    offset = min(len(data) + beyond, 0xFFFFFFFF)
    assert alice.error(RopReadPerUserInformationRequest(0, LOGON, folder, 0, offset, 0)) == ERROR
    assert read(alice, len(data), 0, folder) == (True, b"")


def test_pieces_that_do_not_follow(alice: MapiSession) -> None:
    """R1016 to R1019, R1033, R1034, R599 to R601: another folder, or another place; what had come is forgotten."""
    folder, data = LongTermId(STORE, 82), numbers(range(1, 9))
    assert alice.error(writing(data[:5], folder, last=False)) == 0
    assert alice.error(writing(data[5:], LongTermId(STORE, 83), 5)) == ERROR
    assert alice.error(writing(data[5:], folder, 5)) == ERROR  # R1018
    assert alice.error(writing(data[:5], folder, last=False)) == 0
    assert alice.error(writing(data[5:], folder, 4)) == ERROR
    assert alice.error(writing(data[5:], folder, 5)) == ERROR  # R1034
    assert alice.error(writing(data[:5], folder, last=False)) == 0
    assert alice.error(writing(data, folder)) == 0  # another beginning
    assert read(alice, folder=folder) == (True, data)


@pytest.mark.parametrize("data", [b"\0", b"x" * 40, numbers(range(1, 9))[:-1], STORE.bytes_le], ids=repr)
def test_no_set(alice: MapiSession, data: bytes) -> None:
    """R1015, R1020, R1021, R1021006, R602: it is looked at before it is kept."""
    folder, before = LongTermId(STORE, 84), numbers(range(5, 7))
    assert alice.error(writing(before, folder)) == 0
    assert alice.error(writing(data, folder)) == CORRUPT
    assert read_all(alice, 0, folder) == before


def test_too_much(alice: MapiSession) -> None:
    """A set has a size that it cannot go beyond, and so has their number."""
    piece = b"x" * 30_000
    for number in range(MAX_SET // len(piece)):
        assert alice.error(writing(piece, offset=number * len(piece), last=False)) == 0
    assert alice.error(writing(piece, offset=(MAX_SET // len(piece)) * len(piece), last=False)) == MEMORY
    data, answers = numbers(range(1, 3)), []
    for begin in range(0, MAX_READ_SETS + 100, 100):
        rops = [writing(data, LongTermId(UUID(int=3), begin + number + 1)) for number in range(100)]
        answers += [one.return_value for one in alice.execute(*rops)]
    assert set(answers) == {0, QUOTA}
    assert answers[-1] == QUOTA


def test_guests(hub: MailHub) -> None:
    """Who has been given a folder of a mailbox learns nothing of what its owner reads."""
    bob = MapiSession(hub, "bob", "alice")
    rops = [
        RopGetPerUserLongTermIdsRequest(0, LOGON, STORE),
        RopGetPerUserGuidRequest(0, LOGON, FOLDER),
        RopReadPerUserInformationRequest(0, LOGON, FOLDER, 0, 0, 0),
        writing(numbers(range(1, 3))),
    ]
    assert [bob.error(one) for one in rops] == [ACCESS_DENIED] * 4


# in the public store


def key(public: PublicSession, path: str) -> LongTermId:
    return LongTermId(public.logged_on.repl_guid, public.folder(path).counter)


def fill(hub: MailHub, path: str, count: int, who: str = "alice", *, seen: bool = False) -> None:
    with imap_of(hub, who) as imap:
        for number in range(count):
            imap.append(path, f"Subject: {number}\r\n\r\n".encode(), [b"\\Seen"] if seen else [])


def change_of(public: PublicSession, path: str, message: ObjectId) -> int:
    slot = public.opened(public.folder(path), message, MessageOpenMode.READ_ONLY)
    found = counter_of(public.value(slot, PidTagChangeNumber))
    assert found is not None
    return found


def current(public: PublicSession, path: str) -> IdSet[UUID]:
    """As a client sees it that has just logged on."""
    fresh = PublicSession(public.hub, public.who)
    return parse_replguid_idset(read_all(fresh, 0, key(fresh, path)))


def test_read_in_the_public_store(hub: MailHub, public: PublicSession) -> None:
    """R502, R517, R570, R969, R970, R971, R974, R975, R1026 to R1028, R1257, R3123, R3124: the set is that of what
    somebody has marked as read, by IMAP as well; a set that is written marks, also of
    somebody who had none."""
    make_public(hub, "Set")
    assert read(public, folder=key(public, "Set")) == (True, b"")
    fill(hub, "Public/Set", 3)
    fill(hub, "Public/Set", 2, seen=True)
    fill(hub, "Public/Set", 1, "bob", seen=True)
    replica, ids = public.logged_on.repl_guid, public.message_ids("Set")
    changes = [change_of(public, "Set", one) for one in ids]
    assert set(current(public, "Set")) == {(replica, one) for one in changes[3:5]}
    wanted = format_replguid_idset(idset({replica: globset_of([changes[0], changes[4]])}))
    assert public.error(writing(wanted, key(public, "Set"), store=None)) == 0
    for who, seen in (("alice", [1, 5]), ("bob", [6])):
        with imap_of(hub, who) as imap:
            imap.select_folder("Public/Set")
            assert imap.search("SEEN") == seen
    assert set(current(public, "Set")) == {(replica, changes[0]), (replica, changes[4])}
    assert [change_of(public, "Set", one) for one in ids] == changes  # marks change no message
    carol = PublicSession(hub, "carol")
    assert not read_all(carol, folder=key(carol, "Set"))
    assert carol.error(writing(wanted, key(carol, "Set"), store=None)) == 0
    assert set(current(carol, "Set")) == {(replica, changes[0]), (replica, changes[4])}


def test_who_has_written_it_has_read_it(hub: MailHub, public: PublicSession) -> None:
    """R1257: what somebody writes there is among what they have read, and not among what others have."""
    make_public(hub, "Written")
    public.saved(public.started(public.folder("Written")))
    [one] = public.message_ids("Written")
    assert set(current(public, "Written")) == {(public.logged_on.repl_guid, change_of(public, "Written", one))}
    assert not current(PublicSession(hub, "bob"), "Written")


def test_kept_of_the_public_store_that_is_here(hub: MailHub) -> None:
    """R516, R569, R490, R964, R966, R967, R1023, R1024, R1025, R1254, R1255, R956, R957, R958: a mailbox keeps what its
    owner's client brings, as it came and with the GUID that came with it, of folders of this store as of any other;
    nothing is marked by that, and what is marked is not told there."""
    make_public(hub, "Both")
    fill(hub, "Public/Both", 2, "bob", seen=True)
    public, mailbox = PublicSession(hub, "bob"), MapiSession(hub, "bob")
    replica, folder, seen = public.logged_on.repl_guid, key(public, "Both"), current(public, "Both")
    assert read(mailbox, folder=folder) == (True, b"")
    assert mailbox.error(RopGetPerUserGuidRequest(0, LOGON, folder)) == NOT_FOUND
    for data, store in ((numbers(range(1, 9), store=replica), replica), (numbers(range(5, 7), store=replica), STORE)):
        assert mailbox.error(writing(data, folder, store=store)) == 0
        assert read(mailbox, folder=folder) == (True, data)
        guid = mailbox.get(RopGetPerUserGuidRequest(0, LOGON, folder), RopGetPerUserGuidResponse)
        assert guid.database_guid == store
        for one in (replica, STORE):
            ids = mailbox.get(RopGetPerUserLongTermIdsRequest(0, LOGON, one), RopGetPerUserLongTermIdsResponse)
            assert (folder in ids.long_term_ids) is (one == store)
    assert current(public, "Both") == seen
    assert len(set(seen)) == 2


def test_folders_above_the_public_ones(public: PublicSession) -> None:
    """R965, R1012, R597, R598, R1257: they have no messages; there as well, everybody has a set of their own."""
    for frame in (Frame.IPM_SUBTREE, Frame.NON_IPM_SUBTREE):
        folder = LongTermId(public.logged_on.repl_guid, public.frame(frame).counter)
        for data in (b"", numbers(range(1, 9), store=public.logged_on.repl_guid)):
            assert public.error(writing(data, folder, store=None)) == 0
            assert read(public, folder=folder) == (True, b"")


def test_no_set_in_the_public_store(hub: MailHub, public: PublicSession) -> None:
    """R1021, R1021002: nothing is marked by what is no set."""
    fill(hub, "Public/News", 1)
    assert public.error(writing(b"x" * 40, key(public, "News"), store=None)) == CORRUPT
    assert not current(public, "News")


def test_rights(hub: MailHub, public: PublicSession) -> None:
    """What somebody may not look up is not there, what they may not read has no set, and who may not mark does not."""
    stranger = LongTermId(UUID(int=9), public.folder("News").counter)
    for folder in (key(public, "Secret"), stranger, LongTermId(public.logged_on.repl_guid, 4711)):
        assert public.error(RopReadPerUserInformationRequest(0, LOGON, folder, 0, 0, 0)) == NOT_FOUND
        assert public.error(writing(b"", folder, store=None)) == NOT_FOUND
    shown = key(public, "Shown")
    assert public.error(RopReadPerUserInformationRequest(0, LOGON, shown, 0, 0, 0)) == ACCESS_DENIED
    assert read(public, folder=key(public, "Looked at")) == (True, b"")
    assert public.error(writing(b"", key(public, "Looked at"), store=None)) == ACCESS_DENIED


def test_of_mailboxes_alone(public: PublicSession) -> None:
    """R59770, R59771, R961, R962, R469, R482, R483, R488, R498, R499."""
    assert public.error(RopGetPerUserLongTermIdsRequest(0, LOGON, STORE)) == NOT_SUPPORTED
    assert public.error(RopGetPerUserGuidRequest(0, LOGON, FOLDER)) == NOT_SUPPORTED
