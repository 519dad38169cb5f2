"""Uploads in several buffers of one Execute, over HTTPS – 3.1.4.2.1.2.1. Statements are those of [MS-OXCRPC]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import unpack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapi_carrying import Carrier
from mapi_http import MapiClient
from mapi_session import PLAIN, dn_of, mapi_hub

from posthouse.observe.transcript import Wanted
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteRequest
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.fast_transfer import (
    RopFastTransferDestinationPutBufferExtendedRequest,
    RopFastTransferDestinationPutBufferRequest,
)
from posthouse.protocols.mapi.rops.responses import parse_responses
from posthouse.protocols.mapi.rops.stream import (
    RopGetStreamSizeRequest,
    RopGetStreamSizeResponse,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopReadStreamRequest,
    RopReadStreamResponse,
    RopWriteStreamExtendedRequest,
    RopWriteStreamRequest,
    StreamOpenMode,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

OWN = PropertyTag(0x6900, PropertyType.BINARY)
PIECE = 32_000


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Carrier:
    return Carrier(hub, "alice")


def packed(alice: Carrier, *buffers: Sequence[RopRequest], compressed: bool = False) -> tuple[int, list[RopBuffer]]:
    """An Execute of so many buffers: its ErrorCode, and what came back."""
    last = len(buffers) - 1
    asked = b"".join(
        format_extended(
            RopBuffer(b"".join(rop.format() for rop in rops), tuple(alice.handles)).format(),
            last=number == last,
            compressed=compressed,
        )
        for number, rops in enumerate(buffers)
    )
    body = alice.client.post("Execute", ExecuteRequest(PLAIN, asked, 0x8000).format()).body
    code, size = unpack("<4xI4xI", body[:16])
    answers = [parse_rop_buffer(one) for one in parse_extended(body[16 : 16 + size])] if size else []
    return code, answers


def done(alice: Carrier, *buffers: Sequence[RopRequest], compressed: bool = False) -> list[Any]:
    """The responses of one that succeeds: they are all in one buffer (R1649010)."""
    code, answers = packed(alice, *buffers, compressed=compressed)
    assert (code, len(answers)) == (0, 1)
    alice.handles[:] = answers[0].handles
    return [one.response for one in parse_responses(answers[0].rops, buffers[0])]


def content(alice: Carrier, message: int) -> bytes:
    """The whole property, read in pieces."""
    stream, found = alice.slot(), b""
    alice.get(RopOpenStreamRequest(0, message, stream, OWN, StreamOpenMode.READ_ONLY), RopOpenStreamResponse)
    while part := alice.get(RopReadStreamRequest(0, stream, PIECE), RopReadStreamResponse).data:
        found += part
    alice.release(stream)
    return found


def test_what_the_server_tells(hub: MailHub) -> None:
    """R291002, R291004, R291007, R1350001: AUX_SERVER_CAPABILITIES with the two kinds of uploads that may be packed,
    and with nothing else (R666)."""
    one = MapiClient(hub.https.port, "/mapi/emsmdb/", "alice@example.org:secret", hub.client_context())
    body = one.post("Connect", ConnectRequest(dn_of(hub, "alice")).format()).body
    assert body.endswith(bytes.fromhex("0800 01 46 03000000"))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_stream(alice: Carrier, compressed: bool) -> None:
    """R1649005, R1649008, R1649009, R1649010, R1649011: opened and written by one request; the response says how much
    was written in all."""
    data = b"".join(b"%07d " % number for number in range(25_000))
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    message, stream = alice.new_message(), alice.slot()
    opening = RopOpenStreamRequest(0, message, stream, OWN, StreamOpenMode.CREATE)
    first, *others = (RopWriteStreamExtendedRequest(0, stream, piece) for piece in pieces)
    opened, written = done(alice, [opening, first], *([one] for one in others), compressed=compressed)
    assert (opened.return_value, written.return_value, written.written_size) == (0, 0, len(data))
    alice.release(stream)
    assert content(alice, message) == data


@pytest.mark.parametrize(
    "kind", [RopFastTransferDestinationPutBufferRequest, RopFastTransferDestinationPutBufferExtendedRequest]
)
def test_a_transfer(alice: Carrier, kind: type) -> None:
    """R1649006, R1649008, R1649009, R1649012, R1649013: put in pieces that end anywhere; the response says how much was
    taken of the last one."""
    source, target = alice.new_message(), alice.new_message()
    raw = bytes(range(256)) * 500
    stream = alice.slot()
    opening = RopOpenStreamRequest(0, source, stream, OWN, StreamOpenMode.CREATE)
    writing = [RopWriteStreamExtendedRequest(0, stream, raw[at : at + PIECE]) for at in range(0, len(raw), PIECE)]
    done(alice, [opening, writing[0]], *([one] for one in writing[1:]))
    alice.release(stream)
    data = alice.copied_to(source)
    destination = alice.destination(target)
    pieces = [kind(0, destination, data[at : at + 30_001]) for at in range(0, len(data), 30_001)]
    assert len(pieces) > 3
    [put] = done(alice, *([one] for one in pieces))
    assert (put.return_value, put.buffer_used_size) == (0, len(data) % 30_001)
    alice.release(destination)
    assert content(alice, target) == raw


def wrong(alice: Carrier) -> dict[str, list[list[RopRequest]]]:
    """Requests whose further buffers do not belong to the first."""
    message, one, other = alice.new_message(), alice.slot(), alice.slot()
    for stream in (one, other):
        alice.get(RopOpenStreamRequest(0, message, stream, OWN, StreamOpenMode.CREATE), RopOpenStreamResponse)
    write, elsewhere = (RopWriteStreamExtendedRequest(0, stream, b"abc") for stream in (one, other))
    size, plain = RopGetStreamSizeRequest(0, one), RopWriteStreamRequest(0, one, b"abc")
    return {
        "two in one": [[write], [write, write]],
        "none": [[write], []],
        "another operation": [[write], [size]],
        "another object": [[write], [elsewhere]],
        "not the last": [[write, size], [write]],
        "nothing before": [[], [write]],
        "no handle": [[write], [RopWriteStreamExtendedRequest(0, 99, b"abc")]],
        "an operation that is not packed": [[plain], [plain]],
    }


@pytest.mark.parametrize(
    "name",
    [
        *("two in one", "none", "another operation", "another object", "not the last", "nothing before", "no handle"),
        "an operation that is not packed",
    ],
)
def test_what_does_not_belong_together(alice: Carrier, name: str) -> None:
    """R1649008: then nothing of the request is done."""
    requests = wrong(alice)[name]
    assert packed(alice, *requests) == (ErrorCode.ecRpcFormat, [])
    for stream in (-2, -1):
        size = RopGetStreamSizeRequest(0, len(alice.handles) + stream)
        assert alice.get(size, RopGetStreamSizeResponse).stream_size == 0


def test_a_trace(alice: Carrier) -> None:
    """Each operation is shown as it came, and the one response."""
    message, stream, lines = alice.new_message(), alice.slot(), list[str]()
    opening = RopOpenStreamRequest(0, message, stream, OWN, StreamOpenMode.CREATE)
    tracer = alice.hub.running.tracer
    number = tracer.start(Wanted(protocol="mapi"), lines.append)
    done(
        alice,
        [opening, RopWriteStreamExtendedRequest(0, stream, b"a")],
        [RopWriteStreamExtendedRequest(0, stream, b"bc")],
    )
    tracer.stop(number)
    shown = [(one.partition(": ")[0][-1], one.partition(": ")[2].split()[0]) for one in lines]
    opened, written = "RopOpenStream", "RopWriteStreamExtended"
    assert shown == [("C", opened), ("C", written), ("C", written), ("S", opened), ("S", written)]


def test_a_failure_of_all(alice: Carrier) -> None:
    """R1649009: what fails, fails as one operation: nothing is written."""
    message, stream = alice.new_message(), alice.slot()
    alice.set(message, {OWN: b"kept"})
    opening = RopOpenStreamRequest(0, message, stream, OWN, StreamOpenMode.READ_ONLY)
    write = RopWriteStreamExtendedRequest(0, stream, b"lost")
    opened, written = done(alice, [opening, write], [write], [write])
    assert (opened.return_value, written.return_value) == (0, ErrorCode.ecStreamAccessDenied)
    assert alice.value(message, OWN) == b"kept"


@pytest.fixture(scope="module")
def attacker(hub: MailHub) -> Carrier:
    return Carrier(hub, "alice")


WRITES = st.builds(RopWriteStreamExtendedRequest, st.just(0), st.integers(0, 3), st.binary(max_size=20))
PUTS = st.builds(RopFastTransferDestinationPutBufferRequest, st.just(0), st.integers(0, 3), st.binary(max_size=20))
OTHERS = st.builds(RopGetStreamSizeRequest, st.just(0), st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.one_of(WRITES, PUTS, OTHERS), max_size=3), min_size=1, max_size=4))
@pytest.mark.fuzz
def test_anything_packed(attacker: Carrier, buffers: list[list[RopRequest]]) -> None:
    """R1649008: whatever is packed is done as one list, or is refused."""
    code, answers = packed(attacker, *buffers)
    assert (code, len(answers)) in {(0, 1), (ErrorCode.ecRpcFormat, 0)}
    if code == 0:
        assert len(parse_responses(answers[0].rops, buffers[0])) == len(buffers[0])
        assert all(len(others) == 1 for others in buffers[1:])
