"""Every dialog in tests/dialogs/imap, spoken with a real server over real sockets.

    # What the dialog shows – RFC …
    given INBOX with 3 messages
    C1: a SELECT INBOX
    S1: * OK … ready
    S1: a OK …

`C1`, `C2`: clients; the number is the connection. Lines that one client sends without an answer between go out in one
packet. `S1`: a line that client must get next, where `…` stands for any text. All that a server sends must be named.
`USER` is the account's address, `{USER}` announces it as a literal; `OTHER` is that of somebody else, as whom those
clients are logged in of whom a dialog says `given C2 is somebody else`. Clients are logged in before the dialog starts
unless it says `given nobody is logged in`; what `given` knows is `GIVEN`. `given a hub with message_limit = 3` is one
with that setting.
"""

from __future__ import annotations

import re
import socket
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from posthouse.directory import set_attributes
from posthouse.servers.imap.settings import ImapSettings

FOLDER = Path(__file__).parents[2] / "dialogs" / "imap"
TIMEOUT = 20.0

MESSAGE = """\
From: Ann <ann@example.org>\r
To: Bob <bob@example.org>\r
Subject: message {n}\r
Date: Tue, 14 Nov 2023 12:00:0{n} +0100\r
Message-ID: <m{n}@example.org>\r
\r
Text of message {n}.\r
"""


@dataclass(frozen=True)
class Dialog:
    file: str
    line: int
    title: str
    steps: list[tuple[int, str]]
    """Line numbers and lines; an indented block belongs to the line before it."""

    @property
    def settings(self) -> dict[str, Any]:
        found = filter(None, (SETTING.fullmatch(step) for _, step in self.steps))
        return {setting[1]: tomllib.loads(f"value = {setting[2]}")["value"] for setting in found}


def read_dialogs(path: Path) -> Iterator[Dialog]:
    title, start, steps = "", 0, list[tuple[int, str]]()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("# "):
            if steps:
                yield Dialog(path.name, start, title, steps)
            title, start, steps = line[2:], number, []
        elif line.startswith("    ") or (not line.strip() and steps and "\n" in steps[-1][1]):
            steps[-1] = (steps[-1][0], f"{steps[-1][1]}\n{line}")
        elif line.strip():
            steps.append((number, line))
    if steps:
        yield Dialog(path.name, start, title, steps)


DIALOGS = [dialog for path in sorted(FOLDER.glob("*.txt")) for dialog in read_dialogs(path)]


