"""Bodies as mail carries them (RFC 2045 §6.7, §6.8), read by Python's own decoders."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.encode import LINE_BYTES, base64_lines, quoted_printable

BATCH = 800 * LINE_BYTES


@given(st.binary(max_size=500))
def test_base64_comes_in_lines_of_76_with_their_ends(data: bytes) -> None:
    lines = base64_lines(data)
    assert base64.b64decode(lines) == data
    assert lines == base64.encodebytes(data).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("size", [BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + LINE_BYTES])
def test_a_large_file_shows_no_seams(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert base64_lines(data[:size]) == base64.encodebytes(data[:size]).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_quoted_printable_ends_all_lines_alike(end: bytes) -> None:
    text = "Grüße aus der Poststube\n".encode() + b"\n" + b"x" * 200 + b"\n"
    encoded = quoted_printable(text.replace(b"\n", end))
    assert encoded.count(b"\n") == encoded.count(b"\r\n") == encoded.count(b"\r")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert quopri.decodestring(encoded.replace(b"\r\n", b"\n")) == text
