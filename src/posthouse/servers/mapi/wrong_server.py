"""Mailboxes that are at home on another host – [MS-OXCSTOR] 3.2.5.1.1."""

from __future__ import annotations

from posthouse.directory import Organisation, Principal
from posthouse.protocols.mapi.rops.logon import WRONG_SERVER, LogonFlags, RopLogonRedirectResponse, RopLogonRequest
from posthouse.servers.homes import elsewhere


class WrongServer(Exception):
    """A logon belongs to another server."""

    def __init__(self, server: str) -> None:
        """`server`: its name for clients, a DN."""
        super().__init__(server)
        self.server = server

    def answer(self, rop: RopLogonRequest, flags: LogonFlags) -> bytes:
        """Where the client should ask (R114 to R116)."""
        name = self.server.encode("ascii", "replace") + b"\0"
        return RopLogonRedirectResponse(rop.handle_index, flags, name, return_value=WRONG_SERVER).format()


def require_here(organisation: Organisation, person: Principal, here: str) -> None:
    """`WrongServer` when this person's mailbox is on another host."""
    home = elsewhere(person, here)
    if home:
        raise WrongServer(organisation.server_dn(person.id, home.partition(":")[0]))
