"""Lists of operations that have been good, with some bytes changed: each family's, with the objects that it works on.

Whatever comes is answered, with codes that are documented; the server lives on, and the store is sound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from struct import unpack_from

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_client import FORMS, LayoutClient
from layout_stories import STORIES
from mapi_public import make_public
from mapi_session import PLAIN, mapi_hub

from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.verify import verify
from posthouse.testing import MailHub

pytestmark = pytest.mark.fuzz
EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "6"))
SEARCHING = settings(
    max_examples=EXAMPLES * 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WHOLE = {0, ErrorCode.ecRpcFormat, ErrorCode.ecBufferTooSmall}
"""How a request may end as a whole."""
KNOWN = {int(code) for code in ErrorCode} | {0}
IDS = {form.fields[0].raw[0] for forms in FORMS.values() for name, form in forms.items() if name == "failure"}
"""Of responses that have a ReturnValue."""


class Recorder(LayoutClient):
    """It remembers what it has said with success."""

    def __init__(self, hub: MailHub) -> None:
        super().__init__(hub, "alice")
        self.requests: list[bytes] = []

    def answer(self, rop: str, request: bytes) -> bytes:
        self.requests.append(request)
        return super().answer(rop, request)

    def send(self, rops: bytes) -> bytes:
        """Whatever this is; the responses, unless the whole request has failed."""
        payload = format_extended(RopBuffer(rops, tuple(self.handles)).format())
        body = self.client.post("Execute", ExecuteRequest(PLAIN, payload, 0x8000).format()).body
        status, error, _, size = unpack_from("<IIII", body)
        assert (status, error) == (0, 0) or {status, error} <= WHOLE, body[:8].hex()
        return parse_rop_buffer(parse_extended(body[16 : 16 + size])[0]).rops if size and not status | error else b""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        make_public(hub, "News")
        yield hub


@st.composite
def changed(draw: st.DrawFn, requests: list[bytes]) -> bytes:
    """Some of these in any order: bytes become others, ends are cut off, something is put between."""
    whole = b"".join(draw(st.lists(st.sampled_from(requests), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(whole)))
        how = draw(st.sampled_from(["other", "cut", "more"]))
        if how == "cut":
            whole = whole[: max(at, 1)]
        else:
            new = draw(st.binary(min_size=1, max_size=4) | st.sampled_from([b"\0\0", b"\xff\xff", b"\xff\xff\xff\xff"]))
            whole = whole[:at] + new + whole[at + (len(new) if how == "other" else 0) :]
    return whole


@pytest.mark.parametrize("story", STORIES)
def test_changed_lists(hub: MailHub, story: str) -> None:
    """MS-OXCROPS R4551: a list that cannot be read fails as a whole, another is done one by one."""
    client = Recorder(hub)
    STORIES[story](client)
    recorded = client.requests

    @SEARCHING
    @given(changed(recorded))
    def search(rops: bytes) -> None:
        answer = client.send(rops)
        if answer and answer[0] in IDS:
            assert int.from_bytes(answer[2:6], "little") in KNOWN, answer[:6].hex(" ")

    search()
    blobs = hub.running.store.blobs
    assert hub.read(lambda tx: list(verify(tx, blobs))) == []
    STORIES[story](LayoutClient(hub, "bob"))
