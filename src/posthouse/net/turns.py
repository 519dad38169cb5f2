"""Whose turn it is in a worker: whoever sends much at once lets others go on after less than a millisecond.

Most of what a client asks for waits for nothing, so that thousands of such commands in a packet would run in one go.
"""

from __future__ import annotations

import asyncio
from time import monotonic

TURN = 0.0005
"""Seconds of work, after which it is the turn of everybody else. Whoever asks for something waits for a few turns
of each who sends much; to change turns takes a hundredth of a millisecond."""


async def after_others(began: float) -> float:
    """Call it between two pieces of work with the `monotonic` time at which this turn began; gives that of the turn
    that goes on, or of the next one."""
    if monotonic() - began < TURN:
        return began
    await asyncio.sleep(0)
    return monotonic()
