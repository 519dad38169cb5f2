"""The names of a mailbox's objects for everybody: entry ids, keys – [MS-OXCDATA] 2.2.4, [MS-OXCFXICS] 2.2.1.2."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from .entry_ids import PUBLIC_STORE, FolderEntryId, MessageEntryId, ObjectType
from .identifiers import LongTermId


@dataclass(frozen=True, slots=True)
class Identity:
    """Of one mailbox."""

    mailbox: UUID
    replica: UUID
    _replica: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_replica", self.replica.bytes_le)

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
        return self._replica + counter.to_bytes(6, "big")

    def predecessors(self, change: int) -> bytes:
        """Of an object that nobody but this mailbox has changed (PredecessorChangeList)."""
        key = self.key(change)
        return bytes([len(key)]) + key
