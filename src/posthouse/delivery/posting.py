"""What a delivery makes goes out: into the queue, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Transaction
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.queue import submit
from posthouse.store.content import NewContent, add_content

NEVER = frozenset({"NEVER"})


def post(
    tx: Transaction,
    new: NewContent,
    sender: Address | None,
    to: Iterable[Address],
    now: int,
    *,
    body: str = "",
    utf8: bool = False,
    require_tls: bool = False,
) -> None:
    """It is released at once, and takes the way of a message that has just arrived. `sender` None: nobody hears of it
    when it fails. `body`: as of an envelope; empty: as the content is. `utf8`: its header needs it."""
    recipients = [Recipient(address, NEVER if sender is None else frozenset[str]()) for address in to]
    utf8 |= sender is not None and not sender.is_ascii
    utf8 |= any(not one.address.is_ascii for one in recipients)
    envelope = Envelope(sender, body=body or _body_of(new), smtputf8=utf8, require_tls=require_tls, release=now)
    submit(tx, envelope, recipients, add_content(tx, new), new.size, now)


def _body_of(new: NewContent) -> str:
    return "7BIT" if new.body is not None and new.body.isascii() else "8BITMIME"
