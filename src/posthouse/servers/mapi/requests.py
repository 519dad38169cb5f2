"""Request types: what an endpoint can be asked, as a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic

from posthouse.directory import Login
from posthouse.protocols.mapi.transport import Version, format_failure

from .contexts import S
from .errors import RPC_S_SERVER_TOO_BUSY


class Kind(Enum):
    OPENS = "makes a context: Connect, Bind"
    WORKS = "one at a time"
    CLOSES = "one at a time, the last one"
    WAITS = "beside another one: NotificationWait"
    ASKS = "beside anything, and in no sequence: GetMailboxUrl, GetAddressBookUrl"
    PINGS = "beside anything, also without a context"


@dataclass(frozen=True, slots=True)
class Call(Generic[S]):
    """One request, as its handler sees it."""

    login: Login
    request: Any
    """What the row's `parse` has made of the body."""
    client: Version | None
    """The client's own version, if it told it."""
    session: S | None
    """None for who opens one."""


@dataclass(frozen=True, slots=True)
class Opened(Generic[S]):
    """The answer of a request that made a session."""

    session: S
    body: bytes


class RpcFailure(Exception):
    """The request fails as a remote procedure call does: with a status, and without the body of its type."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:#x}")
        self.status = status


@dataclass(frozen=True, slots=True)
class RequestType(Generic[S]):
    """One row of an endpoint's table."""

    name: str
    """As X-RequestType has it; compared without case."""
    kind: Kind
    parse: Callable[[bytes], Any]
    """Raises BadSyntax."""
    handle: Callable[[Call[S]], Awaitable[bytes | Opened[S]]]
    """May raise RpcFailure."""
    answer: Callable[[bytes], Any] | None = None
    """Reads what `handle` returns, so that a transcript can show it. None: whoever handles it tells what is done."""
    crowded: bytes = format_failure(RPC_S_SERVER_TOO_BUSY)
    """Of one that opens a session: the body of its answer when there are too many."""


def table(*rows: RequestType[S]) -> dict[str, RequestType[S]]:
    return {row.name.lower(): row for row in rows}


async def ping(_: Call[S]) -> bytes:
    """2.2.6: it has no body, and its answer has none."""
    return b""


def no_body(_: bytes) -> None:
    """Of requests of which nothing matters."""
