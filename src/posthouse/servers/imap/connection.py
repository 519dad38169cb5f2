"""The connection: bytes in, events out; answers in, bytes out. Nothing here knows what a command means.

Invariants
- Only the session's task reads. Between commands it is woken by the hub's stop; inside of a command it is not.
- What is written leaves when the next input is waited for; whoever makes more than a few answers calls `breathe`,
  which waits for a peer that does not read and lets other sessions have their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from posthouse.net.errors import TimedOut
from posthouse.net.stream import Stream
from posthouse.protocols.imap.events import Event
from posthouse.protocols.imap.framing import AFTER_LOGIN, BEFORE_LOGIN, Receiver
from posthouse.protocols.imap.responses import format_tagged, format_untagged

from .languages import DEFAULT, translate
from .replies import Done, Goodbye
from .settings import ImapSettings

OnNews = Callable[[bool], Awaitable[None]]


class Connection:
    __slots__ = ("language", "receiver", "settings", "stream")

    def __init__(self, stream: Stream, settings: ImapSettings) -> None:
        self.stream = stream
        self.settings = settings
        self.receiver = Receiver()
        self.language = DEFAULT
        """In which we speak to people (RFC 5255 §3)."""

    # in
    async def next_command(self, seconds: float, on_news: OnNews | None = None) -> Event | None:
        """What the client says next, between commands; None when it has gone. The hub's stop is a Goodbye. Meanwhile
        `on_news` is called at each nudge and, without one (False), every `keepalive` seconds."""
        event = self.receiver.next_event()
        until = asyncio.get_running_loop().time() + seconds
        while event is None:
            left = until - asyncio.get_running_loop().time()
            self.stream.set_deadline(left if on_news is None else min(left, self.settings.keepalive))
            try:
                data = await self.stream.receive_or_nudge()
            except TimedOut:
                if on_news is None or left <= self.settings.keepalive:
                    raise
                await on_news(False)
                continue
            if data is None:
                self.stop_if_draining()
                if on_news is not None:
                    await on_news(True)
                continue
            if not data:
                return None
            until = asyncio.get_running_loop().time() + seconds
            self.receiver.feed(data)
            event = self.receiver.next_event()
        self.stop_if_draining()
        await self.stream.breathe()
        return event

    async def next_event(self) -> Event | None:
        """The next event inside of a command; None when the client has gone."""
        event = self.receiver.next_event()
        if event is None:
            self.stream.set_deadline(self.settings.command_timeout)
        while event is None:
            data = await self.stream.receive()
            if not data:
                return None
            self.receiver.feed(data)
            event = self.receiver.next_event()
        return event

    def stop_if_draining(self) -> None:
        if self.stream.draining:
            raise Goodbye("The server is shutting down")

    # out
    def write(self, data: bytes) -> None:
        self.stream.write(data)

    def untagged(self, status: bytes, text: str, code: bytes = b"") -> None:
        self.stream.write(format_untagged(status, translate(text, self.language), code, ascii=self._ascii))

    def reply(self, tag: bytes, name: bytes, done: Done) -> None:
        text = done.text or name.decode() + (" completed" if done.status == b"OK" else " failed")
        text = translate(text, self.language)
        self.stream.write(format_tagged(tag, done.status, text, done.code, ascii=self._ascii))

    @property
    def _ascii(self) -> bool:
        return self.language == DEFAULT

    async def breathe(self) -> None:
        if self.stream.congested:
            await self.stream.drain()
        else:
            await asyncio.sleep(0)

    # changes of state
    def on_login(self, off: frozenset[str]) -> None:
        """`off`: extensions that are switched off."""
        self.receiver.limits = AFTER_LOGIN
        self.receiver.off = off
        self.receiver.multiappend = "MULTIAPPEND" not in off

    def on_unauthenticate(self) -> None:
        """Again as behind the greeting; what is buffered may be the next login."""
        receiver = self.receiver
        receiver.limits, receiver.off, receiver.multiappend, receiver.utf8 = BEFORE_LOGIN, frozenset(), False, False
        self.language = DEFAULT

    @property
    def encrypted(self) -> bool:
        return self.stream.tls is not None
