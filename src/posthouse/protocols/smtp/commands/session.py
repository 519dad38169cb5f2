"""RSET, QUIT – RFC 5321 §4.1.1.5, §4.1.1.10; STARTTLS – RFC 3207 §4.

rset     = "RSET" CRLF
quit     = "QUIT" CRLF
starttls = "STARTTLS" CRLF
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..replies import NO_ARGUMENTS, BadCommand


@dataclass(frozen=True, slots=True)
class Rset:
    word: ClassVar[str] = "RSET"


@dataclass(frozen=True, slots=True)
class Quit:
    word: ClassVar[str] = "QUIT"


@dataclass(frozen=True, slots=True)
class StartTls:
    word: ClassVar[str] = "STARTTLS"


def parse_rset(args: bytes) -> Rset:
    _nothing(args)
    return Rset()


def parse_quit(args: bytes) -> Quit:
    _nothing(args)
    return Quit()


def parse_starttls(args: bytes) -> StartTls:
    _nothing(args)
    return StartTls()


def _nothing(args: bytes) -> None:
    if args:
        raise BadCommand(NO_ARGUMENTS)
