"""The stream of bytes and what the framing makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.flags import Flag, Flags
from posthouse.protocols.imap.codes import TOOBIG
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.events import (
    AppendEnd,
    Command,
    Continue,
    Event,
    Line,
    MessageChunk,
    MessageEnd,
    MessageLiteral,
    MessageStart,
    MessageUrl,
    Overrun,
    Rejected,
)
from posthouse.protocols.imap.framing import AFTER_LOGIN, BEFORE_LOGIN, Limits, Receiver
from posthouse.protocols.imap.grammar import LiteralHeader
from posthouse.protocols.imap.sequence import SequenceSet

Events = Callable[..., list[Event]]


def drain(receiver: Receiver, data: bytes = b"") -> list[Event]:
    receiver.feed(data)
    found = []
    while (event := receiver.next_event()) is not None:
        found.append(event)
    return found


def names(found: list[Event]) -> list[bytes]:
    return [event.name for event in found if isinstance(event, Command)]


def joined(found: list[Event]) -> list[Event]:
    """Neighbouring chunks as one: where they are cut is not part of what was said."""
    result: list[Event] = []
    for event in found:
        if isinstance(event, MessageChunk) and result and isinstance(result[-1], MessageChunk):
            result[-1] = MessageChunk(result[-1].data + event.data)
        else:
            result.append(event)
    return result


def test_pipelined_commands_come_one_by_one(events: Events) -> None:
    """Several commands in one packet are several commands – RFC 9051 §5.5; empty lines between them are nothing."""
    found = events(b"a NOOP\r\n\r\n\r\nb uid fetch 1 FLAGS\r\nc CAPABILITY\n")
    assert found == [
        Command(b"a", b"NOOP", b"a NOOP", 6),
        Command(b"b", b"UID FETCH", b"b uid fetch 1 FLAGS", 11),
        Command(b"c", b"CAPABILITY", b"c CAPABILITY", 12),
    ]


def test_a_hundred_thousand_empty_lines(events: Events) -> None:
    """They cost no stack."""
    assert names(events(b"\r\n" * 100_000 + b"a NOOP\r\n")) == [b"NOOP"]


def test_synchronising_literal(events: Events) -> None:
    """The client waits for `+` before each synchronising literal – RFC 9051 §4.3."""
    stream = b"A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n"
    assert events(stream) == [
        Continue(),
        Continue(),
        Command(b"A001", b"LOGIN", stream[:-2], 10),
    ]


def test_non_synchronising_literal_with_line_ends_in_it(events: Events) -> None:
    """`{n+}` asks for no `+`, and its octets are no lines whatever they look like – RFC 7888 §3."""
    stream = b"a LOGIN {13+}\r\nx\r\nb LOGOUT\r\n {0+}\r\n\r\nc NOOP\r\n"
    assert names(events(stream)) == [b"LOGIN", b"NOOP"]


@pytest.mark.parametrize(
    ("line", "tag"),
    [
        (b"a", b"a"),
        (b"a ", b"a"),
        (b" a NOOP", b"*"),
        (b"+ NOOP", b"*"),
        (b"\xff\xfe", b"*"),
        (b"a  NOOP", b"a"),
        (b'a "NOOP"', b"a"),
        (b"{3} x", b"*"),
        (b"GET / HTTP/1.1", b"GET"),
    ],
)
def test_what_is_no_command(events: Events, line: bytes, tag: bytes) -> None:
    """A line without tag or command word is rejected under its tag, if it has one, and the next one is read."""
    first, second = events(line + b"\r\nb NOOP\r\n")
    assert isinstance(first, Rejected)
    assert first.tag == tag
    assert isinstance(second, Command)


def test_raw_lines() -> None:
    """What follows IDLE up to DONE, and each step of AUTHENTICATE, is a raw line; commands pipelined after DONE are
    commands (pitfall 19: iOS 18) – RFC 9051 §6.3.13."""
    receiver = Receiver(AFTER_LOGIN)
    receiver.feed(b"a IDLE\r\nDONE\r\nb NOOP\r\nc SELECT {5+}\r\nINBOX\r\n")
    assert names([receiver.next_event() or Continue()]) == [b"IDLE"]
    receiver.expect_line()
    assert receiver.next_event() == Line(b"DONE")
    assert names(drain(receiver)) == [b"NOOP", b"SELECT"]
    receiver.expect_line()
    assert drain(receiver, b"e30={5}") == []
    assert drain(receiver, b"\r\nd NOOP\r\n")[0] == Line(b"e30={5}")


def test_a_raw_line_is_bounded() -> None:
    """A raw line that does not end is given up."""
    receiver = Receiver(BEFORE_LOGIN)
    receiver.expect_line()
    assert drain(receiver, b"x" * 20_000) == [Overrun("the line is too long", TOOBIG)]
    assert drain(receiver, b"\r\na NOOP\r\n") == []


def test_clear_drops_what_came_before_tls() -> None:
    """Pitfall 2: bytes behind STARTTLS, whole lines or parts, are no commands after it – RFC 9051 §6.2.1."""
    receiver = Receiver()
    receiver.feed(b"a STARTTLS\r\nb LOGIN x y\r\nc LOG")
    assert names([receiver.next_event() or Continue()]) == [b"STARTTLS"]
    assert receiver.clear() == 18
    assert names(drain(receiver, b"d NOOP\r\n")) == [b"NOOP"]


def test_clear_forgets_half_a_command() -> None:
    """The half that was gathered goes as well."""
    receiver = Receiver()
    assert drain(receiver, b"a LOGIN {5}\r\nab") == [Continue()]
    receiver.clear()
    assert names(drain(receiver, b"d NOOP\r\n")) == [b"NOOP"]


# APPEND

DATE = datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC)
HEAD = b'(\\Seen) "17-Jul-1996 02:44:25 +0000" '


def start(tag: bytes, mailbox: str = "INBOX") -> MessageStart:
    return MessageStart(tag, b"APPEND", Append(mailbox, Flags(Flag.SEEN), DATE))


def octets(size: int, synchronising: bool = True, part: bool = False) -> MessageLiteral:
    return MessageLiteral(LiteralHeader(size, synchronising), part=part)


def test_append_streams() -> None:
    """The message is announced before `+`, and passed on as it comes – RFC 9051 §6.3.12."""
    receiver = Receiver(AFTER_LOGIN)
    assert receiver.next_event() is None
    receiver.feed(b"a APPEND inbox " + HEAD + b"{10}\r\n")
    assert receiver.next_event() == start(b"a")
    assert receiver.next_event() == octets(10)
    assert drain(receiver) == []  # asking goes on: the message is welcome
    assert drain(receiver, b"0123") == [MessageChunk(b"0123")]
    assert drain(receiver, b"456789") == [MessageChunk(b"456789")]
    assert drain(receiver, b"\r\nb NOOP\r\n") == [
        MessageEnd(),
        AppendEnd(b"a"),
        Command(b"b", b"NOOP", b"b NOOP", 6),
    ]
    assert receiver.buffered == 0


def test_append_to_a_mailbox_named_by_literal(events: Events) -> None:
    """Only the last literal is the message; the mailbox's is gathered."""
    found = events(b"a APPEND {3}\r\nfoo " + HEAD + b"{2+}\r\nhi\r\n")
    assert found == [
        Continue(),
        start(b"a", "foo"),
        octets(2, False),
        MessageChunk(b"hi"),
        MessageEnd(),
        AppendEnd(b"a"),
    ]


