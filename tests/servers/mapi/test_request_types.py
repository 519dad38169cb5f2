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
    """MS-OXCRPC R994, R1601, R740: they are passed over, whatever version and type they have, and however
    they come."""
    unknown = b"".join(format_block(kind, bytes(range(40)), version) for kind, version in ((0x7F, 1), (1, 9), (0, 0)))
    buffer = format_extended(unknown * 30 if compressed else unknown, compressed=compressed)
    mailbox = client(hub, "/mapi/emsmdb/")
    connected = mailbox.post("Connect", ConnectRequest(dn_of(hub, "alice"), auxiliary_buffer=buffer).format())
    assert unpack("<II", connected.body[:8]) == (0, 0)
    nothing = format_extended(RopBuffer(b"", ()).format())
    executed = mailbox.post("Execute", ExecuteRequest(ExecuteFlags(3), nothing, 0x8000, buffer).format())
    assert unpack("<II", executed.body[:8]) == (0, 0)


GUID = "00112233445566778899AABBCCDDEEFF"
STATISTICS = [
    # Type, Version, and the block's fields; `--`: a byte that is reserved
    (0x04, 1, f"0100 ---- {GUID}"),  # AUX_PERF_SESSIONINFO
    (0x04, 2, f"0100 ---- {GUID} 05000000"),  # AUX_PERF_SESSIONINFO_V2
    (0x02, 1, f"00E1F505 0100 {'0000' * 9} 0100 ----"),  # AUX_PERF_CLIENTINFO
    (0x0B, 2, f"0100 ---- {GUID} 0000 ----"),  # AUX_PERF_PROCESSINFO
    (0x4A, 1, f"{GUID} 0000 ---- 01000000 00000000"),  # AUX_CLIENT_CONNECTION_INFO
    (0x05, 1, "01000000 02000000 0100 ----"),  # AUX_PERF_DEFMDB_SUCCESS
    (0x06, 1, "0100 0200 01000000 02000000 03 ------"),  # AUX_PERF_DEFGC_SUCCESS
    (0x07, 1, "0100 0200 0300 0400 01000000 02000000"),  # AUX_PERF_MDB_SUCCESS
    (0x07, 2, "0100 0200 0300 0400 0500 ---- 01000000 02000000"),  # AUX_PERF_MDB_SUCCESS_V2
    (0x08, 1, "0100 0200 0300 ---- 01000000 02000000 03 ------"),  # AUX_PERF_GC_SUCCESS
    (0x08, 2, "0100 0200 0300 0400 01000000 02000000 03 ------"),  # AUX_PERF_GC_SUCCESS_V2
    (0x09, 1, "0100 0200 0300 0400 01000000 02000000 05400080 03 ------"),  # AUX_PERF_FAILURE
    (0x09, 2, "0100 0200 0300 0400 0500 ---- 01000000 02000000 05400080 03 ------"),  # AUX_PERF_FAILURE_V2
]


@pytest.mark.parametrize(("kind", "version", "fields"), STATISTICS, ids=lambda value: str(value)[:20])
def test_statistics_of_clients(hub: MailHub, kind: int, version: int, fields: str) -> None:
    """MS-OXCRPC R977, R978, R1025, R1045, R1051, R1057, R1700, R1701, R1703, R1705, R980, R1013, R1254,
    R1594, R1605, R1607, R1653, R1654, R1655, R1819, R1820, R1821, R1822, R1823, R1824, R1825, R1826, R1827, R1828,
    R1829, R1830, R1831, R1832, R1833, R1834, R1835: they change nothing, whatever is in their reserved fields, and
    nothing is said to them."""
    said = set()
    for filling in ("00", "5A", "FF"):
        block = format_block(kind, bytes.fromhex(fields.replace("--", filling)), version)
        buffer = format_extended(block)
        mailbox = client(hub, "/mapi/emsmdb/")
        connected = mailbox.post("Connect", ConnectRequest(dn_of(hub, "alice"), auxiliary_buffer=buffer).format())
        nothing = format_extended(RopBuffer(b"", ()).format())
        executed = mailbox.post("Execute", ExecuteRequest(ExecuteFlags(3), nothing, 0x8000, buffer).format())
        said.add((connected.body, executed.body))
    plain = client(hub, "/mapi/emsmdb/")
    connected = plain.post("Connect", ConnectRequest(dn_of(hub, "alice")).format())
    executed = plain.post("Execute", ExecuteRequest(ExecuteFlags(3), nothing, 0x8000).format())
    assert said == {(connected.body, executed.body)}
    assert executed.body.endswith(bytes(4))
