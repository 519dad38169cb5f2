"""How deep messages may lie within messages: what is kept must be readable again."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.protocols.mapi.objects import Attachment, Message
from posthouse.servers.mapi.errors import ErrorCode, RopError

from .message import OpenMessage

MAX_DEPTH = 32


def require_depth(around: OpenMessage, inner: Message | None = None) -> None:
    """That there may be this one within an attachment of `around`; None: an empty one. ecTooComplex."""
    levels, message = 1, around
    while message.within is not None:
        levels, message = levels + 1, message.within.message
    if levels + (depth_of(inner) if inner is not None else 0) > MAX_DEPTH:
        raise RopError(ErrorCode.ecTooComplex)


def require_depth_of(parts: Iterable[Attachment], around: OpenMessage) -> None:
    """The same of what is within these attachments, for `around` to have."""
    for part in parts:
        if part.embedded is not None:
            require_depth(around, part.embedded)


def depth_of(message: Message) -> int:
    """0: there is no message within it."""
    within = (one.embedded for one in message.attachments if one.embedded is not None)
    return max((1 + depth_of(one) for one in within), default=0)
