"""posthouse contact add|remove|list"""

from __future__ import annotations

from typing import Annotated

import typer

from posthouse.cli.context import context_of, show_json, show_table
from posthouse.directory import add_contact, list_contacts, remove_contact

app = typer.Typer(help="Outside addresses shown in the address book.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="ADDRESS")]


@app.command()
def add(ctx: typer.Context, address: Name, name: Annotated[str, typer.Option(help="As it is shown.")]) -> None:
    """Make a contact."""
    with context_of(ctx).transaction() as tx:
        add_contact(tx, address, name)


@app.command()
def remove(ctx: typer.Context, address: Name) -> None:
    """Remove a contact."""
    with context_of(ctx).transaction() as tx:
        remove_contact(tx, address)


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All of them."""
    with context_of(ctx).snapshot() as tx:
        contacts = list_contacts(tx)
    if json:
        show_json([{"address": contact.address, "name": contact.name} for contact in contacts])
    else:
        show_table(["address", "name"], ([contact.address, contact.name] for contact in contacts))