def test_refused_append_that_waits() -> None:
    """Refused before `+`, a synchronising literal never comes: the next line is a command."""
    receiver = Receiver(AFTER_LOGIN)
    receiver.feed(b"a APPEND INBOX {1000000}\r\n")
    assert isinstance(receiver.next_event(), MessageStart)
    receiver.discard()
    assert names(drain(receiver, b"b NOOP\r\n")) == [b"NOOP"]


def test_refused_append_that_does_not_wait() -> None:
    """Octets of a refused non-synchronising literal are read past, with the rest of the command – RFC 7888 §4."""
    receiver = Receiver(AFTER_LOGIN)
    receiver.feed(b"a APPEND INBOX {20+}\r\n")
    assert isinstance(receiver.next_event(), MessageStart)
    receiver.discard()
    assert drain(receiver, b"b LOGOUT\r\n") == []
    assert names(drain(receiver, b"c LOGOUT\r\n {4+}\r\nd \r\n\r\ne NOOP\r\n")) == [b"NOOP"]


def test_append_given_up_in_its_midst() -> None:
    """The rest of a message comes although the store could not keep it."""
    receiver = Receiver(AFTER_LOGIN)
    receiver.feed(b"a APPEND INBOX {20}\r\n")
    assert isinstance(receiver.next_event(), MessageStart)
    assert receiver.next_event() == octets(20)
    assert drain(receiver, b"b LOGOUT\r\n") == [MessageChunk(b"b LOGOUT\r\n")]
    receiver.discard()
    assert names(drain(receiver, b"c LOGOUT\r\n\r\nd NOOP\r\n")) == [b"NOOP"]
    receiver.discard()  # without an APPEND it is nothing
    assert names(drain(receiver, b"e NOOP\r\n")) == [b"NOOP"]


