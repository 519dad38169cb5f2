"""Content-Transfer-Encoding, undone – RFC 2045 §6; for IMAP BINARY (RFC 9051 §6.4.5), previews and searches.

Tolerant: strange characters in base64 are passed over, missing padding is added, quoted-printable that is none stays as
it is. A part is decoded as a whole, or chunk by chunk with the same outcome.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Protocol

from posthouse.message.source import Data
from posthouse.model.refusals import BadSyntax

IDENTITY = frozenset(("7bit", "8bit", "binary", ""))
KNOWN_ENCODINGS = IDENTITY | {"base64", "quoted-printable"}
CHUNK = 256 * 1024

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_TRAILING_SPACE = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n|\Z)")
_LONGEST_LINE = 64 * 1024


class UnknownEncoding(BadSyntax):
    """IMAP answers `NO [UNKNOWN-CTE]`."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"a known content-transfer-encoding instead of {encoding[:40]!r}")


class Decoder(Protocol):
    def feed(self, data: bytes) -> bytes: ...
    def close(self) -> bytes:
        """What is left at the end."""
        ...


class Identity:
    __slots__ = ()

    def feed(self, data: bytes) -> bytes:
        return data

    def close(self) -> bytes:
        return b""


class Base64:
    __slots__ = ("_done", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._done = False

    def feed(self, data: bytes) -> bytes:
        if self._done:
            return b""
        data = self._rest + data.translate(None, _NOT_BASE64)
        padding = data.find(b"=")
        if padding >= 0:  # what follows the padding is no part of it (RFC 2045 §6.8)
            self._done = True
            self._rest = b""
            return _pad(data[:padding])
        whole = len(data) & ~3
        self._rest = data[whole:]
        return binascii.a2b_base64(data[:whole])

    def close(self) -> bytes:
        rest, self._rest = self._rest, b""
        return _pad(rest)


def _pad(data: bytes) -> bytes:
    over = len(data) & 3
    if over == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) & 3))


class QuotedPrintable:
    """Holds back the last line, for its white space may be trailing and its `=` may be a soft break."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        if not end and len(data) > _LONGEST_LINE:
            end = _safe_end(data)
        self._rest = data[end:]
        return _unquote(data[:end])

    def close(self) -> bytes:
        rest, self._rest = self._rest, b""
        return _unquote(rest)


def _safe_end(data: bytes) -> int:
    """Of a very long line: before a `=` that may not be whole yet, and before white space that may be trailing."""
    equals = data.rfind(b"=", len(data) - 3)
    kept = data if equals < 0 else data[:equals]
    return len(kept.rstrip(b" \t\r")) or len(data)


def _unquote(data: bytes) -> bytes:
    return binascii.a2b_qp(_TRAILING_SPACE.sub(b"", data))


def decoder_for(encoding: str) -> Decoder:
    """Raises UnknownEncoding."""
    encoding = encoding.lower()
    if encoding in IDENTITY:
        return Identity()
    if encoding == "base64":
        return Base64()
    if encoding == "quoted-printable":
        return QuotedPrintable()
    raise UnknownEncoding(encoding)


def decode_part(data: bytes, encoding: str) -> bytes:
    """The whole of a part's body. Raises UnknownEncoding."""
    decoder = decoder_for(encoding)
    return decoder.feed(data) + decoder.close()


def decode_lenient(data: bytes, encoding: str) -> bytes:
    """For readers and searches: an unknown encoding is none."""
    return decode_part(data, encoding) if encoding in KNOWN_ENCODINGS else data


def decode_chunks(data: Data, start: int, end: int, encoding: str, chunk: int = CHUNK) -> Iterator[bytes]:
    """`data[start:end]` decoded piece by piece, without ever holding all of it. Raises UnknownEncoding."""
    decoder = decoder_for(encoding)
    for at in range(start, end, chunk):
        yield decoder.feed(bytes(data[at : min(at + chunk, end)]))
    yield decoder.close()


def decoded_size(data: Data, encoding: str, start: int = 0, end: int | None = None) -> int:
    """BINARY.SIZE: as many as `decode_part` gives. Raises UnknownEncoding."""
    stop = len(data) if end is None else end
    if encoding.lower() in IDENTITY:
        return stop - start
    return sum(map(len, decode_chunks(data, start, stop, encoding)))
