"""MAPI over HTTP: round trips, and what sessions take that do nothing or wait."""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from benchmarks.load import Load, Prepare
from benchmarks.mail import DOMAIN, PASSWORD, USERS
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, KILOBYTES, Row
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.release import RopReleaseRequest

ROUND_TRIPS = 1000
CONTEXTS = 2000
WAITING = 1000
EACH = 100
"""Sessions of one account."""
PEOPLE = USERS[: CONTEXTS // EACH]
"""Their passwords are looked at before memory is: that takes some of its own, which stays."""
SETTLED = 2.0
RELEASE = RopBuffer(RopReleaseRequest(0, 0).format(), (1,))
EXECUTE = ExecuteRequest(ExecuteFlags(3), format_extended(RELEASE.format()), 0x8000).format()
DISCOVER = (
    "<Autodiscover><Request><EMailAddress>{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/"
    "autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    port = side.ports["http"]
    yield Row("MAPI PING", CPU), side.measure(_round_trips(port, "PING", b""), ROUND_TRIPS)
    yield (
        Row("MAPI Execute of a small operation", CPU),
        side.measure(_round_trips(port, "Execute", EXECUTE), ROUND_TRIPS),
    )
    _memory(side, _sessions, len(PEOPLE))
    yield Row(f"one of {CONTEXTS:,} MAPI sessions, memory", KILOBYTES), Figure(_memory(side, _sessions, CONTEXTS))
    waiting = _memory(side, _waiting, WAITING)
    yield Row(f"one of {WAITING:,} MAPI sessions that wait for news, memory", KILOBYTES), Figure(waiting)


class Client:
    """One connection, without TLS."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user: str) -> None:
        self._reader, self._writer = reader, writer
        self._user = f"{user}@{DOMAIN}"
        self._numbers = count(1)
        self.cookies = b""
        self.dn = ""

    @classmethod
    async def open(cls, port: int, user: str) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port), user)

    async def connect(self) -> None:
        if not self.dn:
            body = await self.post("", DISCOVER.format(self._user).encode(), "/autodiscover/autodiscover.xml")
            self.dn = body.partition(b"<LegacyDN>")[2].partition(b"</LegacyDN>")[0].decode()
        self.cookies = b""
        await self.post("Connect", ConnectRequest(self.dn).format())

    async def post(self, type: str, body: bytes, path: str = "/mapi/emsmdb/") -> bytes:
        await self.ask(type, body, path)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert head.startswith(b"HTTP/1.1 200 "), head
        if cookies := re.findall(rb"Set-Cookie: ([^;]+)", head):
            self.cookies = b"; ".join(cookies)
        return await self._reader.readexactly(int(length[1])) if length is not None else await self._chunks()

    async def _chunks(self) -> bytes:
        """Of an answer that takes so long that it begins before it is there."""
        found = bytearray()
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            found += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")
        return bytes(found)

    async def ask(self, type: str, body: bytes, path: str = "/mapi/emsmdb/") -> None:
        secret = b64encode(f"{self._user}:{PASSWORD}".encode()).decode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\nX-RequestType: {type}\r\n"
            f"X-RequestId: {{E2EA6C1C-E61B-49E9-9CFB-38184F907552}}:{next(self._numbers)}\r\n"
            f"X-ClientApplication: Outlook/15.0.4815.1002\r\nContent-Type: application/mapi-http\r\n"
            f"Cookie: {self.cookies.decode()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        await self._writer.drain()

    async def processing(self) -> None:
        """The answer to a request that waits has begun."""
        await self._reader.readuntil(b"PROCESSING\r\n")

    def close(self) -> None:
        self._writer.close()


def _round_trips(port: int, type: str, body: bytes) -> Prepare:
    async def work(start: Callable[[], None]) -> None:
        clients = [await Client.open(port, user) for user in USERS[:4]]
        for client in clients:
            await client.connect()
            await client.post(type, body)
        start()
        await asyncio.gather(*(_repeat(client, type, body, ROUND_TRIPS // 4) for client in clients))

    return lambda _: work


async def _repeat(client: Client, type: str, body: bytes, times: int) -> None:
    for _ in range(times):
        await client.post(type, body)


async def _sessions(port: int, number: int, start: Callable[[], None]) -> None:
    for user in PEOPLE:
        client = await Client.open(port, user)
        for _ in range(number // len(PEOPLE)):
            await client.connect()
        client.close()
    start()


async def _waiting(port: int, number: int, start: Callable[[], None]) -> None:
    clients = []
    for user in PEOPLE[: number // EACH]:
        dn = ""
        for _ in range(EACH):
            client = await Client.open(port, user)
            client.dn = dn
            await client.connect()
            dn = client.dn
            await client.ask("NotificationWait", bytes(8))
            await client.processing()
            clients.append(client)
    start()
    for client in clients:
        client.close()


def _memory(side: Side, work: Callable[[int, int, Callable[[], None]], object], number: int) -> float:
    """KB for each."""
    before = side.memory()
    load = Load(lambda _: partial(work, side.ports["http"], number))  # type: ignore[arg-type,return-value]
    time.sleep(SETTLED)
    taken = side.memory() - before
    load.go()
    return taken / number / 1024
