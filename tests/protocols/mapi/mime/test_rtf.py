"""RTF and what is within it ([MS-OXRTFEX]), and bodies in all forms ([MS-OXBBODY]).

Statements are those of [MS-OXCMSG].
"""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.bodies import HTML, PLAIN, RTF, html_body, native_body, plain_body, rtf_body
from posthouse.protocols.mapi.mime.rtf import Within, origin_of, text_within
from posthouse.protocols.mapi.mime.rtf_writer import rtf_of_html, rtf_of_text
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.rtf_compressed import decompress_rtf, store_rtf

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

OUTLOOK = rb"""{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl
{\f0\fswiss Arial;}
{\f1\fmodern\fcharset204 Courier New;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag18 <html>}
{\*\htmltag50 <body>}\htmlrtf \lang1033 \htmlrtf0
{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0
Note the line break: a{\*\htmltag116 <br>}\htmlrtf \line
\htmlrtf0 b {\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 \'e4\u8364 ?{\f1 \'e4}\lquote q\rquote
{\*\mhtmltag84 <a href="x">}{\*\htmltag84 \par <a href="cid:1">}1 \{\\\} 2{\*\htmltag92 </a>}
\htmlrtf\par}\htmlrtf0
{\*\htmltag72 </p>}
{\*\htmltag58 </body>}
{\*\htmltag27 </html>}}"""


def test_html_within() -> None:
    """Markup goes over, what is for RTF alone does not, and characters are those of their font (2.1.3.1)."""
    assert origin_of(OUTLOOK) is Within.HTML
    assert text_within(OUTLOOK) == (
        '<html><body><p>Note the line break: a<br>b &nbsp;ä€д‘q’\r\n<a href="cid:1">1 {\\} 2</a></p></body></html>'
    )


@pytest.mark.parametrize(
    ("rtf", "origin", "text"),
    [
        (rb"{\rtf1\ansi\fromtext \deff0{\fonttbl{\f0 Arial;}}a\par b\tab c}", Within.TEXT, "a\r\nb\tc"),
        (
            rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\author x}}{\b bold} text{\*\unknown y}",
            Within.NOTHING,
            "bold text",
        ),
        (rb"{\rtf1\ansi\ansicpg932 \'93\'fa\'96\'7b}", Within.NOTHING, "日本"),
        (rb"{\rtf1\uc2 \u-10179 ab\u-8694 cd!}", Within.NOTHING, "😊!"),
        (rb"{\rtf1 a\u228\'e4b}", Within.NOTHING, "aäb"),
        (rb"{\rtf1 a\bin4 {}{}b}", Within.NOTHING, "ab"),
        (rb"{\rtf1 a{b{c", Within.NOTHING, "abc"),
        (rb"{\rtf1}}}}b", Within.NOTHING, "b"),
    ],
)
def test_text_within(rtf: bytes, origin: Within, text: str) -> None:
    """Text is text: without tables, pictures and what nobody knows; code pages, \\u and its substitutes."""
    assert origin_of(rtf) is origin
    assert text_within(rtf) == text


def test_no_rtf() -> None:
    """What does not begin like RTF is none."""
    with pytest.raises(BadSyntax):
        text_within(b"Hello")


LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=60)
TEXTS = st.lists(LINES, max_size=5).map("\r\n".join)
MARKUP = st.text("<>/!-?ab &;#x\t{}\\ä\"'pbrscripttyle", max_size=200)


@MANY
@given(TEXTS | MARKUP)
def test_html_there_and_back(document: str) -> None:
    """HTML that was made RTF can be had again, character by character."""
    rtf = rtf_of_html(document)
    assert rtf.isascii()
    assert text_within(rtf) == document


@MANY
@given(TEXTS)
def test_text_there_and_back(text: str) -> None:
    """So can text."""
    assert text_within(rtf_of_text(text)) == text


@pytest.mark.fuzz
@MANY
@given(st.binary(max_size=300), st.integers(0, len(OUTLOOK)), st.binary(max_size=50))
def test_anything(rest: bytes, cut: int, more: bytes) -> None:
    """Whatever comes is text, or no RTF."""
    for data in (rest, rb"{\rtf1\fromhtml1 " + rest, OUTLOOK[:cut] + more):
        with contextlib.suppress(BadSyntax):
            text_within(data).encode("utf-8")


# Bodies
def body(**forms: object) -> Properties:
    properties: Properties = {}
    for name, value in forms.items():
        set_value(properties, getattr(tags, f"PidTag{name}"), value)
    return properties


def test_forms_of_html() -> None:
    """Who has HTML has text without its markup, and RTF that holds it."""
    properties = body(Html="<p>ä</p>".encode(), InternetCodepage=65001)
    assert native_body(properties) == HTML
    assert plain_body(properties) == "ä\r\n"
    assert text_within(decompress_rtf(rtf_body(properties) or b"")) == "<p>ä</p>"


def test_forms_of_text() -> None:
    """Who has text has HTML that shows it, and RTF that holds it."""
    properties = body(Body="a < b\r\n")
    assert native_body(properties) == PLAIN
    assert "a &lt; b" in (html_body(properties) or "")
    assert text_within(decompress_rtf(rtf_body(properties) or b"")) == "a < b\r\n"


def test_forms_of_rtf() -> None:
    """R2066: who has RTF has what is within it."""
    of_html = body(RtfCompressed=store_rtf(rb"{\rtf1\fromhtml1 {\*\htmltag <b>}a{\*\htmltag </b>}}"), RtfInSync=True)
    assert native_body(of_html) == RTF
    assert html_body(of_html) == "<b>a</b>"
    assert plain_body(of_html) == "a\r\n"
    of_text = body(RtfCompressed=store_rtf(rb"{\rtf1\fromtext a<b}"))
    assert plain_body(of_text) == "a<b"
    assert "a&lt;b" in (html_body(of_text) or "")


@pytest.mark.parametrize(
    ("forms", "native"),
    [
        ({}, 0),
        ({"Body": "a", "Html": b"a"}, HTML),
        ({"Body": "a", "Html": b"a", "NativeBody": PLAIN}, PLAIN),
        ({"Body": "a", "NativeBody": HTML}, PLAIN),
        ({"Body": "a", "RtfCompressed": b"", "RtfInSync": True}, RTF),
        ({"Body": "a", "RtfCompressed": b"", "RtfInSync": False}, PLAIN),
    ],
)
def test_native(forms: dict[str, object], native: int) -> None:
    """R2056 to R2061, R2068: the richest form that is true is the original ([MS-OXBBODY] 2.1)."""
    assert native_body(body(**forms)) == native


def test_broken_rtf() -> None:
    """RTF that cannot be read is no body, and no error."""
    properties = body(RtfCompressed=b"broken")
    assert (plain_body(properties), html_body(properties), rtf_body(properties)) == (None, None, b"broken")


def test_code_page() -> None:
    """HTML is in the code page that the message tells, else in that of the document (R2070)."""
    assert html_body(body(Html=b"\xe4", InternetCodepage=1251)) == "д"
    assert html_body(body(Html=b'<meta charset="windows-1251">\xe4')) == '<meta charset="windows-1251">д'
