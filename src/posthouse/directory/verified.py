"""Passwords known to be right, so that a thousand logins a second are not a thousand Argon2 runs.

Kept is a keyed hash of account, credential version and password, under a key that this process made for itself: it is
worth nothing elsewhere, and a changed password has another version.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b


class Verified:
    def __init__(self, seconds: float, most: int, clock: Callable[[], float]) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._key = secrets.token_bytes(64)
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def token(self, account: int, version: int, password: bytes) -> bytes:
        return blake2b(b"%d %d %b" % (account, version, password), key=self._key, digest_size=32).digest()

    def knows(self, token: bytes) -> bool:
        until = self._until.get(token)
        return until is not None and self._clock() < until

    def add(self, token: bytes) -> None:
        self._until[token] = self._clock() + self._seconds
        self._until.move_to_end(token)
        if len(self._until) > self._most:
            self._until.popitem(last=False)
