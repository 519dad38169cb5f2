"""Whatever a client sends, in whatever state: the server answers by the grammar or ends the session, has no fault of
its own to log, and serves the next one."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.observe.logs import configure_logs
from posthouse.servers.smtp.kinds import Kind

LOGIN = b"EHLO x.test\r\nAUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"
STATES = {
    "greeted": (Kind.MX, b""),
    "ready": (Kind.MX, b"EHLO x.test\r\n"),
    "mail": (Kind.MX, b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n"),
    "rcpt": (Kind.MX, b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<bob@example.org>\r\n"),
    "data": (Kind.MX, b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"),
    "chunks": (Kind.MX, b"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<bob@example.org>\r\nBDAT 2\r\nab"),
    "binary": (
        Kind.MX,
        b"EHLO x.test\r\nMAIL FROM:<a@x.test> BODY=BINARYMIME\r\nRCPT TO:<bob@example.org>\r\nBDAT 2\r\nab",
    ),
    "auth": (Kind.SUBMISSION, b"EHLO x.test\r\nAUTH PLAIN\r\n"),
    "scram": (Kind.SUBMISSION, b"EHLO x.test\r\nAUTH SCRAM-SHA-256\r\n"),
    "submitting": (
        Kind.SUBMISSION,
        LOGIN + b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n",
    ),
    "tls": (Kind.MX, b"EHLO x.test\r\nSTARTTLS\r\n"),
    "lmtp": (Kind.LMTP, b"LHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"),
}
WORDS = [
    *(b"EHLO x", b"MAIL FROM:<a@b.c>", b"RCPT TO:<bob@example.org>", b"RCPT TO:<\xc3\xbc@example.org>", b"DATA"),
    *(b"BDAT 3", b"BDAT 0 LAST", b"BDAT 99999999999999999999", b"RSET", b"NOOP", b"VRFY a", b"EXPN a", b"HELP"),
    *(b"AUTH PLAIN", b"AUTH LOGIN =", b"AUTH SCRAM-SHA-1 biwsbj1hLHI9YQ==", b"STARTTLS", b"QUIT", b".", b"*", b"\0"),
    *(b" SIZE=1", b" BODY=8BITMIME", b" SMTPUTF8", b" NOTIFY=SUCCESS", b" RET=FULL", b"\r", b"\n", b"\r\n.\r\n"),
    *(b"From: alice@example.org", b"Received: x", b"Content-Type: multipart/mixed; boundary=x", b"--x", b"=" * 70),
]
PIECES = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.binary(max_size=40),
        st.just(b"\r\n"),
        st.just(b"\r\n"),
        st.builds(lambda n: b"A" * n, st.integers(500, 13_000)),
    ),
    max_size=25,
)


@pytest.fixture
def faults() -> Iterator[list[bytes]]:
    """What the server logs as its own fault."""
    lines: list[bytes] = []
    configure_logs(write=lambda line: lines.append(line) if b" error " in line[:40] else None)
    yield lines
    configure_logs()


def converse(port: int, opening: bytes, pieces: list[bytes]) -> bytes:
    """Everything that the server says."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(opening)
            client.sendall(b"".join(pieces))
            client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while data := client.recv(65536):
                said += data
    return said


REPLIES = re.compile(rb"(?:[2345][0-9][0-9][ -][^\r\n\0]*\r\n)*")


@pytest.mark.parametrize("state", STATES)
def test_random_bytes_in_each_state(state: str, hub: Any, faults: list[bytes]) -> None:
    kind, opening = STATES[state]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pieces=PIECES)
    def play(pieces: list[bytes]) -> None:
        said = converse(hub.ports[kind], opening, pieces)
        if state != "tls":
            assert REPLIES.fullmatch(said), said
        assert not faults, b"".join(faults).decode()

    play()
    assert converse(hub.ports[kind], b"NOOP\r\nQUIT\r\n", []).endswith(b"221 2.0.0 Goodbye\r\n")
    assert hub.servers[kind].sessions <= 1
