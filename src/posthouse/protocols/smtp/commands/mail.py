"""MAIL – RFC 5321 §4.1.1.2.

    mail            = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF

    SIZE=1*20DIGIT                        RFC 1870 §6
    BODY=7BIT / 8BITMIME / BINARYMIME     RFC 6152, RFC 3030 §3
    SMTPUTF8                              RFC 6531 §3.4
    RET=FULL / HDRS                       RFC 3461 §4.3
    ENVID=xtext                           RFC 3461 §4.4: at most 100 characters
    AUTH=xtext / "<>"                     RFC 4954 §5
    HOLDFOR=1*9DIGIT                      RFC 4865 §4: seconds
    HOLDUNTIL=date-time                   RFC 4865 §4: RFC 3339
    BY=by-time;by-mode[by-trace]          RFC 2852 §4
    MT-PRIORITY=-9..9                     RFC 6710 §4
    REQUIRETLS                            RFC 8689 §4.1

Old mail programs and many scripts put a space after the colon; it is allowed here, as everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from ..grammar import (
    Parameter,
    decode_xtext,
    digits,
    no_value,
    one_of,
    parse_mailbox,
    parse_parameters,
    parse_reverse_path,
)
from ..replies import BAD_SENDER, SYNTAX_ERROR, UTF8_NEEDS_SMTPUTF8, BadCommand


@dataclass(frozen=True, slots=True)
class DeliverBy:
    """RFC 2852 §4."""

    seconds: int
    mode: str
    """`R`: return the message when it is late; `N`: notify and go on."""
    trace: bool


@dataclass(frozen=True, slots=True)
class Mail:
    word: ClassVar[str] = "MAIL"
    sender: Address | None
    """None: the null reverse-path."""
    size: int | None = None
    body: str = "7BIT"
    smtputf8: bool = False
    ret: str = ""
    envid: str = ""
    auth: str | None = None
    """Who submitted it first, decoded; `<>` when that is not known; None when not said."""
    hold_for: int | None = None
    hold_until: datetime | None = None
    deliver_by: DeliverBy | None = None
    priority: int | None = None
    require_tls: bool = False
    parameters: frozenset[str] = frozenset()
    """Names of those given, in capitals."""


_FROM = re.compile(rb"FROM:[ \t]*", re.IGNORECASE)
_BY = re.compile(r"(-?[0-9]{1,9});([RN])(T?)", re.IGNORECASE)
_PRIORITY = re.compile(r"0|-?[1-9]")
ENVID_LIMIT = 100


def parse_mail(args: bytes) -> Mail:
    match = _FROM.match(args)
    if match is None:
        raise BadCommand(SYNTAX_ERROR.with_text("MAIL FROM:<address> expected"))
    sender, at = parse_reverse_path(args, match.end(), BAD_SENDER)
    if at == len(args):
        mail = Mail(sender)
    elif args[at] == 0x20:
        mail = Mail(sender, **parse_parameters(args[at:], PARAMETERS))
    else:
        raise BadCommand(BAD_SENDER)
    if not (args.isascii() or mail.smtputf8):
        raise BadCommand(UTF8_NEEDS_SMTPUTF8)
    return mail


def _envid(value: str | None) -> str:
    text = decode_xtext(value or "")
    if not text or len(value or "") > ENVID_LIMIT or not (text.isascii() and text.isprintable()):
        raise BadSyntax("at most 100 printable characters")
    return text


def _auth(value: str | None) -> str:
    if value == "<>":
        return value
    text = decode_xtext(value or "")
    parse_mailbox(text.encode())
    return text


def _hold_until(value: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        raise BadSyntax("date-time of RFC 3339") from None
    if moment.tzinfo is None:
        raise BadSyntax("time zone")
    return moment


def _deliver_by(value: str | None) -> DeliverBy:
    match = _BY.fullmatch(value or "")
    if match is None:
        raise BadSyntax("by-time;by-mode")
    seconds, mode = int(match[1]), match[2].upper()
    if mode == "R" and seconds <= 0:
        raise BadSyntax("a time to come")  # RFC 2852 §4
    return DeliverBy(seconds, mode, bool(match[3]))


def _priority(value: str | None) -> int:
    if _PRIORITY.fullmatch(value or "") is None:
        raise BadSyntax("-9 to 9")
    return int(value or "")


PARAMETERS = {
    "SIZE": Parameter("size", digits(20)),
    "BODY": Parameter("body", one_of("7BIT", "8BITMIME", "BINARYMIME")),
    "SMTPUTF8": Parameter("smtputf8", no_value),
    "RET": Parameter("ret", one_of("FULL", "HDRS")),
    "ENVID": Parameter("envid", _envid),
    "AUTH": Parameter("auth", _auth),
    "HOLDFOR": Parameter("hold_for", digits(9)),
    "HOLDUNTIL": Parameter("hold_until", _hold_until),
    "BY": Parameter("deliver_by", _deliver_by),
    "MT-PRIORITY": Parameter("priority", _priority),
    "REQUIRETLS": Parameter("require_tls", no_value),
}
