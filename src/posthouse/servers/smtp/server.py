"""One service: what all its sessions share – settings, greetings, the answers to EHLO."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from posthouse.delivery.delivery import Delivery
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Counter
from posthouse.protocols.smtp import extensions
from posthouse.protocols.smtp.extensions import Limits, Offer, ehlo_reply, offered_parameters
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.login import Authenticator

from .kinds import Kind
from .session import Session
from .settings import SmtpSettings

SESSIONS = Counter("posthouse_smtp_sessions_total", "SMTP and LMTP sessions begun.", ("service",))

TlsContext = Callable[[], ssl.SSLContext]
Networks = tuple[IPv4Network | IPv6Network, ...]


class Greeting(NamedTuple):
    """The answer to EHLO, and what follows from it for MAIL and RCPT."""

    reply: Reply
    parameters: frozenset[str]


class SmtpServer:
    """Its `session` is what a listener calls for each connection."""

    def __init__(
        self,
        kind: Kind,
        delivery: Delivery,
        settings: SmtpSettings,
        *,
        authenticator: Authenticator | None = None,
        tls: TlsContext | None = None,
    ) -> None:
        """`tls` gives the context of the moment, so that a renewed certificate counts at once; None: no STARTTLS."""
        self.kind, self.delivery, self.settings, self.tls = kind, delivery, settings, tls
        self.hostname = delivery.hostname
        with_logins = kind.is_submission or (kind is Kind.MX and settings.auth_on_mx)
        self.authenticator = authenticator if with_logins else None
        self.log = Logger("smtp" if kind is Kind.MX else kind.value)
        word = "LMTP" if kind is Kind.LMTP else "ESMTP"
        self.banner = Reply(220, "", (f"{self.hostname} {word} Posthouse",))
        self._greetings: dict[tuple[bool, tuple[str, ...]], Greeting] = {}
        self._latest = ""
        self._relay, self._normalise = _networks(settings.relay_networks), _networks(settings.normalise_networks)
        self._sessions = SESSIONS.labels(kind.value)

    async def session(self, stream: Stream) -> None:
        """One connection, until it ends. The listener closes the stream."""
        self._sessions.inc()
        await Session(self, stream).run()

    def greeting(self, starttls: bool, mechanisms: tuple[str, ...]) -> Greeting:
        latest = self._latest_release()
        if latest != self._latest:
            self._greetings, self._latest = {}, latest
        known = self._greetings.get((starttls, mechanisms))
        if known is None:
            offer = self._offer(starttls, mechanisms)
            known = Greeting(ehlo_reply(self.hostname, "", offer), offered_parameters(offer))
            self._greetings[starttls, mechanisms] = known
        return known

    def _offer(self, starttls: bool, mechanisms: tuple[str, ...]) -> Offer:
        settings = self.settings
        without = {keyword.upper() for keyword in settings.without}
        return Offer(
            size=None if extensions.SIZE in without else settings.message_size,
            starttls=starttls,
            mechanisms=() if extensions.AUTH in without else mechanisms,
            pipelining=extensions.PIPELINING not in without,
            eightbitmime=extensions.EIGHTBITMIME not in without,
            smtputf8=extensions.SMTPUTF8 not in without,
            chunking=extensions.CHUNKING not in without,
            binarymime=extensions.BINARYMIME not in without,
            dsn=extensions.DSN not in without,
            burl=self.offers_burl,
            future_release=(settings.future_release, self._latest) if self._latest else None,
            limits=Limits() if extensions.LIMITS in without else Limits(settings.messages, settings.recipients),
            help=extensions.HELP not in without,
            vrfy=settings.verify != "nobody",
            expn=settings.verify != "nobody",
        )

    def _latest_release(self) -> str:
        """As RFC 4865 §3 tells it, new every hour; empty where nothing may be held: everywhere but in submission."""
        settings = self.settings
        without = {keyword.upper() for keyword in settings.without}
        if not self.kind.is_submission or not settings.future_release or extensions.FUTURERELEASE in without:
            return ""
        latest = self.delivery.store.now() // 3600 * 3600 + settings.future_release
        return datetime.fromtimestamp(latest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def offers_burl(self) -> bool:
        """For who has a mailbox here to take messages from."""
        without = {keyword.upper() for keyword in self.settings.without}
        return self.kind.is_submission and not without & {extensions.BURL, extensions.CHUNKING}

    def may_relay(self, host: str) -> bool:
        """Without a login, from this address."""
        return self.kind is Kind.MX and within(host, self._relay)

    def normalises(self, host: str) -> bool:
        return within(host, self._normalise)


def _networks(texts: tuple[str, ...]) -> Networks:
    return tuple(ip_network(text) for text in texts)


@lru_cache(4096)
def within(host: str, networks: Networks) -> bool:
    if not networks or not host:
        return False
    address = ip_address(host.partition("%")[0])
    return any(address in network for network in networks)
