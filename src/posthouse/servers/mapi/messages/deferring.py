"""When a message is to be sent – [MS-OXOMSG] 2.2.3.10 to 2.2.3.12: at a moment, or so long after it is submitted."""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import EPOCH, UNITS
from posthouse.protocols.mapi.objects import Properties, value_of

SECONDS = {0: 60, 1: 3_600, 2: 86_400, 3: 604_800}
"""By PidTagDeferredSendUnits."""
MAX_NUMBER = 999
"""Of these units."""
LATEST = 366 * 86_400
"""Seconds for which a message waits at most."""


def release_of(properties: Properties, now: int) -> int:
    """In seconds since 1970; 0: at once."""
    number = value_of(properties, tags.PidTagDeferredSendNumber)
    unit = SECONDS.get(value_of(properties, tags.PidTagDeferredSendUnits))
    moment = value_of(properties, tags.PidTagDeferredSendTime)
    if number is not None and unit is not None:
        at = now + min(max(number, 0), MAX_NUMBER) * unit
    else:
        at = moment // UNITS - EPOCH if moment is not None else 0
    return min(at, now + LATEST) if at > now else 0
