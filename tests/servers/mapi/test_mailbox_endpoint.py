"""The mailbox endpoint of a real hub over HTTPS. Statements are those of [MS-OXCRPC]."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from struct import pack, unpack
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapi_http import Answer, MapiClient

from posthouse.directory import Organisation, set_attributes
from posthouse.directory.state import secret
from posthouse.protocols.mapi.extended_buffer import format_extended, parse_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(
        settings={"mapi": {"enabled": True, "compression": True, "notification_timeout": 0.3, "keep_alive": 0.1}}
    ) as hub:
        hub.add_account("alice@example.org")
        hub.add_account("bob@example.org")
        hub.add_account("root@example.org")
        hub.add_account("gone@example.org")
        hub.write(lambda tx: set_attributes(tx, "alice@example.org", {"display-name": "Alice \u00c4dams"}))
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        hub.write(lambda tx: set_attributes(tx, "gone@example.org", {"disabled": "true"}))
        yield hub


def client(hub: MailHub, who: str = "alice@example.org:secret") -> MapiClient:
    return MapiClient(hub.https.port, "/mapi/emsmdb/?MailboxId=x@example.org", who, hub.client_context())


def dn(hub: MailHub, number: int) -> str:
    """Of an account, as Autodiscover tells it."""
    found = hub.read(secret)
    if found is None:
        client(hub).post("Connect", ConnectRequest("/o=x").format())
        found = hub.read(secret)
    assert found is not None
    return Organisation(found).dn_of(number)  # type: ignore[arg-type]


def connected(hub: MailHub) -> MapiClient:
    one = client(hub)
    answer = one.post("Connect", ConnectRequest(dn(hub, 1)).format())
    assert answer.code == 0
    assert answer.body[:8] == bytes(8)
    return one


def rops(*operations: bytes, handles: tuple[int, ...] = ()) -> bytes:
    return format_extended(RopBuffer(b"".join(operations), handles).format())


def execute(one: MapiClient, buffer: bytes, flags: int = 3, most: int = 0x8000, aux: bytes = b"") -> Answer:
    return one.post("Execute", ExecuteRequest(ExecuteFlags(flags), buffer, most, aux).format())


def error(answer: Answer) -> tuple[int, int]:
    """StatusCode and ErrorCode."""
    assert answer.code == 0
    status, code = unpack("<II", answer.body[:8])
    return status, code


RELEASE = RopReleaseRequest(0, 0).format()


def test_connect(hub: MailHub) -> None:
    """MS-OXCRPC R390, R1163, R1166, R1169, R1266, R747, R755, R4844, R4847; MS-OXCMAPIHTTP R82, R176, R1349,
    R1350, R1352, R2224; MS-OXCRPC R475, R477, R479, R526, R527, R530, R531, R539, R4790, R4831, R4839, R574, R581,
    R520, R525, R528, R1366, R540, R575, R748, R4833: the session, the display name, and what the server tells."""
    answer = client(hub).post("Connect", ConnectRequest(dn(hub, 1)).format())
    status, code, polls, retries, delay = unpack("<IIIII", answer.body[:20])
    assert (status, code, polls, retries, delay) == (0, 0, 60_000, 6, 10_000)
    prefix, rest = answer.body[20:21], answer.body[21:]
    name, _, aux = rest.partition(b"s\0\0\0")
    assert prefix == b"\0"
    assert (name + b"s\0").decode("utf-16-le") == "Alice \u00c4dams"
    size = unpack("<I", aux[:4])[0]
    [blocks] = parse_extended(aux[4:])
    assert size == len(aux) - 4
    assert blocks[:8] == bytes.fromhex("0800 0117 02000000")  # no public folders
    assert set(answer.cookies) == {"MapiContext", "MapiSequence"}


@pytest.mark.parametrize(
    ("who", "options", "expected"),
    [
        ("alice", {"user_dn": ""}, (0, 0x80070005)),
        ("alice", {"user_dn": "/o=elsewhere/cn=alice"}, (0, 0x3EB)),
        ("alice", {"number": 99}, (0, 0x3EB)),
        ("alice", {"number": 4}, (0, 0x3EB)),
        ("alice", {"number": 2}, (0, 0x80070005)),
        ("alice", {"number": 1, "flags": 1}, (0, 0x3F2)),
        ("root", {"number": 3, "flags": 1}, (0, 0)),
        ("root", {"number": 2}, (0, 0)),
        ("alice", {"number": 1, "auxiliary_buffer": bytes(7)}, (0, 0x80040115)),
        ("alice", {"number": 1, "auxiliary_buffer": bytes(0x1009)}, (0x6F7, 0)),
        ("alice", {"number": 1, "flags": 0x8000}, (0, 0)),
    ],
    ids=[
        "empty",
        "foreign",
        "nobody",
        "disabled",
        "somebody else",
        "no administrator",
        "administrator",
        "administrator for somebody else",
        "short auxiliary buffer",
        "long auxiliary buffer",
        "ignore public folders",
    ],
)
def test_connect_errors(hub: MailHub, who: str, options: dict[str, Any], expected: tuple[int, int]) -> None:
    """R1940, R4875, R4887, R483, R489, R490, R571, R582, R1478, R600, R603, R1367, R1369, R1562, R4888: each has its
    code, and makes no context."""
    name = options.pop("user_dn", None)
    if name is None:
        name = dn(hub, options.pop("number"))
    answer = client(hub, f"{who}@example.org:secret").post("Connect", ConnectRequest(name, **options).format())
    assert error(answer) == expected
    assert bool(answer.cookies) == (expected == (0, 0))


OLD, NEW = "Outlook/11.0.5608.5000", "Outlook/12.0.0.0"


@pytest.mark.parametrize(
    ("told", "flags", "code"), [(OLD, 0, 0x4DF), (OLD, 0x8000, 0), (NEW, 0, 0), (NEW, 0x8000, 0), (None, 0, 0)]
)
def test_old_clients_need_public_folders(hub: MailHub, told: str | None, flags: int, code: int) -> None:
    """R1560, R1561, R1562, R1690, R4885, R4886: where there are none, they are not let in unless they say that
    they can do without."""
    request = ConnectRequest(dn(hub, 1), flags=flags).format()
    answer = client(hub).post("Connect", request, headers={"X-ClientApplication": told})
    assert error(answer) == (0, code)
    assert bool(answer.cookies) == (code == 0)


@pytest.mark.parametrize("body", [b"", b"/o=x", b"/o=x\0" + bytes(19), ConnectRequest("/o=x").format() + b"x"])
def test_broken_connect(hub: MailHub, body: bytes) -> None:
    """MS-OXCMAPIHTTP R148: a body that is none."""
    assert client(hub).post("Connect", body).code == 12


def test_execute(hub: MailHub) -> None:
    """MS-OXCRPC R391, R1696, R657, R1290, R1624; MS-OXCMAPIHTTP R84, R226, R245, R1356, R1360, R256, R1361;
    MS-OXCRPC R621, R658, R660, R668, R694, R779, R644: the published request; a release has no response."""
    answer = execute(connected(hub), rops(RELEASE, handles=(0x11,)))
    assert answer.body == bytes.fromhex("00000000 00000000 00000000 0E000000 00000400 06000600 0200 11000000 00000000")


@pytest.mark.parametrize(
    "buffer",
    [
        rops(RELEASE, handles=(0x11,)),
        format_extended(RopBuffer(RELEASE, (0x11,)).format(), xor=True),
        format_extended(RopBuffer(RELEASE * 600, (0x11,)).format(), compressed=True, xor=True),
    ],
    ids=["plain", "obfuscated", "compressed and obfuscated"],
)
def test_extended_buffers(hub: MailHub, buffer: bytes) -> None:
    """R768, R771, R4860: the payload is what the header says."""
    answer = execute(connected(hub), buffer)
    assert error(answer) == (0, 0)
    size = unpack("<I", answer.body[12:16])[0]
    [payload] = parse_extended(answer.body[16 : 16 + size])
    assert parse_rop_buffer(payload) == RopBuffer(b"", (0x11,))


def test_compressed_response(hub: MailHub) -> None:
    """R780, R634, R638, R966, R1635: compressed when it is switched on, the client takes it and it is worth it."""
    one = connected(hub)
    buffer = rops(handles=tuple(range(1000)))
    for flags, header in ((0, 5), (1, 4), (2, 5), (3, 4)):
        answer = execute(one, buffer, flags)
        assert answer.body[18] == header
        size = unpack("<I", answer.body[12:16])[0]
        [payload] = parse_extended(answer.body[16 : 16 + size])
        assert parse_rop_buffer(payload).handles == tuple(range(1000))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"buffer": b""}, (0, 0x80040115)),
        ({"buffer": bytes(7)}, (0, 0x80040115)),
        ({"buffer": format_extended(bytes(0x8000))}, (0, 0x80040115)),
        ({"buffer": bytes(0x40000)}, (0, 0x80040115)),
        ({"buffer": bytes(0x40001)}, (0x6F7, 0)),
        ({"most": 0x40001}, (0x6F7, 0)),
        ({"aux": bytes(0x1009)}, (0x6F7, 0)),
        ({"buffer": bytes(8)}, (0, 0x4B6)),
        ({"buffer": format_extended(b"")}, (0, 0x4B6)),
        ({"buffer": format_extended(b"\x01\0")}, (0, 0x4B6)),
        ({"buffer": format_extended(b"\xff\xff")}, (0, 0x4B6)),
        ({"buffer": format_extended(b"\x02\0\0")}, (0, 0x4B6)),
        ({"buffer": rops(b"\0\0\0")}, (0, 0x4B6)),
        ({"buffer": format_extended(b"\x02\0", last=False) + format_extended(b"\x02\0")}, (0, 0x4B6)),
        ({"buffer": pack("<HHHH", 0, 5, 4, 0x8000) + b"\xff\xff\xff\xff"}, (0, 0x4B6)),
        ({"most": 13}, (0, 0x47D)),
    ],
)
def test_execute_errors(hub: MailHub, options: dict[str, Any], expected: tuple[int, int]) -> None:
    """MS-OXCRPC R1508, R1939, R2001, R4877; MS-OXCMAPIHTTP R1357; MS-OXCRPC R20, R666, R669, R678, R697, R698,
    R1373, R1379: malformed, too small, too large; no buffer comes back, and the session goes on."""
    one = connected(hub)
    answer = execute(one, **{"buffer": rops(RELEASE, handles=(0x11,)), **options})
    assert error(answer) == expected
    if expected[0] == 0:
        assert answer.body[8:] == bytes(12)
    assert error(execute(one, rops())) == (0, 0)


@pytest.mark.parametrize("most", [0, 7])
def test_no_room_for_any_response(hub: MailHub, most: int) -> None:
    """R2002: nothing is done, and nothing comes back, which is no failure; the next request finds everything as it
    was."""
    one = connected(hub)
    answer = execute(one, rops(RELEASE, handles=(0x11,)), most=most)
    assert answer.body == bytes(20)
    assert error(execute(one, rops())) == (0, 0)


def test_disconnect(hub: MailHub) -> None:
    """MS-OXCRPC R369, R370, R372, R392, R401, R402, R404, R408, R622; MS-OXCMAPIHTTP R86, R281, R290, R1363,
    R1364, R1365, R288, R1254, R2234: the published answer; the context is gone."""
    one = connected(hub)
    assert one.post("Disconnect", bytes(4)).body == bytes(12)
    assert one.post("Execute", ExecuteRequest(ExecuteFlags(3), rops(), 0x8000).format()).code == 10
    assert connected(hub).post("Disconnect").body == bytes(12)


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("Connect", ConnectRequest("/o=x", auxiliary_buffer=bytes(0x1009)).format()),
        ("Execute", ExecuteRequest(ExecuteFlags(3), rops(), 0x8000, bytes(0x1009)).format()),
        ("Disconnect", pack("<I", 0x1009) + bytes(0x1009)),
        ("NotificationWait", pack("<II", 0, 0x1009) + bytes(0x1009)),
    ],
)
def test_failure_bodies(hub: MailHub, type: str, body: bytes) -> None:
    """MS-OXCMAPIHTTP R220, R221, R222, R223, R225, R1220, R257, R261, R264, R271, R287, R263, R266, R273, R282, R292,
    R1251, R268, R270, R275, R284, R300: what fails as a call has a status that is not zero, and an auxiliary buffer
    that is empty. MS-OXCRPC R21: of auxiliary buffers there are 0x1008 bytes at most."""
    one = connected(hub)
    assert one.post(type, body).stream.body == pack("<II", 0x6F7, 0)


@pytest.mark.parametrize("type", ["NotificationWait", "Connect", "Execute", "Disconnect"])
def test_responses_in_one_piece(hub: MailHub, type: str) -> None:
    """MS-OXCMAPIHTTP R61, R1262, R1281: one that is not chunked tells its length; here those to bodies that are none,
    of somebody who has a context already."""
    answer = connected(hub).post(type, b"\xff\xff\xff")
    assert answer.code == 12
    assert answer.headers["Transfer-Encoding"] is None
    assert int(answer.headers["Content-Length"]) == len(answer.raw) > 0


def test_notification_wait_without_news(hub: MailHub) -> None:
    """MS-OXCMAPIHTTP R88, R308, R1370, R1373, R1374, R298, R1215, R1238, R1256, R1258, R1259, R1369, R1372:
    PROCESSING at once, PENDING, and at the end that there is nothing."""
    response = connected(hub).begin("NotificationWait", bytes(8))
    assert response.read1() == b"PROCESSING\r\n"
    answer = Answer(200, response.headers, b"PROCESSING\r\n" + response.read())
    assert "PENDING" in answer.stream.tags
    assert answer.body == bytes(16)


def test_notification_wait_with_news(hub: MailHub) -> None:
    """MS-OXCMAPIHTTP R1171, R1371, R318, R1257: news ends the wait at once, and the next Execute brings it."""
    one = connected(hub)
    [context] = [
        context
        for context in hub.running.mapi._mailboxes._contexts.values()
        if context.name == one.cookies["MapiContext"]
    ]
    assert hub._loop is not None
    threading.Timer(0.1, hub._loop.call_soon_threadsafe, (context.session.news.notify, b"\x2a" + bytes(9))).start()
    answer = one.again().post("NotificationWait", bytes(8))
    assert answer.body == bytes.fromhex("00000000 00000000 01000000 00000000")
    size = unpack("<I", execute(one, rops()).body[12:16])[0]
    assert size == 8 + 2 + 10
    assert one.again().post("NotificationWait", bytes(8)).body == bytes(16)


def test_paths(hub: MailHub) -> None:
    """MS-OXCMAPIHTTP R139: with and without the last slash, in any case; elsewhere and below there is no endpoint."""
    one = client(hub)
    for path in ("/mapi/emsmdb", "/mapi/emsmdb/", "/MAPI/EMSMDB/?MailboxId=y&x"):
        assert one.post("PING", path=path).code == 0
    for path in ("/mapi/", "/mapi/nothing/", "/mapi", "/mapi/emsmdb/below/", "/mapi/nspi/x"):
        assert one.post("PING", path=path).code == 3


def test_browser(hub: MailHub) -> None:
    """An administrator who opens the endpoint in a browser sees that it is there, and who they are."""
    answer = client(hub).post("", method="GET", headers={"X-RequestType": None, "X-RequestId": None})
    assert (answer.status, answer.code, answer.headers["Content-Type"]) == (200, 2, "text/html")
    assert ElementTree.fromstring(answer.raw.replace(b"<br>", b"")).findtext(".//title") == "MAPI over HTTP"
    assert b"alice@example.org" in answer.raw
    anonymous = client(hub)
    assert anonymous.post("PING", headers={"Authorization": None}).status == 401


def test_sessions_outlive_a_reload(hub: MailHub) -> None:
    """SIGHUP: new settings, the same contexts, also on connections that are new."""
    one = connected(hub)
    hub.running.reload(hub.running.settings)
    other = one.again()
    assert error(execute(other, rops())) == (0, 0)


@pytest.fixture(scope="module")
def attacker(hub: MailHub) -> MapiClient:
    return connected(hub)


QUICK = ["Connect", "Execute", "Disconnect", "PING", "Bind", ""]
TYPES = [*QUICK, "NotificationWait"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TYPES), st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda raw: rops(raw))))
@pytest.mark.fuzz
def test_anything_has_a_documented_answer(hub: MailHub, attacker: MapiClient, type: str, body: bytes) -> None:
    """Whatever is sent within a session, or without one: a code of the document, or a body of the request's type."""
    answer = attacker.post(type, body)
    if type == "Execute":
        answer = attacker.post(type, ExecuteRequest(ExecuteFlags(3), body, 0x8000).format())
    assert answer.status == 200
    assert answer.code in (0, 5, 7, 10, 12, 13)
    if answer.code == 0 and type != "PING":
        assert len(answer.body) >= 8
    if answer.code == 10:
        attacker.cookies = {}
        attacker.post("Connect", ConnectRequest(dn(hub, 1)).format())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(QUICK), st.integers(0, 2), st.booleans()), max_size=8))
@pytest.mark.fuzz
def test_any_sequence(hub: MailHub, attacker: MapiClient, steps: list[tuple[str, int, bool]]) -> None:
    """Any order of requests, with the cookies of any earlier moment, mixed up or left out."""
    jars: list[dict[str, str]] = [{}, {"MapiContext": "test.0123456789012345678901", "MapiSequence": "x"}]
    execute = ExecuteRequest(ExecuteFlags(3), rops(), 0x8000).format()
    bodies = {"Connect": ConnectRequest(dn(hub, 1)).format(), "Disconnect": bytes(4)}
    for type, jar, mixed in steps:
        attacker.cookies = dict(jars[-1 - jar % len(jars)])
        if mixed:
            attacker.cookies["MapiSequence"] = jars[0].get("MapiSequence", "y")
        answer = attacker.post(type, bodies.get(type, execute))
        assert (answer.status, answer.code in (0, 5, 7, 10, 13, 15)) == (200, True)
        jars.append(dict(attacker.cookies))
