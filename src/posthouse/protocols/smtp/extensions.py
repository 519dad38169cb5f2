"""Extensions – RFC 5321 §2.2, §4.1.1.1: the response to EHLO, built by the server and read by the client.

ehlo-ok-rsp = "250" SP Domain [ SP ehlo-greet ] CRLF
            / "250-" Domain [ SP ehlo-greet ] CRLF *( "250-" ehlo-line CRLF ) "250" SP ehlo-line CRLF
ehlo-line    = ehlo-keyword *( SP ehlo-param )
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .replies import Reply

PIPELINING = "PIPELINING"  # RFC 2920
SIZE = "SIZE"  # RFC 1870
EIGHTBITMIME = "8BITMIME"  # RFC 6152
SMTPUTF8 = "SMTPUTF8"  # RFC 6531
CHUNKING = "CHUNKING"  # RFC 3030
BINARYMIME = "BINARYMIME"  # RFC 3030
BURL = "BURL"  # RFC 4468
DSN = "DSN"  # RFC 3461
ENHANCEDSTATUSCODES = "ENHANCEDSTATUSCODES"  # RFC 2034
STARTTLS = "STARTTLS"  # RFC 3207
AUTH = "AUTH"  # RFC 4954
FUTURERELEASE = "FUTURERELEASE"  # RFC 4865
DELIVERBY = "DELIVERBY"  # RFC 2852
MT_PRIORITY = "MT-PRIORITY"  # RFC 6710
REQUIRETLS = "REQUIRETLS"  # RFC 8689
LIMITS = "LIMITS"  # RFC 9422
HELP = "HELP"
VRFY = "VRFY"
EXPN = "EXPN"

PARAMETERS_OF = {
    SIZE: ("SIZE",),
    EIGHTBITMIME: ("BODY",),
    SMTPUTF8: ("SMTPUTF8",),
    BINARYMIME: ("BODY",),
    DSN: ("RET", "ENVID", "NOTIFY", "ORCPT"),
    AUTH: ("AUTH",),
    FUTURERELEASE: ("HOLDFOR", "HOLDUNTIL"),
    DELIVERBY: ("BY",),
    MT_PRIORITY: ("MT-PRIORITY",),
    REQUIRETLS: ("REQUIRETLS",),
}
"""The parameters of MAIL and RCPT that an extension brings."""


@dataclass(frozen=True, slots=True)
class Limits:
    """RFC 9422 §4: what one connection may ask of us; 0: not said."""

    mail_max: int = 0
    """Transactions in a session."""
    rcpt_max: int = 0
    """Recipients in a transaction."""
    rcpt_domain_max: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What our server offers at this moment: some of it depends on TLS and login."""

    size: int | None = 0
    """Largest message; 0: no fixed limit (RFC 1870 §4); None: SIZE is not offered."""
    starttls: bool = False
    mechanisms: tuple[str, ...] = ()
    """AUTH is offered when there is one."""
    pipelining: bool = True
    eightbitmime: bool = True
    smtputf8: bool = True
    chunking: bool = True
    binarymime: bool = True
    dsn: bool = True
    burl: bool = False
    """Of any IMAP URL that is signed (RFC 4468 §3.3, `imap`)."""
    require_tls: bool = False
    """RFC 8689 §2: over TLS only."""
    future_release: tuple[int, str] | None = None
    """Longest hold in seconds, and the latest moment as RFC 3339 date-time (RFC 4865 §3)."""
    limits: Limits = Limits()
    help: bool = True
    vrfy: bool = False
    expn: bool = False


def keywords(offer: Offer) -> list[str]:
    """The ehlo-lines."""
    lines = [name for name, offered in _plain(offer) if offered]
    if offer.size is not None:
        lines.append(f"{SIZE} {offer.size}" if offer.size else SIZE)
    if offer.mechanisms:
        lines.append(f"{AUTH} {' '.join(offer.mechanisms)}")
    if offer.future_release is not None:
        lines.append(f"{FUTURERELEASE} {offer.future_release[0]} {offer.future_release[1]}")
    if offer.burl and offer.chunking:
        lines.append(f"{BURL} imap")
    if limits := _limits(offer.limits):
        lines.append(f"{LIMITS} {limits}")
    return lines


def _plain(offer: Offer) -> tuple[tuple[str, bool], ...]:
    return (
        (PIPELINING, offer.pipelining),
        (EIGHTBITMIME, offer.eightbitmime),
        (SMTPUTF8, offer.smtputf8),
        (CHUNKING, offer.chunking),
        (BINARYMIME, offer.chunking and offer.binarymime),  # RFC 3030 §3: never without CHUNKING
        (ENHANCEDSTATUSCODES, True),
        (DSN, offer.dsn),
        (REQUIRETLS, offer.require_tls),
        (STARTTLS, offer.starttls),
        (VRFY, offer.vrfy),
        (EXPN, offer.expn),
        (HELP, offer.help),
    )


def _limits(limits: Limits) -> str:
    said = (("MAILMAX", limits.mail_max), ("RCPTMAX", limits.rcpt_max), ("RCPTDOMAINMAX", limits.rcpt_domain_max))
    return " ".join(f"{name}={value}" for name, value in said if value)


def ehlo_reply(hostname: str, greeting: str, offer: Offer) -> Reply:
    """The whole 250; no enhanced code (RFC 2034 §4)."""
    return Reply(250, "", (f"{hostname} {greeting}".rstrip(), *keywords(offer)))


def offered_parameters(offer: Offer) -> frozenset[str]:
    """What `commands.table.parse_command` may take in MAIL and RCPT; anything else is 555."""
    names = {line.partition(" ")[0] for line in keywords(offer)}
    return frozenset(parameter for name in names for parameter in PARAMETERS_OF.get(name, ()))


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the peer offers, as a client reads it. Without EHLO, nothing."""

    hostname: str = ""
    keywords: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Keyword in capitals → its parameters as sent."""

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def size(self) -> int:
        """Largest message it takes; 0: not known or not limited."""
        value = self.keywords.get(SIZE, ())
        return _number(value[0]) if value else 0

    @property
    def mechanisms(self) -> tuple[str, ...]:
        return tuple(name.upper() for name in self.keywords.get(AUTH, ()))

    @property
    def limits(self) -> Limits:
        said = dict(word.upper().partition("=")[::2] for word in self.keywords.get(LIMITS, ()))
        return Limits(*(_number(said.get(name, "")) for name in ("MAILMAX", "RCPTMAX", "RCPTDOMAINMAX")))


_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def parse_extensions(reply: Reply) -> Extensions:
    """The 250 to EHLO. A line that is not in the grammar is passed over. Old servers say `AUTH=LOGIN PLAIN`, some
    beside `AUTH …`: both count."""
    offered: dict[str, tuple[str, ...]] = {}
    for line in reply.lines[1:]:
        words = line.split()
        if words and words[0].upper().startswith("AUTH="):
            words = [AUTH, words[0][5:], *words[1:]]
        if words and _KEYWORD.fullmatch(words[0]):
            keyword = words[0].upper()
            already = offered.get(keyword, ())
            offered[keyword] = already + tuple(word for word in words[1:] if word and word not in already)
    return Extensions(reply.lines[0].partition(" ")[0], offered)


def _number(text: str) -> int:
    return int(text) if len(text) <= 20 and text.isascii() and text.isdigit() else 0
