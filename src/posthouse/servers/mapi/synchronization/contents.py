"""What a client lacks of a folder's messages – [MS-OXCFXICS] 3.2.5.3, 3.2.5.5, 3.2.5.6.

All is decided in one look at the folder, when the first buffer is asked for: what has changed for this client, what is
gone, what was read. The messages themselves are read later, one by one; one that changes meanwhile is sent as it is
then, and its new number is in the client's state, so that it does not come again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import MessageId, ModSeq
from posthouse.model.refusals import MessageNotFound
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import versions_of
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
    ChangeHeader,
    ContentsSync,
    ExtraFlags,
    FullChange,
    PartialChange,
    contents_sync,
)
from posthouse.protocols.mapi.fast_transfer.elements.sync_state import Deletions, ReadStateChanges
from posthouse.protocols.mapi.fast_transfer.globsets import Globset, globset_of
from posthouse.protocols.mapi.fast_transfer.idsets import IdSet, idset
from posthouse.protocols.mapi.fast_transfer.pieces import Piece
from posthouse.protocols.mapi.fast_transfer.structures import ProgressInformation
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, value_of
from posthouse.protocols.mapi.property_groups import MARKS, group_of
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Wanted
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.messages.properties import computed_properties
from posthouse.servers.mapi.messages.reading import read_message
from posthouse.servers.mapi.versions import format_predecessors
from posthouse.store.accounts import highest_modseq
from posthouse.store.objects import Keys as ChangeKeys
from posthouse.store.objects import StoredMessage, find_message
from posthouse.store.synchronizing import Present

from .download import Reading
from .looking import known_up_to, look, look_at
from .order import Order
from .partial import PartialChanges
from .scope import in_scope
from .selection import EVERYTHING, filtered
from .state import ClientState, as_state


@dataclass(slots=True)
class _Plan:
    """What one look at the folder has found."""

    highest: int
    """Of all changes in the account that this look has seen."""
    changed: array[int]
    """Ids, in the order in which they are sent; of all that was found, this is what stays in memory."""
    sizes: ProgressInformation
    gone: Globset
    out_of_scope: Globset
    read: Globset
    unread: Globset
    sent: array[int] = field(default_factory=lambda: array("q"))
    later: list[int] = field(default_factory=list)
    """Changes of messages that came after the look, and were sent all the same."""


def contents_stream(order: Order, reading: Reading, writer: Writer, steps: Steps) -> Iterator[Piece]:
    plan = _look(order, reading.tx)
    steps.total = max(len(plan.changed), 1)
    sync = ContentsSync(
        _changes(order, plan, reading, PartialChanges(order, writer)),
        lambda: order.ended(as_state(_after(order, plan), given=True, contents=True)),
        _deletions(order, plan),
        ReadStateChanges(_own(plan.read), _own(plan.unread)),
        plan.sizes if Wanted.PROGRESS in order.flags else None,
        order.extra,
    )
    yield from contents_sync(writer, sync, steps)


def _look(order: Order, tx: Transaction) -> _Plan:
    OpenFolder(order.logon, order.folder).require(tx, Right.READ)  # which may have been taken away meanwhile
    account, state = order.logon.mailbox.account, order.state
    replica = order.logon.mailbox.replica_guid
    highest = highest_modseq(tx, account)
    given = state.given.of(replica)
    if order.found is None:
        seen_here = look(tx, account, order.folder, given, _since(order))
    else:
        seen_here = look_at(tx, account, order.found, given)
    present = [one for one in seen_here.present if _is_wanted(order.flags, one)]
    inside = in_scope(order, tx, present)
    out_of_scope = globset_of(one.id for one in present if one.id not in inside and one.id in given)
    present = [one for one in present if one.id in inside]
    seen, seen_fai = state.seen.of(replica), state.seen_fai.of(replica)
    changed = [
        one for one in present if one.change_number not in (seen_fai if one.associated else seen) or one.id not in given
    ]
    read, unread = _read_states(order, present, {one.id for one in changed})
    ids = array("q", [one.id for one in _in_order(order, changed)])
    return _Plan(highest, ids, _progress(changed), seen_here.gone, out_of_scope, read, unread)


def _is_wanted(flags: Wanted, one: Present) -> bool:
    return (Wanted.FAI if one.associated else Wanted.NORMAL) in flags


def _since(order: Order) -> ModSeq | None:
    """A restriction may have been another one before."""
    if order.restriction is not None or Wanted.NORMAL not in order.flags:
        return None
    state = order.state
    sets = (state.seen, state.read) if Wanted.READ_STATE in order.flags else (state.seen,)
    return known_up_to(order.logon.mailbox.replica_guid, *sets)


def _in_order(order: Order, changed: list[Present]) -> list[Present]:
    """The latest delivered first, or as they were changed."""
    if order.extra & ExtraFlags.ORDER_BY_DELIVERY_TIME:
        return sorted(changed, key=lambda one: (-one.internal_date, one.id))
    return sorted(changed, key=lambda one: one.change_number)


def _read_states(order: Order, present: list[Present], sent: set[int]) -> tuple[Globset, Globset]:
    """Of messages that the client has, and does not get now."""
    if Wanted.READ_STATE not in order.flags:
        return Globset(), Globset()
    known = order.state.read.of(order.logon.mailbox.replica_guid)
    moved = [
        one
        for one in present
        if one.modseq != one.change_number and one.modseq not in known and one.id not in sent and not one.associated
    ]
    return (
        globset_of(one.id for one in moved if one.flags & Flag.SEEN),
        globset_of(one.id for one in moved if not one.flags & Flag.SEEN),
    )


def _deletions(order: Order, plan: _Plan) -> Deletions:
    if Wanted.NO_DELETIONS in order.flags:
        return Deletions()
    ignored = Wanted.IGNORE_NO_LONGER_IN_SCOPE in order.flags
    return Deletions(_own(plan.gone), IdSet() if ignored else _own(plan.out_of_scope))


def _own(counters: Globset) -> IdSet[int]:
    return idset({OWN_REPLICA: counters})


def _progress(changed: list[Present]) -> ProgressInformation:
    associated = [one.size for one in changed if one.associated]
    normal = [one.size for one in changed if not one.associated]
    return ProgressInformation(len(associated), sum(associated), len(normal), sum(normal))


def _after(order: Order, plan: _Plan) -> ClientState:
    """The client's state when all of this has reached it."""
    replica, before, flags = order.logon.mailbox.replica_guid, order.state, order.flags
    deletions = _deletions(order, plan)
    told = idset({replica: deletions.deleted.of(OWN_REPLICA) | deletions.no_longer_in_scope.of(OWN_REPLICA)})
    sent = idset({replica: globset_of(plan.sent)})
    everything = idset({replica: Globset(((1, plan.highest),)) | globset_of(plan.later)})
    return ClientState(
        (before.given - told) | sent,
        before.seen | everything if Wanted.NORMAL in flags else before.seen,
        before.seen_fai | everything if Wanted.FAI in flags else before.seen_fai,
        before.read | everything if Wanted.READ_STATE in flags else before.read,
    )


