"""What it takes to decide whether rules apply to one message. It is bounded, for everybody waits: whoever has very many
conditions that look at very long texts would keep others from their mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from posthouse.protocols.mapi.matching import Matchable
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rules import RuleError

from .verdict import Failed

MAX_EFFORT = 100_000
"""Values that are looked at: six times as many senders as a rule can name."""
STEP = 512
"""Characters or bytes that take as long as another value."""


class Effort:
    """Of one message in one mailbox."""

    def __init__(self) -> None:
        self._left = MAX_EFFORT

    def spend(self, value: Any) -> None:
        """On one look at it; `Failed`, now and from then on, when it is too much."""
        self._left -= 1 + _length(value) // STEP
        if self._left < 0:
            raise Failed(RuleError.PROCESSING)


class Weighed:
    """What conditions see, as it costs them."""

    def __init__(self, one: Matchable, effort: Effort) -> None:
        self._one, self._effort = one, effort

    def value(self, tag: PropertyTag) -> Any | None:
        found = self._one.value(tag)
        self._effort.spend(found)
        return found

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return (Weighed(part, self._effort) for part in self._one.parts(tag))


def _length(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    return sum(map(_length, value)) + STEP * len(value) if isinstance(value, tuple) else 0
