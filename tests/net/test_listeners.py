"""Who may connect, how many, and how a server stops."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.net.addresses import BadAddress, client_key, is_loopback, parse_address
from posthouse.net.connect import connect
from posthouse.net.errors import CannotConnect
from posthouse.net.gate import Gate
from posthouse.net.listeners import CannotListen, Server, address_of, open_sockets
from posthouse.net.stream import Stream

ADDRESSES = [
    ("127.0.0.1:25", ("127.0.0.1", 25)),
    ("[::1]:25", ("::1", 25)),
    ("mx.example.org:0", ("mx.example.org", 0)),
    (":587", ("", 587)),
    ("*:587", ("", 587)),
]


@pytest.mark.parametrize(("text", "value"), ADDRESSES)
def test_addresses(text: str, value: tuple[str, int]) -> None:
    """As people write them."""
    assert parse_address(text) == value


@pytest.mark.parametrize(
    "text", ["", "25", "localhost", "::1", "::1:25", "[::1]", "host:port", "host:70000", "host:-1"]
)
def test_addresses_that_are_none(text: str) -> None:
    """Each is refused with what is expected, not guessed at."""
    with pytest.raises(BadAddress):
        parse_address(text)


def test_a_default_port() -> None:
    """Where a protocol has one, the port may be left out."""
    assert parse_address("relay.example", 25) == ("relay.example", 25)
    assert parse_address("[2001:db8::1]", 25) == ("2001:db8::1", 25)
    assert parse_address("relay.example:26", 25) == ("relay.example", 26)


async def greet(stream: Stream) -> None:
    stream.write(b"hello")
    while await stream.receive():
        pass


async def empty(server: Server) -> None:
    """Until every session has ended."""
    while server.sessions:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def test_every_kind_of_address_accepts(run: Any) -> None:
    """IPv4, IPv6 and names; port 0 becomes a free one; several workers share it."""

    async def conversation() -> None:
        held = open_sockets(["127.0.0.1:0", "[::1]:0", "localhost:0"])
        chosen = [address_of(bound) for bound in held]
        server, other = Server("one", greet), Server("two", greet)
        await server.listen(open_sockets(chosen))
        await other.listen(open_sockets(chosen))
        for host, port in {parse_address(address) for address in chosen}:
            client = await connect(host, port)
            assert await client.receive() == b"hello"
            assert (client.peer.host, client.peer.port) == (host, port)
            client.close()
        for bound in held:
            bound.close()
        await server.close(5)
        await other.close(5)
        assert server.accepted + other.accepted == len({*chosen})

    run(conversation())


def test_an_address_that_is_taken_is_named() -> None:
    """Where another program listens, the error says so; nothing stays bound."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotListen, match=f"{address}: another program"):
            open_sockets(["127.0.0.1:0", address])
    with pytest.raises(CannotListen, match="does not have that address"):
        open_sockets(["192.0.2.1:0"])


def test_a_connection_too_many_is_told_why(run: Any, loopback: Any) -> None:
    """The refusal reaches the client even if it has already sent something; when one leaves, another may come."""

    async def conversation() -> None:
        async with loopback.server(greet, gate=Gate(total=1), refusal=b"421 too many\r\n") as (server, port):
            first = await connect("127.0.0.1", port)
            assert await first.receive() == b"hello"
            second = await connect("127.0.0.1", port)
            second.write(b"EHLO me\r\n")
            assert await second.receive() == b"421 too many\r\n"
            assert await second.receive() == b""
            second.close()
            first.close()
            await empty(server)
            third = await connect("127.0.0.1", port)
            assert await third.receive() == b"hello"
            third.close()

    run(conversation())


