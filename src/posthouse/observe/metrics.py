"""Counters, gauges and histograms for /metrics, shared by all workers of one machine.

Every value is a slot in one array of doubles. A worker calls `share(folder, worker)`, and its array becomes a memory-
mapped file there; whichever worker is scraped adds up the files of all. Counting is then an addition in memory without
lock or system call (about 0.1 µs), nothing is lost when a worker dies, and a worker that starts again under the same
number goes on counting where the last one stopped.

    deliveries = Counter("posthouse_deliveries_total", "Messages delivered or refused.", ("outcome",))
    delivered = deliveries.labels("delivered")      # once, outside the hot path
    delivered.inc()

Under CPython `inc` is atomic towards other threads: there is no point within it at which they are switched.
"""

from __future__ import annotations

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Key = tuple[str, str]  # sample name, rendered labels

SLOTS = 8192
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
BYTES = (1e3, 4e3, 16e3, 64e3, 256e3, 1e6, 4e6, 16e6, 64e6)


class Registry:
    """All metrics of one process. Rooms use the module's one; tests may make their own."""

    def __init__(self) -> None:
        self._values: memoryview[float] = memoryview(bytearray(8 * SLOTS)).cast("d")
        self._slots: dict[Key, int] = {}
        self._metrics: dict[str, _Metric] = {}
        self._cells: list[Cell] = []
        self._index: Path | None = None
        self._folder: Path | None = None
        self._before_scrape: list[Callable[[], None]] = []

    def cell(self, name: str, labels: str) -> Cell:
        """The slot of one sample; when the array is full, further samples are counted but not shown."""
        key = (name, labels)
        slot = self._slots.get(key)
        if slot is None:
            slot = min(len(self._slots), SLOTS - 1)
            self._slots[key] = slot
            if self._index is not None:
                with self._index.open("a", encoding="utf-8") as index:
                    index.write(f"{name}\t{labels}\n")
        cell = Cell(self._values, slot)
        self._cells.append(cell)
        return cell

    def register(self, metric: _Metric) -> None:
        if metric.name in self._metrics:
            raise ValueError(f"two metrics are named {metric.name}")
        self._metrics[metric.name] = metric

    def before_scrape(self, refresh: Callable[[], None]) -> None:
        """Call this before each rendering, in the worker that is scraped: for gauges that are looked up."""
        self._before_scrape.append(refresh)

    def share(self, folder: Path, worker: str) -> None:
        """Keep the values in `folder` from now on, as one of several workers. Begin each hub with an empty folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._index = folder, folder / f"{worker}.names"
        earlier = _read_names(self._index)
        values = _map_values(folder / f"{worker}.values")
        mine = {key: self._values[slot] for key, slot in self._slots.items()}
        order = {slot: key for key, slot in self._slots.items()}
        self._slots = {key: slot for slot, key in enumerate(earlier)}
        for key in mine:
            self._slots.setdefault(key, min(len(self._slots), SLOTS - 1))
        self._index.write_text("".join(f"{name}\t{labels}\n" for name, labels in self._slots), encoding="utf-8")
        for key, slot in self._slots.items():
            values[slot] = (0.0 if self._is_gauge(key[0]) else values[slot]) + mine.get(key, 0.0)
        for cell in self._cells:
            cell.slot = self._slots[order[cell.slot]]
            cell.values = values
        self._values = values

    def _is_gauge(self, name: str) -> bool:
        metric = self._metrics.get(name)
        return metric is not None and metric.kind == "gauge"

    def totals(self) -> dict[Key, float]:
        """Every sample, added up over the workers."""
        if self._folder is None:
            return {key: self._values[slot] for key, slot in self._slots.items()}
        totals: dict[Key, float] = {}
        for names in sorted(self._folder.glob("*.names")):
            raw = names.with_suffix(".values").read_bytes()
            for key, (value,) in zip(_read_names(names), struct.iter_unpack("d", raw), strict=False):
                totals[key] = totals.get(key, 0.0) + value
        return totals

    def render(self) -> bytes:
        """The Prometheus text format, version 0.0.4."""
        for refresh in self._before_scrape:
            refresh()
        totals = self.totals()
        lines: list[str] = []
        for metric in self._metrics.values():
            lines += (f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}")
            lines += metric.samples(totals)
        return "\n".join([*lines, ""]).encode()


class Cell:
    """One number: a counter or gauge with its labels chosen."""

    __slots__ = ("slot", "values")

    def __init__(self, values: memoryview[float], slot: int) -> None:
        self.values = values
        self.slot = slot

    def inc(self, by: float = 1.0) -> None:
        self.values[self.slot] += by

    def dec(self, by: float = 1.0) -> None:
        self.values[self.slot] -= by

    def set(self, value: float) -> None:
        self.values[self.slot] = value

    @property
    def value(self) -> float:
        """Of this process."""
        return float(self.values[self.slot])


REGISTRY = Registry()


class _Metric:
    kind: Kind

    def __init__(self, name: str, help: str, labels: Sequence[str] = (), registry: Registry = REGISTRY) -> None:
        self.name = name
        self.help = help.replace("\\", "\\\\").replace("\n", "\\n")
        self.label_names = tuple(labels)
        self.registry = registry
        registry.register(self)

    def samples(self, totals: dict[Key, float]) -> Iterable[str]:
        return [
            f"{self.name}{braces(labels)} {value:.15g}" for (name, labels), value in totals.items() if name == self.name
        ]

    def render_labels(self, values: Sequence[str]) -> str:
        if len(values) != len(self.label_names):
            raise ValueError(f"{self.name} has the labels {self.label_names}")
        return ",".join(f'{name}="{_escape(value)}"' for name, value in zip(self.label_names, values, strict=True))


class _Cells(_Metric):
    def __init__(self, name: str, help: str, labels: Sequence[str] = (), registry: Registry = REGISTRY) -> None:
        super().__init__(name, help, labels, registry)
        self._children: dict[tuple[str, ...], Cell] = {}
        if not labels:
            self.labels()

    def labels(self, *values: str) -> Cell:
        """The cell of these label values: keep it. Values must come from a small fixed set, never from the peer."""
        cell = self._children.get(values)
        if cell is None:
            cell = self._children[values] = self.registry.cell(self.name, self.render_labels(values))
        return cell

    def inc(self, by: float = 1.0) -> None:
        """Without labels."""
        self._children[()].inc(by)


class Counter(_Cells):
    """Only grows. Its name ends with _total."""

    kind: Kind = "counter"


class Gauge(_Cells):
    """Goes up and down; over the workers, the sum."""

    kind: Kind = "gauge"

    def dec(self, by: float = 1.0) -> None:
        self._children[()].dec(by)

    def set(self, value: float) -> None:
        self._children[()].set(value)


class Histogram(_Metric):
    """How often values fell below each bound: latencies in seconds, sizes in bytes."""

    kind: Kind = "histogram"

    def __init__(
        self,
        name: str,
        help: str,
        labels: Sequence[str] = (),
        bounds: Sequence[float] = SECONDS,
        registry: Registry = REGISTRY,
    ) -> None:
        super().__init__(name, help, labels, registry)
        self.bounds = tuple(bounds)
        self._children: dict[tuple[str, ...], Distribution] = {}
        if not labels:
            self.labels()

    def labels(self, *values: str) -> Distribution:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = Distribution(self, self.render_labels(values))
        return child

    def observe(self, value: float) -> None:
        """Without labels."""
        self._children[()].observe(value)

    def samples(self, totals: dict[Key, float]) -> Iterable[str]:
        lines = []
        seen = dict.fromkeys(labels for name, labels in totals if name == f"{self.name}_sum")
        for labels in seen:
            count = 0.0
            for bound in (*self.bounds, None):
                edge = "+Inf" if bound is None else f"{bound:g}"
                pair = f'{labels},le="{edge}"' if labels else f'le="{edge}"'
                count += totals.get((f"{self.name}_bucket", pair), 0.0)
                lines.append(f"{self.name}_bucket{braces(pair)} {count:.15g}")
            lines.append(f"{self.name}_sum{braces(labels)} {totals[f'{self.name}_sum', labels]:.15g}")
            lines.append(f"{self.name}_count{braces(labels)} {count:.15g}")
        return lines


class Distribution:
    """A histogram with its labels chosen. Each bucket counts only its own; rendering adds them up."""

    __slots__ = ("_bounds", "_buckets", "_sum")

    def __init__(self, histogram: Histogram, labels: str) -> None:
        def cell(edge: str) -> Cell:
            pair = f'{labels},le="{edge}"' if labels else f'le="{edge}"'
            return histogram.registry.cell(f"{histogram.name}_bucket", pair)

        self._bounds = histogram.bounds
        self._buckets = [*(cell(f"{bound:g}") for bound in histogram.bounds), cell("+Inf")]
        self._sum = histogram.registry.cell(f"{histogram.name}_sum", labels)

    def observe(self, value: float) -> None:
        bucket = self._buckets[bisect_left(self._bounds, value)]
        bucket.values[bucket.slot] += 1.0
        total = self._sum
        total.values[total.slot] += value


def braces(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", " ")


def _read_names(index: Path) -> list[Key]:
    if not index.exists():
        return []
    rows = index.read_text(encoding="utf-8").split("\n")[:-1]
    return [(name, labels) for name, _, labels in (row.partition("\t") for row in rows)]


def _map_values(path: Path) -> memoryview[float]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(fd, 8 * SLOTS)
        return memoryview(mmap.mmap(fd, 8 * SLOTS)).cast("d")
    finally:
        os.close(fd)
