"""NOTIFY with many sessions, which have another mailbox selected than the one that they hear of."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.families.idle import Kind, listeners
from benchmarks.families.imap import say
from benchmarks.side import Figure, Side
from benchmarks.table import KILOBYTES, MILLISECONDS, Row

SESSIONS = 1000
NOTIFY = Kind(
    say(
        b"SELECT Target",
        b"NOTIFY SET (selected (MessageNew MessageExpunge)) (mailboxes INBOX (MessageNew MessageExpunge))",
    ),
    b"STATUS INBOX (",
)


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    each, (median, last) = listeners(side, side.memory(), SESSIONS, NOTIFY)
    yield Row("one of 1,000 sessions with NOTIFY, memory", KILOBYTES), Figure(each)
    yield Row("notify fan-out: delivery to STATUS in 1,000 sessions, median", MILLISECONDS), Figure(median)
    yield Row("notify fan-out: delivery to STATUS in 1,000 sessions, last", MILLISECONDS), Figure(last)
