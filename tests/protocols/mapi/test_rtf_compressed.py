"""Compressed RTF, against published examples, there and back, and against anything. Clauses are of [MS-OXRTFCP]."""

from __future__ import annotations

import contextlib
import os
from struct import pack
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.rtf_compressed import compress_rtf, decompress_rtf, store_rtf

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

HELLO = rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
CROSSING = b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"

PUBLISHED = [
    (
        HELLO,
        "2D0000002B0000004C5A4675F1C5C7A703000A007263706731323542320AF32068656C090020627705B06C647D0A800FA0",
    ),
    (CROSSING, "1A0000001C0000004C5A4675E2D44B51410004205758595A0D6E7D010EB0"),
]


@pytest.mark.parametrize(("rtf", "compressed"), PUBLISHED)
def test_published_examples(rtf: bytes, compressed: str) -> None:
    """3.1 and 3.2: a reference may run over what it writes; the beginning of the ring is known."""
    assert decompress_rtf(bytes.fromhex(compressed)) == rtf


def test_stored() -> None:
    """2.1.3.1.4: what is not compressed has no checksum."""
    stored = bytes.fromhex("1B0000000F0000004D454C41000000007B5C727466315C616E73692068697D")
    assert decompress_rtf(stored) == rb"{\rtf1\ansi hi}"
    assert store_rtf(rb"{\rtf1\ansi hi}") == stored


GOOD = bytes.fromhex(PUBLISHED[0][1])


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        GOOD[:15],
        GOOD[:-1],
        GOOD[:8] + b"LZFx" + GOOD[12:],
        GOOD[:12] + bytes(4) + GOOD[16:],
        GOOD[:20] + b"\xff" + GOOD[21:],
        pack("<II", 12, 1 << 30) + b"MELA" + bytes(4),
    ],
    ids=["nothing", "no header", "cut", "unknown", "checksum", "damaged", "too large"],
)
def test_damaged(bad: bytes) -> None:
    """2.1.3.1.5: what is not whole, or has another checksum, is not read; nor is what promises too much."""
    with pytest.raises(BadSyntax):
        decompress_rtf(bad)


def test_limit() -> None:
    """No more comes out than the caller allows."""
    with pytest.raises(BadSyntax):
        decompress_rtf(compress_rtf(b"a" * 1000), 999)
    assert decompress_rtf(compress_rtf(b"a" * 1000), 1000) == b"a" * 1000


def test_saves_room() -> None:
    """Repeated words cost two bytes for up to 17, over more than one turn of the ring."""
    rtf = b"".join(rb"\pard\plain line %d of many\par " % n for n in range(2000))
    compressed = compress_rtf(rtf)
    assert len(compressed) < len(rtf) / 2
    assert decompress_rtf(compressed) == rtf


@MANY
@given(st.binary(max_size=3000) | st.text("ab\\{}", max_size=6000).map(str.encode))
def test_there_and_back(rtf: bytes) -> None:
    """Whatever is compressed or stored comes out as it was."""
    assert decompress_rtf(compress_rtf(rtf)) == rtf
    assert decompress_rtf(store_rtf(rtf)) == rtf


@MANY
@given(st.binary(max_size=300), st.integers(0, 5000))
def test_anything(content: bytes, raw: int) -> None:
    """Whatever comes is RTF of at most the size that it tells, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        decompress_rtf(content)
    checksum = crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF
    with contextlib.suppress(BadSyntax):
        assert len(decompress_rtf(pack("<II4sI", len(content) + 12, raw, b"LZFu", checksum) + content)) <= raw
