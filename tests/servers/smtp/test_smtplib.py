"""Python's own SMTP client against the four services."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from posthouse.servers.smtp.kinds import Kind

MESSAGE = b"From: a@sender.test\r\nTo: bob@example.org\r\nSubject: Hello\r\n\r\n.dot\r\n..two\r\nend"


def test_from_ehlo_to_the_mailbox(hub: Any) -> None:
    with smtplib.SMTP("127.0.0.1", hub.ports[Kind.MX]) as client:
        client.sendmail("a@sender.test", ["bob@example.org"], MESSAGE)
    [text] = hub.texts("bob@example.org")
    assert text == MESSAGE + b"\r\n"
    [whole] = hub.mailbox("bob@example.org")
    assert whole.startswith(b"Return-Path: <a@sender.test>\r\nReceived: from ")
    assert b"\tby mx.example.org with ESMTP id " in whole
    assert b"\tfor <bob@example.org>;\r\n\t" in whole


def test_starttls_and_login(hub: Any) -> None:
    with smtplib.SMTP("127.0.0.1", hub.ports[Kind.SUBMISSION]) as client:
        client.starttls(context=hub.client_context)
        client.login("alice@example.org", "secret")
        client.sendmail("alice@example.org", ["x@elsewhere.test"], b"From: alice@example.org\r\n\r\nHi\r\n")
    [(message, recipients)] = hub.queue()
    assert str(recipients[0].recipient.address) == "x@elsewhere.test"
    assert str(message.envelope.sender) == "alice@example.org"


def test_implicit_tls_and_login(hub: Any) -> None:
    port = hub.ports[Kind.SUBMISSIONS]
    with smtplib.SMTP_SSL("127.0.0.1", port, context=hub.client_context) as client:
        client.login("alice", "secret")
        client.sendmail("alice@example.org", ["bob@example.org"], b"From: alice@example.org\r\n\r\nHi\r\n")
    [whole] = hub.mailbox("bob@example.org")
    assert b"with ESMTPSA id" in whole
    assert b"\r\nDate: " in whole
    assert b"\r\nMessage-ID: <" in whole


def test_lmtp_answers_for_each_recipient(hub: Any) -> None:
    hub.quota("carol@example.org", size=10)
    with smtplib.LMTP("127.0.0.1", hub.ports[Kind.LMTP]) as client:
        client.ehlo_or_helo_if_needed()
        refused = client.sendmail("a@sender.test", ["bob@example.org", "carol@example.org"], MESSAGE)
    assert set(refused) == {"carol@example.org"}
    assert len(hub.mailbox("bob@example.org")) == 1


def test_wrong_password(hub: Any) -> None:
    with (
        smtplib.SMTP_SSL("127.0.0.1", hub.ports[Kind.SUBMISSIONS], context=hub.client_context) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login("alice", "wrong")
