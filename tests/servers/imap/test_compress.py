"""COMPRESS=DEFLATE in real sessions – RFC 4978, RFC 8437 §4.1."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable
from typing import Any

LARGE = b"Subject: large\r\n\r\n" + b"The quick brown fox jumps over the lazy dog.\r\n" * 20_000


class Compressed:
    """A client behind COMPRESS: it takes the place of the socket and of the file of a raw connection."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._deflater, self._inflater = zlib.compressobj(6, zlib.DEFLATED, -15), zlib.decompressobj(-15)
        self._text = b""
        self.wire = 0

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH))

    def _more(self) -> None:
        data = self._socket.recv(65536)
        assert data
        self.wire += len(data)
        self._text += self._inflater.decompress(data)

    def readline(self) -> bytes:
        while b"\n" not in self._text:
            self._more()
        line, _, self._text = self._text.partition(b"\n")
        return line + b"\n"

    def read(self, size: int) -> bytes:
        while len(self._text) < size:
            self._more()
        data, self._text = self._text[:size], self._text[size:]
        return data

    def close(self) -> None:
        self._socket.close()


def compress(raw: Any) -> Compressed:
    """Says COMPRESS and speaks so from there on."""
    assert raw.command(b"COMPRESS DEFLATE")[1] == b"t OK DEFLATE active\r\n"
    raw.socket = raw.file = Compressed(raw.socket)
    return raw.socket


def test_a_session(connect: Callable[..., Any], person: Any) -> None:
    """Pipelined commands, IDLE, a literal each way; text takes a small part of its size on the wire."""
    person.put("INBOX", LARGE)
    raw = connect()
    assert b"COMPRESS=DEFLATE" in raw.command(b"CAPABILITY")[0]
    wire = compress(raw)
    assert b"* 1 EXISTS" in raw.command(b"SELECT INBOX")[0]
    before, done = raw.command(b"FETCH 1 BODY.PEEK[]")
    assert LARGE in before
    assert done.startswith(b"t OK")
    assert wire.wire < len(LARGE) / 20
    raw.send(b"i IDLE\r\n")
    assert raw.file.readline() == b"+ idling\r\n"
    person.put("INBOX", b"\r\n")
    assert raw.file.readline() == b"* 2 EXISTS\r\n"
    raw.send(b"DONE\r\n" + b"".join(b"%d NOOP\r\n" % n for n in range(200)))
    assert raw.answer(b"i")[1].startswith(b"i OK")
    for n in range(200):
        assert raw.answer(b"%d" % n)[1].startswith(b"%d OK" % n)
    raw.send(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(LARGE), LARGE))
    assert raw.answer(b"a")[1].startswith(b"a OK [APPENDUID ")


def test_once(connect: Callable[..., Any]) -> None:
    """BAD where it is active already, and for what is no algorithm (RFC 4978 §3)."""
    raw = connect()
    assert raw.command(b"COMPRESS GZIP")[1].startswith(b"t BAD ")
    compress(raw)
    assert raw.command(b"COMPRESS DEFLATE")[1].startswith(b"t BAD ")
    assert raw.command(b"NOOP")[1].startswith(b"t OK")


def test_within_tls(connect: Callable[..., Any], person: Any, client_context: ssl.SSLContext) -> None:
    """First compressed, then encrypted (RFC 4978 §3)."""
    person.put("INBOX", LARGE)
    raw = connect(login=False)
    raw.command(b"STARTTLS")
    raw.socket = client_context.wrap_socket(raw.socket, server_hostname="localhost")
    raw.file = raw.socket.makefile("rb")
    raw.command(b"LOGIN %b secret" % person.address.encode())
    compress(raw)
    raw.command(b"SELECT INBOX")
    assert LARGE in raw.command(b"FETCH 1 BODY.PEEK[]")[0]


def test_what_comes_with_the_command_is_dropped(connect: Callable[..., Any]) -> None:
    """A client must wait for the OK (RFC 4978 §3): nothing that came as it is counts behind it."""
    raw = connect()
    raw.send(b"t COMPRESS DEFLATE\r\nx LOGOUT\r\n")
    assert raw.answer(b"t")[1].startswith(b"t OK")
    raw.socket = raw.file = Compressed(raw.socket)
    assert raw.command(b"NOOP")[1].startswith(b"t OK")


def test_unauthenticate_ends_it(connect: Callable[..., Any], person: Any) -> None:
    """Behind its OK both sides speak as before, and who logs in may compress anew (RFC 8437 §4.1)."""
    raw = connect()
    plain, file = raw.socket, raw.file
    compress(raw)
    assert raw.command(b"UNAUTHENTICATE")[1] == b"t OK Log in again\r\n"
    raw.socket, raw.file = plain, file
    assert raw.command(b"NOOP")[1].startswith(b"t OK")
    assert raw.command(b"LOGIN %b secret" % person.address.encode())[1].startswith(b"t OK")
    compress(raw)
    assert raw.command(b"NOOP")[1].startswith(b"t OK")
