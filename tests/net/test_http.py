"""HTTP/1.1 as a server: real connections, bytes as they cross them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.net.connect import connect
from posthouse.net.errors import ConnectionLost, StreamError
from posthouse.net.http import Exchange, HttpLimits, Page, Response, serve_http
from posthouse.net.listeners import Server, open_sockets
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger

PATIENT = HttpLimits()
QUICK = HttpLimits(idle_seconds=5, head_seconds=0.3, body_seconds=0.3)


@asynccontextmanager
async def served(page: Page, limits: HttpLimits = PATIENT) -> AsyncIterator[tuple[Server, Stream]]:
    """A server with this page, and a client's connection to it."""

    async def session(stream: Stream) -> None:
        await serve_http(stream, page, limits, Logger("test"))

    server = Server("test", session)
    await server.listen(open_sockets(["127.0.0.1:0"]))
    client = await connect("127.0.0.1", server.addresses[0].port)
    client.set_deadline(10)
    try:
        yield server, client
    finally:
        client.abort()
        await server.close(5)


async def said(client: Stream, *, until: bytes = b"") -> bytes:
    """What the server says until it has said that, or has closed; without its dates."""
    heard = b""
    while not until or until not in heard:
        data = await client.receive()
        if not data:
            break
        heard += data
    return re.sub(rb"Date: [^\r]*\r\n", b"", heard)


async def sessions(server: Server, count: int) -> None:
    """Until there are so many."""
    while server.sessions != count:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def echo(exchange: Exchange) -> Response:
    body = await exchange.body(100_000)
    request = exchange.request
    return Response(200, f"{request.method} {request.path} {request.arguments()} ".encode() + body)


def ask(method: str, target: str, body: bytes = b"", *fields: str) -> bytes:
    head = [f"{method} {target} HTTP/1.1", "Host: mail.example.org", *fields]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def test_requests_on_one_connection(run: Callable[..., Any]) -> None:
    """A connection serves one request after the other, also when they come at once (RFC 9112 §9.3)."""

    async def talk() -> None:
        async with served(echo) as (_, client):
            client.write(ask("GET", "/a%20b?X=1&y") + ask("POST", "/c", b"body") + ask("GET", "/end"))
            heard = await said(client, until=b"/end {}")
            assert heard.count(b"HTTP/1.1 200") == 3
            assert b"GET /a b {'x': '1', 'y': ''}" in heard
            assert b"POST /c {} body" in heard

    run(talk())


def test_others_have_their_turn(run: Callable[..., Any]) -> None:
    """However many requests come at once, and though none of them waits for anything."""

    async def talk() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async def counting(_: Exchange) -> Response:
            seen.append(turns)
            return Response.text(200, "")

        seen: list[int] = []
        async with served(counting) as (_, client):
            beside = asyncio.create_task(others())
            client.write(ask("GET", "/") * 50)
            heard = await said(client, until=b"\r\n\r\n")
            while heard.count(b"HTTP/1.1 200") < 50:
                heard += await said(client, until=b"\r\n\r\n")
            beside.cancel()
        assert len(set(seen)) == 50

    run(talk())


def test_body_in_chunks_and_absolute_target(run: Callable[..., Any]) -> None:
    """Chunked bodies are joined (RFC 9112 §7.1), targets may be absolute (§3.2.2)."""

    async def talk() -> None:
        async with served(echo) as (_, client):
            head = ask("POST", "http://mail.example.org/x?q=1", b"", "Transfer-Encoding: chunked")
            client.write(head + b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
            assert b"POST /x {'q': '1'} abcde" in await said(client, until=b"abcde")

    run(talk())


def test_expect_continue(run: Callable[..., Any]) -> None:
    """Who waits for 100 gets it once the page wants the body (RFC 9110 §10.1.1)."""

    async def talk() -> None:
        async with served(echo) as (_, client):
            client.write(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            assert await said(client, until=b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
            client.write(b"ok")
            assert b"POST / {} ok" in await said(client, until=b"ok")

    run(talk())


def test_unwanted_body_does_not_end_the_connection(run: Callable[..., Any]) -> None:
    """A page that answers without reading the body, as with 401, leaves the connection usable."""

    async def deaf(exchange: Exchange) -> Response:
        return Response.text(401, exchange.request.path)

    async def talk() -> None:
        async with served(deaf) as (_, client):
            client.write(ask("POST", "/one", b"x" * 50_000) + ask("POST", "/two", b"y"))
            heard = await said(client, until=b"/two")
            assert heard.count(b"HTTP/1.1 401") == 2

    run(talk())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"HELO mail.example.org\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),  # no Host
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000, b"431"),
    ],
)
def test_what_is_not_http_is_refused(run: Callable[..., Any], sent: bytes, status: bytes) -> None:
    """Broken, ambiguous or too large: a number that says so, and the connection ends (RFC 9112 §2.2, §6.3)."""

    async def talk() -> bytes:
        async with served(echo) as (_, client):
            client.write(sent)
            return await said(client)

    heard = run(talk())
    assert heard.startswith(b"HTTP/1.1 " + status), heard[:100]
    assert b"close" in heard


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: ", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nslow"],
    ids=["head", "body"],
)
def test_slow_requests_end(run: Callable[..., Any], sent: bytes) -> None:
    """Who begins a request must end it in time; the connection is closed without an answer."""

    async def talk() -> bytes:
        async with served(echo, QUICK) as (_, client):
            client.write(sent)
            return await said(client)

    assert run(talk()) == b""


