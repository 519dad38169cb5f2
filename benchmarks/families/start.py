"""How long a start takes, until everything is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.side import Figure, Side
from benchmarks.table import MILLISECONDS, Row


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    yield Row("start until it accepts, time", MILLISECONDS), Figure(side.start_seconds * 1e3)
    yield Row("start until it accepts, CPU", MILLISECONDS), Figure(side.start_cpu * 1e3)
