"""Login by a ticket of Kerberos – RFC 4559, over RFC 4178.

Each request proves itself, as one with a password does: no login is remembered for a connection, for a proxy may send
several people's requests through one. What a connection keeps is a negotiation that is not done, until the next token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from posthouse.directory.errors import BadTicket
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger

if TYPE_CHECKING:  # its library is there only where it is used
    from posthouse.directory.kerberos import Acceptance, Kerberos


class Negotiation:
    """One for all connections of a worker."""

    def __init__(self, kerberos: Kerberos, log: Logger) -> None:
        self._kerberos, self._log = kerberos, log
        self._unfinished: WeakKeyDictionary[Stream, Acceptance] = WeakKeyDictionary()

    async def accept(self, stream: Stream, token: bytes) -> tuple[str | None, bytes]:
        """Whose ticket it is, as the address of an account, or None when the client must say more first; and the token
        to answer with. BadTicket, TryLater."""
        acceptance = self._unfinished.pop(stream, None) or self._kerberos.begin()
        try:
            address, answer = await self._kerberos.accept(acceptance, token)
        except BadTicket as refusal:
            self._log.info("ticket refused", peer=str(stream.peer), reason=refusal.reason)
            raise
        if address is None:
            self._unfinished[stream] = acceptance
        return address, answer
