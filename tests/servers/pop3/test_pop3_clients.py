"""POP3 as programs speak it: the standard library's client, SASL, TLS, and content that is awkward to carry."""

from __future__ import annotations

import poplib
import re
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from posthouse.directory import AuthSettings
from posthouse.model.flags import Flag
from posthouse.protocols.sasl.client import Credentials, choose
from posthouse.protocols.sasl.encoding import decode_base64, encode_base64

MESSAGE = b"Subject: hello\r\n\r\nText.\r\n"
BARE_LF_DOT = re.compile(rb"(?<!\r)\n\.")


def test_the_standard_librarys_client(hub: Any) -> None:
    """poplib reads a maildrop and empties it."""
    person = hub.person(MESSAGE, MESSAGE + b".\r\n..two\r\n")
    client = poplib.POP3("127.0.0.1", hub.port, timeout=20)
    client.user(person.address)
    client.pass_("secret")
    assert client.stat() == (2, 2 * len(MESSAGE) + 10)
    assert client.retr(2)[1] == [b"Subject: hello", b"", b"Text.", b".", b"..two"]
    assert client.top(1, 0)[1] == [b"Subject: hello", b""]
    assert "TOP" in client.capa()
    client.dele(1)
    client.quit()
    assert [uid for uid, _ in person.messages()] == [2]


def test_the_standard_librarys_client_over_tls(hub: Any, client_context: ssl.SSLContext) -> None:
    """Implicit TLS and STLS lead to the same session."""
    person = hub.person(MESSAGE)
    client: poplib.POP3 = poplib.POP3_SSL("localhost", hub.secure_port, context=client_context, timeout=20)
    client.user(person.address)
    client.pass_("secret")
    client.quit()
    client = poplib.POP3("localhost", hub.port, timeout=20)
    client.stls(client_context)
    client.user(person.address)
    client.pass_("secret")
    assert client.stat()[0] == 1
    client.quit()