def test_too_many_pieces(run: Callable[..., Any]) -> None:
    """A body in chunks of one byte costs us far more than its sender: there is a limit."""

    async def talk() -> bytes:
        async with served(echo) as (_, client):
            client.write(ask("POST", "/", b"", "Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 20_000)
            return await said(client)

    assert run(talk()).startswith(b"HTTP/1.1 413")


def test_too_many_pieces_of_what_nobody_wants(run: Callable[..., Any]) -> None:
    """Whoever gets 401 for a body of bytes that come one by one is not listened to any longer."""

    async def deaf(_: Exchange) -> Response:
        return Response.text(401, "")

    async def talk() -> None:
        async with served(deaf) as (_, client):
            client.write(ask("POST", "/", b"", "Transfer-Encoding: chunked") + b"1\r\na\r\n" * 17_000)
            assert (await said(client)).startswith(b"HTTP/1.1 401 ")  # and it has closed

    run(talk())


def test_our_fault_is_500_without_details(run: Callable[..., Any]) -> None:
    """A page that fails says nothing about why; the connection goes on (MS-OXCMAPIHTTP R51, R1304)."""

    async def broken(exchange: Exchange) -> Response:
        raise RuntimeError("the secret reason")

    async def talk() -> None:
        async with served(broken) as (_, client):
            client.write(ask("GET", "/") + ask("GET", "/"))
            heard = b""
            while heard.count(b"Internal error") < 2:
                heard += await said(client, until=b"Internal error")
            assert heard.count(b"HTTP/1.1 500") == 2
            assert b"secret" not in heard

    run(talk())


def test_head_has_no_body(run: Callable[..., Any]) -> None:
    """HEAD is GET without the body (RFC 9110 §9.3.2)."""

    async def talk() -> None:
        async with served(echo) as (_, client):
            client.write(ask("HEAD", "/", b"", "Connection: close"))
            heard = await said(client)
            assert heard.endswith(b"\r\n\r\n")
            assert b"Content-Length: 10" in heard

    run(talk())


def test_pieces_leave_at_once(run: Callable[..., Any]) -> None:
    """A response that begins before it is known: each piece is a chunk and is not kept back."""
    done = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await exchange.start(200, [("Content-Type", "text/plain")])
        await exchange.send(b"one")
        work = asyncio.create_task(done.wait())
        assert not await exchange.wait(work, 0.05)
        await exchange.send(b"two")
        assert await exchange.wait(work, 10)
        await exchange.send(b"three")
        await exchange.finish()

    async def talk() -> None:
        async with served(slow) as (_, client):
            client.write(ask("GET", "/") + ask("GET", "/"))
            assert (await said(client, until=b"two")).endswith(b"3\r\none\r\n3\r\ntwo\r\n")
            done.set()
            heard = await said(client, until=b"three\r\n0\r\n\r\n")
            assert heard.startswith(b"5\r\nthree\r\n0\r\n\r\n")

    run(talk())


def test_hanging_up_ends_the_wait(run: Callable[..., Any]) -> None:
    """A page that waits hears at once that its client is gone."""
    ended = asyncio.Event()

    async def waiting(exchange: Exchange) -> None:
        await exchange.start(200, [])
        try:
            await exchange.wait(asyncio.get_running_loop().create_future(), 60)
        except ConnectionLost:
            ended.set()
            raise

    async def talk() -> None:
        async with served(waiting) as (server, client):
            client.write(ask("GET", "/"))
            await said(client, until=b"\r\n\r\n")
            client.abort()
            await asyncio.wait_for(ended.wait(), 10)
            await sessions(server, 0)

    run(talk())


def test_drain(run: Callable[..., Any]) -> None:
    """When the hub stops, idle connections end, and who waits gets an answer that closes its connection."""

    async def waiting(exchange: Exchange) -> Response:
        done = await exchange.wait(asyncio.get_running_loop().create_future(), 60)
        assert not done
        assert exchange.draining
        return Response.text(503, "stopping\n")

    async def talk() -> None:
        async with served(waiting) as (server, client):
            idle = await connect("127.0.0.1", server.addresses[0].port)
            idle.set_deadline(10)
            client.write(ask("GET", "/"))
            client.flush()
            await sessions(server, 2)
            await asyncio.sleep(0.05)
            closing = asyncio.create_task(server.close(10))
            heard = await said(client)
            assert heard.startswith(b"HTTP/1.1 503")
            assert b"Connection: close" in heard
            assert await said(idle) == b""
            client.abort()
            idle.abort()
            await closing

    run(talk())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
@pytest.mark.fuzz
def test_any_bytes_end_in_an_answer_or_silence(pieces: list[bytes]) -> None:
    """Whatever is sent, the server answers HTTP or closes, and serves the next connection."""

    async def talk() -> None:
        async with served(echo, QUICK) as (server, client):
            try:
                for piece in pieces:
                    client.write(piece)
                    client.flush()
                heard = await said(client) if pieces and any(pieces) else b""
            except StreamError:
                heard = b""
            assert not heard or heard.startswith(b"HTTP/1.1 ")
            again = await connect("127.0.0.1", server.addresses[0].port)
            again.set_deadline(10)
            again.write(ask("GET", "/", b"", "Connection: close"))
            assert (await said(again)).startswith(b"HTTP/1.1 200")
            again.abort()

    asyncio.run(asyncio.wait_for(talk(), 60))
