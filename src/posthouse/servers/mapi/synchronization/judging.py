"""What a version that a client brings is to what is here – [MS-OXCFXICS] 3.1.5.6, 3.2.5.9.4.2.

That is looked at when it comes, so that nothing is brought in vain, and once more when it is saved: others may have
changed the message meanwhile.
"""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.facts import FolderFacts
from posthouse.servers.mapi.messages.reading import ReadMessage, read_message
from posthouse.servers.mapi.owned import needed_to_make, rights_on_message
from posthouse.servers.mapi.people import People
from posthouse.store.objects import StoredMessage

from .absent import has_gone
from .collector import Collector, is_in, missing
from .imports import Judged, Verdict, Version, judge


class Standing(NamedTuple):
    judged: Judged
    read: ReadMessage | None
    """What is here."""
    rights: Right
    folder: FolderFacts


class Judging:
    def __init__(self, people: People, collector: Collector, version: Version, flags: ImportFlag) -> None:
        self.collector, self.version = collector, version
        self._people, self._flags = people, flags

    @property
    def associated(self) -> bool:
        return ImportFlag.ASSOCIATED in self._flags

    async def look(self) -> Standing:
        """ecSyncIgnore when what is here contains the version, ecSyncConflict when that is not to be taken,
        ecSyncObjectDeleted when there is nothing left that it could be of."""
        return await self.collector.logon.store.read(self._look)

    async def look_again(self, before: Standing) -> Standing | None:
        """None: it is as it was."""
        return await self.collector.logon.store.read(self._look_again, before)

    def _look_again(self, tx: Transaction, before: Standing) -> Standing | None:
        return self._look(tx) if self._has_changed(tx, before.judged.row) else None

    def _has_changed(self, tx: Transaction, before: StoredMessage | None) -> bool:
        logon, folder, key = self.collector.logon, self.collector.folder.folder, self.version.source_key
        self.collector.facts(tx)
        now = missing(tx, logon, key)
        if now is None or before is None:
            return now is not before or has_gone(tx, logon, folder, key)
        return now.change_number != before.change_number or not is_in(now, folder)

    def _look(self, tx: Transaction) -> Standing:
        collector, logon = self.collector, self.collector.logon
        facts, account = collector.facts(tx), logon.mailbox.account
        book, blobs = self._people.at(tx), logon.store.blobs

        def modified(row: StoredMessage) -> int:
            found = read_message(tx, blobs, account, row, book).tree.properties
            return int(value_of(found, tags.PidTagLastModificationTime, file_time(row.saved)))

        if needed_to_make(associated=self.associated) & ~facts.rights:
            raise RopError(ErrorCode.ecAccessDenied)  # before anything is told of what is or was elsewhere
        judged, rights = judge(tx, collector, self.version, modified), facts.rights
        if judged.row is not None:
            rights = rights_on_message(tx, logon, rights, judged.row)
            if (Right.READ | Right.WRITE) & ~rights:
                raise RopError(ErrorCode.ecAccessDenied)
        if facts.is_search:
            raise RopError(ErrorCode.ecSearchFolder)
        if judged.verdict is Verdict.KNOWN:
            raise RopError(ErrorCode.ecSyncIgnore)
        if judged.verdict is Verdict.CONFLICT and ImportFlag.FAIL_ON_CONFLICT in self._flags:
            raise RopError(ErrorCode.ecSyncConflict)
        read = None if judged.row is None else read_message(tx, blobs, account, judged.row, book)
        return Standing(judged, read, rights, facts)
