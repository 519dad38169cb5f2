"""What comes of a message when the next hop does not behave: handed on once, tried again, or reported, never lost."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from odd_hop import CLOSE, EXTENSIONS, OddHop
from programs import eventually

from posthouse.queue import rows
from posthouse.testing import Account, MailHub

PLAIN = b"From: alice@example.org\r\nSubject: Hello\r\n\r\nDear Bob\r\n"
EIGHT = "From: alice@example.org\r\nSubject: Hello\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n".encode()
UTF8 = "From: alice@example.org\r\nSubject: Grüße\r\n\r\nhello\r\n".encode()
BOB = "bob@elsewhere.example"


class Sending:
    """A hub whose only way out is an odd next hop."""

    def __init__(self, hub: MailHub, hop: OddHop, alice: Account) -> None:
        self.hub, self.hop, self.alice = hub, hop, alice

    def send(
        self, data: bytes = PLAIN, *recipients: str, options: tuple[str, ...] = (), rcpt: tuple[str, ...] = ()
    ) -> None:
        with smtplib.SMTP(self.hub.submission.host, self.hub.submission.port) as client:
            client.login(self.alice.address, self.alice.password)
            client.sendmail(self.alice.address, recipients or [BOB], data, mail_options=options, rcpt_options=rcpt)

    def history(self) -> list[rows.Attempt]:
        return [
            attempt
            for message in self.hub.outgoing()
            for attempt in self.hub.read(lambda tx, number=message.id: rows.history(tx, number))  # type: ignore[misc]
        ]

    def waits(self) -> rows.Attempt:
        """The message waits after its first attempt, whose record this is."""
        eventually(lambda: bool(self.history()))
        [attempt] = self.history()
        assert attempt.outcome == "waiting"
        assert self.alice.messages() == []
        return attempt

    def fails(self) -> bytes:
        """It is given up, and this is what the sender is told."""
        [report] = self.alice.wait_for_messages(1)
        eventually(lambda: self.hub.outgoing() == [])
        return report.data

    def arrives(self, count: int = 1) -> list[bytes]:
        eventually(lambda: self.hub.outgoing() == [])
        assert self.alice.messages() == []
        assert len(self.hop.messages) == count
        return self.hop.messages


@contextlib.contextmanager
def sending(hop: OddHop, **relay: Any) -> Iterator[Sending]:
    with hop.serving() as address:
        settings: dict[str, object] = {"relay": {"smarthost": address, **relay}}
        with MailHub(relay=address, hostname="here.example", settings=settings) as hub:
            yield Sending(hub, hop, hub.add_account("alice@example.org"))


@pytest.mark.parametrize(
    ("where", "answers"),
    [
        ("the greeting", {"CONNECT": [b"421 4.3.2 closing down\r\n"]}),
        ("no greeting", {"CONNECT": [CLOSE]}),
        ("another protocol", {"CONNECT": [b"SSH-2.0-OpenSSH_9.2\r\n"]}),
        ("EHLO", {"EHLO": [b"421 4.3.2 closing down\r\n"]}),
        ("EHLO and HELO", {"EHLO": [b"500 what?\r\n"], "HELO": [b"450 4.3.0 not now\r\n"]}),
        ("MAIL", {"MAIL": [b"451 4.3.0 not now\r\n"]}),
        ("MAIL, and goodbye", {"MAIL": [b"421 4.3.0 not now\r\n"]}),
        ("RCPT", {"RCPT": [b"450 4.2.1 greylisted\r\n"]}),
        ("DATA", {"DATA": [b"451 4.3.0 not now\r\n"]}),
        ("the end", {".": [b"452 4.3.1 disk is full\r\n"]}),
        ("lost behind the final dot", {".": [CLOSE]}),
        ("lost before the data", {"DATA": [CLOSE]}),
        ("rubbish", {"MAIL": [b"fine\r\n"]}),
        ("an endless answer", {"MAIL": [b"250-and\r\n" * 100_000]}),
        ("an endless line", {"MAIL": [b"250 " + b"x" * 1_000_000]}),
    ],
)
def test_tried_again(where: str, answers: dict[str, list[bytes]]) -> None:
    """A 4yz, a goodbye, a lost connection or nonsense, wherever it happens: the message waits, and arrives when the
    other side has recovered – RFC 5321 §3.8, §4.2.1, §4.5.4.1."""
    hop = OddHop({name: [*given, None] for name, given in answers.items()})
    with sending(hop) as it:
        it.send()
        assert it.waits().status.startswith("4."), where
        [message] = it.hub.outgoing()
        it.hub.write(lambda tx: rows.retry(tx, message.id, int(time.time())))
        [arrived] = it.arrives()
        assert arrived.endswith(PLAIN[-30:])


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"MAIL": [b"550 5.7.1 you are not welcome\r\n"]}, b"5.7.1"),
        ({"RCPT": [b"550 5.1.1 unknown\r\n"]}, b"5.1.1"),
        ({"RCPT": [b"550 no such person\r\n"]}, b"5.0.0"),
        ({"DATA": [b"554 5.6.0 no\r\n"]}, b"5.6.0"),
        ({".": [b"554 5.7.1 spam\r\n"]}, b"5.7.1"),
        ({"CONNECT": [b"554 5.7.1 blocked\r\n"]}, b"5.7.1"),
        ({"EHLO": [b"550 5.7.1 blocked\r\n"], "HELO": [b"550 5.7.1 blocked\r\n"]}, b"5.7.1"),
    ],
)
def test_given_up(answers: dict[str, list[bytes]], status: bytes) -> None:
    """A 5yz is an answer: the sender hears it in the other side's words, and nothing waits."""
    with sending(OddHop({name: list(given) for name, given in answers.items()})) as it:
        it.send()
        report = it.fails()
        assert b"Status: " + status in report
        assert b"Diagnostic-Code: smtp; 55" in report
        assert it.hop.messages == []


