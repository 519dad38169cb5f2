"""Texts of PDF documents: found like others, and a hostile one costs no more than it may."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.message.derive import derive
from posthouse.store.matching import Content, Needle
from posthouse.store.pdf_process import PdfProcess


def pdf(content: bytes, filters: bytes = b"") -> bytes:
    """One page that is drawn by `content`."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), filters, content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )


def written(text: bytes) -> bytes:
    return b"BT /F1 12 Tf 50 700 Td (%b) Tj ET" % text


HELLO = pdf(written(b"Hello saxophone"))


@pytest.fixture(scope="module")
def process() -> Iterator[PdfProcess]:
    process = PdfProcess()
    yield process
    process.close()


def test_a_text_is_read(process: PdfProcess) -> None:
    assert "Hello saxophone" in process.text(HELLO)
    assert "packed" in process.text(pdf(zlib.compress(written(b"packed")), b"/Filter /FlateDecode"))


@pytest.mark.parametrize(
    "hostile",
    [
        pdf(zlib.compress(bytes(600_000_000), 9), b"/Filter /FlateDecode"),
        pdf(zlib.compress(written(b"again ") * 400_000, 9), b"/Filter /FlateDecode"),
        HELLO[: len(HELLO) // 2],
        b"%PDF-1.4\n" + b"[" * 200_000,
        HELLO.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    ],
    ids=["swells to 600 MB", "draws for ever", "half of it", "nested", "a page tree that is a circle"],
)
def test_a_hostile_one_ends(process: PdfProcess, hostile: bytes) -> None:
    """With the text that it gave in its time, or without, and the next one is read as ever."""
    process.text(hostile)
    assert process.text(hostile) == process.text(hostile)
    assert "Hello saxophone" in process.text(HELLO)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(HELLO)), st.binary(max_size=20), st.integers(0, 40))
def test_any_damage(process: PdfProcess, at: int, more: bytes, less: int) -> None:
    assert isinstance(process.text(HELLO[:at] + more + HELLO[at + less :]), str)


def test_searches_look_into_it() -> None:
    """As an attachment with its own type, and as one whose type the sender did not know."""
    for kind in (b"application/pdf", b"application/octet-stream"):
        message = (
            b"Subject: x\r\nContent-Type: "
            + kind
            + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(HELLO)
        )
        derived = derive(message)
        content = Content(message, derived.header_size, derived.parts)
        assert content.text_has(Needle("hello SAXOPHONE"))
        assert content.body_has(Needle("saxophone"))
        assert not content.body_has(Needle("trumpet"))
        assert any("hello saxophone" in text.lower() for text in content.texts())
