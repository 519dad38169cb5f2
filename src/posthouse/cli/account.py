"""posthouse account add|remove|list|password|set|quota|photo|certificate|reindex"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from posthouse.cli.context import Context, Failure, context_of, progress_bar, say, show_json, show_table
from posthouse.config.loader import parse_quantity
from posthouse.database import Transaction
from posthouse.directory import (
    Hasher,
    Kind,
    PasswordKeys,
    ValueName,
    add_account,
    add_certificate,
    get_principal,
    list_accounts,
    remove_account,
    set_attributes,
    set_password,
    set_values,
)
from posthouse.store import Store, accounts
from posthouse.store.indexing import Indexer, LeaseLost, all_segments, segments_of

app = typer.Typer(help="People with mail here.", no_args_is_help=True)
Account = Annotated[str, typer.Argument(metavar="ADDRESS")]
JPEG = b"\xff\xd8\xff"
"""How such a file begins."""
PATIENCE = 120
"""Seconds to wait for the hub's own indexing."""
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    ctx: typer.Context,
    address: Account,
    password_stdin: PasswordStdin = False,
    quota: Annotated[str, typer.Option(help='The most that the account may keep, like "5GB"; 0: no limit.')] = "0",
) -> None:
    """Make an account with its folders."""
    context = context_of(ctx)
    limit = _size(quota)
    keys = _keys(context, password_stdin)
    with context.transaction() as tx:
        create(tx, address, keys, quota=limit)


def create(tx: Transaction, address: str, keys: PasswordKeys | None, *, quota: int = 0) -> None:
    """In the directory and in the store, together."""
    number = add_account(tx, address, keys)
    accounts.create_account(tx, number, int(time.time()), quota_bytes=quota)


@app.command()
def remove(ctx: typer.Context, address: Account) -> None:
    """Remove an account and all its mail."""
    with context_of(ctx).transaction() as tx:
        accounts.remove_account(tx, remove_account(tx, address))


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All accounts with what they keep."""
    with context_of(ctx).snapshot() as tx:
        found = [(principal, accounts.usage(tx, principal.id)) for principal in list_accounts(tx)]
    if json:
        show_json(
            [
                {
                    "address": principal.address,
                    "name": principal.name,
                    "admin": principal.admin,
                    "disabled": principal.disabled,
                    "bytes": usage.used_bytes,
                    "messages": usage.used_messages,
                    "quota_bytes": usage.quota_bytes,
                    "quota_messages": usage.quota_messages,
                    "attributes": dict(principal.attributes),
                }
                for principal, usage in found
            ]
        )
        return
    show_table(
        ["address", "messages", "bytes", "quota", ""],
        (
            [
                principal.address,
                str(usage.used_messages),
                str(usage.used_bytes),
                str(usage.quota_bytes or "-"),
                " ".join(word for word, on in (("admin", principal.admin), ("disabled", principal.disabled)) if on),
            ]
            for principal, usage in found
        ),
    )


@app.command()
def password(ctx: typer.Context, address: Account, password_stdin: PasswordStdin = False) -> None:
    """Give an account a new password; sessions that are logged in stay so."""
    context = context_of(ctx)
    keys = _keys(context, password_stdin)
    with context.transaction() as tx:
        set_password(tx, address, keys)


@app.command("set")
def set_(
    ctx: typer.Context,
    address: Account,
    changes: Annotated[list[str], typer.Argument(metavar="KEY=VALUE…", help="An empty value removes the attribute.")],
) -> None:
    """Change attributes, also of a group or contact: display-name, given-name, surname, title, office, department,
    phone, manager, language …; hidden, and of accounts admin and disabled."""
    with context_of(ctx).transaction() as tx:
        set_attributes(tx, address, _pairs(changes))


@app.command()
def quota(
    ctx: typer.Context,
    address: Account,
    bytes: Annotated[str | None, typer.Option(help='Like "5GB"; 0: no limit.')] = None,
    messages: Annotated[int | None, typer.Option(min=0, help="0: no limit.")] = None,
    recalculate: Annotated[bool, typer.Option("--recalculate", help="Count again what the account keeps.")] = False,
) -> None:
    """Show or change what an account may keep; counts from the next session on."""
    size = None if bytes is None else _size(bytes)
    with context_of(ctx).transaction() as tx:
        number = get_principal(tx, address, Kind.ACCOUNT).id
        usage = accounts.recalculate_usage(tx, number) if recalculate else accounts.usage(tx, number)
        if size is not None or messages is not None:
            accounts.set_quota(
                tx,
                number,
                usage.quota_bytes if size is None else size,
                usage.quota_messages if messages is None else messages,
            )
            usage = accounts.usage(tx, number)
    say(f"bytes     {usage.used_bytes} of {usage.quota_bytes or 'no limit'}")
    say(f"messages  {usage.used_messages} of {usage.quota_messages or 'no limit'}")


@app.command()
def photo(
    ctx: typer.Context,
    address: Account,
    picture: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="JPEG; without it there is none.")] = None,
) -> None:
    """The picture that the address book shows."""
    data = None if picture is None else picture.read_bytes()
    if data is not None and not data.startswith(JPEG):
        raise Failure(f"{picture}: not a JPEG picture")
    with context_of(ctx).transaction() as tx:
        set_values(tx, get_principal(tx, address).id, ValueName.PHOTO, [] if data is None else [data])


@app.command()
def certificate(
    ctx: typer.Context,
    address: Account,
    identity: Annotated[str, typer.Argument(help="sha256:FINGERPRINT, subject:NAME or email:ADDRESS.")],
) -> None:
    """Let whoever has this client certificate log in to the account (SASL EXTERNAL)."""
    with context_of(ctx).transaction() as tx:
        add_certificate(tx, address, identity)


def _pairs(changes: Sequence[str]) -> dict[str, str]:
    pairs = dict(change.partition("=")[::2] for change in changes)
    without = [change for change in changes if "=" not in change]
    if without:
        raise Failure(f"{without[0]}: write KEY=VALUE, like display-name='Alice Adams'")
    return pairs


def _size(text: str) -> int:
    try:
        return int(parse_quantity(text))
    except ValueError:
        raise Failure(f'{text}: a size is a number with a unit, like "500MB" or "5GB"') from None


def _keys(context: Context, from_stdin: bool) -> PasswordKeys:
    return Hasher(context.settings.auth).make(_read_password(from_stdin))


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        text = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != text:
            raise Failure("the two passwords differ")
    else:
        raise Failure("no password: use --password-stdin")
    if not text:
        raise Failure("the password is empty")
    return text


@app.command()
def reindex(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="[ADDRESS]", help="Whose mail; without it, everybody's.")] = "",
) -> None:
    """Make the full-text index anew. The hub may run meanwhile, and searches find all there is to find."""
    with context_of(ctx).store() as store:
        with store.database.snapshot() as tx:
            account = get_principal(tx, address, Kind.ACCOUNT).id if address else None
            segments = all_segments(tx) if account is None else segments_of(tx, account)
        asyncio.run(_reindex(store, segments))


async def _reindex(store: Store, segments: list[int]) -> None:
    indexer = Indexer(store, f"command {os.getpid()}", pause=0)
    for _ in range(PATIENCE):
        if await indexer.claim():
            break
        await asyncio.sleep(1)
    else:
        raise Failure("the hub is writing the index itself at the moment; try again in a minute")
    try:
        with progress_bar("indexing", len(segments)) as advance:
            await indexer.rebuild(segments, advance)
    except LeaseLost:
        raise Failure("another process has begun to write the index; try again in a minute") from None
    finally:
        await indexer.release()
