"""python -m benchmarks [FAMILY…]

Starts this hub (one worker, SQLite, durable) and, where they are installed and we are root, a private Postfix with a
private Dovecot; measures each, never both at once, and prints a table. CPU is of all of a server's processes. Nothing
of the system is touched: all servers listen on free loopback ports and keep everything in a temporary folder.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from benchmarks.families import (
    idle,
    imap,
    mapi,
    mapi_book,
    mapi_news,
    mapi_streams,
    mapi_sync,
    mapi_tables,
    notify,
    order,
    pop3,
    search,
    smtp,
    start,
    sync,
)
from benchmarks.hub import start_hub
from benchmarks.mail import BOOK, FILL
from benchmarks.peers import are_there, fill_peers, start_peers
from benchmarks.side import Side
from benchmarks.table import Table

FAMILIES: dict[str, ModuleType] = {
    "start": start,
    "smtp": smtp,
    "imap": imap,
    "pop3": pop3,
    "search": search,
    "order": order,
    "sync": sync,
    "idle": idle,
    "notify": notify,
    "mapi": mapi,
    "mapi-tables": mapi_tables,
    "mapi-book": mapi_book,
    "mapi-streams": mapi_streams,
    "mapi-sync": mapi_sync,
    "mapi-news": mapi_news,
}
NEEDED = {
    "imap": ("many", "huge", "copier"),
    "pop3": ("pop",),
    "search": ("many", "huge"),
    "order": ("many",),
    "sync": ("many", "huge"),
    "mapi-tables": ("huge",),
    "mapi-book": ("book",),
    "mapi-sync": ("huge",),
}
"""Whose folders must be full; `book`: the address book."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(FAMILIES)}; all without")
    parser.add_argument("--alone", action="store_true", help="this hub without the others")
    options = parser.parse_args()
    families = options.families or list(FAMILIES)
    if unknown := set(families) - set(FAMILIES):
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # servers are stopped on every way out
    table = Table()
    _measure(_hub, families, table)
    if options.alone:
        pass
    elif are_there():
        _measure(_peers, families, table)
    else:
        print("Postfix and Dovecot are not installed, or we are not root: this hub alone", file=sys.stderr)
    print(table.markdown(), flush=True)


def _fill(families: list[str]) -> dict[str, tuple[int, int]]:
    return {name: FILL[name] for family in families for name in NEEDED.get(family, ())}


def _hub(folder: Path, families: list[str]) -> Side:
    return start_hub(folder, _fill(families), million="imap" in families)


def _peers(folder: Path, families: list[str]) -> Side:
    side = start_peers(folder)
    fill_peers(side, {name: size for name, size in _fill(families).items() if name != BOOK})
    return side


def _measure(begin: Callable[[Path, list[str]], Side], families: list[str], table: Table) -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        side = begin(Path(name), families)
        try:
            for family in families:
                for row, figure in FAMILIES[family].measure(side):
                    table.add(row, side.name, figure)
                    print(
                        f"{row.way or side.name}: {row.name}: {figure.value:.2f} {row.unit}, load {figure.load:.2f}",
                        file=sys.stderr,
                        flush=True,
                    )
        finally:
            side.stop()
