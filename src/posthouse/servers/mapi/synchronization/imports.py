"""Changes of a client, one by one – [MS-OXCFXICS] 3.2.5.9.4.2, 3.2.5.9.4.5, 3.2.5.9.4.6, 3.1.5.6.

Two versions of which neither contains the other are in conflict: the one that was written last wins, and the other one
can be recovered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from posthouse.database import Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import MessageId
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import Right, of_own_messages
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
from posthouse.servers.mapi.folders.folder import require
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.messages.receipts import Receipt, Receipts
from posthouse.servers.mapi.owned import permitted
from posthouse.store.accounts import highest_modseq, lock_account
from posthouse.store.deletion import choose, delete_for_good, delete_softly
from posthouse.store.flags import change_flags
from posthouse.store.folder_objects import has_folder
from posthouse.store.object_changes import set_keys, update_message
from posthouse.store.objects import Form, Keys, StoredMessage, find_message, load_form

from .absent import has_gone, note_absent
from .collector import Collector, checked_number, is_in, known_predecessors, missing

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
    """`modified`: when a version that is here was written. What was deleted here, or has gone elsewhere, stays so."""
    row = missing(tx, collector.logon, version.source_key)
    if row is None:
        checked_number(tx, collector.logon, version.source_key)
        if has_gone(tx, collector.logon, collector.folder.folder, version.source_key):
            raise RopError(ErrorCode.ecSyncObjectDeleted)
        return Judged(Verdict.NEW)
    if not is_in(row, collector.folder.folder):
        raise RopError(ErrorCode.ecSyncObjectDeleted)
    account, identity = collector.logon.mailbox.account, collector.logon.identity
    known = known_predecessors(tx, account, identity, row)
    order = version.predecessors.with_change(version.change).compare(known)
    if order is Order.NEWER:
        return Judged(Verdict.NEWER, row, known)
    if order in (Order.SAME, Order.OLDER):
        return Judged(Verdict.KNOWN, row, known)
    ours = written(modified(row), parse_xid(change_key(tx, collector.logon, row)))
    return Judged(Verdict.CONFLICT, row, known, written(version.modified, version.change) >= ours)


def follow_both(tx: Transaction, collector: Collector, message: MessageId, version: Version, now: int) -> None:
    """What is here has won against a client's version, and becomes one that contains it: the client gets it (R1804)."""
    follow(tx, collector, message, version.predecessors.with_change(version.change), now)


def follow(tx: Transaction, collector: Collector, message: MessageId, known: PredecessorChangeList, now: int) -> None:
    """What is here becomes a version that contains these as well."""
    logon, account = collector.logon, collector.logon.mailbox.account
    row = find_message(tx, account, message)
    both = known_predecessors(tx, account, logon.identity, row).merge(known)
    form = load_form(tx, account, row) or Form(False, b"")
    after = update_message(tx, account, row, form, now)
    change = parse_xid(logon.identity.key(after.change_number))
    set_keys(tx, account, after, Keys(form.keys.source_key, change.format(), both.with_change(change).format()))


def import_deletes(tx: Transaction, collector: Collector, keys: Sequence[bytes], hard: bool, now: int) -> None:
    """3.2.5.9.4.5: what is not there is passed over, and does not come later (R2251). All of the others go, or none
    and ecAccessDenied (R3512)."""
    logon, account, folder = collector.logon, collector.logon.mailbox.account, collector.folder.folder
    lock_account(tx, account)
    if not has_folder(tx, account, folder):
        return  # with all that was in it (R2250)
    rights = collector.facts(tx).rights
    if Right.DELETE_MESSAGES & ~of_own_messages(rights):
        raise RopError(ErrorCode.ecAccessDenied)
    rows = {key: missing(tx, logon, key) for key in keys}
    found = {row.id for row in rows.values() if row is not None and is_in(row, folder)}
    if len(permitted(tx, logon, rights, Right.DELETE_MESSAGES, sorted(found))) < len(found):
        raise RopError(ErrorCode.ecAccessDenied)
    if rights & Right.DELETE_MESSAGES:
        note_absent(tx, logon, folder, (key for key, row in rows.items() if row is None))
    if not found:
        return
    chosen = choose(tx, account, folder, found)
    if hard:
        delete_for_good(tx, account, folder, chosen)
    else:
        delete_softly(tx, account, folder, chosen, now)


ReadStates = Sequence[tuple[bytes, bool]]


def uids_marked(tx: Transaction, collector: Collector, states: ReadStates, *, read: bool) -> Ranges:
    """Of the messages that become read, or unread: of what is told of one several times, the last counts (R2258). What
    is not there, or associated (R2259), is passed over."""
    last: dict[int, bool] = {}
    for key, wanted in states:
        row = missing(tx, collector.logon, key)
        if row is not None and row.uid is not None and is_in(row, collector.folder.folder):
            last[row.uid] = wanted
    return from_numbers(sorted(uid for uid, wanted in last.items() if wanted is read))


@dataclass(frozen=True, slots=True)
class ReadStateImport:
    """3.2.5.9.4.6: as RopSetMessageReadFlag for each (R2258), but those of many are two changes."""

    collector: Collector
    states: ReadStates
    receipts: Receipts

    def awaited(self, tx: Transaction) -> Sequence[Receipt]:
        """By those who sent what becomes read."""
        collector = self.collector
        uids = uids_marked(tx, collector, self.states, read=True)
        return list(self.receipts.awaited(tx, collector.logon, collector.folder.folder, uids, was_read=True))

    def write(self, tx: Transaction, awaited: Sequence[Receipt]) -> None:
        collector, logon = self.collector, self.collector.logon
        account, folder = logon.mailbox.account, collector.folder.folder
        before = lock_account(tx, account)
        require(collector.facts(tx), Right.SEEN)
        for read, how in ((True, How.ADD), (False, How.REMOVE)):
            uids = uids_marked(tx, collector, self.states, read=read)
            if uids:
                change_flags(tx, account, folder, uids, FlagChange(how, Flags(Flag.SEEN)))
        self.receipts.settle(tx, logon, folder, awaited, send=True)
        after = highest_modseq(tx, account)
        if after > before:
            collector.note_read(before + 1, after)


def change_key(tx: Transaction, logon: Logon, row: StoredMessage) -> bytes:
    """Of what a message is here."""
    form = load_form(tx, logon.mailbox.account, row)
    return form.keys.change_key if form and form.keys.change_key else logon.identity.key(row.change_number)
