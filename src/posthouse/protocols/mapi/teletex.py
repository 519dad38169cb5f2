"""T.61, the character set of teletex (CP_TELETEX, 20261), as a codec of Python's.

An accent is a byte before its letter. Where T.61 differs from ASCII within ASCII, this is ASCII, as everywhere in
practice.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import Any

NAME = "teletex"
_SINGLE = {
    **dict(zip(b"\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xab", "¡¢£$¥#§¤«", strict=True)),
    **dict(zip(range(0xB0, 0xB9), "°±²³×µ¶·÷", strict=True)),
    **dict(zip(range(0xBB, 0xC0), "»¼½¾¿", strict=True)),
    **dict(zip(b"\xe0\xe1\xe2\xe3\xe4\xe6\xe7\xe8\xe9\xea\xeb\xec\xed\xee\xef", "ΩÆÐªĦĲĿŁØŒºÞŦŊŉ", strict=True)),
    **dict(zip(range(0xF0, 0xFF), "ĸæđðħıĳŀłøœßþŧŋ", strict=True)),
}
_ACCENTS = dict(
    zip(
        b"\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xca\xcb\xcd\xce\xcf",
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u0327\u030b\u0328\u030c",
        strict=True,
    )
)
_BYTES = {char: byte for byte, char in {**_SINGLE, **_ACCENTS}.items() if not char.isascii()} | {"Đ": 0xE2}


def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    """What T.61 does not have, is a question mark, or an error when errors are strict."""
    out = bytearray()
    for at, char in enumerate(text):
        found = _encode(char)
        if found is None and errors == "strict":
            raise UnicodeEncodeError(NAME, text, at, at + 1, "not in T.61")
        out += b"?" if found is None else found
    return bytes(out), len(text)


def _encode(char: str) -> bytes | None:
    if char.isascii():
        return char.encode()
    if char in _BYTES:
        return bytes([_BYTES[char]])
    whole = unicodedata.normalize("NFD", char)
    base, accents = whole[0], whole[1:]
    if not accents or not base.isascii() or any(accent not in _BYTES for accent in accents):
        return None
    return bytes(_BYTES[accent] for accent in accents) + base.encode()


def decode(data: Any, errors: str = "strict") -> tuple[str, int]:
    """Bytes that there are not are U+FFFD, or an error when errors are strict."""
    data = bytes(data)
    out, accents = list[str](), ""
    for at, byte in enumerate(data):
        if byte in _ACCENTS:
            accents += _ACCENTS[byte]
            continue
        char = chr(byte) if byte < 0x80 else _SINGLE.get(byte)
        if char is None and errors == "strict":
            raise UnicodeDecodeError(NAME, data, at, at + 1, "not in T.61")
        out.append(char or "\ufffd")
        out.append(accents)
        accents = ""
    return unicodedata.normalize("NFC", "".join(out) + accents), len(data)


def find(name: str) -> codecs.CodecInfo | None:
    """For `codecs.register`."""
    return codecs.CodecInfo(encode, decode, name=NAME) if name == NAME else None
