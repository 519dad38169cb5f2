"""8-bit content for a next hop without 8BITMIME: what a reader decodes stays the same."""

from __future__ import annotations

import email
import re

import pytest
from awkward import made

from posthouse.message.convert import to_7bit

_LINE_END = re.compile(rb"\r\n|\r|\n")


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
    ],
    ids=["nothing to do", "text", "anything else", "only the part that needs it"],
)
def test_what_changes(before: bytes, after: bytes) -> None:
    """RFC 6152 §3, RFC 2045 §6: the encoding of the part, the word that says so, and no other byte."""
    assert to_7bit(before) == after


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
    assert to_7bit(data) is None


def test_made_messages_read_the_same() -> None:
    """Whatever comes out is 7-bit, keeps what a reader decodes, and needs no second conversion."""
    changed = 0
    for name, data in made().items():
        after = to_7bit(data)
        if after is None or not _is_read_alike(data):
            continue
        assert after.isascii(), name
        assert decoded(after) == decoded(data), name
        assert to_7bit(after) == after, name
        changed += after != data
    assert changed > 20


def test_the_corpus_reads_the_same(corpus: dict[str, bytes]) -> None:
    """The same for messages from real life."""
    for name, data in corpus.items():
        data = _LINE_END.sub(b"\r\n", data.replace(b"\0", b""))
        after = to_7bit(data)
        if after is None or not _is_read_alike(data):
            continue
        assert after.isascii(), name
        assert decoded(after) == decoded(data), name
