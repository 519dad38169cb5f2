"""One look at an account for all who wait for news of it in one worker.

A hint says that something has changed; the first is followed at once, and what comes while it is looked at, or shortly
after, is looked at together. Hints may be lost: so the watcher also looks when one of its sessions executes or begins
to wait, and now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.rights import Right
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Gauge
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.news import News
from posthouse.store import Store
from posthouse.store.news import AccountNews, AccountState, account_state, news_since

from .events import Event
from .happenings import events_of
from .subscription import Listener, Told

MAX_COPIED = 20_000
PAUSE = 0.02
"""Seconds between two looks that hints ask for."""
LARGE = 20_000
"""Messages of a folder from which on the account is looked at in a thread."""

MAX_LISTENERS = 2_000
"""Subscriptions and tables of all sessions of an account: nothing else is done while they are told."""

WATCHED = Gauge("posthouse_mapi_watched_accounts", "Accounts of which MAPI clients hear what happens.")


@dataclass(frozen=True, slots=True)
class Look:
    news: AccountNews
    events: list[Event]


class Watcher:
    """Of one account; of public folders, as one reader has them."""

    def __init__(self, store: Store, account: AccountId, log: Logger, forget: Callable[[], None]) -> None:
        """`forget`: called when nobody listens any more."""
        self._store, self.account, self._log, self._forget = store, account, log, forget
        self._state: AccountState | None = None
        self._listeners: dict[Listener, News] = {}
        self._coming = 0
        """Listeners that are about to be added."""
        self._guests: dict[AccountId, dict[FolderId, Right]] = {}
        """What they may do where."""
        self.copied: dict[FolderId, FolderId] = {}
        """Folders that this worker has just made, and which they are copies of: the store does not tell that."""
        self._lock = asyncio.Lock()
        self._hinted = False
        self._looking: asyncio.Task[None] | None = None
        self._deaf = store.subscribe(account, self._on_hint)

    # who listens
    async def add(self, listener: Listener, news: News) -> Callable[[], None]:
        """It hears of what happens from now on, until the returned function is called. ecTooManyOpenObjects."""
        self._coming += 1
        try:
            if len(self._listeners) + self._coming > MAX_LISTENERS:
                raise RopError(ErrorCode.ecTooManyOpenObjects)
            await self._catch_up()
            if not listener.logon.mailbox.owner:
                await self._store.scan(self._learn_rights, listener.logon)
            news.watch(self)
            self._listeners[listener] = news
        finally:
            self._coming -= 1
            self._close_unless_used()
        return lambda: self._remove(listener)

    def _remove(self, listener: Listener) -> None:
        self._listeners.pop(listener).unwatch(self)
        self._close_unless_used()

    def _close_unless_used(self) -> None:
        if self._listeners or self._coming:
            return
        self._deaf()
        if self._looking is not None:
            self._looking.cancel()
        self._forget()

    def _learn_rights(self, tx: Transaction, logon: Logon) -> None:
        assert self._state is not None
        self._guests[logon.access.account] = {folder: logon.rights_on(tx, folder) for folder in self._state.folders}

    # looking
    def _on_hint(self, hint: Hint) -> None:
        if self._state is not None and 0 < hint.modseq <= self._state.modseq:
            return
        self._hinted = True
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_while_hinted())

    async def _look_while_hinted(self) -> None:
        try:
            while self._hinted:
                self._hinted = False
                await self.look()
                await asyncio.sleep(PAUSE)
        finally:
            self._looking = None

    async def look(self) -> None:
        """Tell everybody who listens of what has happened until now. What fails is logged: the next look finds it."""
        try:
            await self._catch_up()
        except Exception as error:
            self._log.error("watching failed", error, account=self.account)

    async def _catch_up(self) -> None:
        async with self._lock:
            if self._state is None:
                self._state = await self._store.scan(account_state, self.account)
            large = any(folder.total > LARGE for folder in self._state.folders.values())
            found = await (self._store.scan if large else self._store.read)(self._look, self._state)
            if found is not None:
                self._state = found.news.state
                self._forget_copied()
                self._tell(found.events)

    def _forget_copied(self) -> None:
        """Those that are there now; others may be about to come, but for what has failed."""
        assert self._state is not None
        for number in self.copied.keys() & self._state.folders.keys():
            del self.copied[number]
        if len(self.copied) > MAX_COPIED:
            self.copied.clear()

    def _look(self, tx: Transaction, since: AccountState) -> Look | None:
        news = news_since(tx, self.account, since)
        if news is None:
            return None
        events = events_of(tx, self._store.blobs, self.account, since, news, self.copied)
        there = {folder for event in events for folder in event.folders} & news.state.folders.keys()
        for logon in self._logons_of_guests():
            known = self._guests[logon.access.account]
            known.update({folder: logon.rights_on(tx, folder) for folder in there})
        return Look(news, events)

    def _logons_of_guests(self) -> Iterable[Logon]:
        """One of each."""
        if not self._guests:
            return ()
        logons = [listener.logon for listener in tuple(self._listeners)]
        return {logon.access.account: logon for logon in logons if not logon.mailbox.owner}.values()

    def _tell(self, events: Iterable[Event]) -> None:
        told = [Told(event) for event in events]
        for listener in tuple(self._listeners):
            listener.on_events(told, self._guests.get(listener.logon.access.account, {}))


_Whose = tuple[AccountId, AccountId | None]
"""Which account, and who reads it; None: it is the same for all."""


class Watchers:
    """Of one worker."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._watchers: dict[_Whose, Watcher] = {}
        self._count = WATCHED.labels()

    def of(self, logon: Logon) -> Watcher:
        """The one there is, or a new one."""
        whose = logon.mailbox.account, logon.access.account if logon.mailbox.is_public else None
        found = self._watchers.get(whose)
        if found is None:
            found = Watcher(logon.store, logon.mailbox.account, self._log, lambda: self._drop(whose))
            self._watchers[whose] = found
            self._count.inc()
        return found

    def on_copied(self, account: AccountId, made: FolderId, original: FolderId) -> None:
        """For whoever copies folders there, in whichever thread, before they are told of."""
        for (watched, _), watcher in tuple(self._watchers.items()):
            if watched == account:
                watcher.copied[made] = original

    def _drop(self, whose: _Whose) -> None:
        del self._watchers[whose]
        self._count.dec()

    async def look(self) -> None:
        """At all accounts: hints may have been lost."""
        for watcher in tuple(self._watchers.values()):
            await watcher.look()
