"""Hints between the sessions and the workers of a hub: "account 7, folder 3, modseq 812".

A session subscribes to its account; whatever commits, here or in another worker, calls it. Between workers of one
machine the hints travel as Unix datagrams, between machines as PostgreSQL notifications. They may be lost without
harm: who hears one looks into the store, and looks anyway at its next command.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq

HINT = struct.Struct("<QQQ")
DATAGRAM_HINTS = 300
"""In one datagram at most: well under the kernel's limit for one."""
LATE_SECONDS = 0.02
MOST_LATE = 10_000
SETTLED = 100_000_000
"""Nanoseconds after which a folder's time of change tells of every later one."""

Listener = Callable[[Hint], None]


def pack(hints: list[Hint]) -> bytes:
    return b"".join(HINT.pack(hint.account, hint.folder, hint.modseq) for hint in hints)


def unpack(data: bytes) -> list[Hint]:
    whole = len(data) - len(data) % HINT.size
    return [Hint(AccountId(a), FolderId(f), ModSeq(m)) for a, f, m in HINT.iter_unpack(data[:whole])]


class Carrier(Protocol):
    """Brings hints to the other workers."""

    def start(self, deliver: Callable[[list[Hint]], None]) -> None:
        """Begin to hear from others; `deliver` is called on the loop's thread. Not needed for sending alone."""

    def send(self, hints: list[Hint]) -> None:
        """Never blocks, never raises: a hint that can't be sent is lost."""

    def close(self) -> None: ...


class Hints:
    """Where the sessions of one worker hear of changes. All of it runs on the loop's thread."""

    def __init__(self, carrier: Carrier | None = None) -> None:
        self._carrier = carrier
        self._listeners: dict[AccountId, list[Listener]] = {}

    def start(self) -> None:
        if self._carrier is not None:
            self._carrier.start(self._deliver)

    def close(self) -> None:
        if self._carrier is not None:
            self._carrier.close()

    def subscribe(self, account: AccountId, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each hint of `account`, until the returned function is called. A listener does little:
        it notes the hint and wakes its session."""
        self._listeners.setdefault(account, []).append(listener)

        def unsubscribe() -> None:
            left = self._listeners.get(account)
            if left is not None and listener in left:
                left.remove(listener)
                if not left:
                    del self._listeners[account]

        return unsubscribe

    def publish(self, hints: list[Hint]) -> None:
        """After a commit: tell the sessions here and the workers elsewhere. Several hints about one folder are one."""
        newest: dict[tuple[AccountId, FolderId], Hint] = {}
        for hint in hints:
            newest[hint.account, hint.folder] = hint
        merged = list(newest.values())
        self._deliver(merged)
        if self._carrier is not None:
            self._carrier.send(merged)

    def _deliver(self, hints: list[Hint]) -> None:
        listeners = self._listeners
        for hint in hints:
            for listener in tuple(listeners.get(hint.account, ())):
                listener(hint)


class DatagramCarrier:
    """Between the workers of one machine: each binds a socket in one folder and sends to all others in it. What does
    not fit into a peer's socket is merged and brought a moment later."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._receiver: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._own = f"{os.getpid()}-{id(self):x}.sock"
        self._others: list[str] = []
        self._seen = -1
        self._late: dict[str, dict[tuple[AccountId, FolderId], Hint]] = {}

    def start(self, deliver: Callable[[list[Hint]], None]) -> None:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.setblocking(False)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._own, dir_fd=self._fd)
        receiver.bind(self._address(self._own))
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()

        def readable() -> None:
            with contextlib.suppress(BlockingIOError):
                while data := receiver.recv(65536):
                    deliver(unpack(data))

        self._loop.add_reader(receiver.fileno(), readable)

    def send(self, hints: list[Hint]) -> None:
        for name in self._peers():
            late = self._late.get(name)
            if late is not None:
                late.update(((hint.account, hint.folder), hint) for hint in hints)
            else:
                self._send_to(name, hints)

    def _send_to(self, name: str, hints: list[Hint]) -> None:
        address = self._address(name)
        for start in range(0, len(hints), DATAGRAM_HINTS):
            try:
                self._sender.sendto(pack(hints[start : start + DATAGRAM_HINTS]), address)
            except BlockingIOError:
                self._keep(name, hints[start:])
                return
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=self._fd)  # its worker is gone
                return

    def _keep(self, name: str, hints: list[Hint]) -> None:
        """Its socket is full. A peer that stays behind loses them, and will look by itself."""
        if self._loop is not None and len(hints) <= MOST_LATE:
            self._late[name] = {(hint.account, hint.folder): hint for hint in hints}
            self._loop.call_later(LATE_SECONDS, self._send_late, name)

    def _send_late(self, name: str) -> None:
        late = self._late.pop(name, {})
        if self._receiver is not None:
            self._send_to(name, list(late.values()))

    def _address(self, name: str) -> str:
        """A Unix socket's path has 107 bytes at most, the folder's may have more."""
        path = str(self._folder / name)
        return path if len(os.fsencode(path)) < 108 else f"/proc/self/fd/{self._fd}/{name}"

    def _peers(self) -> list[str]:
        changed = os.stat(self._folder).st_mtime_ns
        if changed != self._seen:
            settled = time.time_ns() - changed > SETTLED  # the clock of a folder is coarse: another may have come since
            self._seen = changed if settled else -1
            self._others = [name for name in os.listdir(self._folder) if name.endswith(".sock") and name != self._own]
        return self._others

    def close(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None and self._loop is not None:
            self._loop.remove_reader(receiver.fileno())
            receiver.close()
            with contextlib.suppress(OSError):
                os.unlink(self._own, dir_fd=self._fd)
        self._sender.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
