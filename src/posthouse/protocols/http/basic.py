"""Basic credentials – RFC 7617 §2.

    credentials = "Basic" 1*SP base64(user-id ":" password)

The octets are UTF-8 as we ask for (§2.1); a client that does not know that sends Latin-1.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax

MAX = 8192


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    user: str
    """As it was typed: `alice`, `alice@example.org`, `EXAMPLE\\alice`."""
    password: bytes = field(repr=False)

    @property
    def login(self) -> str:
        """The name to look for. In front of a backslash there is a domain of Windows; one that looks like a domain of
        the DNS completes the name, any other says nothing to us."""
        domain, slash, user = self.user.rpartition("\\")
        return f"{user}@{domain}" if slash and "." in domain and "@" not in user else user


def parse_basic(field: str) -> BasicCredentials:
    """Of an Authorization field. BadSyntax for another scheme as well."""
    scheme, _, token = field.strip().partition(" ")
    if scheme.lower() != "basic" or len(token) > MAX:
        raise BadSyntax("Basic credentials")
    try:
        raw = b64decode(token.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSyntax("base64") from None
    user, colon, password = raw.partition(b":")
    if not colon or not user or b"\0" in raw:
        raise BadSyntax("a name, a colon and a password")
    try:
        name = user.decode("utf-8")
    except UnicodeDecodeError:
        name = user.decode("latin-1")
    return BasicCredentials(name.strip(), password)
