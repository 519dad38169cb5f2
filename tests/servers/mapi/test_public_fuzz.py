"""Any sequence of operations on public folders, over a real connection: each is answered, and the store stays sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_public import OPEN_PUBLIC, PublicSession, make_public, public_logon
from mapi_session import dn_of, imap_folders, mapi_hub, oid, organisation

from posthouse.directory import set_attributes
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderOpenFlags,
    FolderType,
    RopCreateFolderRequest,
    RopDeleteFolderRequest,
    RopEmptyFolderRequest,
    RopOpenFolderRequest,
)
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopMoveFolderRequest
from posthouse.protocols.mapi.rops.per_user import (
    RopGetPerUserGuidRequest,
    RopGetPerUserLongTermIdsRequest,
    RopReadPerUserInformationRequest,
    RopWritePerUserInformationRequest,
)
from posthouse.protocols.mapi.rops.store import (
    RopGetOwningServersRequest,
    RopGetReceiveFolderTableRequest,
    RopPublicFolderIsGhostedRequest,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.public_folders import Frame, frame_folder
from posthouse.store.folders import PUBLIC, all_folders
from posthouse.store.verify import verify
from posthouse.testing import MailHub

SLOTS = 6
KNOWN = {int(code) for code in ErrorCode}
GUIDS = [UUID(int=0), UUID(int=7)]


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "root") as hub:
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        make_public(hub, "a", "a/b", "c")
        yield hub


slots = st.integers(0, SLOTS)
flags = st.booleans()
counters = st.one_of(st.integers(0, 20), st.sampled_from(Frame).map(frame_folder), st.integers(0, 2**48 - 1))
ids = st.one_of(counters.map(oid), st.builds(ObjectId, st.integers(0, 2), counters))
keys = st.builds(LongTermId, st.sampled_from(GUIDS), counters)
names = st.sampled_from(["a", "A", "d", "a/b", "Public", "INBOX", "", "\u2028"])
data = st.binary(max_size=30)


@st.composite
def operations(draw: Any) -> RopRequest:
    made: RopRequest = draw(st.sampled_from(_KINDS))(draw)
    return made


_KINDS = (
    lambda draw: public_logon(0, 0, draw(st.sampled_from([OPEN_PUBLIC, OpenFlags(0), OPEN_PUBLIC | 1]))),
    lambda draw: RopLogonRequest(0, 0, LogonFlags.PRIVATE, OpenFlags.USE_PER_MDB_REPLID_MAPPING, 0, "own"),
    lambda draw: RopOpenFolderRequest(0, draw(slots), draw(slots), draw(ids), FolderOpenFlags(draw(flags) * 4)),
    lambda draw: RopOpenFolderRequest(0, 0, draw(slots), draw(ids), FolderOpenFlags(0)),
    lambda draw: RopCreateFolderRequest(
        *(0, draw(slots), draw(slots), FolderType(draw(st.integers(1, 2))), True, draw(flags), 0, draw(names), "")
    ),
    lambda draw: RopDeleteFolderRequest(
        0, draw(slots), DeleteFolderFlags(draw(st.sampled_from([0, 5, 0x15]))), draw(ids)
    ),
    lambda draw: RopEmptyFolderRequest(0, draw(slots), False, draw(flags)),
    lambda draw: RopMoveFolderRequest(0, draw(slots), draw(slots), False, True, draw(ids), draw(names)),
    lambda draw: RopCopyFolderRequest(0, draw(slots), draw(slots), False, draw(flags), True, draw(ids), draw(names)),
    lambda draw: RopGetPerUserGuidRequest(0, draw(slots), draw(keys)),
    lambda draw: RopGetPerUserLongTermIdsRequest(0, draw(slots), draw(st.sampled_from(GUIDS))),
    lambda draw: RopReadPerUserInformationRequest(
        0, 0, draw(keys), 0, draw(st.integers(0, 40)), draw(st.integers(0, 9))
    ),
    lambda draw: RopGetOwningServersRequest(0, draw(slots), draw(ids)),
    lambda draw: RopPublicFolderIsGhostedRequest(0, draw(slots), draw(ids)),
    lambda draw: RopGetReceiveFolderTableRequest(0, draw(slots)),
)


def told(hub: MailHub, who: str, request: RopRequest, replica: UUID) -> RopRequest:
    """With names and GUIDs that there are."""
    if isinstance(request, RopLogonRequest) and request.essdn:
        return RopLogonRequest(0, 0, request.logon_flags, request.open_flags, 0, dn_of(hub, who))
    if isinstance(request, RopReadPerUserInformationRequest) and request.folder_id.replica == GUIDS[0]:
        key = LongTermId(replica, request.folder_id.counter)
        return RopReadPerUserInformationRequest(0, 0, key, 0, request.data_offset, request.max_data_size)
    return request


@pytest.mark.fuzz
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(who=st.sampled_from(["alice", "root"]), requests=st.lists(operations(), min_size=1, max_size=25))
def test_any_sequence(hub: MailHub, who: str, requests: list[RopRequest]) -> None:
    """Each operation has a response with a documented code; the store is what it says, and the frame stays."""
    session = PublicSession(hub, who)
    replica = organisation(hub).replica_guid(PUBLIC)
    while len(session.handles) <= SLOTS:
        session.slot()
    for request in requests:
        [response] = session.execute(told(hub, who, request, replica))
        assert response.return_value in KNOWN, response
    assert hub.read(lambda tx: list(verify(tx, hub.running.store.blobs))) == []
    there = {folder.id for folder in hub.read(lambda tx: all_folders(tx, PUBLIC))}
    assert {frame_folder(one) for one in Frame} <= there
    imap_folders(hub, "root")


@pytest.mark.fuzz
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(pieces=st.lists(st.tuples(keys, st.integers(0, 60), data, flags), min_size=1, max_size=20))
def test_any_pieces(hub: MailHub, pieces: list[tuple[LongTermId, int, bytes, bool]]) -> None:
    """Pieces of sets in any order: each is taken or refused."""
    session = PublicSession(hub, "root")
    for key, offset, piece, last in pieces:
        rop = RopWritePerUserInformationRequest(0, 0, key, last, offset, piece, None)
        assert session.error(rop) in KNOWN
    assert hub.read(lambda tx: list(verify(tx, hub.running.store.blobs))) == []
