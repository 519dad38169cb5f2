"""A list of operations in, a list of responses out – [MS-OXCROPS] 3.2.5.

A handler gets the operation and the room that is left for its response. One that may not fit looks before it does
anything, and raises DoesNotFit: then it was not done, and the client sends it again with more room (R4545).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from posthouse.model.refusals import BadSyntax
from posthouse.net.turns import after_others
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi.extended_buffer import HEADER, MAX_PAYLOAD
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer, overhead
from posthouse.protocols.mapi.rops import RopRequest, each_rop, failure_of
from posthouse.protocols.mapi.rops.property import RopProgressRequest
from posthouse.protocols.mapi.rops.registry import Placed
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.transport import RopBufferTooSmall
from posthouse.servers.mapi.errors import ErrorCode, FinalError, RopError
from posthouse.servers.mapi.session import MailboxSession, ServerObject

from .packing import packed_data

SMALLEST = 6
"""Bytes of every response but none: no operation begins with less room."""


class DoesNotFit(Exception):
    """The response needs `size` bytes; `code`: of the whole request, if no buffer is large enough for that."""

    def __init__(self, size: int, code: ErrorCode = ErrorCode.ecBufferTooSmall) -> None:
        super().__init__(size)
        self.size, self.code = size, code


class ExecuteFailed(Exception):
    """The whole request fails, with this ErrorCode."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


@dataclass(slots=True)
class Call:
    """What a handler sees."""

    session: MailboxSession
    handles: list[int]
    room: int
    """Bytes that the response may have."""
    ahead: int = 0
    """Bytes of further buffers that the client takes, if this is the last operation and could go on."""
    packed: tuple[bytes, ...] = ()
    """More data for an upload, from further buffers of the request."""
    is_final: bool = False
    """It has failed so that no operation behind it is to be done."""
    has_put: bool = False
    """An object was made."""

    def require(self, size: int) -> None:
        """Before anything is done: the response needs so much."""
        if size > self.room:
            raise DoesNotFit(size)

    def handle(self, index: int) -> int:
        """What stands in the table; an index beyond it is like an object that is not there."""
        return self.handles[index] if index < len(self.handles) else EMPTY

    def object(self, request: RopRequest) -> ServerObject:
        """What the operation works on."""
        return self.session.get(self.handle(request.input_index), request.logon_id)

    def put(self, index: int, made: ServerObject) -> None:
        """Give a new object a handle, in its slot of the table (R4556, R4558)."""
        self.handles[index], self.has_put = self.session.add(made), True


@dataclass(frozen=True, slots=True)
class More:
    """The response of an operation that could go on, for a client that takes several buffers at once."""

    response: bytes
    rest: RopRequest
    """The operation that would bring what comes next."""
    least: int
    """Bytes of room that make another buffer worth while."""


Handler = Callable[[Call, Any], Awaitable[bytes | More]]
"""Returns the response; raises RopError and DoesNotFit."""


class Executed(NamedTuple):
    """What was done of a list."""

    buffer: RopBuffer
    more: More | None = None
    """Of the last operation, if it was done and could go on."""


class Processor:
    """One for a worker."""

    def __init__(self, handlers: Mapping[type[RopRequest], Handler], log: Logger) -> None:
        self._handlers, self._log = handlers, log

    async def execute(
        self, session: MailboxSession, buffer: RopBuffer, size: int, following: Sequence[RopBuffer] = (), ahead: int = 0
    ) -> Executed:
        """`size`: bytes of a payload, at most; `following`: what is packed behind the buffer; `ahead`: bytes of
        payloads behind this one. Raises ExecuteFailed."""
        began, rops = monotonic(), list[Placed]()
        try:
            for placed in each_rop(buffer.rops, session.public):
                rops.append(placed)
                began = await after_others(began)
            packed = packed_data(rops[-1].request if rops else None, buffer, following, session.public)
        except BadSyntax:
            raise ExecuteFailed(ErrorCode.ecRpcFormat) from None
        handles, out, more = _table(buffer, rops), bytearray(), None
        if overhead(len(handles)) > size:
            raise ExecuteFailed(ErrorCode.ecBufferTooSmall)
        for request, begin, end in rops:
            began = await after_others(began)
            if not isinstance(request, RopProgressRequest):
                session.going.pop(request.logon_id, None)  # [MS-OXCPRPT] R453
            left = size - overhead(len(handles)) - len(out)
            reserve, is_last = _reserve(len(buffer.rops) - end), end == len(buffer.rops)
            call = Call(session, handles, left - reserve, ahead if is_last else 0, packed if is_last else ())
            try:
                done = await self._one(call, request)
            except DoesNotFit as error:
                needed = overhead(len(handles)) + error.size + reserve
                rest = RopBufferTooSmall(HEADER.size + needed, buffer.rops[begin:]).format()
                if not out and (needed > MAX_PAYLOAD or len(rest) > left):  # for later ones there is a reserve
                    raise ExecuteFailed(error.code) from None
                return Executed(RopBuffer(bytes(out) + rest, tuple(handles)))
            if request.output_index is not None and not call.has_put:
                handles[request.output_index] = EMPTY
            more = done if isinstance(done, More) else None
            out += done.response if isinstance(done, More) else done
            if call.is_final:
                break
        await session.news.look()
        out += session.news.fetch(size - overhead(len(handles)) - len(out))
        return Executed(RopBuffer(bytes(out), tuple(handles)), more)

    async def go_on(self, session: MailboxSession, before: Executed, size: int, ahead: int) -> Executed | None:
        """The next buffer of a packed response: the last operation's alone ([MS-OXCRPC] 3.1.4.2.1.2). None when it
        fails, which the client will see when it asks itself. `ahead`: as for the first."""
        if before.more is None:
            return None
        handles = list(before.buffer.handles)
        try:
            call = Call(session, handles, size - overhead(len(handles)), ahead)
            done = await self._run(call, before.more.rest)
        except (RopError, DoesNotFit):
            return None
        response, more = (done.response, done) if isinstance(done, More) else (done, None)
        return Executed(RopBuffer(response, tuple(handles)), more)

    async def _one(self, call: Call, request: RopRequest) -> bytes | More:
        """With a failure as its response."""
        if not isinstance(request, RopReleaseRequest) and call.room < SMALLEST:
            raise DoesNotFit(SMALLEST)
        try:
            return await self._run(call, request)
        except RopError as error:
            failure = failure_of(request, error.code).format()
            call.is_final = isinstance(error, FinalError)
        if len(failure) > call.room:
            raise DoesNotFit(len(failure))
        return failure

    async def _run(self, call: Call, request: RopRequest) -> bytes | More:
        handler = self._handlers.get(type(request))
        if handler is None:
            raise RopError(ErrorCode.ecNotSupported)
        done = await handler(call, request)
        size = len(done.response if isinstance(done, More) else done)
        if size > call.room:
            raise DoesNotFit(size)
        return done


def _table(buffer: RopBuffer, rops: Sequence[Placed]) -> list[int]:
    """Of handles, with an entry for each index that a response will name (R4563)."""
    named = [request.response_index for request, _, _ in rops if not isinstance(request, RopReleaseRequest)]
    return [*buffer.handles, *[EMPTY] * (max(named, default=-1) + 1 - len(buffer.handles))]


def _reserve(left: int) -> int:
    """Bytes to say that `left` bytes of operations were not done: whatever is done, its response is not lost."""
    return len(RopBufferTooSmall(0, b"").format()) + left if left else 0
