"""A client in cached mode: all that it knows of a mailbox comes from synchronizations, in whatever order they come.

It finds out by itself when something comes twice, or about something that it never got.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from hubs import PASSWORD, Hub
from mapi_http import MapiClient
from mapi_session import LOGON, PER_MDB
from mapi_sync import Replica, Synced, SyncSession, predecessors, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, idset
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList, predecessors_of
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops.logon import LogonFlags, RopLogonRequest, RopLogonResponse
from posthouse.servers.mapi.identity import counter_of
from posthouse.servers.mapi.special_folders import Special

REQUEST = (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


@dataclass
class CachedMessage:
    subject: str
    seen: bool
    flagged: bool
    key: bytes
    change: int
    known: PredecessorChangeList


@dataclass
class CachedFolder:
    id: ObjectId
    name: str
    parent: bytes
    key: bytes
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

    def view(self) -> dict[str, list[tuple[str, bool, bool]]]:
        """What of it IMAP shows too."""
        return {
            self.path(folder): sorted((one.subject, one.seen, one.flagged) for one in folder.messages.values())
            for folder in self.folders.values()
        }


class CachedClient(SyncSession):
    """Over connections to whichever worker."""

    def __init__(self, hub: Hub, who: str, chance: random.Random) -> None:
        self.who = self.whose = who
        self.chance, self.replica, self.copy = chance, Replica(), Copy()
        context = hub.authority.context
        self.client = MapiClient(hub.ports["https"], "/mapi/emsmdb/", f"{who}:{PASSWORD}", context)
        headers = {"Content-Type": "text/xml", "X-MapiHttpCapability": "1"}
        path = "/autodiscover/autodiscover.xml"
        answer = self.client.again().post("", REQUEST.format(who).encode(), path=path, headers=headers)
        dn = ElementTree.fromstring(answer.raw).findtext(".//{*}LegacyDN") or ""
        assert self.client.post("Connect", ConnectRequest(dn).format()).body[:8] == bytes(8)
        self.handles, self.news = [EMPTY], []
        self._free: list[int] = []
        rop = RopLogonRequest(0, LOGON, LogonFlags.PRIVATE, PER_MDB, 0, dn)
        self.folder_ids = self.get(rop, RopLogonResponse).folder_ids
        self.subtree = self.open(self.special(Special.IPM_SUBTREE))

    def execute_raw(self, payload: bytes, flags: ExecuteFlags = ExecuteFlags(3), most: int = 0x8000) -> RopBuffer:  # noqa: B008
        if self.chance.random() < 0.1:
            self.client = self.client.again()
        return super().execute_raw(payload, flags, most)

    def slot(self) -> int:
        return self._free.pop() if self._free else super().slot()

    def release(self, *slots: int) -> None:
        super().release(*slots)
        self._free += slots

    # down

    def synchronize(self) -> None:
        """All of it: folders, then what is in each."""
        self._folders(self.hierarchy(self.subtree, self.copy.state))
        for folder in list(self.copy.folders.values()):
            self.synchronize_folder(folder)

    def _folders(self, came: Synced) -> None:
        for one in came.folders:
            number = counter_of(value_of(one, tags.PidTagFolderId))
            assert number is not None
            name, parent = value_of(one, tags.PidTagDisplayName), value_of(one, tags.PidTagParentSourceKey)
            known = self.copy.folders.get(number)
            if known is None:
                made = CachedFolder(ObjectId(OWN_REPLICA, number), name, parent, source_key(one))
                self.copy.folders[number] = made
            else:
                known.name, known.parent = name, parent
        for _, number in came.deletions.deleted:
            assert self.copy.folders.pop(number, None) is not None, f"folder {number} was never told"
        self.copy.state = came.state

    def synchronize_folder(self, folder: CachedFolder) -> None:
        slot = self.open(folder.id)
        came = self.contents(slot, folder.state, size=self.chance.choice((0x300, 0x2000, 0x6000)))
        self.release(slot)
        for change in came.changes:
            self._message(folder, change.header, change.message.properties)
        for _, number in came.deletions.deleted:
            assert folder.messages.pop(number, None) is not None, f"message {number} was never told"
        for ids, seen in ((came.reads.read, True), (came.reads.unread, False)):
            for _, number in ids:
                folder.messages[number].seen = seen
        folder.state = came.state

    def _message(self, folder: CachedFolder, header: Properties, properties: Properties) -> None:
        number, change = (
            counter_of(value_of(header, tags.PidTagMid)),
            counter_of(value_of(header, tags.PidTagChangeNumber)),
        )
        assert number is not None
        assert change is not None
        known = folder.messages.get(number)
        assert known is None or known.change != change, f"change {change} has come before"
        folder.messages[number] = CachedMessage(
            value_of(properties, tags.PidTagNormalizedSubject, ""),
            bool(value_of(properties, tags.PidTagMessageFlags, 0) & 1),
            value_of(properties, tags.PidTagFlagStatus, 0) == 2,
            source_key(header),
            change,
            predecessors(header),
        )

    # up

    def uploading(self, folder: CachedFolder) -> tuple[int, int]:
        """Slots of the folder and of a context."""
        slot = self.open(folder.id)
        return slot, self.collector(slot, folder.state)

    def uploaded(self, folder: CachedFolder, slots: tuple[int, int], new: list[int], gone: list[int]) -> None:
        """The state that the folder is in, with what it has done by itself (R2529)."""
        told = self.transfer_state(slots[1])
        replica, _ = self.new_ids(1)
        given: IdSet[Any] = folder.state.given or idset({})
        given = (given | idset({replica: globset_of(new)})) - idset({replica: globset_of(gone)})
        folder.state = SyncState(given, told.seen, told.seen_fai, told.read)
        self.release(*slots)

    def write(self, folder: CachedFolder, subject: str, number: int | None, *, flagged: bool, modified: int) -> None:
        """A new message, or another version of one; in a conflict, what becomes of it comes with the next look."""
        slots = self.uploading(folder)
        before = folder.messages[number] if number is not None else None
        key = self.new_key() if before is None else before.key
        change, known = self.replica.change(), predecessors_of([]) if before is None else before.known
        rop = self.importing(slots[1], key, change, known, modified=modified)
        [response] = self.execute(rop)
        if response.return_value == 0:
            values = {
                tags.PidTagMessageClass: "IPM.Note",
                tags.PidTagMessageFlags: int(before is not None and before.seen),
                tags.PidTagSubject: subject,
                tags.PidTagBody: f"text of {subject}",
            }
            self.set(rop.output_handle_index, {**values, **({tags.PidTagFlagStatus: 2} if flagged else {})})
            saved: Any = self.saved(rop.output_handle_index)
            made = CachedMessage(subject, bool(before and before.seen), flagged, key, 0, known.with_change(change))
            if number is not None:
                folder.messages[number] = made
            else:
                folder.messages[saved.counter] = made
                number = saved.counter
        self.release(rop.output_handle_index)
        self.uploaded(folder, slots, [number] if number is not None and response.return_value == 0 else [], [])

    def mark(self, folder: CachedFolder, number: int, *, seen: bool) -> None:
        slots = self.uploading(folder)
        assert self.error(self.reading(slots[1], {folder.messages[number].key: seen})) == 0
        folder.messages[number].seen = seen
        self.uploaded(folder, slots, [], [])

    def delete(self, folder: CachedFolder, number: int) -> None:  # type: ignore[override]
        slots = self.uploading(folder)
        assert self.error(self.deleting(slots[1], [folder.messages[number].key])) == 0
        del folder.messages[number]
        self.uploaded(folder, slots, [], [number])

    def move(self, folder: CachedFolder, number: int, target: CachedFolder) -> None:
        """What has gone meanwhile is not moved."""
        slots, key, change = self.uploading(target), self.new_key(), self.replica.change()
        message = folder.messages[number]
        rop = self.moving(slots[1], folder.key, message.key, key, message.known, change)
        new: list[int] = []
        if self.error(rop) in (0, 0x40821):
            made = int.from_bytes(key[16:], "big")
            new.append(made)
            target.messages[made] = CachedMessage(
                message.subject, message.seen, message.flagged, key, 0, message.known.with_change(change)
            )
        self.uploaded(target, slots, new, [])

    def snapshot(self) -> Copy:
        return deepcopy(self.copy)
