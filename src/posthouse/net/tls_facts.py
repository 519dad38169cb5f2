"""What a finished handshake tells: version, cipher, names, the client's certificate, channel bindings."""

import hashlib
import ssl
from functools import cached_property
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.hashes import MD5, SHA1, HashAlgorithm

ChannelBinding = Literal["tls-unique", "tls-server-end-point", "tls-exporter"]


class RecordingSSLObject(ssl.SSLObject):
    """Remembers what the client asked for by SNI; see `posthouse.net.tls`."""

    server_name: str | None = None


class ServerContext(ssl.SSLContext):
    """A server's context that knows its own certificate (DER), which the ssl module does not give back."""

    certificate: bytes = b""


class ClientCertificate:
    """A certificate that the peer showed and the handshake verified."""

    def __init__(self, der: bytes) -> None:
        self.der = der

    @cached_property
    def parsed(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def subject(self) -> str:
        """RFC 4514 form: CN=alice,O=Example."""
        return self.parsed.subject.rfc4514_string()

    @cached_property
    def common_names(self) -> tuple[str, ...]:
        names = self.parsed.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return tuple(str(name.value) for name in names)

    @cached_property
    def email_addresses(self) -> tuple[str, ...]:
        """rfc822Name of the subjectAltName: who a SASL EXTERNAL login is."""
        return tuple(self._alternatives().get_values_for_type(x509.RFC822Name))

    @cached_property
    def dns_names(self) -> tuple[str, ...]:
        return tuple(self._alternatives().get_values_for_type(x509.DNSName))

    def _alternatives(self) -> x509.SubjectAlternativeName:
        try:
            return self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return x509.SubjectAlternativeName([])


class TlsFacts:
    """`stream.tls` after the handshake. Each fact is worked out when it is asked for."""

    def __init__(self, tls: ssl.SSLObject) -> None:
        self._tls = tls

    @property
    def version(self) -> str:
        """As OpenSSL names it: TLSv1.3."""
        return self._tls.version() or ""

    @property
    def cipher(self) -> str:
        cipher = self._tls.cipher()
        return cipher[0] if cipher else ""

    @property
    def bits(self) -> int:
        cipher = self._tls.cipher()
        return cipher[2] or 0 if cipher else 0

    @property
    def server_name(self) -> str | None:
        """What the client asked for by SNI."""
        if isinstance(self._tls, RecordingSSLObject) and self._tls.server_side:
            return self._tls.server_name
        return self._tls.server_hostname

    @cached_property
    def peer_certificate(self) -> ClientCertificate | None:
        """The other side's; of a client only if the context asked for one and a CA of ours vouches for it."""
        der = self._tls.getpeercert(binary_form=True)
        return ClientCertificate(der) if der else None

    def channel_binding(self, kind: str) -> bytes | None:
        """The data that both ends of this TLS connection, and nobody between, agree on; None if it cannot be had.

        tls-unique ends with TLS 1.2 (RFC 8446 §C.5). tls-exporter (RFC 9266) needs an OpenSSL call that Python's ssl
        module does not offer, so it is None: offer tls-server-end-point instead (RFC 5929 §4), which works for both.
        """
        if kind == "tls-unique" and self.version != "TLSv1.3":
            return self._tls.get_channel_binding("tls-unique")
        if kind == "tls-server-end-point":
            return end_point_hash(self._server_certificate())
        return None

    def _server_certificate(self) -> bytes:
        if not self._tls.server_side:
            return self._tls.getpeercert(binary_form=True) or b""
        context = self._tls.context
        return context.certificate if isinstance(context, ServerContext) else b""


def end_point_hash(certificate: bytes) -> bytes | None:
    """RFC 5929 §4.1: by the certificate's own signature hash, SHA-256 in place of MD5 and SHA-1."""
    if not certificate:
        return None
    algorithm: HashAlgorithm | None = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    if algorithm is None:  # Ed25519: the signature names no hash, the RFC leaves the binding undefined
        return None
    name = "sha256" if isinstance(algorithm, MD5 | SHA1) else algorithm.name
    return hashlib.new(name, certificate).digest()
