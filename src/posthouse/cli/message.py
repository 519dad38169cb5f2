"""posthouse message list|show|add"""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from posthouse.cli.context import Failure, context_of, show_json, show_table
from posthouse.cli.folder import account_of
from posthouse.message.dates import parse_date
from posthouse.message.headers import get
from posthouse.model.flags import NOTED
from posthouse.store.content import add_content, open_content
from posthouse.store.folders import find_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import MAX_UID, NewMessage, append
from posthouse.store.reading import rows

app = typer.Typer(help="Messages of an account.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(metavar="ADDRESS")]
FolderName = Annotated[str, typer.Option(help="Levels are divided by /.")]

_BARE_LF = re.compile(rb"(?<!\r)\n")


@app.command("list")
def list_(
    ctx: typer.Context,
    address: Account,
    folder: FolderName = "INBOX",
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Messages of a folder."""
    columns = ("uid", "flags", "internal_date", "size", "subject")
    with context_of(ctx).snapshot() as tx:
        account = account_of(tx, address)
        found = rows(tx, account, find_folder(tx, account, folder).id, 1, MAX_UID, columns, 1_000_000)
    if json:
        show_json([dict(zip(columns, row, strict=True)) | {"flags": row[1] & ~NOTED} for row in found])
    else:
        show_table(
            ["uid", "date", "size", "subject"],
            (
                [str(uid), datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%d %H:%M"), str(size), subject]
                for uid, _, date, size, subject in found
            ),
        )


@app.command()
def show(
    ctx: typer.Context, address: Account, uid: Annotated[int, typer.Argument()], folder: FolderName = "INBOX"
) -> None:
    """The bytes of one message."""
    with context_of(ctx).store() as store, store.database.snapshot() as tx:
        account = account_of(tx, address)
        found = rows(tx, account, find_folder(tx, account, folder).id, uid, uid, ("content_id",), 1)
        if not found:
            raise Failure(f"{folder} has no message with UID {uid}")
        sys.stdout.buffer.write(open_content(tx, store.blobs, found[0][0]))


@app.command()
def add(
    ctx: typer.Context,
    address: Account,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, readable=True)],
    folder: FolderName = "INBOX",
) -> None:
    """Put message files into a folder; bare line feeds become CRLF."""
    now = int(time.time())
    with context_of(ctx).store() as store:
        for file in track(files, "Adding", disable=len(files) < 20 or not sys.stderr.isatty()):
            data = _BARE_LF.sub(b"\r\n", file.read_bytes())
            content = content_of(store.blobs, data)
            date = get(data[: content.derived.header_size], b"date")
            when = parse_date(date) if date else None
            with store.database.transaction() as tx:
                account = account_of(tx, address)
                target = find_folder(tx, account, folder).id
                number = add_content(tx, content)
                append(tx, account, target, NewMessage(number, content.size, when.epoch if when else now), now)
