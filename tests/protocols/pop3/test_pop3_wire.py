"""Lines in, replies and messages out."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.capabilities import Offer, capa_response, capabilities, lang_response
from posthouse.protocols.pop3.framing import AUTH_LINE_LIMIT, LINE_LIMIT, Receiver
from posthouse.protocols.pop3.multiline import DotEncoder, TopCutter
from posthouse.protocols.pop3.replies import (
    REPLY_LIMIT,
    BadCommand,
    Reply,
    challenge,
    drop_listing,
    err,
    ok,
    scan_listings,
    unique_id_listings,
)


def cuts(content):
    """All ways to cut into three."""
    for first, second in itertools.combinations_with_replacement(range(len(content) + 1), 2):
        yield [content[:first], content[first:second], content[second:]]


# lines
@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and not line.endswith(b"\r"))), st.data())
def test_lines_do_not_depend_on_the_pieces(lines, data):
    """Property: pipelined commands in any split (RFC 2449 §6.8); a bare LF ends one too."""
    raw = b"".join(line + data.draw(st.sampled_from([b"\r\n", b"\n"])) for line in lines)
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5))), len(raw)]
    receiver, got = Receiver(), []
    for start, end in itertools.pairwise(edges):
        receiver.feed(raw[start:end])
        while (line := receiver.line()) is not None:
            got.append(line)
    assert got == lines


@pytest.mark.parametrize("piece", [1, 50, 1000])
def test_a_line_too_long_is_refused_once_and_not_kept(piece):
    """RFC 2449 §4: 255 octets; what is longer gets -ERR, and the dialog goes on."""
    raw = b"USER " + b"x" * 600 + b"\r\nQUIT\r\n"
    receiver, seen = Receiver(), []
    for at in range(0, len(raw), piece):
        receiver.feed(raw[at : at + piece])
        while True:
            try:
                if (line := receiver.line()) is None:
                    break
                seen.append(line)
            except BadCommand as error:
                seen.append(error.reply)
        assert receiver.waiting <= LINE_LIMIT
    assert seen == [replies.LINE_TOO_LONG, b"QUIT"]


def test_the_longest_lines_are_taken():
    """RFC 2449 §4, RFC 5034 §4."""
    command, auth = b"USER " + b"x" * (LINE_LIMIT - 7), b"AUTH PLAIN " + b"x" * (AUTH_LINE_LIMIT - 13)
    response = b"x" * (AUTH_LINE_LIMIT - 2)
    receiver = Receiver()
    receiver.feed(command + b"\r\n" + auth + b"\r\n" + response + b"\r\n" + command + b"x\r\n")
    assert [receiver.line(), receiver.line(), receiver.line(AUTH_LINE_LIMIT)] == [command, auth, response]
    with pytest.raises(BadCommand):
        receiver.line()


def test_what_was_sent_before_tls_is_dropped():
    """Pitfall 2, STLS injection: pipelined plaintext is gone."""
    receiver = Receiver()
    receiver.feed(b"STLS\r\nUSER evil\r\nPASS")
    assert receiver.line() == b"STLS"
    receiver.clear()
    receiver.feed(b"CAPA\r\n")
    assert receiver.line() == b"CAPA"
    assert receiver.line() is None


# replies
WIRE = [
    (ok(), b"+OK\r\n"),
    (ok("POP3 server ready"), b"+OK POP3 server ready\r\n"),
    (err("permission denied"), b"-ERR permission denied\r\n"),
    (err("Another POP session?", "IN-USE"), b"-ERR [IN-USE] Another POP session?\r\n"),
    (drop_listing(2, 320), b"+OK 2 320\r\n"),
    (ok("two\r\nlines"), b"+OK two??lines\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "wire"), WIRE)
def test_a_reply_is_its_bytes(reply, wire):
    """RFC 1939 §3, RFC 2449 §8."""
    assert reply.wire == wire


@given(st.booleans(), st.text(max_size=800), st.sampled_from(["", "AUTH", "SYS/TEMP"]))
def test_no_text_breaks_the_framing(good, text, code):
    """Property: one line within 512 octets, of UTF-8."""
    wire = Reply(good, text, code).wire
    assert len(wire) <= REPLY_LIMIT
    assert wire.count(b"\n") == wire.count(b"\r\n") == 1
    wire.decode()


@pytest.mark.parametrize("code", ["IN-USE", "LOGIN-DELAY", "AUTH", "SYS/TEMP", "SYS/PERM", "UTF8"])
def test_the_registered_response_codes(code):
    """RFC 2449 §8.1, RFC 3206 §4 and §5, RFC 6856 §5."""
    assert code in vars(replies).values()


def test_listings():
    """RFC 1939 §5, §7: scan listings and unique-id listings."""
    assert scan_listings([(1, 120), (2, 200)]) == b"1 120\r\n2 200\r\n"
    assert unique_id_listings([(1, b"whqtswO00WBw418f9t5JxYwZ")]) == b"1 whqtswO00WBw418f9t5JxYwZ\r\n"


def test_challenges():
    """RFC 5034 §4: the empty one keeps its space."""
    assert challenge(b"") == b"+ \r\n"
    assert challenge(b"abc") == b"+ YWJj\r\n"


# messages
EXACT = [
    (b"", b".\r\n"),
    (b"a\r\n", b"a\r\n.\r\n"),
    (b"a", b"a\r\n.\r\n"),  # no final line end: the protocol demands one
    (b".\r\n", b"..\r\n.\r\n"),
    (b".a\r\n..b\r\n", b"..a\r\n...b\r\n.\r\n"),
    (b"a\r\n.", b"a\r\n..\r\n.\r\n"),
    (b"a\n.b\n", b"a\n.b\n\r\n.\r\n"),  # a bare LF ends no line
    (b"a\r.b\r", b"a\r.b\r\r\n.\r\n"),
    (b"\0\xff\r\n", b"\0\xff\r\n.\r\n"),
]


@pytest.mark.parametrize(("content", "wire"), EXACT)
def test_a_message_is_sent_exactly_for_every_split(content, wire):
    """RFC 1939 §3: byte-stuffing after CRLF alone; everything else is as stored."""
    for pieces in cuts(content):
        encoder = DotEncoder()
        assert b"".join(map(encoder.encode, pieces)) + encoder.finish() == wire


NORMALISED = [
    (b"a\n.b\n", b"a\r\n..b\r\n.\r\n"),
    (b"a\r\nb\nc", b"a\r\nb\r\nc\r\n.\r\n"),
    (b".\n.\r\n", b"..\r\n..\r\n.\r\n"),
    (b"\n\n\r\n\r\n", b"\r\n\r\n\r\n\r\n.\r\n"),
]


@pytest.mark.parametrize(("content", "wire"), NORMALISED)
def test_bare_lfs_become_crlf_on_wish_for_every_split(content, wire):
    """For clients that read lines by LF: a lone dot after one is no end of the response for them."""
    for pieces in cuts(content):
        encoder = DotEncoder(normalise=True)
        assert b"".join(map(encoder.encode, pieces)) + encoder.finish() == wire


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"\0"]), max_size=14), st.data())
def test_a_strict_reader_gets_back_what_was_stored(parts, data):
    """Property: up to CRLF.CRLF, dots unstuffed, minus the line end that was added, is the message."""
    content = b"".join(parts)
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=4))), len(content)]
    encoder = DotEncoder()
    wire = b"".join([encoder.encode(content[a:b]) for a, b in itertools.pairwise(edges)]) + encoder.finish()
    framed = b"\r\n" + wire
    assert framed.find(b"\r\n.\r\n") == len(framed) - 5
    read = framed[:-3].replace(b"\r\n.", b"\r\n")[2:]
    assert read in (content, content + b"\r\n")


TOPS = [
    (b"A: b\r\n\r\n1\r\n2\r\n3\r\n", 0, b"A: b\r\n\r\n"),
    (b"A: b\r\n\r\n1\r\n2\r\n3\r\n", 2, b"A: b\r\n\r\n1\r\n2\r\n"),
    (b"A: b\r\n\r\n1\r\n2", 9, b"A: b\r\n\r\n1\r\n2"),
    (b"A: b\n\n1\n2\n", 1, b"A: b\n\n1\n"),
    (b"A: b\n\r\n1\n2\n", 1, b"A: b\n\r\n1\n"),
    (b"\r\nbody\r\nmore\r\n", 1, b"\r\nbody\r\n"),  # no header at all
    (b"A: b\r\nC: d\r\n", 5, b"A: b\r\nC: d\r\n"),  # no body
    (b"A: b\r\n\r\n\r\n\r\nx\r\n", 1, b"A: b\r\n\r\n\r\n"),
    (b"", 3, b""),
]


@pytest.mark.parametrize(("content", "lines", "top"), TOPS)
def test_the_top_of_a_message_for_every_split(content, lines, top):
    """RFC 1939 §7: header, blank line and n lines; all of it when n is more than there is."""
    for pieces in cuts(content):
        cutter = TopCutter(lines)
        assert b"".join(map(cutter.feed, pieces)) == top
        if cutter.done:
            assert cutter.feed(b"more\r\n") == b""


@given(st.binary(max_size=80), st.integers(0, 5))
def test_the_top_is_a_beginning(content, lines):
    """Property: whatever the content, TOP sends a beginning of it with at most so many body lines."""
    top = TopCutter(lines).feed(content)
    assert content.startswith(top)
    blank = re.search(rb"\n\r?\n", b"\n" + content)
    if blank is not None:
        assert top.count(b"\n", blank.end() - 1) <= lines


# capabilities
def test_the_capability_list():
    """RFC 2449 §6."""
    offer = Offer(user=True, stls=True, mechanisms=("PLAIN", "SCRAM-SHA-256"), login_delay=60, implementation="X 1")
    assert capa_response(offer).decode().split("\r\n") == [
        "+OK Capability list follows",
        "TOP",
        "UIDL",
        "RESP-CODES",
        "AUTH-RESP-CODE",
        "PIPELINING",
        "EXPIRE NEVER",
        "LOGIN-DELAY 60",
        "USER",
        "SASL PLAIN SCRAM-SHA-256",
        "STLS",
        "UTF8 USER",
        "LANG",
        "IMPLEMENTATION X 1",
        ".",
        "",
    ]


def test_what_is_not_possible_is_not_in_the_list():
    """RFC 2449 §6.2, §6.3; RFC 2595 §4: no USER, SASL or STLS where they would be refused."""
    tags = {line.split()[0] for line in capabilities(Offer(expire=30))}
    assert not tags & {"USER", "SASL", "STLS", "LOGIN-DELAY", "IMPLEMENTATION"}
    assert "EXPIRE 30" in capabilities(Offer(expire=30))


def test_the_language_list():
    """RFC 6856 §3."""
    assert lang_response([("en", "English")]) == b"+OK Language listing follows\r\nen English\r\n.\r\n"
