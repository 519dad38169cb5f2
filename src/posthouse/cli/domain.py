"""posthouse domain add|remove|list"""

from __future__ import annotations

from typing import Annotated

import typer

from posthouse.cli.context import context_of, show_json, show_table
from posthouse.directory import add_domain, list_domains, remove_domain

app = typer.Typer(help="The domains whose mail is ours.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="DOMAIN")]


@app.command()
def add(ctx: typer.Context, domain: Name) -> None:
    """Take mail for a domain from now on."""
    with context_of(ctx).transaction() as tx:
        add_domain(tx, domain)


@app.command()
def remove(ctx: typer.Context, domain: Name) -> None:
    """Take no more mail for it; it must have no addresses left."""
    with context_of(ctx).transaction() as tx:
        remove_domain(tx, domain)


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All of them."""
    with context_of(ctx).snapshot() as tx:
        domains = list_domains(tx)
    show_json(domains) if json else show_table(["domain"], ([name] for name in domains))
