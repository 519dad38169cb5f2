"""Changes of a client, one by one – [MS-OXCFXICS] 3.2.5.9.4.2 to 3.2.5.9.4.6, 3.1.5.6.

Two versions of which neither contains the other are in conflict: the one that was written last wins, and the other one
can be recovered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from posthouse.database import Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import (
    Order,
    PredecessorChangeList,
    Xid,
    parse_predecessors,
    parse_xid,
    written,
)
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.store.deletion import choose, delete_for_good, delete_softly
from posthouse.store.flags import change_flags
from posthouse.store.messages import move
from posthouse.store.objects import (
    Keys,
    StoredMessage,
    renumber_message,
    set_aside_flags,
    set_keys,
)

from .collector import Collector, is_in, known_predecessors, message_of_key, missing, number_of_key

HEADER: tuple[PropertyTag, ...] = (
    tags.PidTagSourceKey,
    tags.PidTagLastModificationTime,
    tags.PidTagChangeKey,
    tags.PidTagPredecessorChangeList,
)
"""Exactly these, in this order (2.2.3.2.4.2.1)."""


@dataclass(frozen=True, slots=True)
class Version:
    """Of a message, as a client has it."""

    source_key: bytes
    modified: int
    change: Xid
    predecessors: PredecessorChangeList

    def keys(self, known: PredecessorChangeList | None, *, own: bool) -> Keys:
        """What is kept of it: its change, and what both versions contain. `own`: the source key tells the id."""
        both = self.predecessors if known is None else self.predecessors.merge(known)
        return Keys(None if own else self.source_key, self.change.format(), both.with_change(self.change).format())


def version_of(values: Sequence[TaggedValue]) -> Version:
    """ecInvalidParameter when it is not what belongs there."""
    if tuple(value.tag for value in values) != HEADER:
        raise RopError(ErrorCode.ecInvalidParameter)
    source_key, modified, change_key, predecessors = (value.value for value in values)
    try:
        return Version(source_key, modified, parse_xid(change_key), parse_predecessors(predecessors))  # type: ignore[arg-type]
    except BadSyntax:
        raise RopError(ErrorCode.ecInvalidParameter) from None


class Verdict(Enum):
    NEW = "there is no such message"
    NEWER = "it replaces what is here"
    KNOWN = "what is here contains it"
    CONFLICT = "neither contains the other"


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    row: StoredMessage | None = None
    known: PredecessorChangeList | None = None
    wins: bool = True
    """In a conflict, the client's."""


def judge(tx: Transaction, collector: Collector, version: Version, modified: Callable[[StoredMessage], int]) -> Judged:
    """`modified`: when a version that is here was written. What was deleted here stays so."""
    row = missing(tx, collector.logon, version.source_key)
    if row is None or not is_in(row, collector.folder.folder):
        if row is not None and row.is_deleted:
            raise RopError(ErrorCode.ecSyncObjectDeleted)
        return Judged(Verdict.NEW)
    account, identity = collector.logon.mailbox.account, collector.logon.identity
    known = known_predecessors(tx, account, identity, row)
    order = version.predecessors.with_change(version.change).compare(known)
    if order is Order.NEWER:
        return Judged(Verdict.NEWER, row, known)
    if order in (Order.SAME, Order.OLDER):
        return Judged(Verdict.KNOWN, row, known)
    ours = written(modified(row), parse_xid(identity.key(row.change_number)))
    return Judged(Verdict.CONFLICT, row, known, written(version.modified, version.change) > ours)


def import_deletes(tx: Transaction, collector: Collector, keys: Sequence[bytes], hard: bool, now: int) -> None:
    """3.2.5.9.4.5: what is not there is passed over."""
    collector.folder.require(tx, Right.DELETE_MESSAGES)
    account, folder = collector.logon.mailbox.account, collector.folder.folder
    found = [row for key in keys if (row := missing(tx, collector.logon, key)) is not None and is_in(row, folder)]
    if not found:
        return
    chosen = choose(tx, account, folder, [row.id for row in found])
    if hard:
        delete_for_good(tx, account, folder, chosen)
    else:
        delete_softly(tx, account, folder, chosen, now)


def import_read_states(tx: Transaction, collector: Collector, states: Sequence[tuple[bytes, bool]]) -> None:
    """3.2.5.9.4.6: those of many are two changes."""
    collector.folder.require(tx, Right.SEEN)
    account, folder = collector.logon.mailbox.account, collector.folder.folder
    for read, how in ((True, How.ADD), (False, How.REMOVE)):
        rows = [missing(tx, collector.logon, key) for key, wanted in states if wanted is read]
        found = [row for row in rows if row is not None and is_in(row, folder)]
        uids = from_numbers(sorted(row.uid for row in found if row.uid is not None))
        if uids:
            done = change_flags(tx, account, folder, uids, FlagChange(how, Flags(Flag.SEEN)))
            if done.any:
                collector.note_read(done.modseq)
        for row in found:
            if row.uid is None:
                set_aside_flags(tx, account, row, row.flags | Flag.SEEN if read else row.flags & ~Flag.SEEN)


@dataclass(frozen=True, slots=True)
class Moved:
    source_folder: FolderId
    source_key: bytes
    target_key: bytes
    change: Xid
    predecessors: PredecessorChangeList


def import_move(tx: Transaction, collector: Collector, moved: Moved, now: int) -> None:
    """3.2.5.9.4.4: the client has chosen the id that the message has from now on."""
    logon, account, target = collector.logon, collector.logon.mailbox.account, collector.folder.folder
    collector.folder.require(tx, Right.INSERT)
    try:
        row = message_of_key(tx, logon, moved.source_key)
    except MessageNotFound:
        raise RopError(ErrorCode.ecNotFound) from None
    if row.is_deleted or row.folder != moved.source_folder:
        raise RopError(ErrorCode.ecSyncObjectDeleted)
    if row.uid is None:
        raise RopError(ErrorCode.ecNotSupported)
    if not logon.rights_on(tx, row.folder) & Right.DELETE_MESSAGES:
        raise RopError(ErrorCode.ecAccessDenied)
    known = known_predecessors(tx, account, logon.identity, row)
    number = number_of_key(logon.identity, moved.target_key)
    copied = move(tx, account, row.folder, ((row.uid, row.uid),), target, now)
    uid = copied.target[0][0]
    after = renumber_message(tx, account, target, uid, MessageId(number) if number else None)
    keys = Keys(
        None if number else moved.target_key,
        moved.change.format(),
        moved.predecessors.merge(known).with_change(moved.change).format(),
    )
    set_keys(tx, account, after, keys)
    collector.note(after.change_number)
