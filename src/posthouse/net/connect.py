"""Outgoing connections: a numeric address, or a socket of ours, to a stream."""

import asyncio
from pathlib import Path

from .addresses import short_path
from .errors import CannotConnect
from .stream import Stream

CONNECT_SECONDS = 30.0


async def connect(host: str, port: int, *, source: str | None = None, seconds: float = CONNECT_SECONDS) -> Stream:
    """To one numeric address (or a name that the system resolves). Raises CannotConnect. `source` is our address."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, stream = await loop.create_connection(Stream, host, port, local_addr=(source, 0) if source else None)
    except TimeoutError:
        raise CannotConnect(f"no answer within {seconds:g} seconds") from None
    except OSError as error:
        raise CannotConnect(_reason(error)) from error
    return stream


async def connect_unix(path: Path) -> Stream:
    """To another process of ours on this machine. Raises CannotConnect."""
    try:
        with short_path(path) as short:
            _, stream = await asyncio.get_running_loop().create_unix_connection(Stream, short)
    except OSError as error:
        raise CannotConnect(_reason(error)) from error
    return stream


def _reason(error: OSError) -> str:
    """In words for a delivery report: "connection refused"."""
    return (error.strerror or str(error)).lower()
