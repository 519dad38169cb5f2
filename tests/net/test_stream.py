"""The stream's contract, on real sockets: bounded both ways, nothing lost, nobody left waiting."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from posthouse.net.errors import ConnectionLost, TimedOut
from posthouse.net.stream import CORK, INPUT_HIGH, OUTPUT_HIGH, Stream, endpoint


async def receive_exactly(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = await stream.receive()
        if not piece:
            break
        data += piece
    return data


async def write_for_ever(stream: Stream) -> None:
    while True:
        stream.write(bytes(CORK))
        await stream.drain()


async def receive_what_is_sent_for_ever(client: Stream, server: Stream) -> None:
    while True:
        client.write(b"x")
        client.flush()
        await server.receive()


def test_bytes_cross_in_order(run: Any, loopback: Any) -> None:
    """Small and large writes arrive as they were written; the end arrives as b"", again and again."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            pieces = [bytes([i % 256]) * (i * 37 % 5000) for i in range(500)]
            reading = asyncio.create_task(receive_exactly(server, 1 << 30))
            for piece in pieces:
                client.write(piece)
                if client.congested:
                    await client.drain()
            client.writelines([b"the ", b"end"])
            client.close()
            assert await reading == b"".join(pieces) + b"the end"
            assert await server.receive() == b""
            assert await server.receive_or_nudge() == b""
            assert server.bytes_in == client.bytes_out == sum(map(len, pieces)) + 7

    run(conversation())


def test_writes_are_kept_back_until_we_wait(run: Any, loopback: Any) -> None:
    """Answers to pipelined commands leave together: at a wait, at flush, or above CORK bytes."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.write(b"one ")
            server.write(b"two")
            await asyncio.sleep(0.05)
            assert not client.pending
            server.flush()
            assert await client.receive() == b"one two"
            server.write(bytes(CORK))
            assert len(await client.receive()) > 0
            client.write(b"ask")
            waiting = asyncio.create_task(client.receive_or_nudge())
            assert await server.receive() == b"ask"
            waiting.cancel()

    run(conversation())


def test_input_waits_in_the_kernel_when_nobody_takes_it(run: Any, loopback: Any) -> None:
    """A peer that sends faster than the session works does not grow our memory."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            total = 40 * 1024 * 1024
            client.write(bytes(total))
            client.flush()
            await asyncio.sleep(0.2)
            buffered = server.bytes_in
            assert INPUT_HIGH <= buffered < total / 10
            assert len(await receive_exactly(server, total)) == total

    run(conversation())


def test_a_peer_that_does_not_read_is_waited_for_and_then_given_up(run: Any, loopback: Any) -> None:
    """`drain` holds a session back; after `drain_seconds` it is TimedOut."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            client._transport.pause_reading()
            server.drain_seconds = 0.2
            with pytest.raises(TimedOut):
                await write_for_ever(server)
            assert server.congested
            client._transport.resume_reading()
            server.drain_seconds = 30
            server.flush()
            await asyncio.gather(server.drain(), receive_exactly(client, server.bytes_out))
            assert server._transport.get_write_buffer_size() < OUTPUT_HIGH

    run(conversation())


def test_the_deadline_counts_over_several_reads(run: Any, loopback: Any) -> None:
    """A peer that sends a byte now and then does not extend it; a new deadline does, later or earlier."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.set_deadline(600)
            server.set_deadline(0.1)
            with pytest.raises(TimedOut):
                await receive_what_is_sent_for_ever(client, server)
            with pytest.raises(TimedOut):
                await server.receive()
            server.set_deadline(30)
            client.write(b"y")
            client.flush()
            assert b"y" in await server.receive()
            server.write(b"time is up, said politely")
            server.close()
            assert await client.receive() == b"time is up, said politely"

    run(conversation())


def test_a_nudge_wakes_between_commands_only(run: Any, loopback: Any) -> None:
    """`receive_or_nudge` gives None, once for any number of nudges, before or while it waits; `receive` waits on."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.nudge()
            server.nudge()
            assert await server.receive_or_nudge() is None
            waiting = asyncio.create_task(server.receive_or_nudge())
            await asyncio.sleep(0)
            server.nudge()
            assert await waiting is None
            inside = asyncio.create_task(server.receive())
            await asyncio.sleep(0)
            server.nudge()
            await asyncio.sleep(0.02)
            assert not inside.done()
            client.write(b"literal")
            client.flush()
            assert await inside == b"literal"
            assert await server.receive_or_nudge() is None

    run(conversation())


def test_cancelling_loses_nothing(run: Any, loopback: Any) -> None:
    """What arrives after a cancelled `receive` is there for the next."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            waiting = asyncio.create_task(server.receive())
            await asyncio.sleep(0)
            client.write(b"still here")
            client.flush()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await server.receive() == b"still here"

    run(conversation())


