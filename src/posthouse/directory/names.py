"""Names of domains and addresses, as a person writes them and as keys that are equal when the names are.

domain   lower case, A-labels (IDNA 2008, UTS 46), no dot at the end: `Bücher.Example.` is `xn--bcher-kva.example`
local    NFC and lower case: local parts of our domains have no case (RFC 5321 §2.4 leaves that to us)
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna

from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address

MAX_LOCAL = 64
"""Octets (RFC 5321 §4.5.3.1.1)."""
MAX_DOMAIN = 255

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*")
_ATOMS = re.compile(r"[^\x00-\x20\x7f()<>\[\]:;@\\,\"]+")
_QUOTED = re.compile(r'"((?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*)"')


class Key(NamedTuple):
    domain: str
    local: str
    """Empty: the domain's catch-all."""


def domain_key(domain: str) -> str:
    """Never raises: a name that is not in IDNA is the key of no domain."""
    if domain.isascii():
        return domain.lower().removesuffix(".").replace("\0", "\\0")
    return _international(domain)


@lru_cache(1024)
def _international(domain: str) -> str:
    try:
        return idna.encode(domain.removesuffix("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")


def local_key(local: str) -> str:
    """Never raises: NUL and half surrogates, which no database takes, are spelled out and are nobody's."""
    if local.isascii():
        return local.lower().replace("\0", "\\0")
    whole = local.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    return unicodedata.normalize("NFC", whole.lower())


def address_key(address: Address) -> Key:
    return Key(domain_key(address.domain), local_key(address.local))


def parse_domain(text: str) -> str:
    """A domain that may be added: its key."""
    key = domain_key(text.strip())
    if len(key) > MAX_DOMAIN or not _DOMAIN.fullmatch(key):
        raise BadAddress(f"Not a domain: {text}")
    return key


def parse_address(text: str, *, catch_all: bool = False) -> Address:
    """`user@example.org`, `"a b"@example.org`, and with `catch_all` also `@example.org`, whose local part is empty."""
    local, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    if not at:
        raise BadAddress(f"Not an address: {text}")
    parse_domain(domain)
    if quoted := _QUOTED.fullmatch(local):
        local = re.sub(r"\\(.)", r"\1", quoted[1])
    elif not _ATOMS.fullmatch(local) and not (catch_all and not local):
        raise BadAddress(f"Not an address: {text}")
    if len(local.encode("utf-8", "replace")) > MAX_LOCAL or (not local and not catch_all):
        raise BadAddress(f"Not an address: {text}")
    return Address(local, domain.removesuffix("."))
