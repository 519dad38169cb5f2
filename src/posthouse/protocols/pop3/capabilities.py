"""CAPA – RFC 2449 §5, §6; RFC 2595 §4 (STLS), RFC 3206 §6 (AUTH-RESP-CODE), RFC 5034 §3 (SASL), RFC 6856 §2, §3.

capability = capa-tag *(SP param) CRLF             ; 512 octets maximum
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .replies import END, ok


@dataclass(frozen=True, slots=True)
class Offer:
    """What our server offers at this moment: some of it depends on TLS and login."""

    user: bool = False
    """USER and PASS would be taken now."""
    stls: bool = False
    mechanisms: tuple[str, ...] = ()
    utf8: bool = True
    languages: bool = True
    expire: int | None = None
    """Days that messages are kept; None: NEVER removed by us (RFC 2449 §6.7)."""
    login_delay: int = 0
    """Seconds between logins; 0: none."""
    implementation: str = ""


def capabilities(offer: Offer) -> list[str]:
    lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"]
    lines.append(f"EXPIRE {'NEVER' if offer.expire is None else offer.expire}")
    if offer.login_delay:
        lines.append(f"LOGIN-DELAY {offer.login_delay}")
    if offer.user:
        lines.append("USER")
    if offer.mechanisms:
        lines.append("SASL " + " ".join(offer.mechanisms))
    if offer.stls:
        lines.append("STLS")
    if offer.utf8:
        lines.append("UTF8 USER")
    if offer.languages:
        lines.append("LANG")
    if offer.implementation:
        lines.append("IMPLEMENTATION " + offer.implementation)
    return lines


def capa_response(offer: Offer) -> bytes:
    return listing("Capability list follows", capabilities(offer))


def lang_response(languages: Iterable[tuple[str, str]]) -> bytes:
    """LANG without an argument – RFC 6856 §3: tag and name of each language."""
    return listing("Language listing follows", [f"{tag} {name}" for tag, name in languages])


def listing(text: str, lines: Iterable[str]) -> bytes:
    """A multi-line response of our own words; none of our lines begins with a dot."""
    return ok(text).wire + "".join([f"{line}\r\n" for line in lines]).encode() + END
