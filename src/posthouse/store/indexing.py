"""Keeping the full-text index: contents are read in the background, a segment at a time.

Content is immutable and its ids ascend, so a segment is written once when it is full. The last one, which still fills,
is written anew now and then; what it does not know yet is searched directly. A delivery does nothing for the index.

One process indexes at a time, under a lease that each write looks at. The work is done in small pieces with pauses as
long as the work, and a segment counts only when all its pages are there. To write a segment over an older state of
itself does no harm meanwhile: content that was known has its bits in both.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Callable, Iterable, Iterator

from posthouse.database import Transaction
from posthouse.model.ids import AccountId
from posthouse.store.blobs import Blobs
from posthouse.store.matching import Content
from posthouse.store.search_index import BUCKETS, FORMAT, MAP, PER_PAGE, SEGMENT, SQL, buckets_of
from posthouse.store.store import Store

LEASE = 60
"""Seconds."""
PIECE_CONTENTS = 16
PIECE_BYTES = 512 * 1024
PIECE_PAGES = 256
"""Rows in one write: a few milliseconds."""
PAGE = PER_PAGE * MAP
EMPTY = bytes(PAGE)
PAGES = BUCKETS // PER_PAGE
SURVEY = 50
"""Segments that are looked at together."""
TAIL = 256
"""So many unknown contents of the segment that still fills are worth writing it anew."""
MAX_TEXT = 16 * 1024 * 1024
"""Characters of one content. One with more is a candidate for every text."""
COMPRESSION = 6
NO_PARTS = b"0 0 0 text/plain 7bit -"


class LeaseLost(Exception):
    """Another process indexes now."""


class Indexer:
    """One for a process."""

    def __init__(self, store: Store, holder: str, *, pause: float = 1.0) -> None:
        """`pause`: how long to rest for each second of work."""
        self._store = store
        self._holder = holder
        self._pause = pause
        self._settled = 0
        """Segments below are done."""
        self._claimed = 0

    async def round(self) -> int:
        """Index what has come; how many segments were written. 0 as well when another process is at it."""
        segment = await self._next()
        if segment is None or not await self.claim():
            return 0
        written = 0
        with contextlib.suppress(LeaseLost):
            while segment is not None:
                await self.write(segment)
                written += 1
                segment = await self._next()
            await self.release()
        return written

    async def _next(self) -> int | None:
        """The first segment that is worth writing."""
        while True:
            self._settled, unknown, filling = await self._store.scan(survey, self._settled)
            if unknown >= (TAIL if filling else 1):
                return self._settled
            if filling:
                return None
            self._settled += 1

    async def rebuild(self, segments: list[int], on_progress: Callable[[], None]) -> None:
        """All of these anew; the lease must have been claimed. LeaseLost when another process has taken over."""
        for segment in segments:
            await self.write(segment)
            on_progress()

    async def claim(self) -> bool:
        """False: another process indexes."""
        self._claimed = self._store.now()
        return await self._store.write(claim, self._holder, self._claimed)

    async def release(self) -> None:
        await self._store.write(release, self._holder)

    async def drop_emptied(self) -> int:
        """Segments whose contents are all gone; how many."""
        emptied = await self._store.scan(emptied_segments)
        for segment in emptied:
            await self._store.write(drop_segment, segment)
            for first in range(0, PAGES, PIECE_PAGES):
                await self._store.write(drop_pages, segment, first)
        return len(emptied)

    async def write(self, segment: int) -> None:
        board = await self._collect(segment)
        for first in range(0, PAGES, PIECE_PAGES):
            began = time.monotonic()
            pages = await asyncio.to_thread(pack, board.bitmaps, first)
            await self._store.write(put_pages, self._holder, self._store.now(), segment, first, pages)
            await self._rest(began)
        await self._store.write(put_segment, self._holder, self._store.now(), segment, bytes(board.present))

    async def _collect(self, segment: int) -> Board:
        board = Board()
        contents = await self._store.scan(contents_of, segment)
        while contents:
            began = time.monotonic()
            contents = contents[await self._store.scan(read_contents, self._store.blobs, contents, board) :]
            await self._rest(began)
            await self._renew()
        board.finish()
        return board

    async def _renew(self) -> None:
        if self._store.now() >= self._claimed + LEASE // 3 and not await self.claim():
            raise LeaseLost

    async def _rest(self, began: float) -> None:
        await asyncio.sleep((time.monotonic() - began) * self._pause)


def survey(tx: Transaction, first: int) -> tuple[int, int, bool]:
    """Of the next segments the first that does not know all its contents, or the last that was looked at: its number,
    how many it does not know, and whether it is the one that still fills."""
    ((last,),) = tx.all(SQL.last_content)
    filling = last // SEGMENT
    end = max(first, min(first + SURVEY, filling))
    for segment in range(first, end):
        if unknown := count_unknown(tx, segment):
            return segment, unknown, False
    return end, count_unknown(tx, end), end >= filling


def count_unknown(tx: Transaction, segment: int) -> int:
    row = tx.one(SQL.present, (segment, FORMAT))
    present = int.from_bytes(row[0], "little") if row is not None else 0
    return sum([not present >> content % SEGMENT & 1 for content in contents_of(tx, segment)])


def contents_of(tx: Transaction, segment: int) -> list[int]:
    first = segment * SEGMENT
    return [row[0] for row in tx.all(SQL.contents, (first, first + SEGMENT - 1))]


def all_segments(tx: Transaction) -> list[int]:
    ((last,),) = tx.all(SQL.last_content)
    return list(range(last // SEGMENT + 1)) if last else []


def segments_of(tx: Transaction, account: AccountId) -> list[int]:
    """Those in which the account has a message."""
    return [row[0] for row in tx.all(SQL.segments_of, (account,))]


class Board:
    """The bitmaps of a segment while it is read. Eight neighbouring contents are collected beside them as a byte for
    each bucket, for it is quicker to put all those bytes into their places at once."""

    def __init__(self) -> None:
        self.bitmaps = bytearray(BUCKETS * MAP)
        self.present = bytearray(MAP)
        self._eight = bytearray(BUCKETS)
        self._place = 0

    def add(self, content: int, buckets: Iterable[int]) -> None:
        place, bit = divmod(content % SEGMENT, 8)
        if place != self._place:
            self.finish()
            self._place = place
        self.present[place] |= 1 << bit
        eight, mark = self._eight, 1 << bit
        for bucket in buckets:
            eight[bucket] |= mark

    def finish(self) -> None:
        self.bitmaps[self._place :: MAP] = self._eight
        self._eight = bytearray(BUCKETS)


def read_contents(tx: Transaction, blobs: Blobs, contents: list[int], board: Board) -> int:
    """The first few of them; how many. A content that has gone meanwhile has no text."""
    count = weight = 0
    for content in contents[:PIECE_CONTENTS]:
        size, header_size, parts, blob, body = tx.one(SQL.content, (content,)) or (0, 0, NO_PARTS, None, b"")
        weight += size
        if count and weight > PIECE_BYTES:
            break
        board.add(content, _buckets_of(blobs, header_size, parts, blob, body))
        count += 1
    return count


def _buckets_of(blobs: Blobs, header_size: int, parts: bytes, blob: str | None, body: bytes | None) -> Iterable[int]:
    """A message that cannot be read, because its file is gone for example, is a candidate for every text: it must not
    keep others from being indexed."""
    try:
        data = blobs.open(blob) if blob else bytes(body or b"")
        return _buckets(Content(data, header_size, bytes(parts)).texts())
    except Exception:
        return range(BUCKETS)


def _buckets(texts: Iterator[str]) -> Iterable[int]:
    buckets: set[int] = set()
    length = 0
    for text in texts:
        buckets |= buckets_of(text)
        length += len(text)
        if length > MAX_TEXT:
            return range(BUCKETS)
    return buckets


def pack(bitmaps: bytearray, first: int) -> list[tuple[int, bytes]]:
    """Pages that are not empty."""
    pages = [(page, bytes(bitmaps[page * PAGE : (page + 1) * PAGE])) for page in range(first, first + PIECE_PAGES)]
    return [(page, zlib.compress(bits, COMPRESSION)) for page, bits in pages if bits != EMPTY]


def claim(tx: Transaction, holder: str, now: int) -> bool:
    return tx.run(SQL.lease, (holder, now + LEASE, now)) > 0


def release(tx: Transaction, holder: str) -> None:
    tx.run(SQL.end_lease, (holder,))


def _hold_on(tx: Transaction, holder: str, now: int) -> None:
    """Raises LeaseLost."""
    if tx.one(SQL.is_holder, (holder, now)) is None or not claim(tx, holder, now):
        raise LeaseLost


def put_pages(tx: Transaction, holder: str, now: int, segment: int, first: int, pages: list[tuple[int, bytes]]) -> None:
    _hold_on(tx, holder, now)
    drop_pages(tx, segment, first)
    tx.many(SQL.put_page, [(segment, page, bits) for page, bits in pages])


def put_segment(tx: Transaction, holder: str, now: int, segment: int, present: bytes) -> None:
    _hold_on(tx, holder, now)
    tx.run(SQL.put_segment, (segment, FORMAT, present))


def emptied_segments(tx: Transaction) -> list[int]:
    return [row[0] for row in tx.all(SQL.emptied, (100,))]


def drop_segment(tx: Transaction, segment: int) -> None:
    tx.run(SQL.drop_segment, (segment,))


def drop_pages(tx: Transaction, segment: int, first: int) -> None:
    tx.run(SQL.drop_pages, (segment, first, first + PIECE_PAGES - 1))
