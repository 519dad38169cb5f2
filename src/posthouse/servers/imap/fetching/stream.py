"""Messages of a view, read in pieces and sent as they come: memory does not grow with what was asked for.

A piece is at most `PIECE` messages, and where rows hold bodies at most about `PIECE_BYTES`. After each the client must
have read most of what it was sent, and other sessions get their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import cast

from posthouse.database import Row, Transaction
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.rights import Right
from posthouse.net.errors import StreamError
from posthouse.protocols.imap.fetch import Attribute
from posthouse.servers.sections import Loaded
from posthouse.store import Store
from posthouse.store.annotations import read_annotations
from posthouse.store.intake import INLINE
from posthouse.store.reading import rows

from ..connection import Connection
from ..replies import Broken
from ..selected import Selected, mark
from ..view import Spans, span_count
from .annotations import Found
from .plan import Plan, make_plan, with_item

PIECE = 500
ANNOTATED = 50
"""The same, where their annotations are asked for."""
PIECE_BYTES = 512 * 1024
FEW = PIECE_BYTES // INLINE
"""So many rows with bodies are never too large."""
ONE_WRITE = 64 * 1024
"""Octets after which others get their turn."""

SEEN = FlagChange(How.ADD, Flags(Flag.SEEN))


def pieces(spans: Spans, size: int = PIECE) -> Iterator[Spans]:
    """The same messages in groups of at most `size`."""
    group: Spans = []
    room = size
    for start, stop in spans:
        while start < stop:
            end = min(stop, start + room)
            group.append((start, end))
            room -= end - start
            start = end
            if not room:
                yield group
                group, room = [], size
    if group:
        yield group


def read_ranges(
    tx: Transaction, account: AccountId, folder: FolderId, ranges: Ranges, columns: tuple[str, ...]
) -> list[Row]:
    """The rows of UID ranges which together are a piece."""
    if len(ranges) == 1:
        return rows(tx, account, folder, *ranges[0], columns, PIECE)
    return [row for low, high in ranges for row in rows(tx, account, folder, low, high, columns, PIECE)]


class Sender:
    """One FETCH under way."""

    def __init__(
        self,
        store: Store,
        connection: Connection,
        selected: Selected,
        plan: Plan,
        *,
        condstore: bool = False,
        newest_first: bool = False,
        on_piece: Callable[[int, int], None] = lambda done, goal: None,
    ) -> None:
        """`condstore`: changes are told with their modseq. `newest_first`: from the highest UID to the lowest.
        `on_piece`: called between responses, when so many of so many messages are done and others are to come."""
        self._store = store
        self._connection = connection
        self._selected = selected
        self._plan = plan
        self._newest_first = newest_first
        self._on_piece = on_piece
        self._done = self._goal = 0
        self._told = (Attribute.FLAGS, Attribute.MODSEQ) if condstore else (Attribute.FLAGS,)
        self.missing = False
        """Whether a message was named that is there no more."""

    async def send(self, spans: Spans) -> None:
        self._done, self._goal = 0, span_count(spans)
        for piece in self._in_order(pieces(spans, ANNOTATED if self._plan.annotated else PIECE)):
            if self._plan.heavy and span_count(piece) > FEW:
                for lighter in self._in_order(await self._by_size(piece)):
                    await self._send_piece(lighter)
            else:
                await self._send_piece(piece)

    def _passed(self, messages: int) -> None:
        self._done += messages
        if 0 < self._done < self._goal:
            self._on_piece(self._done, self._goal)

    def _in_order(self, ascending: Iterable[Spans]) -> Iterable[Spans]:
        return reversed(list(ascending)) if self._newest_first else ascending

    async def _by_size(self, piece: Spans) -> list[Spans]:
        """A piece in parts whose bodies are bearable together."""
        parts: list[list[int]] = [[]]
        room = PIECE_BYTES
        for uid, size in await self._read(piece, ("uid", "size")):
            if parts[-1] and size < INLINE and size > room:
                parts.append([])
                room = PIECE_BYTES
            parts[-1].append(uid)
            room -= size if size < INLINE else 0
        self.missing |= sum(map(len, parts)) < span_count(piece)
        view = self._selected.view
        return [view.spans_of_uids(from_numbers(part)) for part in parts if part]

    async def _send_piece(self, piece: Spans) -> None:
        plan = self._plan
        found = await self._read(piece, plan.columns)
        if plan.marks_seen and self._selected.flag_rights & Right.SEEN:
            unseen = [row[0] for row in found if not row[1] & Flag.SEEN]
            if unseen:
                await self._mark_seen(unseen)
                items = plan.items
                for attribute in self._told:
                    items = with_item(items, attribute)
                plan = make_plan(items, by_uid=plan.by_uid)
                found = await self._read(piece, plan.columns)
        if plan.annotated:
            plan = plan.with_annotations(await self._annotations(piece))
        numbers = self._numbers(piece, found)
        if len(numbers) < len(found):  # expunged, announced and read in one moment by a slow replica
            found = [row for row in found if self._selected.view.number(row[0])]
        if self._newest_first:
            numbers, found = numbers[::-1], found[::-1]
        responses = plan.format(numbers, found) if found else []
        if None in responses:
            await self._write_mixed(plan, numbers, found, responses)
            await self._connection.breathe()
            return
        octets = b"".join(cast(list[bytes], responses))
        self._connection.write(octets)
        self._passed(len(found))
        if len(octets) >= ONE_WRITE or self._connection.stream.congested:
            await self._connection.breathe()

    def _numbers(self, piece: Spans, found: list[Row]) -> Sequence[int]:
        """What the responses begin with."""
        view, by_uid = self._selected.view, self._plan.by_uid
        if len(found) == span_count(piece):
            if by_uid:
                return [row[0] for row in found]
            if len(piece) == 1:
                return range(piece[0][0] + 1, piece[0][1] + 1)
            return list(chain.from_iterable([range(start + 1, stop + 1) for start, stop in piece]))
        self.missing = True
        return [row[0] for row in found if view.number(row[0])] if by_uid else list(view.numbers([r[0] for r in found]))

    async def _mark_seen(self, uids: list[int]) -> None:
        self._selected.view.absorb(await self._store.write(mark, self._selected, from_numbers(uids), SEEN))

    async def _read(self, piece: Spans, columns: tuple[str, ...]) -> list[Row]:
        selected = self._selected
        ranges = selected.view.uid_ranges(piece)
        return await self._store.read(read_ranges, selected.account, selected.folder, ranges, columns)

    async def _annotations(self, piece: Spans) -> Found:
        selected = self._selected
        ranges = selected.view.uid_ranges(piece)
        return await self._store.read(read_annotations, selected.account, selected.folder, ranges, selected.reader)

    async def _write_mixed(
        self, plan: Plan, numbers: Sequence[int], found: list[Row], responses: list[bytes | None]
    ) -> None:
        ready: list[bytes] = []
        for number, row, response in zip(numbers, found, responses, strict=True):
            if response is not None:
                ready.append(response)
                continue
            self._connection.write(b"".join(ready))
            self._passed(len(ready))
            ready.clear()
            await self._write_one(plan, number, row[0])
            self._passed(1)
        self._connection.write(b"".join(ready))
        self._passed(len(ready))

    async def _write_one(self, plan: Plan, number: int, uid: int) -> None:
        """A message by itself, in slices."""
        selected, columns = self._selected, plan.all_columns
        found = await self._store.read(rows, selected.account, selected.folder, uid, uid, columns, 1)
        if not found:
            self.missing = True
            return
        values = dict(zip(columns, found[0], strict=True))
        blob = values["blob"]
        try:
            data = await self._store.open_blob(blob) if blob else values["body"] or b""
        except FileNotFoundError:  # expunged and swept since its row was read
            self.missing = True
            return
        await self._write_slices(plan.format_one(number, values, Loaded(data, values["parts"])))

    async def _write_slices(self, slices: Iterator[bytes]) -> None:
        first = next(slices)  # what may be refused is refused here, before anything is written
        self._connection.write(first)
        written = len(first)
        try:
            for octets in slices:
                self._connection.write(octets)
                written += len(octets)
                if written >= ONE_WRITE:
                    written = 0
                    await self._connection.breathe()
        except StreamError:
            raise
        except Exception as error:
            raise Broken from error
