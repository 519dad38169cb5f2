"""MAPI: how soon those who wait for news hear of mail that comes by SMTP."""

from __future__ import annotations

import asyncio
import smtplib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from benchmarks.families.mapi import Client
from benchmarks.load import Load
from benchmarks.mail import DOMAIN, USERS, message
from benchmarks.side import Figure, Side
from benchmarks.table import MILLISECONDS, Row
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest
from posthouse.protocols.mapi.rops.notification import RopRegisterNotificationRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags

EACH = 100
"""Sessions of one mailbox."""
MAILBOXES = 10
DELIVERIES = 5
PATIENCE = 60.0
PLAIN = ExecuteFlags.NO_COMPRESSION | ExecuteFlags.NO_XOR_MAGIC
WAIT = bytes(8)


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    total = EACH * MAILBOXES
    for mailboxes, who in (
        (1, f"{EACH} of {total:,} sessions that wait"),
        (MAILBOXES, f"{total:,} sessions that wait"),
    ):
        load = Load(lambda _, mailboxes=mailboxes: partial(_hear, side, mailboxes))  # type: ignore[misc]
        median, last = load.go()[2]
        yield Row(f"SMTP to the end of NotificationWait in {who}, median", MILLISECONDS), Figure(median)
        yield Row(f"SMTP to the end of NotificationWait in {who}, last", MILLISECONDS), Figure(last)


class Listener(Client):
    """A session that has registered for all that happens in its mailbox."""

    async def register(self) -> None:
        await self.connect()
        logon = RopLogonRequest(0, 0, LogonFlags.PRIVATE, OpenFlags.USE_PER_MDB_REPLID_MAPPING, 0, self.dn)
        everything = RopRegisterNotificationRequest(0, 0, 1, NotificationFlags(0xFE), None, True)
        await self._execute(RopBuffer(logon.format() + everything.format(), (EMPTY, EMPTY)))

    async def _execute(self, buffer: RopBuffer) -> None:
        request = ExecuteRequest(PLAIN, format_extended(buffer.format()), 0x8000)
        await self.post("Execute", request.format())

    async def begin(self) -> None:
        """To wait, when what was told before has been fetched."""
        await self._execute(RopBuffer(b"", (EMPTY,)))
        await self.ask("NotificationWait", WAIT)
        await self.processing()

    async def heard(self) -> float:
        """When the wait ended."""
        await self._reader.readuntil(b"DONE\r\n")
        ended = time.perf_counter()
        await self._reader.readuntil(b"\r\n0\r\n\r\n")
        return ended


async def _hear(side: Side, mailboxes: int, start: Callable[[], None]) -> tuple[float, float]:
    """ms from when the message is on its way: the median and the last."""
    listeners: list[Listener] = []
    for user in USERS[:MAILBOXES]:
        dn = ""
        for _ in range(EACH):
            listener = await Listener.open(side.ports["http"], user)
            listener.dn = dn
            await listener.register()
            dn = listener.dn
            await listener.begin()
            listeners.append(listener)
    start()
    awaited = listeners[: EACH * mailboxes]
    rounds = [await _deliver(side.ports["smtp"], awaited, USERS[:mailboxes], number) for number in range(DELIVERIES)]
    for listener in listeners:
        listener.close()
    rounds.sort()
    return rounds[DELIVERIES // 2]


async def _deliver(port: int, listeners: Sequence[Listener], users: Sequence[str], number: int) -> tuple[float, float]:
    waiting = asyncio.gather(*(listener.heard() for listener in listeners))
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await asyncio.to_thread(_send, port, users, message(time.time_ns() + number, 4096))
    ends = [ended - began for ended in await asyncio.wait_for(waiting, PATIENCE)]
    for listener in listeners:
        await listener.begin()
    return statistics.median(ends) * 1000, max(ends) * 1000


def _send(port: int, users: Sequence[str], data: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("sender@client.example", [f"{user}@{DOMAIN}" for user in users], data)