@pytest.mark.parametrize("offered", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"])
def test_sasl(hub: Any, offered: str) -> None:
    """Every mechanism by a client of its own – RFC 5034, RFC 5802."""
    person, client = hub.person(), hub.client()
    client.line()
    mechanism = choose([offered], Credentials(person.address, "secret"), b"n0nce", {}, plaintext=True)
    initial = mechanism.initial()
    words = [b"AUTH", mechanism.name.encode()] + ([] if initial is None else [encode_base64(initial) or b"="])
    line = client.say(b" ".join(words))
    while line.startswith(b"+ "):
        line = client.say(encode_base64(mechanism.respond(decode_base64(line[2:]))))
    assert line.startswith(b"+OK Maildrop has 0"), line
    mechanism.finish()
    assert client.say(b"STAT") == b"+OK 0 0"


def test_plaintext_in_clear_is_refused_where_it_is_not_allowed(make_hub: Callable[..., Any]) -> None:
    """RFC 2595 §2.3: neither USER nor PLAIN, nor are they offered."""
    hub = make_hub(auth=AuthSettings(allow_plaintext="never", argon2_memory=64, argon2_passes=1, failure_delay=0))
    client = hub.client()
    client.line()
    assert client.say(b"USER somebody") == b"-ERR Plaintext login needs TLS, use STLS first"
    assert client.say(b"AUTH PLAIN AHUAcA==").startswith(b"-ERR Plaintext login needs TLS")
    capabilities = client.say(b"CAPA") + client.until(b"\r\n.\r\n")
    assert b"\r\nUSER\r\n" not in capabilities
    assert b"PLAIN" not in capabilities


def test_without_a_certificate_there_is_no_stls(make_hub: Callable[..., Any]) -> None:
    """It is neither offered nor done."""
    client = make_hub(tls=False).client()
    client.line()
    assert client.say(b"STLS") == b"-ERR [SYS/PERM] TLS is not available"
    assert b"STLS" not in client.say(b"CAPA") + client.until(b"\r\n.\r\n")


@pytest.mark.parametrize("packets", [[b"STLS\r\nUSER x\r\nNOOP\r\n"], [b"ST", b"LS\r\nUS"], [b"STLS\r\n", b"CAPA\r\n"]])
def test_nothing_that_came_in_clear_is_taken_as_encrypted(
    hub: Any, client_context: ssl.SSLContext, packets: list[bytes]
) -> None:
    """CVE-2011-0411: plaintext behind STLS is dropped, or breaks the handshake; it is never answered inside TLS."""
    client = hub.client()
    client.line()
    for packet in packets:
        client.send(packet)
    assert client.line().startswith(b"+OK Begin TLS")
    try:
        client.start_tls(client_context)
    except (ssl.SSLError, OSError):
        return  # the plaintext came after the drop, so it was no handshake
    assert client.say(b"QUIT") == b"+OK Goodbye"


def test_a_failed_handshake_ends_the_connection(hub: Any) -> None:
    """RFC 2595 §4: there is no way back to plaintext."""
    client = hub.client()
    client.line()
    assert client.say(b"STLS").startswith(b"+OK")
    client.send(b"CAPA\r\nQUIT\r\n")
    assert b"+OK" not in client.buffer
    with pytest.raises((AssertionError, ConnectionError)):
        client.until(b"+OK")


def unstuffed(wire: bytes) -> bytes:
    """What a strict client reads, with the last line's end."""
    return (b"\r\n" + wire[:-3]).replace(b"\r\n.", b"\r\n")[2:]


def test_every_message_of_the_corpus_arrives_exactly(hub: Any, corpus: dict[str, bytes]) -> None:
    """RFC 1939 §3: RETR is what is stored, with dots stuffed and a last line end. Where a dot follows a bare LF the
    line ends become CRLF, so that no client can take it for the end."""
    messages = list(corpus.values())
    person = hub.person(*messages)
    client = hub.client(person)
    for number, message in enumerate(messages, 1):
        assert client.say(b"RETR %d" % number) == b"+OK %d octets" % len(message)
        got = unstuffed(client.until(b"\r\n.\r\n"))
        expected = (
            message if not BARE_LF_DOT.search(message) else message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        )
        assert got in (expected, expected + b"\r\n"), list(corpus)[number - 1]
    assert client.say(b"NOOP") == b"+OK"


def test_a_lone_dot_after_a_bare_lf_ends_nothing(hub: Any) -> None:
    """A client that reads lines by LF, as poplib does, must not take a message's text for our answers."""
    person = hub.person(b"Subject: x\r\n\r\none\n.\n+OK two\r\n")
    client = poplib.POP3("127.0.0.1", hub.port, timeout=20)
    client.user(person.address)
    client.pass_("secret")
    assert client.retr(1)[1] == [b"Subject: x", b"", b"one", b".", b"+OK two"]
    assert client.noop() == b"+OK"


def test_a_large_message_goes_out_in_pieces(hub: Any) -> None:
    """A blob is sent in chunks, and TOP reads no further than it must."""
    message = b"Subject: large\r\n\r\n" + b".23456789 123456789 123456789 123456789 123456789 123456789 12\r\n" * 50_000
    client = hub.client(hub.person(message))
    assert client.say(b"TOP 1 1").startswith(b"+OK")
    assert client.until(b"\r\n.\r\n").count(b"\r\n") == 4
    assert client.say(b"RETR 1") == b"+OK %d octets" % len(message)
    assert unstuffed(client.until(b"\r\n.\r\n")) == message


def test_what_was_retrieved_counts_as_seen_after_quit(hub: Any) -> None:
    """`mark_seen`: IMAP shows what POP3 has fetched and left, and only after QUIT."""
    person = hub.person(MESSAGE, MESSAGE)
    client = hub.client(person)
    client.say(b"RETR 1")
    client.until(b"\r\n.\r\n")
    assert not any(flags for _, flags in person.messages())
    assert client.say(b"QUIT") == b"+OK Goodbye"
    assert [bool(flags & Flag.SEEN) for _, flags in person.messages()] == [True, False]


def test_unique_ids_stay_the_same_and_are_unique(hub: Any) -> None:
    """RFC 1939 §7: across sessions, deletions and new mail."""
    person = hub.person(*[MESSAGE] * 5)

    def unique_ids() -> list[bytes]:
        client = hub.client(person)
        client.say(b"UIDL")
        found = [line.split()[1] for line in client.until(b"\r\n.\r\n").splitlines()[:-1]]
        assert client.say(b"QUIT").startswith(b"+OK")
        return found

    before = unique_ids()
    assert len(set(before)) == 5
    person.expunge(5)
    person.put(MESSAGE)
    after = unique_ids()
    assert after[:4] == before[:4]
    assert after[4] not in before
