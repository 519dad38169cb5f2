"""Nothing that a stranger sends, and nothing that a user asks for, makes the hub's memory grow with it."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubs import DOMAIN, HOST, PASSWORD, Authority, Hub

MEGABYTE = 1024 * 1024
SIZE = 150 * MEGABYTE
LINE = b"0123456789abcdef" * 4 + b"\r\n"
ALLOWED = 48 * MEGABYTE
"""So much more than at rest may be in use: buffers, pieces, an interpreter's slack."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("memory")
    hub = Hub(folder, Authority(folder), {"workers": 1, "limits": {"message_size": 2 * SIZE}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


@contextlib.contextmanager
def bounded(hub: Hub) -> Iterator[None]:
    """The worker's own memory, without the files that it has mapped, while this goes on."""
    (worker,) = hub.workers()
    status = Path(f"/proc/{worker}/status")

    def now() -> int:
        found = re.search(r"RssAnon:\s+(\d+) kB", status.read_text(encoding="ascii"))
        assert found
        return int(found[1]) * 1024

    rest, peak, done = now(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, now())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    assert peak - rest < ALLOWED, f"{(peak - rest) // MEGABYTE} MB more than at rest"


class Talk:
    """A connection by hand: what is sent and read is never all in memory here either."""

    def __init__(self, hub: Hub, service: str) -> None:
        self.connection = socket.create_connection((HOST, hub.ports[service]), timeout=60)
        self.stream = self.connection.makefile("rb")
        self.stream.readline()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stream.close()
        self.connection.close()

    def say(self, line: bytes, expect: bytes) -> bytes:
        self.connection.sendall(line + b"\r\n")
        return self.hear(expect)

    def hear(self, expect: bytes) -> bytes:
        """Lines up to one that begins so."""
        for line in self.stream:
            if line.startswith(expect):
                return line
            assert not re.match(rb"(\w+ (NO|BAD)|[45]\d\d[ -][A-Z\d]+\.|-ERR)", line), line
        raise AssertionError("the connection ended")

    def pour(self, size: int) -> None:
        block = LINE * 10_000
        for _ in range(size // len(block)):
            self.connection.sendall(block)
        self.connection.sendall(block[: size % len(block)])

    def drain(self, octets: int) -> None:
        while octets:
            octets -= len(self.stream.read(min(octets, MEGABYTE)))


def mail(talk: Talk, to: str) -> None:
    talk.say(b"EHLO client.test", b"250 ")
    talk.say(b"MAIL FROM:<carol@elsewhere.test> BODY=8BITMIME", b"250")
    talk.say(b"RCPT TO:<" + to.encode() + b">", b"250")


def imap(hub: Hub, person: str) -> Talk:
    talk = Talk(hub, "imap")
    talk.say(f'a LOGIN {person} "{PASSWORD}"'.encode(), b"a OK")
    return talk


HEADER = b"Subject: large\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"


@pytest.mark.timeout(300)
def test_a_large_message_in_and_out(hub: Hub) -> None:
    """150 MB by DATA, BDAT and APPEND; read whole, in part, decoded, by POP3, and by somebody who doesn't read on."""
    person = hub.person()
    with bounded(hub), Talk(hub, "smtp") as talk:
        mail(talk, person)
        talk.say(b"DATA", b"354")
        talk.connection.sendall(HEADER)
        talk.pour(SIZE - SIZE % len(LINE))
        talk.say(b".", b"250")
    with bounded(hub), Talk(hub, "smtp") as talk:
        mail(talk, person)
        talk.connection.sendall(b"BDAT %d LAST\r\n" % (len(HEADER) + SIZE) + HEADER)
        talk.pour(SIZE)
        talk.hear(b"250")
    with bounded(hub), imap(hub, person) as talk:
        talk.say(b"b APPEND INBOX {%d}" % (len(HEADER) + SIZE), b"+")
        talk.connection.sendall(HEADER)
        talk.pour(SIZE)
        talk.say(b"", b"b OK")
    with bounded(hub), imap(hub, person) as talk:
        talk.say(b"b SELECT INBOX", b"b OK")
        for item in (b"BODY.PEEK[]", b"BODY.PEEK[TEXT]", b"BODY.PEEK[]<9.140000000>", b"BINARY.PEEK[1]"):
            answer = talk.say(b"c FETCH 3 " + item, b"* 3 FETCH")
            literal = re.search(rb"\{(\d+)\}", answer)
            assert literal
            assert int(literal[1]) >= 140_000_000
            talk.drain(int(literal[1]))
            talk.hear(b"c OK")
        talk.connection.sendall(b"d FETCH 1:3 BODY.PEEK[]\r\n")
        time.sleep(1)
    with bounded(hub), Talk(hub, "pop3") as talk:
        talk.say(f"USER {person}".encode(), b"+OK")
        talk.say(f"PASS {PASSWORD}".encode(), b"+OK")
        talk.say(b"RETR 1", b"+OK")
        talk.hear(b".\r\n")
        talk.say(b"TOP 2 10", b"+OK")
        talk.hear(b".\r\n")
        talk.connection.sendall(b"RETR 3\r\n")
        time.sleep(1)


@pytest.mark.timeout(300)
def test_a_folder_of_a_hundred_thousand(hub: Hub) -> None:
    """It is read in pieces by every protocol; a view costs a few bytes a message."""
    person = hub.person()
    with bounded(hub), imap(hub, person) as talk:
        message = b"Subject: one of many\r\nFrom: carol@elsewhere.test\r\n\r\nhello\r\n"
        talk.say(b"b APPEND INBOX {%d+}\r\n" % len(message) + message, b"b OK")
        talk.say(b"c SELECT INBOX", b"c OK")
        for _ in range(17):
            talk.say(b"d COPY 1:* INBOX", b"d OK")
        talk.say(b"e STORE 1:* +FLAGS (\\Flagged)", b"e OK")
        talk.say(b"f FETCH 1:* (UID FLAGS ENVELOPE)", b"* 131072 FETCH")
        talk.hear(b"f OK")
        talk.say(b"g SEARCH FLAGGED SUBJECT many", b"g OK")
        talk.connection.sendall(b"h FETCH 1:* BODY.PEEK[]\r\n")
        time.sleep(1)
    with bounded(hub), Talk(hub, "pop3") as talk:
        talk.say(f"USER {person}".encode(), b"+OK")
        talk.say(f"PASS {PASSWORD}".encode(), b"+OK")
        assert talk.say(b"STAT", b"+OK").startswith(b"+OK 131072 ")
        talk.say(b"UIDL", b"131072 ")
        talk.hear(b".\r\n")


@pytest.mark.parametrize(
    ("service", "before", "endless"),
    [
        ("smtp", [], b"x" * 4096),
        ("smtp", [], b"NOOP\r\n" * 1000),
        ("smtp", [b"EHLO x", b"MAIL FROM:<>"], b"RCPT TO:<nobody@example.org>\r\n" * 100),
        ("smtp", [b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<PERSON>", b"DATA"], b"X-Header: x\r\n" * 1000),
        ("smtp", [b"EHLO x", b"MAIL FROM:<>", b"RCPT TO:<PERSON>", b"DATA"], b"y" * 4096),
        ("imap", [], b"a " + b"x" * 4096),
        ("imap", [], b"a LOGIN {100+}\r\n" + b"x" * 100 + b" "),
        ("imap", [b"a LOGIN PERSON PASSWORD"], b"b CAPABILITY\r\n" * 1000),
        ("imap", [b"a LOGIN PERSON PASSWORD"], b"((((((((((" * 400),
        ("imap", [b"a LOGIN PERSON PASSWORD"], b"b SEARCH " + b"OR " * 1000),
        ("pop3", [], b"x" * 4096),
        ("pop3", [], b"NOOP\r\n" * 1000),
    ],
)
def test_somebody_who_never_ends(hub: Hub, service: str, before: list[bytes], endless: bytes) -> None:
    """What goes on and on, without reading what we answer, is refused, or waits: it is not kept."""
    person = hub.person().encode()
    with bounded(hub), Talk(hub, service) as talk:
        for line in before:
            line = line.replace(b"PERSON", person).replace(b"PASSWORD", b'"' + PASSWORD.encode() + b'"')
            talk.connection.sendall(line + b"\r\n")
            time.sleep(0.05)
        talk.connection.settimeout(0.5)
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 64 * MEGABYTE:
                sent += talk.connection.send(endless * 16)
