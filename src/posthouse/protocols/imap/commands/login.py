"""LOGIN – RFC 9051 §6.2.3.

login           = "LOGIN" SP userid SP password
userid          = astring
password        = astring
"""

from __future__ import annotations

from dataclasses import dataclass, field

from posthouse.protocols.sasl.exchange import decode_name

from ..grammar import Parser


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


def parse_login(p: Parser) -> Login:
    p.sp()
    user = decode_name(p.astring())
    p.sp()
    password = decode_name(p.astring())
    p.end()
    return Login(user, password)
