"""Signed URLs, from the one who signs to those who read – RFC 4467, RFC 5524."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

MESSAGE = b"""\
Subject: parts\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=us-ascii\r
\r
the text\r
--b\r
Content-Type: image/png\r
Content-Transfer-Encoding: base64\r
\r
AAEC/w==\r
--b--\r
"""


def sign(raw: Any, person: Any, rest: str, access: str, expire: str = "") -> str:
    rump = f"imap://{person.address}@mx.example.org/INBOX/;UID=1{rest}{expire};URLAUTH={access}"
    before, done = raw.command(f'GENURLAUTH "{rump}" INTERNAL'.encode())
    assert b" OK " in done, done
    found = re.fullmatch(rb'\* GENURLAUTH "(.*)"\r\n', before)
    assert found is not None
    return found[1].decode()


def fetched(raw: Any, url: str) -> bytes | None:
    """The octets, or None for NIL."""
    before, done = raw.command(f'URLFETCH "{url}"'.encode())
    assert b" OK " in done
    found = re.fullmatch(rb'\* URLFETCH "[^"]*" (?:NIL|\{\d+\}\r\n(.*))\r\n', before, re.S)
    assert found is not None, before
    return found[1]


@pytest.fixture
def other(hub: Any, keys: Any) -> Any:
    return hub.person(keys)


@pytest.fixture
def reader(hub: Any, other: Any, connect: Callable[..., Any]) -> Any:
    raw = connect(login=False)
    assert b" OK " in raw.command(b"LOGIN %b secret" % other.address.encode())[1]
    return raw


def test_who_may_read(connect: Callable[..., Any], person: Any, other: Any, reader: Any) -> None:
    """The access identifier says who: everybody, one user, or a submission server for one user – §2."""
    person.put("INBOX", MESSAGE)
    mine = connect()
    for access, theirs in [
        ("anonymous", True),
        ("authuser", True),
        (f"user+{other.address}", True),
        (f"user+{other.address.partition('@')[0]}", True),
        (f"user+{person.address}", False),
        (f"submit+{other.address}", False),
    ]:
        url = sign(mine, person, "/;SECTION=1", access)
        assert (fetched(reader, url) == b"the text") is theirs, access


def test_what_ends_a_url(connect: Callable[..., Any], person: Any, reader: Any) -> None:
    """A changed octet, its expiry, a reset of the key, the message's end – §2.1, §4."""
    person.put("INBOX", MESSAGE)
    mine = connect()
    url = sign(mine, person, "/;SECTION=1", "anonymous")
    assert fetched(reader, url) == b"the text"
    assert fetched(reader, url.replace("SECTION=1", "SECTION=2")) is None
    assert fetched(reader, url[:-1] + ("0" if url[-1] != "0" else "1")) is None
    late = sign(mine, person, "", "anonymous", ";EXPIRE=2001-01-01T00:00:00Z")
    assert fetched(reader, late) is None
    early = sign(mine, person, "/;SECTION=1/;PARTIAL=4.4", "anonymous", ";EXPIRE=2099-01-01T00:00:00Z")
    assert fetched(reader, early) == b"text"
    mine.command(b"RESETKEY INBOX")
    assert fetched(reader, url) is None
    again = sign(mine, person, "/;SECTION=1", "anonymous")
    assert again != url
    assert fetched(reader, again) == b"the text"
    mine.command(b"SELECT INBOX")
    mine.command(b"STORE 1 +FLAGS (\\Deleted)")
    mine.command(b"EXPUNGE")
    assert fetched(reader, again) is None


def test_extended_fetch(connect: Callable[..., Any], person: Any) -> None:
    """Octets without their encoding, and the structure of the part – RFC 5524 §3."""
    person.put("INBOX", MESSAGE)
    mine = connect()
    url = sign(mine, person, "/;SECTION=2", "anonymous")
    before, done = mine.command(f'URLFETCH ("{url}" BODYPARTSTRUCTURE BINARY)'.encode())
    assert b" OK " in done
    assert before.endswith(
        b' (BODYPARTSTRUCTURE ("image" "png" NIL NIL NIL "base64" 8)) (BINARY ~{4}\r\n\x00\x01\x02\xff)\r\n'
    )
    before, _ = mine.command(f'URLFETCH ("{url}" BODY) ("{url}")'.encode())
    assert before.count(b" (BODY {8}\r\nAAEC/w==)\r\n") == 2
    whole = sign(mine, person, "", "anonymous")
    before, _ = mine.command(f'URLFETCH ("{whole}" BODYPARTSTRUCTURE)'.encode())
    assert b'(BODYPARTSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 0)(' in before
    header = sign(mine, person, "/;SECTION=HEADER", "anonymous")
    before, _ = mine.command(f'URLFETCH ("{header}" BINARY)'.encode())
    assert before.endswith(b" NIL\r\n")
