"""posthouse alias add|remove|list"""

from __future__ import annotations

from typing import Annotated

import typer

from posthouse.cli.context import context_of, show_json, show_table
from posthouse.directory import add_alias, list_aliases, remove_alias

app = typer.Typer(help="Addresses whose mail goes to other addresses.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="ADDRESS", help="@DOMAIN is a catch-all.")]


@app.command()
def add(ctx: typer.Context, address: Name, targets: Annotated[list[str], typer.Argument(metavar="TARGET…")]) -> None:
    """Make an alias, or give it more targets."""
    with context_of(ctx).transaction() as tx:
        add_alias(tx, address, targets)


@app.command()
def remove(
    ctx: typer.Context,
    address: Name,
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET…]")] = None,
) -> None:
    """Remove an alias, or only some of its targets."""
    with context_of(ctx).transaction() as tx:
        remove_alias(tx, address, targets or ())


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All of them."""
    with context_of(ctx).snapshot() as tx:
        aliases = list_aliases(tx)
    if json:
        show_json([{"address": alias.address, "targets": list(alias.targets)} for alias in aliases])
    else:
        show_table(["address", "targets"], ([alias.address, " ".join(alias.targets)] for alias in aliases))
