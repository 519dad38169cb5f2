"""posthouse folder create|list|remove|rename|rights

Where a command takes an ADDRESS, `--public` in its place means the public folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from posthouse.cli.context import Failure, context_of, show_json, show_table
from posthouse.database import Transaction
from posthouse.directory import Kind, get_principal, identifier_of, identify
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import ALL_RIGHTS, LETTERS, NO_RIGHTS, Right, format_rights, parse_rights
from posthouse.model.roles import Role
from posthouse.store import folder_tree, folders
from posthouse.store.accounts import create_public
from posthouse.store.rights import Holder, change_rights, read_entries

app = typer.Typer(help="Folders of an account, and the public ones.", no_args_is_help=True)
Words = Annotated[list[str], typer.Argument(metavar="ADDRESS NAME", help="In a NAME, levels are divided by /.")]
Public = Annotated[bool, typer.Option("--public", help="The public folders; there is no ADDRESS then.")]
AsJson = Annotated[bool, typer.Option("--json")]


def account_of(tx: Transaction, address: str) -> AccountId:
    return get_principal(tx, address, Kind.ACCOUNT).id


def _take(words: Sequence[str], public: bool, names: str) -> tuple[str | None, list[str]]:
    """The address, or None for the public folders, and what follows it: one word for each of `names`."""
    address, rest = (None, list(words)) if public else (words[0], list(words[1:]))
    if len(rest) != len(names.split()):
        raise Failure(f"expected {'--public' if public else 'ADDRESS'} {names}")
    return address, rest


def _owner(tx: Transaction, address: str | None) -> AccountId:
    return folders.PUBLIC if address is None else account_of(tx, address)


@app.command()
def create(
    ctx: typer.Context,
    words: Words,
    public: Public = False,
    role: Annotated[str, typer.Option(help="Special use: Archive, Drafts, Junk, Sent, Trash …")] = "",
) -> None:
    """Make a folder, with those above it. A public one may be read by everybody, and filled, until its rights say
    otherwise."""
    address, (name,) = _take(words, public, "NAME")
    try:
        special = Role(role.capitalize()) if role else None
    except ValueError:
        raise Failure(f"{role}: the special uses are {', '.join(Role)}") from None
    context = context_of(ctx)
    with context.store() as store, store.database.transaction() as tx:
        if address is None:
            create_public(tx, store.now())
            folders.create_folder(tx, folders.PUBLIC, name)
            return
        account = account_of(tx, address)
        folders.create_folder(tx, account, name, role=special)
        folders.subscribe(tx, account, name)


@app.command(context_settings={"ignore_unknown_options": True})  # -bob@example.org, -w
def rights(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="ADDRESS NAME [OTHER RIGHTS]")],
    public: Public = False,
    json: AsJson = False,
) -> None:
    """Who may do what with a folder; with OTHER and RIGHTS, change it.

    OTHER is the address of an account or a group, or "anyone"; with a dash before it, the rights are taken away
    whatever else grants them. RIGHTS are letters, in place of those that OTHER has, or with + and - more and fewer:
    l look up, r read, s mark as seen, w other flags, i insert, p post, k make folders below, x remove the folder,
    t mark as deleted, e expunge, a administer. "none": no rights.
    """
    change = len(words) > (2 if not public else 1)
    address, (name, *more) = _take(words, public, "NAME OTHER RIGHTS" if change else "NAME")
    if not change:
        _show_rights(ctx, address, name, json)
        return
    settings = context_of(ctx).settings
    with context_of(ctx).transaction() as tx:
        account = _owner(tx, address)
        folder = folders.find_folder(tx, account, name).id
        principal, is_group = identify(tx, more[0].removeprefix("-"), settings.auth.default_domain)
        if address is not None and principal == account:
            raise Failure(f"{more[0]} owns the folder, and has all rights")
        add, remove = _rights_change(more[1])
        holder = Holder(principal, more[0].startswith("-"), is_group)
        change_rights(tx, account, folder, holder, add=add, remove=remove)


def _rights_change(text: str) -> tuple[Right, Right]:
    """What is added, and what is removed before."""
    letters = "" if text == "none" else text
    try:
        if letters.startswith("-"):
            return NO_RIGHTS, parse_rights(letters[1:])
        return parse_rights(letters.removeprefix("+")), NO_RIGHTS if letters.startswith("+") else ALL_RIGHTS
    except BadSyntax:
        raise Failure(f"{text}: rights are letters out of {''.join(LETTERS)}") from None


def _show_rights(ctx: typer.Context, address: str | None, name: str, json: bool) -> None:
    with context_of(ctx).snapshot() as tx:
        account = _owner(tx, address)
        found = [
            ("-" * entry.holder.negative + identifier, format_rights(entry.rights, virtual=False))
            for entry in read_entries(tx, account, folders.find_folder(tx, account, name).id)
            if (identifier := identifier_of(tx, entry.holder.principal)) is not None
        ]
        if address is not None:
            found.insert(0, (get_principal(tx, address).address, format_rights(ALL_RIGHTS, virtual=False)))
    if json:
        show_json([{"identifier": identifier, "rights": letters} for identifier, letters in found])
    else:
        show_table(["identifier", "rights"], found)


@app.command("list")
def list_(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS")] = None,
    public: Public = False,
    json: AsJson = False,
) -> None:
    """All folders with their counters."""
    address, _ = _take(words or [], public, "") if words else (None, [])
    if address is None and not public:
        raise Failure("expected ADDRESS or --public")
    with context_of(ctx).snapshot() as tx:
        found = folders.list_folders(tx, _owner(tx, address))
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
def remove(ctx: typer.Context, words: Words, public: Public = False) -> None:
    """Remove a folder with its messages."""
    address, (name,) = _take(words, public, "NAME")
    with context_of(ctx).transaction() as tx:
        account = _owner(tx, address)
        folders.delete_folder(tx, account, folders.find_folder(tx, account, name).id)


@app.command()
def rename(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="ADDRESS NAME NEW")],
    public: Public = False,
) -> None:
    """Give a folder another name or place; the rights on it stay."""
    address, (name, new) = _take(words, public, "NAME NEW")
    with context_of(ctx).transaction() as tx:
        account = _owner(tx, address)
        folder_tree.rename_folder(tx, account, folders.find_folder(tx, account, name).id, new)
