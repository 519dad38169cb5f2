"""`posthouse.testing`: a hub inside somebody's tests, used as its documentation says."""

import imaplib
import poplib
import smtplib
from email.message import EmailMessage

import pytest

from posthouse.testing import MailHub


def letter(sender: str, to: str, subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message.set_content("Dear reader\n")
    return message


def test_mail_to_an_account_is_an_object(posthouse_hub: MailHub) -> None:
    """What a program sends by SMTP is there as a message with bytes, headers and flags."""
    alice = posthouse_hub.add_account("alice@example.org")
    with smtplib.SMTP(posthouse_hub.smtp.host, posthouse_hub.smtp.port) as client:
        client.send_message(letter("shop@shop.example", "alice@example.org", "Welcome"))
    [message] = alice.wait_for_messages(1)
    assert message.parsed["Subject"] == "Welcome"
    assert message.parsed.get_content() == "Dear reader\r\n"
    assert message.flags == ()


def test_mail_for_other_domains_is_caught(posthouse_hub: MailHub) -> None:
    """Submission takes mail for anywhere, and nothing leaves the machine."""
    alice = posthouse_hub.add_account("alice@example.org")
    with smtplib.SMTP(posthouse_hub.submission.host, posthouse_hub.submission.port) as client:
        client.starttls(context=posthouse_hub.client_context())
        client.login(alice.address, alice.password)
        client.send_message(letter("alice@example.org", "bob@elsewhere.example"))
    [message] = posthouse_hub.outgoing()
    assert (message.sender, message.recipients) == ("alice@example.org", ("bob@elsewhere.example",))
    assert message.parsed["Subject"] == "Hello"


def test_clients_read_what_a_test_puts_there(posthouse_hub: MailHub) -> None:
    """A test fills a mailbox; the program under test reads it over IMAP and POP3, with TLS it can verify."""
    bob = posthouse_hub.add_account("bob@example.org", "pass word")
    bob.add_message(b"Subject: old news\r\n\r\ntext\r\n", flags=["\\Seen", "later"])
    context = posthouse_hub.client_context()
    with imaplib.IMAP4_SSL("localhost", posthouse_hub.imaps.port, ssl_context=context) as imap:
        imap.login(bob.address, bob.password)
        assert imap.select() == ("OK", [b"1"])
        _, found = imap.fetch("1", "(FLAGS BODY.PEEK[])")
        assert found[0] is not None
        assert found[0][1] == b"Subject: old news\r\n\r\ntext\r\n"
        imap.store("1", "+FLAGS", "\\Answered")
    pop = poplib.POP3_SSL("localhost", posthouse_hub.pop3s.port, context=context)
    pop.user(bob.address)
    pop.pass_(bob.password)
    assert pop.stat()[0] == 1
    pop.quit()
    assert bob.messages()[0].flags == ("\\Answered", "\\Seen", "later")


def test_aliases_and_quota(posthouse_hub: MailHub) -> None:
    """Aliases and quotas work as at any hub."""
    carol = posthouse_hub.add_account("carol@example.org", quota=10)
    posthouse_hub.add_alias("@example.org", carol.address)
    client = smtplib.SMTP(posthouse_hub.smtp.host, posthouse_hub.smtp.port)
    with client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(letter("a@b.example", "anything@example.org"))
    assert refused.value.recipients["anything@example.org"][0] == 452
    assert carol.messages() == []


def test_hub_leaves_nothing(tmp_path: object) -> None:
    """After the with statement its folder is gone and its ports are free."""
    with MailHub() as hub:
        folder, port = hub.certificate.parent, hub.smtp.port
        assert folder.exists()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", port)
