"""What `verify` finds: problems, where they are, and what sets them right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from posthouse.database import Row, Transaction

LOST = "restore it from a backup"

Repair = Callable[[Transaction], object]


@dataclass(frozen=True, slots=True)
class Problem:
    what: str
    where: str
    mend: str
    """What sets it right: what `mend` does, or what a person can."""
    repair: Repair | None = field(default=None, compare=False, repr=False)

    @property
    def can_mend(self) -> bool:
        return self.repair is not None

    def __str__(self) -> str:
        return f"{self.where}: {self.what} – {self.mend}"


def mend(tx: Transaction, problem: Problem) -> bool:
    """In a write transaction; False when a person must do it. Counts anew, so it does no harm beside a working hub."""
    if problem.repair is None:
        return False
    problem.repair(tx)
    return True


Check = tuple[str, Callable[[Transaction], Iterator[Problem]]]
"""What a stage is called, and what is checked in it."""


def place_of_folder(row: Row) -> str:
    return f"account {row[0]}, folder {row[1]}"


def place_of_message(row: Row) -> str:
    return f"account {row[0]}, folder {row[1]}, UID {row[2]}"


def statement(sql: str, *params: object) -> Repair:
    return lambda tx: tx.run(sql, params)
