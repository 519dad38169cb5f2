"""What goes in comes out byte for byte: by SMTP and APPEND, over IMAP (whole, by section, partial) and POP3."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, BinaryIO

import pytest
from awkward import made
from hubs import HOST, PASSWORD, Hub
from imapclient import IMAPClient
from imapclient.response_types import BodyData

_LINE_END = re.compile(rb"\r\n|\r|\n")
_TRACE = re.compile(rb"Return-Path: <carol@elsewhere.test>\r\nReceived: [^\r]+(?:\r\n[ \t][^\r]+)*\r\n")
CHUNK = 40


def crlf(data: bytes) -> bytes:
    """As SMTP can carry it: no bare CR or LF, no NUL."""
    return _LINE_END.sub(b"\r\n", data.replace(b"\0", b""))


@pytest.fixture(scope="module")
def messages(corpus: dict[str, bytes]) -> dict[str, bytes]:
    return {name: crlf(data) for name, data in {**made(), **corpus}.items()}


@pytest.fixture
def box(hub: Hub, person: str) -> Iterator[IMAPClient]:
    with hub.imap(person) as client:
        client.select_folder("INBOX")
        yield client


def fetch_all(client: IMAPClient, item: str) -> list[Any]:
    """One item of every message, in their order."""
    client.noop()
    uids = sorted(client.search())
    found: dict[int, dict[bytes, Any]] = {}
    for start in range(0, len(uids), CHUNK):
        found.update(client.fetch(uids[start : start + CHUNK], [item]))
    return [found[uid][item.replace(".PEEK", "").encode()] for uid in uids]


def wholes(client: IMAPClient) -> list[bytes]:
    return fetch_all(client, "BODY.PEEK[]")


@pytest.mark.timeout(300)
def test_by_smtp(hub: Hub, person: str, box: IMAPClient, messages: dict[str, bytes]) -> None:
    """The MX puts its two trace fields in front and changes nothing else; IMAP and POP3 give the same bytes."""
    with hub.smtp(service="smtp") as client:
        for name, data in messages.items():
            client.ehlo_or_helo_if_needed()
            assert client.mail("carol@elsewhere.test", ["BODY=8BITMIME"])[0] == 250
            assert client.rcpt(person)[0] == 250
            code, text = client.data(data)
            assert code == 250, (name, text)
    found = wholes(box)
    for (name, data), stored in zip(messages.items(), found, strict=True):
        sent = data if data.endswith(b"\r\n") else data + b"\r\n"
        trace, same = stored[: -len(sent)], stored.endswith(sent)
        assert same, name
        assert re.fullmatch(
            rb"Return-Path: <carol@elsewhere.test>\r\nReceived: [^\r]+(?:\r\n[ \t][^\r]+)*\r\n", trace
        ), name
    _same_by_pop3(hub, person, found)


def _same_by_pop3(hub: Hub, person: str, expected: list[bytes]) -> None:
    """By hand: poplib takes no line above 2048 octets."""
    with socket.create_connection((HOST, hub.ports["pop3"])) as connection, connection.makefile("rwb") as stream:
        _ask(stream, b"")
        _ask(stream, f"USER {person}".encode())
        _ask(stream, f"PASS {PASSWORD}".encode())
        for number, data in enumerate(expected, 1):
            assert _ask(stream, b"LIST %d" % number).split()[2] == b"%d" % len(data)
            _ask(stream, b"RETR %d" % number)
            lines = []
            while (line := stream.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            assert b"".join(lines) == (data if data.endswith(b"\r\n") else data + b"\r\n")
        _ask(stream, b"QUIT")


def _ask(stream: Any, command: bytes) -> bytes:
    """The answer to a command; to none, the greeting."""
    if command:
        stream.write(command + b"\r\n")
        stream.flush()
    answer: bytes = stream.readline()
    assert answer.startswith(b"+OK"), (command, answer)
    return answer


@pytest.mark.timeout(300)
def test_by_chunking(hub: Hub, person: str, box: IMAPClient, messages: dict[str, bytes]) -> None:
    """BDAT takes the bytes as they are, in pieces of any size, and what ends without a line end too – RFC 3030."""
    rng = random.Random(1)
    with hub.smtp(service="smtp") as client:
        client.ehlo()
        for name, data in messages.items():
            client.putcmd("mail", f"FROM:<carol@elsewhere.test> BODY=8BITMIME SIZE={len(data)}")
            assert client.getreply()[0] == 250
            assert client.rcpt(person)[0] == 250
            cuts = sorted({0, len(data), *(rng.randrange(len(data) + 1) for _ in range(3))})
            for start, end in pairwise(cuts):
                client.send(b"BDAT %d\r\n" % (end - start) + data[start:end])
                assert client.getreply()[0] == 250, name
            client.send(b"BDAT 0 LAST\r\n")
            assert client.getreply()[0] == 250, name
    for (name, data), stored in zip(messages.items(), wholes(box), strict=True):
        assert stored.endswith((data, data + b"\r\n")), name


@pytest.mark.timeout(300)
def test_by_append(hub: Hub, person: str, messages: dict[str, bytes], corpus: dict[str, bytes]) -> None:
    """APPEND changes nothing, not even bare line ends; IMAP gives it back whole, with its true size."""
    sent = [*messages.values(), *(data for data in corpus.values() if b"\0" not in data)]
    with socket.create_connection((HOST, hub.ports["imap"])) as connection, connection.makefile("rb") as answers:
        _command(connection, answers, b'LOGIN %s "%s"' % (person.encode(), PASSWORD.encode()))
        for data in sent:
            _command(connection, answers, b"APPEND INBOX {%d+}\r\n%s" % (len(data), data))
    with hub.imap(person) as client:
        client.select_folder("INBOX")
        assert wholes(client) == sent
        assert fetch_all(client, "RFC822.SIZE") == list(map(len, sent))


def _command(connection: socket.socket, answers: BinaryIO, command: bytes) -> None:
    """Python's clients mend line ends, so this is sent by hand."""
    connection.sendall(b"a " + command + b"\r\n")
    for line in answers:
        if line.startswith(b"a "):
            assert line.startswith(b"a OK"), line
            return
    raise AssertionError("the connection ended")


