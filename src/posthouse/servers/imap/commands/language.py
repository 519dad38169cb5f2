"""LANGUAGE – RFC 5255 §3. From the LANGUAGE response on, people are spoken to in that language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.language import Language, look_up
from posthouse.protocols.imap.commands.namespace import Namespace
from posthouse.protocols.imap.responses import format_language

from ..languages import DEFAULT, LANGUAGES, namespaces
from ..replies import COMPLETED, Done
from .namespace import namespace

if TYPE_CHECKING:
    from ..session import Session


async def language(session: Session, command: Language) -> Done:
    """Behind it, a client that is logged in is told how the namespaces are called (§3.4)."""
    connection = session.connection
    if not command.ranges:
        connection.write(format_language(LANGUAGES))
        return COMPLETED
    chosen = next(filter(None, map(_choose, command.ranges)), None)
    if chosen is None:
        return Done("That language is not known", b"", b"NO")
    connection.language = chosen
    connection.write(format_language([chosen]))
    if namespaces(chosen) and session.login is not None:
        await namespace(session, Namespace())
    return COMPLETED


def _choose(wanted: str) -> str | None:
    return DEFAULT if wanted.lower() in ("default", "*") else look_up(wanted, LANGUAGES)
