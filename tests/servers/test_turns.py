"""Whoever sends many commands at once lets others have their turn, though none of the commands waits for anything."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace

import pytest

from posthouse.net import turns
from posthouse.testing import MailHub

COUNT = 50


@pytest.mark.parametrize(
    ("service", "command", "answer"),
    [
        ("smtp", b"NOOP\r\n", b"250 "),
        ("lmtp", b"RSET\r\n", b"250 "),
        ("imap", b"a NOOP\r\n", b"a OK "),
        ("pop3", b"CAPA\r\n", b"+OK Capa"),
    ],
)
def test_commands_at_once(service: str, command: bytes, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        given.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(turns, "asyncio", SimpleNamespace(sleep=counted))
    monkeypatch.setattr(turns, "TURN", 0)
    with MailHub() as hub:
        port = getattr(hub, service)
        with socket.create_connection((port.host, port.port), timeout=30) as client:
            heard = client.recv(65536)
            client.sendall(command * COUNT)
            while heard.count(answer) < COUNT:
                heard += client.recv(65536)
            assert len(given) >= COUNT - 1
