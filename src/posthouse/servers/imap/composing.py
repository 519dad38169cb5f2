"""Messages on their way in, put together from literals and from messages that are here – RFC 9051 §6.3.12, RFC 3502
(MULTIAPPEND), RFC 3516 (literal8), RFC 4469 (CATENATE), RFC 6855 §4 (UTF8), RFC 7889 (APPENDLIMIT).

They stream into the store's intake; what can be refused is refused before the client sends it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.refusals import LimitReached, MessageTooLarge, NotPermitted
from posthouse.model.rights import Right
from posthouse.model.roles import Role
from posthouse.net.errors import ConnectionLost
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.append import Append
from posthouse.protocols.imap.events import (
    AppendEnd,
    Continue,
    Event,
    MessageChunk,
    MessageEnd,
    MessageLiteral,
    MessageStart,
    MessageUrl,
    Overrun,
    Rejected,
)
from posthouse.protocols.imap.responses import format_continuation
from posthouse.servers.sections import slices
from posthouse.servers.urlauth import BadUrl
from posthouse.store.accounts import Usage, usage
from posthouse.store.content import NewContent

from .limits import TooManyMessages
from .places import Places
from .replies import Done, Goodbye
from .urls import open_url

if TYPE_CHECKING:
    from .session import Session

GRACIOUS = frozenset({Role.SENT, Role.DRAFTS, Role.TRASH})
"""Folders into which clients put copies of what they have done; refusing those only loses them."""

MAX_MESSAGES = 1000
"""In one command, where no SAVELIMIT says how many."""
MAX_PARTS = 1000
"""Of one message."""
MAX_HELD = 16 * 1024 * 1024
"""Octets of small messages, which are in memory until the end of the command; large ones are files."""


class Unacceptable(Exception):
    """The command is over; `done` is its answer."""

    def __init__(self, done: Done) -> None:
        super().__init__(done.text)
        self.done = done


@dataclass(frozen=True, slots=True)
class Arrived:
    append: Append
    content: NewContent


@dataclass(frozen=True, slots=True)
class Room:
    """What the account had when the command began: enough to refuse early. The transaction looks again."""

    usage: Usage
    grace: int = 0
    freed: int = 0
    """Octets of the message that will be replaced."""

    def require(self, messages: int, size: int) -> None:
        replaced = 1 if self.freed else 0
        self.usage.require(size=size - self.freed, messages=messages - replaced, grace=self.grace)


def find_room(tx: Transaction, places: Places, name: str, grace: int, freed: int = 0) -> Room:
    """In the account of whoever owns the folder."""
    place = places.find(tx, name).require(Right.INSERT)
    return Room(usage(tx, place.account), grace if place.folder.role in GRACIOUS else 0, freed)


async def receive_all(session: Session, event: MessageStart, room: Room) -> list[Arrived]:
    """Every message of the command; raises a Refusal or `Unacceptable`, and nothing is kept."""
    arrived: list[Arrived] = []
    size = held = 0
    while True:
        limit = session.server.capabilities.save_limit
        if limit and len(arrived) >= limit:
            raise TooManyMessages(limit)
        if (not limit and len(arrived) >= MAX_MESSAGES) or held > MAX_HELD:
            raise LimitReached("Too many messages in one command")
        content = await _Composition(session, room, len(arrived) + 1, size).content()
        arrived.append(Arrived(event.append, content))
        size += content.size
        held += len(content.body or b"")
        match await _next(session):
            case AppendEnd():
                return arrived
            case MessageStart() as event:
                pass
            case other:
                raise _not_understood(other)


class _Composition:
    """One message."""

    def __init__(self, session: Session, room: Room, number: int, before: int) -> None:
        """`number`: of the message in its command. `before`: octets of those before it."""
        self._session = session
        self._room = room
        self._number = number
        self._before = before
        self._intake = session.store.intake(session.server.settings.message_size)
        self._parts = 0

    async def content(self) -> NewContent:
        intake = self._intake
        try:
            await self._collect()
            if not intake.size:  # how a client changes its mind (RFC 3502 §6.3.11)
                raise NotPermitted("A message cannot be empty")
            return await asyncio.to_thread(intake.finish) if intake.is_large else intake.finish()
        except BaseException:
            intake.discard()
            raise

    async def _collect(self) -> None:
        plain = True
        while True:
            match await _next(self._session):
                case MessageChunk(data):
                    if plain and b"\0" in data:  # RFC 9051 §9: CHAR8 is without NUL
                        raise Unacceptable(Done("A literal cannot hold NUL; use literal8", b"", b"BAD"))
                    self._intake.write(data)
                case MessageLiteral() as literal:
                    plain = not literal.header.binary
                    self._welcome(literal)
                case MessageUrl(url):
                    await self._copy(url)
                case MessageEnd():
                    return
                case other:
                    raise _not_understood(other)

    def _welcome(self, literal: MessageLiteral) -> None:
        if literal.utf8 and not self._session.utf8:
            raise NotPermitted("ENABLE UTF8=ACCEPT first")
        if not literal.header.size and not literal.part:
            raise NotPermitted("A message cannot be empty")
        self._require(literal.header.size)
        if literal.header.synchronising:
            self._session.connection.write(format_continuation())

    def _require(self, more: int) -> None:
        """There must be room for so many octets more."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise LimitReached("A message of too many parts")
        size = self._intake.size + more
        if size > self._session.server.settings.message_size:
            raise MessageTooLarge
        self._room.require(self._number, self._before + size)

    async def _copy(self, url: str) -> None:
        """The octets of a section, without a change (RFC 4469 §3); \\Seen is not set."""
        try:
            data, start, end = await open_url(self._session, url)
        except BadUrl as bad:
            raise Unacceptable(Done(str(bad), codes.badurl(url), b"NO")) from None
        self._require(end - start)
        for octets in slices(data, start, end):
            self._intake.write(octets)
        await self._session.connection.breathe()


def _not_understood(event: Event) -> Unacceptable:
    if isinstance(event, Rejected):
        return Unacceptable(Done(event.text, event.code, b"BAD"))
    return Unacceptable(Done(f"Unexpected {type(event).__name__}", b"", b"BAD"))


async def _next(session: Session) -> Event:
    while True:
        event = await session.connection.next_event()
        if event is None:
            raise ConnectionLost("the client has gone")
        if isinstance(event, Overrun):
            raise Goodbye(event.text, event.code)
        if not isinstance(event, Continue):
            return event
        session.connection.write(format_continuation())
