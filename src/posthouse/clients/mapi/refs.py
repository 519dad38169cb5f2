"""Objects that are open at the server, as operations name them.

An operation is written as a function of *places*: it gets a function that tells where in the table of handles an
object stands, and returns the request.

    folder = Ref()
    await session.get(lambda at: RopOpenFolderRequest(0, at(logon), at(folder), id), RopOpenFolderResponse)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import EMPTY
from posthouse.protocols.mapi.rops import RopRequest


class Ref:
    """What a handle stands for. Fresh until the first operation that makes it."""

    __slots__ = ("columns", "epoch", "handle", "opener")

    def __init__(self, opener: Ask | None = None) -> None:
        """`opener`: opens it again in another session; None: nothing does, for there was state in it."""
        self.opener = opener
        self.handle = EMPTY
        self.epoch = 0
        """Of the session in which it was opened; 0: it never was."""
        self.columns: Sequence[PropertyTag] = ()
        """Of a table."""


Places = Callable[[Ref], int]
Ask = Callable[[Places], RopRequest]


class Handles:
    """The table of handles of one request."""

    def __init__(self, epoch: int, opening: Ref | None = None) -> None:
        """`opening`: what is just being opened again."""
        self._epoch, self._opening = epoch, opening
        self.refs: list[Ref] = []
        self.lost: list[Ref] = []
        """Those that were open in an earlier session."""

    def place(self, ref: Ref) -> int:
        if ref in self.refs:
            return self.refs.index(ref)
        if ref.epoch not in (0, self._epoch) and ref is not self._opening:
            self.lost.append(ref)
        self.refs.append(ref)
        return len(self.refs) - 1

    def handles(self) -> tuple[int, ...]:
        return tuple(ref.handle if ref.epoch == self._epoch else EMPTY for ref in self.refs)

    def columns(self) -> dict[int, Sequence[PropertyTag]]:
        return {place: ref.columns for place, ref in enumerate(self.refs) if ref.columns}

    def take(self, handles: Sequence[int]) -> None:
        """As they came back."""
        for ref, handle in zip(self.refs, handles, strict=False):
            ref.handle = handle
            if handle != EMPTY:
                ref.epoch = self._epoch
