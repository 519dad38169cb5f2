"""The keys of texts, which are in the order of their code points: i;unicode-casemap – RFC 5051, i;ascii-casemap –
RFC 4790 §9.2. Of i;octet they are the texts themselves, for UTF-8 keeps the order of code points."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Collate = Callable[[str], str]

_ASCII_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


def casemap(text: str) -> str:
    """Each character in title case as UnicodeData.txt has it (§2 (a): one character to one), then decomposed."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join(map(_title, text)))


def _title(char: str) -> str:
    title = char.title()
    return title if len(title) == 1 else char


def ascii_casemap(text: str) -> str:
    return text.translate(_ASCII_UPPER)
