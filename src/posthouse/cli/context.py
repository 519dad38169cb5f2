"""What every command has: the configuration, the store, a way to print, and one way to fail."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from posthouse.assemble.stores import open_store
from posthouse.config import ConfigError, Settings, load_settings
from posthouse.database import Transaction
from posthouse.database.migrations import SchemaTooNew
from posthouse.model.refusals import Refusal
from posthouse.store import Store

DEFAULT_CONFIG = "posthouse.toml"


class Failure(Exception):
    """The command can't go on; the text says what is wrong and, where it can, the mend."""


@dataclass
class Context:
    config: Path = field(default_factory=lambda: Path(os.environ.get("POSTHOUSE_CONFIG", DEFAULT_CONFIG)))

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """The store, with its tables at the newest version; works beside a running hub."""
        store = open_store(self.settings)
        try:
            yield store
        finally:
            store.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One change of the store; sessions of a running hub hear of it."""
        with self.store() as store, store.database.transaction() as tx:
            yield tx

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        with self.store() as store, store.database.snapshot() as tx:
            yield tx


_console = Console(stderr=False, highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    print(text)


def complain(text: str) -> None:
    _errors.print(f"posthouse: {text}", markup=False)


def die(text: str) -> NoReturn:
    complain(text)
    raise SystemExit(1)


def show_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """For a person on a terminal; tab-separated where the output goes to another program."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))
        return
    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    _console.print(table)


@contextlib.contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """On a terminal; call what it gives after each of `total` steps."""
    from rich.progress import Progress

    with Progress(console=_errors, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


@contextlib.contextmanager
def failures() -> Iterator[None]:
    """Errors that a person can mend become one line and exit status 1; anything else is our fault and keeps its
    traceback."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            complain(problem)
        raise SystemExit(1) from None
    except (Failure, Refusal, SchemaTooNew) as error:
        die(str(error))
    except PermissionError as error:
        die(f"{error.filename}: permission denied; run this as the user the hub runs as")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def context_of(ctx: typer.Context) -> Context:
    found = ctx.find_object(Context)
    assert found is not None
    return found
