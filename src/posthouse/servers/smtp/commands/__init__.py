"""One file a command: what is done about it. The grammar of each is in the file of the same name in
`protocols/smtp/commands`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from posthouse.protocols.smtp.replies import Reply

from .auth import auth
from .burl import burl
from .content import bdat, data
from .hello import ehlo, helo, lhlo
from .mail import mail
from .query import expn, help_, noop, vrfy
from .rcpt import rcpt
from .session import quit_, rset, starttls

Handler = Callable[[Any, Any], Awaitable[Reply | None]]
"""Session and command → the answer; None when the handler has written it. Raises Refusal and BadCommand."""

HANDLERS: dict[str, Handler] = {
    "EHLO": ehlo,
    "HELO": helo,
    "LHLO": lhlo,
    "MAIL": mail,
    "RCPT": rcpt,
    "DATA": data,
    "BDAT": bdat,
    "BURL": burl,
    "RSET": rset,
    "VRFY": vrfy,
    "EXPN": expn,
    "HELP": help_,
    "NOOP": noop,
    "QUIT": quit_,
    "STARTTLS": starttls,
    "AUTH": auth,
}
