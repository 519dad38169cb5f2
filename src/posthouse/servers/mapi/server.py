"""MAPI over HTTP of one worker: both endpoints, where they are, and the life of the sessions behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from posthouse.delivery.delivery import Delivery
from posthouse.directory import Memberships
from posthouse.net.http import Exchange, Page, Response
from posthouse.observe.logs import Logger
from posthouse.observe.transcript import Tracer
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.transport import FAILURE_TYPE, ResponseCode
from posthouse.servers.http import Doorkeeper, Route
from posthouse.store import Store

from .address_book import AddressBook, AddressBookSession
from .contexts import Contexts, S
from .elsewhere import Elsewhere, FromElsewhere
from .endpoint import Endpoint
from .folders.searching import Searches
from .head import Manner
from .mailbox import Mailbox
from .memory import Memory
from .messages.receipts import Receipts
from .messages.sending import Posting
from .notifications.watching import Watchers
from .people import People
from .responding import diagnosis
from .rops.attachment import AttachmentRops
from .rops.bookmark import BookmarkRops
from .rops.category import CategoryRops
from .rops.copying import CopyingRops
from .rops.fast_transfer import FastTransferRops
from .rops.fast_transfer_upload import FastTransferUploadRops
from .rops.folder import FolderRops
from .rops.logon import LogonRops
from .rops.long_term_ids import LongTermIdRops
from .rops.message import MessageRops
from .rops.message_status import MessageStatusRops
from .rops.moving import MovingRops
from .rops.named_property import NamedPropertyRops
from .rops.notification import NotificationRops
from .rops.per_user import PerUserRops
from .rops.permission import PermissionRops
from .rops.processor import Handler, Processor
from .rops.progress import ProgressRops
from .rops.property import PropertyRops
from .rops.public_folder import PublicFolderRops
from .rops.receiving import ReceivingRops
from .rops.recipient import RecipientRops
from .rops.release import release
from .rops.rule import RuleRops
from .rops.searching import SearchRops
from .rops.sending import SendingRops
from .rops.stream import StreamRops
from .rops.synchronization import SynchronizationRops
from .rops.synchronization_upload import UploadRops
from .rops.table import TableRops
from .rops.table_opening import TableOpeningRops
from .session import MailboxSession
from .settings import MapiSettings
from .tracing import Tracing
from .web_services import PATH, WebServices
from .web_services.availability import Availability
from .web_services.calendars import Calendars
from .web_services.out_of_office import OutOfOffice

SWEEP_SECONDS = 30.0
MEMORY_OF_ACCOUNT = 512 * 1024 * 1024
"""Bytes of what the clients of one account have open in one worker: a message of the largest size counts up to three
times while its attachment is being written."""
MEMORY_OF_OBJECTS = 256 * 1024 * 1024
"""Bytes of the objects themselves: some hundred thousand of them, in all sessions of an account in one worker."""


class MapiServer:
    """Session contexts outlive a reload; `configure` says how they are served from then on."""

    def __init__(self, store: Store, worker: str, folder: Path, settings: MapiSettings, tracer: Tracer) -> None:
        """`folder`: of the Unix sockets by which the workers reach each other."""
        self._store, self._database = store, store.database
        self._log = Logger("mapi")
        self._memberships, self._people = Memberships(), People()
        self._searches, self._memory = Searches(self._people), Memory(MEMORY_OF_ACCOUNT)
        self._objects = Memory(MEMORY_OF_OBJECTS)
        self._watchers = Watchers(self._log)
        self._elsewhere, self._from_elsewhere = Elsewhere(folder), FromElsewhere(folder, worker)
        self._mailboxes: Contexts[MailboxSession] = _contexts("emsmdb", worker, settings)
        self._address_books: Contexts[AddressBookSession] = _contexts("nspi", worker, settings)
        self._tracing = Tracing(tracer)
        self._sweeping: asyncio.Task[None] | None = None

    def configure(
        self,
        doorkeeper: Doorkeeper,
        settings: MapiSettings,
        url: Callable[[], str],
        delivery: Delivery,
        message_size: int,
        hostname: str,
    ) -> list[Route]:
        """The pages, for a site. `url`: how clients reach it. `message_size`: bytes of what is sent, at most.
        `hostname`: of this hub, as accounts' `imap-home` says it."""
        shared = doorkeeper, settings, self._elsewhere, self._log, self._tracing
        processor = Processor(self._handlers(delivery, message_size, hostname), self._log)
        requests = Mailbox(self._database, self._memberships, processor, settings, self._tracing).table()
        mailbox = Endpoint("emsmdb", requests, self._mailboxes, *shared)
        address_book = Endpoint("nspi", AddressBook(self._database, url).table(), self._address_books, *shared)
        self._from_elsewhere.serve({mailbox.path: mailbox.answer, address_book.path: address_book.answer})
        services = [Route(PATH, self._web_services(doorkeeper, hostname).page)] if settings.enabled else []
        return [
            Route(mailbox.path, mailbox.page),
            Route(address_book.path, address_book.page),
            Route("/mapi/", invalid_path(doorkeeper, settings)),
            *services,
        ]

    def _web_services(self, doorkeeper: Doorkeeper, hostname: str) -> WebServices:
        calendars = Calendars(self._store.blobs, self._people)
        shared = self._store, self._memberships
        return WebServices(doorkeeper, Availability(*shared, calendars, hostname), OutOfOffice(*shared, hostname))

    def _handlers(self, delivery: Delivery, message_size: int, hostname: str) -> dict[type[RopRequest], Handler]:
        families = (
            LogonRops(
                self._store,
                self._memberships,
                self._searches,
                message_size,
                self._memory,
                self._objects,
                hostname,
                self._log,
            ),
            LongTermIdRops(),
            MessageRops(self._people, delivery.assistant),
            MessageStatusRops(Receipts(delivery, self._people)),
            RecipientRops(),
            AttachmentRops(),
            SynchronizationRops(self._people),
            UploadRops(self._people, Receipts(delivery, self._people)),
            FastTransferRops(self._people),
            FastTransferUploadRops(self._people),
            SendingRops(Posting(delivery, self._people, message_size)),
            PublicFolderRops(),
            PerUserRops(),
            FolderRops(Receipts(delivery, self._people)),
            MovingRops(self._watchers),
            TableOpeningRops(self._people, self._watchers),
            TableRops(),
            BookmarkRops(),
            CategoryRops(),
            PropertyRops(),
            ProgressRops(),
            CopyingRops(),
            NamedPropertyRops(),
            StreamRops(),
            ReceivingRops(),
            SearchRops(),
            PermissionRops(),
            RuleRops(),
            NotificationRops(self._watchers),
        )
        handlers: dict[type[RopRequest], Handler] = {RopReleaseRequest: release}
        for family in families:
            handlers |= family.handlers()
        return handlers

    async def start(self) -> None:
        await self._from_elsewhere.start()
        self._sweeping = asyncio.create_task(self._sweep())

    async def close(self, grace: float) -> None:
        """Requests that other workers have handed on end; then everything is let go."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._from_elsewhere.close(grace)
        self._mailboxes.close()
        self._address_books.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self._watchers.look()
            self._mailboxes.sweep()
            self._address_books.sweep()


def _contexts(endpoint: str, worker: str, settings: MapiSettings) -> Contexts[S]:
    return Contexts(
        endpoint,
        worker,
        total=settings.contexts,
        per_account=settings.contexts_per_account,
        seconds=settings.session_timeout,
        clock=monotonic,
    )


def invalid_path(doorkeeper: Doorkeeper, settings: MapiSettings) -> Page:
    """[MS-OXCMAPIHTTP] R139."""
    manner = Manner("/mapi", int(settings.session_timeout * 1000), int(settings.keep_alive * 1000))

    async def page(exchange: Exchange) -> Response:
        login = await doorkeeper.login(exchange)
        code = ResponseCode.INVALID_PATH
        text = diagnosis(code, "There is no endpoint here", exchange.request.path, login)
        return Response(200, text, FAILURE_TYPE, manner.headers(exchange.request, code))

    return page
