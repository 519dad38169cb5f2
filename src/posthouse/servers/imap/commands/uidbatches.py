"""UIDBATCHES – RFC 10022: ranges of UIDs that hold equally many messages, for commands of a bearable size.

Batches are exact, and their ranges leave nothing out: each begins below the one before it, and the last ends at 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.uidbatches import UidBatches
from posthouse.protocols.imap.responses import format_uidbatches

from ..replies import COMPLETED, Done
from ..view import View

if TYPE_CHECKING:
    from ..session import Session

MIN_SIZE = 500
"""Smaller ones would be sequence numbers by another name (RFC 10022 §3.1.3)."""
MAX_BATCHES = 10_000
"""In one response: five million messages at least, where RFC 10022 §3.1.5 asks for 100,000."""


async def uidbatches(session: Session, command: UidBatches) -> Done:
    if command.size < MIN_SIZE:
        return Done(f"Minimum batch size is {MIN_SIZE}", codes.TOOFEW, b"NO")
    view = session.folder.view
    first, last = command.batches or (1, -(-view.exists // command.size))
    if command.batches is not None and first > last:
        return Done("The first batch comes first", codes.CLIENTBUG, b"BAD")
    if last - first >= MAX_BATCHES:
        return Done(f"No more than {MAX_BATCHES} batches at once", codes.TOOMANY, b"NO")
    await session.loaded()
    session.connection.write(format_uidbatches(session.tag, batches(view, command.size, first, last)))
    return COMPLETED


def batches(view: View, size: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The highest and the lowest UID of each, as far as there are so many."""
    for number in range(first, min(last, -(-view.exists // size)) + 1):
        above, below = view.exists - (number - 1) * size, view.exists - number * size
        high = view.last_uid if number == 1 else view.uid(above + 1) - 1
        yield high, view.uid(below + 1) if below > 0 else 1
