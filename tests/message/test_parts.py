"""The part table: sections as slices – RFC 9051 §6.4.5.1."""

from __future__ import annotations

import pytest

from posthouse.message.derive import derive
from posthouse.message.parts import PartTable, load_parts
from posthouse.model.refusals import BadSyntax

# The example of RFC 9051 §6.4.5.1, with messages of our own
RFC_EXAMPLE = b"""Content-Type: multipart/mixed; boundary=A

--A
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: Quoted-Printable

part one
--A
Content-Type: application/octet-stream

part two
--A
Content-Type: message/rfc822

Subject: three
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/plain

3.1
--B
Content-Type: application/octet-stream

3.2
--B--
--A
Content-Type: multipart/mixed; boundary=C

--C
Content-Type: image/gif

4.1
--C
Content-Type: message/rfc822

Subject: four
Content-Type: multipart/mixed; boundary=D

--D
Content-Type: text/plain

4.2.1
--D
Content-Type: multipart/alternative; boundary=E

--E
Content-Type: text/plain

4.2.2.1
--E
Content-Type: text/richtext

4.2.2.2
--E--
--D--
--C--
--A--
""".replace(b"\n", b"\r\n")

EXPECTED = [
    ((1,), "text/plain"),
    ((2,), "application/octet-stream"),
    ((3,), "message/rfc822"),
    ((3, 1), "text/plain"),
    ((3, 2), "application/octet-stream"),
    ((4,), "multipart/mixed"),
    ((4, 1), "image/gif"),
    ((4, 2), "message/rfc822"),
    ((4, 2, 1), "text/plain"),
    ((4, 2, 2), "multipart/alternative"),
    ((4, 2, 2, 1), "text/plain"),
    ((4, 2, 2, 2), "text/richtext"),
]


def table_of(message: bytes) -> PartTable:
    return load_parts(derive(message).parts)


def section(message: bytes, path: tuple[int, ...], name: str = "") -> bytes | None:
    part = table_of(message).find(path)
    span = None if part is None else part.section(name)
    return None if span is None else message[span[0] : span[1]]


def test_numbering_of_the_rfc() -> None:
    """Every part has a number; a multipart directly within a message has none of its own."""
    assert [(part.path, part.type) for part in table_of(RFC_EXAMPLE) if part.path] == EXPECTED


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ((1,), "", b"part one"),
        (
            (1,),
            "MIME",
            b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n",
        ),
        ((1,), "HEADER", None),
        ((1,), "TEXT", None),
        ((3,), "MIME", b"Content-Type: message/rfc822\r\n\r\n"),
        ((3,), "HEADER", b"Subject: three\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"),
        ((3, 1), "", b"3.1"),
        ((3, 1), "MIME", b"Content-Type: text/plain\r\n\r\n"),
        ((4, 2), "HEADER", b"Subject: four\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n"),
        ((4, 2, 2, 1), "", b"4.2.2.1"),
        ((4, 2, 2, 2), "MIME", b"Content-Type: text/richtext\r\n\r\n"),
        ((5,), "", None),
        ((1, 1), "", None),
        ((), "MIME", None),
        ((), "HEADER", b"Content-Type: multipart/mixed; boundary=A\r\n\r\n"),
    ],
)
def test_sections(path: tuple[int, ...], name: str, expected: bytes | None) -> None:
    """A section is a slice of the message; what does not exist is None."""
    assert section(RFC_EXAMPLE, path, name) == expected


def test_text_follows_header() -> None:
    """HEADER and TEXT together are the message, at every level."""
    whole = section(RFC_EXAMPLE, (4, 2)) or b""
    assert whole.startswith(b"Subject: four")
    assert (section(RFC_EXAMPLE, (4, 2), "HEADER") or b"") + (section(RFC_EXAMPLE, (4, 2), "TEXT") or b"") == whole


def test_simple_message() -> None:
    """Section 1 of a message that is no multipart is its text, 1.MIME its header; its table is tiny."""
    message = b"Subject: s\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nbody\r\n"
    assert section(message, (1,)) == b"body\r\n"
    assert section(message, (1,), "MIME") == message[:-6]
    assert section(message, (), "TEXT") == b"body\r\n"
    assert section(message, (2,)) is None
    part = table_of(message).find((1,))
    assert part is not None
    assert (part.lines, part.encoding, part.charset, part.size) == (1, "7bit", "utf-8", 6)
    assert len(derive(message).parts) < 40


def test_message_in_the_message_itself() -> None:
    """The message is a message/rfc822: part 1 is the one inside, 1.1 its text."""
    message = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody"
    assert section(message, (1,)) == b"Subject: in\r\n\r\nbody"
    assert section(message, (1,), "HEADER") == b"Subject: in\r\n\r\n"
    assert section(message, (1, 1)) == b"body"
    assert section(message, (1, 1), "MIME") == b"Subject: in\r\n\r\n"


def test_empty_multipart_has_the_part_its_structure_shows() -> None:
    """Every part of BODYSTRUCTURE can be fetched."""
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing"
    assert section(message, (1,)) == b""


@pytest.mark.parametrize("parts", [b"", b"nonsense", b"1 2 3", b"0 0 0 multipart/mixed 7bit -", b"\xff" * 9])
def test_not_a_table(parts: bytes) -> None:
    """What is no part table is refused, never half read."""
    with pytest.raises(BadSyntax):
        load_parts(parts)
