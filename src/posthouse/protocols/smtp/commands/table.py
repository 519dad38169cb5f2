"""The chapter RFC 5321 §4.1 as a table: word, grammar, states, dialect.

`states` are those in which the command may succeed (§4.1.4); in any other it is refused with the reply that
`out_of_sequence` chooses, before its arguments are looked at. LMTP has LHLO instead of HELO and EHLO (RFC 2033 §4.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..machine import COMMAND_STATES, State
from ..replies import (
    BAD_CHARACTER,
    BAD_SEQUENCE,
    CHUNK_OR_RESET,
    COMMAND_UNKNOWN,
    HELLO_FIRST,
    MAIL_FIRST,
    NESTED_MAIL,
    PARAMETER_UNKNOWN,
    RECIPIENT_FIRST,
    BadCommand,
    Reply,
)
from . import mail, rcpt
from .auth import Auth, parse_auth
from .burl import Burl, parse_burl
from .content import Bdat, Data, parse_bdat, parse_data
from .hello import Ehlo, Helo, Lhlo, parse_ehlo, parse_helo, parse_lhlo
from .mail import Mail, parse_mail
from .query import Expn, Help, Noop, Vrfy, parse_expn, parse_help, parse_noop, parse_vrfy
from .rcpt import Rcpt, parse_rcpt
from .session import Quit, Rset, StartTls, parse_quit, parse_rset, parse_starttls

Command = (
    Ehlo | Helo | Lhlo | Mail | Rcpt | Data | Bdat | Burl | Rset | Vrfy | Expn | Help | Noop | Quit | StartTls | Auth
)


class Row(NamedTuple):
    word: str
    parse: Callable[[bytes], Command]
    states: frozenset[State]
    smtp: bool = True
    lmtp: bool = True


ANY = COMMAND_STATES
READY = frozenset({State.READY})
MAIL = frozenset({State.MAIL, State.RCPT})
RCPT = frozenset({State.RCPT})
CONTENT = frozenset({State.RCPT, State.CHUNKS})

COMMANDS: dict[str, Row] = {
    row.word: row
    for row in (
        Row("EHLO", parse_ehlo, ANY, lmtp=False),
        Row("HELO", parse_helo, ANY, lmtp=False),
        Row("LHLO", parse_lhlo, ANY, smtp=False),
        Row("MAIL", parse_mail, READY),
        Row("RCPT", parse_rcpt, MAIL),
        Row("DATA", parse_data, RCPT),
        Row("BDAT", parse_bdat, CONTENT),
        Row("BURL", parse_burl, CONTENT, lmtp=False),
        Row("RSET", parse_rset, ANY),
        Row("VRFY", parse_vrfy, ANY),
        Row("EXPN", parse_expn, ANY),
        Row("HELP", parse_help, ANY),
        Row("NOOP", parse_noop, ANY),
        Row("QUIT", parse_quit, ANY),
        Row("STARTTLS", parse_starttls, READY),
        Row("AUTH", parse_auth, READY),
    )
}

PARAMETERS = frozenset(mail.PARAMETERS) | frozenset(rcpt.PARAMETERS)
"""All that the grammar knows; a server takes those of the extensions it offers (`extensions.offered_parameters`)."""

_WITH_PARAMETERS = (Mail, Rcpt)
_BY_WORD = {word.encode(): row for word, row in COMMANDS.items()}
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def split_line(line: bytes, lmtp: bool = False) -> tuple[Row, bytes]:
    """A line without its CRLF → the command's row and its arguments. 500 when it is none.

    Trailing white space is tolerated (§4.1.1); words are in any case (§2.4)."""
    line = line.rstrip(b" \t")
    if _CONTROL.search(line) is not None:
        raise BadCommand(BAD_CHARACTER)
    word, _, args = line.partition(b" ")
    row = _BY_WORD.get(word) or _BY_WORD.get(word.upper())
    if row is None or not (row.lmtp if lmtp else row.smtp):
        raise BadCommand(COMMAND_UNKNOWN)
    return row, args.lstrip(b" ")


def parse_command(line: bytes, offered: frozenset[str] = PARAMETERS, lmtp: bool = False) -> Command:
    """A line without its CRLF → the command. `BadCommand` carries the reply: 500, 501, 553 or 555."""
    row, args = split_line(line, lmtp)
    return parse_arguments(row, args, offered)


def parse_arguments(row: Row, args: bytes, offered: frozenset[str] = PARAMETERS) -> Command:
    command = row.parse(args)
    if isinstance(command, _WITH_PARAMETERS) and command.parameters and not command.parameters.keys() <= offered:
        raise BadCommand(PARAMETER_UNKNOWN)
    return command


def out_of_sequence(row: Row, state: State) -> Reply | None:
    """What to answer when the command may not come now; None when it may. Costs no more than a set look-up."""
    if state in row.states:
        return None
    if state is State.GREETED:
        return HELLO_FIRST
    if state is State.CHUNKS:
        return CHUNK_OR_RESET
    if row.word == "MAIL":
        return NESTED_MAIL
    if row.word in ("RCPT", "DATA", "BDAT", "BURL"):
        return MAIL_FIRST if state is State.READY else RECIPIENT_FIRST
    return BAD_SEQUENCE
