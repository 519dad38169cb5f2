"""What a client in cached mode keeps: folders, messages, and what it has told and heard of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList, Written
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import Message, value_of

View = tuple[str, bool, bool, str]
"""Of a message: its subject, whether it is read, whether it is flagged, its text."""
Beside = tuple[str, str]
"""Of an associated one: its subject, and its text."""


def text_of(message: Message) -> str:
    found: str = value_of(message.properties, tags.PidTagBody, "")
    return found.strip()


@dataclass
class CachedMessage:
    message: Message
    seen: bool
    key: bytes
    change: int
    known: PredecessorChangeList
    written: Written
    texts: list[str] = field(default_factory=list)
    """Of each version that came."""
    associated: bool = False

    @property
    def subject(self) -> str:
        found: str = value_of(self.message.properties, tags.PidTagNormalizedSubject, "")
        return found

    @property
    def view(self) -> View:
        properties = self.message.properties
        flagged = value_of(properties, tags.PidTagFlagStatus, 0) == 2
        return self.subject, self.seen, flagged, text_of(self.message)


@dataclass
class CachedFolder:
    id: ObjectId
    name: str
    parent: bytes
    key: bytes
    known: PredecessorChangeList
    state: SyncState = field(default_factory=SyncState)
    messages: dict[int, CachedMessage] = field(default_factory=dict)


@dataclass
class Copy:
    """Of a mailbox."""

    state: SyncState = field(default_factory=SyncState)
    folders: dict[int, CachedFolder] = field(default_factory=dict)

    def path(self, folder: CachedFolder) -> str:
        above = next((one for one in self.folders.values() if one.key == folder.parent), None)
        return folder.name if above is None else f"{self.path(above)}/{folder.name}"

    def view(self) -> dict[str, list[View]]:
        """What of it IMAP shows too."""
        return {
            self.path(folder): sorted(one.view for one in folder.messages.values() if not one.associated)
            for folder in self.folders.values()
        }

    def beside(self) -> dict[int, list[Beside]]:
        """What only MAPI shows, of each folder."""
        return {
            number: sorted((one.subject, text_of(one.message)) for one in folder.messages.values() if one.associated)
            for number, folder in self.folders.items()
        }
