"""Objects that are not here and are not to come – [MS-OXCFXICS] 3.2.5.9.4.5, 3.2.5.9.4.8.

What was deleted does not come back when a client brings it that has not heard of it yet, nor does what was deleted
before it ever came, nor an id of which a client has said that it will not be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.ranges import Ranges, clip, from_numbers
from posthouse.protocols.mapi.identity import Identity
from posthouse.protocols.mapi.rops.synchronization import LongTermIdRange
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.store.never_here import (
    GID,
    OF_FOLDERS,
    OWN,
    counter_of_key,
    has_room,
    is_never_here,
    note_keys_never_here,
    note_never_here,
)
from posthouse.store.object_changes import last_given
from posthouse.store.synchronizing import has_vanished

from .collector import number_of_key


def has_gone(tx: Transaction, logon: Logon, folder: FolderId, key: bytes) -> bool:
    """Of one that is not here, by its source key. `folder`: where it would be; `OF_FOLDERS` when it is one itself."""
    account, number = logon.mailbox.account, number_of_key(logon.identity, key)
    if number is None:
        return len(key) == GID and is_never_here(tx, account, folder, counter_of_key(key), key[:16])
    if folder != OF_FOLDERS and has_vanished(tx, account, MessageId(number)):
        return True
    return is_never_here(tx, account, folder, number)


def note_absent(tx: Transaction, logon: Logon, folder: FolderId, keys: Iterable[bytes]) -> None:
    """What a client has deleted by itself."""
    if not has_room(tx, logon.mailbox.account, folder):
        return
    numbers = {key: number_of_key(logon.identity, key) for key in keys}
    own = sorted({number for number in numbers.values() if number is not None})
    _note(tx, logon, folder, from_numbers(own), OWN)
    others = (key for key, number in numbers.items() if number is None)
    note_keys_never_here(tx, logon.mailbox.account, folder, others)


def note_unused(tx: Transaction, logon: Logon, folder: FolderId, ranges: Sequence[LongTermIdRange]) -> None:
    """ecMemory when there are too many."""
    if not has_room(tx, logon.mailbox.account, folder):
        raise RopError(ErrorCode.ecMemory)
    for one in ranges:
        low, high = one.min_long_term_id, one.max_long_term_id
        replica = _replica(logon.identity, low.replica.bytes_le)
        _note(tx, logon, folder, ((low.counter, high.counter),), replica)


def _note(tx: Transaction, logon: Logon, folder: FolderId, ranges: Ranges, replica: bytes) -> None:
    """Of the mailbox's own ids, those that have been given: what others will get is theirs."""
    account = logon.mailbox.account
    known = clip(ranges, 1, last_given(tx, account)) if replica == OWN else ranges
    note_never_here(tx, account, folder, known, replica)


def _replica(identity: Identity, guid: bytes) -> bytes:
    return OWN if guid == identity.replica.bytes_le else guid
