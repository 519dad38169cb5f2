"""CANCELUPDATE – RFC 5267 §4.3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.cancelupdate import CancelUpdate

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def cancelupdate(session: Session, command: CancelUpdate) -> Done:
    """Tags that name nothing (any more) are passed over: a refused UPDATE must not make its end an error."""
    for tag in command.tags:
        session.folder.contexts.by_tag.pop(tag, None)
    return COMPLETED
