"""8-bit content for a next hop without 8BITMIME: what a reader decodes stays the same."""

from __future__ import annotations

import email
import mmap
import re
import tracemalloc
from pathlib import Path

import pytest
from awkward import made

from posthouse.message import convert
from posthouse.message.convert import to_7bit

_LINE_END = re.compile(rb"\r\n|\r|\n")


def converted(data: bytes) -> bytes | None:
    result = to_7bit(data)
    return None if result is None else b"".join(result.pieces())


def decoded(data: bytes) -> list[tuple[str, bytes]]:
    """Each leaf's type and content, as another parser than ours reads them."""
    leaves = [part for part in email.message_from_bytes(data).walk() if not part.is_multipart()]
    return [(part.get_content_type(), _content(part.get_payload(decode=True))) for part in leaves]


def _is_read_alike(data: bytes) -> bool:
    """The other parser ends the header at the first line that is no field; ours, as most, passes over it."""
    return not email.message_from_bytes(data).defects


def _content(payload: object) -> bytes:
    """Line ends are those of the text, however they travel; the one at the end belongs to the boundary behind it."""
    assert isinstance(payload, bytes)
    return _LINE_END.sub(b"\n", payload).rstrip(b"\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: x\r\n\r\nhello\r\n", b"Subject: x\r\n\r\nhello\r\n"),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            b"Gr\xc3\xbc\xc3\x9fe\r\n",
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"Gr=C3=BC=C3=9Fe\r\n",
        ),
        (
            b"Content-Type: image/gif\r\n\r\nGIF\xff\xfe",
            b"Content-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG//4=",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            b"--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/plain\r\n\r\n\xe4\r\n--b--\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
            b"--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/plain\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n--b--\r\n",
        ),
        (
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            b"--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xe4\r\n--b--\r\n",
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
            b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n--b--\r\n",
        ),
        (b"\r\n" + b"x" * 998 + b"\r\n", b"\r\n" + b"x" * 998 + b"\r\n"),
        (
            b"\r\n" + b"x" * 999 + b"\r\n",
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            + b"x" * 75
            + (b"=\r\n" + b"x" * 75) * 12
            + b"=\r\n"
            + b"x" * 24
            + b"\r\n",
        ),
    ],
    ids=[
        "nothing to do",
        "text",
        "anything else",
        "only the part that needs it",
        "in a message within",
        "a long line",
        "too long a line",
    ],
)
def test_what_changes(before: bytes, after: bytes) -> None:
    """RFC 6152 §3, RFC 2045 §6: the encoding of the part, the word that says so, and no other byte."""
    assert converted(before) == after


@pytest.mark.parametrize(
    "data",
    [
        "Subject: Grüße\r\n\r\nhello\r\n".encode(),
        b"Content-Transfer-Encoding: base64\r\n\r\n\xff\xff\r\n",
        b"Content-Transfer-Encoding: x-uue\r\n\r\n\xff\xff\r\n",
        b"Content-Type: message/partial; id=a; number=1; total=2\r\n\r\n\xe4\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n\xe4\r\n",
    ],
    ids=[
        "a header field",
        "not as encoded as it says",
        "an unknown encoding",
        "a fragment",
        "a multipart without parts",
    ],
)
def test_what_cannot_be_done(data: bytes) -> None:
    """No field says how a header is encoded, and composite types must not be (RFC 2045 §6.4, RFC 2046 §5.2.2.1)."""
    assert converted(data) is None


@pytest.mark.parametrize("piece", [2, 3, 58, 1000])
def test_where_pieces_end_makes_no_difference(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader decodes is the same, whatever falls to a cut: a line end, a soft break, three octets of base64."""
    messages = {name: data for name, data in made().items() if len(data) < 20_000 and _is_read_alike(data)}
    whole = {name: converted(data) for name, data in messages.items()}
    monkeypatch.setattr(convert, "PIECE", piece)
    for name, data in messages.items():
        after, wanted = converted(data), whole[name]
        assert (after is None) == (wanted is None), name
        if after is not None and wanted is not None:
            assert decoded(after) == decoded(wanted), name


def test_memory_does_not_grow_with_the_message(tmp_path: Path) -> None:
    """A message of 24 MB in a mapped file: text and an attachment, found and made a piece at a time."""
    block = ("Grüße " * 12 + "\r\n").encode() * 1000
    with (tmp_path / "message").open("w+b") as file:
        file.write(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n")
        for kind in (b"text/plain", b"application/octet-stream"):
            file.write(b"\r\n--b\r\nContent-Type: " + kind + b"\r\n\r\n")
            file.writelines([block] * 120)
        file.write(b"\r\n--b--\r\n")
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            tracemalloc.start()
            try:
                result = to_7bit(data)
                assert result is not None
                assert sum(map(len, result.pieces())) > len(data)
                assert tracemalloc.get_traced_memory()[1] < 8_000_000
            finally:
                tracemalloc.stop()


def test_made_messages_read_the_same() -> None:
    """Whatever comes out is 7-bit, keeps what a reader decodes, and needs no second conversion."""
    changed = 0
    for name, data in made().items():
        after = converted(data)
        if after is None or not _is_read_alike(data):
            continue
        assert after.isascii(), name
        assert decoded(after) == decoded(data), name
        assert converted(after) == after, name
        changed += after != data
    assert changed > 20


def test_the_corpus_reads_the_same(corpus: dict[str, bytes]) -> None:
    """The same for messages from real life."""
    for name, data in corpus.items():
        data = _LINE_END.sub(b"\r\n", data.replace(b"\0", b""))
        after = converted(data)
        if after is None or not _is_read_alike(data):
            continue
        assert after.isascii(), name
        assert decoded(after) == decoded(data), name
