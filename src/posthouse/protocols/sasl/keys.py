"""What a server keeps of a password for SCRAM – RFC 5802 §3. With these alone nobody can log in elsewhere, nor here.

    SaltedPassword := Hi(Normalize(password), salt, i)
    ClientKey      := HMAC(SaltedPassword, "Client Key")
    StoredKey      := H(ClientKey)
    ServerKey      := HMAC(SaltedPassword, "Server Key")

As text, RFC 5803's `SCRAM-SHA-256$65536:salt$StoredKey:ServerKey`, which PostgreSQL and others use as well.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.encoding import decode_base64, encode_base64

SCRAM_HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
"""Mechanism, without -PLUS → its hash; the better one first (RFC 7677, RFC 5802)."""

MIN_ITERATIONS = 4096
"""RFC 7677 §4."""
MAX_ITERATIONS = 10_000_000
"""What a client of ours computes at most for a server that it does not know."""


@dataclass(frozen=True, slots=True)
class ScramKeys:
    mechanism: str
    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


def digest(mechanism: str, data: bytes) -> bytes:
    return hashlib.new(SCRAM_HASHES[mechanism], data).digest()


def sign(mechanism: str, key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, SCRAM_HASHES[mechanism])


def salt_password(mechanism: str, password: bytes, salt: bytes, iterations: int) -> bytes:
    """`Hi()` of RFC 5802 §2.2. Takes long by intention: call it in a thread. `password` is prepared already."""
    return hashlib.pbkdf2_hmac(SCRAM_HASHES[mechanism], password, salt, iterations)


def derive_keys(mechanism: str, password: bytes, salt: bytes, iterations: int) -> ScramKeys:
    salted = salt_password(mechanism, password, salt, iterations)
    stored_key = digest(mechanism, sign(mechanism, salted, b"Client Key"))
    return ScramKeys(mechanism, salt, iterations, stored_key, sign(mechanism, salted, b"Server Key"))


def format_keys(keys: ScramKeys) -> str:
    salt, stored, server = (encode_base64(part).decode() for part in (keys.salt, keys.stored_key, keys.server_key))
    return f"{keys.mechanism}${keys.iterations}:{salt}${stored}:{server}"


_KEYS = re.compile(r"(SCRAM-SHA-(?:256|1))\$([1-9][0-9]{0,8}):([^$:]+)\$([^$:]+):([^$:]+)")


def parse_keys(text: str) -> ScramKeys:
    found = _KEYS.fullmatch(text)
    if not found or not text.isascii():
        raise BadSyntax("SCRAM-SHA-256$iterations:salt$stored:server")
    salt, stored, server = (decode_base64(part.encode()) for part in found.group(3, 4, 5))
    return ScramKeys(found[1], salt, int(found[2]), stored, server)
