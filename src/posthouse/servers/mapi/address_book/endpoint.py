"""The address book endpoint: its request types – [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI] 3.1.4.1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from posthouse.database import Database, Transaction
from posthouse.directory import Kind as PrincipalKind
from posthouse.directory import Login, Organisation, Sizes, complete_lists, open_organisation, principal_by_id
from posthouse.model.refusals import LimitReached, Refusal, TryLater
from posthouse.protocols.mapi.address_book import objects, tables
from posthouse.protocols.mapi.address_book.body import Request, Response
from posthouse.protocols.mapi.address_book.session import (
    ANONYMOUS,
    BindRequest,
    BindResponse,
    UnbindResponse,
    UrlRequest,
    UrlResponse,
    parse_unbind,
)
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.requests import Call, Kind, Opened, RequestType, no_body, ping, table

from .book import Book, BookError
from .changes import mod_link_att, mod_props
from .matches import get_matches
from .names import resolve_names
from .objects import dn_to_mid, get_prop_list, get_props
from .special import get_special_table
from .tables import compare_mids, query_columns, query_rows, resort_restriction, seek_entries, update_stat
from .templates import get_template_info

TOO_MANY = BindResponse(ErrorCode.ecLoginFailure).format()
"""To a Bind, when there are so many sessions that there can be no other ([MS-OXNSPI] R687)."""


class AddressBookSession:
    """One context's: each request tells all that there is to know."""

    def close(self) -> None:
        """It holds nothing."""


Asked = TypeVar("Asked", bound=Request)
Answered = TypeVar("Answered", bound=Response)
Row = RequestType[AddressBookSession]
Handle = Callable[[Call[AddressBookSession]], Awaitable[bytes | Opened[AddressBookSession]]]
Door = Callable[..., Awaitable[bytes]]
"""`scan` for what may take a while, `read` for what does not, `write` for changes."""


