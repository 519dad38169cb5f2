"""Strings for the wire – RFC 9051 §4.3: quoted where that is possible, a literal where it isn't.

string          = quoted / literal
QUOTED-CHAR     = <any TEXT-CHAR except quoted-specials> / "\\" quoted-specials / UTF8-2 / UTF8-3 / UTF8-4
"""

from __future__ import annotations

import re

_ASTRING = re.compile(rb'[^\x00-\x20(){%*"\\\x7f-\xff]+')
_PLAIN = re.compile(rb'[^\x00\r\n"\\\x80-\xff]*')
_PLAIN_UTF8 = re.compile(rb'[^\x00\r\n"\\]*')
_UNQUOTABLE = re.compile(rb"[\x00\r\n\x80-\xff]")
_UNQUOTABLE_UTF8 = re.compile(rb"[\x00\r\n]")
_SPECIALS = re.compile(rb'(["\\])')
_MAX_QUOTED = 1000
"""Some clients read quoted strings into small buffers; a longer one goes as a literal."""


def literal(data: bytes) -> bytes:
    """NUL cannot be in a literal (RFC 9051 §9, CHAR8); where it may occur and the rule allows, use `literal8`."""
    return b"{%d}\r\n%b" % (len(data), data)


def literal8(data: bytes) -> bytes:
    return b"~{%d}\r\n%b" % (len(data), data)


def literal_header(size: int, binary: bool = False) -> bytes:
    """For data that is sent behind it in chunks."""
    return (b"~{%d}\r\n" if binary else b"{%d}\r\n") % size


def string(data: bytes, utf8: bool = False) -> bytes:
    """`utf8`: the session has enabled IMAP4rev2 or UTF8=ACCEPT, so that UTF-8 may be quoted."""
    if len(data) <= _MAX_QUOTED:
        if (_PLAIN_UTF8 if utf8 else _PLAIN).fullmatch(data):
            return b'"%b"' % data
        if not (_UNQUOTABLE_UTF8 if utf8 else _UNQUOTABLE).search(data):
            return b'"%b"' % _SPECIALS.sub(rb"\\\1", data)
    return literal(data)


def astring(data: bytes, utf8: bool = False) -> bytes:
    """An atom where it can be one, but never NIL, which some clients take for nothing."""
    if _ASTRING.fullmatch(data) and data.upper() != b"NIL":
        return data
    return string(data, utf8)


def nstring(data: bytes | None, utf8: bool = False) -> bytes:
    return b"NIL" if data is None else string(data, utf8)


def without_nul(data: bytes) -> bytes:
    """Stored octets for a literal, which cannot hold NUL: replaced, for the length must stay what was announced."""
    return data.replace(b"\0", b"\x80") if b"\0" in data else data
