"""The rows, and how they are printed: ours, the other's, and how many times as much the other needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.side import Figure

CPU = "µs"
CPU_MB = "µs/MB"
MILLISECONDS = "ms"
KILOBYTES = "KB"


@dataclass(frozen=True)
class Row:
    name: str
    unit: str
    """CPU is of all of the server's processes, for one unit of the work."""
    way: str = field(default="", compare=False)
    """How another server does it, where it can in several ways; the better one is compared."""


@dataclass
class Table:
    """Figures by row and side, in the order in which they came."""

    figures: dict[Row, dict[str, Figure]] = field(default_factory=dict)

    def add(self, row: Row, side: str, figure: Figure) -> None:
        name = side if side == "posthouse" else row.way or side
        self.figures.setdefault(row, {})[name] = figure

    def markdown(self) -> str:
        lines = [
            "| work | this hub | a second | the other | a second | needs … times as much | we are … times as fast |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [self._line(row, figures) for row, figures in self.figures.items()]
        return "\n".join([*lines, "", self._load()])

    def _load(self) -> str:
        """Whether the load generator was the bottleneck."""
        shares = [
            (figure.load * figure.rate / 1e6, f"{row.name}, {side}")
            for row, figures in self.figures.items()
            for side, figure in figures.items()
        ]
        share, where = max(shares)
        return f"The load generator used {share:.0%} of a core at most ({where})."

    def _line(self, row: Row, figures: dict[str, Figure]) -> str:
        ours = figures.get("posthouse")
        others = {name: figure for name, figure in figures.items() if name != "posthouse"}
        cells = [row.name, *_cells(ours, row.unit)]
        if not others:
            cells += ["–"] * 4
        else:
            name = min(others, key=lambda each: others[each].value)
            best = others[name]
            value, rate = _cells(best, row.unit)
            cells += [f"{value} ({name})", rate]
            if ours is not None:
                cells += [f"{best.value / ours.value:.1f}×", _times(ours.rate, best.rate)]
        return "| " + " | ".join(cells) + " |"


def _cells(figure: Figure | None, unit: str) -> list[str]:
    if figure is None:
        return ["–", "–"]
    return [f"{_short(figure.value)} {unit}", _short(figure.rate) if figure.rate else "–"]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _times(ours: float, other: float) -> str:
    return f"{ours / other:.1f}×" if ours and other else "–"
