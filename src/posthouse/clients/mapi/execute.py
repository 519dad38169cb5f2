"""Lists of operations to the server, and their responses – [MS-OXCMAPIHTTP] 3.1.5.2, [MS-OXCROPS] 3.1.5.

What does not fit into one request goes in several, and what the server had no room to answer is asked again. One
operation may itself be larger than a buffer (`packing.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.extended_buffer import HEADER, MAX_REQUEST, format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.mailbox_responses import RpcStatus, parse_execute_response
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import overhead, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopFailure, RopResponse
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.responses import Answer, parse_responses
from posthouse.protocols.mapi.rops.transport import RopBackoff, RopBufferTooSmall

from .channel import Channel
from .errors import BadResponse, CallFailed
from .packing import format_payloads, in_pieces, is_packed, size_of

MAX_ROP_OUT = 0x40000
"""As much as may be asked for ([MS-OXCMAPIHTTP] R666)."""
FLAGS = ExecuteFlags.NO_XOR_MAGIC | ExecuteFlags.CHAIN
"""TLS hides better than an XOR."""
MAX_BACKOFF = 30.0
"""Seconds."""
MAX_ROUNDS = 1000
"""Requests of one list of operations."""

Columns = Mapping[int, Sequence[PropertyTag]]
Response = RopResponse | RopFailure


@dataclass(slots=True)
class Executed:
    handles: tuple[int, ...]
    responses: list[tuple[RopRequest, list[Response]]] = field(default_factory=list)
    """Of each operation that answers. More than one response: those of further buffers, which go on with it."""
    news: list[RopNotify] = field(default_factory=list)


async def execute(
    channel: Channel, requests: Sequence[RopRequest], handles: Sequence[int], columns: Columns | None = None
) -> Executed:
    """Raises CallFailed when a list as a whole failed; the responses may well be failures of operations."""
    done = Executed(tuple(handles))
    left = list(requests)
    for _ in range(MAX_ROUNDS):
        some = _what_fits(left, len(handles))
        behind = left[len(some) :]
        left = await _round(channel, some, done, columns or {}) + behind
        if not left:
            return done
    raise BadResponse("the server never finishes")


def _what_fits(requests: list[RopRequest], handles: int) -> list[RopRequest]:
    room = MAX_REQUEST - HEADER.size - overhead(handles)
    for number, request in enumerate(requests):
        room -= len(in_pieces(request)[0].format())
        if room < 0 and number:
            return requests[:number]
        if is_packed(request):
            return requests[: number + 1]
    return requests


async def _round(channel: Channel, requests: list[RopRequest], done: Executed, columns: Columns) -> list[RopRequest]:
    """What is left to do."""
    payloads = format_payloads(requests, done.handles)
    if any(HEADER.size + len(payload) > MAX_REQUEST for payload in payloads):
        raise CallFailed("a request", ErrorCode.ecBufferTooSmall)
    count = len(payloads)
    buffers = (format_extended(one, last=at == count, compressed=True) for at, one in enumerate(payloads, 1))
    raw = await channel.request("Execute", ExecuteRequest(FLAGS, b"".join(buffers), MAX_ROP_OUT).format())
    try:
        response = parse_execute_response(raw)
        if response.error_code:
            raise CallFailed("Execute", response.error_code)
        first, *more = (parse_rop_buffer(one) for one in parse_extended(response.rop_buffer))
        answers = parse_responses(first.rops, requests, columns)
        done.handles = first.handles[: len(done.handles)]
        rest = await _take(answers, requests, done)
        for following in more:  # they go on with the last operation ([MS-OXCRPC] 3.1.4.2.1.2)
            last, found = done.responses[-1]
            found += [one.response for one in parse_responses(following.rops, [last], columns) if one.request]  # type: ignore[misc]
    except RpcStatus as failed:
        raise CallFailed("Execute", failed.status) from failed
    except (BadSyntax, ValueError, IndexError) as error:
        raise BadResponse(f"Execute: {error}") from error
    return rest


async def _take(answers: Sequence[Answer], requests: list[RopRequest], done: Executed) -> list[RopRequest]:
    answered = False
    for response, request in answers:
        match response:
            case RopResponse() | RopFailure() if request is not None:
                done.responses.append((request, [response]))
                answered = True
            case RopNotify():
                done.news.append(response)
            case RopBufferTooSmall(size_needed=size):
                rest = _not_done(requests, response.request_buffers)
                if not answered and len(rest) == len(requests):
                    raise CallFailed(f"{size} bytes for a response", ErrorCode.ecBufferTooSmall)
                return rest
            case RopBackoff(duration=duration):
                await asyncio.sleep(min(duration / 1000, MAX_BACKOFF))
                return _unanswered(requests, done)
            case _:
                pass  # RopPending: who waits will hear at once that there is more
    return []


def _not_done(requests: list[RopRequest], raw: bytes) -> list[RopRequest]:
    """The server gives back what it has not done ([MS-OXCROPS] R4447)."""
    left, at = len(raw), len(requests)
    while at and left > 0:
        at -= 1
        left -= size_of(requests[at])
    return requests[at:]


def _unanswered(requests: list[RopRequest], done: Executed) -> list[RopRequest]:
    """What comes behind the last one that was answered."""
    known = {id(request) for request, _ in done.responses}
    answered = [at for at, request in enumerate(requests, 1) if id(request) in known]
    return requests[answered[-1] :] if answered else requests
