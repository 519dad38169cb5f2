"""posthouse backup FILE, posthouse restore FILE: everything durable in one file, while the hub runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from posthouse.assemble.stores import ROOMS, connect_store
from posthouse.cli.context import Failure, context_of, say
from posthouse.store.archive import BadArchive
from posthouse.store.backup import StoreNotEmpty, Summary
from posthouse.store.backup import backup as write_backup
from posthouse.store.backup import restore as read_backup

File = Annotated[Path, typer.Argument(metavar="FILE", help="- is standard output or input.")]
STREAM = Path("-")


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


class Spinner:
    """Shows what is being done, on a terminal."""

    def __enter__(self) -> Callable[[str], None]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Progress(*columns, transient=True, disable=not sys.stderr.isatty())
        self._bar.start()
        task = self._bar.add_task("")
        return lambda stage: self._bar.update(task, description=stage)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


def backup(ctx: typer.Context, file: File) -> None:
    """Write accounts, mail and queue as they are at this moment."""
    with context_of(ctx).store() as store, Spinner() as progress:
        if file == STREAM:
            write_backup(store.database, store.blobs, ROOMS, sys.stdout.buffer, time.time, progress)
            return
        partial = file.with_name(file.name + ".part")
        try:
            with partial.open("xb") as target:
                os.chmod(partial, 0o600)
                summary = write_backup(store.database, store.blobs, ROOMS, target, time.time, progress)
                target.flush()
                os.fsync(target.fileno())
        except FileExistsError:
            raise Failure(f"{partial} exists: another backup is being written, or one was broken off") from None
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        partial.rename(file)
    say(f"{file}: {_told(summary)}")


def restore(ctx: typer.Context, file: File) -> None:
    """Bring a backup into an empty store, of either engine; UIDs and all other numbers stay what they were."""
    store = connect_store(context_of(ctx).settings)
    try:
        with Spinner() as progress:
            if file == STREAM:
                summary = read_backup(store.database, store.blobs, ROOMS, sys.stdin.buffer, progress)
            else:
                with file.open("rb") as source:
                    summary = read_backup(store.database, store.blobs, ROOMS, source, progress)
    except (StoreNotEmpty, BadArchive) as error:
        raise Failure(str(error)) from None
    except FileNotFoundError as error:
        raise Failure(f"{error.filename}: there is no such file") from None
    finally:
        store.close()
    say(f"{file}: {_told(summary)}")


def _told(summary: Summary) -> str:
    lost = f", {summary.lost} missing blobs" if summary.lost else ""
    return f"{summary.rows} rows, {summary.blobs} blobs{lost}"
