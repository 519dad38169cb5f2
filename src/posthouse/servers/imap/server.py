"""What all IMAP sessions of a worker share."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from posthouse.directory import Memberships
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.servers.login import Authenticator
from posthouse.store import Store

from .capabilities import Capabilities
from .session import Session
from .settings import ImapSettings


@dataclass
class ImapServer:
    store: Store
    authenticator: Authenticator
    settings: ImapSettings
    hostname: str
    tls: Callable[[], ssl.SSLContext | None]
    """For STARTTLS, as it is now: a reload changes it. None: not offered."""
    log: Logger
    capabilities: Capabilities = field(init=False)
    memberships: Memberships = field(default_factory=Memberships)

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(self.settings)

    async def session(self, stream: Stream) -> None:
        """One connection, from the greeting to its end."""
        await Session(self, stream).run()
