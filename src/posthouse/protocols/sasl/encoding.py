"""How an exchange travels in a line protocol: base64, one token or line each.

RFC 4954 §4, RFC 9051 §6.2.2, RFC 5034 §4:

initial-response = base64 / "="
response         = base64 / "*"
"""

from __future__ import annotations

import binascii

from posthouse.model.refusals import BadSyntax

MAX_LINE = 12288
"""Octets of base64 in one line: what RFC 4954 §4 demands that we take, and no more."""


class Cancelled(Exception):
    """The client gave up the exchange with `*`. It is told so (501, BAD, -ERR), and the session goes on."""


def decode_base64(token: bytes) -> bytes:
    if len(token) > MAX_LINE:
        raise BadSyntax(f"at most {MAX_LINE} octets of base64", MAX_LINE)
    if len(token) % 4:
        raise BadSyntax("base64 in groups of four")
    try:
        return binascii.a2b_base64(token, strict_mode=True)
    except binascii.Error as wrong:
        raise BadSyntax("base64") from wrong


def decode_initial(token: bytes) -> bytes:
    """`=` stands for an initial response that is there and empty (RFC 4954 §4)."""
    return b"" if token == b"=" else decode_base64(token)


def decode_response(line: bytes) -> bytes:
    """A line without its CRLF."""
    if line == b"*":
        raise Cancelled
    return decode_base64(line)


def encode_base64(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False)


def encode_initial(data: bytes) -> bytes:
    return encode_base64(data) or b"="
