"""The address book endpoint: Bind and Unbind – [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI] 3.1.4.1."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from posthouse.database import Database
from posthouse.directory import Organisation, open_organisation
from posthouse.protocols.mapi.address_book import (
    BindRequest,
    format_bind_response,
    format_unbind_response,
    parse_bind,
    parse_unbind,
)
from posthouse.protocols.mapi.code_pages import codec_of

from .errors import ErrorCode
from .requests import Call, Kind, Opened, RequestType, no_body, ping, table

UNBIND_SUCCESS = 1
"""[MS-OXNSPI] 2.2.2: not zero, and a success."""
NO_GUID = UUID(int=0)


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
    _organisation: Organisation | None = None

    def table(self) -> dict[str, RequestType[AddressBookSession]]:
        return table(
            RequestType("Bind", Kind.OPENS, parse_bind, self.bind),
            RequestType("Unbind", Kind.CLOSES, parse_unbind, self.unbind),
            RequestType("PING", Kind.PINGS, no_body, ping),
        )

    async def bind(self, call: Call[AddressBookSession]) -> bytes | Opened[AddressBookSession]:
        """3.1.4.1.1. Everybody is somebody here: fAnonymousLogin is a wish that is not granted (R690)."""
        request: BindRequest = call.request
        if request.state is None:
            return format_bind_response(ErrorCode.ecInvalidParameter, NO_GUID)
        if codec_of(request.state.code_page) is None:
            return format_bind_response(ErrorCode.ecInvalidCodePage, NO_GUID)  # R696
        if self._organisation is None:
            self._organisation = await open_organisation(self.database)
        guid = self._organisation.address_book_guid
        return Opened(AddressBookSession(request.state.code_page), format_bind_response(0, guid))

    async def unbind(self, call: Call[AddressBookSession]) -> bytes:
        """3.1.4.1.2."""
        return format_unbind_response(UNBIND_SUCCESS)
