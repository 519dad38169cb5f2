"""What a search has found so far, and what of it has changed for whoever has heard of it before."""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from posthouse.model.ids import FolderId, MessageId, ModSeq
from posthouse.servers.mapi.tables.selection import Wanted
from posthouse.store.search_folders import Search

NEVER = ModSeq(0)
NOWHERE = FolderId(0)
NOTED = 1_000
"""Differences that are known one by one."""


class Found(NamedTuple):
    """A message that a search has found."""

    folder: FolderId
    """`NOWHERE`: it was there when a static search found it."""
    message: MessageId
    seen: bool

    @property
    def is_gone(self) -> bool:
        return self.folder == NOWHERE


class Difference(NamedTuple):
    """Of one message; None: it is not found."""

    before: Found | None
    after: Found | None


@dataclass(slots=True)
class Place:
    """A folder that a search looks into."""

    modseq: ModSeq = NEVER
    """Up to which it was looked at."""
    found: dict[MessageId, bool] = field(default_factory=dict)
    """Whether each is read."""
    waiting: int = 0
    """Messages that are still to be judged."""
    ids: array[int] | None = None
    """Which these are; None: all of the folder."""


@dataclass(slots=True)
class Known:
    search: Search
    wanted: Wanted | None = None
    """What it looks for; None: nobody has looked yet."""
    modseq: ModSeq = NEVER
    """Of the account, when somebody last looked."""
    turn: int = 0
    """How often something was found, or no longer is, or is read or not as it was not before."""
    running: bool = False
    """Begun here, and nobody has looked yet."""
    folders: dict[FolderId, Place] = field(default_factory=dict)
    total: int = 0
    unread: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _noted: deque[Difference] = field(default_factory=lambda: deque[Difference](maxlen=NOTED))

    def anew(self, search: Search) -> Known:
        """It looks for something else: all has to be judged, and what is found no longer is told of."""
        places = {folder: Place(found=dict(place.found)) for folder, place in tuple(self.folders.items())}
        found = [seen for place in places.values() for seen in place.found.values()]
        return Known(search, None, NEVER, self.turn, False, places, len(found), found.count(False))

    def all(self) -> list[Found]:
        return [
            Found(folder, message, seen)
            for folder, place in self.folders.items()
            for message, seen in place.found.items()
        ]

    def __len__(self) -> int:
        return self.total

    @property
    def counts(self) -> tuple[int, int]:
        """Messages, and those of them that are not read."""
        return self.total, self.unread

    @property
    def waiting(self) -> int:
        return sum(place.waiting for place in self.folders.values())

    @property
    def is_complete(self) -> bool:
        """Everything was judged when somebody last looked."""
        return self.modseq != NEVER and not self.waiting

    def find(self, folder: FolderId, message: MessageId) -> Found | None:
        place = self.folders.get(folder)
        seen = None if place is None else place.found.get(message)
        return None if seen is None else Found(folder, message, seen)

    def put(self, folder: FolderId, message: MessageId, seen: bool | None) -> None:
        """None: it is not found."""
        before = self.find(folder, message)
        after = None if seen is None else Found(folder, message, seen)
        if before == after:
            return
        if seen is None:
            del self.folders[folder].found[message]
        else:
            self.folders[folder].found[message] = seen
        for one, by in ((before, -1), (after, 1)):
            if one is not None:
                self.total += by
                self.unread += 0 if one.seen else by
        self.turn += 1
        self._noted.append(Difference(before, after))

    def leave(self, folder: FolderId) -> None:
        """It does not look in there any more."""
        for message in tuple(self.folders[folder].found):
            self.put(folder, message, None)
        del self.folders[folder]

    def since(self, turn: int) -> Iterator[Difference]:
        """One for each message; of very many only the last."""
        first: dict[MessageId, Difference] = {}
        for one in islice(self._noted, max(0, len(self._noted) - (self.turn - turn)), None):
            found = one.before or one.after
            assert found is not None
            earlier = first.get(found.message)
            first[found.message] = one if earlier is None else Difference(earlier.before, one.after)
        return (one for one in first.values() if one.before != one.after)
