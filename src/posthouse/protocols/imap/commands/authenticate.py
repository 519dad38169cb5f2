"""AUTHENTICATE – RFC 9051 §6.2.2, RFC 4959 §3 (SASL-IR).

authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
auth-type       = atom
initial-resp    = (base64 / "=")
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax

from ..grammar import Parser

_INITIAL_RESPONSE = re.compile(rb"[A-Za-z0-9+/=]++")


@dataclass(frozen=True, slots=True)
class Authenticate:
    mechanism: str
    """In upper case."""
    initial: bytes | None = field(default=None, repr=False)
    """Decoded; None when the client waits for our challenge, empty for `=`."""


def parse_authenticate(p: Parser) -> Authenticate:
    p.sp()
    mechanism = p.word().decode("ascii")
    initial = None
    if not p.at_end():
        p.sp()
        coded = p.match(_INITIAL_RESPONSE, "an initial response in base64")[0]
        initial = b"" if coded == b"=" else decode_base64(coded)
    p.end()
    return Authenticate(mechanism, initial)


def parse_response(line: bytes) -> bytes | None:
    """The client's line after a challenge, decoded; None when it gives up with `*`."""
    line = line.strip(b" ")
    return None if line == b"*" else decode_base64(line)


def format_challenge(challenge: bytes) -> bytes:
    return b"+ " + b2a_base64(challenge, newline=False) + b"\r\n"


def decode_base64(coded: bytes) -> bytes:
    try:
        return a2b_base64(coded, strict_mode=True)
    except Base64Error:
        raise BadSyntax("base64") from None