def test_each_recipient_has_an_answer_of_its_own() -> None:
    """One is served, one refused for good, one for now."""
    answers = {
        "RCPT TO:<gone@elsewhere.example>": [b"550 5.1.1 unknown\r\n"],
        "RCPT TO:<busy@elsewhere.example>": [b"450 4.2.1 busy\r\n"],
    }
    hop = OddHop({name: list(given) for name, given in answers.items()}, ["PIPELINING", "ENHANCEDSTATUSCODES"])
    with sending(hop) as it:
        it.send(PLAIN, BOB, "gone@elsewhere.example", "busy@elsewhere.example")
        [report] = it.alice.wait_for_messages(1)
        assert b"gone@elsewhere.example" in report.data
        assert b"busy@elsewhere.example" not in report.data.partition(b"message/rfc822")[0]
        eventually(lambda: len(it.history()) == 3)
        assert sorted(attempt.outcome for attempt in it.history()) == ["failed", "relayed", "waiting"]
        assert len(hop.messages) == 1


def test_too_many_recipients_at_once() -> None:
    """452 to some is no failure: they get a transaction of their own at once – RFC 5321 §4.5.3.1.10."""
    people = [f"p{number}@elsewhere.example" for number in range(6)]
    full: list[bytes | None] = [b"452 4.5.3 too many\r\n", None]
    hop = OddHop({f"RCPT TO:<{person}>": full for person in people[3:]}, ["PIPELINING", "ENHANCEDSTATUSCODES"])
    with sending(hop) as it:
        it.send(PLAIN, *people)
        it.arrives(2)
        assert hop.connections == 1
        assert sum(command.startswith("RCPT") for command in hop.commands) == 9


@pytest.mark.parametrize("extensions", [(), ("8BITMIME",), ("PIPELINING",), (*EXTENSIONS, "CHUNKING", "BINARYMIME")])
@pytest.mark.parametrize("data", [PLAIN, EIGHT, PLAIN + b".\r\n..\r\n.x\r\n"], ids=["plain", "8-bit", "dots"])
def test_whatever_is_offered(extensions: tuple[str, ...], data: bytes) -> None:
    """With each set of extensions a message arrives; 8-bit text is converted where the other side cannot take it."""
    with sending(OddHop(extensions=extensions)) as it:
        it.send(data, options=("BODY=8BITMIME",))
        [arrived] = it.arrives()
        if data.isascii() or "8BITMIME" in extensions:
            assert arrived.endswith(data[-10:])
        else:
            assert arrived.isascii()
            assert b"Content-Transfer-Encoding: quoted-printable" in arrived
            assert b"Gr=C3=BC=C3=9Fe" in arrived


def test_somebody_who_knows_no_ehlo() -> None:
    """HELO it is – RFC 5321 §3.2."""
    with sending(OddHop({"EHLO": [b"502 5.5.1 what?\r\n"]})) as it:
        it.send()
        it.arrives()
        assert it.hop.commands[:3] == ["EHLO here.example", "HELO here.example", "MAIL FROM:<alice@example.org>"]


def test_a_header_that_nobody_may_convert() -> None:
    """Without SMTPUTF8 over there: 5.6.9, and it is not even tried – RFC 6531 §3.2."""
    with sending(OddHop(extensions=("PIPELINING", "8BITMIME"))) as it:
        it.send(UTF8, options=("SMTPUTF8", "BODY=8BITMIME"))
        assert b"Status: 5.6.9" in it.fails()
        assert not any(command.startswith("MAIL") for command in it.hop.commands)


def test_too_large_for_them() -> None:
    """What SIZE says is too much is not sent – RFC 1870 §6.1."""
    with sending(OddHop(extensions=("SIZE 1000",))) as it:
        it.send(PLAIN + b"x" * 70 + b"\r\n" * 1000)
        assert b"Status: 5.3.4" in it.fails()
        assert "DATA" not in it.hop.commands


def test_wishes_are_handed_on() -> None:
    """NOTIFY, RET, ENVID and ORCPT go to a next hop with DSN, which then is the one to report – RFC 3461 §5.2.1."""
    with sending(OddHop()) as it:
        it.send(
            options=("RET=HDRS", "ENVID=abc+2B1"), rcpt=("NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;bob@elsewhere.example")
        )
        it.arrives()
        mail = next(command for command in it.hop.commands if command.startswith("MAIL"))
        recipient = next(command for command in it.hop.commands if command.startswith("RCPT"))
        assert "RET=HDRS" in mail
        assert "ENVID=abc+2B1" in mail
        assert "NOTIFY=" in recipient
        assert "ORCPT=rfc822;bob@elsewhere.example" in recipient


