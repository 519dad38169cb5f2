"""Building and mending headers – RFC 5322 §2.1.1, RFC 6409 §8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.compose import LIMIT, fold_field, make_field, make_header, make_message_id
from posthouse.message.headers import unfold
from posthouse.message.repair import count_received, missing_fields, refold, remove_fields, take_inventory


def test_fields() -> None:
    """Text is encoded, bytes stay; no value can start another field."""
    assert make_header([("Subject", "Grüße"), ("To", b"a@x.test")]) == (
        b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nTo: a@x.test\r\n"
    )
    assert make_field("Subject", "x\r\nBcc: y") == b"Subject: x  Bcc: y\r\n"
    assert make_field("To", b"x\r\n\r\ny\0") == b"To: x y\r\n"
    with pytest.raises(ValueError, match="field name"):
        make_field("A: b\r\nC", "x")


def test_folding() -> None:
    """Lines break before white space, never behind the colon."""
    field = make_field("References", b" ".join(b"<%d.%s@example.org>" % (i, b"x" * 20) for i in range(8)))
    lines = field.split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert lines[0].startswith(b"References: <0")
    assert all(line.startswith(b" <") for line in lines[1:-1])
    assert fold_field(b"Subject: " + b"x" * 200) == b"Subject: " + b"x" * 200 + b"\r\n"


@given(st.lists(st.sampled_from([b"word", b" ", b"\t", b"x" * 60, b"y" * 400, b","]), max_size=60))
def test_unfolding_gives_the_same(words: list[bytes]) -> None:
    """Folding is undone by unfolding, to the byte, and keeps lines under the limit where words allow."""
    line = b"X: a" + b"".join(words)
    folded = fold_field(line)
    assert folded.endswith(b"\r\n")
    assert not any(piece and not piece.strip() for piece in folded.split(b"\r\n"))
    if max(map(len, line.split())) < LIMIT:
        assert unfold(folded) == line.strip()
    assert max(map(len, folded.split(b"\r\n"))) <= LIMIT


def test_message_id() -> None:
    """Only what may be in a msg-id stays in it."""
    assert make_message_id("1234.abc>", "mail.example.org\r\n") == "<1234.abc@mail.example.org>"
    assert make_message_id("a", "") == "<a@localhost>"
    with pytest.raises(ValueError, match="unique"):
        make_message_id("<>", "x.test")


MESSAGE = (
    b"Received: one\r\nreceived: two\r\nFrom: A <a@x.test>\r\nBCC: b@x.test,\r\n c@x.test\r\nTo: d@x.test\r\n\r\n"
    b"Bcc: body\r\n"
)


def test_inventory() -> None:
    """What accepting a submission depends on."""
    found = take_inventory(MESSAGE)
    assert (found.has_date, found.has_message_id, found.has_bcc, found.received) == (False, False, True, 2)
    assert found.from_is_valid
    assert str(found.authors[0].address) == "a@x.test"
    assert found.longest_line == 18
    assert count_received(MESSAGE) == 2


@pytest.mark.parametrize(
    ("header", "valid"),
    [
        (b"From: a@x.test\r\n", True),
        (b"From: a@x.test, b@x.test\r\n", True),
        (b"", False),
        (b"From:\r\n", False),
        (b"From: root\r\n", False),
        (b"From: nobody:;\r\n", False),
        (b"From: a@x.test\r\nFrom: b@x.test\r\n", False),
    ],
)
def test_from(header: bytes, valid: bool) -> None:
    """RFC 5322 §3.6: one From field, with an address."""
    assert take_inventory(header + b"\r\n").from_is_valid is valid


def test_missing_fields() -> None:
    """RFC 6409 §8.2 and §8.3: only what is missing is made."""
    date, ident = "Mon, 6 Jun 2005 22:21:22 +0200", "<1@x.test>"
    assert missing_fields(take_inventory(MESSAGE), date=date, message_id=ident, sender="a@x.test") == (
        b"Date: Mon, 6 Jun 2005 22:21:22 +0200\r\nMessage-ID: <1@x.test>\r\n"
    )
    assert missing_fields(take_inventory(b"Date: x\r\n\r\n"), date=date, message_id=ident, sender="a@x.test") == (
        b"Message-ID: <1@x.test>\r\nFrom: a@x.test\r\n"
    )


def test_remove_bcc() -> None:
    """The field goes with all its lines; nothing else changes, and the body is not looked at."""
    assert remove_fields(MESSAGE) == MESSAGE.replace(b"BCC: b@x.test,\r\n c@x.test\r\n", b"")
    untouched = b"To: a@x.test\r\n\r\nBcc: b@x.test\r\n"
    assert remove_fields(untouched) is untouched
    assert remove_fields(b"Bcc: x") == b""


def test_refold() -> None:
    """Lines of more than 998 octets are folded at white space; the rest of the message stays as it is."""
    long = b"X-Long:" + b" word" * 400 + b"\r\n"
    message = b"A: b\r\n c\r\n" + long + b"D: e\r\n\r\n" + b"z" * 2000
    mended = refold(message)
    assert mended.startswith(b"A: b\r\n c\r\nX-Long: word")
    assert mended.endswith(b"D: e\r\n\r\n" + b"z" * 2000)
    header = mended[: mended.index(b"\r\n\r\n")]
    assert max(map(len, header.split(b"\r\n"))) <= LIMIT
    assert unfold(header[header.index(b"X-Long") : header.index(b"D: e")]) == long.strip()
    assert refold(MESSAGE) is MESSAGE


def test_refold_makes_no_fields() -> None:
    """A bare CR in an over-long line does not become a line end."""
    message = b"Subject: " + b"word " * 300 + b"a\rBcc: x\r\n\r\n"
    assert b"\nBcc" not in refold(message)
