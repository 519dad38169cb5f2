"""What a session context of the mailbox endpoint keeps: objects by their handles, and news for its client.

A handle begins with the LogonId, as Exchange's do: the first logon through LogonId 3 is 0x03000000, and there are
programs that count on it. A handle is never 0xFFFFFFFF and is not used again before all others of its LogonId were
(R4556, R4560).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posthouse.directory import Login
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.rop_buffer import EMPTY

from .errors import ErrorCode, RopError
from .going import Going
from .memory import Share
from .news import News

MAX_OBJECTS = 10_000
WEIGHT = 2_000
"""Bytes of one, besides what is counted as its contents: an account has many sessions."""
HANDLE_BITS = 24
HANDLES = 1 << HANDLE_BITS
"""Of each LogonId."""
MISDIRECTED, MISDIRECTED_SECONDS = 5, 10
"""Logons in so many seconds to mailboxes that are on other servers."""


class ServerObject:
    """What a handle stands for: a logon, a folder, a message, a table …"""

    def __init__(self, logon_id: int) -> None:
        self.logon_id = logon_id

    async def finish(self) -> None:
        """Before a client lets go of it: what it has still to do."""

    def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True, slots=True)
class Language:
    """As a client tells it when it connects ([MS-OXCRPC] 3.1.4.1); what is not told is American."""

    code_page: int = 1252
    locale: int = 0x409
    """Of texts that the server makes, an LCID."""
    sort_locale: int = 0x409
    """Of the order of tables."""


class MailboxSession:
    """One context's."""

    def __init__(self, login: Login, language: Language = Language()) -> None:
        self.login, self.language = login, language
        codec = codec_of(language.code_page)
        self.knows_code_page = codec is not None or not language.code_page
        self.codec = codec or "cp1252"
        """Of the strings of 8 bits that this client sends and gets."""
        self._objects: dict[int, ServerObject] = {}
        self._next: dict[int, int] = {}
        """For each LogonId, what its next handle ends with."""
        self._given: dict[int, int] = {}
        """How many handles each LogonId has ever had."""
        self.memory: Share | None = None
        """Where its objects are counted, from its first logon on."""
        self.news = News()
        self.public: frozenset[int] = frozenset()
        """LogonIds of logons to the public folders."""
        self.going: dict[int, Going] = {}
        """Operations that go on, by the LogonId they came through."""
        self._misdirected: tuple[float, ...] = ()
        self._at_end: list[Callable[[], None]] = []

    def text(self, string: str | bytes) -> str:
        """Of a string that may have come in 8 bits."""
        return string if isinstance(string, str) else string.decode(self.codec, "replace")

    def misdirect(self, now: float) -> None:
        """A logon to a mailbox that is on another server, at a time in seconds; ecServerPaused for one too many."""
        times = self._misdirected
        if len(times) == MISDIRECTED and now - times[0] < MISDIRECTED_SECONDS:
            raise RopError(ErrorCode.ecServerPaused)  # [MS-OXCSTOR] R3103
        self._misdirected = (*times, now)[-MISDIRECTED:]

    # objects

    def add(self, made: ServerObject) -> int:
        """The handle of a new object; ecMemory when the account has too many."""
        if len(self._objects) >= MAX_OBJECTS:
            made.close()
            raise RopError(ErrorCode.ecTooManyOpenObjects)
        if self.memory is not None:
            try:
                self.memory.take(WEIGHT)
            except RopError:
                made.close()
                raise
        logon_id = made.logon_id
        number = self._next.get(logon_id, 0)
        while (handle := logon_id << HANDLE_BITS | number) in self._objects or handle == EMPTY:
            number = (number + 1) % HANDLES
        self._next[logon_id] = (number + 1) % HANDLES
        self._given[logon_id] = max(self._given.get(logon_id, 0), number + 1)
        self._objects[handle] = made
        return handle

    def get(self, handle: int, logon_id: int) -> ServerObject:
        """What is wrong with one that is not there, [MS-OXCROPS] 3.2.5.4 tells apart."""
        found = self._objects.get(handle)
        if found is None:
            logon, number = divmod(handle, HANDLES)
            given = number < self._given.get(logon, 0)
            raise RopError(ErrorCode.ecInvalidObject if given else ErrorCode.ecNullObject)
        if found.logon_id != logon_id:
            raise RopError(ErrorCode.ecAccessDenied)
        return found

    def objects(self) -> list[ServerObject]:
        """All that are open."""
        return list(self._objects.values())

    def find(self, handle: int) -> ServerObject | None:
        """Of whichever logon."""
        return self._objects.get(handle)

    def release(self, handle: int) -> None:
        """Of an object that is not there: nothing (R4573)."""
        found = self._objects.pop(handle, None)
        if found is not None:
            found.close()
            if self.memory is not None:
                self.memory.take(-WEIGHT)
            self.news.forget(handle)

    def release_logon(self, logon_id: int) -> None:
        """All that was opened through it, and itself."""
        for handle in [handle for handle, one in self._objects.items() if one.logon_id == logon_id]:
            self.release(handle)

    def __len__(self) -> int:
        return len(self._objects)

    # the end

    def at_end(self, action: Callable[[], None]) -> None:
        """Call this when the context goes."""
        self._at_end.append(action)

    def close(self) -> None:
        for handle in list(self._objects):
            self.release(handle)
        for action in self._at_end:
            action()
