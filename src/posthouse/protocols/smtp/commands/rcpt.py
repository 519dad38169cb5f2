"""RCPT – RFC 5321 §4.1.1.3.

    rcpt   = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF

    NOTIFY = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )     RFC 3461 §4.1
    ORCPT  = addr-type ";" xtext                                 RFC 3461 §4.2: at most 500 characters
           / "utf-8;" utf-8-enc-addr                             RFC 6533 §3

Whether a path that is not ASCII may be used here depends on the MAIL before it: see `require_smtputf8`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax

from ..grammar import Parameter, decode_unitext, decode_xtext, parse_forward_path, parse_parameters
from ..replies import BAD_RECIPIENT, NULL_RECIPIENT, SYNTAX_ERROR, UTF8_NEEDS_SMTPUTF8, BadCommand


@dataclass(frozen=True, slots=True)
class Rcpt:
    word: ClassVar[str] = "RCPT"
    recipient: Address
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notify(self) -> frozenset[str]:
        """Empty when not said."""
        return frozenset(self.parameters.get("NOTIFY", ()))

    @property
    def orcpt(self) -> str:
        """`rfc822;user@example.org`, decoded."""
        return str(self.parameters.get("ORCPT", ""))


_TO = re.compile(rb"TO:[ \t]*", re.IGNORECASE)
_ORCPT = re.compile(r"([A-Za-z0-9!#$%&'*/?^_`{|}~-]+);(.+)", re.DOTALL)
ORCPT_LIMIT = 500
NOTIFY_WORDS = frozenset({"SUCCESS", "FAILURE", "DELAY"})


def parse_rcpt(args: bytes) -> Rcpt:
    match = _TO.match(args)
    if match is None:
        raise BadCommand(SYNTAX_ERROR.with_text("RCPT TO:<address> expected"))
    at = match.end()
    if args.startswith(b"<>", at):
        raise BadCommand(NULL_RECIPIENT)
    recipient, at = parse_forward_path(args, at, BAD_RECIPIENT)
    if at == len(args):
        return Rcpt(recipient)
    if args[at] != 0x20:
        raise BadCommand(BAD_RECIPIENT)
    return Rcpt(recipient, parse_parameters(args[at:], PARAMETERS))


def require_smtputf8(command: Rcpt) -> None:
    """In a transaction whose MAIL had no SMTPUTF8 every address is ASCII (RFC 6531 §3.5)."""
    if not (command.recipient.is_ascii and command.orcpt.isascii()):
        raise BadCommand(UTF8_NEEDS_SMTPUTF8)


def _notify(value: str | None) -> frozenset[str]:
    words = frozenset((value or "").upper().split(","))
    if words == {"NEVER"} or words <= NOTIFY_WORDS:
        return words
    raise BadSyntax("NEVER, or SUCCESS, FAILURE, DELAY")


def _orcpt(value: str | None) -> str:
    match = _ORCPT.fullmatch(value or "")
    if match is None or len(value or "") > ORCPT_LIMIT:
        raise BadSyntax("addr-type;xtext")
    kind, address = match[1], decode_xtext(match[2])
    if kind.lower() == "utf-8":
        address = decode_unitext(address)
    elif not address.isascii():
        raise BadSyntax("ASCII")
    if not address.isprintable():
        raise BadSyntax("printable characters")
    return f"{kind};{address}"


PARAMETERS: dict[str, Parameter] = {
    "NOTIFY": _notify,
    "ORCPT": _orcpt,
}
