"""Outgoing connections: a numeric address to a stream, and the quickest of several addresses – RFC 8305, in short."""

import asyncio
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

from .addresses import short_path
from .errors import CannotConnect
from .stream import Stream

CONNECT_SECONDS = 30.0
HEAD_START_SECONDS = 0.25  # RFC 8305 §5: Connection Attempt Delay


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


async def connect_any(
    hosts: Sequence[str], port: int, *, source: str | None = None, seconds: float = CONNECT_SECONDS
) -> Stream:
    """To whichever of these numeric addresses answers first, IPv6 and IPv4 by turns, each with a small head start over
    the next. Raises CannotConnect with every address's reason."""
    reasons: list[str] = []
    attempts: list[asyncio.Task[Stream]] = []
    waiting = by_turns(hosts)
    try:
        while waiting or attempts:
            if waiting:
                attempts.append(asyncio.create_task(_attempt(waiting.pop(0), port, source, seconds)))
            done, _ = await asyncio.wait(
                attempts, timeout=HEAD_START_SECONDS if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in done:
                attempts.remove(attempt)
                if attempt.exception() is None:
                    return attempt.result()
                reasons.append(str(attempt.exception()))
        raise CannotConnect("; ".join(reasons) or "no address")
    finally:
        await _give_up(attempts)


async def _attempt(host: str, port: int, source: str | None, seconds: float) -> Stream:
    try:
        return await connect(host, port, source=source, seconds=seconds)
    except CannotConnect as error:
        raise CannotConnect(f"{host}: {error}") from error


async def _give_up(attempts: list[asyncio.Task[Stream]]) -> None:
    for attempt in attempts:
        attempt.cancel()
    for result in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(result, Stream):  # a second one came through in the same moment
            result.abort()


def by_turns(hosts: Sequence[str]) -> list[str]:
    """IPv6 first, then alternating, each family in its own order – RFC 8305 §4."""
    six = [host for host in hosts if ":" in host]
    four = [host for host in hosts if ":" not in host]
    return [host for host in chain.from_iterable(zip_longest(six, four)) if host is not None]


def _reason(error: OSError) -> str:
    """In words for a delivery report: "connection refused"."""
    return (error.strerror or str(error)).lower()
