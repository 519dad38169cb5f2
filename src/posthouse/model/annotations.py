"""Annotations of messages, as values – RFC 5257 §3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

_PART = re.compile(r"/((?:[1-9][0-9]{0,9}\.)*[1-9][0-9]{0,9})/")


class Scope(Enum):
    """Whose a value is; the value is the suffix of an attribute's name."""

    PRIVATE = "priv"
    """The reader's own."""
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class AnnotationName:
    entry: str
    """`/comment`, `/1.2/comment`; case counts."""
    scope: Scope


@dataclass(frozen=True, slots=True)
class AnnotationChange:
    name: AnnotationName
    value: bytes | None
    """None: it goes away."""


class Annotation(NamedTuple):
    entry: str
    scope: Scope
    value: bytes


def part_of_entry(entry: str) -> tuple[int, ...] | None:
    """The part of a message that an entry is about; None: the whole."""
    found = _PART.match(entry)
    return tuple(map(int, found[1].split("."))) if found else None
