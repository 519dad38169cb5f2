"""What a client has done by itself, on its way in – [MS-OXCFXICS] 3.2.5.9.4.

The context remembers the numbers of what it has brought: they are in the client's state at the end, so that its own
changes do not come back to it.
"""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId, ModSeq
from posthouse.model.refusals import MessageNotFound
from posthouse.protocols.mapi.fast_transfer.globsets import Globset
from posthouse.protocols.mapi.fast_transfer.idsets import idset
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList
from posthouse.protocols.mapi.identity import Identity
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.facts import FolderFacts
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.session import ServerObject
from posthouse.servers.mapi.versions import predecessors
from posthouse.store.gone import is_or_was_folder, is_or_was_message
from posthouse.store.never_here import GID
from posthouse.store.object_changes import was_given
from posthouse.store.objects import NO_KEYS, StoredMessage, find_by_source_key, find_message, load_form

from .state import Uploading

KEY_MAX = 255


class Collector(ServerObject):
    def __init__(self, folder: OpenFolder, *, contents: bool) -> None:
        super().__init__(folder.logon_id)
        self.logon: Logon = folder.logon
        self.folder, self.contents = folder, contents
        self.memory = self.logon.memory.another()
        self.uploading = Uploading(self.memory)

    def close(self) -> None:
        self.memory.give_back()

    def facts(self, tx: Transaction) -> FolderFacts:
        """Of the folder; ecSyncObjectDeleted when it has gone (R2466, R2499)."""
        try:
            return self.folder.facts(tx)
        except RopError as error:
            if error.code is ErrorCode.ecNotFound:
                raise RopError(ErrorCode.ecSyncObjectDeleted) from None
            raise

    def note(self, change: ModSeq, *, associated: bool = False) -> None:
        """A change that this client knows of, for it is its own."""
        own = idset({self.logon.mailbox.replica_guid: Globset(((change, change),))})
        state = self.uploading.state
        if associated:
            state.seen_fai = state.seen_fai | own
        else:
            state.seen = state.seen | own

    def note_read(self, first: int, last: int) -> None:
        """The changes of one transaction."""
        own = idset({self.logon.mailbox.replica_guid: Globset(((first, last),))})
        self.uploading.state.read = self.uploading.state.read | own


def number_of_key(identity: Identity, key: bytes) -> int | None:
    """The counter within a source key of this mailbox; None: somebody else has made it."""
    if len(key) == GID and key[:16] == identity.replica.bytes_le:
        return int.from_bytes(key[16:], "big") or None
    return None


def message_of_key(tx: Transaction, logon: Logon, key: bytes) -> StoredMessage:
    """`MessageNotFound`."""
    if not 0 < len(key) <= KEY_MAX:
        raise RopError(ErrorCode.ecInvalidParameter)
    account = logon.mailbox.account
    number = number_of_key(logon.identity, key)
    return find_message(tx, account, MessageId(number)) if number else find_by_source_key(tx, account, key)


def known_predecessors(
    tx: Transaction, account: AccountId, identity: Identity, row: StoredMessage
) -> PredecessorChangeList:
    """Of a message as it is here: those that a client has told, and our own change if it came later."""
    form = load_form(tx, account, row)
    return predecessors(identity, form.keys if form is not None else NO_KEYS, row.change_number)


def checked_number(tx: Transaction, logon: Logon, key: bytes, *, of_folder: bool = False) -> int | None:
    """Of an object that a client makes: as `number_of_key`; ecInvalidParameter for what is no GID, an id that nobody
    was given (RopGetLocalReplicaIds), and one that an object of the other kind has or had (R1891)."""
    account, number = logon.mailbox.account, number_of_key(logon.identity, key)
    if number is None:
        if len(key) != GID or key[:16] == logon.identity.replica.bytes_le:
            raise RopError(ErrorCode.ecInvalidParameter)
        return None
    is_another = is_or_was_message if of_folder else is_or_was_folder
    if not was_given(tx, account, number) or is_another(tx, account, number):
        raise RopError(ErrorCode.ecInvalidParameter)
    return number


def is_in(row: StoredMessage, folder: FolderId) -> bool:
    return row.folder == folder and not row.is_deleted


def missing(tx: Transaction, logon: Logon, key: bytes) -> StoredMessage | None:
    """The message, or None when there is none."""
    try:
        return message_of_key(tx, logon, key)
    except MessageNotFound:
        return None
