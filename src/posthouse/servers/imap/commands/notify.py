"""NOTIFY – RFC 5465. It says what the client wants to hear from then on, and what it has missed is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.notify import Notify, known_events
from posthouse.protocols.imap.fetch import Attribute

from ..notifying.interest import NOTHING, interest_of
from ..notifying.listening import Notifications
from ..notifying.looking import TooMuch
from ..notifying.scope import Scope
from ..notifying.watch import Watch
from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session


async def notify(session: Session, command: Notify) -> Done:
    """If it fails, what was said before is still in force."""
    capabilities = session.server.capabilities
    if command.unknown:
        return Done("There is no such event", codes.badevent(known_events(capabilities.off)), b"NO")
    watch, structure = None, None
    scope = Scope(command.groups)
    if scope.wanted:
        try:
            watch, structure = await session.store.scan(Watch.begin, session.places, scope)
        except TooMuch as refusal:
            return Done(str(refusal), codes.NOTIFICATIONOVERFLOW, b"NO")
    if session.notifications is None:
        session.notifications = Notifications(session)
    interest = interest_of(command.groups) if command.groups else NOTHING
    session.notifications.begin(interest, watch)
    if Attribute.MODSEQ in interest.fetch:
        session.use_condstore()
    if watch is not None and structure is not None:
        selected = session.selected
        key = None if selected is None else (selected.account, selected.folder)
        condstore = capabilities.is_on("CONDSTORE")
        lines = watch.first_lines(structure, key, status=command.status, condstore=condstore, utf8=session.utf8)
        session.connection.write(b"".join(lines))
    return COMPLETED
