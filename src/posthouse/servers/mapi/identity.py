"""Ids of a mailbox's objects as properties and operations have them – [MS-OXCDATA] 2.2.

One counter counts the folders and messages of a mailbox, another one their changes; both in the name of its replica.
"""

from __future__ import annotations

from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId


def object_id(counter: int) -> int:
    """FID, MID or CN as a property has it, or a row: eight bytes read as a number."""
    return int.from_bytes(_REPLICA + counter.to_bytes(6, "big"), "little", signed=True)


_REPLICA = OWN_REPLICA.to_bytes(2, "little")


def counter_of(number: int) -> int | None:
    """The reverse; None: of another replica."""
    data = number.to_bytes(8, "little", signed=True)
    return int.from_bytes(data[2:], "big") if data[:2] == OWN_REPLICA.to_bytes(2, "little") else None


def own_counter(number: ObjectId) -> int | None:
    """Of an id as an operation has it; None: of another replica."""
    return number.counter if number.replica == OWN_REPLICA else None
