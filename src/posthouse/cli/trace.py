"""posthouse trace: what is said on the hub's connections, while it is said."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Annotated

import typer

from posthouse.cli.context import Failure, context_of
from posthouse.net.errors import CannotConnect
from posthouse.net.tracing import follow
from posthouse.observe.transcript import Wanted


def register(app: typer.Typer) -> None:
    app.command()(trace)


def trace(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help="Only sessions that log in as this address.")] = "",
    protocol: Annotated[str, typer.Option(help="Only this service: smtp, submission, imaps, https, mapi, …")] = "",
    host: Annotated[str, typer.Option(help="Only connections from this address.")] = "",
) -> None:
    """Show the conversations of connections opened from now on, until Ctrl-C. Passwords are left out; mail is not. Of
    MAPI, `mapi` has the operations of each session in words; bodies and attachments are told by their sizes."""
    folder = context_of(ctx).settings.data_folder / "run"
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(folder, Wanted(protocol, host, address)))


async def _show(folder: Path, wanted: Wanted) -> None:
    try:
        async for line in follow(folder, wanted):
            print(line, flush=True)
    except CannotConnect:
        raise Failure(f"no hub runs on the data folder {folder.parent}; start it with `posthouse serve`") from None
