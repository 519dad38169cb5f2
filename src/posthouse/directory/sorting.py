"""Names as keys: to be put in order, and to be found by their beginnings.

Case, accents, width and the kinds of kana make no difference ([MS-OXNSPI] 2.2.1.6, NSPI_DEFAULT_LOCALE_COMPARE_FLAGS);
punctuation sorts before digits, digits before letters. Keys are bytes, so that databases order them alike. They are
kept: another rule needs another version of the lists (`listing.VERSION`).
"""

from __future__ import annotations

import re
import unicodedata

MAX_KEY = 255
"""Bytes. Longer names are equal if so much of them is."""
KATAKANA, HIRAGANA = 0x30A1, 0x3041
_KATAKANA = {KATAKANA + i: HIRAGANA + i for i in range(0x56)}
_SYMBOLS = re.compile(r"[\W_]")
_PIECES = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Letters without accents, of one width."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def fold(text: str) -> str:
    """What is the same for who types it."""
    return text.lower() if text.isascii() else plain(text).casefold().translate(_KATAKANA)


def sort_key(name: str) -> bytes:
    return _SYMBOLS.sub(lambda found: "\1" + found[0], fold(name)).encode("utf-8", "replace")[:MAX_KEY]


def word_key(word: str) -> bytes:
    return word.encode("utf-8", "replace")[:MAX_KEY]


def words(text: str) -> list[str]:
    """As they are typed: what stands between spaces or commas."""
    return fold(text).replace(",", " ").replace(";", " ").split()


def pieces(text: str) -> list[str]:
    """The same and what they consist of: of `Jean-Luc` also `jean` and `luc`."""
    whole = words(text)
    return [*whole, *(piece for word in whole for piece in _PIECES.findall(word))]
