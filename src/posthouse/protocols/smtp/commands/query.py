"""VRFY, EXPN, HELP, NOOP – RFC 5321 §4.1.1.6 to §4.1.1.9.

    vrfy = "VRFY" SP String [ SP "SMTPUTF8" ] CRLF     ; RFC 6531 §3.7.4.2
    expn = "EXPN" SP String [ SP "SMTPUTF8" ] CRLF
    help = "HELP" [ SP String ] CRLF
    noop = "NOOP" [ SP String ] CRLF

String is an atom or a quoted string; what people type is an address, often in brackets. The brackets and quotes are
taken off, the rest is the text to look up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from ..grammar import parse_mailbox
from ..replies import SYNTAX_ERROR, UTF8_NEEDS_SMTPUTF8, BadCommand


@dataclass(frozen=True, slots=True)
class Vrfy:
    word: ClassVar[str] = "VRFY"
    text: str
    address: Address | None
    """The text, when it is a mailbox."""
    smtputf8: bool = False


@dataclass(frozen=True, slots=True)
class Expn:
    word: ClassVar[str] = "EXPN"
    text: str
    smtputf8: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    word: ClassVar[str] = "HELP"
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Noop:
    word: ClassVar[str] = "NOOP"


def parse_vrfy(args: bytes) -> Vrfy:
    text, smtputf8 = _string(args)
    try:
        address = parse_mailbox(text.encode())
    except BadSyntax:
        address = None
    return Vrfy(text, address, smtputf8)


def parse_expn(args: bytes) -> Expn:
    return Expn(*_string(args))


def parse_help(args: bytes) -> Help:
    return Help(args.decode("ascii", "replace"))


def parse_noop(args: bytes) -> Noop:
    return Noop()


def _string(args: bytes) -> tuple[str, bool]:
    head, _, last = args.rpartition(b" ")
    smtputf8 = bool(head) and last.upper() == b"SMTPUTF8"
    try:
        text = (head if smtputf8 else args).decode().strip()
    except UnicodeDecodeError:
        raise BadCommand(SYNTAX_ERROR) from None
    if not (text.isascii() or smtputf8):
        raise BadCommand(UTF8_NEEDS_SMTPUTF8)
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    elif len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('\\"', '"')
    if not text:
        raise BadCommand(SYNTAX_ERROR)
    return text, smtputf8
