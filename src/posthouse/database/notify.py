"""Hints between machines: PostgreSQL's NOTIFY, on a connection and in a thread of its own so that no commit waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable

import psycopg

from posthouse.database.hints import pack, unpack
from posthouse.model.hints import Hint

CHANNEL = "posthouse_hints"


class NotifyCarrier:
    """Between machines: PostgreSQL's NOTIFY, on a connection and in a thread of its own so that no commit waits."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._origin = os.urandom(8).hex()
        self._waiting: list[Hint] = []
        self._wake = threading.Condition()
        self._closing = False
        self._sender: threading.Thread | None = None
        self._listener: threading.Thread | None = None
        self.listening = threading.Event()
        """Set from when on nothing is missed."""

    def start(self, deliver: Callable[[list[Hint]], None]) -> None:
        loop = asyncio.get_running_loop()

        def hear() -> None:
            while not self._closing:
                with contextlib.suppress(psycopg.OperationalError, RuntimeError), self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    while not self._closing:
                        for note in connection.notifies(timeout=1):
                            origin, _, payload = note.payload.partition(":")
                            if origin != self._origin:
                                loop.call_soon_threadsafe(deliver, unpack(bytes.fromhex(payload)))
                if not self._closing:
                    threading.Event().wait(1)

        self._listener = threading.Thread(target=hear, name="hints-listener", daemon=True)
        self._listener.start()

    def send(self, hints: list[Hint]) -> None:
        with self._wake:
            self._waiting.extend(hints)
            del self._waiting[:-10_000]
            self._wake.notify()
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_all, name="hints-sender", daemon=True)
            self._sender.start()

    def _send_all(self) -> None:
        while not self._closing:
            with contextlib.suppress(psycopg.OperationalError), self._connect() as connection:
                while hints := self._next():
                    for start in range(0, len(hints), 100):  # a payload has at most 8000 bytes
                        payload = f"{self._origin}:{pack(hints[start : start + 100]).hex()}"
                        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            if not self._closing:
                threading.Event().wait(1)

    def _next(self) -> list[Hint]:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closing)
            hints, self._waiting = self._waiting, []
            return hints

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._url, autocommit=True)

    def close(self) -> None:
        self._closing = True
        with self._wake:
            self._wake.notify()
        for thread in (self._sender, self._listener):
            if thread is not None:
                thread.join(3)
