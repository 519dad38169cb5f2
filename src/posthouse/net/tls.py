"""Our certificate, and contexts for both sides of a handshake.

TLS 1.2 and later, with the ciphers that Python and OpenSSL hold to be good (forward secrecy, no CBC with SHA-1).
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from .tls_facts import RecordingSSLObject, ServerContext

SELF_SIGNED_DAYS = 3650


class BadCertificate(Exception):
    """The certificate or key cannot be used; the text names the file and what is wrong with it."""


class Certificates:
    """The hub's certificate, read once: who has renewed it makes another one of these."""

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None = None) -> None:
        self._context = self._asking = server_context(certificate, key)
        if client_ca is not None:
            self._asking = server_context(certificate, key, client_ca)

    def context(self) -> ServerContext:
        """For services where other hubs call: no certificate is asked of them, for one we cannot verify would end the
        handshake."""
        return self._context

    def asking_context(self) -> ServerContext:
        """For our own users: asks for a client certificate (SASL EXTERNAL) if there is a client CA."""
        return self._asking

    @property
    def expires(self) -> datetime:
        return self._parsed().not_valid_after_utc

    @property
    def names(self) -> list[str]:
        """The host names that it is good for, `*.example.org` among them (RFC 6125 §6.4)."""
        try:
            found = self._parsed().extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return []
        return [name.lower() for name in found.value.get_values_for_type(x509.DNSName)]

    def _parsed(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self._context.certificate)


def server_context(certificate: Path, key: Path, client_ca: Path | None = None) -> ServerContext:
    """From PEM files: the certificate with its chain, and the private key, unencrypted."""
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 1
    context.sslobject_class = RecordingSSLObject
    context.sni_callback = _record_server_name
    context.certificate = _first_certificate(certificate)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except FileNotFoundError:
        raise BadCertificate(f"{key}: there is no such file") from None
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise BadCertificate(f"{certificate} and {key} cannot be used together: {_reason(error)}") from error
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        try:
            context.load_verify_locations(client_ca)
        except OSError as error:
            raise BadCertificate(f"{client_ca}: {_reason(error)}") from error
    return context


def client_context(*, verify: bool = True, ca_file: Path | None = None) -> ssl.SSLContext:
    """For outgoing connections. Without `verify` any certificate will do (RFC 7435): better than no encryption."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def self_signed(folder: Path, hostname: str) -> tuple[Path, Path]:
    """Certificate and key in `folder`, made when there are none or they have expired. Safe in several processes."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    with (folder / ".certificate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_still_valid(certificate) and key.exists()):
            certificate_pem, key_pem = make_self_signed(hostname)
            _replace(key, key_pem, 0o600)
            _replace(certificate, certificate_pem, 0o644)
    return certificate, key


def make_self_signed(hostname: str) -> tuple[bytes, bytes]:
    """Certificate and key as PEM, for the host's name and for connections within the machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostname[:64])])
    names = [x509.DNSName(name) for name in dict.fromkeys((_a_labels(hostname), "localhost"))]
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _a_labels(hostname: str) -> str:
    return hostname if hostname.isascii() else hostname.encode("idna").decode()


def _record_server_name(tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
    if isinstance(tls, RecordingSSLObject):
        tls.server_name = name


def _no_password() -> str:
    raise ValueError("the key is encrypted; the hub needs it without a password")


def _first_certificate(file: Path) -> bytes:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    except FileNotFoundError:
        raise BadCertificate(f"{file}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{file}: is not a certificate in PEM form: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error)


def _still_valid(certificate: Path) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return False
    return found.not_valid_after_utc > datetime.now(UTC)


def _replace(file: Path, data: bytes, mode: int) -> None:
    new = file.with_suffix(".new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(fd)
    new.replace(file)
