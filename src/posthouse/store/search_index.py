"""The full-text index, as a search meets it: which contents may have a text.

A text that is somewhere has each of its trigrams (three characters in a row) there. Trigrams are hashed into 65,536
buckets, and contents come in segments of 1024 neighbouring ids: a segment has a bitmap for each bucket, of the contents
that have such a trigram anywhere – header, body, attachments. The bitmaps of a text's trigrams, joined by AND, leave
the contents that may have it; whether they do, the matcher says.

Sixteen buckets' bitmaps are a row, compressed: as small as lists of numbers would be, and the same few lines on either
engine. SQLite's FTS5 and PostgreSQL's pg_trgm would be two different indexes with two notions of a character, one of
them an extension that a server may not have; both are as large or larger, and both would be of no help in showing that
an account's search reads nothing but candidates among its own messages.
"""

from __future__ import annotations

import sys
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress, repeat
from operator import rshift

from posthouse.database import Queries, Transaction
from posthouse.model.ids import ContentId

SQL = Queries(__package__, "search_index.sql")

SHIFT = 10
SEGMENT = 1 << SHIFT
"""Contents; `search_index.sql` knows it too."""
BUCKETS = 65_536
PER_PAGE = 16
"""Buckets in a row."""
MAP = SEGMENT // 8
"""Bytes of one bitmap."""
GRAM = 3
FORMAT = f"2 Unicode {unicodedata.unidata_version}"
"""Another one, and every segment is made anew."""
FEW = 2
"""So few candidates of a segment are looked into rather than narrowed down further."""


def bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) & (BUCKETS - 1)


class _Buckets(dict[int, int]):
    """ASCII trigram, as a number → bucket. Mail has few different ones; a flood of them starts anew."""

    def __missing__(self, gram: int) -> int:
        if len(self) > 500_000:
            self.clear()
        found = self[gram] = bucket(gram.to_bytes(4, "little")[:GRAM].decode("ascii"))
        return found


_BUCKETS = _Buckets()


def buckets_of(text: str) -> set[int]:
    """Of a folded text."""
    if text.isascii():
        return set(map(_BUCKETS.__getitem__, _ascii_grams(text.encode("ascii"))))
    return set(map(bucket, {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}))


def _ascii_grams(text: bytes) -> set[int]:
    """Every three bytes as a number: all that begin at each fourth place at once, by arithmetic on the whole text."""
    grams: set[int] = set()
    for start in range(min(4, len(text) - GRAM + 1)):
        count = (len(text) - start - GRAM) // 4 + 1
        padded = text[start : start + count * 4].ljust(count * 4, b"\0")
        masked = int.from_bytes(padded, "little") & _mask(count)
        words = array("I", masked.to_bytes(count * 4, "little"))
        if sys.byteorder == "big":
            words.byteswap()
        grams.update(words)
    return grams


@lru_cache(maxsize=64)
def _mask(count: int) -> int:
    return int.from_bytes(b"\xff\xff\xff\0" * count, "little")


FOLDER_SHARE = 30
"""A segment is read in the time of so many candidates."""
ALL = (1 << SEGMENT) - 1


def _numbers(bits: int, first: int) -> Iterator[int]:
    """The places of the ones, counted from `first`."""
    return compress(range(first, first + SEGMENT), map(int, f"{bits:0{SEGMENT}b}"[::-1]))


class Sieve:
    """What the index knows about one text, read as it is asked for."""

    def __init__(self, tx: Transaction, text: str, tolerance: int = 0) -> None:
        """`text`: folded. `tolerance`: so many of its trigrams may be missing."""
        self._tx = tx
        self._buckets = sorted(buckets_of(text))
        self._tolerance = min(tolerance, len(self._buckets) - 1)
        self._present: dict[int, int] = {}
        self._candidates: dict[int, int] = {}

    def may_have(self, content: ContentId) -> bool:
        """False: it does not."""
        segment, bit = divmod(content, SEGMENT)
        present = self._present.get(segment)
        if present is None:
            present = self._load(segment)
        return not present >> bit & 1 or bool(self._candidates[segment] >> bit & 1)

    def sift(self, contents: list[int]) -> set[int]:
        """All that may have it, among others that are none of these."""
        kept: set[int] = set()
        for segment, members in Counter(map(rshift, contents, repeat(SHIFT))).items():
            first = segment << SHIFT
            if members <= FEW:  # looked into as quickly
                kept.update(range(first, first + SEGMENT))
                continue
            kept.update(_numbers(self.bits(segment), first))
        return kept

    def bits(self, segment: int) -> int:
        """Candidates, and what the index does not know."""
        if segment not in self._present:
            self._load(segment)
        return self._candidates[segment] | ALL & ~self._present[segment]

    def _load(self, segment: int) -> int:
        row = self._tx.one(SQL.present, (segment, FORMAT))
        present = int.from_bytes(row[0], "little") if row is not None else 0
        self._present[segment] = present
        self._candidates[segment] = self._narrow(segment, present) if present else 0
        return present

    def _narrow(self, segment: int, present: int) -> int:
        """By counting: bit sets of those that lack none, at most one, at most two … of the trigrams."""
        lacking = [present] + [0] * self._tolerance
        for bucket in self._buckets:
            bits = self._bitmap(segment, bucket)
            for count in range(self._tolerance, 0, -1):
                lacking[count] = lacking[count] & bits | lacking[count - 1] & ~bits
            lacking[0] &= bits
            if not any(lacking):
                break
            if not self._tolerance and lacking[0].bit_count() <= FEW:
                break
        candidates = 0
        for bits in lacking:
            candidates |= bits
        return candidates

    def _bitmap(self, segment: int, bucket: int) -> int:
        page, place = divmod(bucket, PER_PAGE)
        row = self._tx.one(SQL.page, (segment, page))
        if row is None:
            return 0
        return int.from_bytes(zlib.decompress(row[0])[place * MAP : (place + 1) * MAP], "little")


def candidates(tx: Transaction, sieves: list[Sieve], most: int) -> list[int] | None:
    """Of all contents, those that pass all sieves. None: there are more, or the index is too large to say it quickly
    for a folder of so few messages."""
    ((last,),) = tx.all(SQL.last_content)
    if last // SEGMENT > most // FOLDER_SHARE:
        return None
    found: list[int] = []
    for segment in range(last // SEGMENT + 1):
        bits = ALL
        for sieve in sieves:
            bits &= sieve.bits(segment)
        first = segment << SHIFT
        found += _numbers(bits, first) if first + SEGMENT <= last else _numbers(bits & (2 << last - first) - 1, first)
        if len(found) > most:
            return None
    return found