def test_a_refused_message_too_large_to_read_past() -> None:
    """Beyond the bound the connection is given up: BYE – RFC 7888 §4, choice 2."""
    receiver = Receiver(Limits(skip=100))
    receiver.feed(b"a APPEND INBOX {101+}\r\n")
    assert isinstance(receiver.next_event(), MessageStart)
    receiver.discard()
    assert receiver.next_event() == Overrun("the command is too large", TOOBIG)


def test_text_after_the_message(events: Events) -> None:
    """The message ends the command; what stands behind it is BAD, and the octets of its literals are read past."""
    found = events(b"a APPEND INBOX {2+}\r\nhi (\\Seen) {10+}\r\nx LOGOUT\r\n\r\nb NOOP\r\n")
    assert isinstance(found[-2], Rejected)
    assert names(found) == [b"NOOP"]
    assert AppendEnd(b"a") not in found


def test_multiappend(events: Events) -> None:
    """RFC 3502 §6.3.11: several messages, each with its flags and date."""
    stream = b"A003 APPEND saved-messages " + HEAD + b"{3}\r\none " + HEAD + b"{3+}\r\ntwo\r\n"
    assert events(stream, multiappend=True) == [
        start(b"A003", "saved-messages"),
        octets(3),
        MessageChunk(b"one"),
        MessageEnd(),
        MessageStart(b"A003", b"APPEND", Append("saved-messages", Flags(Flag.SEEN), DATE)),
        octets(3, False),
        MessageChunk(b"two"),
        MessageEnd(),
        AppendEnd(b"A003"),
    ]


@pytest.mark.parametrize("tail", [b"x", b" (\\Recent) {3+}\r\ntwo", b" {3+}\r\ntwo x", b"{3+}\r\ntwo"])
def test_damaged_multiappend(events: Events, tail: bytes) -> None:
    """A damaged further message ends the command with BAD, and the framing stays in step."""
    found = events(b"a APPEND x {3+}\r\none" + tail + b"\r\nb NOOP\r\n", multiappend=True)
    assert [event.tag for event in found if isinstance(event, Rejected)] == [b"a"]
    assert names(found) == [b"NOOP"]


@pytest.mark.parametrize("literal", [b"{20}", b"{20+}"])
def test_damaged_append(events: Events, literal: bytes) -> None:
    """BAD before the message: a synchronising literal is not asked for, another one read past."""
    octets = b"x LOGOUT\r\ny LOGOUT\r\n" if b"+" in literal else b""
    rest = b"\r\n" if octets else b""
    found = events(b"a APPEND INBOX (\\Recent) " + literal + b"\r\n" + octets + rest + b"b NOOP\r\n")
    assert isinstance(found[0], Rejected)
    assert found[0].tag == b"a"
    assert names(found) == [b"NOOP"]


def test_no_message_before_login(events: Events) -> None:
    """Pitfall 5: before login an APPEND is a command like others, with small literals, and one to be refused."""
    assert names(events(b"a APPEND INBOX {5+}\r\nhello\r\n", BEFORE_LOGIN)) == [b"APPEND"]
    found = events(b"a APPEND INBOX {1000000}\r\nb NOOP\r\n", BEFORE_LOGIN)
    assert found[0] == Rejected(b"a", "the command is too large", TOOBIG)
    assert names(found) == [b"NOOP"]


# bounds


