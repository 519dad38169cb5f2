"""ID – RFC 2971. What the client says of itself goes to the log, nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.id import Id
from posthouse.protocols.imap.responses import format_id

from ..replies import COMPLETED, Done

if TYPE_CHECKING:
    from ..session import Session

LOGGED = ("name", "version", "os", "vendor")


async def id_(session: Session, command: Id) -> Done:
    fields = dict(command.fields)
    session.log.info("client", **{name: fields[name] for name in LOGGED if fields.get(name)})
    session.connection.write(format_id({"name": "Posthouse"}))
    return COMPLETED
