"""TLS in place: what it tells, what it refuses, and that no plaintext crosses the border (CVE-2011-0411)."""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import socket
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from posthouse.net.connect import connect
from posthouse.net.errors import ConnectionLost, TlsFailed
from posthouse.net.stream import Stream
from posthouse.net.tls import BadCertificate, Certificates, client_context, self_signed, server_context


async def shake_hands(
    server: Stream, client: Stream, theirs: ssl.SSLContext, ours: ssl.SSLContext, name: str = "mx.test"
) -> None:
    await asyncio.gather(server.start_tls(theirs), client.start_tls(ours, server_hostname=name))


def test_both_sides_learn_the_facts(run: Any, loopback: Any, authority: Any) -> None:
    """Version, cipher, the name asked for; bytes cross both ways afterwards, also many of them; the end is an end."""

    async def conversation() -> None:
        certificate, key = authority.issue("mx.test")
        context = server_context(certificate, key)
        async with loopback.pair() as (server, client):
            await shake_hands(server, client, context, client_context(ca_file=authority.ca_file))
            for side in (server, client):
                assert side.tls.version == "TLSv1.3"
                assert side.tls.cipher.startswith("TLS_")
                assert side.tls.bits >= 128
                assert side.tls.server_name == "mx.test"
            assert server.tls.peer_certificate is None
            assert client.tls.peer_certificate.dns_names == ("mx.test",)
            client.write(bytes(3_000_000))
            client.close()
            got = 0
            while data := await server.receive():
                got += len(data)
            assert got == 3_000_000

    run(conversation())


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_channel_bindings_agree(run: Any, loopback: Any, authority: Any, version: str) -> None:
    """RFC 5929: both ends compute the same; tls-unique ends with TLS 1.2; the end point is the certificate's hash."""

    async def conversation() -> None:
        certificate, key = authority.issue("mx.test")
        ours = client_context(ca_file=authority.ca_file)
        ours.maximum_version = ssl.TLSVersion[version]
        async with loopback.pair() as (server, client):
            await shake_hands(server, client, server_context(certificate, key), ours)
            unique = server.tls.channel_binding("tls-unique")
            assert unique == client.tls.channel_binding("tls-unique")
            assert (unique is None) == (version == "TLSv1_3")
            point = server.tls.channel_binding("tls-server-end-point")
            der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
            assert point == client.tls.channel_binding("tls-server-end-point") == hashlib.sha256(der).digest()
            assert server.tls.channel_binding("tls-exporter") is None
            assert server.tls.channel_binding("nonsense") is None

    run(conversation())


def test_a_client_certificate_is_told(run: Any, loopback: Any, authority: Any) -> None:
    """For SASL EXTERNAL: subject and addresses of a certificate that our client CA has signed; none is fine as well."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"), authority.ca_file)
        ours = client_context(ca_file=authority.ca_file)
        async with loopback.pair() as (server, client):
            await shake_hands(server, client, context, ours)
            assert server.tls.peer_certificate is None
        ours.load_cert_chain(*authority.issue("alice@example.org", file="alice", common_name="Alice"))
        async with loopback.pair() as (server, client):
            await shake_hands(server, client, context, ours)
            shown = server.tls.peer_certificate
            assert shown.email_addresses == ("alice@example.org",)
            assert shown.common_names == ("Alice",)
            assert "CN=Alice" in shown.subject

    run(conversation())


@pytest.mark.parametrize("split", [False, True])
def test_plaintext_behind_starttls_is_never_a_command(run: Any, loopback: Any, authority: Any, split: bool) -> None:
    """CVE-2011-0411, CVE-2021-33515: neither in the packet of the STARTTLS command nor in the next one."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"))
        async with loopback.pair() as (server, client):
            if split:
                client.write(b"STARTTLS\r\n")
                client.flush()
                assert await server.receive() == b"STARTTLS\r\n"
                client.write(b"INJECTED\r\n")
                client.flush()
                await asyncio.sleep(0.05)
                assert server.pending
            else:
                client.write(b"STARTTLS\r\nINJECTED\r\n")
                client.flush()
                assert b"INJECTED" in await server.receive()  # the framer's to drop: it is not asked again
            server.write(b"220 go ahead\r\n")
            handshake = asyncio.create_task(server.start_tls(context))
            assert await client.receive() == b"220 go ahead\r\n"
            await client.start_tls(client_context(verify=False))
            await handshake
            client.write(b"EHLO\r\n")
            client.flush()
            assert await server.receive() == b"EHLO\r\n"

    run(conversation())


