"""Replies, value → bytes, and back through the client's parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.client import ReplyParser
from posthouse.protocols.smtp.commands.auth import challenge
from posthouse.protocols.smtp.replies import REPLY_LINE_LIMIT, Reply, format_reply

WIRE = [
    (Reply(250, "2.1.0", ("Sender OK",)), b"250 2.1.0 Sender OK\r\n"),
    (Reply(354, "", ("Go on",)), b"354 Go on\r\n"),
    (
        Reply(250, "", ("foo.com greets bar.com", "8BITMIME", "HELP")),
        b"250-foo.com greets bar.com\r\n250-8BITMIME\r\n250 HELP\r\n",
    ),
    # RFC 2034 §4: the enhanced code on every line
    (
        Reply(550, "5.1.1", ("No such user", "Ask the postmaster")),
        b"550-5.1.1 No such user\r\n550 5.1.1 Ask the postmaster\r\n",
    ),
    (Reply(250, "2.0.0", ()), b"250 2.0.0 \r\n"),
    (Reply(550, "5.0.0", ("two\r\nlines",)), b"550-5.0.0 two\r\n550 5.0.0 lines\r\n"),
    (Reply(550, "5.0.0", ("tab\tand nul\0",)), b"550 5.0.0 tab?and nul?\r\n"),
    (Reply(550, "5.0.0", ("Käse",)), b"550 5.0.0 K?se\r\n"),
]


@pytest.mark.parametrize(("reply", "wire"), WIRE)
def test_a_reply_is_its_bytes(reply, wire):
    """RFC 5321 §4.2, RFC 2034 §4."""
    assert reply.wire == wire


def test_utf8_is_for_those_who_asked():
    """RFC 6531 §3.7.4.2."""
    assert format_reply(Reply(252, "2.5.0", ("Käse",)), utf8=True) == "252 2.5.0 Käse\r\n".encode()


@given(st.lists(st.text(max_size=1500), max_size=3), st.sampled_from(["", "5.7.1"]), st.booleans())
def test_no_text_breaks_the_framing(lines, enhanced, utf8):
    """Property: any text gives one reply, of lines within 512 octets, that a client reads as one."""
    wire = format_reply(Reply(550, enhanced, tuple(lines)), utf8)
    assert all(len(line) <= REPLY_LINE_LIMIT for line in wire.split(b"\r\n"))
    assert wire.replace(b"\r\n", b"").count(b"\n") == 0
    [reply] = ReplyParser().feed(wire)
    assert reply.code == 550
    if enhanced:
        assert reply.enhanced == enhanced


STANDARD = {name: value for name, value in vars(replies).items() if isinstance(value, Reply)}


@pytest.mark.parametrize("name", STANDARD)
def test_a_standard_reply_has_an_enhanced_code_of_its_class(name):
    """RFC 2034 §4: 2yz, 4yz and 5yz carry one, 3yz does not; the first digits agree."""
    reply = STANDARD[name]
    if 300 <= reply.code < 400:
        assert reply.enhanced == ""
    else:
        assert reply.enhanced.split(".")[0] == str(reply.code)[0]
    assert reply.wire.isascii()


def test_a_challenge_may_be_longer_than_a_reply():
    """RFC 4954 §4: a 334 is one line, whatever its length."""
    assert challenge(b"") == b"334 \r\n"
    assert challenge(b"x" * 900).count(b"\r\n") == 1
