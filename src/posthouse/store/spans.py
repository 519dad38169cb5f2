"""Sets of UIDs for statements: a long range as it is, and what is scattered many numbers at a time.

A query says `uid BETWEEN ? AND ?`. For a span of two numbers it is used like that; for any other span `over` makes
`uid IN (…)` of it, so that a thousand scattered messages cost a few statements instead of a thousand. The same for ids
of messages, `message_id BETWEEN ? AND ?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from posthouse.model.ranges import Ranges

Span = tuple[int, ...]
"""Two numbers are a range, first and last; `SCATTERED` are single UIDs, filled up with 0, which is none."""

SCATTERED = 64
SHORT = 8
"""A range of up to so many is taken as single UIDs, if there are several ranges."""

_BETWEEN = re.compile(r"\b(uid|message_id) BETWEEN \? AND \?")
_IN = rf"\1 IN ({', '.join('?' * SCATTERED)})"


def spans(messages: Ranges) -> Iterator[Span]:
    """In ascending order, covering the same UIDs."""
    if len(messages) < 3:
        yield from messages
        return
    single: list[int] = []
    for low, high in messages:
        if high - low >= SHORT:
            yield from _filled_up(single)
            single.clear()
            yield low, high
            continue
        single.extend(range(low, high + 1))
        while len(single) >= SCATTERED:
            yield tuple(single[:SCATTERED])
            del single[:SCATTERED]
    yield from _filled_up(single)


def _filled_up(single: list[int]) -> Iterator[Span]:
    if single:
        yield (*single, *[0] * (SCATTERED - len(single)))


def size(span: Span) -> int:
    """How many UIDs it has."""
    return span[1] - span[0] + 1 if len(span) == 2 else SCATTERED - span.count(0)


def over(sql: str, span: Span) -> str:
    return sql if len(span) == 2 else _scattered(sql)


@cache
def _scattered(sql: str) -> str:
    return _BETWEEN.sub(_IN, sql)