def test_the_clients_side_drops_as_well(run: Any, loopback: Any, authority: Any) -> None:
    """A server's, or an attacker's, plaintext behind the go-ahead is not taken for an answer inside TLS."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"))
        async with loopback.pair() as (server, client):
            server.write(b"220 go\r\n")
            server.flush()
            assert await client.receive() == b"220 go\r\n"
            server.write(b"250 INJECTED\r\n")
            handshake = asyncio.create_task(server.start_tls(context))
            await asyncio.sleep(0.05)
            assert client.pending
            await asyncio.gather(handshake, client.start_tls(client_context(verify=False)))
            server.write(b"250 real\r\n")
            server.flush()
            assert await client.receive() == b"250 real\r\n"

    run(conversation())


def test_implicit_tls_with_a_client_that_speaks_first(run: Any, loopback: Any, authority: Any) -> None:
    """The ClientHello may be there before the session runs, and the first command with the client's last message."""

    async def conversation() -> None:
        certificates = Certificates(*authority.issue("mx.test"))

        async def session(stream: Stream) -> None:
            stream.write(await stream.receive() + b" yourself")

        async with loopback.server(session, tls=certificates.context) as (_, port):

            def client() -> bytes:
                context = client_context(ca_file=authority.ca_file)
                with (
                    socket.create_connection(("127.0.0.1", port)) as plain,
                    context.wrap_socket(plain, server_hostname="mx.test") as tls,
                ):
                    tls.sendall(b"hello")
                    answer = tls.recv(100)
                    assert tls.recv(100) == b""  # a close_notify, or reading would fail
                    return answer

            for _ in range(20):
                assert await asyncio.to_thread(client) == b"hello yourself"

    run(conversation())


def test_a_wrong_certificate_is_said_in_words(run: Any, loopback: Any, authority: Any) -> None:
    """Both sides get TlsFailed; ours says what is wrong with the certificate."""

    async def conversation() -> None:
        context = server_context(*authority.issue("other.test"))
        async with loopback.pair() as (server, client):
            results = await asyncio.gather(
                server.start_tls(context),
                client.start_tls(client_context(ca_file=authority.ca_file), server_hostname="mx.test"),
                return_exceptions=True,
            )
            assert isinstance(results[1], TlsFailed)
            assert "mismatch" in str(results[1])
            with pytest.raises(ConnectionLost):  # TLS 1.3: the server hears of it after its own handshake
                await server.receive()

    run(conversation())


BAD_HANDSHAKES = {
    "not TLS at all": b"EHLO client.example\r\n" * 10,
    "a version of long ago": bytes.fromhex("16030000"),
    "the end": b"",
}


@pytest.mark.parametrize("name", BAD_HANDSHAKES)
def test_a_handshake_that_is_none(run: Any, loopback: Any, authority: Any, name: str) -> None:
    """TlsFailed, the connection is closed, and no exception escapes into the event loop."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"))
        async with loopback.pair() as (server, client):
            client.write(BAD_HANDSHAKES[name])
            client.close()
            with pytest.raises(TlsFailed):
                await server.start_tls(context)
            assert server.closed

    run(conversation())


def test_a_handshake_does_not_wait_for_ever(run: Any, loopback: Any, authority: Any) -> None:
    """Nor does it leave the connection open."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"))
        async with loopback.pair() as (server, client):
            with pytest.raises(TlsFailed):
                await server.start_tls(context, seconds=0.05)
            assert await client.receive() == b""

    run(conversation())


