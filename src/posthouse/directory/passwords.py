"""What is kept of a password: an Argon2id hash, and keys for SCRAM. Making and checking them takes long by intention:
outside of any transaction and, in a server, in a thread (`logins.py`)."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, field

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from posthouse.directory.errors import BadPassword
from posthouse.directory.settings import AuthSettings
from posthouse.protocols.sasl import ScramKeys, derive_keys, prepare_password
from posthouse.protocols.sasl.keys import SCRAM_HASHES

SALT = 16
HASH = 32


@dataclass(frozen=True, slots=True)
class PasswordKeys:
    """What the directory stores. Nobody logs in with these."""

    password_hash: str = field(repr=False)
    scram: tuple[ScramKeys, ...] = field(repr=False, default=())


def candidates(password: str | bytes) -> tuple[bytes, ...]:
    """What may have been hashed when this was typed: the prepared form, which `Hasher.make` hashes; for a password that
    is not ASCII also its bytes as they came, for hashes made elsewhere. Bytes that are no UTF-8 are Latin-1."""
    raw = password.encode("utf-8", "surrogatepass") if isinstance(password, str) else password
    if raw.isascii():
        text = raw.decode()
    else:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    prepared = prepare_password(text)
    return (prepared,) if raw == prepared else (prepared, raw)


class Hasher:
    def __init__(self, settings: AuthSettings) -> None:
        self._iterations = settings.scram_iterations
        self._argon2 = PasswordHasher(
            time_cost=settings.argon2_passes,
            memory_cost=settings.argon2_memory,
            parallelism=settings.argon2_lanes,
            hash_len=HASH,
            salt_len=SALT,
            type=Type.ID,
        )
        salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (SALT, HASH))
        self._nobody = (
            f"$argon2id$v=19$m={settings.argon2_memory},t={settings.argon2_passes},p={settings.argon2_lanes}"
            f"${salt}${digest}"
        )

    def make(self, password: str) -> PasswordKeys:
        """For `add_account` and `set_password`. A password of which preparation leaves nothing is none: BadPassword."""
        prepared = prepare_password(password)
        if not prepared:
            raise BadPassword
        scram = (
            tuple(derive_keys(name, prepared, secrets.token_bytes(SALT), self._iterations) for name in SCRAM_HASHES)
            if self._iterations
            else ()
        )
        return PasswordKeys(self._argon2.hash(prepared), scram)

    def verify(self, password_hash: str, tries: tuple[bytes, ...]) -> bool:
        """Whether one of `candidates` was hashed. Without a hash it takes as long, and is False."""
        return any(self._matches(password_hash or self._nobody, one) for one in tries)

    def is_outdated(self, password_hash: str, scram_iterations: int) -> bool:
        """Made with other parameters than today's."""
        return self._argon2.check_needs_rehash(password_hash) or scram_iterations != self._iterations

    def _matches(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
