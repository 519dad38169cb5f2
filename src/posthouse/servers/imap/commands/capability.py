"""CAPABILITY – RFC 9051 §6.1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.capability import Capability
from posthouse.protocols.imap.responses import format_capability

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def capability(session: Session, command: Capability) -> Done:
    session.connection.write(format_capability(session.capabilities()))
    return COMPLETED
