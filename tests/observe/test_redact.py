"""No secret passes a transcript, however its bytes are cut into packets."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.observe.redact import Redactor
from posthouse.observe.transcript import Tracer, Wanted

PASSWORD = b"correct horse"
PLAIN = base64.b64encode(b"\0alice\0" + PASSWORD)

# Who speaks, and what. Neither the password nor its base64 may be shown.
CONVERSATIONS = {
    "SMTP AUTH PLAIN, initial response": [("C", b"AUTH PLAIN " + PLAIN + b"\r\n"), ("S", b"235 2.7.0 in\r\n")],
    "SMTP AUTH LOGIN": [
        ("C", b"AUTH LOGIN\r\n"),
        ("S", b"334 VXNlcm5hbWU6\r\n"),
        ("C", b"YWxpY2U=\r\n"),
        ("S", b"334 UGFzc3dvcmQ6\r\n"),
        ("C", PASSWORD + b"\r\n"),
        ("S", b"535 5.7.8 no\r\n"),
    ],
    "SMTP, an older answer comes between": [
        ("C", b"NOOP\r\nAUTH PLAIN\r\n"),
        ("S", b"250 2.0.0 fine\r\n"),
        ("S", b"334 \r\n"),
        ("C", PLAIN + b"\r\n"),
    ],
    "POP3 PASS": [("C", b"USER alice\r\n"), ("S", b"+OK\r\n"), ("C", b"pass " + PASSWORD + b"\r\n"), ("S", b"+OK\r\n")],
    "POP3 AUTH": [("C", b"AUTH PLAIN\r\n"), ("S", b"+ \r\n"), ("C", PLAIN + b"\r\n"), ("S", b"+OK\r\n")],
    "IMAP LOGIN, quoted": [("C", b'a1 login alice "' + PASSWORD + b'"\r\n'), ("S", b"a1 OK in\r\n")],
    "IMAP LOGIN, literals, behind another command": [
        ("C", b"a0 NOOP\r\na1 LOGIN {5}\r\n"),
        ("S", b"a0 OK done\r\n"),
        ("S", b"+ go\r\n"),
        ("C", b"alice {13}\r\n"),
        ("S", b"+ go\r\n"),
        ("C", PASSWORD + b"\r\n"),
        ("S", b"* CAPABILITY IMAP4rev2\r\na1 OK in\r\n"),
    ],
    "IMAP AUTHENTICATE": [
        ("C", b"x AUTHENTICATE PLAIN\r\n"),
        ("S", b"+ \r\n"),
        ("C", PLAIN + b"\r\n"),
        ("S", b"x OK in\r\n"),
    ],
    "ManageSieve": [("C", b'AUTHENTICATE "PLAIN" {%d+}\r\n' % len(PLAIN)), ("C", PLAIN + b"\r\n"), ("S", b"OK\r\n")],
    "HTTP Basic": [("C", b"POST /mapi HTTP/1.1\r\nAuthorization: Basic " + PLAIN + b"\r\n\r\n")],
    "HTTP cookie": [("S", b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=" + PLAIN + b"\r\n\r\n")],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
@given(cuts=st.lists(st.integers(1, 40), max_size=20))
def test_a_secret_is_never_shown(name: str, cuts: list[int]) -> None:
    """Pitfall 25: whatever way it crosses, and however TCP cuts it."""
    redactor, shown = Redactor(), b""
    for who, data in CONVERSATIONS[name]:
        for piece in _cut(data, cuts):
            shown += redactor.received(piece) if who == "C" else redactor.sent(piece)
    assert PASSWORD not in shown
    assert PLAIN not in shown
    assert b"[redacted]" in shown


def _cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in [*pieces, data] if piece]


def test_after_the_login_all_is_shown_again() -> None:
    """Only the login is hidden."""
    redactor = Redactor()
    assert redactor.received(b"a1 LOGIN alice secret\r\n") == b"a1 LOGIN [redacted]\r\n"
    redactor.sent(b"a1 OK in\r\n")
    assert redactor.received(b"a2 SELECT INBOX\r\n") == b"a2 SELECT INBOX\r\n"
    assert redactor.sent(b"* 3 EXISTS\r\n") == b"* 3 EXISTS\r\n"


def test_content_of_a_literal_is_no_command() -> None:
    """A message that quotes a LOGIN does not silence the trace."""
    redactor = Redactor()
    assert b"pw" in redactor.received(b"a APPEND INBOX {18+}\r\nx LOGIN alice pw\r\n\r\nb NOOP\r\n")
    assert redactor.received(b"c NOOP\r\n") == b"c NOOP\r\n"


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60))))
def test_any_bytes_may_pass(conversation: list[tuple[bool, bytes]]) -> None:
    """A transcript must not stop a session."""
    redactor = Redactor()
    for client, data in conversation:
        (redactor.received if client else redactor.sent)(data)


def test_nobody_asks_nothing_is_made() -> None:
    """Off costs nothing: there is no transcript."""
    tracer = Tracer()
    assert tracer.open("imap", "192.0.2.1") is None
    number = tracer.start(Wanted(protocol="smtp"), print)
    assert tracer.open("imap", "192.0.2.1") is None
    assert tracer.open("smtp", "192.0.2.1") is not None
    tracer.stop(number)
    assert tracer.open("smtp", "192.0.2.1") is None


def test_an_account_is_traced_from_its_greeting_on() -> None:
    """What was said before the login is kept until it is known whose it is."""
    tracer, lines, others = Tracer(), [], []
    tracer.start(Wanted(account="alice@example.org"), lines.append)
    tracer.start(Wanted(account="bob@example.org"), others.append)
    transcript = tracer.open("imap", "192.0.2.1")
    assert transcript is not None
    transcript.sent(b"* OK ready\r\n")
    transcript.received(b"a LOGIN alice pw\r\n")
    assert not lines
    transcript.identify("alice@example.org")
    transcript.sent(b"a OK in\r\n")
    assert [line.split(" ", 1)[1] for line in lines] == [
        "imap-1 192.0.2.1 S: * OK ready",
        "imap-1 192.0.2.1 C: a LOGIN [redacted]",
        "imap-1 192.0.2.1 S: a OK in",
    ]
    assert not others
