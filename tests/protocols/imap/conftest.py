"""What the tests of the IMAP room share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posthouse.protocols.imap.commands.table import COMMANDS
from posthouse.protocols.imap.events import Command, Event
from posthouse.protocols.imap.framing import AFTER_LOGIN, Limits, Receiver
from posthouse.protocols.imap.grammar import Parser


@pytest.fixture
def parse() -> Callable[..., Any]:
    """One line, without tag and CRLF, through the framing to the command's value."""

    def parse(line: bytes, utf8: bool = False) -> Any:
        receiver = Receiver(AFTER_LOGIN)
        receiver.feed(b"a1 " + line + b"\r\n")
        event = receiver.next_event()
        assert isinstance(event, Command), event
        assert receiver.next_event() is None
        return COMMANDS[event.name].parse(Parser(event.text, event.args, utf8))

    return parse


@pytest.fixture
def events() -> Callable[..., list[Event]]:
    """All events of a stream of bytes, cut into pieces of `step` bytes."""

    def events(stream: bytes, limits: Limits = AFTER_LOGIN, step: int = 0, multiappend: bool = False) -> list[Event]:
        receiver = Receiver(limits, multiappend)
        found: list[Event] = []
        for start in range(0, len(stream), step or len(stream)):
            receiver.feed(stream[start : start + (step or len(stream))])
            while (event := receiver.next_event()) is not None:
                found.append(event)
        return found

    return events
