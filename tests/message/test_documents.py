"""The text of office documents, and archives that are made to hurt."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from posthouse.message.documents import MAX_MEMBERS, MAX_TEXT, document_texts, is_archive, is_pdf, may_be_document


def archive(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in members:
            made.writestr(name, data)
    return file.getvalue()


WORD = archive(
    ("[Content_Types].xml", b"<Types>not shown</Types>"),
    ("word/document.xml", "<w:p><w:r>Gr\u00fc</w:r><w:r>\u00dfe</w:r></w:p><w:p>R&amp;D</w:p>".encode()),
    ("word/footer1.xml", b"<w:p>Page</w:p>"),
)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (WORD, ["Gr\u00fc\u00dfe R&D ", "Page "]),
        (archive(("xl/sharedStrings.xml", b"<si><t>one</t></si><si><t>two</t></si>")), ["one two "]),
        (archive(("ppt/slides/slide12.xml", b"<a:p>slide</a:p>")), ["slide "]),
        (archive(("content.xml", b"<text:p>odt</text:p>")), ["odt "]),
        (archive(("other.xml", b"<p>no</p>")), []),
        (WORD[:200], []),
        (b"PK\x03\x04", []),
        (b"no archive", []),
    ],
)
def test_texts(data: bytes, shown: list[str]) -> None:
    """What a reader sees, paragraphs parted by spaces; nothing of what is damaged."""
    assert list(document_texts(data)) == shown


def test_bounds() -> None:
    """A bomb gives no more than is allowed, and what would cost memory to open is not opened."""
    bomb = archive(*[(f"ppt/slides/slide{number}.xml", b"x" * 3_000_000) for number in range(5)])
    assert len(bomb) < 30_000
    assert sum(map(len, document_texts(bomb))) == MAX_TEXT
    many = archive(*[("content.xml" if number == 0 else str(number), b"a") for number in range(MAX_MEMBERS + 1)])
    assert list(document_texts(many)) == []
    assert list(document_texts(archive(("content.xml", b"a"), compression=zipfile.ZIP_LZMA))) == []


@pytest.mark.fuzz
def test_damaged() -> None:
    """Any damage gives some text or none, and never a fault."""
    chance = random.Random(1)
    for _ in range(2000):
        data = bytearray(WORD)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert sum(map(len, document_texts(bytes(data)))) <= MAX_TEXT


def test_kinds() -> None:
    """By type and by the first bytes."""
    assert may_be_document("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    assert may_be_document("application/vnd.oasis.opendocument.text")
    assert may_be_document("application/octet-stream")
    assert may_be_document("application/pdf")
    assert not may_be_document("application/pdfx")
    assert is_pdf(b"\r\n%PDF-1.7")
    assert not is_pdf(WORD)
    assert is_archive(WORD)
    assert not is_archive(b"%PDF-1.7")
