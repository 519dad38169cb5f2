"""The commands of the TRANSACTION state – RFC 1939 §5, §7.

STAT | NOOP | RSET
LIST [SP msg] | UIDL [SP msg]
RETR SP msg | DELE SP msg
TOP SP msg SP n
msg = 1*DIGIT                   ; from 1
n   = 1*DIGIT                   ; from 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..replies import BAD_ARGUMENTS, NO_SUCH_MESSAGE, BadCommand

NUMBER_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Stat:
    word: ClassVar[str] = "STAT"


@dataclass(frozen=True, slots=True)
class Noop:
    word: ClassVar[str] = "NOOP"


@dataclass(frozen=True, slots=True)
class Rset:
    word: ClassVar[str] = "RSET"


@dataclass(frozen=True, slots=True)
class List:
    word: ClassVar[str] = "LIST"
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Uidl:
    word: ClassVar[str] = "UIDL"
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Retr:
    word: ClassVar[str] = "RETR"
    message: int


@dataclass(frozen=True, slots=True)
class Dele:
    word: ClassVar[str] = "DELE"
    message: int


@dataclass(frozen=True, slots=True)
class Top:
    word: ClassVar[str] = "TOP"
    message: int
    lines: int


def parse_stat(args: bytes) -> Stat:
    nothing(args)
    return Stat()


def parse_noop(args: bytes) -> Noop:
    nothing(args)
    return Noop()


def parse_rset(args: bytes) -> Rset:
    nothing(args)
    return Rset()


def parse_list(args: bytes) -> List:
    return List(_message(args) if args else None)


def parse_uidl(args: bytes) -> Uidl:
    return Uidl(_message(args) if args else None)


def parse_retr(args: bytes) -> Retr:
    return Retr(_message(args))


def parse_dele(args: bytes) -> Dele:
    return Dele(_message(args))


def parse_top(args: bytes) -> Top:
    message, _, lines = args.partition(b" ")
    return Top(_message(message), _number(lines.lstrip(b" ")))


def nothing(args: bytes) -> None:
    if args:
        raise BadCommand(BAD_ARGUMENTS)


def _message(digits: bytes) -> int:
    number = _number(digits)
    if number == 0:
        raise BadCommand(NO_SUCH_MESSAGE)
    return number


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > NUMBER_DIGITS:
        raise BadCommand(BAD_ARGUMENTS)
    return int(digits)
