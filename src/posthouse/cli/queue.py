"""posthouse queue list|show|retry|hold|remove"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from posthouse.cli.context import Failure, context_of, say, show_json, show_table
from posthouse.database import Transaction
from posthouse.queue import rows
from posthouse.queue.rows import QueuedMessage, QueuedRecipient

app = typer.Typer(help="Mail waiting to go elsewhere.", no_args_is_help=True)
Ids = Annotated[list[int], typer.Argument(metavar="ID…")]


def _all(tx: Transaction) -> Iterator[tuple[QueuedMessage, list[QueuedRecipient]]]:
    after = 0
    while piece := rows.listing(tx, after):
        yield from piece
        after = piece[-1][0].id


@app.command("list")
def list_(ctx: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Every message in the queue with its recipients."""
    with context_of(ctx).snapshot() as tx:
        if json:
            show_json([_as_dict(message, recipients) for message, recipients in _all(tx)])
            return
        show_table(
            ["id", "arrived", "size", "from", "to", "state", "tries", "next try"],
            (
                [
                    str(message.id),
                    _when(message.arrived),
                    str(message.size),
                    str(message.envelope.sender or "<>"),
                    str(recipient.recipient.address),
                    recipient.state,
                    str(recipient.attempts),
                    _when(recipient.next_attempt) if recipient.state == "waiting" else "-",
                ]
                for message, recipients in _all(tx)
                for recipient in recipients
            ),
        )


def _as_dict(message: QueuedMessage, recipients: list[QueuedRecipient]) -> dict[str, Any]:
    return {
        "id": message.id,
        "sender": str(message.envelope.sender or ""),
        "size": message.size,
        "arrived": _when(message.arrived),
        "release": _when(message.envelope.release) if message.envelope.release else None,
        "expires": _when(message.expires),
        "recipients": [
            {
                "address": str(recipient.recipient.address),
                "destination": recipient.destination,
                "state": recipient.state,
                "attempts": recipient.attempts,
                "next_attempt": _when(recipient.next_attempt),
                "in_work": recipient.lease or None,
            }
            for recipient in recipients
        ],
    }


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@app.command()
def show(
    ctx: typer.Context,
    id: Annotated[int, typer.Argument(metavar="ID")],
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """One message with the history of each recipient."""
    with context_of(ctx).snapshot() as tx:
        message = rows.load(tx, id)
        if message is None:
            raise Failure(f"{id}: there is no such message in the queue")
        recipients, history = rows.recipients(tx, id), rows.history(tx, id)
    if json:
        shown = _as_dict(message, recipients)
        shown["history"] = [
            {
                "address": str(recipients[attempt.number - 1].recipient.address),
                "attempt": attempt.attempt,
                "happened": _when(attempt.happened),
                "host": attempt.host,
                "outcome": attempt.outcome,
                "status": attempt.status,
                "reply": attempt.reply,
            }
            for attempt in history
        ]
        show_json(shown)
        return
    say(f"message {message.id} from {message.envelope.sender or '<>'}, {message.size} bytes")
    say(f"arrived {_when(message.arrived)}, given up {_when(message.expires)}")
    if message.envelope.release:
        say(f"held by its sender until {_when(message.envelope.release)}")
    for recipient in recipients:
        say(f"\n{recipient.recipient.address}: {recipient.state}")
        for attempt in history:
            if attempt.number == recipient.number:
                say(f"  {_when(attempt.happened)} {attempt.outcome} {attempt.host}\n    {attempt.reply}")
        if recipient.state == "waiting":
            say(f"  next try {_when(recipient.next_attempt)}")


@app.command()
def retry(ctx: typer.Context, ids: Annotated[list[int] | None, typer.Argument(metavar="[ID…]")] = None) -> None:
    """Try messages now, also held ones; all of them when none is named."""
    now = int(time.time())
    with context_of(ctx).transaction() as tx:
        for number in ids if ids else rows.ids(tx):
            rows.retry(tx, number, now)


@app.command()
def hold(ctx: typer.Context, ids: Ids) -> None:
    """Keep messages until somebody says retry."""
    now = int(time.time())
    _each(ctx, ids, lambda tx, number: rows.hold_back(tx, number, now))


@app.command()
def remove(ctx: typer.Context, ids: Ids) -> None:
    """Forget messages; nobody is told."""
    _each(ctx, ids, rows.remove)


def _each(ctx: typer.Context, ids: list[int], act: Callable[[Transaction, int], bool]) -> None:
    with context_of(ctx).transaction() as tx:
        missing = [str(number) for number in ids if not act(tx, number)]
    if missing:
        raise Failure(f"not in the queue, or in work at this moment: {', '.join(missing)}")
