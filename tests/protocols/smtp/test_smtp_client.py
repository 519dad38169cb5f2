"""The client's side: replies read, content stuffed, commands written."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.address import Address, Recipient
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.smtp.client import (
    REPLY_LINES,
    DotStuffer,
    ReplyParser,
    format_mail,
    format_rcpt,
    reline,
)
from posthouse.protocols.smtp.commands.table import parse_command
from posthouse.protocols.smtp.extensions import Extensions, Offer, ehlo_reply, parse_extensions
from posthouse.protocols.smtp.framing import DataStream
from posthouse.protocols.smtp.replies import Reply

FULL = parse_extensions(ehlo_reply("mx.example.com", "", Offer(mechanisms=("PLAIN",))))
BARE = Extensions()

READ = [
    (
        b"220 foo.com Simple Mail Transfer Service Ready\r\n",
        Reply(220, "", ("foo.com Simple Mail Transfer Service Ready",)),
    ),
    (b"250-foo.com\r\n250-SIZE\r\n250 HELP\r\n", Reply(250, "", ("foo.com", "SIZE", "HELP"))),
    (b"250 2.1.5 ok\r\n", Reply(250, "2.1.5", ("ok",))),
    (b"550-5.1.1 no\r\n550 5.1.1 such user\r\n", Reply(550, "5.1.1", ("no", "such user"))),
    (b"550-no\r\n550 5.1.1 such user\r\n", Reply(550, "5.1.1", ("no", "such user"))),
    (b"250\r\n", Reply(250, "", ("",))),
    (b"250 \r\n", Reply(250, "", ("",))),
    (b"250 2.0.0\r\n", Reply(250, "2.0.0", ("",))),
    (b"250 5.1.1 classes differ\r\n", Reply(250, "", ("5.1.1 classes differ",))),
    (b"250 ok\n", Reply(250, "", ("ok",))),
    (b"250-a\r\n550 b\r\n", Reply(550, "", ("a", "b"))),
]


@pytest.mark.parametrize(("wire", "reply"), READ)
def test_a_reply_is_read_in_any_pieces(wire, reply):
    """RFC 5321 §4.2.1, RFC 2034 §4, and what servers in the field do."""
    assert ReplyParser().feed(wire) == [reply]
    parser, got = ReplyParser(), []
    for at in range(len(wire)):
        got += parser.feed(wire[at : at + 1])
    assert got == [reply]
    assert parser.idle


def test_pipelined_replies():
    """RFC 2920 §3.1."""
    parser = ReplyParser()
    assert [reply.code for reply in parser.feed(b"250 a\r\n550 b\r\n354")] == [250, 550]
    assert not parser.idle
    assert [reply.code for reply in parser.feed(b" c\r\n")] == [354]


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\r\n",
        b"25\r\n",
        b"650 x\r\n",
        b"250x\r\n",
        b"250 " + b"x" * 3000,
        b"250 " + b"x" * 3000 + b"\r\n",
        b"250-x\r\n" * (REPLY_LINES + 1),
    ],
)
def test_what_is_no_reply_or_too_much_ends_it(wire):
    """Every parser is bounded."""
    with pytest.raises(BadSyntax):
        ReplyParser().feed(wire)


@given(st.binary(max_size=200))
def test_fuzz_replies(wire):
    """A server's arbitrary octets: replies or BadSyntax."""
    with contextlib.suppress(BadSyntax):
        ReplyParser().feed(wire)


def stuff(pieces):
    stuffer = DotStuffer()
    return b"".join([stuffer.encode(piece) for piece in pieces]) + stuffer.finish()


STUFFED = [
    (b"", b".\r\n"),
    (b"a\r\n", b"a\r\n.\r\n"),
    (b"a", b"a\r\n.\r\n"),
    (b".\r\n", b"..\r\n.\r\n"),
    (b".a\r\n.\r\n..\r\n", b"..a\r\n..\r\n...\r\n.\r\n"),
    (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
    (b"a\r\r\n.\r\n", b"a\r\n\r\n..\r\n.\r\n"),
    (b"a\r", b"a\r\n.\r\n"),
    (b"\0\n.", b"\0\r\n..\r\n.\r\n"),
]


@pytest.mark.parametrize(("content", "wire"), STUFFED)
def test_content_leaves_with_crlf_and_doubled_dots_for_every_split(content, wire):
    """RFC 5321 §4.5.2; pitfall 1: outgoing mail is always re-lined to CRLF."""
    for first, second in itertools.combinations_with_replacement(range(len(content) + 1), 2):
        assert stuff([content[:first], content[first:second], content[second:]]) == wire


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"\r\n.\r\n"]), max_size=12), st.data())
def test_what_leaves_is_received_as_it_was_but_for_its_line_ends(parts, data):
    """Property: stuffing then receiving gives the content back, with CRLF line ends and a last line that is ended; the
    receiver sees no violation and no early end."""
    content = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=4)))
    edges = [0, *cuts, len(content)]
    wire = stuff([content[start:end] for start, end in itertools.pairwise(edges)])
    stream = DataStream()
    chunks, taken = stream.feed(wire)
    expected = reline(content)
    if expected and not expected.endswith(b"\r\n"):
        expected += b"\r\n"
    assert (b"".join(chunks), taken, stream.violation) == (expected, len(wire), None)