def test_a_next_hop_without_dsn() -> None:
    """SUCCESS was asked for: we say that it was relayed, for nobody behind us will – RFC 3461 §5.2.2."""
    with sending(OddHop(extensions=("PIPELINING",))) as it:
        it.send(rcpt=("NOTIFY=SUCCESS",))
        assert b"Action: relayed" in it.fails()
        assert len(it.hop.messages) == 1


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_tls_when_it_is_offered(authority: trustme.CA) -> None:
    """Any certificate is better than none – RFC 7435."""
    with sending(OddHop(tls=server_context(authority, "somebody.else.test"))) as it:
        it.send()
        it.arrives()
        assert it.hop.encrypted == [True]
        assert [command for command in it.hop.commands if command.startswith("EHLO")] == ["EHLO here.example"] * 2


@pytest.mark.parametrize(
    "answer",
    [b"454 4.7.0 not now\r\n", b"220 go on\r\n250 FAKE injected\r\n", b"500 what?\r\n"],
    ids=["later", "more", "no"],
)
def test_tls_that_is_offered_and_not_there(authority: trustme.CA, answer: bytes) -> None:
    """With `tls = "may"` the message goes in clear rather than not at all; plaintext behind 220 is never believed."""
    hop = OddHop({"STARTTLS": [answer]}, tls=server_context(authority))
    with sending(hop) as it:
        it.send()
        eventually(lambda: it.hub.outgoing() == [] or bool(it.history()))
        assert "injected" not in "".join(attempt.reply for attempt in it.history())
        if not it.history():
            it.arrives()


def test_a_handshake_that_fails(authority: trustme.CA) -> None:
    """They speak no version that we do: the next connection is in clear."""
    context = server_context(authority)
    context.set_ciphers("NULL-SHA256:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with sending(OddHop(tls=context)) as it:
        it.send()
        it.arrives()
        assert it.hop.encrypted == [False]
        assert it.hop.connections == 2


def test_tls_that_must_be(authority: trustme.CA) -> None:
    """With `tls = "must"` nothing is sent without a right certificate; the message waits."""
    with sending(OddHop(), tls="must") as it:
        it.send()
        assert "TLS is required" in it.waits().reply
    with sending(OddHop(tls=server_context(authority)), tls="must") as it:
        it.send()
        assert "TLS with" in it.waits().reply
        assert it.hop.messages == []


# logging in


@pytest.mark.parametrize(
    ("mechanisms", "answers"),
    [
        ("PLAIN", {"AUTH": [b"235 2.7.0 welcome\r\n"]}),
        (
            "LOGIN",
            {"AUTH": [b"334 VXNlcm5hbWU6\r\n"], "aGVyZQ==": [b"334 UGFzc3dvcmQ6\r\n"], "c2VjcmV0": [b"235 ok\r\n"]},
        ),
    ],
)
def test_a_smarthost_wants_a_login(mechanisms: str, answers: dict[str, list[bytes]]) -> None:
    """By the best mechanism that both know – RFC 4954."""
    hop = OddHop({name: list(given) for name, given in answers.items()}, (*EXTENSIONS, f"AUTH {mechanisms}"))
    with sending(hop, user="here", password="secret") as it:
        it.send()
        it.arrives()
        assert any(command.startswith("AUTH") for command in hop.commands)


@pytest.mark.parametrize("extensions", [(*EXTENSIONS, "AUTH PLAIN"), (*EXTENSIONS, "AUTH GSSAPI"), EXTENSIONS])
def test_a_login_that_fails(extensions: tuple[str, ...]) -> None:
    """A wrong password is for the postmaster to mend, not for senders to hear of: everything waits, and no history
    shows the password."""
    with sending(OddHop({"AUTH": [b"535 5.7.8 no\r\n"]}, extensions), user="here", password="secret") as it:
        it.send()
        attempt = it.waits()
        assert attempt.status.startswith("4.7")
        assert "secret" not in repr(attempt)
        assert it.hop.messages == []


# many messages


def test_connections_are_used_again() -> None:
    """Many messages to one destination share few connections."""
    with sending(OddHop()) as it:
        for _ in range(30):
            it.send()
        it.arrives(30)
        assert it.hop.connections <= 5
        assert it.hop.most <= 5


def test_one_refusal_does_not_spoil_the_connection() -> None:
    """RSET, and the next message goes through the same one."""
    answers: list[bytes | None] = [b"550 5.1.1 unknown\r\n"]
    with sending(OddHop({"RCPT TO:<gone@elsewhere.example>": answers})) as it:
        it.send(PLAIN, "gone@elsewhere.example")
        it.send(PLAIN)
        it.alice.wait_for_messages(1)
        eventually(lambda: len(it.hop.messages) == 1)
        assert "RSET" in it.hop.commands
