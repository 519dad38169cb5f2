"""Header blocks: raw fields, unfolding, folding – RFC 5322 §2.2, §3.2.2 and §4.5.

    field  = field-name *WSP ":" unstructured CRLF          ; obsolete: white space before the colon
    FWS    = ([*WSP CRLF] 1*WSP)                            ; a line that begins with white space continues

Line ends are CRLF or a bare LF, as they come. A line that is no field is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from posthouse.message.source import Source

FIELD = re.compile(rb"^(([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?)", re.M)
"""(the whole field as it is, its name, its value as it is)."""

_CR, _LF = 13, 10
"""As numbers: `10 in value` is a memchr, `b"\\n" in value` several times slower."""
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"(?<!\r)\r*+\n(?=[ \t])|(?<!\r)\r*+\n\Z")
_STRAY = bytes.maketrans(b"\r\n\0", b"   ")


class Field(NamedTuple):
    raw: bytes
    name: bytes
    value: bytes
    """As it is, folding included; `unfold` makes it one line."""


def iter_fields(header: bytes) -> Iterator[Field]:
    """The fields of a header block, in order."""
    for found in FIELD.finditer(header):
        yield Field(found[1], found[2], found[3])


def get_all(header: bytes, name: bytes) -> list[bytes]:
    """The unfolded values of all fields of that name."""
    wanted = name.lower()
    return [unfold(value) for _, found, value in FIELD.findall(header) if found.lower() == wanted]


def get(header: bytes, name: bytes) -> bytes | None:
    """The unfolded value of the first field of that name."""
    wanted = name.lower()
    for found in FIELD.finditer(header):
        if found[2].lower() == wanted:
            return unfold(found[3])
    return None


def unfold(value: bytes) -> bytes:
    """One line without the white space around it. Stray CR, LF and NUL, which no reply may hold, become spaces."""
    value = value.strip()
    if _LF in value:
        value = _FOLD.sub(b"", value)
    if _CR in value or _LF in value or 0 in value:
        value = value.translate(_STRAY)
    return value


def return_path_end(head: bytes) -> int:
    """Where the field ends that a delivery has put in front of a message (RFC 5321 §4.4); 0: nobody has."""
    return head.find(b"\n") + 1 if head[:12].lower() == b"return-path:" else 0


def header_end(source: Source, start: int, end: int) -> int:
    """Where the body begins: after the first empty line. -1 when there is none before `end`."""
    opening = source[start : min(start + 2, end)]
    if opening == b"\r\n":
        return start + 2
    if opening[:1] == b"\n":
        return start + 1
    if isinstance(source, bytes):
        found = _EMPTY_LINE.search(source, start, end)
        return -1 if found is None else found.end()
    crlf = source.find(b"\n\r\n", start, end)
    lf = source.find(b"\n\n", start, end if crlf < 0 else crlf)
    if lf >= 0:
        return lf + 2
    return crlf + 3 if crlf >= 0 else -1


def header_of(data: bytes) -> bytes:
    """The header block of a whole message, its empty line included."""
    end = header_end(data, 0, len(data))
    return data if end < 0 else data[:end]
