"""Clients that don't read, sessions that don't end, and what the hub keeps for them."""

from __future__ import annotations

import resource
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest

from posthouse.servers.imap.settings import ImapSettings


def memory() -> int:
    """Bytes of this process, which the hub under test is part of."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_a_client_that_does_not_read(connect: Callable[..., Any], hub: Any, person: Any) -> None:
    """It is sent no more than it takes: the hub's memory does not grow with the answer (issue: back-pressure)."""
    large = b"Subject: large\r\n\r\n" + b"x" * 3_000_000
    person.put("INBOX", large)
    raw = connect(receive_buffer=4096)
    raw.command(b"SELECT INBOX")
    before = memory()
    raw.send(b"".join(b"%d FETCH 1 BODY.PEEK[]\r\n" % n for n in range(20)))
    time.sleep(1)
    assert memory() - before < 30_000_000
    other = connect()
    assert b"OK" in other.command(b"NOOP")[1]
    for n in range(20):
        assert b"OK" in raw.answer(b"%d" % n)[1]


def test_a_thousand_pipelined_commands(connect: Callable[..., Any]) -> None:
    """Each is answered, in order (RFC 9051 §5.5)."""
    raw = connect()
    raw.command(b"SELECT INBOX")
    raw.send(b"".join(b"%d NOOP\r\n" % n for n in range(1000)))
    for n in range(1000):
        assert raw.file.readline() == b"%d OK NOOP completed\r\n" % n


def test_plaintext_behind_starttls_is_dropped(
    connect: Callable[..., Any], person: Any, client_context: ssl.SSLContext
) -> None:
    """Neither what came in the same packet nor in the next one is taken for a command (pitfall 2, CVE-2011-0411)."""
    raw = connect(login=False)
    raw.send(b"a STARTTLS\r\nb NOOP\r\n")
    assert raw.file.readline().startswith(b"a OK ")
    secure = client_context.wrap_socket(raw.socket, server_hostname="localhost")
    secure.sendall(b"c CAPABILITY\r\n")
    said = b""
    while b"c OK" not in said:
        said += secure.recv(65536)
    assert b"b OK" not in said
    assert b"STARTTLS" not in said
    secure.close()


def test_a_session_that_says_nothing_is_ended(make_hub: Callable[..., Any], connect: Callable[..., Any]) -> None:
    """Before login soon (settings: login_timeout)."""
    raw = connect(login=False, to=make_hub(ImapSettings(login_timeout=0.2)))
    assert raw.file.readline().startswith(b"* BYE ")
    assert raw.file.readline() == b""


def test_idle_says_that_it_is_alive(make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """A router in between forgets connections that are silent."""
    hub = make_hub(ImapSettings(keepalive=0.1))
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % hub.person(keys).address.encode())
    raw.send(b"x IDLE\r\n")
    assert raw.file.readline().startswith(b"+ ")
    assert raw.file.readline() == b"* OK Still here\r\n"


def test_an_extension_can_be_switched_off(make_hub: Callable[..., Any], connect: Callable[..., Any]) -> None:
    """It is neither advertised nor understood (pitfalls 19 and 22)."""
    raw = connect(login=False, to=make_hub(ImapSettings(disabled_extensions=("IDLE", "IMAP4rev2", "APPENDLIMIT"))))
    assert b"IMAP4rev2" not in raw.greeting
    capabilities, _ = raw.command(b"CAPABILITY")
    assert b"IMAP4rev1" in capabilities
    assert b"t BAD Unknown command IDLE" in raw.command(b"IDLE")[1]


def test_a_hub_that_stops_says_goodbye(tmp_path: Any, connect: Callable[..., Any], hub: Any, keys: Any) -> None:
    """Also to a session in IDLE (RFC 9051 §7.1.5)."""
    own = type(hub)(tmp_path, ImapSettings(), hub.auth, None)
    person = own.person(keys)
    raw = connect(login=False, to=own)
    raw.command(b"LOGIN %b secret" % person.address.encode())
    raw.command(b"SELECT INBOX")
    raw.send(b"a IDLE\r\n")
    assert raw.file.readline().startswith(b"+ ")
    own.close()
    assert raw.file.readline().startswith(b"* BYE ")


@pytest.mark.parametrize("command", [b"FETCH 1:* FLAGS", b"STORE 1 +FLAGS (x)", b"SEARCH ALL", b"UID FETCH 1:* FLAGS"])
def test_an_empty_folder_breaks_nothing(connect: Callable[..., Any], command: bytes) -> None:
    """Also one whose messages are all gone."""
    raw = connect()
    raw.command(b"SELECT INBOX")
    assert raw.command(command)[1].split()[1] in (b"OK", b"BAD")
    raw.send(b"t APPEND INBOX (\\Deleted) {1+}\r\nx\r\n")
    raw.answer(b"t")
    raw.command(b"EXPUNGE")
    assert raw.command(command)[1].split()[1] in (b"OK", b"BAD")
