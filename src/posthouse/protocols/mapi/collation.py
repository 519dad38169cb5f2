"""The order of texts: a plain one, and the alphabets of languages, by the numbers of [MS-LCID].

A key has first what letters count as, and then, behind what is equal so far, the text without case: letters with marks
stand behind the same ones without. A letter of its own counts as the one that it follows and a character behind all
others, so that it is behind all words that begin like that. What are letters of their own is a line for each language
(`tailorings`), as the Common Locale Data Repository has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from .tailorings import BY_SORT, DOTLESS, TAILORINGS

TextKey = Callable[[str], tuple[str, ...]]
"""Of a text, by which it is ordered. Texts that are equal have the same letters with the same marks, whatever case."""

_BEHIND_ALL = 0x10FF00
"""The first of the characters by which letters of their own are told from those that they follow."""
_MARKED = "\u00e0-\u024f\u0300-\u036f\u0390-\u03ce\u0450-\u045f\u1e00-\u1fff"
"""Letters that may have marks, in scripts whose order does not tell; and marks. Tables compare very many texts."""
_IS_MARKED = re.compile(f"[{_MARKED}]")
_STROKES = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i"}
"""Letters that Unicode does not take apart."""
_LANGUAGE, _SORT = 0x3FF, 0xF_FFFF


def text_key(text: str) -> tuple[str, ...]:
    """The plain order."""
    folded = text.casefold()
    if folded.isascii() or not _IS_MARKED.search(folded):
        return (folded,)
    return folded.translate(_BASES), folded


def text_key_of(locale: int) -> TextKey:
    """In the order of this language, by its LCID."""
    rules = BY_SORT.get(locale & _SORT) or TAILORINGS.get(locale & _LANGUAGE)
    return text_key if rules is None else _tailored(rules, dotless=locale & _LANGUAGE in DOTLESS)


@cache
def _tailored(rules: str, *, dotless: bool) -> TextKey:
    letters = _Letters(rules)
    pattern = letters.pattern

    def key(text: str) -> tuple[str, ...]:
        folded = text.casefold()
        shown = unicodedata.normalize("NFC", text).replace("I", "ı").casefold() if dotless else folded
        if not pattern.search(shown):
            return (folded,)
        return pattern.sub(letters.count_as, unicodedata.normalize("NFC", shown)), folded

    return key


class _Letters(dict[str, str]):
    """What letters count as in one language, by `x < y` for a letter y that follows x, and `y = z` for one that counts
    as y, in rules parted by spaces."""

    def __init__(self, rules: str) -> None:
        for rule in rules.split():
            base, *more = re.split("([<=])", rule)
            counts, number = self._spelt(base), 0
            first = counts
            for sign, letter in zip(more[::2], more[1::2], strict=True):
                if sign == "<":
                    number += 1
                    counts = first + chr(_BEHIND_ALL + number)
                self[letter] = counts
        self.pattern = self._found_by()

    def _found_by(self) -> re.Pattern[str]:
        """All that does not count as itself. Most texts have nothing of it, and that is to be seen quickly."""
        several = sorted((letter for letter in self if len(letter) > 1), key=len, reverse=True)
        single = f"[{''.join(letter for letter in self if len(letter) == 1)}{_MARKED}]"
        if not several:
            return re.compile(single)
        begins = "".join({letter[0] for letter in self})
        return re.compile(f"(?=[{begins}{_MARKED}])(?:{'|'.join([*several, single])})")

    def count_as(self, found: re.Match[str]) -> str:
        return self[found[0]]

    def __missing__(self, letter: str) -> str:
        """With its marks, as far as these make a letter of its own, and without the others."""
        base, *marks = tuple(unicodedata.normalize("NFD", letter))
        own = (unicodedata.normalize("NFC", base + mark) for mark in marks)
        found = self[letter] = next((self[one] for one in own if one in self), None) or self._base_of(letter)
        return found

    def _base_of(self, letter: str) -> str:
        base = _BASES[ord(letter)]
        return base if base == letter else self._spelt(base)

    def _spelt(self, text: str) -> str:
        """By letters that are known so far, the longest first."""
        if not text:
            return ""
        size = next((size for size in range(len(text), 1, -1) if text[:size] in self), 1)
        return self.get(text[:size], text[:size]) + self._spelt(text[size:])


class _Bases(dict[int, str]):
    """Letters without their marks."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        base = self[code] = _STROKES.get(char) or without_marks(char) if _IS_MARKED.match(char) else char
        return base


_BASES = _Bases()


def without_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
