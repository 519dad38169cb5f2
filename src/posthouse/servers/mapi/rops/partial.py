"""Responses with PartialCompletion: whether something was left undone. They have it also when all has failed; who hears
that they may not do it hears there that it was left undone.

Operations that have them are those that may be about many messages, and go on while their client asks how far they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from posthouse.database import Transaction
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopFailure, RopResponse
from posthouse.protocols.mapi.rops.property import RopProgressResponse
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.pieces import NO_END, Piece, do_all, grouped
from posthouse.servers.mapi.going import STEP, Going, Step
from posthouse.store.store import Store

from .processor import Call

SIZE = 15
"""Bytes, at most: of a RopProgress."""


Answer = Callable[..., RopResponse | RopFailure]
"""Makes an operation's response, of its index, whether something was left undone, and `return_value`."""


class ManyMessages(Protocol):
    """What an operation on many messages says."""

    @property
    def want_asynchronous(self) -> bool: ...

    @property
    def message_ids(self) -> tuple[ObjectId, ...]: ...


async def partly(call: Call, rop: RopRequest, response: Answer, work: Callable[[], Awaitable[bool]]) -> bytes:
    """At once. `work` says whether something was left."""
    return await in_steps(call, rop, response, [Step(1, work)])


async def in_steps(call: Call, rop: RopRequest, response: Answer, steps: Sequence[Step]) -> bytes:
    """The first of them; the others as the client asks for them."""

    def answer(index: int, left: bool, code: int) -> bytes:
        return response(index, left, return_value=code).format()

    return await go_on(call, Going(call.handle(rop.input_index), steps, answer), rop.response_index, rop.logon_id)


async def in_pieces(
    call: Call,
    rop: RopRequest,
    response: Answer,
    store: Store,
    pieces: Callable[[Transaction, int], Sequence[Piece]],
    *,
    want_asynchronous: bool,
) -> bytes:
    """All in one transaction, or, if it is much and the client does not want to wait, in steps. `pieces` of so many
    messages raises whatever stands against them."""
    if want_asynchronous:
        groups = list(grouped(await store.scan(pieces, STEP), STEP))
        if len(groups) > 1:
            steps = [Step(sum(one.tasks for one in group), partial(store.write, do_all, group)) for group in groups]
            return await in_steps(call, rop, response, steps)
    return await partly(call, rop, response, lambda: store.write(lambda tx: do_all(tx, pieces(tx, NO_END))))


async def go_on(call: Call, going: Going, index: int, logon_id: int) -> bytes:
    """Its next step; as long as there are others, how far it is."""
    call.require(SIZE)
    try:
        done = await going.step()
    except RopError as error:
        left = going.has_begun or error.code is ErrorCode.ecAccessDenied  # [MS-OXCFOLD] R408
        return going.answer(index, left, error.code)
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
