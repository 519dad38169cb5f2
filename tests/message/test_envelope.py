"""ENVELOPE – RFC 9051 §7.5.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.message.derive import derive
from posthouse.message.envelope import format_list

Read = Callable[[bytes], Any]


def test_rfc_example() -> None:
    """The example of RFC 3501 §8, to the byte."""
    message = (
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
        b"From: Terry Gray <gray@cac.washington.edu>\r\n"
        b"Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
        b"To: imap@cac.washington.edu\r\n"
        b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
        b"Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"
    )
    assert derive(message).envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" '
        b'(("Terry Gray" NIL "gray" "cac.washington.edu")) '
        b'(("Terry Gray" NIL "gray" "cac.washington.edu")) '
        b'(("Terry Gray" NIL "gray" "cac.washington.edu")) '
        b'((NIL NIL "imap" "cac.washington.edu")) '
        b'((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL '
        b'"<B27397-0100000@cac.washington.edu>")'
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # absent: NIL; present but empty: the empty string, and NIL for addresses
        (b"", [None] * 10),
        (b"Subject:\r\nTo:\r\nMessage-ID: \r\n", [None, "", *[None] * 7, ""]),
        # unfolding takes away the line end alone (RFC 5322 §2.2.3)
        (b"Subject: one\r\n two\r\n\tthree\r\n", [None, "one two\tthree", *[None] * 8]),
        # white space before the colon is obsolete, not wrong (RFC 5322 §4.5)
        (b"Subject  : x\r\n", [None, "x", *[None] * 8]),
        # of two fields the first counts
        (b"Subject: one\r\nSubject: two\r\n", [None, "one", *[None] * 8]),
        # quotes and backslashes are escaped, bare CR and NUL become spaces
        (b'Subject: a "b" \\c\rd\0e\r\n', [None, 'a "b" \\c d e', *[None] * 8]),
        # no final line end, bare line feeds
        (b"Subject: x\nDate: y", ["y", "x", *[None] * 8]),
        # raw UTF-8 is encoded, what is ASCII stays readable, what is encoded stays encoded
        ("Subject: Grüße =?utf-8?Q?=C3=A9?= an alle\r\n".encode(),
         [None, "=?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?Q?=C3=A9?= an alle", *[None] * 8]),
        # other 8-bit bytes are kept in an encoded word of unknown charset (RFC 1428)
        (b"Subject: caf\xe9\r\n", [None, "=?unknown-8bit?Q?caf=E9?=", *[None] * 8]),
    ],
)  # fmt: skip
def test_fields(read_imap: Read, header: bytes, expected: list[object]) -> None:
    """Strings of the envelope are the unfolded values of their fields, in 7 bits."""
    assert read_imap(derive(header).envelope) == expected


def test_sender_and_reply_to_default_to_from(read_imap: Read) -> None:
    """RFC 9051 §7.5.2: absent or empty, they are the same as From."""
    me = [[None, None, "a", "example.org"]]
    other = [[None, None, "b", "example.org"]]
    envelope = read_imap(derive(b"From: a@example.org\r\nSender: \r\nReply-To: b@example.org\r\n\r\n").envelope)
    assert envelope[2:5] == [me, me, other]


def test_repeated_address_fields_are_joined(read_imap: Read) -> None:
    """A message may not have two To fields, but nobody in them is lost."""
    envelope = read_imap(derive(b"To: a@x.test\r\nTo: b@x.test\r\n\r\n").envelope)
    assert envelope[5] == [[None, None, "a", "x.test"], [None, None, "b", "x.test"]]


MISSING = "MISSING_DOMAIN"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a@example.org", [[None, None, "a", "example.org"]]),
        (b"<a@example.org>", [[None, None, "a", "example.org"]]),
        (b"A B <a@example.org>", [["A B", None, "a", "example.org"]]),
        (b'"A, B" <a@example.org> , c@d.test', [["A, B", None, "a", "example.org"], [None, None, "c", "d.test"]]),
        (b'"A \\"B\\" \\\\C" <a@example.org>', [['A "B" \\C', None, "a", "example.org"]]),
        (b"J. Q. Public <a@example.org>", [["J. Q. Public", None, "a", "example.org"]]),
        (b"=?utf-8?Q?J=C3=B6rg?= <a@example.org>", [["=?utf-8?Q?J=C3=B6rg?=", None, "a", "example.org"]]),
        # comments: the name before RFC 822, nested, within the address
        (b"a@example.org (A (the) B)", [["A (the) B", None, "a", "example.org"]]),
        (b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [["Pete", None, "pete", "silly.test"]]),
        (b"John Doe <jdoe@machine(comment).  example>", [["John Doe", None, "jdoe", "machine.example"]]),
        # groups, RFC 5322 §A.1.3
        (b"A Group:Ed Jones <c@a.test>,joe@where.test;",
         [[None, None, "A Group", None], ["Ed Jones", None, "c", "a.test"], [None, None, "joe", "where.test"],
          [None, None, None, None]]),
        (b"Undisclosed recipients:;", [[None, None, "Undisclosed recipients", None], [None, None, None, None]]),
        (b"x@y.test, g: a@b.test", [[None, None, "x", "y.test"], [None, None, "g", None], [None, None, "a", "b.test"],
                                    [None, None, None, None]]),
        # routes, RFC 5322 §4.4
        (b"Mary <@node.test,@two.test:mary@example.net>", [["Mary", "@node.test,@two.test", "mary", "example.net"]]),
        # literals, quoted local parts
        (b"a@[192.0.2.1]", [[None, None, "a", "[192.0.2.1]"]]),
        (b'"a b"@example.org', [[None, None, "a b", "example.org"]]),
        # what is missing gets a name, for NIL would mean a group
        (b"root", [[None, None, "root", MISSING]]),
        (b"nsb (Nathaniel)", [["Nathaniel", None, "nsb", MISSING]]),
        (b"undisclosed recipients", [["undisclosed recipients", None, "MISSING_MAILBOX", MISSING]]),
        (b"Nobody <>", [["Nobody", None, "MISSING_MAILBOX", MISSING]]),
        # broken in the ways that are seen
        (b"A B a@example.org", [["A B", None, "a", "example.org"]]),
        (b"a@example.org>", [[None, None, "a", "example.org"]]),
        (b"A <a@example.org", [["A", None, "a", "example.org"]]),
        (b'"A B <a@example.org>', [["A B", None, "a", "example.org"]]),
        (b"A (B <a@example.org>", [["A B", None, "a", "example.org"]]),
        (b"a@example.org; b@example.org", [[None, None, "a", "example.org"], [None, None, "b", "example.org"]]),
        (b",, a@example.org ,", [[None, None, "a", "example.org"]]),
        (b"a@b@example.org", [[None, None, "a@b", "example.org"]]),
        (b"A <a@example.org> (x), <b@c.test>", [["A", None, "a", "example.org"], [None, None, "b", "c.test"]]),
        # 8 bits
        ("Jörg <a@example.org>".encode(), [["=?utf-8?Q?J=C3=B6rg?=", None, "a", "example.org"]]),
        ("a@bücher.test".encode(), [[None, None, "a", "xn--bcher-kva.test"]]),
        ("jörg@example.org".encode(), [[None, None, "=?utf-8?Q?j=C3=B6rg?=", "example.org"]]),
        (b"J\xf6rg <a@example.org>", [["=?unknown-8bit?Q?J=F6rg?=", None, "a", "example.org"]]),
    ],
)  # fmt: skip
def test_addresses(read_imap: Read, value: bytes, expected: list[list[object]]) -> None:
    """An address list, good or bad, gives what its writer meant."""
    assert read_imap(format_list(value)) == expected


@pytest.mark.parametrize("value", [b"(" * 50_000, b'"\\' * 50_000, b"<" * 50_000, b"a:" * 50_000, b"@," * 50_000,
                                   b"a " * 50_000, b"(a" * 20_000 + b")" * 20_000, b"[" * 50_000,
                                   b"\\" * 50_001])  # fmt: skip
def test_hostile_lists_are_answered(read_imap: Read, value: bytes) -> None:
    """No list takes more than linear time or breaks the framing."""
    read_imap(format_list(value))
