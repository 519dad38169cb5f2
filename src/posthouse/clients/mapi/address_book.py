"""The address book: people found by name, lists page by page, details – [MS-OXNSPI] 3.1.4, [MS-OXCMAPIHTTP] 2.2.5.

Everything here only reads, so when the server has lost the session there is a new one and the request is sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book import objects, tables
from posthouse.protocols.mapi.address_book.body import Request, Response, Rows
from posthouse.protocols.mapi.address_book.session import BindRequest, BindResponse, UnbindRequest
from posthouse.protocols.mapi.address_book.stat import Position, Resolution, Stat
from posthouse.protocols.mapi.error_codes import ErrorCode
from posthouse.protocols.mapi.property_rows import Missing, Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType

from .channel import Channel, ContextGone
from .errors import BadResponse, CallFailed, MapiError, Unreachable

PAGE = 100
"""Rows that are asked for at once."""
MAX_ROWS = 1_000_000
DETAILS = (
    tags.PidTagDisplayName,
    tags.PidTagSmtpAddress,
    tags.PidTagEmailAddress,
    tags.PidTagTitle,
    tags.PidTagDepartmentName,
    tags.PidTagOfficeLocation,
    tags.PidTagBusinessTelephoneNumber,
)
_UNICODE = {
    PropertyType.STRING8: PropertyType.STRING,
    MULTIPLE | PropertyType.STRING8: MULTIPLE | PropertyType.STRING,
}
"""Texts are asked for in Unicode, whatever the server would rather tell."""
_FINE = (ErrorCode.ecSuccess, ErrorCode.ecWarnWithErrors)

Answer = TypeVar("Answer", bound=Response)


@dataclass(frozen=True, slots=True)
class Person:
    """Also a group or a contact."""

    name: str
    address: str
    """SMTP's."""
    legacy_dn: str
    title: str = ""
    department: str = ""
    office: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one name stands for."""

    person: Person | None
    ambiguous: bool = False
    """With more than one person."""


class AddressBook:
    """`async with` ends its session."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._bound = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            if self._bound:
                await self._channel.request("Unbind", UnbindRequest().format())
        except (MapiError, ContextGone):
            pass  # it will expire
        finally:
            self._bound = False
            self._channel.close()

    async def resolve(self, *names: str) -> list[Resolved]:
        """What each of these stands for: the beginning of a name, an alias, an address."""
        request = objects.ResolveNamesRequest(state=Stat(), columns=DETAILS, names=names)
        response = await self.ask("ResolveNames", request, objects.ResolveNamesResponse)
        rows = iter(_people(response.rows))
        return [
            Resolved(next(rows, None) if mid == Resolution.RESOLVED else None, mid == Resolution.AMBIGUOUS)
            for mid in response.mids or (0,) * len(names)
        ]

    async def browse(self, container: int = 0) -> AsyncIterator[Person]:
        """Everybody in a list, in its order; 0 is the Global Address List."""
        async for row in self.rows(DETAILS, container):
            yield _person(row)

    async def rows(self, columns: Sequence[PropertyTag], container: int = 0) -> AsyncIterator[tuple[Any, ...]]:
        """The same with columns of one's own; None where there is no value."""
        state, left = Stat(container_id=container), MAX_ROWS
        while left > 0:
            request = tables.QueryRowsRequest(state=state, row_count=PAGE, columns=tuple(columns))
            response = await self.ask("QueryRows", request, tables.QueryRowsResponse)
            rows = response.rows.rows if response.rows else ()
            for row in rows:
                yield tuple(map(_value, row))
            if response.state is None or response.state.current_rec == Position.END_OF_TABLE or not rows:
                return
            state, left = replace(response.state, delta=0), left - len(rows)

    async def details(self, legacy_dn: str) -> dict[PropertyTag, Any] | None:
        """All that the address book tells of somebody; None: nobody has that name."""
        found = await self.ask("DNToMId", objects.DnToMIdRequest(names=(legacy_dn,)), objects.DnToMIdResponse)
        if not found.mids or not found.mids[0]:
            return None
        [mid] = found.mids
        skip = objects.PropertyFlags.SKIP_OBJECTS
        known = await self.ask("GetPropList", objects.GetPropListRequest(skip, mid), objects.GetPropListResponse)
        wanted = tuple(PropertyTag(tag.id, _UNICODE.get(tag.type, tag.type)) for tag in known.tags or ())
        request = objects.GetPropsRequest(skip, Stat(current_rec=mid), wanted)
        response = await self.ask("GetProps", request, objects.GetPropsResponse)
        return {tag: value for tag, value in response.values or () if tag.type != PropertyType.ERROR_CODE}

    async def ask(self, kind: str, request: Request, answer: type[Answer]) -> Answer:
        """Any request of the address book. Raises CallFailed."""
        for _ in range(2):
            if not self._bound:
                await self._bind()
            try:
                return await self._ask(kind, request, answer)
            except ContextGone:
                self._bound = False
        raise Unreachable("the address book loses its sessions")

    async def _bind(self) -> None:
        try:
            await self._ask("Bind", BindRequest(state=Stat()), BindResponse)
        except ContextGone as gone:
            raise Unreachable("no session with the address book can be had") from gone
        self._bound = True

    async def _ask(self, kind: str, request: Request, answer: type[Answer]) -> Answer:
        raw = await self._channel.request(kind, request.format())
        try:
            response = answer.parse(raw)
        except BadSyntax as error:
            raise BadResponse(f"{kind}: {error}") from error
        if response.error_code not in _FINE:
            raise CallFailed(kind, response.error_code)
        return response


def _people(rows: Rows | None) -> list[Person]:
    return [_person(tuple(map(_value, row))) for row in rows.rows] if rows else []


def _person(row: Sequence[Any]) -> Person:
    name, address, dn, *rest = (value or "" for value in row)
    return Person(name, address, dn, *rest)


def _value(cell: Any) -> Any:
    if isinstance(cell, Missing):
        return None
    return cell.value if isinstance(cell, Typed) else cell
