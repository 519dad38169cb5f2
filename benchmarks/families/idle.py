"""IDLE with very many connections: what one takes, and how soon all hear of a delivery."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from benchmarks.families.imap import login, say
from benchmarks.load import Load, Step, Talk
from benchmarks.mail import IDLER, message
from benchmarks.side import Figure, Side
from benchmarks.table import KILOBYTES, MILLISECONDS, Row

DELIVERIES = 3
AT_ONCE = 50
"""Connections that log in at the same time."""
PATIENCE = 60.0
SETTLED = 2.0
"""Seconds after which nothing of the logins is left to do."""


class Kind(NamedTuple):
    """How a session listens."""

    prelude: list[Step]
    """Behind the login."""
    news: bytes
    """What it hears of a delivery."""


IDLE = Kind([*say(b"SELECT INBOX"), (b"t IDLE\r\n", b"+ ")], b" EXISTS")


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    before = side.memory()  # once: memory that is given back stays with the process, and would make the next look cheap
    if "imaps" in side.ports:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        each, _ = listeners(side, before, 1000, IDLE, context)
        yield Row("one of 1,000 idle IMAP connections over TLS, memory", KILOBYTES), Figure(each)
    for count in (1000, 5000):
        each, delays = listeners(side, before, count, IDLE)
        if count == 5000:
            yield Row("one of 5,000 idle IMAP connections, memory", KILOBYTES), Figure(each)
        yield Row(f"delivery to EXISTS in {count:,} sessions, median", MILLISECONDS), Figure(delays[0])
        yield Row(f"delivery to EXISTS in {count:,} sessions, last", MILLISECONDS), Figure(delays[1])


def listeners(
    side: Side, before: int, count: int, kind: Kind, tls: ssl.SSLContext | None = None
) -> tuple[float, tuple[float, float]]:
    """KB of memory for each, and ms from a delivery until it is announced: the median and the last."""
    ports = side.ports["imaps" if tls else "imap"], side.ports["lmtp"]
    load = Load(lambda _: partial(_wait, *ports, side, count, kind, tls))
    time.sleep(SETTLED)
    memory = (side.memory() - before) / count / 1024
    delays = load.go()[2]
    return memory, delays


async def _wait(
    port: int, lmtp: int, side: Side, count: int, kind: Kind, tls: ssl.SSLContext | None, start: Callable[[], None]
) -> tuple[float, float]:
    free = asyncio.Semaphore(AT_ONCE)

    async def listen() -> Talk:
        async with free:
            talk = await Talk.open(port, tls)
            await talk.say([*login(IDLER), *kind.prelude])
            return talk

    talks = await asyncio.gather(*(listen() for _ in range(count)))
    start()
    rounds = [await _delivery(talks, kind, lmtp, side.domains[-1][0], number) for number in range(DELIVERIES)]
    for talk in talks:
        talk.close()
    rounds.sort()
    return rounds[DELIVERIES // 2]


async def _delivery(talks: list[Talk], kind: Kind, lmtp: int, domain: str, number: int) -> tuple[float, float]:
    async def heard(talk: Talk) -> float:
        await talk.say([(b"", kind.news)])
        return time.perf_counter()

    waiting = asyncio.gather(*map(heard, talks))
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await asyncio.to_thread(_deliver, lmtp, f"{IDLER}@{domain}", message(time.time_ns() + number, 4096))
    times = await asyncio.wait_for(waiting, PATIENCE)
    return statistics.median(times) * 1e3 - began * 1e3, max(times) * 1e3 - began * 1e3


def _deliver(port: int, recipient: str, data: bytes) -> None:
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail("sender@client.example", [recipient], data)
