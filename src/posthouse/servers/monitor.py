"""Prometheus' /metrics, and /healthz, over HTTP/1.1.

/healthz is 200 while this worker can read its store, 503 otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import h11

from posthouse.database import Transaction
from posthouse.net.stream import Stream
from posthouse.observe.metrics import Registry
from posthouse.queue.rows import counts
from posthouse.store import Store

IDLE_SECONDS = 60.0
REQUEST = 64 * 1024
"""Bytes of one request's head and body that are read at most."""


@dataclass
class Monitor:
    store: Store
    registry: Registry

    async def session(self, stream: Stream) -> None:
        """One connection, with as many requests as the client likes."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=REQUEST)
        while True:
            stream.set_deadline(IDLE_SECONDS)
            event = await self._event(stream, connection)
            if event is None or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                await self._answer(stream, connection, event)
                if connection.our_state is h11.MUST_CLOSE:
                    return

    async def _event(self, stream: Stream, connection: h11.Connection) -> h11.Event | None:
        """None when the client is gone, the hub stops, or what came is not HTTP."""
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                return None
            if event is h11.PAUSED:
                connection.start_next_cycle()
            elif event is h11.NEED_DATA:
                data = await stream.receive_or_nudge()
                if data is None:
                    return None
                connection.receive_data(data)
            else:
                return event  # type: ignore[return-value]

    async def _answer(self, stream: Stream, connection: h11.Connection, request: h11.Request) -> None:
        path = request.target.partition(b"?")[0]
        if request.method not in (b"GET", b"HEAD"):
            status, body = 405, b"GET is what there is\n"
        elif path == b"/metrics":
            status, body = 200, await self._metrics()
        elif path == b"/healthz":
            status, body = await self._health()
        else:
            status, body = 404, b"/metrics and /healthz are what there is\n"
        headers = [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Content-Length", str(len(body)))]
        out = connection.send(h11.Response(status_code=status, headers=headers))
        if request.method != b"HEAD":
            out += connection.send(h11.Data(body)) or b""
        out += connection.send(h11.EndOfMessage()) or b""
        stream.write(out or b"")
        await stream.drain()

    async def _metrics(self) -> bytes:
        waiting = await self.store.scan(counts)
        lines = [
            "# HELP posthouse_queue_recipients Recipients in the queue.",
            "# TYPE posthouse_queue_recipients gauge",
            *(f'posthouse_queue_recipients{{state="{state}"}} {number}' for state, number in sorted(waiting.items())),
        ]
        return self.registry.render() + ("\n".join(lines) + "\n").encode()

    async def _health(self) -> tuple[int, bytes]:
        try:
            await self.store.read(_ping)
        except Exception as error:
            return 503, f"the store cannot be read: {type(error).__name__}\n".encode()
        return 200, b"ok\n"


def _ping(tx: Transaction) -> None:
    tx.one("SELECT 1")
