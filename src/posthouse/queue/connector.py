"""From a destination to a session that has begun: each host of the route in order, each address of a host in order –
RFC 5321 §5.1, RFC 3207.

TLS by the `tls` setting: `may` is opportunistic (RFC 7435), any certificate will do, and a handshake that fails is
followed by a connection in clear; `must` and `implicit` want a right certificate and send nothing otherwise.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from posthouse.net.errors import StreamError, TlsFailed
from posthouse.net.stream import Stream
from posthouse.protocols.sasl.client import Credentials
from posthouse.protocols.smtp.replies import Reply
from posthouse.queue.client import SessionFailed, SmtpSession, Timeouts
from posthouse.queue.routes import Host, NoRoute, Routes
from posthouse.queue.settings import RelaySettings

OpenStream = Callable[[str, int], Awaitable[Stream]]
"""A numeric address and a port → a connected stream. Raises `StreamError` or OSError."""


@dataclass(frozen=True)
class Connector:
    routes: Routes
    open_stream: OpenStream
    settings: RelaySettings
    hostname: str
    opportunistic: ssl.SSLContext
    verifying: ssl.SSLContext
    timeouts: Timeouts

    async def __call__(self, destination: str) -> tuple[SmtpSession, str]:
        """The first host that takes us, and its name for the record. `NoRoute` or `SessionFailed` when none does: the
        last temporary reason if there was one, for then another time may do better."""
        temporary: SessionFailed | NoRoute | None = None
        permanent: SessionFailed | NoRoute | None = None
        for host in await self.routes.hosts(destination):
            try:
                addresses = await self.routes.addresses(host)
            except NoRoute as error:
                temporary, permanent = (error, permanent) if error.reply.transient else (temporary, error)
                continue
            for address in addresses:
                try:
                    return await self._session(host, address), f"{host.name} [{address}]:{host.port}"
                except SessionFailed as error:
                    temporary, permanent = (error, permanent) if error.reply.transient else (temporary, error)
        raise temporary or permanent or NoRoute(550, "5.1.2", f"No host takes mail for {destination}")

    async def _session(self, host: Host, address: str) -> SmtpSession:
        if self.settings.tls == "may":
            try:
                return await self._begin(host, address, self.opportunistic)
            except TlsFailed:
                return await self._begin(host, address, None)
        try:
            return await self._begin(host, address, None if self.settings.tls == "never" else self.verifying)
        except TlsFailed as error:
            reply = Reply(454, "4.7.5", (f"TLS with {host.name} failed: {error}",))
            raise SessionFailed(reply) from error

    async def _begin(self, host: Host, address: str, tls: ssl.SSLContext | None) -> SmtpSession:
        try:
            stream = await self.open_stream(address, host.port)
        except (StreamError, OSError) as error:
            reason = f"{host.name} [{address}]:{host.port} cannot be reached: {error}"
            raise SessionFailed(Reply(451, "4.4.1", (reason,))) from error
        settings = self.settings
        try:
            if settings.tls == "implicit":
                await stream.start_tls(self.verifying, server_hostname=host.name)
            session = SmtpSession(stream, self.hostname, self.timeouts)
            credentials = Credentials(settings.user, settings.password) if settings.user else None
            await session.begin(tls, host.name, credentials, require_tls=settings.tls in ("must", "implicit"))
        except BaseException:
            stream.abort()
            raise
        return session
