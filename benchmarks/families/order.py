"""SORT and THREAD of a folder of 10,000."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.families.imap import login, say
from benchmarks.load import Prepare, conversations
from benchmarks.mail import MANY
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row

COMMANDS = {
    "SORT by subject": b"SORT (SUBJECT) UTF-8 ALL",
    "SORT by date, newest first": b"SORT (REVERSE DATE) UTF-8 ALL",
    "SORT by sender": b"SORT (FROM) UTF-8 ALL",
    "THREAD=REFERENCES": b"THREAD REFERENCES UTF-8 ALL",
    "THREAD=ORDEREDSUBJECT": b"THREAD ORDEREDSUBJECT UTF-8 ALL",
}


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    for name, command in COMMANDS.items():
        side.measure(_visit(side, command), 10_000)  # caches are warm on both sides
        yield Row(f"{name}, of 10,000, per message", CPU), side.measure(_visit(side, command), 10_000, times=3)


def _visit(side: Side, command: bytes) -> Prepare:
    prelude = [*login(MANY), *say(b"SELECT INBOX", b"FETCH 1 FLAGS")]
    return lambda _: conversations(side.ports["imap"], prelude, [say(command)])
