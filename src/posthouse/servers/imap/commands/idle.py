"""IDLE – RFC 9051 §6.3.13, RFC 2177: news as it comes, until DONE.

A hint wakes the session, and it looks into the store; a hint may be lost, so it looks now and then anyway. What comes
behind DONE in the same packet is the next command. After NOTIFY it tells the same as between commands (RFC 5465 §4).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from posthouse.model.hints import Hint
from posthouse.model.refusals import BadSyntax
from posthouse.net.errors import ConnectionLost, TimedOut
from posthouse.protocols.imap.commands.idle import Idle, is_done
from posthouse.protocols.imap.events import Event, Line, Overrun
from posthouse.protocols.imap.responses import format_continuation

from ..announcing import tell_news, tell_unasked
from ..replies import COMPLETED, Done, Goodbye

if TYPE_CHECKING:
    from ..session import Session


async def idle(session: Session, command: Idle) -> Done:
    connection, stream = session.connection, session.connection.stream

    def on_hint(hint: Hint) -> None:
        selected = session.selected
        if session.metadata.state is not None or (selected is not None and hint.folder == selected.folder):
            stream.nudge()

    owner = session.account if session.selected is None else session.selected.account
    connection.receiver.expect_line()
    connection.write(format_continuation("idling"))
    unsubscribe = session.store.subscribe(owner, on_hint) if session.notifications is None else None
    try:
        line = await _until_line(session)
    finally:
        if unsubscribe is not None:
            unsubscribe()
    if not is_done(line):
        raise BadSyntax("DONE")
    return COMPLETED


async def _until_line(session: Session) -> bytes:
    """Announces news meanwhile."""
    connection, settings = session.connection, session.server.settings
    until = asyncio.get_running_loop().time() + settings.idle_timeout
    await tell_news(session, expunge=True)
    while (event := connection.receiver.next_event()) is None:
        left = until - asyncio.get_running_loop().time()
        connection.stream.set_deadline(min(settings.keepalive, left))
        try:
            data = await connection.stream.receive_or_nudge()
        except TimedOut:
            if left <= settings.keepalive:
                raise
            if not await tell_unasked(session, expunge=True, hinted=False):
                connection.untagged(b"OK", "Still here")
            continue
        if data is None:
            connection.stop_if_draining()
            await tell_unasked(session, expunge=True, hinted=True)
        elif not data:
            raise ConnectionLost("the client has gone")
        else:
            connection.receiver.feed(data)
    return _line(event)


def _line(event: Event) -> bytes:
    if isinstance(event, Overrun):
        raise Goodbye(event.text, event.code)
    return event.data if isinstance(event, Line) else b""
