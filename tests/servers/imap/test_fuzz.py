"""Whatever is sent, in every state: the server answers or says goodbye, never faults, and goes on serving others."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from typing import Any

import pytest

WORDS = [
    *(
        b"SETACL",
        b"GETACL INBOX",
        b"MYRIGHTS",
        b"Users/a@example.org/x",
        b"Public/x",
        b"-anyone",
        b"+lrd",
        b"NAMESPACE",
    ),
    *(
        b"SELECT INBOX",
        b"EXAMINE Drafts",
        b"LIST",
        b'""',
        b"*",
        b"%",
        b"(SUBSCRIBED)",
        b"RETURN",
        b"(STATUS (MESSAGES))",
    ),
    *(b"FETCH", b"UID", b"1:*", b"$", b"2,4:3", b"99", b"FLAGS", b"(UID BODY[])", b"BODY[1.MIME]", b"BINARY[1]<3.4>"),
    *(
        b"BODY.PEEK[HEADER.FIELDS (a %d {)]",
        b"FULL",
        b"ENVELOPE",
        b"STORE",
        b"+FLAGS.SILENT",
        b"(\\Seen x)",
        b"\\Deleted",
    ),
    *(
        b"SEARCH",
        b"RETURN (SAVE MIN)",
        b"ALL",
        b"OR",
        b"NOT",
        b"(TEXT x)",
        b"BEFORE 1-Jan-2020",
        b"CHARSET UTF-8",
        b"KEYWORD",
    ),
    *(b"ANNOTATION", b"(/comment (value.priv x))", b"(/1/flags/seen (value.shared NIL))", b"(/* (value size))"),
    *(
        b"APPEND INBOX",
        b"{3+}\r\nabc",
        b"~{2+}\r\n\0\0",
        b"{1}",
        b"COPY",
        b"MOVE",
        b"Trash",
        b"EXPUNGE",
        b"CLOSE",
        b"NOOP",
    ),
    *(
        b"IDLE\r\nDONE",
        b"NOTIFY SET (personal (MailboxName MessageNew MessageExpunge FlagChange))",
        b"NOTIFY SET STATUS (selected (MessageNew (BINARY[1] BODY[]) MessageExpunge))",
        b"(subtree Users (MessageNew MessageExpunge))",
        b"NOTIFY NONE",
        b"ENABLE IMAP4rev2",
        b"STATUS",
        b"CREATE",
        b"DELETE",
        b"RENAME",
        b"&AOk-",
        b"\xc3\xa9",
        b"\0",
        b"\xff",
    ),
    *(
        b"LOGIN",
        b"AUTHENTICATE PLAIN",
        b"AHgAeA==",
        b"ID NIL",
        b"CAPABILITY",
        b"NAMESPACE",
        b"UNSELECT",
        b"CHECK",
        b"LSUB",
    ),
    *(b"GETMETADATA", b"SETMETADATA INBOX", b"(/private/comment {2+}\r\nhi)", b"(DEPTH 1)", b"(/shared /private)"),
    *(
        b"GENURLAUTH",
        b'"imap://a@b/INBOX/;UID=1;URLAUTH=anonymous"',
        b"INTERNAL",
        b"URLFETCH",
        b"RESETKEY",
        b"GETQUOTA",
    ),
    *(b"REPLACE", b"CATENATE (", b'URL "/INBOX/;UID=1/;SECTION=1")', b"TEXT {2+}\r\nhi", b")", b"UTF8 (~{1+}\r\nx)"),
    *(b"ENABLE UIDONLY", b"UIDBATCHES 500", b"UIDAFTER 1", b"UID SEARCH", b"(PARTIAL 1:9)"),
    *(b'APPEND INBOX CATENATE (URL "/INBOX/;UID=1")', b"UID REPLACE 2 INBOX {1+}\r\nx", b"ENABLE UTF8=ACCEPT"),
]


def lines(chance: random.Random, count: int) -> bytes:
    """Commands put together from words, most of them wrong, some cut, some with bytes changed."""
    out = []
    for number in range(count):
        words = [chance.choice(WORDS) for _ in range(chance.randint(1, 6))]
        line = bytearray(b"%d " % number + b" ".join(words))
        if chance.random() < 0.2:
            line[chance.randrange(len(line))] = chance.randrange(256)
        out.append(bytes(line) + b"\r\n")
    return b"".join(out)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("state", ["before login", "after login", "selected"])
def test_the_server_stands_anything(
    connect: Callable[..., Any], person: Any, capfd: pytest.CaptureFixture[str], state: str, seed: int
) -> None:
    """No fault is logged: every answer is one that somebody has thought of."""
    chance = random.Random(f"{state} {seed}")
    for number in range(3):
        person.put(
            "INBOX", b"Subject: %d\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n" % number
        )
    raw = connect(login=state != "before login")
    if state == "selected":
        raw.command(b"SELECT INBOX")
    raw.send(lines(chance, 120))
    raw.socket.shutdown(socket.SHUT_WR)
    while raw.file.read(65536):
        pass
    assert b" OK " in connect().command(b"NOOP")[1]
    assert "fault" not in capfd.readouterr().err
