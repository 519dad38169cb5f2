"""All commands as a table: word, grammar, states – RFC 1939 §9, RFC 2449 §3."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..machine import COMMAND_STATES, State
from ..replies import BAD_CHARACTER, LOGIN_FIRST, NOT_NOW, UNKNOWN_COMMAND, USER_FIRST, BadCommand, Reply
from .login import Auth, Pass, Stls, User, parse_auth, parse_pass, parse_stls, parse_user
from .maildrop import (
    Dele,
    List,
    Noop,
    Retr,
    Rset,
    Stat,
    Top,
    Uidl,
    parse_dele,
    parse_list,
    parse_noop,
    parse_retr,
    parse_rset,
    parse_stat,
    parse_top,
    parse_uidl,
)
from .session import Capa, Lang, Quit, Utf8, parse_capa, parse_lang, parse_quit, parse_utf8

Command = User | Pass | Auth | Stls | Stat | List | Retr | Dele | Noop | Rset | Top | Uidl | Quit | Capa | Utf8 | Lang


class Row(NamedTuple):
    word: str
    parse: Callable[[bytes], Command]
    states: frozenset[State]


ANY = COMMAND_STATES
BEFORE_LOGIN = frozenset({State.AUTHORIZATION, State.NAMED})
NAMED = frozenset({State.NAMED})
TRANSACTION = frozenset({State.TRANSACTION})

COMMANDS: dict[str, Row] = {
    row.word: row
    for row in (
        Row("USER", parse_user, BEFORE_LOGIN),
        Row("PASS", parse_pass, NAMED),
        Row("AUTH", parse_auth, BEFORE_LOGIN),
        Row("STLS", parse_stls, BEFORE_LOGIN),
        Row("UTF8", parse_utf8, BEFORE_LOGIN),
        Row("STAT", parse_stat, TRANSACTION),
        Row("LIST", parse_list, TRANSACTION),
        Row("RETR", parse_retr, TRANSACTION),
        Row("DELE", parse_dele, TRANSACTION),
        Row("NOOP", parse_noop, TRANSACTION),
        Row("RSET", parse_rset, TRANSACTION),
        Row("TOP", parse_top, TRANSACTION),
        Row("UIDL", parse_uidl, TRANSACTION),
        Row("CAPA", parse_capa, ANY),
        Row("LANG", parse_lang, ANY),
        Row("QUIT", parse_quit, ANY),
    )
}

_BY_WORD = {word.encode(): row for word, row in COMMANDS.items()}
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def split_line(line: bytes) -> tuple[Row, bytes]:
    """A line without its end → the command's row and its arguments. Trailing spaces are tolerated, but in PASS they
    belong to the password."""
    if _CONTROL.search(line) is not None:
        raise BadCommand(BAD_CHARACTER)
    word, _, args = line.partition(b" ")
    row = _BY_WORD.get(word) or _BY_WORD.get(word.upper())
    if row is None:
        raise BadCommand(UNKNOWN_COMMAND)
    return row, args if row.word == "PASS" else args.strip(b" ")


def parse_command(line: bytes) -> Command:
    """A line without its end → the command. `BadCommand` carries the reply."""
    row, args = split_line(line)
    return row.parse(args)


def out_of_sequence(row: Row, state: State) -> Reply | None:
    """What to answer when the command may not come now; None when it may."""
    if state in row.states:
        return None
    if row.states is NAMED and state is State.AUTHORIZATION:
        return USER_FIRST
    return LOGIN_FIRST if row.states is TRANSACTION else NOT_NOW
