"""USER, PASS – RFC 1939 §7; AUTH – RFC 5034 §4; STLS – RFC 2595 §4.

    USER SP name
    PASS SP string                  ; spaces belong to the password
    AUTH [SP mechanism [SP initial-response]]
    STLS

AUTH without a mechanism is how clients before RFC 5034 asked for the list of mechanisms; it is answered with one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.encoding import decode_initial

from ..replies import BAD_ARGUMENTS, BadCommand, err

_MECHANISM = re.compile(rb"([A-Za-z0-9_-]{1,20})(?: +(\S+))?")


@dataclass(frozen=True, slots=True)
class User:
    word: ClassVar[str] = "USER"
    name: str


@dataclass(frozen=True, slots=True)
class Pass:
    word: ClassVar[str] = "PASS"
    password: bytes = field(repr=False)
    """As sent: which characters it means is for SASLprep, or Latin-1 from an old client."""


@dataclass(frozen=True, slots=True)
class Auth:
    word: ClassVar[str] = "AUTH"
    mechanism: str = ""
    """Empty: list them."""
    initial: bytes | None = field(default=None, repr=False)
    """Decoded; None when the client sent none."""


@dataclass(frozen=True, slots=True)
class Stls:
    word: ClassVar[str] = "STLS"


def parse_user(args: bytes) -> User:
    try:
        name = args.strip(b" ").decode()
    except UnicodeDecodeError:
        name = ""
    if not name:
        raise BadCommand(BAD_ARGUMENTS)
    return User(name)


def parse_pass(args: bytes) -> Pass:
    if not args:
        raise BadCommand(BAD_ARGUMENTS)
    return Pass(args)


def parse_auth(args: bytes) -> Auth:
    if not args:
        return Auth()
    match = _MECHANISM.fullmatch(args)
    if match is None:
        raise BadCommand(BAD_ARGUMENTS)
    try:
        initial = None if match[2] is None else decode_initial(match[2])
    except BadSyntax:
        raise BadCommand(err("Cannot decode the initial response")) from None
    return Auth(match[1].decode().upper(), initial)


def parse_stls(args: bytes) -> Stls:
    if args:
        raise BadCommand(BAD_ARGUMENTS)
    return Stls()
