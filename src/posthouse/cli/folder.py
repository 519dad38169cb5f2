"""posthouse folder create|list|remove|rename"""

from __future__ import annotations

from typing import Annotated

import typer

from posthouse.cli.context import Failure, context_of, show_json, show_table
from posthouse.database import Transaction
from posthouse.directory import Kind, get_principal
from posthouse.model.ids import AccountId
from posthouse.model.roles import Role
from posthouse.store import folders

app = typer.Typer(help="Folders of an account.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(metavar="ADDRESS")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Levels are divided by /.")]


def account_of(tx: Transaction, address: str) -> AccountId:
    return get_principal(tx, address, Kind.ACCOUNT).id


@app.command()
def create(
    ctx: typer.Context,
    address: Account,
    name: Name,
    role: Annotated[str, typer.Option(help="Special use: Archive, Drafts, Junk, Sent, Trash …")] = "",
) -> None:
    """Make a folder, with those above it."""
    try:
        special = Role(role.capitalize()) if role else None
    except ValueError:
        raise Failure(f"{role}: the special uses are {', '.join(Role)}") from None
    with context_of(ctx).transaction() as tx:
        account = account_of(tx, address)
        folders.create_folder(tx, account, name, role=special)
        folders.subscribe(tx, account, name)


@app.command("list")
def list_(ctx: typer.Context, address: Account, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All folders with their counters."""
    with context_of(ctx).snapshot() as tx:
        found = folders.list_folders(tx, account_of(tx, address))
    if json:
        show_json(
            [
                {
                    "name": path,
                    "role": folder.role,
                    "messages": folder.total,
                    "unseen": folder.unseen,
                    "bytes": folder.bytes,
                    "uid_validity": folder.uid_validity,
                    "uid_next": folder.next_uid,
                    "highest_modseq": folder.highest_modseq,
                }
                for path, folder in found.items()
            ]
        )
    else:
        show_table(
            ["name", "messages", "unseen", "bytes", "special use"],
            (
                [path, str(folder.total), str(folder.unseen), str(folder.bytes), folder.role or ""]
                for path, folder in found.items()
            ),
        )


@app.command()
def remove(ctx: typer.Context, address: Account, name: Name) -> None:
    """Remove a folder with its messages."""
    with context_of(ctx).transaction() as tx:
        account = account_of(tx, address)
        folders.delete_folder(tx, account, folders.find_folder(tx, account, name).id)


@app.command()
def rename(
    ctx: typer.Context, address: Account, name: Name, new: Annotated[str, typer.Argument(metavar="NEW")]
) -> None:
    """Give a folder another name or place."""
    with context_of(ctx).transaction() as tx:
        account = account_of(tx, address)
        folders.rename_folder(tx, account, folders.find_folder(tx, account, name).id, new)
