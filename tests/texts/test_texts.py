"""What is said in each language: all of it, or the language is not there."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from posthouse.texts import Language, language_of_locale, language_of_tag, say, texts_in

_FILLED = re.compile(r"\{(\w+)\}")
ENGLISH = texts_in(Language.ENGLISH)
OTHERS = [language for language in Language if language is not Language.ENGLISH]


def filled(text: str) -> list[str]:
    return sorted(_FILLED.findall(text))


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_everything(language: Language) -> None:
    """With all that is filled in, and nothing that nobody says."""
    found = texts_in(language)
    assert found.keys() == ENGLISH.keys()
    assert {name: filled(text) for name, text in found.items()} == {
        name: filled(text) for name, text in ENGLISH.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: Language) -> None:
    same = [name for name, text in texts_in(language).items() if text == ENGLISH[name]]
    assert [name for name in same if name != "conflict.subject"] == []  # which Dutch has as well


@pytest.mark.parametrize("language", Language)
def test_texts_are_written_well(language: Language) -> None:
    """Sentences end, subjects do not, and nothing is in braces but what is filled in."""
    for name, text in texts_in(language).items():
        assert text == text.strip()
        assert not re.search(r"[{}]", _FILLED.sub("", text)), name
        if name.startswith("report.reason."):
            assert text.endswith("."), name
        if name.startswith("report.opening."):
            assert text.endswith(":"), name
        if ".subject" in name:
            assert text[-1] not in ".:", name


def test_every_file_is_a_language() -> None:
    there = {file.name for file in files("posthouse.texts").iterdir() if file.name.endswith(".toml")}
    assert there == {f"{language}.toml" for language in Language}


@pytest.mark.parametrize(
    ("locale", "tag", "language"),
    [
        (0x407, "de", Language.GERMAN),
        (0xC07, "de-AT", Language.GERMAN),
        (0x10407, "DE-de", Language.GERMAN),
        (0xC0C, "fr-CA", Language.FRENCH),
        (0xC0A, "es-ES", Language.SPANISH),
        (0x810, "it-CH", Language.ITALIAN),
        (0x813, "nl-BE", Language.DUTCH),
        (0x416, "pt-BR", Language.PORTUGUESE),
        (0x809, "en-GB", Language.ENGLISH),
        (0x41D, "sv-SE", Language.ENGLISH),
        (0, "", Language.ENGLISH),
        (-1, "deutsch", Language.ENGLISH),
    ],
)
def test_languages_by_number_and_by_name(locale: int, tag: str, language: Language) -> None:
    assert language_of_locale(locale) is language
    assert language_of_tag(tag) is language


def test_what_is_filled_in_is_no_text_of_ours() -> None:
    """Braces that somebody else has written stay what they are."""
    assert say(Language.ENGLISH, "receipt.subject.read", subject="{host} {0}") == "Read: {host} {0}"
