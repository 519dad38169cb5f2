"""IMAP strings for ENVELOPE and BODYSTRUCTURE: always 7 bits, always well framed – RFC 9051 §4.3, §9.

string = quoted / literal ;    quoted = DQUOTE *QUOTED-CHAR DQUOTE ;    nstring = string / nil
"""

from __future__ import annotations

from posthouse.message.headers import unfold
from posthouse.message.words import seven_bit

NIL = b"NIL"
_LONG = 4096
"""A longer string is a literal: clients have line limits."""


def string(value: bytes) -> bytes:
    """A one-line value (no CR, LF or NUL in it: `unfold` sees to that)."""
    if not value.isascii():
        value = seven_bit(value)
    if len(value) > _LONG:
        return b"{%d}\r\n%b" % (len(value), value)
    if 34 in value or 92 in value:
        value = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + value + b'"'


def header_string(value: bytes | None) -> bytes:
    """A field's value as it is in the header; None when there is no such field."""
    return NIL if value is None else string(unfold(value))