@dataclass
class AddressBook:
    """What the requests share."""

    database: Database
    url: Callable[[], str]
    """How clients reach our HTTPS, known once it listens."""
    _organisation: Organisation | None = None
    _sizes: Sizes = field(default_factory=Sizes)

    def table(self) -> dict[str, Row]:
        read, scan, write = self.database.read, self.database.scan, self.database.write
        return table(
            RequestType(
                "Bind", Kind.OPENS, BindRequest.parse, _said(BindResponse, self.bind), BindResponse.parse, TOO_MANY
            ),
            RequestType("Unbind", Kind.CLOSES, parse_unbind, self.unbind, UnbindResponse.parse),
            self._row("CompareMIds", tables.CompareMIdsRequest, compare_mids, tables.CompareMIdsResponse, read),
            self._row("DNToMId", objects.DnToMIdRequest, dn_to_mid, objects.DnToMIdResponse, scan),
            self._row("GetMatches", tables.GetMatchesRequest, get_matches, tables.GetMatchesResponse, scan),
            self._row("GetPropList", objects.GetPropListRequest, get_prop_list, objects.GetPropListResponse, scan),
            self._row("GetProps", objects.GetPropsRequest, get_props, objects.GetPropsResponse, scan),
            self._row(
                "GetSpecialTable",
                tables.GetSpecialTableRequest,
                get_special_table,
                tables.GetSpecialTableResponse,
                read,
            ),
            self._row(
                "GetTemplateInfo",
                objects.GetTemplateInfoRequest,
                get_template_info,
                objects.GetTemplateInfoResponse,
                read,
            ),
            self._row("ModLinkAtt", objects.ModLinkAttRequest, mod_link_att, objects.ModLinkAttResponse, write),
            self._row("ModProps", objects.ModPropsRequest, mod_props, objects.ModPropsResponse, write),
            self._row("QueryColumns", tables.QueryColumnsRequest, query_columns, tables.QueryColumnsResponse, read),
            self._row("QueryRows", tables.QueryRowsRequest, query_rows, tables.QueryRowsResponse, scan),
            self._row("ResolveNames", objects.ResolveNamesRequest, resolve_names, objects.ResolveNamesResponse, scan),
            self._row(
                "ResortRestriction",
                tables.ResortRestrictionRequest,
                resort_restriction,
                tables.ResortRestrictionResponse,
                scan,
            ),
            self._row("SeekEntries", tables.SeekEntriesRequest, seek_entries, tables.SeekEntriesResponse, scan),
            self._row("UpdateStat", tables.UpdateStatRequest, update_stat, tables.UpdateStatResponse, scan),
            self._where("GetMailboxUrl", self.get_mailbox_url),
            self._where("GetAddressBookUrl", self.get_address_book_url),
            RequestType("PING", Kind.PINGS, no_body, ping),
        )

    def _row(
        self, name: str, asked: type[Asked], work: Callable[[Book, Asked], Answered], answer: type[Answered], door: Door
    ) -> Row:
        """Of what is done in one transaction."""

        def do(tx: Transaction, organisation: Organisation, login: Login, request: Asked) -> bytes:
            return work(Book(tx, organisation, login, self._sizes), request).format()

        async def handle(call: Call[AddressBookSession]) -> bytes:
            return await door(do, await self.organisation(), call.login, call.request)

        return RequestType(name, Kind.WORKS, asked.parse, _said(answer, handle), answer.parse)

    def _where(self, name: str, handle: Handle) -> Row:
        """Of a server's URL."""
        return RequestType(name, Kind.ASKS, UrlRequest.parse, _said(UrlResponse, handle), UrlResponse.parse)

    async def organisation(self) -> Organisation:
        if self._organisation is None:
            await complete_lists(self.database)
            self._organisation = await open_organisation(self.database)
        return self._organisation

    async def bind(self, call: Call[AddressBookSession]) -> bytes | Opened[AddressBookSession]:
        """3.1.4.1.1. Everybody is somebody here, and so who wants to be nobody is refused, as by Exchange."""
        request: BindRequest = call.request
        if request.state is None:
            return BindResponse(ErrorCode.ecInvalidParameter).format()
        if request.flags & ANONYMOUS:
            return BindResponse(ErrorCode.ecNotSupported).format()
        if codec_of(request.state.code_page) is None:
            return BindResponse(ErrorCode.ecInvalidCodePage).format()  # R696
        guid = (await self.organisation()).address_book_guid
        return Opened(AddressBookSession(), BindResponse(server_guid=guid).format())

    async def unbind(self, call: Call[AddressBookSession]) -> bytes:
        """3.1.4.1.2."""
        return UnbindResponse().format()

    async def get_mailbox_url(self, call: Call[AddressBookSession]) -> bytes:
        """[MS-OXCMAPIHTTP] 2.2.5.18: every mailbox is a server by its own name, and all are here."""
        request: UrlRequest = call.request
        mailbox = (await self.organisation()).mailbox_of(request.dn)
        if mailbox is None:
            return UrlResponse(ErrorCode.ecNotFound).format()
        return UrlResponse(server_url=f"{self.url()}/mapi/emsmdb/?MailboxId={mailbox}").format()

    async def get_address_book_url(self, call: Call[AddressBookSession]) -> bytes:
        """[MS-OXCMAPIHTTP] 2.2.5.19."""
        request: UrlRequest = call.request
        organisation = await self.organisation()
        number = organisation.principal_of(request.dn)
        person = await self.database.read(principal_by_id, number) if number is not None else None
        if person is None or person.kind is not PrincipalKind.ACCOUNT:
            return UrlResponse(ErrorCode.ecNotFound).format()
        mailbox = organisation.mailbox_name(person.id, person.address.rpartition("@")[2])
        return UrlResponse(server_url=f"{self.url()}/mapi/nspi/?MailboxId={mailbox}").format()


def _said(answer: type[Answered], handle: Handle) -> Handle:
    """What cannot be done is said by an ErrorCode in a body of the request's type ([MS-OXNSPI] R663, R664)."""

    async def said(call: Call[AddressBookSession]) -> bytes | Opened[AddressBookSession]:
        try:
            return await handle(call)
        except BookError as error:
            code = error.code
        except TryLater:
            code = ErrorCode.ecNotEnoughResources
        except LimitReached:
            code = ErrorCode.ecTooComplex
        except Refusal:
            code = ErrorCode.ecError
        return failure(answer, code, call.request).format()

    return said


def failure(answer: type[Answered], code: ErrorCode, request: Any) -> Answered:
    """Nothing but the code, and the STAT as it came (R784, R1762)."""
    state = getattr(request, "state", None)
    names = {one.name for one in fields(answer)}
    carried: dict[str, Any] = {"state": state} if "state" in names else {}
    if "code_page" in names:
        carried["code_page"] = getattr(request, "code_page", state.code_page if state else 0)
    return answer(code, **carried)
