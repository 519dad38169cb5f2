"""STAT, LIST, UIDL, RETR, TOP, DELE, NOOP, RSET – RFC 1939 §5, §7."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from posthouse.protocols.pop3 import replies
from posthouse.protocols.pop3.commands.maildrop import Dele, List, Noop, Retr, Rset, Stat, Top, Uidl
from posthouse.protocols.pop3.multiline import DotEncoder, TopCutter
from posthouse.protocols.pop3.replies import Reply, ok
from posthouse.store.blobs import Buffer

if TYPE_CHECKING:
    from ..session import Session

CHUNK = 64 * 1024
SCAN = 1024 * 1024
LINES = 1000
"""Of a listing, sent at a time."""


async def stat(session: Session, command: Stat) -> None:
    session.answer(replies.drop_listing(*session.maildrop.totals()))


async def list_(session: Session, command: List) -> None:
    drop = session.maildrop
    if command.message is not None:
        _one(session, command.message, lambda number: ok(f"{number} {drop.size(number)}"))
        return
    count, octets = drop.totals()
    session.answer(ok(f"{count} messages ({octets} octets)"))
    await _pieces(session, lambda piece: replies.scan_listings((number, drop.size(number)) for number in piece))


async def uidl(session: Session, command: Uidl) -> None:
    drop = session.maildrop
    if command.message is not None:
        _one(session, command.message, lambda number: ok(f"{number} {drop.unique_id(number).decode()}"))
        return
    session.answer(ok("Unique ids follow"))
    await _pieces(
        session, lambda piece: replies.unique_id_listings((number, drop.unique_id(number)) for number in piece)
    )


def _one(session: Session, number: int, reply: Callable[[int], Reply]) -> None:
    session.answer(reply(number) if session.maildrop.has(number) else replies.NO_SUCH_MESSAGE)


async def _pieces(session: Session, lines: Callable[[list[int]], bytes]) -> None:
    """A listing in pieces, so that a large maildrop is never one large answer."""
    numbers = session.maildrop.left()
    while piece := list(islice(numbers, LINES)):
        await session.send(lines(piece))
    session.stream.write(replies.END)


async def retr(session: Session, command: Retr) -> None:
    content = await _content(session, command.message)
    if content is None:
        return
    session.maildrop.retrieved.add(command.message)
    session.stream.write(b"+OK %d octets\r\n" % len(content))
    if isinstance(content, bytes) and _is_plain(content):
        session.stream.writelines((content, replies.END if content.endswith(b"\r\n") else b"\r\n" + replies.END))
        return
    encoder = _encoder(content)
    for start in range(0, len(content), CHUNK):
        await session.send(encoder.encode(content[start : start + CHUNK]))
    session.stream.write(encoder.finish())


def _is_plain(content: bytes) -> bool:
    """Nothing is to be stuffed. One look at each octet, and most messages are like that."""
    return b"\n." not in content and content[:1] not in (b".", b"")


async def top(session: Session, command: Top) -> None:
    content = await _content(session, command.message)
    if content is not None:
        session.answer(ok("Top of the message follows"))
        cutter, encoder = TopCutter(command.lines), _encoder(content)
        for start in range(0, len(content), CHUNK):
            if cutter.done:
                break
            await session.send(encoder.encode(cutter.feed(content[start : start + CHUNK])))
        session.stream.write(encoder.finish())


def _encoder(content: Buffer) -> DotEncoder:
    """What is stored is sent as it is, unless a dot follows a bare LF: a client which reads lines by LF would take that
    for the end of the message and the rest for our answers, so there every LF becomes a CRLF."""
    for start in range(0, len(content), SCAN):
        piece = content[max(0, start - 2) : start + SCAN]
        if piece.count(b"\n.") != piece.count(b"\r\n."):
            return DotEncoder(normalise=True)
    return DotEncoder()


async def _content(session: Session, number: int) -> Buffer | None:
    drop = session.maildrop
    content = await drop.message(number) if drop.has(number) else None
    if content is None:
        session.answer(replies.NO_SUCH_MESSAGE)
    return content


async def dele(session: Session, command: Dele) -> None:
    number, drop = command.message, session.maildrop
    if number in drop.deleted:
        session.answer(replies.ALREADY_DELETED)
    elif not drop.has(number):
        session.answer(replies.NO_SUCH_MESSAGE)
    else:
        drop.deleted.add(number)
        session.answer(ok(f"Message {number} deleted"))


async def noop(session: Session, command: Noop) -> None:
    session.answer(ok())


async def rset(session: Session, command: Rset) -> None:
    session.maildrop.deleted.clear()
    session.answer(ok(f"Maildrop has {len(session.maildrop)} messages"))
