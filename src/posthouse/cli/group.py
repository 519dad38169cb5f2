"""posthouse group add|remove|list"""

from __future__ import annotations

from typing import Annotated

import typer

from posthouse.cli.context import context_of, show_json, show_table
from posthouse.directory import Kind, add_group, get_principal, list_groups, remove_group
from posthouse.store.rights import forget_principal

app = typer.Typer(help="Addresses that stand for several people.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="ADDRESS")]


@app.command()
def add(
    ctx: typer.Context,
    address: Name,
    members: Annotated[list[str] | None, typer.Argument(metavar="[MEMBER…]")] = None,
    owner: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="May be said more than once.")] = None,
    dynamic: Annotated[str, typer.Option(metavar="QUERY", help="Members by attribute, like department=Sales.")] = "",
) -> None:
    """Make a group."""
    with context_of(ctx).transaction() as tx:
        add_group(tx, address, members or (), owners=owner or (), query=dynamic)


@app.command()
def remove(ctx: typer.Context, address: Name) -> None:
    """Remove a group; its members stay."""
    with context_of(ctx).transaction() as tx:
        forget_principal(tx, get_principal(tx, address, Kind.GROUP).id, is_group=True)
        remove_group(tx, address)


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All of them."""
    with context_of(ctx).snapshot() as tx:
        groups = list_groups(tx)
    if json:
        show_json(
            [
                {
                    "address": group.address,
                    "members": list(group.members),
                    "owners": list(group.owners),
                    "dynamic": group.query,
                }
                for group in groups
            ]
        )
    else:
        show_table(
            ["address", "members"], ([group.address, group.query or " ".join(group.members)] for group in groups)
        )
