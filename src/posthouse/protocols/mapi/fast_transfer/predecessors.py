"""What a version of an object contains of others: XIDs and lists of predecessors – [MS-OXCFXICS] 2.2.2.2, 2.2.2.3,
3.1.5.6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple
from uuid import UUID

from posthouse.model.refusals import BadSyntax

from ..reader import Reader

_GUID = 16
_LOCAL_ID_MAX = 8


class Xid(NamedTuple):
    """2.2.2.2. A PidTagSourceKey or PidTagChangeKey is one."""

    namespace: UUID
    local_id: bytes
    """1 to 8 bytes, in one namespace always as many: of servers 6, of clients' own files 4."""

    def format(self) -> bytes:
        return self.namespace.bytes_le + self.local_id

    def format_sized(self) -> bytes:
        """SizedXid (2.2.2.3.1)."""
        return bytes([_GUID + len(self.local_id)]) + self.format()


def parse_xid(data: bytes) -> Xid:
    """All of the bytes: only what is around it tells how long it is."""
    if not _GUID < len(data) <= _GUID + _LOCAL_ID_MAX:
        raise BadSyntax("an XID of 17 to 24 bytes")
    return Xid(UUID(bytes_le=data[:_GUID]), data[_GUID:])


class Written(NamedTuple):
    """When a version of a message was written, and where (3.1.5.6.2.2). Of two in conflict the greater one wins; of
    folders the time alone counts, and of equal ones the server's stays."""

    last_modification_time: int
    namespace: bytes
    """Of its PidTagChangeKey, as its bytes are on the wire."""


def written(last_modification_time: int, change_key: Xid) -> Written:
    return Written(last_modification_time, change_key.namespace.bytes_le)


class Order(Enum):
    """Of one version, seen from another."""

    SAME = auto()
    NEWER = auto()
    OLDER = auto()
    CONFLICT = auto()


@dataclass(frozen=True, slots=True)
class PredecessorChangeList:
    """PCL (2.2.2.3): of each namespace the last change that is in this version."""

    changes: Mapping[UUID, bytes] = field(default_factory=dict)

    def format(self) -> bytes:
        """In the order of the namespaces' bytes, R169."""
        xids = sorted((Xid(*change) for change in self.changes.items()), key=lambda xid: xid.namespace.bytes_le)
        return b"".join(xid.format_sized() for xid in xids)

    def includes(self, other: PredecessorChangeList) -> bool:
        """Of each of its changes, that one or a later one (3.1.5.6.1)."""
        return all(self.includes_change(Xid(*change)) for change in other.changes.items())

    def includes_change(self, change: Xid) -> bool:
        own = self.changes.get(change.namespace)
        return own is not None and _rank(own) >= _rank(change.local_id)

    def compare(self, other: PredecessorChangeList) -> Order:
        """What this version is to the other: NEWER may replace it, OLDER is ignored (3.1.5.6.1)."""
        includes, included = self.includes(other), other.includes(self)
        if includes:
            return Order.SAME if included else Order.NEWER
        return Order.OLDER if included else Order.CONFLICT

    def merge(self, other: PredecessorChangeList) -> PredecessorChangeList:
        """Of a version that follows both (3.1.5.6.2)."""
        return predecessors_of([Xid(*change) for changes in (self, other) for change in changes.changes.items()])

    def with_change(self, change: Xid) -> PredecessorChangeList:
        return predecessors_of([*(Xid(*own) for own in self.changes.items()), change])


def predecessors_of(xids: Iterable[Xid]) -> PredecessorChangeList:
    """Of several in one namespace, the last."""
    changes: dict[UUID, bytes] = {}
    for namespace, local_id in xids:
        if namespace not in changes or _rank(local_id) > _rank(changes[namespace]):
            changes[namespace] = local_id
    return PredecessorChangeList(changes)


def parse_predecessors(data: bytes) -> PredecessorChangeList:
    """In any order. BadSyntax, also for identifiers of different lengths in one namespace (R2737)."""
    reader = Reader(data)
    xids: list[Xid] = []
    sizes: dict[UUID, int] = {}
    while reader.left:
        where, xid = reader.at, parse_xid(reader.take(reader.u8()))
        if sizes.setdefault(xid.namespace, len(xid.local_id)) != len(xid.local_id):
            raise BadSyntax("identifiers of one length in one namespace", where)
        xids.append(xid)
    return predecessors_of(xids)


def _rank(local_id: bytes) -> int:
    return int.from_bytes(local_id, "big")
