"""Small builders for what the hub itself writes: fields folded at white space, message ids – RFC 5322 §2.1.1, §2.2.3.

Lines aim at 78 characters and never exceed 998: over-long ones break signatures on the way (fold before signing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from posthouse.message.words import encode_header

AIM = 78
LIMIT = 998

_NAME = re.compile(r"[!-9;-~]+")
_UNSAFE = re.compile(rb"[\r\n\0]+")
_SPACE = re.compile(rb"[ \t]+")


def make_field(name: str, value: str | bytes) -> bytes:
    """One field with its line ends. Text is encoded as RFC 2047 has it; bytes are structured already and stay."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a field name: {name!r}")
    data = encode_header(value) if isinstance(value, str) else value
    return fold_field(name.encode("ascii") + b": " + _UNSAFE.sub(b" ", data).strip())


def make_header(fields: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A header block without its empty line."""
    return b"".join([make_field(name, value) for name, value in fields])


def fold_field(line: bytes, aim: int = AIM) -> bytes:
    """An unfolded field (or one line of a folded one) → lines, with CRLF. Breaks come before white space only, which is
    kept: unfolding gives the same bytes. A word longer than a line stays whole up to LIMIT; beyond that it is cut, for
    nothing else helps."""
    if len(line) <= aim:
        return line + b"\r\n"
    lines: list[bytes] = []
    start = 0
    for here, there in pairwise((*_breaks(line), len(line))):
        if there - start > aim:
            lines.append(line[start:here])
            start = here
    lines.append(line[start:])
    return b"".join([piece + b"\r\n" for whole in lines for piece in _cut(whole)])


def _breaks(line: bytes) -> Iterator[int]:
    """Where white space begins between words; not behind the colon, nor at either end."""
    first = line.find(b":") + 2 if line[:1] not in (b" ", b"\t") else len(line) - len(line.lstrip())
    last = len(line.rstrip())
    return (found.start() for found in _SPACE.finditer(line, first) if first < found.start() < last)


def _cut(line: bytes) -> Iterable[bytes]:
    if len(line) <= LIMIT:
        return (line,)
    first, rest = line[:LIMIT], line[LIMIT:]
    return (first, *(b" " + rest[at : at + LIMIT - 1] for at in range(0, len(rest), LIMIT - 1)))


def make_message_id(unique: str, domain: str) -> str:
    """`unique` must be so, in time and among hosts: the caller has the clock and the randomness."""
    left = re.sub(r"[^A-Za-z0-9._=+-]", "", unique).strip(".")
    right = re.sub(r"[^A-Za-z0-9.:\[\]-]", "", domain) or "localhost"
    if not left:
        raise ValueError("a message id needs something unique")
    return f"<{left}@{right}>"
