"""The conversations in tests/dialogs/smtp, played against real services over real sockets.

    == what is shown – where it is written
    service mx | submission | submissions | lmtp            a new connection; its greeting is read
    C: a line we send; lines that follow each other leave in one packet
    C! bytes, written as in a Python string, sent as they are
    S: a line that is expected; … stands for anything, and as the whole line for the rest of a reply
    T: the TLS handshake
    E: the server ends the connection
    settings name=value …                                   of the service, before it begins (a hub of its own)
    mailbox ADDRESS N | queue N | quota ADDRESS BYTES       what the store must hold by now, or is told

What fails names the line of the script.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.settings import SmtpSettings

FOLDER = Path(__file__).parents[2] / "dialogs" / "smtp"


@dataclass(frozen=True)
class Script:
    file: str
    title: str
    lines: tuple[tuple[int, str], ...]


def load_scripts() -> list[Script]:
    scripts: list[Script] = []
    for path in sorted(FOLDER.glob("*.txt")):
        title, lines = "", list[tuple[int, str]]()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.startswith("== "):
                if lines:
                    scripts.append(Script(path.name, title, tuple(lines)))
                title, lines = line[3:], []
            elif line.strip() and not line.startswith("#"):
                lines.append((number, line))
        scripts.append(Script(path.name, title, tuple(lines)))
    return scripts


class Player:
    def __init__(self, new_hub: Callable[..., Any], script: Script) -> None:
        self.new_hub, self.script = new_hub, script
        self.hub: Any = None
        self.socket: Any = None
        self.buffer = b""
        self.out = b""

    def play(self) -> None:
        for number, line in self.script.lines:
            try:
                self.one(line)
            except (AssertionError, OSError) as problem:
                pytest.fail(f"{self.script.file}:{number}: {line}\n{problem}", pytrace=False)
        self.flush()
        if self.socket is not None:
            self.socket.close()

    def one(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "C:":
            self.out += rest.encode() + b"\r\n"
            return
        if word == "C!":
            self.out += rest.encode("latin-1").decode("unicode_escape").encode("latin-1")
            return
        self.flush()
        {
            "S:": self.expect,
            "T:": self.handshake,
            "E:": self.end,
            "service": self.connect,
            "settings": self.configure,
            "mailbox": self.mailbox,
            "queue": self.queue,
            "quota": self.quota,
        }[word](rest)

    def flush(self) -> None:
        if self.out:
            data, self.out = self.out, b""
            self.socket.sendall(data)

    def configure(self, rest: str) -> None:
        values = dict(pair.split("=") for pair in rest.split())
        fields: dict[str, Any] = {}
        for name, value in values.items():
            default = getattr(SmtpSettings(), name)
            fields[name] = tuple(value.split(",")) if isinstance(default, tuple) else type(default)(value)
        self.hub = self.new_hub(settings=SmtpSettings(**fields))

    def connect(self, kind: str) -> None:
        self.hub = self.hub or self.new_hub()
        if self.socket is not None:
            self.socket.close()
        self.buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", self.hub.ports[Kind(kind)]), timeout=20)
        if kind == "submissions":
            self.handshake("")

    def handshake(self, _: str) -> None:
        self.socket = self.hub.client_context.wrap_socket(self.socket, server_hostname="mx.example.org")

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            assert data, f"the connection ended after {self.buffer!r}"
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def expect(self, pattern: str) -> None:
        if pattern == "…":
            while self.line()[3:4] == "-":
                pass
            return
        regex = ".*".join(re.escape(piece) for piece in pattern.split("…"))
        got = self.line()
        assert re.fullmatch(regex, got), f"expected {pattern!r}, got {got!r}"

    def end(self, _: str) -> None:
        assert self.buffer == b"", self.buffer
        assert self.socket.recv(1) == b""

    def mailbox(self, rest: str) -> None:
        address, number = rest.split()
        found = len(self.hub.mailbox(address))
        assert found == int(number), f"{address} has {found} messages"

    def queue(self, number: str) -> None:
        found = sum(len(recipients) for _, recipients in self.hub.queue())
        assert found == int(number), f"{found} recipients are queued"

    def quota(self, rest: str) -> None:
        address, size = rest.split()
        self.hub = self.hub or self.new_hub()
        self.hub.quota(address, size=int(size))


SCRIPTS = load_scripts()


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"{script.file}-{script.title}" for script in SCRIPTS])
def test_dialog(script: Script, new_hub: Callable[..., Any]) -> None:
    """Each script says at its head which rule it shows."""
    Player(new_hub, script).play()