class Client:
    """One connection of a dialog."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.file = self.socket.makefile("rb")
        self.to_send: list[str] = []

    def send(self) -> None:
        if self.to_send:
            self.socket.sendall("".join(line + "\r\n" for line in self.to_send).encode())
            self.to_send.clear()

    def line(self) -> str:
        line = self.file.readline()
        assert line.endswith(b"\r\n"), f"the server closed the connection behind {line!r}"
        return line[:-2].decode("utf-8", "surrogateescape")

    def close(self) -> None:
        self.send()
        self.file.close()
        self.socket.close()


class Speaker:
    """One dialog under way."""

    def __init__(self, make_person: Callable[..., Any], port: int) -> None:
        self.make_person, self.port = make_person, port
        self.quota = 0
        self.attributes: dict[str, str] = {}
        self._person: Any = None
        self._other: Any = None
        self.others: set[str] = set()
        """Clients of somebody else."""
        self.clients: dict[str, Client] = {}
        self.logged_in = True

    @property
    def person(self) -> Any:
        if self._person is None:
            self._person = self.make_person(self.quota, self.attributes)
        return self._person

    @property
    def other(self) -> Any:
        if self._other is None:
            self._other = self.make_person(0)
        return self._other

    def client(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = client = Client(self.port)
            if self.logged_in:
                client.line()
                person = self.other if name in self.others else self.person
                self.quietly(client, f"LOGIN {person.address} secret")
        return self.clients[name]

    def quietly(self, client: Client, command: str) -> None:
        client.to_send.append(f"quiet {command}")
        client.send()
        while not (line := client.line()).startswith("quiet "):
            pass
        assert line.startswith("quiet OK"), line

    def named(self, text: str) -> str:
        if "USER" in text:
            address = self.person.address
            text = text.replace("{USER}", f"{{{len(address)}}}").replace("USER", address)
        return text.replace("OTHER", self.other.address) if "OTHER" in text else text

    def given(self, text: str) -> None:
        for pattern, act in GIVEN:
            found = re.fullmatch(pattern, text, re.S)
            if found is not None:
                act(self, *found.groups())
                return
        raise AssertionError(f"nothing is known of: given {text}")

    def say(self, step: str) -> None:
        if step.startswith("given "):
            self.given(step[6:])
            return
        found = re.fullmatch(r"([CS])(\d):(?: (.*))?", step, re.S)
        assert found is not None, "neither given, C1: nor S1:"
        client, text = self.client(found[2]), found[3] or ""
        text = self.named(text)
        if found[1] == "C":
            client.to_send.append(text)
            return
        for each in self.clients.values():
            each.send()
        got = client.line()
        if not re.fullmatch(".*".join(map(re.escape, text.split("…"))), got, re.S):
            raise AssertionError(f"got {got!r}")

    def finish(self) -> None:
        """Nothing more may have been said than the dialog has."""
        for name, client in self.clients.items():
            client.send()
            client.socket.setblocking(False)
            more = client.file.peek()
            if more:
                raise AssertionError(f"client {name} was told more: {more!r}")
            client.socket.setblocking(True)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


def _messages(speaker: Speaker, folder: str, number: str) -> None:
    for n in range(1, int(number) + 1):
        speaker.person.put(folder, MESSAGE.format(n=n).encode())


def _message(speaker: Speaker, folder: str, block: str) -> None:
    text = textwrap.dedent(block).rstrip()
    speaker.person.put(folder, text.replace("\n", "\r\n").encode() + b"\r\n")


def _flagged(speaker: Speaker, number: str, folder: str, names: str) -> None:
    speaker.person.flag(folder, ((int(number), int(number)),), names.split())


def _nobody(speaker: Speaker) -> None:
    speaker.logged_in = False


def _quota(speaker: Speaker, size: str) -> None:
    speaker.quota = int(size)


def _administrator(speaker: Speaker) -> None:
    speaker.attributes["admin"] = "true"


def _attribute(speaker: Speaker, key: str, value: str) -> None:
    speaker.attributes[key] = value


def _moves(speaker: Speaker, who: str, host: str) -> None:
    person = speaker.person if who == "the" else speaker.other
    person.hub.write(set_attributes, person.address, {"imap-home": host})


def _quiet(speaker: Speaker, name: str, command: str) -> None:
    speaker.quietly(speaker.client(name), speaker.named(command))


SETTING = re.compile(r"given a hub with (\w+) = (\S+)")

GIVEN: list[tuple[str, Callable[..., None]]] = [
    (r"(\S+) with (\d) messages?", _messages),
    (r"a message in (\S+):\n(.*)", _message),
    (r"message (\d+) of (\S+) is (.*)", _flagged),
    (r"nobody is logged in", _nobody),
    (r"an administrator", _administrator),
    (r"the account's (\S+) is (\S+)", _attribute),
    (r"(the|the other) account moves to (\S+)", _moves),
    (r"a quota of (\d+) bytes", _quota),
    (r"folders? (.*)", lambda speaker, names: [speaker.person.make_folder(name) for name in names.split(", ")]),
    (r"C(\d) has said (.*)", _quiet),
    (r"C(\d) is somebody else", lambda speaker, name: speaker.others.add(name)),
]


@pytest.mark.parametrize("dialog", DIALOGS, ids=lambda dialog: f"{dialog.file}:{dialog.line}")
def test_dialog(dialog: Dialog, engine: str, request: pytest.FixtureRequest, keys: Any) -> None:
    """The server says what the script says, word for word."""
    make = request.getfixturevalue("make_hub" if engine == "sqlite" else "make_postgresql_hub")
    hub = make(ImapSettings(**dialog.settings), whose="dialogs")
    speaker = Speaker(lambda quota, attributes=None: hub.person(keys, quota, attributes), hub.port)
    try:
        for number, step in dialog.steps:
            if SETTING.fullmatch(step):
                continue
            try:
                speaker.say(step)
            except (AssertionError, OSError) as error:
                raise AssertionError(f"{dialog.file}:{number}: {step}\n  {error}") from error
        speaker.finish()
    finally:
        speaker.close()
