"""An operation that goes on: it is done in steps, one whenever its client asks how far it is – [MS-OXCPRPT] 3.2.5.20.

Each step is a transaction, and between them nothing is done: there is nothing to wait for and nothing to stop. Whatever
else a client sends through the logon ends the operation, with what was done until then (R453).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

STEP = 250
"""Messages. An operation on no more than these is done at once."""


class Step(NamedTuple):
    tasks: int
    """How many messages it is about."""
    work: Callable[[], Awaitable[bool]]
    """Says whether something was left undone."""


class Going:
    """`handle`: of the object that the operation works on."""

    def __init__(self, handle: int, steps: Iterable[Step], answer: Callable[[int, bool, int], bytes]) -> None:
        self.handle = handle
        self._steps = deque(steps)
        self.completed, self.total = 0, sum(step.tasks for step in self._steps)
        self.partial = False
        """Something was left undone."""
        self.answer = answer
        """The operation's own response: of an index, whether something was left undone, and a ReturnValue."""

    async def step(self) -> bool:
        """Whether it is done."""
        next_one = self._steps.popleft()
        self.partial |= await next_one.work()
        self.completed += next_one.tasks
        return not self._steps

    @property
    def has_begun(self) -> bool:
        return self.completed > 0
