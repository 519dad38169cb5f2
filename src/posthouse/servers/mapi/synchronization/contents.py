"""What a client lacks of a folder's messages – [MS-OXCFXICS] 3.2.5.3, 3.2.5.5, 3.2.5.6.

All is decided in one look at the folder, when the first buffer is asked for: what has changed for this client, what is
gone, what was read. The messages themselves are read later, one by one; one that changes meanwhile is sent as it is
then, and its new number is in the client's state, so that it does not come again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import MessageId, ModSeq
from posthouse.model.rights import Right
from posthouse.protocols.mapi.fast_transfer.chunker import Steps
from posthouse.protocols.mapi.fast_transfer.elements.contents_sync import (
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
from posthouse.protocols.mapi.fast_transfer.structures import ExtendedErrorInfo, ProgressInformation
from posthouse.protocols.mapi.fast_transfer.writer import Writer
from posthouse.protocols.mapi.identifiers import OWN_REPLICA
from posthouse.protocols.mapi.rops.synchronization import SynchronizationFlags as Wanted
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.store.accounts import highest_modseq
from posthouse.store.synchronizing import Present

from .broken import BROKEN, in_place_of
from .changes import changes_of
from .download import Reading
from .looking import known_up_to, look, look_at
from .order import Order
from .partial import PartialChanges
from .scope import in_scope
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
) -> Iterator[FullChange | PartialChange | ExtendedErrorInfo]:
    for number in plan.changed:
        try:
            change_number, found = changes_of(order, reading.tx, MessageId(number), partial)
        except BROKEN as error:
            yield in_place_of(order.logon, order.folder, MessageId(number), error, recovers=order.recovers)
            continue
        if change_number > plan.highest:
            plan.later.append(change_number)
        if found:
            plan.sent.append(number)
        yield from found
