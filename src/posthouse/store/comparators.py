"""How texts are compared – RFC 5255 §4, RFC 4790 §9, RFC 5051."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import Enum

from posthouse.message.collation import Collate, ascii_casemap, casemap

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold(text: str) -> str:
    """What two texts have in common that differ only in case or in the way their characters are composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text.casefold())


def fold_ascii(text: str) -> str:
    return text.translate(_ASCII_LOWER)


class Comparator(Enum):
    """The value is the collation's name in the registry of RFC 4790."""

    UNICODE_CASEMAP = "i;unicode-casemap"
    ASCII_CASEMAP = "i;ascii-casemap"
    OCTET = "i;octet"

    @property
    def fold(self) -> Callable[[str], str]:
        """A text as it is compared: what is equal there is equal."""
        return _FOLDS[self]

    @property
    def collate(self) -> Collate:
        """The key by which a text is sorted."""
        return _COLLATIONS[self]


_FOLDS: dict[Comparator, Callable[[str], str]] = {
    Comparator.UNICODE_CASEMAP: fold,
    Comparator.ASCII_CASEMAP: fold_ascii,
    Comparator.OCTET: str,
}
_COLLATIONS: dict[Comparator, Collate] = {
    Comparator.UNICODE_CASEMAP: casemap,
    Comparator.ASCII_CASEMAP: ascii_casemap,
    Comparator.OCTET: str,
}
