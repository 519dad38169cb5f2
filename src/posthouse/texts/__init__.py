"""What the hub says to people by itself, in their language: reports, receipts, notes.

A language is one file, which says everything: names of texts are those of `en.toml`, and so is what is filled in. What
machines read of the same messages is in no language and not here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Language(StrEnum):
    """The value is the language's name in RFC 5646, and that of its file."""

    DUTCH = "nl"
    ENGLISH = "en"
    FRENCH = "fr"
    GERMAN = "de"
    ITALIAN = "it"
    PORTUGUESE = "pt"
    SPANISH = "es"


_BY_NUMBER = {
    0x07: Language.GERMAN,
    0x0A: Language.SPANISH,
    0x0C: Language.FRENCH,
    0x10: Language.ITALIAN,
    0x13: Language.DUTCH,
    0x16: Language.PORTUGUESE,
}
"""By the part of an LCID that is a language without a country ([MS-LCID] 2.1)."""
_NUMBER = 0x3FF


def language_of_locale(locale: int) -> Language:
    """By its LCID; English where nothing is said in that language."""
    return _BY_NUMBER.get(locale & _NUMBER, Language.ENGLISH)


def language_of_tag(tag: str) -> Language:
    """By its name, like `de` or `pt-BR`; English where nothing is said in that language."""
    name = tag.partition("-")[0].lower()
    return next((language for language in Language if language == name), Language.ENGLISH)


def say(language: Language, name: str, /, **filled: object) -> str:
    """A text with what is filled in; KeyError when there is no such text."""
    return texts_in(language)[name].format(**filled)


@cache
def texts_in(language: Language) -> Mapping[str, str]:
    """All that is said in it, by name: `report.subject.failed`."""
    data = files(__package__).joinpath(f"{language}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(data)))


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield above + name, value
        else:
            yield from _flat(value, f"{above}{name}.")
