"""ENABLE – RFC 9051 §6.3.1, RFC 5161."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.enable import Enable
from posthouse.protocols.imap.responses import format_enabled
from posthouse.store.metadata import metadata_state

from ..capabilities import ENABLEABLE
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


METADATA = frozenset({"METADATA", "METADATA-SERVER"})
"""Either asks for news of annotations (RFC 5464 §4.1)."""


async def enable(session: Session, command: Enable) -> Done:
    """What is unknown or switched off is passed over; nothing can be disabled again."""
    on = session.server.capabilities.is_on
    enabled = [name for name in ENABLEABLE if name.upper() in command.capabilities and on(name)]
    for name in enabled:
        session.on_enable(name.upper())
    if METADATA.intersection(enabled) and session.metadata.state is None:
        session.metadata.state = await session.store.read(metadata_state, session.account)
    session.connection.write(format_enabled(enabled))
    return COMPLETED
