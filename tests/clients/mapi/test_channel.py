"""Requests to an endpoint, whatever it answers – [MS-OXCMAPIHTTP] 2.2.2, 2.2.3, 3.1."""

from __future__ import annotations

import asyncio
import re

import pytest
from scripted_https import response, scripted

from posthouse.clients.mapi.channel import Channel, ContextGone
from posthouse.clients.mapi.errors import BadResponse, LoginRefused, MapiError, RequestFailed, Unreachable
from posthouse.clients.mapi.network import Login
from posthouse.observe.secret import Secret

HOST = "mail.example.org"
ID = r"\{([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})\}:(\d+)"
FINE = response(body=b"PROCESSING\r\nPENDING\r\nDONE\r\nX-ElapsedTime: 5\r\n\r\nbody", X_ResponseCode="0")


def ask(*answers: bytes, times: int = 1) -> tuple[list[bytes], list[str]]:
    """What came of so many requests, and the heads of all that were sent."""
    left, heads = list(answers), []  # type: tuple[list[bytes], list[str]]

    def script(host: str, head: str, body: bytes) -> bytes:
        heads.append(head)
        return left.pop(0)

    async def work() -> list[bytes]:
        async with scripted(script, HOST) as network:
            channel = Channel(f"https://{HOST}/mapi/emsmdb/?MailboxId=x", Login("alice", Secret("p")), network)
            try:
                return [await channel.request("Execute", b"asked") for _ in range(times)]
            finally:
                channel.close()

    return asyncio.run(work()), heads


def field(head: str, name: str) -> str | None:
    return next((line.partition(": ")[2] for line in head.split("\r\n") if line.startswith(f"{name}: ")), None)


def test_a_request() -> None:
    """R1184: its header fields, each with a number of its own; cookies are told again, the newest of each name."""
    cookies = FINE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1; path=/\r\nSet-Cookie: b=2; secure\r\n\r\n", 1)
    newer = FINE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: b=3; secure\r\n\r\n", 1)
    bodies, (first, second, third) = ask(cookies, newer, FINE, times=3)
    assert bodies == [b"body"] * 3
    assert first.startswith("POST /mapi/emsmdb/?MailboxId=x HTTP/1.1\r\n")
    assert field(first, "X-RequestType") == "Execute"
    assert field(first, "Content-Type") == "application/mapi-http"
    assert [field(head, "Cookie") for head in (first, second, third)] == [None, "a=1; b=2", "a=1; b=3"]
    numbers = [(field(head, "X-RequestId") or "").rpartition(":") for head in (first, second, third)]
    assert len({guid for guid, _, _ in numbers}) == 1
    assert [number for _, _, number in numbers] == ["1", "2", "3"]


def test_ids_of_requests() -> None:
    """MS-OXCMAPIHTTP R130, R131, R155, R1305, R1330, R1432, R1464: a GUID that is the session's and nobody else's, and
    a number that grows."""
    guids = []
    for _ in range(2):
        _, heads = ask(FINE, FINE, times=2)
        for name in ("X-RequestId", "X-ClientInfo"):
            told = [re.fullmatch(ID, field(head, name) or "") for head in heads]
            (guid, number), (same, greater) = (one.groups() for one in told if one)
            assert guid == same
            assert int(number) < int(greater)
        guids.append(guid)
    assert len(set(guids)) == 2


def test_a_broken_connection() -> None:
    """R1205: the same request, with the same number."""
    bodies, (first, second) = ask(b"", FINE)
    assert bodies == [b"body"]
    assert field(first, "X-RequestId") == field(second, "X-RequestId")


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([response("401 Who?")], LoginRefused),
        ([response(body=b"<html/>")], BadResponse),
        ([response(body=b"DONE\r\n\r\n", X_ResponseCode="many")], BadResponse),
        ([response(body=b"PROCESSING\r\n", X_ResponseCode="0")], BadResponse),
        ([response(body=b"nothing", X_ResponseCode="0")], BadResponse),
        ([response(body=b"<html/>", X_ResponseCode="12")], RequestFailed),
        ([response(body=b"<html/>", X_ResponseCode="15")], RequestFailed),
        ([response(body=b"PROCESSING\r\nDONE\r\nX-ResponseCode: 1\r\n\r\n", X_ResponseCode="0")], RequestFailed),
        ([response(body=b"<html/>", X_ResponseCode="10")], ContextGone),
        ([b"", response(body=b"<html/>", X_ResponseCode="15")], ContextGone),
        ([b""] * 3, Unreachable),
        ([response("503 Later")] * 3, Unreachable),
    ],
)
def test_what_goes_wrong(answers: list[bytes], error: type[Exception]) -> None:
    """Each way has its error; one that was told after PROCESSING as well (R2229)."""
    with pytest.raises(error) as failed:
        ask(*answers)
    assert isinstance(failed.value, MapiError | ContextGone)
    if isinstance(failed.value, ContextGone):
        assert failed.value.certainly is (len(answers) == 1)
