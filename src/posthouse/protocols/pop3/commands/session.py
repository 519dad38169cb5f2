"""QUIT – RFC 1939 §4, §6; CAPA – RFC 2449 §5; UTF8, LANG – RFC 6856 §2, §3.

QUIT | CAPA | UTF8
LANG [SP lang-range]            ; "*": whatever the server prefers
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from ..replies import BAD_ARGUMENTS, BadCommand
from .maildrop import nothing

_LANGUAGE = re.compile(rb"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")


@dataclass(frozen=True, slots=True)
class Quit:
    word: ClassVar[str] = "QUIT"


@dataclass(frozen=True, slots=True)
class Capa:
    word: ClassVar[str] = "CAPA"


@dataclass(frozen=True, slots=True)
class Utf8:
    word: ClassVar[str] = "UTF8"


@dataclass(frozen=True, slots=True)
class Lang:
    word: ClassVar[str] = "LANG"
    tag: str = ""
    """Empty: list them; `*`: the server's choice."""


def parse_quit(args: bytes) -> Quit:
    nothing(args)
    return Quit()


def parse_capa(args: bytes) -> Capa:
    nothing(args)
    return Capa()


def parse_utf8(args: bytes) -> Utf8:
    nothing(args)
    return Utf8()


def parse_lang(args: bytes) -> Lang:
    if args and _LANGUAGE.fullmatch(args) is None:
        raise BadCommand(BAD_ARGUMENTS)
    return Lang(args.decode())
