"""Tables of messages – [MS-OXCFOLD] 2.2.1.14, 3.2.5.14.

A table keeps the ids of its messages and nothing else of them. What it is usually ordered and chosen by stands in
columns of the store and is read in one pass; for anything else the pass reads whole rows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key, partial
from typing import Any

from posthouse.database import Row, Transaction
from posthouse.model.flags import Flag
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.matching import Matchable, matches
from posthouse.protocols.mapi.mime.essentials import moment
from posthouse.protocols.mapi.mime.subjects import split_subject
from posthouse.protocols.mapi.objects import Key, Properties
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.restrictions import BitMask, Direction, Restriction, SortOrder
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.identity import object_id
from posthouse.servers.mapi.messages.properties import PLACED, READ, STORE, UNSENT
from posthouse.servers.mapi.people import People
from posthouse.store.listing import Listing, changed_ids, listed, scan_columns, scan_rows, version_of
from posthouse.store.objects import ASSOCIATED, DELETED, DELETED_ASSOCIATED, NORMAL, count_aside

from .conditions import conditions_of, tags_in
from .message_rows import MessageRows
from .selection import ObjectRow, Selected, SortKey, Wanted, is_before, select, sort_key
from .source import Kind, Source

Field = tuple[str, Callable[[Any], Any]]
"""A column of the store, and how the value follows from it."""

_FIELDS: Mapping[PropertyTag, Field] = {
    tags.PidTagMid: ("id", object_id),
    tags.PidTagInstID: ("id", object_id),
    tags.PidTagMessageDeliveryTime: ("delivered", moment),
    tags.PidTagMessageSize: ("size", lambda size: min(size, 2**31 - 1)),
    tags.PidTagRead: ("flags", lambda flags: bool(flags & Flag.SEEN)),
    tags.PidTagSubject: ("subject", lambda subject: "".join(split_subject(subject))),
    tags.PidTagNormalizedSubject: ("subject", lambda subject: split_subject(subject)[1]),
}
_FLAGS: Field = ("flags", lambda flags: (READ if flags & Flag.SEEN else 0) | (UNSENT if flags & Flag.DRAFT else 0))
"""As far as conditions ask for these bits."""
_ORDERED_BY: Mapping[PropertyTag, Field] = {
    **_FIELDS,
    tags.PidTagSentRepresentingName: ("from", lambda key: key or None),
    tags.PidTagClientSubmitTime: ("sent", lambda sent: None if sent is None else moment(sent)),
}
"""Keys that are ordered like the values."""
DEFAULT = (SortOrder(tags.PidTagMessageDeliveryTime, Direction.DESCENDING),)
"""No order is documented; clients show the newest first."""


class ContentsSource(Source):
    kind = Kind.CONTENTS

    def __init__(self, opened: OpenFolder, people: People, flags: ContentsTableFlags) -> None:
        super().__init__(opened.logon)
        self._opened, self._people, self.folder = opened, people, opened.folder
        self.listing = Listing(opened.account, opened.folder, _state(flags))

    async def version(self) -> Any:
        return await self.logon.store.read(self._find_version)

    def _find_version(self, tx: Transaction) -> Any:
        if not self.logon.mailbox.owner:
            self._rights(tx)
        found = version_of(tx, *self.listing[:2])
        if found is None and not self._opened.deleted:
            raise RopError(ErrorCode.ecObjectDeleted)
        return found

    def _rights(self, tx: Transaction) -> Right:
        rights = self.logon.rights_on(tx, self.listing.folder)
        if not rights & Right.LOOKUP:
            raise RopError(ErrorCode.ecNotFound)
        if not rights & Right.READ:
            raise RopError(ErrorCode.ecAccessDenied)
        return rights

    async def count(self) -> int:
        return await self.logon.store.read(self._count)

    def _count(self, tx: Transaction) -> int:
        facts = self._opened.facts(tx)
        if not facts.rights & Right.READ:
            raise RopError(ErrorCode.ecAccessDenied)
        if self.listing.state == NORMAL:
            return facts.folder.total
        return count_aside(tx, *self.listing[:2]).get(self.listing.state, (0, 0))[0]

    # choosing
    async def select(self, wanted: Wanted) -> Selected:
        return await self.logon.store.scan(self._select, _ordered(wanted))

    def _select(self, tx: Transaction, wanted: Wanted) -> Selected:
        return select(self._candidates(tx, wanted, None), wanted)

    async def merge(self, lines: array[int], since: Any, wanted: Wanted) -> array[int] | None:
        if not wanted.is_flat or self.listing.state != NORMAL or since is None:
            return None
        return await self.logon.store.scan(self._merge, lines, since, _ordered(wanted))

    def _merge(self, tx: Transaction, lines: array[int], since: Any, wanted: Wanted) -> array[int] | None:
        found = changed_ids(tx, self.listing, since)
        if found is None:
            return None
        came, gone = found
        away = came | gone
        merged = array("q", [line for line in lines if line not in away]) if away else lines
        order = _Order(wanted, lambda ids: dict(self._candidates(tx, wanted, ids)))
        for key, row in list(self._candidates(tx, wanted, sorted(came))):
            if wanted.restriction is None or matches(wanted.restriction, row):
                merged.insert(order.place(merged, key, row), key)
        return merged

    async def matching(self, keys: Sequence[int], wanted: Wanted) -> set[int]:
        return await self.logon.store.scan(self._matching, keys, wanted)

    def _matching(self, tx: Transaction, keys: Sequence[int], wanted: Wanted) -> set[int]:
        return set(select(self._candidates(tx, wanted, keys), wanted).lines)

    def _candidates(
        self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None
    ) -> Iterable[tuple[int, Matchable]]:
        """All, or those of `ids`."""
        fields = _fields(wanted)
        if fields is not None:
            return _from_columns(scan_columns(tx, self.listing, _columns(fields), ids), fields)
        return self._from_rows(tx, wanted, ids)

    def _from_rows(self, tx: Transaction, wanted: Wanted, ids: Sequence[int] | None) -> Iterator[tuple[int, ObjectRow]]:
        asked = (*tags_in(wanted.restriction), *(order.tag for order in wanted.orders), tags.PidTagRead)
        asked += () if wanted.instances is None else (wanted.instances,)
        keys = {key for key in map(wanted.key_of, asked) if key is not None}
        rows, book, rights = MessageRows(self.logon, keys), self._people.at(tx), Right.READ
        if ids is None:
            found = scan_rows(tx, self.listing)
        else:
            found = iter(listed(tx, self.listing.account, self.listing.state, ids).values())
        for one in found:
            properties, message = rows.read(tx, book, one, rights)
            yield one.row.id, ObjectRow(properties, wanted.names, message)

    # rows
    async def rows(self, keys: Sequence[int], wanted: Collection[Key]) -> Mapping[int, Properties]:
        return await self.logon.store.scan(self._rows, keys, MessageRows(self.logon, wanted))

    def _rows(self, tx: Transaction, keys: Sequence[int], rows: MessageRows) -> Mapping[int, Properties]:
        rights, book = self._rights(tx), self._people.at(tx)
        found = listed(tx, self.listing.account, self.listing.state, keys)
        return {number: rows.read(tx, book, one, rights)[0] for number, one in found.items()}

    def columns(self) -> Sequence[PropertyTag]:
        return tuple(dict.fromkeys((*_ORDERED_BY, *PLACED, *STORE, *_USUAL)))


_USUAL: tuple[PropertyTag, ...] = (
    *(tags.PidTagMessageClass, tags.PidTagMessageFlags, tags.PidTagSubjectPrefix, tags.PidTagConversationTopic),
    *(tags.PidTagSenderName, tags.PidTagSenderEmailAddress, tags.PidTagSenderAddressType, tags.PidTagSenderEntryId),
    *(tags.PidTagSentRepresentingEmailAddress, tags.PidTagSentRepresentingAddressType),
    *(tags.PidTagDisplayTo, tags.PidTagDisplayCc, tags.PidTagDisplayBcc, tags.PidTagImportance, tags.PidTagPriority),
    *(tags.PidTagSensitivity, tags.PidTagHasAttachments, tags.PidTagInternetMessageId, tags.PidTagConversationId),
    *(tags.PidTagConversationIndex, tags.PidTagIconIndex, tags.PidTagFlagStatus, tags.PidTagLastVerbExecuted),
    *(tags.PidTagAccess, tags.PidTagAccessLevel, tags.PidTagDepth, tags.PidTagRowType, tags.PidTagInstanceNum),
    *(tags.PidTagLastModificationTime, tags.PidTagCreationTime, tags.PidTagBody, tags.PidTagTransportMessageHeaders),
)


def _state(flags: ContentsTableFlags) -> int:
    if ContentsTableFlags.SOFT_DELETES in flags:
        return DELETED_ASSOCIATED if ContentsTableFlags.ASSOCIATED in flags else DELETED
    return ASSOCIATED if ContentsTableFlags.ASSOCIATED in flags else NORMAL


def _ordered(wanted: Wanted) -> Wanted:
    return wanted if wanted.orders else Wanted(DEFAULT, 0, wanted.restriction, wanted.instances, wanted.names)


# what columns of the store tell
class ColumnsRow:
    __slots__ = ("_fields", "_row")

    def __init__(self, row: Row, fields: Mapping[PropertyTag, tuple[int, Callable[[Any], Any]]]) -> None:
        self._row, self._fields = row, fields

    def value(self, tag: PropertyTag) -> Any | None:
        place, of = self._fields[tag]
        return of(self._row[place])

    def parts(self, tag: PropertyTag) -> Iterable[Matchable]:
        return ()


def _fields(wanted: Wanted) -> dict[PropertyTag, Field] | None:
    """Of all that is asked for; None: columns do not tell it all."""
    if not wanted.is_flat:
        return None
    found: dict[PropertyTag, Field] = {}
    for order in wanted.orders:
        if order.tag not in _ORDERED_BY:
            return None
        found[order.tag] = _ORDERED_BY[order.tag]
    for one in conditions_of(wanted.restriction) if wanted.restriction is not None else ():
        for tag in tags_in(one):
            field = _field_of(one, tag)
            if field is None or found.setdefault(tag, field) is not field:
                return None
    return found


def _field_of(one: Restriction, tag: PropertyTag) -> Field | None:
    if tag == tags.PidTagMessageFlags and isinstance(one, BitMask) and not one.mask & ~(READ | UNSENT):
        return _FLAGS
    return _FIELDS.get(tag)


def _columns(fields: Mapping[PropertyTag, Field]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("id", *(column for column, _ in fields.values()))))


def _from_columns(rows: Iterable[Row], fields: Mapping[PropertyTag, Field]) -> Iterator[tuple[int, Matchable]]:
    places = {column: place for place, column in enumerate(_columns(fields))}
    found = {tag: (places[column], of) for tag, (column, of) in fields.items()}
    return ((row[0], ColumnsRow(row, found)) for row in rows)


class _Order:
    """Where one more row belongs among others that are in order; of these only a few are read."""

    def __init__(self, wanted: Wanted, read: Callable[[Sequence[int]], Mapping[int, Matchable]]) -> None:
        self._wanted, self._read = wanted, read

    def place(self, lines: array[int], key: int, row: Matchable) -> int:
        mine = self._keys(row), key
        compared = cmp_to_key(partial(self._compare, {key: mine}))
        return bisect_left(lines, compared(key), key=compared)

    def _compare(self, known: dict[int, tuple[tuple[SortKey, ...], int]], a: int, b: int) -> int:
        for key in (a, b):
            if key not in known:
                found = self._read([key])
                known[key] = (self._keys(found[key]) if key in found else (), key)
        (one, first), (other, second) = known[a], known[b]
        before = is_before(one, other, self._wanted.orders) if one and other else None
        return first - second if before is None else -1 if before else 1

    def _keys(self, row: Matchable) -> tuple[SortKey, ...]:
        return tuple(sort_key(row.value(order.tag)) for order in self._wanted.orders)
