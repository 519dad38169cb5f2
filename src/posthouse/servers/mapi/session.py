"""What a session context of the mailbox endpoint keeps: objects by their handles, and news for its client.

Invariants
- A handle is never 0xFFFFFFFF and is not used again before all others were (R4556, R4560).
- News is bounded: of a client that does not fetch it for long, the oldest is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from struct import pack
from typing import Protocol

from posthouse.directory import Login
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops.transport import RopPending

from .errors import ErrorCode, RopError

MAX_OBJECTS = 10_000
MAX_NEWS = 1_000
MAX_LISTENERS = 1_000
"""Subscriptions and tables of which news is told."""
PENDING = RopPending(0).format()
"""There is one index for all: contexts are not linked."""


class ServerObject:
    """What a handle stands for: a logon, a folder, a message, a table …"""

    def __init__(self, logon_id: int) -> None:
        self.logon_id = logon_id

    async def finish(self) -> None:
        """Before a client lets go of it: what it has still to do."""

    def close(self) -> None:
        """Let go of what it holds."""


class Watched(Protocol):
    """A mailbox of which this client is told what happens."""

    async def look(self) -> None:
        """What has happened until now is told now."""


@dataclass(frozen=True, slots=True)
class Language:
    """As a client tells it when it connects ([MS-OXCRPC] 3.1.4.1); what is not told is American."""

    code_page: int = 1252
    locale: int = 0x409
    """Of texts that the server makes, an LCID."""
    sort_locale: int = 0x409


class MailboxSession:
    """One context's."""

    def __init__(self, login: Login, language: Language = Language()) -> None:
        self.login, self.language = login, language
        self.codec = codec_of(language.code_page) or "cp1252"
        """Of the strings of 8 bits that this client sends and gets."""
        self._objects: dict[int, ServerObject] = {}
        self._last_handle = 0
        self._news: deque[bytes] = deque(maxlen=MAX_NEWS)
        self._has_news = asyncio.Event()
        self._watched: Counter[Watched] = Counter()
        self._at_end: list[Callable[[], None]] = []

    def text(self, string: str | bytes) -> str:
        """Of a string that may have come in 8 bits."""
        return string if isinstance(string, str) else string.decode(self.codec, "replace")

    # objects

    def add(self, made: ServerObject) -> int:
        """The handle of a new object."""
        if len(self._objects) >= MAX_OBJECTS:
            made.close()
            raise RopError(ErrorCode.ecTooManyOpenObjects)
        handle = self._last_handle
        while True:
            handle = (handle + 1) % EMPTY
            if handle not in self._objects:
                break
        self._last_handle = handle
        self._objects[handle] = made
        return handle

    def get(self, handle: int, logon_id: int) -> ServerObject:
        """ecNullObject also for an object of another logon."""
        found = self._objects.get(handle)
        if found is None or found.logon_id != logon_id:
            raise RopError(ErrorCode.ecNullObject)
        return found

    def find(self, handle: int) -> ServerObject | None:
        """Of whichever logon."""
        return self._objects.get(handle)

    def release(self, handle: int) -> None:
        """Of an object that is not there: nothing (R4573)."""
        found = self._objects.pop(handle, None)
        if found is not None:
            found.close()
            self._forget_news_of(handle)

    def release_logon(self, logon_id: int) -> None:
        """All that was opened through it, and itself."""
        for handle in [handle for handle, one in self._objects.items() if one.logon_id == logon_id]:
            self.release(handle)

    def __len__(self) -> int:
        return len(self._objects)

    # news

    def watch(self, mailbox: Watched) -> None:
        """Once more. ecTooManyOpenObjects."""
        if self._watched.total() >= MAX_LISTENERS:
            raise RopError(ErrorCode.ecTooManyOpenObjects)
        self._watched[mailbox] += 1

    def unwatch(self, mailbox: Watched) -> None:
        self._watched[mailbox] -= 1
        if not self._watched[mailbox]:
            del self._watched[mailbox]

    async def look(self) -> None:
        """For news of which no hint has come."""
        for mailbox in tuple(self._watched):
            await mailbox.look()

    def notify(self, notification: bytes) -> None:
        """A RopNotify for the client, who fetches it with its next Execute."""
        self._news.append(notification)
        self._has_news.set()

    def _forget_news_of(self, handle: int) -> None:
        """A client that has let go of something does not know its handle any more."""
        if self._news:
            known = pack("<I", handle)
            self._news = deque([one for one in self._news if one[1:5] != known], MAX_NEWS)

    def fetch(self, room: int) -> bytes:
        """The notifications that fit, and RopPending when there are more (R453902)."""
        out = bytearray()
        while self._news and len(out) + len(self._news[0]) + len(PENDING) <= room:
            out += self._news.popleft()
        if not self._news:
            self._has_news.clear()
        elif len(out) + len(PENDING) <= room:
            out += PENDING
        return bytes(out)

    async def wait_for_news(self, seconds: float) -> bool:
        """False: nothing came in that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._has_news.wait()
        except TimeoutError:
            return False
        return True

    # the end

    def at_end(self, action: Callable[[], None]) -> None:
        """Call this when the context goes."""
        self._at_end.append(action)

    def close(self) -> None:
        for handle in list(self._objects):
            self.release(handle)
        for action in self._at_end:
            action()
