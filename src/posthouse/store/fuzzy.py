"""Texts that nearly match, and how well – RFC 6203.

A search text is taken as words, all of which must be there: as part of a word, or as a word with a typing error or two
(a character too many, too few or another, or two in the wrong order). Such a word must also have a third of the
trigrams of the one that is looked for, at least one; so the full-text index can say where there is none.

Scores, from 100 down: the whole text as it is, its words somewhere, words with errors; what is found in a header is
worth more than what is found in a body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from posthouse.store.comparators import fold

MAX_WORDS = 20
"""Words that are looked for; further ones are passed over."""
LONGEST = 40
"""A longer word has no typing errors: it is a code, or nothing at all."""
GRAM = 3
PHRASE, WHOLE, PART, ONE_ERROR, TWO_ERRORS = 100, 90, 80, 60, 40
IN_BODY = 80
"""Percent."""

_WORD = re.compile(r"\w+")


class FuzzyWord:
    """One word, with what it was compared with before."""

    def __init__(self, word: str) -> None:
        self.word = word
        length = len(word)
        self.errors = 0 if length < 4 or length > LONGEST else 1 if length < 9 else 2
        self.grams = frozenset([word[at : at + GRAM] for at in range(length - GRAM + 1)])
        self.least = max(1, len(self.grams) // 3) if self.errors else len(self.grams)
        """So many of its trigrams are in whatever it matches."""
        self._known: dict[str, int] = {}

    def score(self, text: str, words: set[str]) -> int:
        """0: not there. `words` are those of the text."""
        if self.word in words:
            return WHOLE
        if self.word in text:
            return PART
        if not self.errors or not any(gram in text for gram in self.grams):
            return 0
        length, errors = len(self.word), self.errors
        return max([self._compare(word) for word in words if -errors <= len(word) - length <= errors], default=0)

    def _compare(self, word: str) -> int:
        score = self._known.get(word)
        if score is None:
            if len(self._known) > 50_000:
                self._known.clear()
            score = self._known[word] = self._nearness(word)
        return score

    def _nearness(self, word: str) -> int:
        if sum([gram in word for gram in self.grams]) < self.least:
            return 0
        distance = edit_distance(self.word, word)
        return 0 if distance > self.errors else ONE_ERROR if distance == 1 else TWO_ERRORS


class FuzzyNeedle:
    """A text to look for."""

    def __init__(self, text: str) -> None:
        self.phrase = " ".join(fold(text).split())
        words = _WORD.findall(self.phrase) or [self.phrase]
        self.words = [FuzzyWord(word) for word in dict.fromkeys(words[:MAX_WORDS])]

    def score(self, texts: Iterable[tuple[str, int]]) -> int:
        """From folded texts, each with what it is worth in percent: 1 to 100, or 0 where a word is missing."""
        whole, best = 0, [0] * len(self.words)
        for text, worth in texts:
            if self.phrase in text:
                whole = max(whole, PHRASE * worth // 100)
                continue
            words = set(_WORD.findall(text))
            best = [
                max(before, word.score(text, words) * worth // 100)
                for before, word in zip(best, self.words, strict=True)
            ]
        by_words = sum(best) // len(best) if all(best) else 0
        return max(whole, by_words)


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours (Damerau, restricted)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (char != against))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