ALICE = Address("Alice", "Example.ORG")

MAILS = [
    (format_mail(None, BARE), b"MAIL FROM:<>\r\n"),
    (format_mail(ALICE, FULL), b"MAIL FROM:<Alice@Example.ORG>\r\n"),
    (format_mail(ALICE, FULL, size=500, body="8BITMIME"), b"MAIL FROM:<Alice@Example.ORG> SIZE=500 BODY=8BITMIME\r\n"),
    (format_mail(ALICE, BARE, size=500, ret="HDRS", envid="x"), b"MAIL FROM:<Alice@Example.ORG>\r\n"),
    # RFC 3461 §10.2
    (
        format_mail(ALICE, FULL, ret="HDRS", envid="QQ314159"),
        b"MAIL FROM:<Alice@Example.ORG> RET=HDRS ENVID=QQ314159\r\n",
    ),
    (format_mail(ALICE, FULL, envid="a b+="), b"MAIL FROM:<Alice@Example.ORG> ENVID=a+20b+2B+3D\r\n"),
    (format_mail(Address("a b", "c.example"), BARE), b'MAIL FROM:<"a b"@c.example>\r\n'),
    (format_mail(Address("a", "bücher.example"), BARE), b"MAIL FROM:<a@xn--bcher-kva.example>\r\n"),
    (
        format_mail(Address("ü", "bücher.example"), FULL, smtputf8=True),
        "MAIL FROM:<ü@bücher.example> SMTPUTF8\r\n".encode(),
    ),
    (format_mail(None, FULL, require_tls=True), b"MAIL FROM:<> REQUIRETLS\r\n"),
]


@pytest.mark.parametrize(("written", "wire"), MAILS)
def test_mail_is_written_with_what_the_peer_has_offered(written, wire):
    """RFC 5321 §4.1.1.2, §2.2.1: no parameter that was not offered."""
    assert written == wire
    assert parse_command(written[:-2]).word == "MAIL"


BOB = Address("Bob", "Example.COM")

RCPTS = [
    (Recipient(BOB), FULL, b"RCPT TO:<Bob@Example.COM>\r\n"),
    (Recipient(Address("postmaster", "")), FULL, b"RCPT TO:<postmaster>\r\n"),
    # RFC 3461 §10.2
    (
        Recipient(BOB, frozenset({"SUCCESS"}), "rfc822;Bob@Example.COM"),
        FULL,
        b"RCPT TO:<Bob@Example.COM> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM\r\n",
    ),
    (Recipient(BOB, frozenset({"FAILURE", "DELAY"})), FULL, b"RCPT TO:<Bob@Example.COM> NOTIFY=DELAY,FAILURE\r\n"),
    (Recipient(BOB, frozenset({"NEVER"}), "rfc822;a+b@x"), BARE, b"RCPT TO:<Bob@Example.COM>\r\n"),
    (Recipient(BOB, orcpt="rfc822;a+b@x"), FULL, b"RCPT TO:<Bob@Example.COM> ORCPT=rfc822;a+2Bb@x\r\n"),
    # RFC 6533 §3
    (Recipient(BOB, orcpt="utf-8;ü+b@x"), FULL, rb"RCPT TO:<Bob@Example.COM> ORCPT=utf-8;\x{FC}\x{2B}b@x" + b"\r\n"),
]


@pytest.mark.parametrize(("recipient", "peer", "wire"), RCPTS)
def test_rcpt_is_written_and_read_back(recipient, peer, wire):
    """RFC 3461 §5.2.1: what the sender asked of notifications travels on, unchanged."""
    assert format_rcpt(recipient, peer) == wire
    command = parse_command(wire[:-2])
    assert command.recipient == recipient.address
    if peer is FULL:
        assert (command.notify, command.orcpt) == (recipient.notify, recipient.orcpt)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30))
def test_an_envid_survives_xtext(envid):
    """RFC 3461 §4, §4.4: encoding then decoding gives the value back."""
    command = parse_command(format_mail(None, FULL, envid=envid)[:-2])
    assert command.envid == envid


@given(st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_a_utf8_orcpt_survives_in_seven_bits(address):
    """RFC 6533 §3: any next hop with DSN may have it."""
    wire = format_rcpt(Recipient(BOB, orcpt=f"utf-8;{address}"), FULL)
    assert wire.isascii()
    assert parse_command(wire[:-2]).orcpt == f"utf-8;{address}"
