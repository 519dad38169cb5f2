"""Negotiate credentials – RFC 4559 §4.

    credentials = "Negotiate" 1*SP base64(token)
    challenge   = "Negotiate" [ 1*SP base64(token) ]

A token is of GSS-API (RFC 4178); what is in it is for a library that knows the mechanism.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from posthouse.model.refusals import BadSyntax

SCHEME = "Negotiate"
MAX = 64 * 1024
"""Characters: more than Windows puts into a ticket (48 000 octets, its MaxTokenSize)."""
NTLM = b"NTLMSSP\0"
"""[MS-NLMP] 2.2.1: what a client of Windows sends that has no ticket."""


def is_negotiate(field: str) -> bool:
    """Whether an Authorization field is of this scheme."""
    return field.strip().partition(" ")[0].lower() == "negotiate"


def parse_negotiate(field: str) -> bytes:
    """The token of an Authorization field. BadSyntax for another scheme, and for what can be no ticket."""
    scheme, _, token = field.strip().partition(" ")
    if scheme.lower() != "negotiate" or len(token) > MAX:
        raise BadSyntax("Negotiate credentials")
    try:
        raw = b64decode(token.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadSyntax("base64") from None
    if not raw or raw.startswith(NTLM):
        raise BadSyntax("a token of Kerberos")
    return raw


def format_negotiate(token: bytes) -> str:
    """For a WWW-Authenticate field; without a token it is the first challenge."""
    return f"{SCHEME} {b64encode(token).decode('ascii')}" if token else SCHEME
