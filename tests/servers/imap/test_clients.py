"""Real clients at real work: imaplib and IMAPClient, in plain and by STARTTLS."""

from __future__ import annotations

import imaplib
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from imapclient import IMAPClient

from posthouse.directory import AuthSettings, PasswordKeys


@pytest.fixture
def connection(hub: Any, person: Any) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", hub.port, timeout=20) as client:
        client.login(person.address, "secret")
        yield client


@pytest.fixture
def client(hub: Any, person: Any) -> Iterator[IMAPClient]:
    with IMAPClient("127.0.0.1", hub.port, ssl=False, timeout=20) as client:
        client.login(person.address, "secret")
        yield client


def test_imaplib_appends_reads_and_deletes(connection: imaplib.IMAP4) -> None:
    """The work of a script: append, search, fetch, flag, copy, expunge."""
    body = b"Subject: hello\r\n\r\nworld\r\n"
    for _ in range(3):
        assert connection.append("INBOX", "(\\Seen)", None, body)[0] == "OK"
    assert connection.select("INBOX") == ("OK", [b"3"])
    assert connection.search(None, "SEEN") == ("OK", [b"1 2 3"])
    status, data = connection.fetch("2", "(RFC822 FLAGS)")
    assert status == "OK"
    assert isinstance(data[0], tuple)
    assert data[0][1] == body
    assert connection.copy("1:2", "Archive")[0] == "OK"
    assert connection.store("1", "+FLAGS", "\\Deleted")[0] == "OK"
    assert connection.expunge() == ("OK", [b"1"])
    assert connection.uid("SEARCH", "ALL") == ("OK", [b"2 3"])
    assert connection.status("Archive", "(MESSAGES)") == ("OK", [b"Archive (MESSAGES 2)"])
    assert connection.close()[0] == "OK"


def test_imaplib_over_starttls(hub: Any, person: Any, client_context: ssl.SSLContext) -> None:
    with imaplib.IMAP4("127.0.0.1", hub.port, timeout=20) as connection:
        assert connection.starttls(client_context)[0] == "OK"
        assert "STARTTLS" not in connection.capabilities
        assert connection.login(person.address, "secret")[0] == "OK"
        assert connection.select()[0] == "OK"


def test_imapclient_works_with_folders(client: IMAPClient) -> None:
    """Folders in other scripts, special use, moves by UID, and the namespace."""
    client.create_folder("Übersicht/Größe")
    assert "Übersicht/Größe" in [name for _, _, name in client.list_folders()]
    client.subscribe_folder("Übersicht")
    assert "Übersicht" in [name for _, _, name in client.list_sub_folders()]
    client.rename_folder("Übersicht", "Overview")
    client.delete_folder("Overview/Größe")
    assert client.find_special_folder(b"\\Sent") == "Sent"
    assert client.namespace().personal == (("", "/"),)
    client.append("INBOX", b"Subject: one\r\n\r\n1\r\n", [b"\\Flagged", b"later"])
    client.select_folder("INBOX")
    assert client.search("FLAGGED") == [1]
    assert client.get_flags([1]) == {1: (b"\\Flagged", b"later")}
    client.add_flags([1], [b"\\Seen"])
    client.move([1], "Overview")
    assert client.search("ALL") == []
    assert client.folder_status("Overview", ["MESSAGES", "UNSEEN"]) == {b"MESSAGES": 1, b"UNSEEN": 0}


def test_imapclient_reads_envelopes(client: IMAPClient) -> None:
    text = b"From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\nhi\r\n"
    client.append("INBOX", text)
    client.select_folder("INBOX", readonly=True)
    data = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE"])[1]
    assert data[b"ENVELOPE"].subject == b"=?utf-8?q?gr=C3=BC=C3=9Fe?="
    assert data[b"ENVELOPE"].from_[0].mailbox == b"ann"
    assert data[b"BODYSTRUCTURE"][0].lower() == b"text"
    assert data[b"RFC822.SIZE"] == len(text)


def test_idle_of_imapclient_hears_of_a_delivery(client: IMAPClient, person: Any) -> None:
    client.select_folder("INBOX")
    client.idle()
    threading.Timer(0.05, person.put, ("INBOX", b"Subject: new\r\n\r\n")).start()
    assert client.idle_check(timeout=10) == [(1, b"EXISTS")]
    client.idle_done()
    assert client.noop()[1] == []


def test_scram_and_plain_by_sasl(client: IMAPClient, hub: Any, person: Any) -> None:
    with IMAPClient("127.0.0.1", hub.port, ssl=False, timeout=20) as other:
        assert b"AUTH=SCRAM-SHA-256" in other.capabilities()
        other.plain_login(person.address, "secret")
        assert other.select_folder("INBOX")[b"EXISTS"] == 0


def test_no_password_without_tls_where_that_is_forbidden(make_hub: Callable[..., Any], keys: PasswordKeys) -> None:
    """LOGINDISABLED, and PRIVACYREQUIRED for who tries anyway (RFC 9051 §6.2.3, §7.1)."""
    auth = AuthSettings(default_domain="example.org", argon2_memory=64, argon2_passes=1, allow_plaintext="never")
    hub = make_hub(auth=auth)
    person = hub.person(keys)
    with imaplib.IMAP4("127.0.0.1", hub.port, timeout=20) as connection:
        assert "LOGINDISABLED" in connection.capabilities
        assert "AUTH=PLAIN" not in connection.capabilities
        with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED"):
            connection.login(person.address, "secret")


def test_two_sessions_see_the_same(hub: Any, person: Any, client: IMAPClient) -> None:
    """After each other's changes both see the same messages under the same numbers."""
    with IMAPClient("127.0.0.1", hub.port, ssl=False, timeout=20) as other:
        other.login(person.address, "secret")
        client.select_folder("INBOX")
        other.select_folder("INBOX")
        for turn in range(20):
            client.append("INBOX", b"Subject: %d\r\n\r\n" % turn)
            other.append("INBOX", b"Subject: %d b\r\n\r\n" % turn)
            uids = other.search("ALL")
            if turn % 3 == 2:
                other.delete_messages(uids[::4])
                other.expunge()
            client.noop()
        client.noop()
        other.noop()
        uids = client.search("ALL")
        assert uids == other.search("ALL")
        mine, theirs = client.fetch(uids, ["UID"]), other.fetch(uids, ["UID"])
        assert {n: d[b"SEQ"] for n, d in mine.items()} == {n: d[b"SEQ"] for n, d in theirs.items()}
