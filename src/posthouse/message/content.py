"""What an entity is, from its Content-Type and Content-Transfer-Encoding, with the bytes that structures show of it.

Most mail has the same few values, so short ones are remembered; a value with a boundary is unique and is not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from posthouse.message.params import MediaType, Params, param, parse_content_type, parse_encoding
from posthouse.message.wire import NIL, string

_SHORT = 100


class Content:
    """One Content-Type."""

    __slots__ = ("charset", "is_message", "is_text", "kind", "media", "wire_media", "wire_params")

    def __init__(self, media: MediaType) -> None:
        type_ = media.type.lower()
        subtype = media.subtype.lower()
        self.media = media
        self.is_text = type_ == b"text"
        self.is_message = type_ == b"message" and subtype in (b"rfc822", b"global")
        self.kind = type_ + b"/" + subtype
        """In lower case."""
        charset = param(media.params, b"charset") if self.is_text else None
        self.charset = _UNUSUAL.sub(b"", charset)[:64].lower() if charset else b""
        """In lower case, printable ASCII; empty when there is none."""
        self.wire_media = string(media.type) + b" " + string(media.subtype)
        self.wire_params = format_params(media.params, self.is_text)


_UNUSUAL = re.compile(rb"[^!-~]")


def format_params(params: Params, default_charset: bool) -> bytes:
    """body-fld-param. Text has a charset, also when it does not say so (RFC 2046 §4.1.2)."""
    formatted = [string(name) + b" " + string(value) for name, value in params]
    if default_charset and not any(name.lower().rstrip(b"*") == b"charset" for name, _ in params):
        formatted.append(b'"charset" "us-ascii"')
    return b"(" + b" ".join(formatted) + b")" if formatted else NIL


PLAIN_TEXT = Content(MediaType(b"text", b"plain", []))
DIGESTED = Content(MediaType(b"message", b"rfc822", []))
OPAQUE = Content(MediaType(b"application", b"octet-stream", []))


def content_of(value: bytes | None, in_digest: bool) -> Content:
    """The Content-Type field as it is in the header, or None. What cannot be read is plain text (RFC 2045 §5.2)."""
    if value is None:
        return DIGESTED if in_digest else PLAIN_TEXT
    if len(value) <= _SHORT and value.find(b"oundary") < 0:
        return _remembered(value)
    return _content(value)


def _content(value: bytes) -> Content:
    media = parse_content_type(value)
    return PLAIN_TEXT if media is None else Content(media)


_remembered = lru_cache(maxsize=1024)(_content)


class Encoding:
    """One Content-Transfer-Encoding."""

    __slots__ = ("name", "wire")

    def __init__(self, spelt: bytes) -> None:
        self.name = spelt.lower()
        self.wire = string(spelt)


_SEVEN_BIT = Encoding(b"7bit")


def encoding_of(value: bytes | None) -> Encoding:
    """The field as it is in the header, or None."""
    if value is None:
        return _SEVEN_BIT
    return _remembered_encoding(value[:_SHORT])


@lru_cache(maxsize=256)
def _remembered_encoding(value: bytes) -> Encoding:
    return Encoding(parse_encoding(value))
