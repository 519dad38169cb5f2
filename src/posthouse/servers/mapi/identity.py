"""The names of a mailbox's objects: ids, entry ids, keys – [MS-OXCDATA] 2.2, [MS-OXCFXICS] 2.2.1.2.

One counter counts the folders and messages of a mailbox, another one their changes; both in the name of its replica.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from posthouse.protocols.mapi.entry_ids import PUBLIC_STORE, FolderEntryId, MessageEntryId, ObjectType
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, LongTermId, ObjectId


@dataclass(frozen=True, slots=True)
class Identity:
    """Of one mailbox."""

    mailbox: UUID
    replica: UUID

    @property
    def _is_public(self) -> bool:
        return self.mailbox == PUBLIC_STORE

    def folder_entry_id(self, folder: int) -> bytes:
        kind = ObjectType.PUBLIC_FOLDER if self._is_public else ObjectType.PRIVATE_FOLDER
        return FolderEntryId(self.mailbox, LongTermId(self.replica, folder), kind).format()

    def message_entry_id(self, folder: int, message: int) -> bytes:
        kind = ObjectType.PUBLIC_MESSAGE if self._is_public else ObjectType.PRIVATE_MESSAGE
        long = LongTermId(self.replica, folder), LongTermId(self.replica, message)
        return MessageEntryId(self.mailbox, *long, kind).format()

    def key(self, counter: int) -> bytes:
        """The source key of an object, or the change key of a change (GID, XID)."""
        return self.replica.bytes_le + counter.to_bytes(6, "big")

    def predecessors(self, change: int) -> bytes:
        """Of an object that nobody but this mailbox has changed (PredecessorChangeList)."""
        key = self.key(change)
        return bytes([len(key)]) + key


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
