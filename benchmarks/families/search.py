"""SEARCH in texts: folders of 10,000 and 100,000, without the full-text index and with it; what the index costs."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.families.imap import login, say
from benchmarks.load import Prepare, conversations
from benchmarks.mail import HUGE, MANY
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row

KEYS = {
    "TEXT that is in one": b'TEXT "number 4207 plays"',
    "TEXT that is in none": b"TEXT saxophone",
    "TEXT that is in 1 of 100": b"TEXT xylophone",
    "FROM that is in one": b'FROM "number 4207 <"',
}


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    yield from _searches(side, "")
    if side.name == "posthouse":
        yield from _index(side)
        yield from _searches(side, ", index")


def _searches(side: Side, how: str) -> Iterator[tuple[Row, Figure]]:
    for who, count, size in ((MANY, 10_000, "10,000"), (HUGE, 100_000, "100,000")):
        for name, key in KEYS.items():
            side.measure(_search(side, who, key), count)  # caches are warm on both sides
            figure = side.measure(_search(side, who, key), count, times=3)
            yield Row(f"SEARCH {name}, of {size}{how}", CPU), figure


def _search(side: Side, who: str, key: bytes) -> Prepare:
    prelude = [*login(who), *say(b"SELECT INBOX", b"FETCH 1 FLAGS")]
    return lambda _: conversations(side.ports["imap"], prelude, [say(b"SEARCH " + key)])


def _index(side: Side) -> Iterator[tuple[Row, Figure]]:
    program = Path(sys.executable).parent / "posthouse"
    before = _used()
    subprocess.run([program, "-c", side.folder / "posthouse.toml", "account", "reindex"], check=True)
    used = _used() - before
    with sqlite3.connect(f"file:{side.folder}/data/store.db?mode=ro", uri=True) as store:
        ((contents,),) = store.execute("SELECT count(*) FROM content")
        ((bits,),) = store.execute("SELECT sum(length(bits)) FROM search_page")
    yield Row("indexing, per message", CPU), Figure(used / contents * 1e6)
    yield Row("the index, per message", "bytes"), Figure(bits / contents)


def _used() -> float:
    """CPU of the commands that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
