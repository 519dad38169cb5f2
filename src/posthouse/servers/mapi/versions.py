"""Which changes the last version of an object contains – [MS-OXCFXICS] 2.2.1.2.8, 3.1.5.6."""

from __future__ import annotations

from posthouse.protocols.mapi.fast_transfer.predecessors import (
    PredecessorChangeList,
    parse_predecessors,
    parse_xid,
    predecessors_of,
)
from posthouse.protocols.mapi.identity import Identity
from posthouse.store.objects import Keys


def predecessors(identity: Identity, keys: Keys, change: int) -> PredecessorChangeList:
    """What clients have told of it, and its last change: a client's by its key, or our own by its number."""
    known = parse_predecessors(keys.predecessors) if keys.predecessors else predecessors_of([])
    return known.with_change(parse_xid(keys.change_key or identity.key(change)))


def format_predecessors(identity: Identity, keys: Keys, change: int) -> bytes:
    if keys.predecessors is None and keys.change_key is None:
        return identity.predecessors(change)
    return predecessors(identity, keys, change).format()
