"""A client in cached mode: all that it knows of a mailbox comes from synchronizations, in whatever order they come.

It finds out by itself when something comes twice, or about something that it never got.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree

from cached_copy import CachedFolder, CachedMessage, Copy, text_of
from hubs import PASSWORD, Hub
from mapi_http import MapiClient
from mapi_session import LOGON, PER_MDB
from mapi_sync import NO_FLAG, Replica, Synced, SyncSession, predecessors, source_key
from partial_changes import applied

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import SyncState
from posthouse.protocols.mapi.fast_transfer.globsets import globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, idset
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead
from posthouse.protocols.mapi.fast_transfer.predecessors import (
    Order,
    PredecessorChangeList,
    Xid,
    parse_xid,
    predecessors_of,
    written,
)
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops.fast_transfer import SendOptions
from posthouse.protocols.mapi.rops.folder import FolderOpenFlags, RopOpenFolderRequest
from posthouse.protocols.mapi.rops.logon import LogonFlags, RopLogonRequest, RopLogonResponse
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, MessageOpenMode, RopOpenMessageRequest
from posthouse.protocols.mapi.rops.synchronization_upload import ImportDeleteFlags, ImportFlag
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import counter_of
from posthouse.servers.mapi.special_folders import Special

REQUEST = (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


class FolderGone(Exception):
    """A client has a folder that is no longer there."""


@dataclass(frozen=True)
class Brought:
    """What of a client was taken: a text, the change with which it came, and the changes that the client knew then."""

    text: str
    change: Xid
    base: PredecessorChangeList


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
        self.idle: set[int] = set()
        """Folders in which nothing happens, and which it need not look into."""
        self.brought: list[Brought] = []
        self.replaced: set[str] = set()
        """Texts that it had or saw, and in place of which it has written others."""
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
        for number, folder in list(self.copy.folders.items()):
            if number not in self.idle:
                self.synchronize_folder(folder)

    def _folders(self, came: Synced) -> None:
        for one in came.folders:
            number = counter_of(value_of(one, tags.PidTagFolderId))
            assert number is not None
            name, parent = value_of(one, tags.PidTagDisplayName), value_of(one, tags.PidTagParentSourceKey)
            known = self.copy.folders.get(number)
            if known is None:
                made = CachedFolder(ObjectId(OWN_REPLICA, number), name, parent, source_key(one), predecessors(one))
                self.copy.folders[number] = made
            else:
                known.name, known.parent, known.known = name, parent, predecessors(one)
        for _, number in came.deletions.deleted:
            assert self.copy.folders.pop(number, None) is not None, f"folder {number} was never told"
        self.copy.state = came.state

    def synchronize_folder(self, folder: CachedFolder) -> None:
        slot = self.open(folder.id)
        send = self.chance.choice((SendOptions.UNICODE, SendOptions.UNICODE | SendOptions.PARTIAL_ITEM))
        came = self.contents(slot, folder.state, size=self.chance.choice((0x300, 0x2000, 0x6000)), send=send)
        self.release(slot)
        here: set[int] = set()
        for change in came.changes:
            number = self._message(folder, change, here)
            here.add(number)
        for _, number in came.deletions.deleted:
            assert folder.messages.pop(number, None) is not None, f"message {number} was never told"
        for ids, seen in ((came.reads.read, True), (came.reads.unread, False)):
            for _, number in ids:
                assert not folder.messages[number].associated, "R2259"
                folder.messages[number].seen = seen
        folder.state = came.state

    def _message(self, folder: CachedFolder, came: ChangeRead, here: set[int]) -> int:
        """`here`: what this synchronization has told of; of that only versions in conflict may follow."""
        header = came.header
        number, change = (
            counter_of(value_of(header, tags.PidTagMid)),
            counter_of(value_of(header, tags.PidTagChangeNumber)),
        )
        assert number is not None
        assert change is not None
        known, contained = folder.messages.get(number), predecessors(header)
        assert known is None or known.change != change or number in here, f"change {change} has come before"
        message = applied(came, known.message if known else None)
        stamp = written(
            value_of(header, tags.PidTagLastModificationTime), parse_xid(value_of(header, tags.PidTagChangeKey))
        )
        seen, text = bool(value_of(message.properties, tags.PidTagMessageFlags, 0) & 1), text_of(message)
        associated = bool(value_of(header, tags.PidTagAssociated))
        assert known is None or known.associated is associated
        if known is None or contained.compare(known.known) is not Order.CONFLICT:
            if known is None or contained.compare(known.known) is Order.NEWER or known.change == 0:
                made = CachedMessage(message, seen, source_key(header), change, contained, stamp, [text], associated)
                folder.messages[number] = made
                return number
        else:
            assert came.groups is None, "a version in conflict is whole (R1138)"
            assert not associated, "an associated message is one version (R3402)"
            if stamp > known.written:
                known.message, known.written = message, stamp
            known.known = contained.merge(known.known)
        known.seen, known.change = seen, change
        known.texts.append(text)
        return number

    # up

    def uploading(self, folder: CachedFolder) -> tuple[int, int]:
        """Slots of the folder and of a context."""
        slot = self.slot()
        if self.error(RopOpenFolderRequest(0, LOGON, slot, folder.id, FolderOpenFlags(0))):
            self.release(slot)
            raise FolderGone
        return slot, self.collector(slot, folder.state)

    def uploaded(self, folder: CachedFolder, slots: tuple[int, int], new: list[int], gone: list[int]) -> None:
        """The state that the folder is in, with what it has done by itself (R2529)."""
        told = self.transfer_state(slots[1])
        replica, _ = self.new_ids(1)
        given: IdSet[Any] = folder.state.given or idset({})
        given = (given | idset({replica: globset_of(new)})) - idset({replica: globset_of(gone)})
        folder.state = SyncState(given, told.seen, told.seen_fai, told.read)
        self.release(*slots)

    def write(
        self,
        folder: CachedFolder,
        subject: str,
        text: str,
        number: int | None,
        *,
        flagged: bool,
        modified: int,
        associated: bool = False,
    ) -> None:
        """A new message, or another version of one; in a conflict, what becomes of it comes with the next look. What
        was deleted meanwhile stays so (R2451)."""
        slots = self.uploading(folder)
        before = folder.messages[number] if number is not None else None
        associated = associated if before is None else before.associated
        key = self.new_key() if before is None else before.key
        change, known = self.replica.change(), predecessors_of([]) if before is None else before.known
        flag = ImportFlag.ASSOCIATED if associated else NO_FLAG
        rop = self.importing(slots[1], key, change, known, modified=modified, flag=flag)
        [response] = self.execute(rop)
        assert response.return_value in (0, ErrorCode.ecSyncIgnore, ErrorCode.ecSyncObjectDeleted)
        if response.return_value == 0:
            seen = bool(before and before.seen)
            values: dict[PropertyTag, Any] = _kept(before.message) if before is not None else {}
            values |= {
                tags.PidTagMessageClass: "IPM.Configuration.test" if associated else "IPM.Note",
                tags.PidTagMessageFlags: int(seen),
                tags.PidTagSubject: subject,
                tags.PidTagBody: text,
                tags.PidTagFlagStatus: 2 if flagged else 0,
            }
            self.set(rop.output_handle_index, values)
            saved: Any = self.saved(rop.output_handle_index)
            values |= {tags.PidTagNormalizedSubject: subject}
            message = Message({tag.id: Typed(tag.type, value) for tag, value in values.items()})
            stamp = written(modified, change)
            self.brought.append(Brought(text, change, known))
            if before is not None:
                self.replaced |= {text_of(before.message), *before.texts}
            after = known.with_change(change)
            made = CachedMessage(message, seen, key, 0, after, stamp, associated=associated)
            if number is not None:
                folder.messages[number] = made
            else:
                folder.messages[saved.counter] = made
                number = saved.counter
        self.release(rop.output_handle_index)
        self.uploaded(folder, slots, [number] if number is not None and response.return_value == 0 else [], [])

    def mark(self, folder: CachedFolder, number: int, *, seen: bool) -> None:
        """Of an associated message it comes to nothing (R2259)."""
        slots = self.uploading(folder)
        assert self.error(self.reading(slots[1], {folder.messages[number].key: seen})) == 0
        if not folder.messages[number].associated:
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
            after = message.known.with_change(change)
            target.messages[made] = replace(message, key=key, change=0, known=after, texts=[])
        self.uploaded(target, slots, new, [])

    # in online mode, as other clients would

    def edit(self, folder: CachedFolder, number: int, values: Mapping[PropertyTag, Any]) -> None:
        """What has gone meanwhile is not changed; what comes of it is heard with the next look."""
        slot, change = self.slot(), MessageOpenMode.READ_WRITE
        rop = RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder.id, change, ObjectId(OWN_REPLICA, number))
        if self.error(rop) == 0:
            if tags.PidTagBody in values:
                self.replaced.add(self.value(slot, tags.PidTagBody).strip())
            self.set(slot, values)
            self.saved(slot)
        self.release(slot)

    # folders

    def rename(self, folder: CachedFolder, name: str, modified: int) -> None:
        """What has gone meanwhile gets no name; when another name has won, it comes with the next look."""
        change = self.replica.change()
        context = self.collector(self.subtree, self.copy.state, contents=False)
        key, parent = folder.key, folder.parent
        code = self.error(
            self.importing_folder(context, key, name, change, folder.known, modified=modified, parent=parent)
        )
        assert code in (0, ErrorCode.ecSyncObjectDeleted)
        if code == 0:
            folder.name, folder.known = name, folder.known.with_change(change)
        self._told_of_folders(context)

    def drop_folder(self, folder: CachedFolder) -> None:
        context = self.collector(self.subtree, self.copy.state, contents=False)
        assert self.error(self.deleting(context, [folder.key], ImportDeleteFlags.HIERARCHY)) == 0
        del self.copy.folders[folder.id.counter]
        self._told_of_folders(context, folder.id.counter)

    def _told_of_folders(self, context: int, *gone: int) -> None:
        told = self.transfer_state(context)
        replica, _ = self.new_ids(1)
        given: IdSet[Any] = self.copy.state.given or idset({})
        self.copy.state = SyncState(given - idset({replica: globset_of(gone)}), told.seen)
        self.release(context)

    @property
    def texts(self) -> set[str]:
        """Of all messages that it has, and of all versions that it has got of these."""
        return {text for folder in self.copy.folders.values() for one in folder.messages.values() for text in one.texts}

    def snapshot(self) -> Copy:
        return deepcopy(self.copy)


def _kept(message: Message) -> dict[PropertyTag, Any]:
    """What a client brings again of a message of which it changes something."""
    return {PropertyTag(key, one.type): one.value for key, one in message.properties.items() if isinstance(key, int)}
