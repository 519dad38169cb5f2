"""Whatever a client sends, a parser makes a value of it or raises BadSyntax."""

from __future__ import annotations

import os
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.commands.table import COMMANDS
from posthouse.protocols.imap.events import Command
from posthouse.protocols.imap.framing import AFTER_LOGIN, Receiver
from posthouse.protocols.imap.grammar import Parser

EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "2000"))

WORDS = [
    *b'( ) [ ] < > { } " \\ * % $ & , : . + - ~ NIL INBOX RETURN CHARSET UTF-8 UTF-7 BODY BODY.PEEK BINARY'.split(),
    *b"RFC822 HEADER.FIELDS HEADER TEXT MIME FLAGS +FLAGS.SILENT OR NOT UID SINCE SUBJECT KEYWORD ALL SEEN".split(),
    *b"1:* 4,2 0 1 7 99999999999999999999 4294967295 SUBSCRIBED RECURSIVEMATCH STATUS MESSAGES USE \\Seen".split(),
    *b"UIDAFTER UIDBEFORE PARTIAL 500 1:2".split(),
    *b'"" "a" "\\"" 1-Jan-2020 &Jjo- &- = AGEAYg=='.split(),
    b'"17-Jul-1996 02:44:25 -0700"',
    b"{0+}\r\n",
    b"{1+}\r\n",
    b"~{1+}\r\n",
    b" ",
    b"\xff",
    b"\0",
    b"\xc3\xbc",
]
ARGUMENTS = st.lists(st.sampled_from(WORDS) | st.binary(max_size=5), max_size=12)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), ARGUMENTS, st.sampled_from([b" ", b""]), st.booleans())
def test_any_arguments(name: bytes, arguments: list[bytes], between: bytes, utf8: bool) -> None:
    """Every parser, on its own."""
    text = b"a " + name + b" " + between.join(arguments)
    with suppress(BadSyntax):
        COMMANDS[name].parse(Parser(text, 2 + len(name), utf8))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), ARGUMENTS), max_size=4))
def test_any_stream(lines: list[tuple[bytes, list[bytes]]]) -> None:
    """Framing and parsers together."""
    receiver = Receiver(AFTER_LOGIN, multiappend=True)
    for name, arguments in lines:
        receiver.feed(b"a " + name + b" " + b" ".join(arguments) + b"\r\n")
        while (event := receiver.next_event()) is not None:
            if isinstance(event, Command) and event.name in COMMANDS:
                with suppress(BadSyntax):
                    COMMANDS[event.name].parse(Parser(event.text, event.args))
