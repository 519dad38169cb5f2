"""The conversations in tests/dialogs/pop3, held with a real server over real sockets.

    == what is shown – where it is written
    maildrop 120, 200               messages of these sizes are there (none without this line)
    C: a line we send; lines that follow each other leave in one packet
    S: a line that is expected; … stands for anything
    T: the TLS handshake
    E: the server ends the connection
    login                           USER and PASS have been said and answered
    again                           a new connection; its greeting is read
    expunged 1, 3                   another client removes these
    left 2, 3                       UIDs that the INBOX holds by now
    settings name=value …           of the server, before it begins

`ME` is the account's address; `~text~` is sent or expected as the base64 of the text, `|` for NUL.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from posthouse.servers.pop3.settings import Pop3Settings

FOLDER = Path(__file__).parents[2] / "dialogs" / "pop3"


@dataclass(frozen=True)
class Script:
    file: str
    start: int
    title: str
    lines: tuple[tuple[int, str], ...]


def load_scripts() -> list[Script]:
    scripts: list[Script] = []
    for path in sorted(FOLDER.glob("*.txt")):
        title, start, lines = "", 0, list[tuple[int, str]]()
        for number, line in enumerate(["", *path.read_text("utf-8").splitlines(), "== "]):
            if line.startswith("== "):
                if lines:
                    scripts.append(Script(path.name, start, title, tuple(lines)))
                title, start, lines = line[3:], number, []
            elif line.strip():
                lines.append((number, line))
    return scripts


def a_message(size: int) -> bytes:
    """With one line of header, and a body of short lines."""
    head = b"Subject: %d octets\r\n\r\n" % size
    body = b"".join(b"line %d\r\n" % number for number in range(1, 100))
    return head + body[: size - len(head) - 2] + b"\r\n"


class Player:
    def __init__(self, make_hub: Callable[..., Any], context: Any) -> None:
        self.make_hub, self.context = make_hub, context
        self.hub = make_hub()
        self._person: Any = None
        self._client: Any = None
        self.out = b""

    @property
    def person(self) -> Any:
        if self._person is None:
            self._person = self.hub.person()
        return self._person

    @property
    def client(self) -> Any:
        if self._client is None:
            self._client = self.hub.client()
        return self._client

    def one(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        rest = re.sub(r"~(.*?)~", self._base64, re.sub(r"\bME\b", self.person.address, rest))
        if word == "C:":
            self.out += rest.encode() + b"\r\n"
            return
        self.flush()
        getattr(self, WORDS[word])(rest)

    def _base64(self, found: re.Match[str]) -> str:
        return b64encode(found[1].replace("|", "\0").encode()).decode()

    def flush(self) -> None:
        if self.out:
            data, self.out = self.out, b""
            self.client.send(data)

    def expect(self, pattern: str) -> None:
        got = self.client.line().decode()
        regex = ".*".join(re.escape(piece) for piece in pattern.split("…"))
        assert re.fullmatch(regex, got), f"got {got!r}"

    def handshake(self, _: str) -> None:
        self.client.start_tls(self.context)

    def end(self, _: str) -> None:
        assert self.client.ended(), "the connection goes on"

    def maildrop(self, sizes: str) -> None:
        self.person.put(*(a_message(int(size)) for size in sizes.split(",")))

    def log_in(self, _: str) -> None:
        assert self.client.log_in(self.person.address).startswith(b"+OK")

    def again(self, _: str) -> None:
        self._client = self.hub.client()
        self.client.line()

    def expunged(self, uids: str) -> None:
        self.person.expunge(*(int(uid) for uid in uids.split(",")))

    def left(self, uids: str) -> None:
        found = [uid for uid, _ in self.person.messages()]
        assert found == [int(uid) for uid in uids.split(",") if uid.strip()], found

    def settings(self, pairs: str) -> None:
        values = dict(pair.split("=") for pair in pairs.split())
        self.hub = self.make_hub(Pop3Settings(**{name: int(value) for name, value in values.items()}))


WORDS = {
    "S:": "expect",
    "T:": "handshake",
    "E:": "end",
    "maildrop": "maildrop",
    "login": "log_in",
    "again": "again",
    "expunged": "expunged",
    "left": "left",
    "settings": "settings",
}


@pytest.mark.parametrize("script", load_scripts(), ids=lambda script: f"{script.file}:{script.start}")
def test_dialog(script: Script, make_hub: Callable[..., Any], client_context: Any) -> None:
    """The server says what the script says, word for word."""
    player = Player(make_hub, client_context)
    for number, line in script.lines:
        try:
            player.one(line)
        except (AssertionError, OSError) as problem:
            pytest.fail(f"{script.file}:{number}: {line}\n{problem}", pytrace=False)
    player.flush()
