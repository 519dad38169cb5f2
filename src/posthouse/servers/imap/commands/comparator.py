"""COMPARATOR – RFC 5255 §4.7. Searches, sorts and threads of this session compare texts by the one that is
active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.comparator import Comparator as Command
from posthouse.protocols.imap.commands.comparator import matches
from posthouse.protocols.imap.responses import format_comparator
from posthouse.store.comparators import Comparator

from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session

DEFAULT = Comparator.UNICODE_CASEMAP


async def comparator(session: Session, command: Command) -> Done:
    found = list(dict.fromkeys(one for pattern in command.patterns for one in _matching(pattern)))
    if command.patterns and not found:
        return Done("No such comparator", codes.BADCOMPARATOR, b"NO")
    if found:
        session.comparator = found[0]
    others = [one.value for one in found] if len(found) > 1 else []
    session.connection.write(format_comparator(session.comparator.value, others))
    return Done(f"Comparing by {session.comparator.value}")


def _matching(pattern: str) -> list[Comparator]:
    """The default one comes first where several match."""
    if pattern.lower() == "default":
        return [DEFAULT]
    return [one for one in Comparator if matches(pattern, one.value)]
