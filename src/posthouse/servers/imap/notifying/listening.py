"""Hints that wake a session between commands, and how it tells what it then finds – RFC 5465 §3.1, §5.8.

A hint may be lost, so a session looks at the end of each command anyway, and now and then between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.notify import OF_MESSAGES, EventType
from posthouse.store.folders import ROOT
from posthouse.store.rights import ANYONE

from ..selected import Selected
from .interest import NOTHING, Interest
from .known import Key
from .looking import TooMuch
from .watch import Watch

if TYPE_CHECKING:
    from ..session import Session

MANY = 500
"""Mailboxes watched from which on they are looked at in a thread."""


OF_ONE = OF_MESSAGES | {EventType.MAILBOX_METADATA_CHANGE}
"""Events that hints tell of by the mailbox itself."""
FEW = 20
"""Responses behind which others need not get their turn."""


class Notifications:
    """What a session that has said NOTIFY is told, and what it listens to."""

    __slots__ = ("_heard", "_looking", "_session", "about_selected", "interest", "watch")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heard: dict[AccountId, Callable[[], None]] = {}
        """Whose hints are listened to, each with what ends it."""
        self._looking = False
        """What is found may be known already when a hint says that there is more."""
        self.interest: Interest = NOTHING
        self.watch: Watch | None = None
        """None: no other mailboxes."""
        self.about_selected = False
        """A hint was."""

    def begin(self, interest: Interest, watch: Watch | None) -> None:
        self.interest = interest
        self.watch = watch
        self.listen()

    def stop(self) -> None:
        """All of it, as the session ends."""
        self.begin(NOTHING, None)

    def overflow(self) -> None:
        """As if NOTIFY NONE had been said (§5.8)."""
        self.stop()
        self._session.connection.untagged(b"OK", "Too much to tell", codes.NOTIFICATIONOVERFLOW)

    def expect_anything(self) -> None:
        """Hints may have been lost."""
        self.about_selected = self.interest.between
        if self.watch is not None:
            self.watch.stale = True

    # hints
    @property
    def listening(self) -> bool:
        return bool(self._heard) or self.interest.between

    def listen(self) -> None:
        """To those whose mailboxes are watched or selected now, and to what concerns everybody."""
        wanted = self._wanted()
        if wanted == self._heard.keys():
            return
        for account in self._heard.keys() - wanted:
            self._heard.pop(account)()
        for account in wanted - self._heard.keys():
            self._heard[account] = self._session.store.subscribe(account, self._on_hint)

    def _wanted(self) -> set[AccountId]:
        wanted = set[AccountId]()
        if self.watch is not None:
            wanted.update(self.watch.accounts)
            if self.watch.scope.reaches_others or EventType.SERVER_METADATA_CHANGE in self.watch.scope.wanted:
                wanted.add(ANYONE)
        if self._session.selected is not None and self.interest.between:
            wanted.add(self._session.selected.account)
        return wanted

    def _on_hint(self, hint: Hint) -> None:
        if self._concerns(hint):
            self._session.connection.stream.nudge()

    def _concerns(self, hint: Hint) -> bool:
        key = (hint.account, hint.folder)
        watch = self.watch
        if self.interest.between and key == self._selected():
            self.about_selected = True
            return True
        if watch is None:
            return False
        if hint.folder == ROOT:
            watch.stale = True
            return True
        known = watch.known.get(key)
        return self._looking or (known is not None and not known.events.isdisjoint(OF_ONE))

    # telling
    async def tell(self) -> bool:
        """Of other mailboxes than the selected one. Whether there was anything."""
        watch, session = self.watch, self._session
        if watch is None:
            return False
        stale, watch.stale = watch.stale, False
        door = session.store.read if len(watch.known) <= MANY else session.store.scan
        self._looking = True
        try:
            found = await door(watch.look, session.places, stale=stale)
        except TooMuch:
            self.overflow()
            return True
        finally:
            self._looking = False
        lines = watch.take(found, self._selected(), condstore=session.condstore, utf8=session.utf8)
        if found.structure is not None:
            self.listen()
        if lines:
            session.connection.write(b"".join(lines))
        if len(lines) > FEW or session.connection.stream.congested:
            await session.connection.breathe()
        return bool(lines)

    def _selected(self) -> Key | None:
        selected = self._session.selected
        return None if selected is None else (selected.account, selected.folder)

    def on_left(self, selected: Selected) -> None:
        if self.watch is not None:
            self.watch.on_left(selected)
