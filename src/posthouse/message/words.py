"""Encoded words in header fields – RFC 2047, RFC 2231 §5.

encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="     ; at most 75 characters
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from posthouse.message.charsets import guess_text, is_known, to_text
from posthouse.message.headers import unfold

_WORD = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What a Q word may hold as it is, also within a phrase (RFC 2047 §5 (3))."""
_Q = ["_" if byte == 32 else chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in range(256)]
_WORD_LENGTH = 75


def decode_header(value: bytes) -> str:
    """A field's value → text for people: unfolded, encoded words decoded, unlabelled 8-bit guessed. Never fails; a
    word in an unknown charset is decoded as far as it is ASCII."""
    value = unfold(value)
    if value.find(b"=?") < 0:
        return value.decode("ascii") if value.isascii() else guess_text(value)
    return "".join(_pieces(value))


def _pieces(value: bytes) -> Iterator[str]:
    """Neighbouring words are joined before they are decoded: real mailers split characters between words."""
    at = 0
    pending: list[bytes] = []
    charset = ""
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        this = word[1].partition(b"*")[0].decode("ascii", "replace").lower()
        joins = bool(charset) and not between.strip()
        if charset and not (joins and this == charset):
            yield _decoded(b"".join(pending), charset)
            pending = []
        if not joins and between:
            yield guess_text(between)
        pending.append(_word_bytes(word[2], word[3]))
        charset = this
        at = word.end()
    if charset:
        yield _decoded(b"".join(pending), charset)
    if at < len(value):
        yield guess_text(value[at:])


def _word_bytes(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    return tolerant_base64(text)


def _decoded(data: bytes, charset: str) -> str:
    text = to_text(data, charset) if is_known(charset) else data.decode("ascii", "replace")
    return text.translate(_BREAKS)


_BREAKS = {0: " ", 10: " ", 13: " "}


def tolerant_base64(text: bytes) -> bytes:
    """Base64 of any quality: strange characters are passed over, padding may be missing, the first padding ends it."""
    end = text.find(b"=")
    if end >= 0:
        text = text[:end]
    text = text.translate(None, _NOT_BASE64)
    rest = len(text) & 3
    if rest == 1:
        text = text[:-1]
    return binascii.a2b_base64(text + b"==" if rest == 2 else text + b"=" if rest == 3 else text)


def encode_word(text: str, charset: str = "utf-8") -> bytes:
    """Text → one or more encoded words, parted by single spaces; characters are never split."""
    budget = _WORD_LENGTH - len(charset) - 7
    data = [char.encode(charset, "replace") for char in text]
    return b" ".join(_encode_bytes(data, charset, budget))


def encode_unknown(data: bytes) -> bytes:
    """Bytes of an unknown charset → encoded words that keep them (`unknown-8bit`, RFC 1428 §3)."""
    return b" ".join(_encode_bytes([bytes([byte]) for byte in data], "unknown-8bit", _WORD_LENGTH - 19))


def _encode_bytes(chars: list[bytes], charset: str, budget: int) -> Iterator[bytes]:
    as_q = sum(1 for char in chars if char[0] in _PLAIN or char == b" ") * 2 >= len(chars)
    pieces: list[bytes] = []
    used = 0
    for char in chars:
        size = sum(len(_Q[byte]) for byte in char) if as_q else len(char)
        if pieces and used + size > (budget if as_q else budget // 4 * 3):
            yield _format_word(b"".join(pieces), charset, as_q)
            pieces, used = [], 0
        pieces.append(char)
        used += size
    if pieces:
        yield _format_word(b"".join(pieces), charset, as_q)


def _format_word(data: bytes, charset: str, as_q: bool) -> bytes:
    if as_q:
        return f"=?{charset}?Q?{''.join([_Q[byte] for byte in data])}?=".encode("ascii")
    return b"=?%b?B?%b?=" % (charset.encode("ascii"), binascii.b2a_base64(data, newline=False))


def encode_header(text: str) -> bytes:
    """Text → a header value in ASCII: words that need it become encoded words, the others stay readable."""
    return seven_bit(text.translate(_BREAKS).encode("utf-8", "replace"))


def seven_bit(value: bytes) -> bytes:
    """A one-line value in 7 bits: runs of words with 8-bit bytes become encoded words, everything else stays. Words
    that are encoded already are not encoded again."""
    if value.isascii():
        return value
    words = value.split(b" ")
    done: list[bytes] = []
    run: list[bytes] = []
    for word in words:
        if word.isascii() and not (run and not word):
            if run:
                done.append(_seven_bit_run(run))
                run = []
            done.append(word)
        else:
            run.append(word)
    if run:
        done.append(_seven_bit_run(run))
    return b" ".join(done)


def _seven_bit_run(words: list[bytes]) -> bytes:
    """Spaces between the words of a run are within the encoded words, for those between them are not shown."""
    spaces = 0
    while not words[-1]:
        words.pop()
        spaces += 1
    data = b" ".join(words)
    try:
        encoded = encode_word(data.decode("utf-8"))
    except UnicodeDecodeError:
        encoded = encode_unknown(data)
    return encoded + b" " * spaces
