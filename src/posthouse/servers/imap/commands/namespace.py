"""NAMESPACE – RFC 9051 §6.3.10: one's own folders, without a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.namespace import Namespace
from posthouse.protocols.imap.responses import format_namespace
from posthouse.store.folders import SEPARATOR

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def namespace(session: Session, command: Namespace) -> Done:
    session.connection.write(format_namespace([("", SEPARATOR)], [], [], session.utf8))
    return COMPLETED
