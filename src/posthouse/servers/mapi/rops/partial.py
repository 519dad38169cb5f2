"""Responses with PartialCompletion: whether something was left undone. They have it also when all has failed.

Operations that have them are those that may be about many messages, and go on while their client asks how far they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopResponse
from posthouse.protocols.mapi.rops.property import RopProgressResponse
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.going import STEP, Going, Step

from .processor import Call

SIZE = 15
"""Bytes, at most: of a RopProgress."""


class NullDestination(Exception):
    """There is nothing where things were to go: the response tells which slot that was."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class ManyMessages(Protocol):
    """What an operation on many messages says."""

    @property
    def want_asynchronous(self) -> bool: ...

    @property
    def message_ids(self) -> tuple[ObjectId, ...]: ...


async def partly(
    call: Call,
    rop: RopRequest,
    response: Callable[..., RopResponse],
    work: Callable[[], Awaitable[bool]],
    null_destination: Callable[..., RopResponse] | None = None,
) -> bytes:
    """At once. `work` says whether something was left."""
    return await in_steps(call, rop, response, [Step(1, work)], null_destination)


async def in_steps(
    call: Call,
    rop: RopRequest,
    response: Callable[..., RopResponse],
    steps: Sequence[Step],
    null_destination: Callable[..., RopResponse] | None = None,
) -> bytes:
    """The first of them; the others as the client asks for them."""

    def answer(index: int, left: bool, code: int) -> bytes:
        return response(index, left, return_value=code).format()

    going = Going(call.handle(rop.input_index), steps, answer)
    try:
        return await go_on(call, going, rop.response_index, rop.logon_id)
    except NullDestination as missing:
        assert null_destination is not None
        code = ErrorCode.ecNullDestination
        return null_destination(rop.response_index, missing.index, False, return_value=code).format()


async def go_on(call: Call, going: Going, index: int, logon_id: int) -> bytes:
    """Its next step; as long as there are others, how far it is."""
    call.require(SIZE)
    try:
        done = await going.step()
    except RopError as error:
        return going.answer(index, going.has_begun, error.code)
    if done:
        return going.answer(index, going.partial, 0)
    call.session.going[logon_id] = going
    return RopProgressResponse(index, logon_id, going.completed, going.total).format()


def steps_of(rop: ManyMessages, work: Callable[[Sequence[ObjectId]], Awaitable[bool]]) -> list[Step]:
    """One, unless the client does not want to wait for all of its messages."""
    if not rop.want_asynchronous or len(rop.message_ids) <= STEP:
        return [Step(len(rop.message_ids), partial(work, rop.message_ids))]
    ids = list(dict.fromkeys(rop.message_ids))
    parts = [ids[at : at + STEP] for at in range(0, len(ids), STEP)]
    return [Step(len(part), partial(work, part)) for part in parts]
