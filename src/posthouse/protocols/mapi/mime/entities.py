"""MIME entities, written: encoded for any transport, the same bytes for the same input – RFC 2045, 2046, 2183, 2231.

Whatever is written here has lines that no relay changes, so that a signature over it holds: 7 bits, no white space at
line ends, no line above 78 octets but in what was signed before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from posthouse.message.compose import make_header
from posthouse.message.encode import base64_lines, quoted_printable

Fields = Sequence[tuple[str, str | bytes]]

_PLAIN = re.compile(rb"(?:(?!From )[ -~\t]{0,76}(?<![ \t])\r\n)*+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(rb"^From ", re.M)
_TOKEN = re.compile(r"[-A-Za-z0-9!#$&^_.+]+/[-A-Za-z0-9!#$&^_.+]+")
_SECTION = 50
"""Octets of a parameter's value in one piece."""


class Entity(NamedTuple):
    fields: Fields
    """Content-Type and its kin."""
    body: bytes
    """Encoded; ends with a line end unless it is to be cut off there."""

    def format(self) -> bytes:
        return make_header(self.fields) + b"\r\n" + self.body


def text(kind: str, content: str, params: str = "") -> Entity:
    """As it can be read where it can, otherwise in quoted-printable or base64, whichever is shorter."""
    content = _LINE_END.sub("\r\n", content)
    content = content if content.endswith("\r\n") or not content else content + "\r\n"
    data = content.encode("utf-8", "replace")
    body, encoding = _encode_text(data)
    charset = "us-ascii" if data.isascii() else "utf-8"
    return Entity(
        [("Content-Type", f"{kind}; charset={charset}{params}".encode()), ("Content-Transfer-Encoding", encoding)], body
    )


def _encode_text(data: bytes) -> tuple[bytes, bytes]:
    if _PLAIN.fullmatch(data):
        return data, b"7bit"
    quoted = quoted_printable(data)
    if len(quoted) > len(data) * 4 // 3 + 78:
        return base64_lines(data), b"base64"
    return _FROM.sub(b"=46rom ", quoted), b"quoted-printable"


def binary(kind: str, data: bytes, name: str, disposition: str, more: Fields = (), charset: str = "") -> Entity:
    """A file. `kind` is told only when it is a type of one part."""
    kind = kind.lower() if _is_single(kind) else "application/octet-stream"
    content_type = [kind.encode(), *(format_param("charset", charset) if charset else ())]
    if name.isascii():
        content_type += format_param("name", name)
    fields: list[tuple[str, str | bytes]] = [
        ("Content-Type", b"; ".join(content_type)),
        ("Content-Transfer-Encoding", b"base64"),
        ("Content-Disposition", b"; ".join([disposition.encode(), *format_param("filename", name)])),
        *more,
    ]
    return Entity(fields, base64_lines(data))


def _is_single(kind: str) -> bool:
    return _TOKEN.fullmatch(kind) is not None and not kind.lower().startswith(("multipart/", "message/"))


def message(data: bytes, name: str, more: Fields = ()) -> Entity:
    """message/rfc822: never encoded, so it goes as its content does (RFC 2046 §5.2.1)."""
    disposition = b"; ".join([b"attachment", *(format_param("filename", name) if name else ())])
    fields: Fields = [
        ("Content-Type", b"message/rfc822"),
        ("Content-Transfer-Encoding", transparent(data)),
        ("Content-Disposition", disposition),
        *more,
    ]
    return Entity(fields, data)


def transparent(data: bytes) -> bytes:
    return b"7bit" if data.isascii() else b"8bit"


def multipart(subtype: str, parts: Sequence[Entity], seed: bytes, params: Iterable[bytes] = ()) -> Entity:
    """The boundary follows from the seed and is in none of the parts. One part alone needs no multipart."""
    if len(parts) == 1:
        return parts[0]
    bodies = [part.format() for part in parts]
    boundary = make_boundary(subtype, bodies, seed)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in bodies) + b"--%b--\r\n" % boundary
    told = b"; ".join([b"multipart/" + subtype.encode(), *params, b'boundary="' + boundary + b'"'])
    return Entity([("Content-Type", told), ("Content-Transfer-Encoding", transparent(body))], body)


def make_boundary(subtype: str, bodies: Sequence[bytes], seed: bytes) -> bytes:
    """`=_` is in no encoded text; what is not encoded is looked through."""
    for number in range(1000):
        mark = blake2b(b"%b %d %b" % (subtype.encode(), number, seed), digest_size=12).hexdigest()
        boundary = b"=_" + mark.encode("ascii")
        if not any(boundary in body for body in bodies):
            return boundary
    raise ValueError("parts that hold a thousand boundaries")


def format_param(name: str, value: str) -> list[bytes]:
    """One parameter, in pieces where it is long (RFC 2231 §3), percent-encoded where it is not ASCII (§4)."""
    value = re.sub(r"[\x00-\x1f\x7f]", " ", value)
    if value.isascii() and len(value) <= _SECTION:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{quoted}"'.encode("ascii")]
    encoded = [_percent(char) for char in value]
    pieces, piece = [], ""
    for char in encoded:
        if len(piece) + len(char) > _SECTION:
            pieces.append(piece)
            piece = ""
        piece += char
    pieces.append(piece)
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{piece}".encode("ascii")]
    begin = ["utf-8''", *[""] * (len(pieces) - 1)]
    return [f"{name}*{i}*={begin[i]}{piece}".encode("ascii") for i, piece in enumerate(pieces)]


def _percent(char: str) -> str:
    if char.isascii() and (char.isalnum() or char in "!#$&+-.^_`|~"):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
