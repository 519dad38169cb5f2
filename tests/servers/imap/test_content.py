"""What goes in comes out byte for byte, however large, and in bounded memory."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any


def append(raw: Any, data: bytes, literal: bytes = b"{%d+}\r\n") -> bytes:
    """The tagged answer."""
    raw.send(b"t APPEND INBOX " + literal % len(data) + data + b"\r\n")
    return bytes(raw.answer(b"t")[1])


def literals(answer: bytes) -> list[bytes]:
    """The literals of a FETCH response."""
    found, at = [], 0
    while header := re.search(rb"~?\{(\d+)\}\r\n", answer[at:]):
        start = at + header.end()
        at = start + int(header[1])
        found.append(answer[start:at])
    return found


def test_the_corpus_comes_back(connect: Callable[..., Any], corpus: dict[str, bytes]) -> None:
    """Whole, by header and text, by header fields left out and picked, and in pieces."""
    raw = connect()
    messages = [data for data in corpus.values() if b"\0" not in data]
    for data in messages:
        assert b" OK [APPENDUID " in append(raw, data)
    raw.command(b"SELECT INBOX")
    for number, data in enumerate(messages, 1):
        answer, _ = raw.command(
            b"FETCH %d (BODY[] BODY[HEADER] BODY[TEXT] BODY[]<100.500> RFC822.SIZE"
            b" BODY[HEADER.FIELDS (X-Nobody)] BODY[HEADER.FIELDS.NOT (X-Nobody)])" % number
        )
        whole, header, text, piece, picked, rest = literals(answer)
        assert whole == data
        assert header + text == data
        assert piece == data[100:600]
        assert b"RFC822.SIZE %d" % len(data) in answer
        assert picked == b"\r\n"
        assert set(rest.splitlines()) <= {*header.splitlines(), b""}


def test_all_at_once_is_the_same_as_one_by_one(connect: Callable[..., Any], corpus: dict[str, bytes]) -> None:
    """Rows formatted by columns and messages formatted singly give the same answers."""
    raw = connect()
    for data in list(corpus.values())[:120]:
        append(raw, data, b"~{%d+}\r\n")
    raw.command(b"SELECT INBOX")
    items = b"(UID FLAGS ENVELOPE BODYSTRUCTURE BODY BODY.PEEK[HEADER.FIELDS (Subject From)] BODY.PEEK[TEXT])"
    together, _ = raw.command(b"FETCH 1:* " + items)
    singly = b"".join(raw.command(b"FETCH %d %b" % (n, items))[0] for n in range(1, 121))
    assert together == singly
    by_sections, _ = raw.command(b"FETCH 1:* " + items[:-1] + b" BODY.PEEK[999])")
    assert by_sections.replace(b" BODY[999] NIL", b"") == together


def test_large_messages(connect: Callable[..., Any]) -> None:
    """Blobs come back in slices and pieces; BINARY decodes them on the way (RFC 3516)."""
    raw = connect()
    octets = bytes(range(256)) * 12_000
    coded = b64encode(octets)
    lines = b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    head = b"Subject: large\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = head + lines + b"\r\n"
    assert b" OK [APPENDUID " in append(raw, message)
    raw.command(b"SELECT INBOX")
    assert literals(raw.command(b"FETCH 1 BODY.PEEK[]")[0]) == [message]
    assert literals(raw.command(b"FETCH 1 BODY.PEEK[1]<3000000.1000>")[0]) == [lines[3_000_000:3_001_000]]
    assert b"BINARY.SIZE[1] %d)" % len(octets) in raw.command(b"FETCH 1 BINARY.SIZE[1]")[0]
    assert literals(raw.command(b"FETCH 1 BINARY.PEEK[1]")[0]) == [octets]
    assert literals(raw.command(b"FETCH 1 BINARY.PEEK[1]<1000.70000>")[0]) == [octets[1000:71000]]


def test_nul_has_its_place(connect: Callable[..., Any]) -> None:
    """A NUL is refused in a literal and welcome in a literal8; where it cannot be sent it is 0x80 (pitfall 6)."""
    raw = connect()
    data = b"Subject: nul\r\n\r\na\0b\r\n"
    assert b"t BAD " in append(raw, data)
    assert b" OK [APPENDUID " in append(raw, data, b"~{%d+}\r\n")
    raw.command(b"SELECT INBOX")
    answer, _ = raw.command(b"FETCH 1 (BODY.PEEK[] BODY.PEEK[TEXT] BINARY.PEEK[])")
    assert literals(answer) == [data.replace(b"\0", b"\x80"), b"a\x80b\r\n", data]


def test_an_unknown_encoding_is_told(connect: Callable[..., Any]) -> None:
    """RFC 3516 §4.3."""
    raw = connect()
    append(raw, b"Content-Transfer-Encoding: x-uue\r\n\r\nabc\r\n")
    raw.command(b"SELECT INBOX")
    for items in (b"BINARY.PEEK[1]", b"(UID BODY.PEEK[] BINARY.PEEK[1])", b"(FLAGS BINARY.SIZE[1])"):
        before, done = raw.command(b"FETCH 1 " + items)
        assert before == b""
        assert b"t NO [UNKNOWN-CTE]" in done
    assert b"t OK" in raw.command(b"FETCH 1 BODY.PEEK[1]")[1]


def test_an_append_that_breaks_off_leaves_nothing(connect: Callable[..., Any], hub: Any, person: Any) -> None:
    """Neither a message nor a file (RFC 9051 §6.3.12: the folder is as it was)."""
    raw = connect()
    raw.send(b"t APPEND INBOX {400000+}\r\n" + b"x" * 300_000)
    raw.close()
    other = connect()
    assert b"MESSAGES 0" in other.command(b"STATUS INBOX (MESSAGES)")[0]


def test_parts_that_are_refused_are_read_past(connect: Callable[..., Any]) -> None:
    """A message over the limit does not break the commands behind it."""
    raw = connect()
    raw.send(b"t APPEND nowhere {300000+}\r\n" + b"x" * 300_000 + b"\r\nu NOOP\r\n")
    assert b"NO [TRYCREATE]" in raw.answer(b"t")[1]
    assert b"OK" in raw.answer(b"u")[1]
