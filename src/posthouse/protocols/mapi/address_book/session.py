"""Bind, Unbind, and where servers are – [MS-OXCMAPIHTTP] 2.2.5.1, 2.2.5.2, 2.2.5.18, 2.2.5.19."""

from __future__ import annotations

from uuid import UUID

from posthouse.protocols.mapi.fields import U32, Guid, Text
from posthouse.protocols.mapi.structures import structure

from .body import Maybe, Request, Response
from .stat import Stat

UNBIND_SUCCESS = 1
"""[MS-OXNSPI] 2.2.2: not zero, and a success."""
NO_GUID = UUID(int=0)
ANONYMOUS = 0x20
"""In the flags of Bind ([MS-OXNSPI] 3.1.4.1.1): who asks need not be known."""


@structure
class BindRequest(Request):
    flags: U32 = 0
    state: Maybe[Stat] = None


@structure
class BindResponse(Response):
    server_guid: Guid = NO_GUID


@structure
class UnbindRequest(Request):
    reserved: U32 = 0


def parse_unbind(body: bytes) -> UnbindRequest:
    """Nothing of it matters (R1308); an empty body will do."""
    return UnbindRequest.parse(body) if body else UnbindRequest()


@structure
class UnbindResponse(Response):
    error_code: U32 = UNBIND_SUCCESS


@structure
class UrlRequest(Request):
    """GetMailboxUrl and GetAddressBookUrl: of the server, or of the user, with this name."""

    flags: U32 = 0
    """Ignored (R1328, R1327)."""
    dn: Text = ""


@structure
class UrlResponse(Response):
    server_url: Text = ""
