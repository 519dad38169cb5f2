"""BURL – RFC 4468: a message, or a part of it, that is in the mailbox of whoever submits goes out without being sent
here again. The URL is signed by its owner for this submission (`submit+`, RFC 4467), or for everybody.

What BURL and BDAT bring is one after the other in the same message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posthouse.delivery.incoming import Incoming
from posthouse.model.refusals import MessageTooLarge
from posthouse.protocols.imap.fetch import Section
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands.burl import Burl
from posthouse.protocols.smtp.machine import Event
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.sections import Loaded, find_section, slices
from posthouse.servers.urlauth import Asking, BadUrl, open_signed

from ..refusals import reply_to
from .content import begin, end

if TYPE_CHECKING:
    from ..session import Session

NOT_AVAILABLE = Reply(554, "5.6.6", ("The URL cannot be resolved",))
NOT_OFFERED = Reply(502, "5.5.1", ("BURL is for submission",))
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")
"""What cannot be in a message but by BINARYMIME: a stored one may have it."""
BAD_LINES = Reply(554, "5.6.0", ("The message has bare line ends or NUL",))


async def burl(session: Session, command: Burl) -> Reply | None:
    """A failure ends the transaction, as that of a BDAT does."""
    if session.login is None or not session.server.offers_burl:
        return NOT_OFFERED
    incoming = session.incoming or begin(session)
    refusal = await _copy(session, command, incoming)
    if command.last or refusal is not None:
        return await end(session, incoming, refusal)
    session.machine.on(Event.CHUNK)
    return replies.CHUNK_OK.with_text("Copied")


async def _copy(session: Session, command: Burl, incoming: Incoming) -> Reply | None:
    """Why not, if not."""
    store, login = session.server.delivery.store, session.login
    asking = Asking(login.address if login is not None else "", submitting=True)
    try:
        url, (blob, body, parts, _) = await store.read(open_signed, command.url, asking, store.now())
        message = Loaded(store.blobs.open(blob) if blob else body or b"", parts)
    except (BadUrl, FileNotFoundError):
        return NOT_AVAILABLE
    found = find_section(message, url.section or Section(), url.partial)
    if found is None:
        return NOT_AVAILABLE
    data, start, stop = found
    binary = session.mail is not None and session.mail.body == "BINARYMIME"
    held = b""  # a CR of whose LF nothing is known yet
    for piece in slices(data, start, stop):
        octets = held + piece
        held = b"\r" if octets.endswith(b"\r") and not binary else b""
        octets = octets[: len(octets) - len(held)]
        if not binary and BARE.search(octets):
            return BAD_LINES
        try:
            incoming.write(octets)
        except MessageTooLarge as too_large:
            incoming.discard()
            return reply_to(too_large)
    return BAD_LINES if held else None