def test_literal_too_large(events: Events) -> None:
    """Pitfall 5: a literal beyond the bound is refused by its header alone."""
    assert events(b"a LOGIN {4097}\r\nb NOOP\r\n", BEFORE_LOGIN)[0] == Rejected(
        b"a", "the command is too large", TOOBIG
    )
    stream = b"a LOGIN {4097+}\r\n" + b"b LOGOUT\r\n" * 409 + b"1234567 {5+}\r\nxxxxx\r\nc NOOP\r\n"
    assert names(events(stream, BEFORE_LOGIN)) == [b"NOOP"]
    assert events(b"a LOGIN {4294967295+}\r\nxx", BEFORE_LOGIN)[1:] == [Overrun("the command is too large", TOOBIG)]
    assert events(b"a LOGIN {9999999999999999999+}\r\nxx")[1:] == [Overrun("the command is too large", TOOBIG)]


def test_many_literals_too_large_together(events: Events) -> None:
    """The bound on the whole command holds for the sum of its literals."""
    stream = b"a SEARCH" + b" SUBJECT {4000+}\r\n" + (b"x" * 4000 + b" SUBJECT {4000+}\r\n") * 9
    found = events(stream, BEFORE_LOGIN)
    assert found[0] == Rejected(b"a", "the command is too large", TOOBIG)
    assert not names(found)


@pytest.mark.parametrize("step", [0, 1000])
def test_line_too_long(events: Events, step: int) -> None:
    """A long line is rejected once, under its tag, and read past – with a literal at its end."""
    stream = b"a SEARCH " + b"x" * 20_000 + b" {10+}\r\nc LOGOUT\r\n {10}\r\nb NOOP\r\n"
    found = events(stream, BEFORE_LOGIN, step)
    assert found[0] == Rejected(b"a", "the line is too long", TOOBIG)
    assert names(found) == [b"NOOP"]
    assert len(found) == 2


def test_a_literal_at_the_very_end_of_a_line_too_long(events: Events) -> None:
    """Its header is seen wherever the bound falls in it, lest its octets be taken for commands."""
    for length in range(85, 105):
        stream = b"a x " + b"x" * length + b" {10+}\r\nc LOGOUT\r\n\r\nb NOOP\r\n"
        assert b"LOGOUT" not in names(events(stream, Limits(line=100, messages=False)))


def test_line_without_end(events: Events) -> None:
    """A line that never ends is given up, and costs no memory meanwhile."""
    receiver = Receiver(BEFORE_LOGIN)
    found: list[Event] = []
    for _ in range(100):
        found += drain(receiver, b"x" * 1000)
        assert receiver.buffered <= 17_000
    assert [type(event) for event in found] == [Rejected, Overrun]
    assert receiver.buffered == 0


def test_commands_are_not_shown() -> None:
    """The repr of an event holds no arguments: they may be a password or a private message."""
    assert "SESAME" not in repr(Command(b"a", b"LOGIN", b"a LOGIN SMITH SESAME", 7))
    assert "SESAME" not in repr([Line(b"SESAME"), MessageChunk(b"SESAME")])


def test_catenate(events: Events) -> None:
    """Literals are passed on and URLs named, in their order; a URL may be a literal itself – RFC 4469 §5."""
    found = events(b'a APPEND x CATENATE (URL "/x/;UID=1" TEXT {2}\r\nhi URL {9+}\r\n/x/;UID=2 TEXT {1+}\r\n!)\r\n')
    assert found == [
        MessageStart(b"a", b"APPEND", Append("x")),
        MessageUrl("/x/;UID=1"),
        octets(2, part=True),
        MessageChunk(b"hi"),
        MessageUrl("/x/;UID=2"),
        octets(1, False, part=True),
        MessageChunk(b"!"),
        MessageEnd(),
        AppendEnd(b"a"),
    ]


def test_catenate_of_urls_alone_and_several_messages(events: Events) -> None:
    """No literal is needed, and more messages may follow – RFC 3502, RFC 4469 §3."""
    stream = (
        b"a APPEND x CATENATE (URL /1) (\\Seen) UTF8 (~{1+}\r\n1) CATENATE (UTF8 (~{1+}\r\n2) URL /3)\r\nb NOOP\r\n"
    )
    found = events(stream, multiappend=True)
    assert [event.append for event in found if isinstance(event, MessageStart)] == [
        Append("x"),
        Append("x", Flags(Flag.SEEN)),
        Append("x"),
    ]
    assert [event.url for event in found if isinstance(event, MessageUrl)] == ["/1", "/3"]
    assert [event.utf8 for event in found if isinstance(event, MessageLiteral)] == [True, True]
    assert names(found) == [b"NOOP"]


