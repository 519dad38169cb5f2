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
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

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
    """The parameters are kept as given, by name in capitals; the properties say what each means or defaults to."""

    word: ClassVar[str] = "MAIL"
    sender: Address | None
    """None: the null reverse-path."""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        return self.parameters.get("SIZE")

    @property
    def body(self) -> str:
        return str(self.parameters.get("BODY", "7BIT"))

    @property
    def smtputf8(self) -> bool:
        return "SMTPUTF8" in self.parameters

    @property
    def ret(self) -> str:
        return str(self.parameters.get("RET", ""))

    @property
    def envid(self) -> str:
        return str(self.parameters.get("ENVID", ""))

    @property
    def auth(self) -> str | None:
        """Who submitted it first, decoded; `<>` when that is not known; None when not said."""
        return self.parameters.get("AUTH")

    @property
    def hold_for(self) -> int | None:
        """Seconds."""
        return self.parameters.get("HOLDFOR")

    @property
    def hold_until(self) -> datetime | None:
        return self.parameters.get("HOLDUNTIL")

    @property
    def deliver_by(self) -> DeliverBy | None:
        return self.parameters.get("BY")

    @property
    def priority(self) -> int | None:
        return self.parameters.get("MT-PRIORITY")

    @property
    def require_tls(self) -> bool:
        return "REQUIRETLS" in self.parameters


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
        mail = Mail(sender, parse_parameters(args[at:], PARAMETERS))
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


PARAMETERS: dict[str, Parameter] = {
    "SIZE": digits(20),
    "BODY": one_of("7BIT", "8BITMIME", "BINARYMIME"),
    "SMTPUTF8": no_value,
    "RET": one_of("FULL", "HDRS"),
    "ENVID": _envid,
    "AUTH": _auth,
    "HOLDFOR": digits(9),
    "HOLDUNTIL": _hold_until,
    "BY": _deliver_by,
    "MT-PRIORITY": _priority,
    "REQUIRETLS": no_value,
}