@pytest.mark.timeout(300)
def test_by_section_and_in_part(box: IMAPClient, messages: dict[str, bytes]) -> None:
    """HEADER and TEXT make the whole; partial fetches are its slices; each part lies in the whole."""
    rng = random.Random(2)
    for data in messages.values():
        box.append("INBOX", data)
    box.noop()
    for uid, (name, data) in zip(sorted(box.search()), messages.items(), strict=True):
        start, size = rng.randrange(len(data) + 10), rng.randrange(1, 5000)
        found = box.fetch(
            uid, ["BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", f"BODY.PEEK[]<{start}.{size}>", "BODYSTRUCTURE", "ENVELOPE"]
        )[uid]
        assert found[b"BODY[HEADER]"] + found[b"BODY[TEXT]"] == data, name
        assert found[f"BODY[]<{start}>".encode()] == data[start : start + size], name
        _parts(box, uid, found[b"BODYSTRUCTURE"], data, name)


def _parts(box: IMAPClient, uid: int, structure: BodyData, data: bytes, name: str) -> None:
    """Every leaf that BODYSTRUCTURE promises can be fetched, has the promised size, and is a piece of the message."""
    leaves = dict(_leaves(structure, ""))
    for chunk in [list(leaves)[i : i + 50] for i in range(0, len(leaves), 50)]:
        items = [f"BODY.PEEK[{part}]" for part in chunk]
        found = box.fetch(uid, items)[uid]
        for part in chunk:
            body = found[f"BODY[{part}]".encode()] or b""
            assert len(body) == leaves[part], (name, part)
            assert body in data, (name, part)


def _leaves(structure: BodyData, prefix: str) -> Iterator[tuple[str, int]]:
    if structure.is_multipart:
        for number, part in enumerate(structure[0], 1):
            yield from _leaves(part, f"{prefix}.{number}" if prefix else str(number))
        return
    yield prefix or "1", structure[6]
