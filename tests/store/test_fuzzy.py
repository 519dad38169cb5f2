"""Texts that nearly match – RFC 6203."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.store.fuzzy import FuzzyNeedle, FuzzyWord, edit_distance

WORDS = st.text("abc", max_size=6)

SCORES = [
    ("helo", "helo", 100),
    ("Helo  World", "say helo world", 100),
    ("helo", "say hello", 60),
    ("helo", "say help", 60),
    ("helo", "say hallow", 0),
    ("recieve", "you receive it", 60),
    ("accomodaton", "an accommodation here", 40),
    ("world helo", "helo my world", 90),
    ("work", "at works", 100),
    ("work imap", "imap at works", 85),
    ("work imap", "at works", 0),
    ("cat", "the cut", 0),
    ("Straße", "die strasse", 100),
    ("...", "well...", 100),
    ("x" * 60, "x" * 59, 0),
]


@pytest.mark.parametrize(("needle", "text", "score"), SCORES)
def test_scores(needle: str, text: str, score: int) -> None:
    """The whole text, its words, words with errors; all words must be there."""
    assert FuzzyNeedle(needle).score([(text, 100)]) == score


def test_worth() -> None:
    """What is in a body is worth less, and words may be in different places."""
    assert FuzzyNeedle("one two").score([("one", 100), ("two", 50)]) == (90 + 45) // 2
    assert FuzzyNeedle("one two").score([("one two", 50), ("one", 100), ("two", 100)]) == 90


@given(WORDS, WORDS, WORDS)
def test_distance(a: str, b: str, c: str) -> None:
    """It is 0 for the same alone, symmetric, and at most the longer length; one more letter is one more error."""
    assert (edit_distance(a, b) == 0) is (a == b)
    assert edit_distance(a, b) == edit_distance(b, a) <= max(len(a), len(b))
    assert edit_distance(a + c, a + "x" + c) == 1
    if len(a) > 1:
        assert edit_distance(a, a[1] + a[0] + a[2:]) <= 1


@given(st.text("abcd", min_size=4, max_size=12), st.text("abcd", min_size=3, max_size=13))
def test_what_matches_has_trigrams(wanted: str, word: str) -> None:
    """Whatever matches has as many of the trigrams as the index is asked for."""
    fuzzy = FuzzyWord(wanted)
    if fuzzy.score(word, {word}):
        assert sum(gram in word for gram in fuzzy.grams) >= fuzzy.least
