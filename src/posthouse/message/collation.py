"""i;unicode-casemap – RFC 5051: the keys of texts, which are in the order of their code points."""

from __future__ import annotations

import unicodedata


def casemap(text: str) -> str:
    """Each character in title case as UnicodeData.txt has it (§2 (a): one character to one), then decomposed."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join(map(_title, text)))


def _title(char: str) -> str:
    title = char.title()
    return title if len(title) == 1 else char
