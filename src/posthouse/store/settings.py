"""What an administrator may set for searches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The full-text index. Without it searches find the same, only slower."""

    index: bool = True
    """Keep the index in the background, a few minutes behind the mail at most. What is indexed already is used either
    way."""
