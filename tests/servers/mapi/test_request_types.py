"""What is asked for in X-RequestType, and what clients tell beside it. Statements are those of [MS-OXCMAPIHTTP]."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack

import pytest
from mapi_http import MapiClient
from mapi_session import dn_of, mapi_hub

from posthouse.protocols.mapi.address_book.session import BindRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.auxiliary import format_block
from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.transport import ResponseCode
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


def client(hub: MailHub, path: str) -> MapiClient:
    return MapiClient(hub.https.port, path, "alice@example.org:secret", hub.client_context())


@pytest.mark.parametrize(
    "name",
    [
        *("CompareMIds", "DNToMId", "GetMatches", "GetPropList", "GetProps"),  # R96, R98, R100, R101, R102
        *("GetSpecialTable", "GetTemplateInfo", "ModLinkAtt", "ModProps"),  # R103, R104, R105, R106
        *("QueryColumns", "QueryRows", "ResolveNames", "ResortRestriction"),  # R107, R108, R109, R110
        *("SeekEntries", "UpdateStat"),  # R111, R112
    ],
)
def test_names_of_requests(hub: MailHub, name: str) -> None:
    """Each is known to the address book, and is told again with the response; what is wrong is the empty body."""
    book = client(hub, "/mapi/nspi/")
    assert book.post("Bind", BindRequest(0, Stat()).format()).code == 0
    answer = book.post(name, b"")
    assert (answer.headers["X-RequestType"], answer.code) == (name, ResponseCode.INVALID_REQUEST_BODY)
    assert book.post(name + "s", b"").code == ResponseCode.INVALID_REQUEST_TYPE


@pytest.mark.parametrize("compressed", [False, True])
def test_blocks_that_nobody_knows(hub: MailHub, compressed: bool) -> None:
    """MS-OXCRPC R1601, R740: they are passed over, whatever version and type they have, and however they come."""
    unknown = b"".join(format_block(kind, bytes(range(40)), version) for kind, version in ((0x7F, 1), (1, 9), (0, 0)))
    buffer = format_extended(unknown * 30 if compressed else unknown, compressed=compressed)
    mailbox = client(hub, "/mapi/emsmdb/")
    connected = mailbox.post("Connect", ConnectRequest(dn_of(hub, "alice"), auxiliary_buffer=buffer).format())
    assert unpack("<II", connected.body[:8]) == (0, 0)
    nothing = format_extended(RopBuffer(b"", ()).format())
    executed = mailbox.post("Execute", ExecuteRequest(ExecuteFlags(3), nothing, 0x8000, buffer).format())
    assert unpack("<II", executed.body[:8]) == (0, 0)
