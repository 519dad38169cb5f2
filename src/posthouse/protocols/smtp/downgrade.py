"""What to do when the next hop lacks what the message needs, as a pure function – RFC 5321 §3.6, RFC 6152 §3, RFC 3030
§3, RFC 6531 §3.2 and §3.5, RFC 1870 §6.2, RFC 8689 §4.2.

| message needs | next hop lacks | we |
|---|---|---|
| BINARYMIME | BINARYMIME or CHUNKING | convert to 8bit or 7bit (base64), which is for the caller to do |
| 8BITMIME | 8BITMIME | convert to 7bit (quoted-printable, base64) |
| SMTPUTF8 for a domain alone | SMTPUTF8 | send the domain as A-labels |
| SMTPUTF8 for a local part or a header field | SMTPUTF8 | refuse, 5.6.7 or 5.6.9: no loss-free way is known |
| a size above its SIZE | | refuse, 5.3.4, without trying |
| REQUIRETLS | REQUIRETLS, or TLS | refuse, 5.7.30 |

CHUNKING is used when it saves something: for BINARYMIME, or as the caller prefers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from posthouse.model.address import Address

from .extensions import BINARYMIME, CHUNKING, EIGHTBITMIME, REQUIRETLS, SMTPUTF8, Extensions


@dataclass(frozen=True, slots=True)
class Needs:
    """Facts about the message and its envelope."""

    size: int
    body: str = "7BIT"
    """`7BIT`, `8BITMIME`, `BINARYMIME`: of the content as it is."""
    utf8_header: bool = False
    """A header field, in any part, has octets above 127 (RFC 6532)."""
    require_tls: bool = False


class Convert(Enum):
    NOTHING = "as it is"
    TO_8BIT = "binary parts to base64"
    TO_7BIT = "8-bit and binary parts to quoted-printable or base64"


@dataclass(frozen=True, slots=True)
class Plan:
    body: str
    """Of MAIL."""
    smtputf8: bool
    """Whether MAIL carries it."""
    chunking: bool
    """BDAT instead of DATA."""
    convert: Convert


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """By this hop; a permanent failure."""

    status: str
    text: str


TOO_LARGE = Undeliverable("5.3.4", "The message is larger than the next mail system accepts")
NEEDS_UTF8_ADDRESS = Undeliverable("5.6.7", "The next mail system cannot handle internationalized addresses")
NEEDS_UTF8_HEADER = Undeliverable("5.6.9", "The next mail system cannot handle internationalized header fields")
NEEDS_REQUIRETLS = Undeliverable("5.7.30", "The next mail system does not support the required REQUIRETLS")
"""RFC 8689 §4.2.1, §5."""


def plan(
    needs: Needs,
    sender: Address | None,
    recipients: Iterable[Address],
    peer: Extensions,
    *,
    tls: bool = False,
    prefer_chunking: bool = False,
) -> Plan | Undeliverable:
    if peer.size and needs.size > peer.size:
        return TOO_LARGE
    if needs.require_tls and not (tls and REQUIRETLS in peer):
        return NEEDS_REQUIRETLS
    addresses = [address for address in (sender, *recipients) if address is not None]
    if SMTPUTF8 not in peer:
        if any(not address.local.isascii() for address in addresses):
            return NEEDS_UTF8_ADDRESS
        if needs.utf8_header:
            return NEEDS_UTF8_HEADER
    smtputf8 = SMTPUTF8 in peer and (needs.utf8_header or any(not address.is_ascii for address in addresses))
    body, convert = _body(needs.body, peer)
    chunking = body == "BINARYMIME" or (prefer_chunking and CHUNKING in peer)
    return Plan(body, smtputf8, chunking, convert)


def _body(body: str, peer: Extensions) -> tuple[str, Convert]:
    if body == "BINARYMIME" and not (BINARYMIME in peer and CHUNKING in peer):
        return ("8BITMIME", Convert.TO_8BIT) if EIGHTBITMIME in peer else ("7BIT", Convert.TO_7BIT)
    if body == "8BITMIME" and EIGHTBITMIME not in peer:
        return "7BIT", Convert.TO_7BIT
    return body, Convert.NOTHING
