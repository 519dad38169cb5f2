"""What was said on a connection, for `posthouse trace`. Off unless somebody asks; then one test per packet.

    tracer = Tracer()                                  # one per worker
    stream.tap = tracer.open("imap", stream.peer.host) # None when nobody asked: costs nothing
    ...
    if stream.tap: stream.tap.identify(account)        # after the login

A transcript that waits for a login to know whether it is wanted keeps its last KEEP bytes.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .redact import Redactor

KEEP = 64 * 1024
SHOWN_PER_PACKET = 4096

Sink = Callable[[str], None]
"""Takes one finished line of a trace, without its line end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which connections somebody wants to see; empty: any."""

    protocol: str = ""
    host: str = ""
    account: str = ""

    def may_match(self, protocol: str, host: str) -> bool:
        return self.protocol in ("", protocol) and self.host in ("", host)


class Tracer:
    """Who wants to see what. `active` is false when nobody does."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[Wanted, Sink]] = {}
        self._next = 1
        self._connections = 0
        self.serial = 0
        """Another one whenever somebody else asks."""

    @property
    def active(self) -> bool:
        return bool(self._asked)

    def start(self, wanted: Wanted, sink: Sink) -> int:
        """Show connections opened from now on; the number is for `stop`."""
        number, self._next = self._next, self._next + 1
        self.serial = number
        self._asked[number] = (wanted, sink)
        return number

    def stop(self, number: int) -> None:
        self._asked.pop(number, None)

    def open(self, protocol: str, host: str) -> "Transcript | None":
        """For a new connection; None if nobody can want it."""
        asked = [number for number, (wanted, _) in self._asked.items() if wanted.may_match(protocol, host)]
        if not asked:
            return None
        self._connections += 1
        return Transcript(self, f"{protocol}-{self._connections} {host}", asked)

    def wants(self, number: int, account: str) -> bool | None:
        """None: not to be decided before the login."""
        entry = self._asked.get(number)
        if entry is None:
            return False
        wanted = entry[0].account
        return True if not wanted else (wanted == account if account else None)

    def show(self, number: int, line: str) -> None:
        if (entry := self._asked.get(number)) is not None:
            entry[1](line)


class Transcript:
    """One connection's, for all who asked. A `posthouse.net.stream.Tap`."""

    def __init__(self, tracer: Tracer, name: str, asked: list[int]) -> None:
        self._tracer = tracer
        self._name = name
        self._redactor = Redactor()
        self._kept: deque[str] = deque()
        self._kept_size = 0
        self._showing = [number for number in asked if tracer.wants(number, "")]
        self._undecided = [number for number in asked if tracer.wants(number, "") is None]

    def received(self, data: bytes) -> None:
        if self._showing or self._undecided:
            self._say("C", self._redactor.received(data))

    def sent(self, data: bytes) -> None:
        if self._showing or self._undecided:
            self._say("S", self._redactor.sent(data))

    def identify(self, account: str) -> None:
        """The login is known: show what was kept to those who wanted this account, forget it for the others."""
        for number in self._undecided:
            if self._tracer.wants(number, account):
                for line in self._kept:
                    self._tracer.show(number, line)
                self._showing.append(number)
        self._undecided = []
        self._kept.clear()

    def say(self, who: str, text: str) -> None:
        """In words of ours what was said in bytes that nobody can read; there is no secret in it. Further lines belong
        to the first."""
        if self._showing or self._undecided:
            moment = time.strftime("%H:%M:%S", time.gmtime())
            for line in text.split("\n"):
                self._line(f"{moment} {self._name} {who}: {_printable(line)}")

    def _say(self, who: str, data: bytes) -> None:
        if b"\0" in data:
            data = _without_binary(data)
        moment = time.strftime("%H:%M:%S", time.gmtime())
        hidden = len(data) - SHOWN_PER_PACKET
        for row in data[:SHOWN_PER_PACKET].splitlines():
            self._line(f"{moment} {self._name} {who}: {_readable(row)}")
        if hidden > 0:
            self._line(f"{moment} {self._name} {who}: … {hidden} bytes more")

    def _line(self, line: str) -> None:
        for number in self._showing:
            self._tracer.show(number, line)
        if self._undecided:
            self._kept.append(line)
            self._kept_size += len(line)
            while self._kept_size > KEEP:
                self._kept_size -= len(self._kept.popleft())


def _without_binary(data: bytes) -> bytes:
    """Only its rows of text; what is between them is told by its size. Behind the last NUL a text may begin."""
    rows: list[bytes] = []
    hidden = 0
    for row in data.splitlines(keepends=True):
        binary, nul, text = row.rpartition(b"\0")
        shown = text.rstrip(b"\r\n")
        if not shown.isascii() or not shown.decode("ascii").isprintable() or (nul and not shown):
            hidden += len(row)
            continue
        hidden += len(binary + nul)
        if hidden:
            rows.append(_HIDDEN % hidden)
            hidden = 0
        rows.append(text)
    return b"".join([*rows, _HIDDEN % hidden] if hidden else rows)


_HIDDEN = b"[%d bytes that are no text]\n"


def _readable(row: bytes) -> str:
    return _printable(row.decode("utf-8", "backslashreplace"))


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
