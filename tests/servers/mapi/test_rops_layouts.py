"""Every operation against a server, by a client that knows them only from the tables in `tests/layouts/rops`.

What is checked of each answer (`layout_client`) are the statements that the tables name: RopId, the index, ReturnValue,
and how long it is. Statements are those of [MS-OXCROPS].
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from layout_client import FORMS, HEAD, NULL_DESTINATION, LayoutClient, u32
from layout_stories import BODY, STORIES
from mapi_public import make_public
from mapi_session import mapi_hub
from rop_layouts import FOLDER, read_layouts

from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

REQUESTS = sorted(rop for rop, forms in FORMS.items() if "request" in forms)
NEVER = {
    *("RopGetStoreState", "RopLockRegionStream", "RopUnlockRegionStream"),
    *("RopAbort", "RopProgress", "RopUpdateDeferredActionMessages"),
}
"""What Exchange does not have any more, and what succeeds only when something goes on."""
FAILURES = {
    "RopLogon": {ErrorCode.ecInvalidParameter},
    "RopUpdateDeferredActionMessages": {ErrorCode.ecNotSupported, ErrorCode.ecNullObject},
}
"""Of those that do not ask for the object first."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        make_public(hub, "News")
        yield hub


@pytest.fixture
def client(hub: MailHub) -> LayoutClient:
    return LayoutClient(hub, "alice")


@pytest.mark.parametrize("rop", sorted(set(REQUESTS) - {"RopRelease"}))
def test_failures(client: LayoutClient, rop: str) -> None:
    """R4691: what there is nothing to work on for is answered with an error in the form of failures, and nothing
    else."""
    names = [one.name for one in FORMS[rop]["request"].fields if one.name.endswith("HandleIndex")]
    slots = {name: client.slot() for name in names}
    assert set(client.handles[1:]) == {EMPTY}
    response = client.answer(rop, client.request(rop, **slots))
    code = int.from_bytes(response[2:HEAD], "little")
    assert code in FAILURES.get(rop, {ErrorCode.ecNullObject})


@pytest.mark.parametrize("rop", [rop for rop in REQUESTS if "null destination" in FORMS[rop]])
def test_null_destinations(client: LayoutClient, rop: str) -> None:
    """R3411, R3415: the source is there, the destination is not: the answer tells its index, and that nothing was
    done."""
    _, message = client.new_message()
    stream = client.open("RopOpenStream", InputHandleIndex=message, PropertyTag=BODY, OpenModeFlags=2)
    source = {"RopCopyToStream": stream, "RopCopyTo": message, "RopCopyProperties": message}
    indices = {"SourceHandleIndex": source.get(rop, client.folder_slot()), "DestHandleIndex": client.slot()}
    response = client.answer(rop, client.request(rop, **indices))
    assert int.from_bytes(response[2:HEAD], "little") == NULL_DESTINATION
    at = FORMS[rop]["null destination"].offset("DestHandleIndex")
    assert response[at : at + 4] == u32(indices["DestHandleIndex"])
    assert not any(response[at + 4 :])  # nothing was done, not even in part


@pytest.mark.parametrize("story", STORIES)
def test_successes(client: LayoutClient, story: str) -> None:
    """R3, R400001, R46661, R40005, R40009, R341505, R469312, R4693081, R469314, R4544110, R8670901, R752001, R753001,
    R171501, R2578: by Execute over HTTP, each operation of the file succeeds at least once, and answers in the form of
    successes."""
    STORIES[story](client)
    listed = {form.rop for form in read_layouts() if form.file == story and form.name == "request"}
    assert listed - client.said <= NEVER


def test_no_story_is_left_out() -> None:
    files = {file.stem for file in FOLDER.glob("*.txt")}
    assert files - set(STORIES) == {"release", "transport"}


def test_release(client: LayoutClient) -> None:
    """R4472, R457301, R20010: what it had was an object, and is none afterwards; there is no answer."""
    slot = client.folder_slot()
    request = client.request("RopRelease", InputHandleIndex=slot)
    assert client.execute_raw(RopBuffer(request, tuple(client.handles)).format()).rops == b""
    again = client.answer("RopGetPropertiesList", client.request("RopGetPropertiesList", InputHandleIndex=slot))
    assert again[2:HEAD] == u32(ErrorCode.ecInvalidObject)
