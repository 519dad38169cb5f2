"""APPEND – RFC 9051 §6.3.12, RFC 3502 (MULTIAPPEND), RFC 3516 (literal8), RFC 4315 (APPENDUID), RFC 7889 (APPENDLIMIT).

Messages stream into the store's intake; nothing is kept unless the whole command came, and then all of it in one
transaction. What can be refused is refused before the client sends it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound, LimitReached, MessageTooLarge, NotPermitted
from posthouse.model.roles import Role
from posthouse.net.errors import ConnectionLost
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.events import AppendEnd, Event, MessageChunk, MessageEnd, MessageStart, Overrun, Rejected
from posthouse.protocols.imap.responses import format_continuation
from posthouse.store.accounts import Usage, usage
from posthouse.store.content import NewContent, add_content
from posthouse.store.folders import find_folder
from posthouse.store.intake import INLINE, Intake
from posthouse.store.messages import NewMessage, Placed
from posthouse.store.messages import append as add_message

from ..replies import Done, Goodbye

if TYPE_CHECKING:
    from ..session import Session

GRACIOUS = frozenset({Role.SENT, Role.DRAFTS, Role.TRASH})
"""Folders into which clients put copies of what they have done; refusing those only loses them."""

MAX_MESSAGES = 1000
"""In one command."""
MAX_HELD = 16 * 1024 * 1024
"""Octets of small messages, which are in memory until the end of the command; large ones are files."""


async def append(session: Session, event: MessageStart) -> Done:
    try:
        arrived = await _receive_all(session, event.append)
        if isinstance(arrived, Done):
            return arrived
        grace = session.server.settings.quota_grace
        placed = await session.store.write(_append_all, session.account, arrived, session.store.now(), grace)
    except FolderNotFound as refusal:
        return Done(str(refusal), codes.TRYCREATE, b"NO")
    uids = from_numbers([one.uid for one in placed])
    return Done(code=codes.appenduid(placed[0].uid_validity, uids))


def _append_all(
    tx: Transaction, account: AccountId, arrived: list[tuple[Append, NewContent]], now: int, grace: int
) -> list[Placed]:
    folder = find_folder(tx, account, arrived[0][0].mailbox)
    forgiven = grace if folder.role in GRACIOUS else 0
    placed = []
    for command, content in arrived:
        received = now if command.date is None else int(command.date.timestamp())
        new = NewMessage(add_content(tx, content), content.size, received, command.flags)
        placed.append(add_message(tx, account, folder.id, new, now, grace=forgiven))
    return placed


async def _receive_all(session: Session, command: Append) -> list[tuple[Append, NewContent]] | Done:
    """Every message of the command, or why not."""
    arrived: list[tuple[Append, NewContent]] = []
    room = await session.store.read(_find_room, session.account, command.mailbox, session.server.settings.quota_grace)
    size = held = 0
    while True:
        size += command.literal.size
        _require_size(session, command.literal.size)
        room.require(len(arrived) + 1, size)
        held += command.literal.size if command.literal.size <= INLINE else 0
        if len(arrived) >= MAX_MESSAGES or held > MAX_HELD:
            raise LimitReached("Too many messages in one APPEND")
        if command.literal.synchronising:
            session.connection.write(format_continuation())
        content = await _receive(session, command)
        if isinstance(content, Done):
            return content
        arrived.append((command, content))
        event = await _next(session)
        if isinstance(event, AppendEnd):
            return arrived
        if not isinstance(event, MessageStart):
            return _not_understood(event)
        command = event.append


def _require_size(session: Session, size: int) -> None:
    """A message without an octet is how a client changes its mind (RFC 3502 §6.3.11)."""
    if size > session.server.settings.message_size:
        raise MessageTooLarge
    if not size:
        raise NotPermitted("A message cannot be empty")


@dataclass(frozen=True, slots=True)
class _Room:
    """What the account had when the command began: enough to refuse early. The transaction looks again."""

    usage: Usage
    grace: int

    def require(self, messages: int, size: int) -> None:
        self.usage.require(size=size, messages=messages, grace=self.grace)


def _find_room(tx: Transaction, account: AccountId, path: str, grace: int) -> _Room:
    folder = find_folder(tx, account, path)
    return _Room(usage(tx, account), grace if folder.role in GRACIOUS else 0)


async def _receive(session: Session, command: Append) -> NewContent | Done:
    """One message."""
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
            case MessageEnd():
                return None
            case other:
                return _not_understood(other)


def _not_understood(event: Event) -> Done:
    if isinstance(event, Rejected):
        return Done(event.text, event.code, b"BAD")
    return Done(f"Unexpected {type(event).__name__}", b"", b"BAD")


async def _next(session: Session) -> Event:
    event = await session.connection.next_event()
    if event is None:
        raise ConnectionLost("the client has gone")
    if isinstance(event, Overrun):
        raise Goodbye(event.text, event.code)
    return event
