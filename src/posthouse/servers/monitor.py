"""Prometheus' /metrics, and /healthz, over HTTP/1.1.

/healthz is 200 while this worker can read its store, 503 otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.net.http import Exchange, HttpLimits, Response, serve_http
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Registry
from posthouse.queue.rows import counts
from posthouse.store import Store

LIMITS = HttpLimits(idle_seconds=60.0)
METRICS = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Monitor:
    store: Store
    registry: Registry
    log: Logger

    async def session(self, stream: Stream) -> None:
        """One connection, with as many requests as the client likes."""
        await serve_http(stream, self.page, LIMITS, self.log)

    async def page(self, exchange: Exchange) -> Response:
        request = exchange.request
        if request.method not in ("GET", "HEAD"):
            return Response.text(405, "GET is what there is\n", ("Allow", "GET, HEAD"))
        if request.path == "/metrics":
            return Response(200, await self._metrics(), METRICS)
        if request.path == "/healthz":
            return await self._health()
        return Response.text(404, "/metrics and /healthz are what there is\n")

    async def _metrics(self) -> bytes:
        waiting = await self.store.scan(counts)
        lines = [
            "# HELP posthouse_queue_recipients Recipients in the queue.",
            "# TYPE posthouse_queue_recipients gauge",
            *(f'posthouse_queue_recipients{{state="{state}"}} {number}' for state, number in sorted(waiting.items())),
        ]
        return self.registry.render() + ("\n".join(lines) + "\n").encode()

    async def _health(self) -> Response:
        try:
            await self.store.read(_ping)
        except Exception as error:
            return Response.text(503, f"the store cannot be read: {type(error).__name__}\n")
        return Response.text(200, "ok\n")


def _ping(tx: Transaction) -> None:
    tx.one("SELECT 1")
