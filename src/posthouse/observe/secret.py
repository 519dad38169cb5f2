"""A value that cannot be printed by accident: passwords, tokens, keys, URLs with credentials."""

import hmac
import re
from typing import NoReturn

REDACTED = "[redacted]"


class Secret:
    """Holds a secret text. Every way to print, format or log it gives REDACTED; only `reveal` gives it back."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself. Search for this word to see who gets to know it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """In constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return REDACTED

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")


_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*@")


def without_password(url: str) -> str:
    """A URL as it may be shown: postgresql://alice:[redacted]@db/mail."""
    return _PASSWORD_IN_URL.sub(rf"\1:{REDACTED}@", url)
