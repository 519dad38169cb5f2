"""LOGIN – RFC 9051 §6.2.3.

login           = "LOGIN" SP userid SP password
userid          = astring
password        = astring
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


def parse_login(p: Parser) -> Login:
    p.sp()
    user = _text(p.astring())
    p.sp()
    password = _text(p.astring())
    p.end()
    return Login(user, password)


def _text(octets: bytes) -> str:
    """UTF-8; old clients send Latin-1, which UTF-8 then never is by accident."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
