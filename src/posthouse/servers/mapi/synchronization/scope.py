"""Which of a folder's messages a restriction lets through – [MS-OXCFXICS] 3.2.5.3."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from posthouse.database import Transaction
from posthouse.model.flags import Flag
from posthouse.model.ids import MessageId
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable, matches
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.tables.message_rows import MessageRows
from posthouse.store.listing import listed
from posthouse.store.objects import ASSOCIATED, NORMAL
from posthouse.store.synchronizing import Present

from .order import Order


def in_scope(order: Order, tx: Transaction, present: Sequence[Present]) -> Collection[MessageId]:
    """Their ids."""
    if order.restriction is None:
        return {one.id for one in present}
    return {one.id for one in present if matches(order.restriction, _Row(order, tx, one))}


class _Row:
    """A message, for a restriction: most of them ask for what the row tells."""

    def __init__(self, order: Order, tx: Transaction, one: Present) -> None:
        self._order, self._tx, self._one = order, tx, one

    def value(self, tag: PropertyTag) -> Any | None:
        quick = _QUICK.get(tag.id)
        return self._whole.value(tag) if quick is None else quick(self._one)

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return self._whole.parts(tag)

    @cached_property
    def _whole(self) -> ObjectRow:
        order, tx, state = self._order, self._tx, ASSOCIATED if self._one.associated else NORMAL
        rows = MessageRows(order.logon, order.names.values())
        [one] = listed(tx, order.logon.mailbox.account, state, [self._one.id]).values()
        properties, message = rows.read(tx, order.people.at(tx), one, Right.READ)
        return ObjectRow(properties, order.names, message)


_QUICK: Mapping[int, Callable[[Present], Any]] = {
    tags.PidTagMessageDeliveryTime.id: lambda one: file_time(one.internal_date),
    tags.PidTagMessageSize.id: lambda one: one.size,
    tags.PidTagRead.id: lambda one: bool(one.flags & Flag.SEEN),
}
