"""COMPRESS – RFC 4978 §3. Nothing behind the tagged OK is as it was, and nothing before it is compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.compress import Compress

from ..replies import Done

if TYPE_CHECKING:
    from ..session import Session


async def compress(session: Session, command: Compress) -> Done | None:
    connection = session.connection
    if connection.stream.compressed:
        return Done("DEFLATE is active already", b"", b"BAD")
    connection.reply(session.tag, b"COMPRESS", Done("DEFLATE active"))
    connection.receiver.clear()
    connection.stream.start_deflate()
    return None
