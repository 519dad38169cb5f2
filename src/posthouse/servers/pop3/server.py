"""What all POP3 sessions of a worker share."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.servers.login import Authenticator
from posthouse.store.maildrops import open_maildrops
from posthouse.store.store import Store

from .session import Session
from .settings import Pop3Settings


@dataclass
class Pop3Server:
    store: Store
    authenticator: Authenticator
    settings: Pop3Settings
    hostname: str
    worker: str
    """Unlike any other worker's: it signs maildrop locks."""
    tls: Callable[[], ssl.SSLContext | None]
    """For STLS, as it is now: a reload changes it. None: not offered."""
    log: Logger
    _sessions: int = 0

    def __post_init__(self) -> None:
        self.locks = open_maildrops(self.store)

    async def session(self, stream: Stream) -> None:
        """One connection, from the greeting to its end."""
        self._sessions += 1
        await Session(self, stream, f"{self.worker}/{self._sessions}").run()
