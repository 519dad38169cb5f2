"""AUTH – RFC 4954 §4, §8.

    auth-command     = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) CRLF
    sasl-mech        = 1*20( UPPER-ALPHA / DIGIT / "-" / "_" )      ; RFC 4422 §3.1
    initial-response = base64 / "="                                  ; "=": an empty one
    cancel-response  = "*"
    continue-req     = "334" SP [base64]

Mechanism names are written in capitals; some clients do not, so any case is taken.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import ClassVar

from ..replies import AUTH_CANCELLED, BAD_BASE64, SYNTAX_ERROR, BadCommand, Reply

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
    return Auth(mechanism, b"" if match[2] == b"=" else _base64(match[2]))


def parse_auth_response(line: bytes) -> bytes:
    """The client's answer to a 334, without its CRLF."""
    if line == b"*":
        raise BadCommand(AUTH_CANCELLED)
    return _base64(line)


def challenge(data: bytes) -> Reply:
    return Reply(334, "", (b64encode(data).decode(),))


def _base64(data: bytes) -> bytes:
    try:
        return b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadCommand(BAD_BASE64) from None
