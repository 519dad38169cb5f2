"""HTML ⇄ plain text ([MS-OXBBODY])."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.mapi.mime.html import html_of_text, text_of_html

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

SHOWN = [
    ("", ""),
    ("Hello", "Hello\r\n"),
    ("<p>One</p><p>Two</p>", "One\r\n\r\nTwo\r\n"),
    ("One<br>Two<br/>Three", "One\r\nTwo\r\nThree\r\n"),
    ("<div>One</div><div>Two</div>", "One\r\nTwo\r\n"),
    ("a\n  b\t<b>c</b>  d", "a b c d\r\n"),
    ("<pre>a\n  b</pre>c", "a\r\n  b\r\n\r\nc\r\n"),
    ("<ul><li>a<li>b</ul>", "* a\r\n* b\r\n"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\r\nc\r\n"),
    ("&lt;b&gt; &amp; &#228;&nbsp;x", "<b> & ä x\r\n"),
    ("<head><title>t</title></head><style>x{}</style><SCRIPT>a<b</SCRIPT>shown", "shown\r\n"),
    ("a<!-- <b>hidden</b> -->b", "ab\r\n"),
    ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\r\n"),
    ("a<br><br><br><br><br>b", "a\r\n\r\nb\r\n"),
    ("a<script>never closed", "a\r\n"),
    ("a<b never closed", "a\r\n"),
]


@pytest.mark.parametrize(("document", "text"), SHOWN)
def test_text_of_html(document: str, text: str) -> None:
    """Text is what a reader sees: blocks are lines, scripts and heads are not shown."""
    assert text_of_html(document) == text


def test_html_of_text() -> None:
    """HTML shows a text as it is: what would be markup is escaped, lines and spaces stay."""
    assert html_of_text("a <b>\r\n  c\td\r\n", whole=False) == ("<div>a &lt;b&gt;<br>\r\n&nbsp; c&nbsp; &nbsp; d</div>")
    assert html_of_text("a").startswith("<html>")


@MANY
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_there_and_back(word: str) -> None:
    """A line of text that was made HTML reads the same."""
    assert text_of_html(html_of_text(f"{word} {word}")) == f"{word} {word}\r\n"


@MANY
@given(st.text("<>/!-abprdivscript &;\n\"'", max_size=300))
def test_anything(document: str) -> None:
    """Whatever is called HTML has a text, all of whose line ends are CRLF."""
    assert "\n" not in text_of_html(document).replace("\r\n", "")
