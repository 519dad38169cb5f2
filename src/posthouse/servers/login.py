"""One way in for every server: which mechanisms a connection is offered, and the exchange itself.

A session gives the bytes of a response and is given the bytes of a challenge; how they travel (base64 in a line, in a
literal) is its own affair, with the codecs of `protocols.sasl`:

    login = await authenticator.authenticate("PLAIN", initial, channel, ask)

What may be raised besides, for the session's table of refusals: BadSyntax (their bytes), Cancelled (`*`, from `ask`),
MechanismNotOffered, EncryptionRequired, BadCredentials, AccountDisabled, NotAuthorized (the authorization identity, a
NotPermitted), TooManyFailures, TryLater.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from posthouse.directory import AuthSettings, Login, Logins
from posthouse.model.refusals import BadCredentials, BadSyntax, Refusal
from posthouse.net.tls_facts import ClientCertificate, TlsFacts
from posthouse.protocols.sasl import (
    MECHANISMS,
    Bindings,
    CertificateClaim,
    Challenge,
    Claim,
    Exchange,
    FindKeys,
    PasswordClaim,
    ProvenClaim,
    begin,
    offered,
)

BINDINGS = ("tls-server-end-point", "tls-unique", "tls-exporter")

Ask: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Sends a challenge and returns the response; raises Cancelled when the client gives up."""
Accept: TypeAlias = Callable[[], Awaitable[tuple[str | None, bytes]]]
"""Looks at a ticket; raises BadCredentials."""


class MechanismNotOffered(Refusal):
    default = "Authentication mechanism not supported"


class EncryptionRequired(Refusal):
    """RFC 4954 §6 538, RFC 9051 §7.1 PRIVACYREQUIRED, RFC 5804 §1.3 ENCRYPT-NEEDED."""

    default = "Encryption required for the requested authentication mechanism"


@dataclass(frozen=True, slots=True)
class Channel:
    """The connection as authentication sees it. Made anew after STARTTLS."""

    peer: str
    encrypted: bool = False
    bindings: Bindings = field(default_factory=dict)
    identities: tuple[str, ...] = ()
    """Of a client certificate that TLS has verified."""

    @classmethod
    def of(cls, peer: str, tls: TlsFacts | None) -> Channel:
        if tls is None:
            return cls(peer)
        bindings = {kind: data for kind in BINDINGS if (data := tls.channel_binding(kind))}
        certificate = tls.peer_certificate
        return cls(peer, True, bindings, certificate_identities(certificate) if certificate else ())

    @property
    def is_local(self) -> bool:
        """From this machine: a loopback address, or a Unix socket, which has none."""
        return _is_local(self.peer)


@lru_cache(4096)
def _is_local(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return not peer or peer.startswith("/")


def certificate_identities(certificate: ClientCertificate) -> tuple[str, ...]:
    """As the directory's `add_certificate` takes them."""
    emails = (f"email:{address}" for address in certificate.email_addresses)
    return (f"sha256:{sha256(certificate.der).hexdigest()}", f"subject:{certificate.subject}", *emails)


class Authenticator:
    """One for all sessions of a worker."""

    def __init__(self, logins: Logins, settings: AuthSettings) -> None:
        self._logins, self._settings = logins, settings

    @property
    def default_domain(self) -> str:
        """Completes a name without one."""
        return self._settings.default_domain

    def plaintext_allowed(self, channel: Channel) -> bool:
        """Whether a password may cross this connection: also for IMAP's LOGIN and POP3's USER."""
        allow = self._settings.allow_plaintext
        return channel.encrypted or allow == "always" or (allow == "loopback" and channel.is_local)

    def mechanisms(self, channel: Channel) -> tuple[str, ...]:
        """To advertise, the strongest first."""
        return offered(
            plaintext=self.plaintext_allowed(channel),
            bindings=channel.bindings,
            certified=bool(channel.identities),
        )

    async def authenticate(
        self, mechanism: str, initial: bytes | None, channel: Channel, ask: Ask, *, success_data: bool = False
    ) -> tuple[Login, bytes]:
        """Who it is, and with `success_data` what the protocol's success must carry (ManageSieve's SASL code); other
        protocols' successes carry nothing, so that it is sent as a last challenge."""
        exchange = self._begin(mechanism.upper(), channel)
        claim = await self._converse(exchange, initial, channel, ask)
        login = await self._check(claim, channel)
        final = claim.final_data if isinstance(claim, ProvenClaim) else b""
        if final and not success_data:
            if await ask(final):
                raise BadSyntax("an empty response to the server's last word")
            final = b""
        return login, final

    async def login(self, user: str, password: str | bytes, channel: Channel) -> Login:
        """A name and a password without SASL: IMAP's LOGIN, POP3's USER and PASS."""
        if not self.plaintext_allowed(channel):
            raise EncryptionRequired
        return await self._logins.verify(user, password, channel.peer)

    async def negotiate(self, accept: Accept, channel: Channel) -> tuple[Login | None, bytes]:
        """By what `accept` says of a ticket: who it is, None when the client must say more first, and the token for the
        client. A bad ticket is a failed login like any other; as it names nobody, it counts for where it comes from."""
        self._logins.check_address(channel.peer)
        try:
            address, answer = await accept()
        except BadCredentials:
            await self._logins.failed(channel.peer, channel.peer)
        return (None if address is None else await self._logins.proven(address, channel.peer)), answer

    def _begin(self, mechanism: str, channel: Channel) -> Exchange:
        if mechanism not in self.mechanisms(channel):
            known = MECHANISMS.get(mechanism)
            raise EncryptionRequired if known and known.plaintext else MechanismNotOffered
        return begin(mechanism, secrets.token_urlsafe(24).encode(), channel.bindings)

    async def _converse(self, exchange: Exchange, initial: bytes | None, channel: Channel, ask: Ask) -> Claim:
        user = ""
        try:
            step = exchange.start(initial)
            while True:
                match step:
                    case Challenge(data):
                        step = exchange.respond(await ask(data))
                    case FindKeys(user, mechanism):
                        step = exchange.found(await self._logins.scram_keys(user, mechanism, channel.peer))
                    case claim:
                        return claim
        except BadCredentials:
            await self._logins.failed(user, channel.peer)

    async def _check(self, claim: Claim, channel: Channel) -> Login:
        match claim:
            case PasswordClaim(user, authzid, password):
                login = await self._logins.verify(user, password, channel.peer)
            case ProvenClaim(user, authzid):
                login = await self._logins.proven(user, channel.peer)
            case CertificateClaim(authzid):
                login = await self._logins.certified(channel.identities, channel.peer)
        return await self._logins.authorize(login, authzid)
