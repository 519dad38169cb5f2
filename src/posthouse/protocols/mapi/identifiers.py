"""Identifiers of folders, messages and changes – [MS-OXCDATA] 2.2.

A counter, unique in a mailbox, belongs to a replica: 16 bits that stand for a GUID, or the GUID itself.
"""

from __future__ import annotations

from struct import pack
from typing import NamedTuple
from uuid import UUID

from .reader import Reader

COUNTER_END = 1 << 48
OWN_REPLICA = 1
"""The short form of a mailbox's own replica GUID."""


class ObjectId(NamedTuple):
    """FID, MID or CN: eight bytes."""

    replica: int
    counter: int

    def format(self) -> bytes:
        return pack("<H", self.replica) + self.counter.to_bytes(6, "big")

    @property
    def number(self) -> int:
        """As a value of PropertyType.INTEGER64."""
        return int.from_bytes(self.format(), "little", signed=True)


def folder_server_id(folder: ObjectId) -> bytes:
    """A folder as a value of PropertyType.SERVER_ID (2.11.1.4): of this server, no message, no instance."""
    return b"\x01" + folder.format() + bytes(12)


class LongTermId(NamedTuple):
    """The same for everybody: 24 bytes (2.2.1.3.1)."""

    replica: UUID
    counter: int

    def format(self) -> bytes:
        return self.replica.bytes_le + self.counter.to_bytes(6, "big") + b"\0\0"


def read_object_id(reader: Reader) -> ObjectId:
    return ObjectId(reader.u16(), int.from_bytes(reader.take(6), "big"))


def read_long_term_id(reader: Reader) -> LongTermId:
    """The two bytes at the end are padding."""
    found = LongTermId(reader.guid(), int.from_bytes(reader.take(6), "big"))
    reader.take(2)
    return found
