"""NOOP and CHECK – RFC 9051 §6.1.2, RFC 3501 §6.4.1: whatever is new is told at the end of any command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.check import Check
from posthouse.protocols.imap.commands.noop import Noop

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def noop(session: Session, command: Noop | Check) -> Done:
    return COMPLETED
