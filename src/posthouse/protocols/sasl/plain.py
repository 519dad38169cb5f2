"""PLAIN – RFC 4616.

message = [authzid] UTF8NUL authcid UTF8NUL passwd
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.exchange import Dialogue, PasswordClaim, ask, decode_name

MAX_NAME = 1020
"""Octets: 255 characters (RFC 4616 §2) of four octets each."""
MAX_PASSWORD = 4096


def plain() -> Dialogue:
    message = yield from ask(b"", MAX_NAME * 2 + MAX_PASSWORD + 2)
    return parse_plain(message)


def parse_plain(message: bytes) -> PasswordClaim:
    parts = message.split(b"\0")
    if len(parts) != 3:
        raise BadSyntax("authzid NUL authcid NUL passwd")
    return password_claim(parts[1], parts[0], parts[2])


def password_claim(user: bytes, authzid: bytes, password: bytes) -> PasswordClaim:
    """An empty name or password is no credential at all (RFC 4616 §2: 1*SAFE)."""
    if not 0 < len(user) <= MAX_NAME or len(authzid) > MAX_NAME:
        raise BadSyntax("a user name of a possible length")
    if not 0 < len(password) <= MAX_PASSWORD:
        raise BadSyntax("a password of a possible length")
    return PasswordClaim(decode_name(user), decode_name(authzid), password)


def format_plain(user: str, password: str, authzid: str = "") -> bytes:
    if "\0" in user + password + authzid:
        raise ValueError("NUL cannot be sent in PLAIN")
    return f"{authzid}\0{user}\0{password}".encode()
