"""How messages are put in order – RFC 5256, RFC 5957, RFC 5257 §4.9."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .annotations import AnnotationName


class SortKey(bytes, Enum):
    ANNOTATION = b"ANNOTATION"
    ARRIVAL = b"ARRIVAL"
    CC = b"CC"
    DATE = b"DATE"
    DISPLAYFROM = b"DISPLAYFROM"
    DISPLAYTO = b"DISPLAYTO"
    FROM = b"FROM"
    RELEVANCY = b"RELEVANCY"
    """The highest score first (RFC 6203 §6)."""
    SIZE = b"SIZE"
    SUBJECT = b"SUBJECT"
    TO = b"TO"


@dataclass(frozen=True, slots=True)
class SortCriterion:
    key: SortKey
    reverse: bool = False
    """Of this key alone: messages that are equal stay in the order of the folder."""
    annotation: AnnotationName | None = None
    """Of `ANNOTATION`: which."""


class ThreadAlgorithm(bytes, Enum):
    ORDEREDSUBJECT = b"ORDEREDSUBJECT"
    REFERENCES = b"REFERENCES"
    REFS = b"REFS"
    """draft-ietf-morg-inthread: as REFERENCES, but subjects join nothing, and the thread with the newest message comes
    last."""
