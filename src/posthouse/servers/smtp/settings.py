"""What an operator may set about the SMTP and LMTP services."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Literal

Ask = Literal["nobody", "authenticated", "everybody"]


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """Seconds that we wait for the client; the defaults are the least that RFC 5321 §4.5.3.2.7 allows."""

    command: int = 300
    """For the next command."""
    data_start: int = 120
    """For the first bytes after 354."""
    data_block: int = 180
    """For more of a message."""
    handshake: int = 30
    """For TLS to begin."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Limits and policy of one kind of service. Sizes in bytes."""

    message_size: int = 50 * 1024 * 1024
    """The largest message that is taken, and announced (SIZE, RFC 1870)."""
    recipients: int = 1000
    """Recipients in one message; RFC 5321 §4.5.3.1.8 asks for 100 at least."""
    messages: int = 10_000
    """Messages in one session."""
    errors: int = 20
    """Commands that fail in one session until it is ended."""
    unknown_recipients: int = 100
    """Recipients refused in one session until it is ended: somebody is trying names."""
    idle_commands: int = 100
    """Commands without a message until the session is ended."""
    auth_on_mx: bool = False
    """Logging in on the service for other hubs, beside the submission services; over TLS alone."""
    verify: Ask = "nobody"
    """Who gets an answer to VRFY and EXPN that says something (RFC 5321 §3.5.3, §7.3)."""
    relay_networks: tuple[str, ...] = ()
    """Addresses and networks from which mail for anywhere is taken without a login."""
    normalise_networks: tuple[str, ...] = ()
    """Addresses and networks of old programs that end lines with LF alone: it becomes CRLF instead of a refusal."""
    future_release: int = 30 * 86_400
    """How many seconds ahead a submitted message may be held back (FUTURERELEASE, RFC 4865); 0: not offered."""
    without: tuple[str, ...] = ()
    """Extensions that are not offered, by their EHLO keyword: `CHUNKING`, `SMTPUTF8` …"""
    timeouts: SmtpTimeouts = field(default_factory=SmtpTimeouts)

    def __post_init__(self) -> None:
        if not 0 <= self.future_release < 10**9:
            raise ValueError("future_release: from 0 to 999999999 seconds")
        if self.verify not in ("nobody", "authenticated", "everybody"):
            raise ValueError("verify: one of nobody, authenticated, everybody")
        for network in (*self.relay_networks, *self.normalise_networks):
            ip_network(network)
