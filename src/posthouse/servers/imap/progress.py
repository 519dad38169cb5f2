"""What a client hears while its command takes long – RFC 9585.

    * OK [INPROGRESS ("A001" 454 1000)] Under way

Only while a handler waits for the store, with whole responses behind it, or between two responses: nothing is written
into the midst of one. A client that does not read is told nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from posthouse.protocols.imap import codes

if TYPE_CHECKING:
    from .session import Session

HowFar = Callable[[], tuple[int, int]]
"""How many messages were worked on, of how many."""


class UnderWay:
    """Around a wait of which nobody knows how long it is: `with UnderWay(session): await …`."""

    __slots__ = ("_how_far", "_interval", "_session", "_timer")

    def __init__(self, session: Session, how_far: HowFar | None = None) -> None:
        self._session = session
        self._how_far = how_far
        self._interval = session.server.capabilities.progress_interval
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        if self._interval:
            self._wind(asyncio.get_running_loop())

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_at(self._session.heard + self._interval, self._tell, loop)

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        tell(self._session, *(self._how_far() if self._how_far is not None else (0, 0)))
        self._wind(loop)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()


def tell_if_due(session: Session, done: int, goal: int) -> None:
    """Between two responses, some of which are still to come."""
    interval = session.server.capabilities.progress_interval
    if interval and asyncio.get_running_loop().time() >= session.heard + interval:
        tell(session, done, goal)


def tell(session: Session, done: int, goal: int) -> None:
    """`goal` 0: neither is known."""
    session.heard = asyncio.get_running_loop().time()
    stream = session.connection.stream
    if not stream.congested:
        session.connection.untagged(b"OK", "Under way", codes.inprogress(session.tag, done, goal))
        stream.flush()
