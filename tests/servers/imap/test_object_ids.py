"""Ids through copies, moves, renames and other accounts – RFC 8474."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from posthouse.servers.imap.object_ids import email_id, hash_of

DATA = b"Subject: x\r\n\r\nthe same\r\n"


def ids(raw: Any, number: bytes = b"1") -> bytes:
    found = re.search(rb"EMAILID \(([A-Za-z0-9_-]{1,255})\)", raw.command(b"FETCH %b EMAILID" % number)[0])
    assert found
    return found[1]


def mailbox(raw: Any, name: bytes) -> bytes:
    found = re.search(rb"MAILBOXID \(([A-Za-z0-9_-]{1,255})\)", raw.command(b"STATUS %b (MAILBOXID)" % name)[0])
    assert found
    return found[1]


@given(st.binary(min_size=32, max_size=32))
def test_an_id_leads_back(octets: bytes) -> None:
    assert hash_of(email_id(octets)) == octets


@given(st.binary(max_size=60))
def test_what_is_no_id_leads_nowhere(octets: bytes) -> None:
    known = hash_of(octets)
    assert known is None or email_id(known) == octets


def test_a_message_keeps_its_id(connect: Callable[..., Any], person: Any) -> None:
    """Through COPY and MOVE (§5.1), and the same content has the same; SEARCH finds it by that (§5.4)."""
    person.put("INBOX", b"Subject: other\r\n\r\n")
    person.put("INBOX", DATA)
    raw = connect()
    raw.command(b"SELECT INBOX")
    first = ids(raw, b"2")
    assert first != ids(raw, b"1")
    assert raw.command(b"SEARCH EMAILID " + first)[0] == b"* SEARCH 2\r\n"
    assert raw.command(b"SEARCH NOT EMAILID " + first)[0] == b"* SEARCH 1\r\n"
    raw.command(b"COPY 2 Archive")
    raw.command(b"MOVE 2 Trash")
    for name in (b"Archive", b"Trash"):
        raw.command(b"SELECT " + name)
        assert ids(raw) == first
    person.put("Archive", DATA)
    raw.command(b"SELECT Archive")
    assert ids(raw, b"2") == first


def test_a_mailbox_keeps_its_id(connect: Callable[..., Any]) -> None:
    """Through a RENAME; one that is made anew under the old name has another (§4). CREATE, SELECT and STATUS agree."""
    raw = connect()
    made = raw.command(b"CREATE One")[1]
    one = mailbox(raw, b"One")
    assert made.startswith(b"t OK [MAILBOXID (%b)]" % one)
    raw.command(b"RENAME One Two")
    assert mailbox(raw, b"Two") == one
    assert b"* OK [MAILBOXID (%b)]" % one in raw.command(b"EXAMINE Two")[0]
    raw.command(b"UNSELECT")
    raw.command(b"DELETE Two")
    raw.command(b"CREATE Two")
    again = mailbox(raw, b"Two")
    assert again != one
    assert again != mailbox(raw, b"INBOX")
    assert b"MAILBOXID (%b)" % again in raw.command(b'LIST "" Two RETURN (STATUS (MAILBOXID))')[0]