def test_broken_records_end_the_connection(run: Any, loopback: Any, authority: Any) -> None:
    """Ciphertext that was changed on its way is ConnectionLost, never data."""

    async def conversation() -> None:
        context = server_context(*authority.issue("mx.test"))
        async with loopback.pair() as (server, client):
            await shake_hands(server, client, context, client_context(verify=False))
            client._transport.write(b"\x17\x03\x03\x00\x20" + bytes(32))
            with pytest.raises(ConnectionLost):
                await server.receive()
            assert server.closed
            server.write(b"unheard")
            server.flush()

    run(conversation())


def test_reload_concerns_new_connections(run: Any, loopback: Any, authority: Any) -> None:
    """A standing connection goes on; the next handshake shows the new certificate; a bad file changes nothing."""

    async def conversation() -> None:
        certificate, key = authority.issue("old.test")
        now = [Certificates(certificate, key)]

        async def echo(stream: Stream) -> None:
            while data := await stream.receive():
                stream.write(data)

        async def names(client: Stream) -> tuple[str, ...]:
            facts = await client.start_tls(client_context(verify=False), implicit=True)
            assert facts.peer_certificate is not None
            return facts.peer_certificate.dns_names

        async with loopback.server(echo, tls=lambda: now[0].context()) as (_, port):
            old = await connect("127.0.0.1", port)
            assert await names(old) == ("old.test",)
            authority.issue("new.test")
            now[0] = Certificates(certificate, key)
            key.write_text("rubbish")
            with pytest.raises(BadCertificate):
                Certificates(certificate, key)
            new = await connect("127.0.0.1", port)
            assert await names(new) == ("new.test",)
            old.write(b"still here")
            assert await old.receive() == b"still here"
            old.close()
            new.close()

    run(conversation())


def test_the_self_made_certificate(run: Any, loopback: Any, tmp_path: Path) -> None:
    """Made once, kept, its key for us alone; good for the host name and for loopback; made anew when it has expired."""
    certificate, key = self_signed(tmp_path / "tls", "mail.example.org")
    made = certificate.read_bytes()
    assert self_signed(tmp_path / "tls", "other.example.org") == (certificate, key)
    assert certificate.read_bytes() == made
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert Certificates(certificate, key).expires > datetime.datetime.now(datetime.UTC)

    async def conversation() -> None:
        for name in ("mail.example.org", "localhost", "127.0.0.1", "::1"):
            async with loopback.pair() as (server, client):
                ours = client_context(ca_file=certificate)
                await shake_hands(server, client, server_context(certificate, key), ours, name)

    run(conversation())
    certificate.write_bytes(EXPIRED)
    self_signed(tmp_path / "tls", "mail.example.org")
    assert certificate.read_bytes() != EXPIRED


def _expired() -> bytes:
    """A certificate that ended in the year 2001; only its dates matter."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "old")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    begin, end = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2000, 2001))
    return builder.not_valid_before(begin).not_valid_after(end).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


EXPIRED = _expired()


def test_files_that_do_not_fit_are_named(authority: Any, tmp_path: Path) -> None:
    """The error says which file, and what is wrong with it."""
    certificate, key = authority.issue("mx.test")
    _, other_key = authority.issue("mx.test", file="other")
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_bytes(base64.b64encode(b"rubbish"))
    for files, expected in [
        ((tmp_path / "none.pem", key), "none.pem: there is no such file"),
        ((certificate, tmp_path / "none.key"), "none.key: there is no such file"),
        ((rubbish, key), "rubbish.pem: is not a certificate"),
        ((certificate, other_key), "cannot be used together"),
        ((certificate, key, rubbish), "rubbish.pem"),
    ]:
        with pytest.raises(BadCertificate, match=expected):
            server_context(*files)
