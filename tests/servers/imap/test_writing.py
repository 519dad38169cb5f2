"""Extensions that write, together and switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.servers.imap.settings import ImapSettings

OFF = ImapSettings(
    disabled_extensions=(
        *("CATENATE", "REPLACE", "UTF8=ACCEPT", "METADATA", "LIST-METADATA", "QUOTA", "QUOTASET", "URLAUTH"),
        *("URLAUTH=BINARY", "URL-PARTIAL", "XLIST", "LOGIN-REFERRALS"),
    )
)


@pytest.mark.parametrize(
    "command",
    [
        b'APPEND INBOX CATENATE (URL "/INBOX/;UID=1")',
        b"APPEND INBOX UTF8 (~{1+}\r\nx)",
        b"REPLACE 1 INBOX {1+}\r\nx",
        b"UID REPLACE 1 INBOX {1+}\r\nx",
        b"GETMETADATA INBOX /private/comment",
        b"SETMETADATA INBOX (/private/comment NIL)",
        b'LIST "" % RETURN (METADATA (/private/comment))',
        b"GETQUOTAROOT INBOX",
        b"GETQUOTA x",
        b"SETQUOTA x ()",
        b"RESETKEY",
        b"URLFETCH x",
        b'GENURLAUTH "x" INTERNAL',
        b'XLIST "" *',
    ],
)
def test_switched_off(make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any, command: bytes) -> None:
    """What is switched off is unknown, and not advertised."""
    hub = make_hub(OFF)
    person = hub.person(keys, attributes={"imap-home": "elsewhere.example"})
    person.put("INBOX", b"Subject: one\r\n\r\n")
    raw = connect(login=False, to=hub)
    assert b" OK " in raw.command(b"LOGIN %b secret" % person.address.encode())[1]
    raw.command(b"SELECT INBOX")
    assert b" BAD " in raw.command(command)[1]
    words = set(raw.command(b"CAPABILITY")[0].decode().split())
    assert not words & set(OFF.disabled_extensions)
    assert b" OK " in raw.command(b"STATUS INBOX (MESSAGES)")[1]


def test_a_large_draft_is_replaced_out_of_itself(connect: Callable[..., Any], person: Any) -> None:
    """REPLACE with CATENATE of the message that goes: the octets stay, also of a message that is a file, and the
    quota is charged once – RFC 8508 §4.2."""
    body = b"0123456789abcde\r\n" * 20_000
    person.put("INBOX", b"Subject: large\r\n\r\n" + body)
    raw = connect()
    raw.command(b"SELECT INBOX")
    before, done = raw.command(
        b'UID REPLACE 1 INBOX CATENATE (TEXT {16+}\r\nSubject: new\r\n\r\n URL "/INBOX/;UID=1/;SECTION=TEXT")'
    )
    assert b"[APPENDUID " in before
    assert b" OK " in done
    assert raw.command(b"STATUS INBOX (MESSAGES SIZE)")[0].endswith(b"(MESSAGES 1 SIZE %d)\r\n" % (16 + len(body)))
    assert body in raw.command(b"UID FETCH 2 BODY.PEEK[]")[0]


def test_another_session_sees_a_replacement_as_one_step(connect: Callable[..., Any], person: Any) -> None:
    """The old message goes and the new one comes in the same look – RFC 8508 §3.4."""
    for number in range(3):
        person.put("INBOX", b"Subject: %d\r\n\r\n" % number)
    one, other = connect(), connect()
    one.command(b"SELECT INBOX")
    other.command(b"SELECT INBOX")
    one.command(b"REPLACE 2 INBOX {3+}\r\nnew")
    assert other.command(b"NOOP")[0] == b"* 2 EXPUNGE\r\n* 3 EXISTS\r\n"


def test_catenate_over_the_parts_limit(connect: Callable[..., Any], person: Any) -> None:
    """A message has a bounded number of parts; the rest of the command is read past."""
    person.put("INBOX", b"Subject: one\r\n\r\n")
    raw = connect()
    urls = b" ".join([b"URL /INBOX/;UID=1"] * 1001)
    assert b"NO [LIMIT]" in raw.command(b"APPEND INBOX CATENATE (%b)" % urls)[1]
    assert b"(MESSAGES 1)" in raw.command(b"STATUS INBOX (MESSAGES)")[0]
