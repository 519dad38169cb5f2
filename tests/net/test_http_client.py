"""The client's side of HTTP/1.1: whatever a server sends, it is a response or an error, and nothing waits for ever."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from posthouse.net.errors import CannotConnect, ConnectionLost, StreamError, TimedOut, TlsFailed
from posthouse.net.http.client import BadUrl, HttpConnection, Url


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@asynccontextmanager
async def server(*answers: bytes, close: bool = False) -> AsyncIterator[tuple[Url, list[bytes]]]:
    """Answers each request with the next of these; `close`: and ends the connection then. What it was asked."""
    asked: list[bytes] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")), 0)
            asked.append(head + await reader.readexactly(length))
            writer.write(left.pop(0))
            await writer.drain()
            if close:
                break
        if close:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield Url("127.0.0.1", listening.sockets[0].getsockname()[1], "/x", False), asked
    finally:
        listening.close()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example", Url("a.example", 443, "/", True)),
        ("http://a.example:8080/p/q?r=s#t", Url("a.example", 8080, "/p/q?r=s", False)),
        ("HTTPS://[::1]/", Url("::1", 443, "/", True)),
    ],
)
def test_urls(text: str, url: Url) -> None:
    assert Url.parse(text) == url


@pytest.mark.parametrize("text", ["", "a.example", "ftp://a.example/", "https://", "https://a:port/", "/only/a/path"])
def test_no_urls(text: str) -> None:
    with pytest.raises(BadUrl):
        Url.parse(text)


@pytest.mark.parametrize(
    ("text", "authority"),
    [("https://a.example/", "a.example"), ("https://a.example:444/", "a.example:444"), ("http://[::1]/", "[::1]")],
)
def test_host(text: str, authority: str) -> None:
    """RFC 9110 §7.2: the port is told where it is not the usual one."""
    assert Url.parse(text).authority == authority


def test_two_requests_on_one_connection() -> None:
    """Of a known length, and in chunks; header fields by their names in whichever case."""

    async def work() -> None:
        plain = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Some: thing\r\n\r\none"
        chunked = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n"
        async with server(plain, chunked) as (url, asked):
            connection = HttpConnection(url, None)
            response = await connection.ask("POST", "/p?q", [("X-More", "ü")], b"body")
            assert (response.status, response.headers.get("x-some")) == (200, "thing")
            assert await connection.body(3) == b"one"
            assert (await connection.ask("GET", "/r", [])).status == 404
            assert [piece async for piece in connection.pieces()] == [b"tw", b"o"]
            connection.abort()
            assert asked[0].startswith(b"POST /p?q HTTP/1.1\r\n")
            assert asked[0].endswith(b"\r\n\r\nbody")
            assert b"X-More: \xfc\r\n" in asked[0]

    run(work())


def test_what_is_informational() -> None:
    """RFC 9110 §15.2: it is passed over."""

    async def work() -> None:
        answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Done\r\n\r\n"
        async with server(answer) as (url, _):
            connection = HttpConnection(url, None)
            assert (await connection.ask("POST", "/", [])).status == 204
            assert await connection.body(0) == b""
            connection.abort()

    run(work())


def test_a_connection_that_was_closed_meanwhile() -> None:
    """RFC 9112 §9.5: another one is made. What was left of a body is lost with its connection."""

    async def work() -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
        async with server(answer, answer, close=True) as (url, asked):
            connection = HttpConnection(url, None)
            for _ in range(2):
                assert (await connection.ask("GET", "/", [])).status == 200
            assert len(asked) == 2
            connection.abort()

    run(work())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    ],
)
def test_what_is_no_response(answer: bytes) -> None:
    """The connection is lost, whatever came."""

    async def work() -> None:
        async with server(answer, close=True) as (url, _):
            connection = HttpConnection(url, None)

            async def whole() -> bytes:
                await connection.ask("GET", "/", [])
                return await connection.body(1_000)

            with pytest.raises(ConnectionLost):
                await whole()

    run(work())


def test_a_body_without_end() -> None:
    """A client takes as much as it has said."""

    async def work() -> None:
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4\r\nmore\r\n" * 1000
        async with server(answer) as (url, _):
            connection = HttpConnection(url, None)
            await connection.ask("GET", "/", [])
            with pytest.raises(StreamError, match="longer"):
                await connection.body(100)

    run(work())


def test_a_server_that_does_not_answer() -> None:
    async def work() -> None:
        async with server(b"HTTP/1.1 200 OK\r\n") as (url, _):
            connection = HttpConnection(url, None, seconds=0.05)
            with pytest.raises(TimedOut):
                await connection.ask("GET", "/", [])
            connection.abort()

    run(work())


def test_nobody_there() -> None:
    """Also: no way to be sure of who is."""

    async def work() -> None:
        with pytest.raises(CannotConnect):
            await HttpConnection(Url("127.0.0.1", 1, "/", False), None).ask("GET", "/", [])
        with pytest.raises(CannotConnect, match="TLS"):
            await HttpConnection(Url("127.0.0.1", 1, "/", True), None).ask("GET", "/", [])
        listening = await asyncio.start_server(lambda _, writer: writer.write(b"SSH-2.0\r\n"), "127.0.0.1", 0)
        url = Url("127.0.0.1", listening.sockets[0].getsockname()[1], "/", True)
        with pytest.raises(TlsFailed):
            await HttpConnection(url, ssl.create_default_context()).ask("GET", "/", [])
        listening.close()

    run(work())
