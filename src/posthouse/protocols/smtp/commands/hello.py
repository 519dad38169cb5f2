"""EHLO, HELO – RFC 5321 §4.1.1.1; LHLO – RFC 2033 §4.1.

    ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
    helo = "HELO" SP Domain CRLF
    lhlo = "LHLO" SP Domain CRLF

The name is what the client claims, no more, and must not be a reason to refuse mail (§4.1.4). Real clients say
`my_pc`, `%COMPUTERNAME%` or an unqualified name in UTF-8: any one word without the characters that would end or quote
a word in a Received field is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from ..replies import SYNTAX_ERROR, BadCommand

_NAME = re.compile(rb"[!#-'*+\-./0-:=?A-\[\]-~\x80-\xff]{1,255}")


@dataclass(frozen=True, slots=True)
class Ehlo:
    word: ClassVar[str] = "EHLO"
    domain: str


@dataclass(frozen=True, slots=True)
class Helo:
    word: ClassVar[str] = "HELO"
    domain: str


@dataclass(frozen=True, slots=True)
class Lhlo:
    word: ClassVar[str] = "LHLO"
    domain: str


def parse_ehlo(args: bytes) -> Ehlo:
    return Ehlo(_name(args))


def parse_helo(args: bytes) -> Helo:
    return Helo(_name(args))


def parse_lhlo(args: bytes) -> Lhlo:
    return Lhlo(_name(args))


def _name(args: bytes) -> str:
    if _NAME.fullmatch(args):
        try:
            return args.decode()
        except UnicodeDecodeError:
            pass
    raise BadCommand(SYNTAX_ERROR.with_text("Your host name or address literal expected"))
