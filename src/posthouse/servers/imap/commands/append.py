"""APPEND – RFC 9051 §6.3.12, RFC 3516 (literal8), RFC 4315 (APPENDUID), RFC 7889 (APPENDLIMIT).

The message streams into the store's intake; nothing is kept unless the whole command came. What can be refused is
refused before the client sends it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.model.refusals import FolderNotFound, MessageTooLarge
from posthouse.model.roles import Role
from posthouse.net.errors import ConnectionLost
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.events import AppendEnd, Event, MessageChunk, MessageEnd, MessageStart, Overrun, Rejected
from posthouse.protocols.imap.responses import format_continuation
from posthouse.store.accounts import usage
from posthouse.store.content import NewContent, add_content
from posthouse.store.folders import find_folder
from posthouse.store.intake import Intake
from posthouse.store.messages import NewMessage, Placed
from posthouse.store.messages import append as add_message

from ..replies import Done, Goodbye

if TYPE_CHECKING:
    from ..session import Session

GRACIOUS = frozenset({Role.SENT, Role.DRAFTS, Role.TRASH})
"""Folders into which clients put copies of what they have done; refusing those only loses them."""


async def append(session: Session, event: MessageStart) -> Done:
    settings = session.server.settings
    command = event.append
    if command.literal.size > settings.message_size:
        raise MessageTooLarge
    try:
        await session.store.read(_require_room, session.account, command, settings.quota_grace)
        if command.literal.synchronising:
            session.connection.write(format_continuation())
        content = await _receive(session, command)
        if isinstance(content, Done):
            return content
        placed = await session.store.write(
            _append, session.account, command, content, session.store.now(), settings.quota_grace
        )
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    return Done(code=codes.appenduid(placed.uid_validity, ((placed.uid, placed.uid),)))


def _require_room(tx: Transaction, account: AccountId, command: Append, grace: int) -> None:
    folder = find_folder(tx, account, command.mailbox)
    forgiven = grace if folder.role in GRACIOUS else 0
    usage(tx, account).require(size=command.literal.size, messages=1, grace=forgiven)


def _append(tx: Transaction, account: AccountId, command: Append, content: NewContent, now: int, grace: int) -> Placed:
    folder = find_folder(tx, account, command.mailbox)
    received = now if command.date is None else int(command.date.timestamp())
    new = NewMessage(add_content(tx, content), content.size, received, command.flags)
    return add_message(tx, account, folder.id, new, now, grace=grace if folder.role in GRACIOUS else 0)


async def _receive(session: Session, command: Append) -> NewContent | Done:
    """The message, and the end of the command behind it; or why not."""
    intake = session.store.intake(session.server.settings.message_size)
    try:
        refusal = await _collect(session, command, intake)
        if refusal is None:
            return await asyncio.to_thread(intake.finish) if intake.is_large else intake.finish()
        intake.discard()
        return refusal
    except BaseException:
        intake.discard()
        raise


async def _collect(session: Session, command: Append, intake: Intake) -> Done | None:
    plain = not command.literal.binary
    while True:
        match await _next(session):
            case MessageChunk(data):
                if plain and b"\0" in data:  # RFC 9051 §9: CHAR8 is without NUL
                    return Done("A literal cannot hold NUL; use literal8", b"", b"BAD")
                intake.write(data)
            case AppendEnd():
                return None
            case Rejected(_, text, code):
                return Done(text, code, b"BAD")
            case MessageEnd():
                pass
            case other:
                return Done(f"Unexpected {type(other).__name__}", b"", b"BAD")


async def _next(session: Session) -> Event:
    event = await session.connection.next_event()
    if event is None:
        raise ConnectionLost("the client has gone")
    if isinstance(event, Overrun):
        raise Goodbye(event.text, event.code)
    return event