def test_two_readers_are_a_mistake(run: Any, loopback: Any) -> None:
    """It is told, not left to chance who gets the bytes."""

    async def conversation() -> None:
        async with loopback.pair() as (server, _):
            waiting = asyncio.create_task(server.receive())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError):
                await server.receive()
            waiting.cancel()

    run(conversation())


def test_a_lost_connection_wakes_everyone(run: Any, loopback: Any) -> None:
    """After a reset: first the input that came, then ConnectionLost, for reader and drainer; writing is harmless."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            client.write(b"last words")
            client.flush()
            await asyncio.sleep(0.05)
            while not server.congested:
                server.write(bytes(CORK))
            draining = asyncio.create_task(server.drain())
            await asyncio.sleep(0)
            client.abort()
            with pytest.raises(ConnectionLost):
                await draining
            assert await server.receive() == b"last words"
            with pytest.raises(ConnectionLost):
                await server.receive()
            server.write(b"nobody hears")
            server.flush()
            with pytest.raises(ConnectionLost):
                await server.drain()
            assert server.closed
            server.close()

    run(conversation())


def test_our_own_abort_wakes_our_reader(run: Any, loopback: Any) -> None:
    """A session that waits is told that its stream was closed under it."""

    async def conversation() -> None:
        async with loopback.pair() as (server, _):
            waiting = asyncio.create_task(server.receive())
            await asyncio.sleep(0)
            server.abort()
            with pytest.raises(ConnectionLost):
                await waiting

    run(conversation())


def test_a_half_closed_peer_still_gets_its_answers(run: Any, loopback: Any) -> None:
    """`printf … | nc`: all commands, then the end, then it reads."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            client.write(b"commands")
            client.flush()
            client._transport.write_eof()
            assert await receive_exactly(server, 100) == b"commands"
            server.write(b"answers")
            server.close()
            assert await receive_exactly(client, 100) == b"answers"

    run(conversation())


def test_last_words_reach_a_peer_that_is_still_sending(run: Any, loopback: Any) -> None:
    """`finish` reads what comes, so that no reset destroys the answer on its way."""

    async def conversation() -> None:
        async def session(stream: Stream) -> None:
            stream.write(b"421 4.7.0 enough\r\n")
            await stream.finish(5)

        async with loopback.server(session) as (_, port):
            with socket.create_connection(("127.0.0.1", port)) as client:
                for _ in range(50):
                    await asyncio.to_thread(client.sendall, bytes(10_000))
                client.shutdown(socket.SHUT_WR)
                assert await asyncio.to_thread(client.recv, 100) == b"421 4.7.0 enough\r\n"

    run(conversation())


class Recorder:
    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []

    def received(self, data: bytes) -> None:
        self.said.append(("C", data))

    def sent(self, data: bytes) -> None:
        self.said.append(("S", data))


def test_a_tap_hears_both_sides(run: Any, loopback: Any) -> None:
    """In order, as it goes over the wire."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.tap = tap = Recorder()
            client.write(b"hello")
            client.flush()
            await server.receive()
            server.write(b"wel")
            server.write(b"come")
            server.flush()
            assert tap.said == [("C", b"hello"), ("S", b"welcome")]

    run(conversation())


ENDPOINTS = [
    (("192.0.2.1", 25), "192.0.2.1", "192.0.2.1:25"),
    (("2001:db8::1", 25, 0, 0), "2001:db8::1", "[2001:db8::1]:25"),
    (("::ffff:192.0.2.1", 25, 0, 0), "192.0.2.1", "192.0.2.1:25"),
    ("", "", ":0"),
    (None, "", ":0"),
]


@pytest.mark.parametrize(("name", "host", "text"), ENDPOINTS)
def test_endpoints(name: object, host: str, text: str) -> None:
    """An IPv4 address is one, however the socket calls it."""
    assert endpoint(name).host == host
    assert str(endpoint(name)) == text
