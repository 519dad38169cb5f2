"""The address book endpoint: Bind and Unbind – [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI] 3.1.4.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posthouse.database import Database
from posthouse.directory import Kind as PrincipalKind
from posthouse.directory import Organisation, open_organisation, principal_by_id
from posthouse.protocols.mapi.address_book.session import (
    BindRequest,
    BindResponse,
    UnbindResponse,
    UrlRequest,
    UrlResponse,
    parse_unbind,
)
from posthouse.protocols.mapi.code_pages import codec_of

from .errors import ErrorCode
from .requests import Call, Kind, Opened, RequestType, no_body, ping, table


@dataclass
class AddressBookSession:
    """One context's."""

    code_page: int
    """Of its 8-bit strings."""

    def close(self) -> None:
        """It holds nothing."""


@dataclass
class AddressBook:
    """What the requests share."""

    database: Database
    url: Callable[[], str]
    """How clients reach our HTTPS, known once it listens."""
    _organisation: Organisation | None = None

    def table(self) -> dict[str, RequestType[AddressBookSession]]:
        return table(
            RequestType("Bind", Kind.OPENS, BindRequest.parse, self.bind),
            RequestType("Unbind", Kind.CLOSES, parse_unbind, self.unbind),
            RequestType("GetMailboxUrl", Kind.WORKS, UrlRequest.parse, self.get_mailbox_url),
            RequestType("GetAddressBookUrl", Kind.WORKS, UrlRequest.parse, self.get_address_book_url),
            RequestType("PING", Kind.PINGS, no_body, ping),
        )

    async def bind(self, call: Call[AddressBookSession]) -> bytes | Opened[AddressBookSession]:
        """3.1.4.1.1. Everybody is somebody here: fAnonymousLogin is a wish that is not granted (R690)."""
        request: BindRequest = call.request
        if request.state is None:
            return BindResponse(ErrorCode.ecInvalidParameter).format()
        if codec_of(request.state.code_page) is None:
            return BindResponse(ErrorCode.ecInvalidCodePage).format()  # R696
        guid = (await self.organisation()).address_book_guid
        return Opened(AddressBookSession(request.state.code_page), BindResponse(0, guid).format())

    async def organisation(self) -> Organisation:
        if self._organisation is None:
            self._organisation = await open_organisation(self.database)
        return self._organisation

    async def unbind(self, call: Call[AddressBookSession]) -> bytes:
        """3.1.4.1.2."""
        return UnbindResponse().format()

    async def get_mailbox_url(self, call: Call[AddressBookSession]) -> bytes:
        """[MS-OXCMAPIHTTP] 2.2.5.18: every mailbox is a server by its own name, and all are here."""
        request: UrlRequest = call.request
        mailbox = (await self.organisation()).mailbox_of(request.dn)
        if mailbox is None:
            return UrlResponse(ErrorCode.ecNotFound).format()
        return UrlResponse(0, f"{self.url()}/mapi/emsmdb/?MailboxId={mailbox}").format()

    async def get_address_book_url(self, call: Call[AddressBookSession]) -> bytes:
        """[MS-OXCMAPIHTTP] 2.2.5.19."""
        request: UrlRequest = call.request
        organisation = await self.organisation()
        number = organisation.principal_of(request.dn)
        person = await self.database.read(principal_by_id, number) if number is not None else None
        if person is None or person.kind is not PrincipalKind.ACCOUNT:
            return UrlResponse(ErrorCode.ecNotFound).format()
        mailbox = organisation.mailbox_name(person.id, person.address.rpartition("@")[2])
        return UrlResponse(0, f"{self.url()}/mapi/nspi/?MailboxId={mailbox}").format()
