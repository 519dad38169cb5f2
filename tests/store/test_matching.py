"""Texts in messages: what is quick must say what is thorough."""

from __future__ import annotations

import base64
import quopri

from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.derive import derive
from posthouse.message.words import encode_header
from posthouse.store.comparators import fold
from posthouse.store.matching import Content, Needle, header_has

WORDS = st.text("aB cDéÉßöŽ日本ж\u0301", min_size=1, max_size=6)
CODECS = st.sampled_from(["utf-8", "iso-8859-1", "iso-8859-2", "utf-16", "iso-2022-jp", "koi8-r"])
ENCODINGS = {"8bit": bytes, "base64": base64.encodebytes, "quoted-printable": quopri.encodestring}


def content_of(data: bytes) -> Content:
    derived = derive(data)
    return Content(data, derived.header_size, derived.parts)


@given(WORDS, WORDS, WORDS, CODECS, st.sampled_from(sorted(ENCODINGS)))
def test_body_in_any_charset_and_encoding(before, needle, after, codec, encoding):
    """A text is found in a body whatever its charset and transfer encoding, in upper and lower case."""
    if encoding == "8bit" and codec == "utf-16":
        encoding = "base64"
    text = (before + needle + after).encode(codec, "ignore").decode(codec)
    head = f"Content-Type: text/plain; charset={codec}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    content = content_of(head + ENCODINGS[encoding](text.encode(codec)))
    visible = " ".join(text.split()) == text
    for spelt in (needle, needle.upper(), needle.lower()):
        if visible and fold(spelt) in fold(text):
            assert content.body_has(Needle(spelt))
            assert content.text_has(Needle(spelt))
    assert not content.body_has(Needle("not in there"))


@given(WORDS, WORDS)
def test_header_words(before, needle):
    """A text is found in a field, encoded or not, and not in other fields."""
    header = b"Subject: x\r\nTo: " + encode_header(before + needle) + b" <a@example.org>\r\n\r\n"
    text = before + needle
    if " ".join(text.split()) == text and fold(needle) in fold(text):
        assert header_has(header, b"to", Needle(needle.upper().lower()))
    assert not header_has(header, b"subject", Needle("example"))


def test_fold():
    """Case and composition do not matter."""
    assert fold("STRASSE") == fold("straße")
    assert fold("e\u0301") == fold("É")
    assert fold("ＡＢＣ") == "abc"
