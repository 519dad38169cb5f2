"""BODY[…] and BINARY[…] of one message – RFC 9051 §6.4.5, §6.4.5.1, RFC 3516.

What is sent is a slice of the message, never a copy of a large one. A NUL in a plain literal would break the framing,
so it goes as 0x80 there (RFC 9051 §4.3.1 wants literal8 for it, which only BINARY has).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from posthouse.message.decode import decode_chunks, decode_part, decoded_size, decoder_for
from posthouse.protocols.imap.fetch import Binary, BinarySize, BodySection, response_name
from posthouse.protocols.imap.strings import literal_header
from posthouse.servers.sections import Loaded, cut, find_section, slices

DECODED_AT_ONCE = 1024 * 1024
"""A part up to this size is decoded in memory; a larger one piece by piece, twice: to count, and to send."""


def body_section(message: Loaded, item: BodySection) -> Iterator[bytes]:
    """`BODY[1.2] {…}…`, or NIL where there is no such section."""
    name = response_name(item)
    found = find_section(message, item.section, item.partial)
    if found is None:
        yield name + b" NIL"
        return
    data, start, end = found
    yield name + b" " + literal_header(end - start)
    for octets in slices(data, start, end):
        yield octets.replace(b"\0", b"\x80") if b"\0" in octets else octets


def require_known_encoding(message: Loaded, item: Binary | BinarySize) -> None:
    """Raises `UnknownEncoding`."""
    found = _encoded(message, item.part)
    if found is not None:
        decoder_for(found[2])


def binary(message: Loaded, item: Binary) -> Iterator[bytes]:
    """`BINARY[1] {…}…`, as literal8 where there is a NUL."""
    name = response_name(item)
    found = _encoded(message, item.part)
    if found is None:
        yield name + b" NIL"
        return
    start, end, encoding = found
    if end - start > DECODED_AT_ONCE:
        yield from _large_binary(message, item, start, end, encoding)
        return
    decoded = decode_part(message.data[start:end], encoding)
    first, last = cut(0, len(decoded), item.partial)
    decoded = decoded[first:last]
    yield name + b" " + literal_header(len(decoded), binary=b"\0" in decoded)
    yield decoded


def _large_binary(message: Loaded, item: Binary, start: int, end: int, encoding: str) -> Iterator[bytes]:
    first, last = cut(0, decoded_size(message.data, encoding, start, end), item.partial)
    yield response_name(item) + b" " + literal_header(last - first, binary=True)
    yield from _window(decode_chunks(message.data, start, end, encoding), first, last)


def binary_octets(message: Loaded, item: Binary) -> tuple[int, Iterator[bytes]] | None:
    """How many octets a part has without its encoding, and they themselves in pieces. Raises `UnknownEncoding`."""
    found = _encoded(message, item.part)
    if found is None:
        return None
    start, end, encoding = found
    first, last = cut(0, decoded_size(message.data, encoding, start, end), item.partial)
    return last - first, _window(decode_chunks(message.data, start, end, encoding), first, last)


def _window(chunks: Iterable[bytes], first: int, last: int) -> Iterator[bytes]:
    """Octets `first` to `last` of what the chunks are together."""
    at = 0
    for chunk in chunks:
        if at >= last:
            return
        piece = chunk[max(0, first - at) : last - at]
        at += len(chunk)
        if piece:
            yield piece


def binary_size(message: Loaded, item: BinarySize) -> bytes:
    """Of a part that is not there: 0, for the grammar has no NIL here."""
    found = _encoded(message, item.part)
    size = decoded_size(message.data, found[2], found[0], found[1]) if found else 0
    return b"%b %d" % (response_name(item), size)


def _encoded(message: Loaded, path: tuple[int, ...]) -> tuple[int, int, str] | None:
    """Offsets and transfer encoding. The whole message, multiparts and messages have none (RFC 2045 §6.4)."""
    part = message.find(path)
    if part is None:
        return None
    whole = part.is_message or part.type.startswith("multipart/")
    return part.start, part.end, "" if whole else part.encoding
