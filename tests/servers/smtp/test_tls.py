"""STARTTLS and implicit TLS, and what a man in the middle may try."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from posthouse.directory import AuthSettings
from posthouse.servers.smtp.kinds import Kind


def code(file: Any) -> int:
    line = file.readline()
    while line[3:4] == b"-":
        line = file.readline()
    return int(line[:3] or 0)


@pytest.mark.parametrize(
    "packets",
    [
        [b"STARTTLS\r\nNOOP\r\nNOOP\r\n"],
        [b"STARTTLS\r\nRCPT TO:<bob@exam", b"ple.org>\r\n"],
        [b"START", b"TLS\r", b"\nQUIT\r\n"],
        [b"STARTTLS\r\nQUI"],
    ],
)
def test_nothing_sent_in_clear_is_obeyed_behind_tls(hub: Any, packets: list[bytes]) -> None:
    """Pitfall 2, CVE-2011-0411, CVE-2021-33515: pipelined plaintext is dropped, also in split packets. What comes after
    our go-ahead belongs to the handshake and can only make it fail."""
    with socket.create_connection(("127.0.0.1", hub.ports[Kind.MX]), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = client.makefile("rb", buffering=0)
        assert code(file) == 220
        client.sendall(b"EHLO x.test\r\n")
        assert code(file) == 250
        for packet in packets:
            client.sendall(packet)
        assert code(file) == 220
        try:
            encrypted = hub.client_context.wrap_socket(client, server_hostname="mx.example.org")
        except (ssl.SSLError, ConnectionError):
            return
        with encrypted, encrypted.makefile("rb") as inside:
            encrypted.sendall(b"MAIL FROM:<a@x.test>\r\nEHLO x.test\r\nQUIT\r\n")
            assert [code(inside), code(inside), code(inside)] == [503, 250, 221]
            assert inside.read() == b""


def test_a_failed_handshake_ends_the_session_alone(hub: Any) -> None:
    with socket.create_connection(("127.0.0.1", hub.ports[Kind.MX]), timeout=20) as client:
        file = client.makefile("rb", buffering=0)
        client.sendall(b"EHLO x.test\r\nSTARTTLS\r\n")
        assert [code(file), code(file), code(file)] == [220, 250, 220]
        client.sendall(b"no handshake at all, but quite long enough to be seen as none\r\n")
        while client.recv(4096):
            pass
    with socket.create_connection(("127.0.0.1", hub.ports[Kind.MX]), timeout=20) as client:
        assert code(client.makefile("rb")) == 220


def test_passwords_are_not_asked_for_in_clear(new_hub: Any) -> None:
    """RFC 4954 §4, RFC 8314 §3.3: AUTH is neither offered nor obeyed where anybody could listen."""
    hub = new_hub(auth=AuthSettings(allow_plaintext="never", argon2_memory=64, argon2_passes=1))
    with socket.create_connection(("127.0.0.1", hub.ports[Kind.SUBMISSION]), timeout=20) as client:
        file = client.makefile("rb", buffering=0)
        client.sendall(b"EHLO x.test\r\n")
        assert code(file) == 220
        lines = [file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(file.readline())
        assert not any(b"AUTH" in line for line in lines)
        assert any(b"STARTTLS" in line for line in lines)
        client.sendall(b"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\nMAIL FROM:<alice@example.org>\r\n")
        assert file.readline() == b"538 5.7.11 Encryption required for requested authentication mechanism\r\n"
        assert file.readline() == b"530 5.7.0 Must issue a STARTTLS command first\r\n"
