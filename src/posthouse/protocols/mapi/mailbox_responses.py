"""What a client asks and hears at the mailbox endpoint, beside `mailbox.py` – [MS-OXCMAPIHTTP] 2.2.4.

Every response begins with a StatusCode: when it is not 0, nothing else follows that could be read (2.2.4.1.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.model.refusals import BadSyntax

from .mailbox import ConnectResponse, ExecuteResponse, read_auxiliary
from .reader import Reader


class RpcStatus(BadSyntax):
    """A failure body (2.2.4.1.3)."""

    def __init__(self, status: int) -> None:
        super().__init__("a StatusCode of 0", 0)
        self.status = status


@dataclass(frozen=True, slots=True)
class Waited:
    """2.2.4.4.2."""

    error_code: int
    event_pending: bool


def parse_connect_response(body: bytes) -> ConnectResponse:
    """2.2.4.1.2. After an error the rest may be missing."""
    reader = _begin(body)
    error_code = reader.u32()
    if error_code and not reader.left:
        return ConnectResponse(error_code)
    timers = reader.u32(), reader.u32(), reader.u32()
    prefix, name = reader.ansi().decode("latin-1"), reader.unicode()
    return ConnectResponse(error_code, *timers, prefix, name, read_auxiliary(reader))


def parse_execute_response(body: bytes) -> ExecuteResponse:
    """2.2.4.2.2."""
    reader = _begin(body)
    error_code = reader.u32()
    reader.u32()  # Flags: reserved (R668)
    response = ExecuteResponse(error_code, reader.take(reader.u32()))
    read_auxiliary(reader)
    return response


def parse_notification_wait_response(body: bytes) -> Waited:
    """2.2.4.4.2."""
    reader = _begin(body)
    waited = Waited(reader.u32(), bool(reader.u32()))
    read_auxiliary(reader)
    return waited


def parse_disconnect_response(body: bytes) -> int:
    """2.2.4.3.2: the error code."""
    reader = _begin(body)
    error_code = reader.u32()
    read_auxiliary(reader)
    return error_code


def format_disconnect() -> bytes:
    """2.2.4.3.1: there is nothing to say beside it."""
    return bytes(4)


def format_notification_wait() -> bytes:
    """2.2.4.4.1: Flags are reserved."""
    return bytes(8)


def _begin(body: bytes) -> Reader:
    reader = Reader(body)
    if status := reader.u32():
        raise RpcStatus(status)
    return reader