@pytest.mark.parametrize(
    "damaged",
    [
        b"CATENATE ()",
        b"CATENATE (URL)",
        b'CATENATE (URL "/x"',
        b'CATENATE (URL "/x") x',
        b"CATENATE (TEXT {1+}\r\nx",
        b"CATENATE (TEXT {1+}\r\nx URL a) {1+}\r\nx",
        b"CATENATE (UTF8 ({1+}\r\nx))",
        b"UTF8 (~{1+}\r\nx",
        b"UTF8 ({1+}\r\nx)",
        b'CATENATE (TEXT "x")',
    ],
)
def test_damaged_catenate(events: Events, damaged: bytes) -> None:
    """BAD, and the framing stays in step."""
    found = events(b"a APPEND x " + damaged + b"\r\nb NOOP\r\n")
    assert [event.tag for event in found if isinstance(event, Rejected)] == [b"a"]
    assert names(found) == [b"NOOP"]


def test_replace(events: Events) -> None:
    """One message by its number or UID, and what comes in its place – RFC 8508 §3.2."""
    found = events(b"a UID REPLACE 7 Drafts () {1+}\r\nx\r\n", multiappend=True)
    assert found[0] == MessageStart(b"a", b"UID REPLACE", Append("Drafts", replaces=SequenceSet(((7, 7),))))
    assert AppendEnd(b"a") in found
    assert any(isinstance(event, Rejected) for event in events(b"a REPLACE 1:2 x {1+}\r\nx\r\n"))
    assert any(
        isinstance(event, Rejected) for event in events(b"a REPLACE 1 x {1+}\r\nx {1+}\r\nx\r\n", multiappend=True)
    )


# properties

STREAMS = st.lists(
    st.sampled_from(
        [
            b"a NOOP\r\n",
            b"b LOGIN {3+}\r\nfoo {3}\r\n\r\nx\r\n",
            b"c APPEND INBOX (\\Seen) {12+}\r\nd LOGOUT\r\n\r\n\r\n",
            b"d APPEND {1}\r\nx {0}\r\n\r\n",
            b"e APPEND x (\\Recent) {5+}\r\n12345 {3+}\r\nabc\r\n",
            b"f APPEND x {2+}\r\nhi {2+}\r\nho x\r\n",
            b'n APPEND x CATENATE (URL "a" TEXT {2+}\r\nhi URL {1+}\r\nx UTF8 (~{1+}\r\n\0))\r\n',
            b"o UID REPLACE 1 x CATENATE (URL a URL b)\r\n",
            b"g SEARCH " + b"x" * 20_000 + b"\r\n",
            b"h LOGIN {5000}\r\n",
            b"i LOGIN {5000+}\r\n" + b"j LOGOUT\r\n" * 500 + b"\r\n",
            b"\r\n",
            b"k\r\n",
            b"{}\r\n",
            b"l UID FETCH 1:* (FLAGS)\n",
        ]
    ),
    max_size=8,
)
SMALL = Limits(line=16384, literal=4096, command=32768, skip=65536)


@given(STREAMS, st.integers(1, 50), st.booleans())
def test_any_cut_gives_the_same_events(stream: list[bytes], step: int, multiappend: bool) -> None:
    """What was said does not depend on how it came in packets."""
    whole = b"".join(stream)
    receiver = Receiver(SMALL, multiappend)
    at_once = joined(drain(receiver, whole))
    receiver = Receiver(SMALL, multiappend)
    cut: list[Event] = []
    for at in range(0, len(whole), step):
        cut += drain(receiver, whole[at : at + step])
    assert joined(cut) == at_once


@given(st.lists(st.binary(max_size=200) | st.sampled_from([b"{5+}\r\n", b"a APPEND x {9}\r\n", b"\r\n", b"a LOGIN "])))
def test_any_bytes(pieces: list[bytes]) -> None:
    """Whatever comes, there are events and bounded memory, and nothing is raised."""
    receiver = Receiver(Limits(line=100, literal=50, command=200, skip=300), multiappend=True)
    for piece in pieces:
        drain(receiver, piece)
        assert receiver.buffered <= 100
