"""IDSET and CNSET: sets of identifiers of folders, messages or changes – [MS-OXCFXICS] 2.2.2.4, 3.1.5.4.

Counters belong to a replica, which is named by its GUID in what outlives a session (the state of a client), and by
its REPLID in what does not (deletions, read states). Nothing in the bytes tells which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from struct import pack
from typing import Generic, TypeVar
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from ..reader import Reader
from .globset_coding import format_globset, read_ranges
from .globsets import Globset, Range, globset_of_ranges

Replica = TypeVar("Replica", int, UUID)
Other = TypeVar("Other", int, UUID)
_NONE = Globset()


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make an IdSet[UUID]()
class IdSet(Generic[Replica]):
    sets: Mapping[Replica, Globset] = field(default_factory=dict)
    """None of them is empty: see `idset`."""

    def __bool__(self) -> bool:
        return bool(self.sets)

    def count(self) -> int:
        """It may be more than len() can tell."""
        return sum(counters.count() for counters in self.sets.values())

    def __iter__(self) -> Iterator[tuple[Replica, int]]:
        """Not of what a client sent, as of each Globset."""
        return ((replica, counter) for replica, counters in self.sets.items() for counter in counters)

    def __contains__(self, member: tuple[Replica, int]) -> bool:
        replica, counter = member
        return counter in self.of(replica)

    def __or__(self, other: IdSet[Replica]) -> IdSet[Replica]:
        return idset({**self.sets, **{replica: self.of(replica) | more for replica, more in other.sets.items()}})

    def __sub__(self, other: IdSet[Replica]) -> IdSet[Replica]:
        return idset({replica: counters - other.of(replica) for replica, counters in self.sets.items()})

    def of(self, replica: Replica) -> Globset:
        return self.sets.get(replica, _NONE)

    def with_range(self, replica: Replica, low: int, high: int) -> IdSet[Replica]:
        return idset({**self.sets, replica: self.of(replica).with_range(low, high)})

    def collapsed(self) -> IdSet[Replica]:
        """Each replica's as one range. Only of a CNSET: of what is iterated over, it would change the outcome (3.1.5.5,
        R2026)."""
        return IdSet({replica: counters.collapsed() for replica, counters in self.sets.items()})

    def renamed(self, name: Callable[[Replica], Other | None]) -> IdSet[Other]:
        """With the other form of each replica's name (3.1.5.4.2); those which have none (None) are left out."""
        sets: dict[Other, Globset] = {}
        for replica, counters in self.sets.items():
            if (other := name(replica)) is not None:
                sets[other] = sets.get(other, _NONE) | counters
        return idset(sets)


def idset(sets: Mapping[Replica, Globset]) -> IdSet[Replica]:
    return IdSet({replica: counters for replica, counters in sets.items() if counters})


def format_replguid_idset(ids: IdSet[UUID]) -> bytes:
    """In the order of the GUIDs' bytes (2.2.2.4.2); of an empty set, nothing."""
    parts = sorted((replica.bytes_le, counters) for replica, counters in ids.sets.items())
    return b"".join(replica + format_globset(counters) for replica, counters in parts)


def format_replid_idset(ids: IdSet[int]) -> bytes:
    """In the order of the REPLIDs (2.2.2.4.1)."""
    parts = sorted(ids.sets.items())
    return b"".join(pack("<H", replica) + format_globset(counters) for replica, counters in parts)


def parse_replguid_idset(data: bytes, most: int | None = None) -> IdSet[UUID]:
    """Replicas in any order; BadSyntax, also for more than `most` ranges and replicas."""
    return _parse(data, Reader.guid, most)


def parse_replid_idset(data: bytes) -> IdSet[int]:
    return _parse(data, Reader.u16, None)


def _parse(data: bytes, read_replica: Callable[[Reader], Replica], most: int | None) -> IdSet[Replica]:
    """A replica that comes again and again costs no more than one that comes once."""
    reader = Reader(data)
    ranges: dict[Replica, list[Range]] = {}
    left = len(data) * 3 + 1 if most is None else most  # `read_ranges`: fewer than three for each byte
    while reader.left:
        replica = read_replica(reader)
        found = list(islice(read_ranges(reader), left))
        left -= len(found) + 1
        if left <= 0:
            raise BadSyntax(f"no more than {most} ranges", reader.at)
        ranges.setdefault(replica, []).extend(found)
    return idset({replica: globset_of_ranges(found) for replica, found in ranges.items()})
