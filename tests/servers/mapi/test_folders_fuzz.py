"""Any sequence of operations on folders, over a real connection: each is answered, and the store stays sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_folders import FolderSession
from mapi_session import imap_folders, mapi_hub, oid

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.restrictions import BitMask, Exist, Not, Restriction
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    FolderOpenFlags,
    FolderType,
    RopCreateFolderRequest,
    RopDeleteFolderRequest,
    RopDeleteMessagesRequest,
    RopEmptyFolderRequest,
    RopGetSearchCriteriaRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesRequest,
    RopOpenFolderRequest,
    RopSetSearchCriteriaRequest,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopMoveCopyMessagesRequest, RopMoveFolderRequest
from posthouse.protocols.mapi.rops.store import RopSetReceiveFolderRequest
from posthouse.protocols.mapi.tags import PidTagMessageFlags, PidTagSubject
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special, is_special, own_folder
from posthouse.store.folders import all_folders
from posthouse.store.verify import verify
from posthouse.testing import MailHub

SLOTS = 8
IDS = 60
"""Lower ones stand for what there is at that moment."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


slots = st.integers(0, SLOTS)
bits = st.integers(0, 255)
specials = st.sampled_from(Special).map(lambda special: oid(own_folder(special)))
ids = st.one_of(
    st.integers(0, IDS).map(oid), specials, st.builds(ObjectId, st.integers(0, 2), st.integers(0, 2**48 - 1))
)
names = st.one_of(st.sampled_from(["a", "A", "b", "a/b", "Users", "inbox", ""]), st.text(max_size=8))
texts = st.one_of(
    names.map(lambda text: (True, text.replace("\0", ""))),
    st.binary(max_size=5).map(lambda raw: (False, raw.replace(b"\0", b""))),
)
some = st.lists(ids, max_size=6).map(tuple)
flags = st.booleans()
restrictions: st.SearchStrategy[Restriction | None] = st.sampled_from(
    [None, Exist(PidTagSubject), Not(Exist(PidTagSubject)), BitMask(False, PidTagMessageFlags, 1)]
)


@st.composite
def operations(draw: Any) -> RopRequest:
    kind = draw(st.sampled_from(_KINDS))
    made: RopRequest = kind(draw)
    return made


def _creation(draw: Any) -> RopRequest:
    (unicode, name), kind = draw(texts), FolderType(draw(st.integers(0, 3)))
    comment = "" if unicode else b""
    return RopCreateFolderRequest(0, draw(slots), draw(slots), kind, unicode, draw(flags), 0, name, comment)


def _move(draw: Any) -> RopRequest:
    unicode, name = draw(texts)
    return RopMoveFolderRequest(0, draw(slots), draw(slots), draw(flags), unicode, draw(ids), name)


def _copy(draw: Any) -> RopRequest:
    unicode, name = draw(texts)
    return RopCopyFolderRequest(0, draw(slots), draw(slots), draw(flags), draw(flags), unicode, draw(ids), name)


_KINDS = (
    lambda draw: RopOpenFolderRequest(0, draw(slots), draw(slots), draw(ids), FolderOpenFlags(draw(bits))),
    _creation,
    _creation,
    lambda draw: RopDeleteFolderRequest(0, draw(slots), DeleteFolderFlags(draw(bits) & 0x15), draw(ids)),
    lambda draw: RopEmptyFolderRequest(0, draw(slots), draw(flags), draw(flags)),
    lambda draw: RopHardDeleteMessagesAndSubfoldersRequest(0, draw(slots), draw(flags), draw(flags)),
    lambda draw: RopDeleteMessagesRequest(0, draw(slots), draw(flags), draw(flags), draw(some)),
    lambda draw: RopHardDeleteMessagesRequest(0, draw(slots), draw(flags), draw(flags), draw(some)),
    lambda draw: RopMoveCopyMessagesRequest(0, draw(slots), draw(slots), draw(some), draw(flags), draw(flags)),
    _move,
    _copy,
    lambda draw: RopSetSearchCriteriaRequest(
        0, draw(slots), draw(restrictions), draw(some), SearchRequestFlags(draw(bits) & 0x0F)
    ),
    lambda draw: RopGetSearchCriteriaRequest(0, draw(slots), draw(flags), draw(flags), draw(flags)),
    lambda draw: RopSetReceiveFolderRequest(0, draw(slots), draw(ids), draw(st.sampled_from([b"", b"IPM", b"IPM.X"]))),
)
KNOWN = {int(code) for code in ErrorCode}


def aimed(alice: FolderSession, request: RopRequest) -> RopRequest:
    """With ids of folders and messages that there are."""
    folders = alice.hub.read(lambda tx: all_folders(tx, alice.account))
    own = [folder.id for folder in folders if not is_special(folder)]
    known = [oid(number) for number in own * 5 + [folder.id for folder in folders]] + alice.message_ids() * 2

    def real(one: ObjectId) -> ObjectId:
        return known[one.counter % len(known)] if one.counter < IDS else one

    changed: dict[str, Any] = {}
    for name in ("folder_id", "message_ids", "folder_ids"):
        value = getattr(request, name, None)
        if value is not None:
            changed[name] = real(value) if isinstance(value, ObjectId) else tuple(map(real, value))
    return replace(request, **changed)


@pytest.mark.fuzz
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(operations(), min_size=1, max_size=25))
def test_any_sequence(hub: MailHub, requests: list[RopRequest]) -> None:
    """Each operation has a response with a documented code; the store is what it says, and IMAP shows a tree."""
    alice = FolderSession(hub, "alice")
    _, outer, name = alice.new()
    alice.new(outer, kind=FolderType.SEARCH)
    alice.new(outer)
    while len(alice.handles) <= SLOTS:
        alice.open(alice.special(Special.INBOX))
    for path in ("INBOX", name):
        alice.fill(path, "one", "two")
    for request in requests:
        [response] = alice.execute(aimed(alice, request))
        assert response.return_value in KNOWN, response
    blobs = hub.running.store.blobs
    assert hub.read(lambda tx: list(verify(tx, blobs))) == []
    folders = {folder.id: folder for folder in hub.read(lambda tx: all_folders(tx, alice.account))}
    for folder in folders.values():
        above = folders.get(folder.parent)
        assert above is None or not above.hidden or folder.hidden
    shown = imap_folders(hub, "alice")
    assert {"INBOX", "Sent", "Trash", "Drafts"} <= shown
    assert {path.rpartition("/")[0] for path in shown} - {""} <= shown
    for path in sorted(shown - {"INBOX", "Sent", "Trash", "Drafts", "Junk", "Archive"}, reverse=True):
        alice.delete_folder(alice.folder(path), DeleteFolderFlags(0x15))
