"""BODYSTRUCTURE and BODY – RFC 9051 §7.5.2; for awkward MIME what Dovecot answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.message.derive import derive
from posthouse.message.structure import body_from_structure, part_of_structure

Read = Callable[[bytes], Any]

ASCII = ["charset", "us-ascii"]
NONE = [None, None, None, None]


def text(size: int, lines: int, subtype: str = "plain", params: list[str] | None = None) -> list[object]:
    return ["text", subtype, params or ASCII, None, None, "7bit", size, lines, *NONE]


def crlf(message: str) -> bytes:
    return message.encode().replace(b"\n", b"\r\n")


CASES: list[tuple[str, bytes, list[object]]] = [
    ("no header at all", b"\r\nhello\r\n", text(7, 1)),
    ("empty message", b"", text(0, 0)),
    ("header without an empty line", b"Subject: x\r\n", text(0, 0)),
    ("no final line end: it is not counted", b"A: b\r\n\r\none\r\ntwo", text(8, 1)),
    ("garbage for a type is plain text", b"Content-Type: ///;;=\r\n\r\nx", text(1, 0)),
    ("a type without subtype", b"Content-Type: text; charset=utf-8\r\n\r\nx", text(1, 0, params=["charset", "utf-8"])),
    ("an unknown type alone", b"Content-Type: wonderful\r\n\r\nx", text(1, 0)),
    ("spelling is kept, the charset of text is filled in", b"Content-Type: TEXT/Html; Format=flowed\r\n\r\nx",
     ["TEXT", "Html", ["Format", "flowed", *ASCII], None, None, "7bit", 1, 0, *NONE]),
    ("other types have no lines and no default charset",
     b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: BASE64\r\n\r\nAAAA\r\n",
     ["application", "pdf", None, None, None, "BASE64", 6, *NONE]),
    ("all fields and extensions",
     b"Content-Type: image/png; name=\"a \\\"b\\\".png\" (a comment); x=y\r\nContent-ID:  <1@x> \r\n"
     b"Content-Description: a\r\n picture\r\nContent-Transfer-Encoding: base64 (so)\r\nContent-MD5: Q2hlY2s=\r\n"
     b"Content-Disposition: ATTACHMENT; filename=a.png; size=3\r\nContent-Language: en, de\r\n"
     b"Content-Location: http://x.test/\r\n\r\nAAAA",
     ["image", "png", ["name", 'a "b".png', "x", "y"], "<1@x>", "a picture", "base64", 4, "Q2hlY2s=",
      ["ATTACHMENT", ["filename", "a.png", "size", "3"]], ["en", "de"], "http://x.test/"]),
    ("disposition without parameters, and garbage for one",
     b"Content-Disposition: inline\r\nContent-Language: ,\r\n\r\n",
     ["text", "plain", ASCII, None, None, "7bit", 0, 0, None, ["inline", None], None, None]),
    ("garbage disposition", b"Content-Disposition: ;;;\r\n\r\n", text(0, 0)),
    ("parameters without a semicolon between", b"Content-Type: text/plain charset=utf-8 format=flowed\r\n\r\n",
     text(0, 0, params=["charset", "utf-8", "format", "flowed"])),
    ("an open quote ends at the semicolon", b"Content-Type: image/x; a=\"b c; d=e\r\n\r\n",
     ["image", "x", ["a", "b c", "d", "e"], None, None, "7bit", 0, *NONE]),
    ("continuations are joined, RFC 2231 §3", b"Content-Type: image/x; n*0=\"a b\"; n*1=.png; c=d\r\n\r\n",
     ["image", "x", ["n", "a b.png", "c", "d"], None, None, "7bit", 0, *NONE]),
    ("with a charset they stay percent-encoded, §4.1",
     b"Content-Type: image/x; n*0*=utf-8''%e2; n*1=\"82 \"; n*2*=%ac\r\n\r\n",
     ["image", "x", ["n*", "utf-8''%e282%20%ac"], None, None, "7bit", 0, *NONE]),
    ("a continuation without its beginning", b"Content-Type: image/x; n*1=b; n*x=c\r\n\r\n",
     ["image", "x", ["n*1", "b", "n*x", "c"], None, None, "7bit", 0, *NONE]),
    ("raw UTF-8 in a parameter", "Content-Type: image/x; name=\"ciële.png\"\r\n\r\n".encode(),
     ["image", "x", ["name*", "utf-8''ci%C3%ABle.png"], None, None, "7bit", 0, *NONE]),
    ("multipart without a boundary is plain text", b"Content-Type: multipart/mixed\r\n\r\nhello\r\n", text(7, 1)),
    ("multipart whose boundary never comes has an empty part",
     b"Content-Type: multipart/mixed; boundary=b\r\n\r\nhello\r\n",
     [text(0, 0), "mixed", ["boundary", "b"], None, None, None]),
    ("a delimiter in the header's last line end",
     crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\n--b--"),
     [text(0, 0), "mixed", ["boundary", "b"], None, None, None]),
    ("parts without any line", crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--\n"),
     [text(0, 0), text(0, 0), "mixed", ["boundary", "b"], None, None, None]),
    ("no closing delimiter: the last part goes on to the end",
     crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n"),
     [text(3, 0), text(5, 1), "mixed", ["boundary", "b"], None, None, None]),
    ("the last line is a delimiter without line end",
     crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b"),
     [text(3, 0), text(0, 0), "mixed", ["boundary", "b"], None, None, None]),
    ("white space behind the boundary, bare line feeds",
     b"Content-Type: multipart/mixed; boundary=\"b \"\n\n--b  \n\none\n--b --\n",
     [text(3, 0), "mixed", ["boundary", "b "], None, None, None]),
    ("a delimiter is at the start of a line only",
     crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx --b\n --b\n--b--\n"),
     [text(11, 1), "mixed", ["boundary", "b"], None, None, None]),
    ("after the closing delimiter the boundary means nothing",
     crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n"),
     [text(3, 0), "mixed", ["boundary", "b"], None, None, None]),
    ("the inner boundary begins with the outer one",
     crlf("Content-Type: multipart/mixed; boundary=foo\n\n--foo\n"
          "Content-Type: multipart/alternative; boundary=foobar\n\n"
          "--foobar\n\none\n--foobar\n\ntwo\n--foobar--\n--foo\n\nthree\n--foo--\n"),
     [[text(3, 0), text(3, 0), "alternative", ["boundary", "foobar"], None, None, None], text(5, 0), "mixed",
      ["boundary", "foo"], None, None, None]),
    ("the outer boundary begins with the inner one",
     crlf("Content-Type: multipart/mixed; boundary=foobar\n\n--foobar\n"
          "Content-Type: multipart/alternative; boundary=foo\n\n"
          "--foo\n\none\n--foo--\n--foobar\n\nthree\n--foobar--\n"),
     [[text(3, 0), "alternative", ["boundary", "foo"], None, None, None], text(5, 0), "mixed",
      ["boundary", "foobar"], None, None, None]),
    ("an outer delimiter ends an inner multipart",
     crlf("Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n"
          "--o\n\ntwo\n--o--\n"),
     [[text(3, 0), "mixed", ["boundary", "i"], None, None, None], text(3, 0), "mixed", ["boundary", "o"], None, None,
      None]),
    ("a digest's parts are messages, RFC 2046 §5.1.5",
     crlf("Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
          "Subject: s\n\nx\n--b\nContent-Type: text/plain\n\ny\n--b--\n"),
     [["message", "rfc822", None, None, None, "7bit", 15, [None, "s", *[None] * 8], text(1, 0), 2, *NONE], text(1, 0),
      "digest", ["boundary", "b"], None, None, None]),
    ("a message in a message, with its envelope, body and lines",
     crlf("Content-Type: message/rfc822\n\n"
          "From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n"),
     ["message", "rfc822", None, None, None, "7bit", 80,
      [None, None, *[[[None, None, "a", "x.test"]]] * 3, *[None] * 5],
      [text(3, 0), "mixed", ["boundary", "b"], None, None, None], 7, *NONE]),
    ("message/global is one too, RFC 6532 §3.7", b"Content-Type: message/global\r\n\r\nSubject: s\r\n\r\nx",
     ["message", "global", None, None, None, "7bit", 15, [None, "s", *[None] * 8], text(1, 0), 2, *NONE]),
    ("other messages are not", b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n",
     ["message", "delivery-status", None, None, None, "7bit", 6, *NONE]),
]  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_structure(read_imap: Read, message: bytes, expected: list[object]) -> None:
    """Whatever the MIME is, the structure is well-formed and says what readers of the message will see."""
    assert read_imap(derive(message).structure) == expected


def without_extension(node: list[Any]) -> list[Any]:
    if isinstance(node[0], list):
        parts = [item for item in node if isinstance(item, list) and (isinstance(item[0], list) or len(item) > 7)]
        return [*map(without_extension, parts), node[len(parts)]]
    kind = f"{node[0]}/{node[1]}".lower()
    if kind in ("message/rfc822", "message/global"):
        return [*node[:8], without_extension(node[8]), node[9]]
    return node[:8] if kind.startswith("text/") else node[:7]


@pytest.mark.parametrize("message", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_body_is_structure_without_extension(read_imap: Read, message: bytes) -> None:
    """BODY has the same data without md5, disposition, language, location and a multipart's parameters."""
    structure = derive(message).structure
    assert read_imap(body_from_structure(structure)) == without_extension(read_imap(structure))


