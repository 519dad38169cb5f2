"""What one client wants to hear – [MS-OXCNOTIF] 2.2.1.2.1, 3.1.5.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import pack
from typing import NamedTuple, Protocol

from posthouse.database import Transaction
from posthouse.model.ids import FolderId, MessageId
from posthouse.model.refusals import FolderNotFound, MessageNotFound
from posthouse.model.rights import NO_RIGHTS, Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.notification import RopRegisterNotificationRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.identity import own_counter
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.news import News
from posthouse.servers.mapi.session import ServerObject
from posthouse.store.folders import load_folder
from posthouse.store.objects import find_message

from .events import CARRIED, WHOLE, Event

COPIED = int(NotificationFlags.OBJECT_COPIED)
NOTIFY = 0x2A
"""RopId of RopNotify."""
Rights = Mapping[FolderId, Right]


class Scope(NamedTuple):
    """What is to be told of a mailbox."""

    types: int
    folder: FolderId | None = None
    """None: the whole mailbox."""
    message: MessageId = WHOLE
    """`WHOLE`: all that is directly in the folder, and the folder."""

    def has(self, told: Told) -> bool:
        """Asked very often."""
        if not told.type & self.types:
            return False
        return self.folder is None or told.event.is_at(self.folder, self.message)


def scope_of(tx: Transaction, logon: Logon, rop: RopRegisterNotificationRequest) -> Scope:
    """ecNotFound for what is not there, or is not to be known of."""
    if rop.folder_id is None:
        return Scope(int(rop.notification_types))
    folder, message = _counter(rop.folder_id), MessageId(0)
    needed = Right.LOOKUP
    if rop.message_id is not None and rop.message_id.number:
        message, needed = MessageId(_counter(rop.message_id)), Right.READ
    try:
        if not logon.rights_on(tx, FolderId(folder)) & needed:
            raise FolderNotFound
        if message and find_message(tx, logon.mailbox.account, message).folder != folder:
            raise MessageNotFound
        load_folder(tx, logon.mailbox.account, FolderId(folder))
        return Scope(int(rop.notification_types), FolderId(folder), message)
    except (FolderNotFound, MessageNotFound):
        raise RopError(ErrorCode.ecNotFound) from None


def _counter(number: ObjectId) -> int:
    counter = own_counter(number)
    if not counter:
        raise RopError(ErrorCode.ecNotFound)
    return counter


class Told:
    """An event on its way to many: it is formatted once."""

    __slots__ = ("_created", "_raw", "event", "type")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.type = int(event.kind)
        self._raw: bytes | None = None
        self._created: Told | None = None

    @property
    def raw(self) -> bytes:
        if self._raw is None:
            self._raw = self.event.format()
        return self._raw

    @property
    def as_created(self) -> Told:
        """For those who do not want to hear of copies, but of what is new."""
        if self._created is None:
            self._created = Told(self.event.as_created())
        return self._created


class Listener(Protocol):
    """Who hears of what happens in a mailbox."""

    logon: Logon

    def on_events(self, told: Sequence[Told], rights: Rights) -> None:
        """`rights`: of a guest, on folders of which something is told."""


class Searching(Protocol):
    """Who tells of what searches find."""

    def on_events(self, told: Sequence[Told]) -> None: ...

    def close(self) -> None: ...


class Subscription(ServerObject):
    """What a client has registered for, until it releases it."""

    def __init__(self, logon: Logon, news: News, scope: Scope) -> None:
        super().__init__(logon.logon_id)
        self.logon, self.scope = logon, scope
        self._news = news
        self._head = b""
        self._ends: list[Callable[[], None]] = []
        self.searches: Searching | None = None
        """Who tells of search folders."""

    def until_closed(self, end: Callable[[], None]) -> None:
        """Call this when the client lets go of it."""
        self._ends.append(end)

    def begin(self, handle: int) -> None:
        """Its client knows it by this handle."""
        self._head = pack("<BIB", NOTIFY, handle, self.logon_id)

    def on_events(self, told: Sequence[Told], rights: Rights) -> None:
        for one in told:
            seen = one if self.logon.mailbox.owner else _seen(one, rights)
            if seen is not None and seen.type == COPIED and not self.scope.types & COPIED:
                seen = seen.as_created
            if seen is not None and self.scope.has(seen):
                self._news.notify(self._head + seen.raw)
        if self.searches is not None:
            self.searches.on_events(told)

    def close(self) -> None:
        if self.searches is not None:
            self.searches.close()
        for end in self._ends:
            end()


def _seen(told: Told, rights: Rights) -> Told | None:
    """As somebody sees it who may not look into every folder. What goes from one that they may look into to one that
    they may not was deleted for them."""
    event = told.event
    if event.message == WHOLE:
        now, before = (bool(rights.get(folder, NO_RIGHTS) & Right.LOOKUP) for folder in event.folders)
        return (told if before else told.as_created) if now else None
    now, before = (bool(rights.get(folder, NO_RIGHTS) & Right.READ) for folder in event.folders)
    if now and before:
        return told
    if event.kind not in CARRIED:
        return None
    if now:
        return told.as_created
    return Told(event.as_deleted()) if before and event.kind is NotificationFlags.OBJECT_MOVED else None
