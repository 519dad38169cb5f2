"""Annotations where a dialog cannot show them: octets that are no text, many messages, limits (RFC 5257)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.servers.imap.fetching.stream import ANNOTATED
from posthouse.store import annotations


@pytest.fixture
def raw(connect: Callable[..., Any], person: Any) -> Any:
    person.put("INBOX", b"Subject: one\r\n\r\nText\r\n")
    raw = connect()
    raw.command(b"SELECT INBOX")
    return raw


def test_binary(raw: Any) -> None:
    """§3.2.2: a value with NUL comes as literal8; 8-bit octets as a literal."""
    raw.command(b"STORE 1 ANNOTATION (/vendor/x/icon (value.priv ~{4+}\r\na\0\r\n value.shared {2+}\r\n\xc3\xbc))")
    untagged, _ = raw.command(b"FETCH 1 ANNOTATION (/vendor/x/icon value)")
    told = b"(/vendor/x/icon (value.priv ~{4}\r\na\0\r\n value.shared {2}\r\n\xc3\xbc))"
    assert untagged == b"* 1 FETCH (ANNOTATION " + told + b")\r\n"
    assert raw.command(b"SEARCH CHARSET UTF-8 ANNOTATION * value {2+}\r\n\xc3\x9c")[0] == b"* SEARCH 1\r\n"


def test_of_many_messages(raw: Any, person: Any) -> None:
    """Each message has its own, in whichever piece it is sent."""
    count = ANNOTATED * 2 + 3
    for number in range(2, count + 1):
        person.put("INBOX", b"Subject: %d\r\n\r\nText\r\n" % number)
    raw.command(b"NOOP")
    assert raw.command(b'STORE 1:* ANNOTATION (/comment (value.shared "all"))')[1].startswith(b"t OK")
    assert raw.command(b'STORE %d ANNOTATION (/comment (value.shared "last"))' % count)[1].startswith(b"t OK")
    untagged, _ = raw.command(b"FETCH 1:* (BODY.PEEK[1] ANNOTATION (/comment value.shared))")
    told = b'* %d FETCH (BODY[1] {6}\r\nText\r\n ANNOTATION (/comment (value.shared "%b")))\r\n'
    assert untagged == b"".join(told % (n, b"last" if n == count else b"all") for n in range(1, count + 1))


def test_limits(raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """§4.5: a value may be too large, and a message have too many; then nothing is kept."""
    most = b"x" * annotations.MAX_VALUE
    command = b"STORE 1 ANNOTATION (/a (value.priv {%d+}\r\n%b) /b (value.priv {1+}\r\ny))"
    assert raw.command(command % (len(most) + 1, most + b"x"))[1].startswith(b"t NO [ANNOTATE TOOBIG] ")
    assert raw.command(b"FETCH 1 ANNOTATION (* size)")[0] == b"* 1 FETCH (ANNOTATION ())\r\n"
    assert raw.command(command % (len(most), most))[1].startswith(b"t OK")
    monkeypatch.setattr(annotations, "MAX_ENTRIES", 2)
    assert raw.command(b'STORE 1 ANNOTATION (/c (value.priv "z"))')[1].startswith(b"t NO [ANNOTATE TOOMANY] ")
    assert raw.command(b'STORE 1 ANNOTATION (/c (value.shared "z"))')[1].startswith(b"t OK")
    assert raw.command(b'STORE 1 ANNOTATION (/c (value.priv "z") /b (value.priv NIL))')[1].startswith(b"t OK")