def test_rfc_example() -> None:
    """The example of RFC 3501 §7.4.2, to the byte but for the default charset's place."""
    message = b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n" + b"x" * 2183 + b"\r\n" * 48
    assert body_from_structure(derive(message).structure) == (
        b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 2279 48)'
    )


def test_long_strings_are_literals(read_imap: Read) -> None:
    """A client's line limit is not met by a string of many kilobytes."""
    derived = derive(b"Content-Description: " + b"long " * 2000 + b"\r\n\r\n")
    assert b"{9999}\r\nlong " in derived.structure
    assert read_imap(body_from_structure(derived.structure))[4] == ("long " * 2000).strip()


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ((), b'(("text" "plain"'),
        ((1,), b'("text" "plain"'),
        ((2,), b'("message" "rfc822"'),
        ((2, 1), b'("text" "html"'),
        ((2, 2), b'("image" "png"'),
        ((3,), b'("message" "rfc822"'),
        ((3, 1), b'("text" "csv"'),
        ((4,), None),
        ((1, 1), None),
        ((2, 3), None),
        ((3, 2), None),
        ((3, 1, 1), None),
    ],
)
def test_structure_of_a_part(path: tuple[int, ...], begins: bytes | None) -> None:
    """A part's structure is found by its number, also in messages within the message – RFC 9051 §6.4.5.1."""
    message = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a\r\n"
        b"Content-Type: message/rfc822\r\n\r\n"
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\r\n"
        b"--b\r\nContent-Type: image/png\r\n\r\n\r\n--b--\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n"
        b"Content-Type: text/csv\r\n\r\nx\r\n--a--\r\n"
    )
    found = part_of_structure(derive(message).structure, path)
    assert found is None if begins is None else found is not None and found.startswith(begins)
