"""8-bit content → 7-bit content, for a next hop without 8BITMIME – RFC 6152 §3, RFC 2045 §6.

Each part whose body has octets above 127, NUL or an over-long line gets quoted-printable (text) or base64 (anything
else) and a Content-Transfer-Encoding field that says so; every other byte stays. A signature over the content does not
survive, which is why this happens only where the next hop leaves no choice.
"""

from __future__ import annotations

import binascii
import re

from posthouse.message.derive import derive
from posthouse.message.headers import iter_fields
from posthouse.message.parts import Part, PartTable, load_parts
from posthouse.model.refusals import BadSyntax

_LONG_LINE = re.compile(rb"[^\n]{999}")
_FIELD = b"content-transfer-encoding"
_MULTIPART = re.compile(rb"^content-type[ \t]*:\s*multipart/", re.IGNORECASE | re.MULTILINE).search
"""A multipart without a boundary is read as plain text, but must not be encoded as such."""


def to_7bit(data: bytes) -> bytes | None:
    """None when it can't be done: a header field is not 7-bit, a part says that it is encoded and isn't, or it must not
    be encoded as a whole (RFC 2045 §6.4)."""
    try:
        table = load_parts(derive(data).parts)
    except BadSyntax:
        return None
    out: list[bytes] = []
    done = 0
    for part in _leaves(table):
        body = data[part.start : part.end]
        if not _needs_change(body):
            continue
        head = part.mime_start if len(part.path) and part.mime_start < part.start else 0
        header = data[head : part.start]
        if part.encoding not in ("7bit", "8bit", "binary") or part.type.startswith("message/") or _MULTIPART(header):
            return None
        encoding, encoded = _encode(part, body)
        out += [data[done:head], _with_encoding(header, encoding), encoded]
        done = part.end
    out.append(data[done:])
    result = _containers_7bit(b"".join(out))
    return result if result.isascii() else None


def _leaves(table: PartTable) -> list[Part]:
    parents = {part.path[:-1] for part in table}
    single = len(table) == 2 and table.parts[1].path == (1,) and not table.message.type.startswith("multipart/")
    if single:
        return [table.parts[1]]
    return [part for part in table if part.path and part.path not in parents]


def _needs_change(body: bytes) -> bool:
    return not body.isascii() or b"\0" in body or _LONG_LINE.search(body) is not None


def _encode(part: Part, body: bytes) -> tuple[bytes, bytes]:
    if part.is_text:
        return b"quoted-printable", _quoted_printable(body)
    return b"base64", _base64(body)


def _quoted_printable(body: bytes) -> bytes:
    """`binascii` keeps the line ends that are there and breaks lines softly with LF; those become CRLF."""
    encoded = binascii.b2a_qp(body.replace(b"\r\n", b"\n"), istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(body: bytes) -> bytes:
    lines = [binascii.b2a_base64(body[at : at + 57], newline=False) for at in range(0, len(body), 57)]
    return b"\r\n".join(lines)


def _with_encoding(header: bytes, encoding: bytes) -> bytes:
    """The header with this encoding instead of what it said, the empty line at its end kept."""
    kept = [field.raw for field in iter_fields(header) if field.name.lower() != _FIELD]
    rest = header[sum(len(field.raw) for field in iter_fields(header)) :]
    return b"".join(kept) + b"Content-Transfer-Encoding: " + encoding + b"\r\n" + (rest or b"\r\n")


_CONTAINER = re.compile(rb"^(content-transfer-encoding:[ \t]*)(8bit|binary)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def _containers_7bit(data: bytes) -> bytes:
    """A multipart that said 8bit holds 7bit now (RFC 2045 §6.4)."""
    table = load_parts(derive(data).parts)
    out, done = [], 0
    for part in table:
        head = 0 if not part.path else part.mime_start
        end = part.header_end if not part.path else part.start
        if head >= done and part.encoding in ("8bit", "binary"):
            out += [data[done:head], _CONTAINER.sub(rb"\g<1>7bit\r", data[head:end])]
            done = end
    return b"".join([*out, data[done:]])
