"""AUTH – RFC 4954 §4, §8.

    auth-command     = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) CRLF
    sasl-mech        = 1*20( UPPER-ALPHA / DIGIT / "-" / "_" )      ; RFC 4422 §3.1
    initial-response = base64 / "="                                  ; "=": an empty one
    cancel-response  = "*"
    continue-req     = "334" SP [base64]

Mechanism names are written in capitals; some clients do not, so any case is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.encoding import Cancelled, decode_initial, decode_response, encode_base64

from ..replies import AUTH_CANCELLED, BAD_BASE64, SYNTAX_ERROR, BadCommand

_MECHANISM = re.compile(rb"([A-Za-z0-9_-]{1,20})(?: +(\S+))?")


@dataclass(frozen=True, slots=True)
class Auth:
    word: ClassVar[str] = "AUTH"
    mechanism: str
    initial: bytes | None = field(default=None, repr=False)
    """Decoded; None when the client sent none. Not shown: it is mostly a password."""


def parse_auth(args: bytes) -> Auth:
    match = _MECHANISM.fullmatch(args)
    if match is None:
        raise BadCommand(SYNTAX_ERROR.with_text("AUTH mechanism [initial-response] expected"))
    mechanism = match[1].decode().upper()
    if match[2] is None:
        return Auth(mechanism)
    try:
        return Auth(mechanism, decode_initial(match[2]))
    except BadSyntax:
        raise BadCommand(BAD_BASE64) from None


def parse_auth_response(line: bytes) -> bytes:
    """The client's answer to a 334, without its CRLF."""
    try:
        return decode_response(line)
    except Cancelled:
        raise BadCommand(AUTH_CANCELLED) from None
    except BadSyntax:
        raise BadCommand(BAD_BASE64) from None


def challenge(data: bytes) -> bytes:
    """The whole line: it may be longer than a reply's 512 octets (§4, restriction 7)."""
    return b"334 " + encode_base64(data) + b"\r\n"
