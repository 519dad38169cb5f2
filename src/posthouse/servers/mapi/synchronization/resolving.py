"""What comes of a conflict – [MS-OXCFXICS] 3.1.5.6.2.

The message is what was written last, and contains both. Where the folder does not say otherwise, every version is
attached to it, and clients get these, to choose for themselves; associated messages, and what would become too large,
are the last version alone, and the other one can be recovered.
"""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import MessageId
from posthouse.model.refusals import Changed
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import (
    MOST_VERSIONS,
    attached,
    change_of,
    in_order,
    merged,
    not_in,
    version_with,
    versions_of,
    without_change,
    without_versions,
)
from posthouse.protocols.mapi.fast_transfer.predecessors import parse_xid
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.servers.mapi.folders.facts import FolderFacts
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.messages.attachment import copy_message
from posthouse.servers.mapi.messages.message import Imported, OpenMessage
from posthouse.servers.mapi.messages.nesting import MAX_DEPTH, depth_of
from posthouse.servers.mapi.messages.reading import ReadMessage
from posthouse.servers.mapi.messages.replacing import take_over
from posthouse.servers.mapi.messages.writing import MAX_OBJECT
from posthouse.store.deletion import choose_one, delete_softly
from posthouse.store.object_changes import keep_version
from posthouse.store.objects import NO_KEYS, Keys, StoredMessage

from .collector import missing, number_of_key
from .conflict_notes import tell_owners
from .imports import Judged, Verdict, follow_both
from .judging import Judging, Standing

LAST_WRITER_WINS, NO_CONFLICT_NOTIFICATION = 1, 2
"""PidTagResolveMethod of a folder (2.2.1.4.1)."""


class Brought:
    """A version that a client has brought, and what it is to what is here; it is saved when the client has told all."""

    def __init__(self, judging: Judging, standing: Standing) -> None:
        self._judging, self._standing = judging, standing
        self._collector, self._version = judging.collector, judging.version

    @property
    def _judged(self) -> Judged:
        return self._standing.judged

    @property
    def _read(self) -> ReadMessage | None:
        return self._standing.read

    @property
    def _folder(self) -> FolderFacts:
        return self._standing.folder

    @property
    def _method(self) -> int:
        found: int = value_of(self._folder.stored.properties, tags.PidTagResolveMethod, 0)
        return found

    @property
    def _attaches(self) -> bool:
        """If it comes to that, versions in conflict."""
        row = self._judged.row
        return row is not None and not row.is_associated and not self._method & LAST_WRITER_WINS

    @property
    def _notifies(self) -> bool:
        """Owners of a public folder (R1847, R3404)."""
        return self._collector.logon.mailbox.is_public and not self._method & NO_CONFLICT_NOTIFICATION

    @property
    def _own(self) -> bool:
        return number_of_key(self._collector.logon.identity, self._version.source_key) is not None

    async def look_again(self, message: OpenMessage) -> None:
        """What has become of the message since the client began is seen to now (R2505, R3508)."""
        now = await self._judging.look_again(self._standing)
        if now is not None:
            row = now.judged.row
            self._standing, message.row, message.rights = now, row, now.rights | Right.WRITE
            message.associated = self._judging.associated if row is None else row.is_associated

    def imported(self, message: OpenMessage) -> Imported:
        """Of `message`, which is the client's version, is made what is to be saved."""
        judged, read, version = self._judged, self._read, self._version
        if judged.verdict is Verdict.CONFLICT and read is not None:
            message.in_conflict = True
            versions = self._versions(message, read) if self._attaches else []
            if versions:
                return self._with_versions(message, read, versions)
        elif judged.row is None:
            return self._of_new()
        if not judged.wins:
            message.row = None
            return Imported(NO_KEYS, version.modified, None, _nothing, self._then_loses)
        assert read is not None
        take_over(message, read)
        keys = version.keys(judged.known, own=self._own)
        return Imported(keys, version.modified, None, self._first_wins, self._then_wins)

    def _of_new(self) -> Imported:
        version = self._version
        number = number_of_key(self._collector.logon.identity, version.source_key)
        keys = version.keys(None, own=number is not None)
        chosen = MessageId(number) if number else None
        return Imported(keys, version.modified, chosen, self._require_new, self._then_wins, is_new=True)

    # versions in conflict, each attached

    def _versions(self, message: OpenMessage, read: ReadMessage) -> list[Message]:
        """None where they would be too many, too large or too deep."""
        row, known, version = self._judged.row, self._judged.known, self._version
        assert row is not None
        assert known is not None
        theirs = version_with(message.tree, version.modified, version.change, version.predecessors)
        ours = versions_of(read.tree)
        if not ours:
            change = read.keys.change_key or self._collector.logon.identity.key(row.change_number)
            modified = value_of(read.tree.properties, tags.PidTagLastModificationTime, 0)
            ours = [version_with(read.tree, modified, parse_xid(change), known)]
        found = in_order([*not_in(theirs, ours), theirs])
        if len(found) > MOST_VERSIONS or 2 * sum(map(weight_of_message, found)) > MAX_OBJECT:
            return []
        if max(map(depth_of, found)) >= MAX_DEPTH:
            return []
        return [copy_message(one) for one in found]

    def _with_versions(self, message: OpenMessage, read: ReadMessage, versions: list[Message]) -> Imported:
        """The winner's own contents, and all of them beside."""
        winner, before = versions[-1], versions_of(read.tree)
        if change_of(winner) == self._version.change:
            take_over(message, read)
        elif not before or change_of(winner) == change_of(before[-1]):
            message.read_from = ReadMessage(without_versions(copy_message(read.tree)), read.changes, read.keys)
            message.changed.clear()
        else:  # what stood for the message is the one that the client has gone on from
            message.read_from = ReadMessage(without_change(copy_message(winner)), None)
            take_over(message, read)
        tree = message.tree
        first = max((one.number for one in tree.attachments), default=-1) + 1
        tree.attachments.extend(attached(versions, first))
        source_key = None if self._own else self._version.source_key
        keys = Keys(source_key, change_of(winner).format(), merged(versions).format())
        modified = value_of(winner.properties, tags.PidTagLastModificationTime, 0)
        parts = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject
        subject = "".join(value_of(tree.properties, tag, "") for tag in parts)

        def then(tx: Transaction, row: StoredMessage) -> None:
            """The client gets what comes of it."""
            if self._notifies:
                tell_owners(tx, self._collector.logon, row, self._folder.name, subject)

        return Imported(keys, modified, None, _nothing, then)

    # at the moment when it is saved

    def _require_new(self, tx: Transaction) -> None:
        if missing(tx, self._collector.logon, self._version.source_key) is not None:
            raise Changed

    def _first_wins(self, tx: Transaction) -> None:
        """In a conflict, what does not stay can be recovered."""
        row, logon = self._judged.row, self._collector.logon
        if self._judged.verdict is Verdict.CONFLICT and row is not None:
            keep_version(tx, logon.mailbox.account, row, logon.store.now())

    def _then_wins(self, tx: Transaction, row: StoredMessage) -> None:
        """What comes of a conflict, the client gets."""
        if self._judged.verdict is not Verdict.CONFLICT:
            self._collector.note(row.change_number, associated=row.is_associated)

    def _then_loses(self, tx: Transaction, row: StoredMessage) -> None:
        logon, judged = self._collector.logon, self._judged
        assert judged.row is not None
        now = logon.store.now()
        delete_softly(tx, logon.mailbox.account, row.folder, choose_one(row), now)
        follow_both(tx, self._collector, judged.row.id, self._version, now)


def _nothing(tx: Transaction) -> None:
    """Is to be done before."""
