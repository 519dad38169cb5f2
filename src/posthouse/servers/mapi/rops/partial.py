"""Responses with PartialCompletion: whether something was left undone. They have it also when all has failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.base import RopResponse
from posthouse.servers.mapi.errors import ErrorCode, RopError

from .processor import Call

SIZE = 7
"""Bytes."""
NULL_DESTINATION_SIZE = 11


class NullDestination(Exception):
    """There is nothing where things were to go: the response tells which slot that was."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


async def partly(
    call: Call,
    rop: RopRequest,
    response: Callable[..., RopResponse],
    work: Callable[[], Awaitable[bool]],
    null_destination: Callable[..., RopResponse] | None = None,
) -> bytes:
    """`work` says whether something was left."""
    call.require(SIZE if null_destination is None else NULL_DESTINATION_SIZE)
    try:
        made = response(rop.response_index, await work())
    except RopError as error:
        made = response(rop.response_index, False, return_value=error.code)
    except NullDestination as missing:
        assert null_destination is not None
        code = ErrorCode.ecNullDestination
        made = null_destination(rop.response_index, missing.index, False, return_value=code)
    return made.format()
