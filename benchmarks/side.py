"""A server under measurement, ours or another, and how a piece of work on it becomes a figure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cpu import cpu_seconds, memory
from benchmarks.load import Load, Prepare
from benchmarks.mail import DOMAIN
from benchmarks.sink import Sink

SETTLE = 0.05
"""Seconds after the last answer for what a server does behind it."""


@dataclass(frozen=True)
class Figure:
    """What a row of the table says of one side."""

    value: float
    """In the row's unit, mostly µs of CPU."""
    rate: float = 0.0
    """Units a second."""
    load: float = 0.0
    """µs of CPU that the load generator used for a unit."""
    result: object = None


@dataclass
class Side:
    """A running server: `ports` has what it serves (smtp, lmtp, imap, imaps, pop3)."""

    name: str
    folder: Path
    ports: Mapping[str, int]
    roots: list[int]
    """Its processes, those from which all others descend."""
    sink: Sink
    """Where it relays mail to."""
    start_seconds: float = 0.0
    start_cpu: float = 0.0
    domains: tuple[tuple[str, str], ...] = ((DOMAIN, ""),)
    """Where its people are, and how mail gets there when there are several ways."""
    unfinished: Callable[[], bool] = lambda: False
    """Whether work that was accepted is still under way."""
    stop: Callable[[], None] = lambda: None

    def measure(
        self,
        prepare: Prepare,
        units: float,
        *,
        until: Callable[[], bool] | None = None,
        times: int = 2,
    ) -> Figure:
        """CPU of the server for the load, and how fast it was; the best of so many times, for what else runs on the
        machine only ever adds."""
        figures = [self._once(prepare, units, until) for _ in range(times)]
        return min(figures, key=lambda figure: figure.value)

    def _once(self, prepare: Prepare, units: float, until: Callable[[], bool] | None) -> Figure:
        self.settle()
        load = Load(prepare)
        before, began = cpu_seconds(self.roots), time.perf_counter()
        seconds, own, result = load.go()
        if until is not None or self.unfinished():
            self.wait(lambda: not self.unfinished() and (until is None or until()))
            seconds = time.perf_counter() - began
        time.sleep(SETTLE)
        used = cpu_seconds(self.roots) - before
        return Figure(used / units * 1e6, units / seconds, own / units * 1e6, result)

    def settle(self) -> None:
        self.wait(lambda: not self.unfinished())

    def wait(self, condition: Callable[[], bool], seconds: float = 120.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name}: does not come to an end")
            time.sleep(0.02)

    def memory(self) -> int:
        return memory(self.roots)
