"""posthouse [-c FILE] NOUN VERB …"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from posthouse import __version__
from posthouse.cli.context import Context, failures

NOUNS = ("domain", "account", "alias", "group", "contact", "folder", "message", "queue")
VERBS = {
    "init": "init",
    "serve": "serve",
    "check": "check",
    "backup": "backup",
    "restore": "backup",
    "demo": "demo",
    "trace": "trace",
}
"""Commands without a noun, and the modules they are in."""

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


def load(words: list[str]) -> None:
    """Import what the command line names, and everything where it names nothing: a script's command starts at once."""
    named = [word for word in words if word in NOUNS or word in VERBS]
    for noun in NOUNS:
        if not named or noun in named:
            app.add_typer(import_module(f"posthouse.cli.{noun}").app, name=noun)
    for module in dict.fromkeys(module for verb, module in VERBS.items() if not named or verb in named):
        import_module(f"posthouse.cli.{module}").register(app)


def main() -> None:
    with failures():
        # What modules make stays for good: the collector need not go through it, while they load or ever after.
        gc.disable()
        load(sys.argv[1:])
        gc.freeze()
        gc.enable()
        app()
