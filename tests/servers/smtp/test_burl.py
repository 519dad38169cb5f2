"""BURL: what is in the mailbox goes out without being sent again – RFC 4468."""

from __future__ import annotations

import base64
import socket
from typing import Any

import pytest

from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.urlauth import sign_url

STORED = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: stored\r\n\r\nThe attachment.\r\n"


class Submitter:
    """Logged in as alice over TLS."""

    def __init__(self, hub: Any) -> None:
        raw = socket.create_connection(("127.0.0.1", hub.ports[Kind.SUBMISSIONS]), timeout=20)
        self.socket = hub.client_context.wrap_socket(raw)
        self.file = self.socket.makefile("rb")
        self.line()
        self.greeting = self.say("EHLO client.test")
        plain = base64.b64encode(b"\0alice@example.org\0secret").decode()
        assert self.say(f"AUTH PLAIN {plain}").startswith("235")

    def line(self) -> str:
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        return b"".join(lines).decode()

    def say(self, line: str, octets: bytes = b"") -> str:
        self.socket.sendall(line.encode() + b"\r\n" + octets)
        return self.line()

    def begin(self) -> None:
        assert self.say("MAIL FROM:<alice@example.org>").startswith("250")
        assert self.say("RCPT TO:<bob@example.org>").startswith("250")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def alice(hub: Any) -> Any:
    made = Submitter(hub)
    yield made
    made.close()


def put(hub: Any, data: bytes) -> None:
    from posthouse.store.content import add_content
    from posthouse.store.folders import INBOX
    from posthouse.store.intake import content_of
    from posthouse.store.messages import NewMessage, append

    new = content_of(hub.store.blobs, data)
    with hub.database.transaction() as tx:
        account = hub.account(tx, "alice@example.org")
        append(tx, account, INBOX, NewMessage(add_content(tx, new), new.size, 0), 0)


def signed(hub: Any, access: str, rest: str = "", uid: int = 1) -> str:
    with hub.database.transaction() as tx:
        account = hub.account(tx, "alice@example.org")
        rump = f"imap://alice%40example.org@mx.example.org/INBOX/;UID={uid}{rest};URLAUTH={access}"
        return sign_url(tx, account, "alice@example.org", rump)


def test_a_whole_message(hub: Any, alice: Submitter) -> None:
    """One BURL is a message – §3.4; it is offered where people submit, and there alone."""
    put(hub, STORED)
    assert "BURL imap" in alice.greeting
    alice.begin()
    before = len(hub.mailbox("bob@example.org"))
    assert alice.say(f"BURL {signed(hub, 'submit+alice')} LAST").startswith("250 2.0.0 Accepted")
    arrived = hub.mailbox("bob@example.org")
    assert len(arrived) == before + 1
    assert arrived[-1].endswith(b"Subject: stored\r\n\r\nThe attachment.\r\n") or b"The attachment." in arrived[-1]


def test_in_pieces(hub: Any, alice: Submitter) -> None:
    """BDAT and BURL together make one message – §3.5."""
    put(hub, STORED)
    alice.begin()
    head = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: put together\r\n\r\n"
    assert alice.say(f"BDAT {len(head)}", head).startswith("250")
    assert alice.say(f"BURL {signed(hub, 'user+alice@example.org', '/;SECTION=TEXT')}").startswith("250")
    assert alice.say("BDAT 5 LAST", b"end\r\n").startswith("250 2.0.0 Accepted")
    assert b"Subject: put together\r\n" in hub.mailbox("bob@example.org")[-1]
    assert hub.mailbox("bob@example.org")[-1].endswith(b"\r\n\r\nThe attachment.\r\nend\r\n")


def test_what_cannot_be_had(hub: Any, alice: Submitter) -> None:
    """554 5.6.6, and the transaction is over – §3.6."""
    put(hub, STORED)
    good = signed(hub, "submit+alice")
    for url in ("http://example.org/x", good[:-2] + "00", signed(hub, "submit+bob"), signed(hub, "anonymous", uid=99)):
        alice.begin()
        assert alice.say(f"BURL {url} LAST").startswith("554 5.6.6"), url
    assert alice.say(f"BURL {good} LAST").startswith("503")
    assert alice.say("BURL").startswith("50")
    alice.begin()
    assert alice.say(f"BURL {good} FIRST").startswith("501")
    assert alice.say("RSET").startswith("250")


def test_stored_octets_that_cannot_go(hub: Any, alice: Submitter) -> None:
    """A bare LF that lies in a mailbox does not get out by BURL."""
    put(hub, b"Subject: bare\r\n\r\na\nb\r\n")
    with hub.database.snapshot() as tx:
        from posthouse.store.folders import INBOX, load_folder

        uid = load_folder(tx, hub.account(tx, "alice@example.org"), INBOX).next_uid - 1
    alice.begin()
    assert alice.say(f"BURL {signed(hub, 'anonymous', uid=uid)} LAST").startswith("554 5.6.0")
