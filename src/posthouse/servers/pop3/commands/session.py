"""QUIT, CAPA, UTF8, LANG – RFC 1939 §4, §6; RFC 2449 §5; RFC 6856 §2, §3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse import __version__
from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.capabilities import Offer, capa_response, lang_response
from posthouse.protocols.pop3.commands.session import Capa, Lang, Quit, Utf8
from posthouse.protocols.pop3.machine import Event
from posthouse.protocols.pop3.replies import err, ok

if TYPE_CHECKING:
    from ..session import Session

LANGUAGES = (("en", "English"),)


async def capa(session: Session, command: Capa) -> None:
    server, before_login = session.server, session.drop is None
    authenticator = server.authenticator
    offer = Offer(
        user=before_login and authenticator.plaintext_allowed(session.channel),
        stls=before_login and session.stream.tls is None and server.tls() is not None,
        mechanisms=authenticator.mechanisms(session.channel) if before_login else (),
        login_delay=server.settings.login_delay,
        implementation=f"Posthouse-{__version__}",
    )
    session.stream.write(capa_response(offer))


async def lang(session: Session, command: Lang) -> None:
    if not command.tag:
        session.stream.write(lang_response(LANGUAGES))
    elif command.tag == "*" or command.tag.lower().split("-")[0] == "en":
        session.answer(ok("en English it is"))
    else:
        session.answer(err("No such language here"))


async def utf8(session: Session, command: Utf8) -> None:
    """What is stored is sent as it is in either case; the client now says that it understands (RFC 6856 §2.1)."""
    session.answer(ok("UTF8 enabled"))


async def quit(session: Session, command: Quit) -> None:
    """The UPDATE state. Whatever comes of it, the session is over and the maildrop free (RFC 1939 §6)."""
    session.machine.on(Event.QUIT)
    drop = session.drop
    if drop is None:
        session.answer(replies.BYE)
        return
    try:
        complete = await drop.update(mark_seen=session.server.settings.mark_seen)
    finally:
        session.machine.on(Event.CLOSE)
    session.drop = None
    await drop.lock.release()
    session.log.info("quit", deleted=len(drop.deleted), retrieved=len(drop.retrieved))
    session.answer(replies.BYE if complete else replies.SOME_NOT_REMOVED)
