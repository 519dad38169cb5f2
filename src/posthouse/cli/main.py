"""posthouse [-c FILE] NOUN VERB …"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posthouse import __version__
from posthouse.cli import (
    account,
    alias,
    backup,
    check,
    contact,
    demo,
    domain,
    folder,
    group,
    init,
    message,
    queue,
    serve,
)
from posthouse.cli.context import Context, failures

app = typer.Typer(
    name="posthouse",
    help="A complete mail hub: SMTP, POP3 and IMAP on one durable store.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"posthouse {__version__}")
        raise typer.Exit


@app.callback()
def _posthouse(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option("-c", "--config", help="Configuration file; POSTHOUSE_CONFIG does the same.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it and end.")
    ] = False,
) -> None:
    ctx.obj = Context() if config is None else Context(config)


for noun in (domain, account, alias, group, contact, folder, message, queue):
    app.add_typer(noun.app, name=noun.__name__.rpartition(".")[2])
for module in (init, serve, check, backup, demo):
    module.register(app)


def main() -> None:
    with failures():
        app()