def _changes(
    order: Order, plan: _Plan, reading: Reading, partial: PartialChanges
) -> Iterator[FullChange | PartialChange]:
    for number in plan.changed:
        found = _changes_of(order, plan, reading.tx, MessageId(number), partial)
        if found:
            plan.sent.append(number)
        yield from found


def _changes_of(
    order: Order, plan: _Plan, tx: Transaction, number: MessageId, partial: PartialChanges
) -> Sequence[FullChange | PartialChange]:
    """One, or each version of a message in conflict (3.1.5.6.2.1); none: it has gone since, also to where the client
    may not read, which it hears next time."""
    logon, account = order.logon, order.logon.mailbox.account
    try:
        row = find_message(tx, account, number)
    except MessageNotFound:
        return ()
    if row.is_deleted or (row.folder != order.folder and order.found is None):
        return ()
    if not logon.rights_on(tx, row.folder) & Right.READ:
        return ()
    read = read_message(tx, logon.store.blobs, account, row, order.people.at(tx))
    if row.change_number > plan.highest:
        plan.later.append(row.change_number)
    versions = versions_of(read.tree)
    if versions:
        marked = [_with_marks(version, read.tree) for version in versions]
        return [_whole(order, row, _keys_of(read.keys, version), version) for version in marked]
    groups = partial.groups(row, read.groups)
    whole = _whole(order, row, read.keys, read.tree)
    return [whole if groups is None else partial.change(whole, groups)]


def _with_marks(version: Message, message: Message) -> Message:
    """Marks are of the message, whichever of its versions it is."""
    own = {key: value for key, value in version.properties.items() if group_of(key) != MARKS}
    marks = {key: value for key, value in message.properties.items() if group_of(key) == MARKS}
    return Message(own | marks, version.recipients, version.attachments)


def _keys_of(keys: ChangeKeys, version: Message) -> ChangeKeys:
    change, known = tags.PidTagChangeKey, tags.PidTagPredecessorChangeList
    return ChangeKeys(keys.source_key, *(value_of(version.properties, tag) for tag in (change, known)))


def _whole(order: Order, row: StoredMessage, keys: ChangeKeys, message: Message) -> FullChange:
    message.properties |= computed_properties(message, order.logon.mailbox, row, keys, ALL_RIGHTS)
    wanted = order.wanted
    if row.is_associated and wanted.only and Wanted.IGNORE_SPECIFIED_ON_FAI in order.flags:
        wanted = EVERYTHING
    return FullChange(_header(order, row, keys, message), filtered(message, wanted), wanted.children)


def _header(order: Order, row: StoredMessage, keys: ChangeKeys, message: Message) -> ChangeHeader:
    logon = order.logon
    own = Wanted.NO_FOREIGN_IDENTIFIERS in order.flags
    modified = value_of(message.properties, tags.PidTagLastModificationTime) or file_time(row.saved)
    return ChangeHeader(
        logon.identity.key(row.id) if own or keys.source_key is None else keys.source_key,
        modified,
        keys.change_key or logon.identity.key(row.change_number),
        format_predecessors(logon.identity, keys, row.change_number),
        row.is_associated,
        ObjectId(OWN_REPLICA, row.id),
        row.size,
        ObjectId(OWN_REPLICA, row.change_number),
    )
