"""A compressed stream: bounded like any other, whatever a little input swells to – RFC 4978."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.net.deflate import Deflate
from posthouse.net.errors import ConnectionLost
from posthouse.net.stream import INPUT_HIGH


def deflated(data: bytes, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(data) + deflater.flush(flush)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=400)), st.integers(1, 50), st.integers(1, 300))
def test_any_cut_gives_the_same_octets(writes: list[bytes], cut: int, room: int) -> None:
    """Each write can be read as a whole before the next one is made, in pieces of any size."""
    ours, theirs = Deflate(), Deflate()
    for data in writes:
        wire = ours.compress(data)
        got = b""
        for at in range(0, len(wire), cut):
            theirs.feed(wire[at : at + cut])
            while theirs.pending:
                got += (piece := theirs.read(room))
                assert len(piece) <= room
        assert got == data


def test_a_bomb_is_read_as_the_session_takes_it(run: Any, loopback: Any) -> None:
    """100 MB from 100 KB: never more than a buffer of it is in memory, and the rest waits in the socket."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.start_deflate()
            client.write(deflated(bytes(100_000_000)))
            client.flush()
            taken = 0
            while taken < 100_000_000:
                piece = await server.receive()
                assert len(piece) <= 2 * INPUT_HIGH
                taken += len(piece)
            assert taken == 100_000_000

    run(conversation())


def test_both_ways_and_back_to_plain(run: Any, loopback: Any) -> None:
    """The go-ahead leaves as it is; behind the end of the peer's compression its octets are as they are."""

    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.write(b"go\r\n")
            server.start_deflate()
            server.write(b"answer " * 1000)
            server.flush()
            got = b""
            inflater = zlib.decompressobj(-15)
            while not got.startswith(b"go\r\n"):
                got += await client.receive()
            text = inflater.decompress(got[4:])
            while len(text) < 7000:
                text += inflater.decompress(await client.receive())
            assert text == b"answer " * 1000
            client.write(deflated(b"last", zlib.Z_FINISH) + b"plain")
            client.flush()
            assert await server.receive() == b"last"
            server.stop_deflate()
            assert await server.receive() == b"plain"
            client.write(b"more")
            client.flush()
            assert await server.receive() == b"more"
            server.write(b"clear")
            server.flush()
            assert await client.receive() == b"clear"

    run(conversation())


def test_what_is_no_deflate_ends_the_connection(run: Any, loopback: Any) -> None:
    async def conversation() -> None:
        async with loopback.pair() as (server, client):
            server.start_deflate()
            client.write(b"\xff" * 100)
            client.flush()
            with pytest.raises(ConnectionLost, match="not compressed"):
                await server.receive()

    run(conversation())