def test_a_gate_counts_clients() -> None:
    """Per IPv4 address and per IPv6 network of 64 bits; loopback only in total."""
    gate = Gate(total=10, per_client=2)
    assert gate.enter("192.0.2.1")
    assert gate.enter("192.0.2.1")
    assert not gate.enter("192.0.2.1")
    assert gate.enter("192.0.2.2")
    assert gate.enter("2001:db8::1")
    assert gate.enter("2001:db8::ffff:1")
    assert not gate.enter("2001:db8::2")
    assert gate.enter("2001:db8:0:1::2")
    gate.leave("192.0.2.1")
    assert gate.enter("192.0.2.1")
    for _ in range(4):
        assert gate.enter("127.0.0.1")
    assert not gate.enter("127.0.0.1")
    assert gate.refused == 3


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["192.0.2.1", "127.0.0.1", "2001:db8::1", "fe80::1%eth0"]))))
def test_a_gate_forgets_whoever_has_left(steps: list[tuple[bool, str]]) -> None:
    """After everybody has left nothing is kept."""
    gate, inside = Gate(total=5, per_client=2), []
    for enter, host in steps:
        if enter and gate.enter(host):
            inside.append(host)
        elif host in inside:
            inside.remove(host)
            gate.leave(host)
        assert gate.count == len(inside) <= 5
    for host in inside:
        gate.leave(host)
    assert gate.count == 0
    assert not gate._clients


def test_loopback_and_clients() -> None:
    """What counts as within the machine, and as one client."""
    assert is_loopback("127.3.2.1")
    assert is_loopback("::1")
    assert is_loopback("")
    assert not is_loopback("192.0.2.1")
    assert not is_loopback("rubbish")
    assert client_key("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::"


def test_a_failing_session_costs_only_itself(run: Any, loopback: Any) -> None:
    """Its connection is closed, the next is served."""

    async def conversation() -> None:
        async def session(stream: Stream) -> None:
            if await stream.receive() == b"break":
                raise ValueError("a bug")
            stream.write(b"fine")

        async with loopback.server(session) as (server, port):
            for said, answer in ((b"break", b""), (b"work", b"fine")):
                client = await connect("127.0.0.1", port)
                client.write(said)
                assert await client.receive() == answer
                client.close()
            await empty(server)

    run(conversation())


def test_stopping_lets_commands_finish(run: Any) -> None:
    """Idle sessions say goodbye at once, one in a command finishes it, one that does not end is cut off."""

    async def conversation() -> None:
        ended: list[bytes] = []

        async def session(stream: Stream) -> None:
            stream.write(b"hello")
            while (data := await stream.receive_or_nudge()) is not None:
                if data == b"slow":
                    await asyncio.sleep(0.1)
                    stream.write(b"done ")
                elif data == b"stuck":
                    await asyncio.Event().wait()
            assert stream.draining
            stream.write(b"bye")

        async def client(port: int, says: bytes) -> None:
            stream = await connect("127.0.0.1", port)
            assert await stream.receive() == b"hello"
            stream.write(says)
            stream.flush()
            heard = b""
            try:
                while data := await stream.receive():
                    heard += data
            finally:
                ended.append(says + b":" + heard)
                stream.close()

        server = Server("test", session)
        await server.listen(open_sockets(["127.0.0.1:0"]))
        port = server.addresses[0].port
        clients = [asyncio.create_task(client(port, says)) for says in (b"idle", b"slow", b"stuck")]
        await asyncio.sleep(0.05)
        await server.close(grace=1)
        await asyncio.gather(*clients, return_exceptions=True)
        assert sorted(ended) == [b"idle:bye", b"slow:done bye", b"stuck:"]
        assert server.sessions == 0
        with pytest.raises(CannotConnect):
            await connect("127.0.0.1", port)

    run(conversation())


def test_our_own_address_may_be_chosen(run: Any, loopback: Any) -> None:
    """A hub with several addresses sends from the one whose name it says."""

    async def conversation() -> None:
        async with loopback.server(greet) as (_, port):
            stream = await connect("127.0.0.1", port, source="127.0.0.3")
            assert stream.local.host == "127.0.0.3"
            stream.close()

    run(conversation())


def test_nobody_listens(run: Any) -> None:
    """The error tells the reason."""

    async def conversation() -> None:
        (bound,) = open_sockets(["127.0.0.1:0"])  # taken, but nobody listens
        with pytest.raises(CannotConnect, match="refused"):
            await connect("127.0.0.1", bound.getsockname()[1])
        bound.close()

    run(conversation())
