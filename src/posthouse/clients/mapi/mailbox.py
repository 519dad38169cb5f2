"""A mailbox, from an address and a password – [MS-OXCSTOR] 3.1.4.

async with await connect("alice@example.org", "password") as mailbox:
    for folder in await mailbox.tree():
        print(folder.name, folder.messages)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import IntEnum
from types import TracebackType
from typing import Self

from posthouse.observe.secret import Secret
from posthouse.protocols.autodiscover.pox_client import Settings
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.rops.logon import LogonFlags, OpenFlags, RopLogonRequest, RopLogonResponse
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags

from . import away
from .address_book import AddressBook
from .channel import Channel
from .discover import discover
from .folder import Folder, FolderInfo, open_folder
from .holder import Holder
from .names import Link
from .network import Login, Network
from .notifications import ALL, Event, News
from .refs import Places, Ref
from .session import Session

PER_MDB = OpenFlags.USE_PER_MDB_REPLID_MAPPING
PATH = "/"


class Special(IntEnum):
    """Folders of every mailbox, in the order in which a logon tells them ([MS-OXCSTOR] 2.2.1.1.3)."""

    ROOT = 0
    DEFERRED_ACTION = 1
    SPOOLER_QUEUE = 2
    IPM_SUBTREE = 3
    """The top of what its owner sees."""
    INBOX = 4
    OUTBOX = 5
    SENT_ITEMS = 6
    DELETED_ITEMS = 7
    COMMON_VIEWS = 8
    SCHEDULE = 9
    FINDER = 10
    VIEWS = 11
    SHORTCUTS = 12


class Mailbox(Holder):
    """Its properties are those of the logon. `async with` ends the session."""

    def __init__(
        self, link: Link, settings: Settings, news: News, logon: RopLogonResponse, login: Login, network: Network
    ) -> None:
        super().__init__(link, link.logon)
        self.settings = settings
        self.logon = logon
        """What the server told: ids of folders, rights, the mailbox's GUID."""
        self._news, self._login, self._network = news, login, network

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.disconnect()

    async def disconnect(self) -> None:
        await self.link.session.close()

    # folders

    def id_of(self, special: Special) -> ObjectId:
        return self.logon.folder_ids[special]

    async def open(self, folder: Special | ObjectId) -> Folder:
        return await open_folder(self.link, self.id_of(folder) if isinstance(folder, Special) else folder)

    async def inbox(self) -> Folder:
        return await self.open(Special.INBOX)

    async def tree(self) -> list[FolderInfo]:
        """All folders that the owner sees, each in front of those below it."""
        with await self.open(Special.IPM_SUBTREE) as top:
            return await top.folders(deep=True)

    async def find(self, path: str) -> Folder | None:
        """By names with `/` between them, in whichever case; None: there is no such folder."""
        folder = await self.open(Special.IPM_SUBTREE)
        for name in path.split(PATH):
            with folder:
                found = [one for one in await folder.folders() if one.name.casefold() == name.casefold()]
            if not found:
                return None
            folder = await self.open(found[0].id)
        return folder

    # whether its owner is away

    async def is_away(self) -> bool:
        """Out of office."""
        return await away.is_away(self)

    async def leave(self, text: str) -> None:
        """Out of office: whoever writes from now on gets this as an answer, once. Nobody has had it before."""
        with await self.inbox() as inbox:
            await away.leave(self, inbox, text)

    async def come_back(self) -> None:
        """Nobody is answered any more."""
        with await self.inbox() as inbox:
            await away.come_back(self, inbox)

    # what else there is

    async def notifications(self, types: NotificationFlags = ALL) -> AsyncIterator[Event]:
        """What happens in the mailbox from now on, by whomever, as it happens."""
        subscription = await self._news.subscribe(self.link, types)
        try:
            while True:
                yield await self._news.next(self.link, subscription)
        finally:
            self._news.end(self.link, subscription)

    def address_book(self) -> AddressBook:
        """A session of its own: use it with `async with`."""
        return AddressBook(Channel(self.settings.address_book_url, self._login, self._network))


async def connect(
    address: str, password: str, *, login: str = "", network: Network | None = None, mailbox_dn: str = ""
) -> Mailbox:
    """Finds the server, and logs on. `login`: the name that goes with the password, if it is not the address.
    `mailbox_dn`: the legacy DN of somebody else, whose mailbox is to be opened. Raises MapiError."""
    network = network or Network()
    credentials = Login(login or address, Secret(password))
    settings = await discover(address, credentials, network)
    news = News()
    session = Session(Channel(settings.mailbox_url, credentials, network), settings.legacy_dn, news.on_news)
    logon = Ref()
    whose = mailbox_dn or settings.legacy_dn

    def ask(at: Places) -> RopLogonRequest:
        return RopLogonRequest(0, at(logon), LogonFlags.PRIVATE, PER_MDB, 0, whose)

    try:
        response = await session.get(ask, RopLogonResponse)
    except BaseException:
        await session.close()
        raise
    logon.opener = ask
    link = Link(session, logon, response.folder_ids[Special.SENT_ITEMS])
    return Mailbox(link, settings, news, response, credentials, network)
