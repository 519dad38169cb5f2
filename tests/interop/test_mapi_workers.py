"""MAPI over HTTP on several worker processes: a context is one, whichever of them a connection reaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import unpack
from xml.etree import ElementTree

import pytest
from hubs import DOMAIN, PASSWORD, Authority, Hub
from mapi_http import MapiClient
from programs import eventually

from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer

CONNECTIONS = 16
"""The kernel spreads them over the workers, so of so many each worker has some."""
EMPTY = ExecuteRequest(ExecuteFlags(3), format_extended(RopBuffer(b"", ()).format()), 0x8000).format()
REQUEST = (
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


@pytest.fixture
def hub(tmp_path: Path, authority: Authority) -> Iterator[Hub]:
    hub = Hub(tmp_path, authority, {"workers": 3, "mapi": {"enabled": True}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


def client(hub: Hub, who: str) -> MapiClient:
    return MapiClient(hub.ports["https"], "/mapi/emsmdb/", f"{who}:{PASSWORD}", hub.authority.context)


def legacy_dn(hub: Hub, who: str) -> str:
    """As Autodiscover tells it."""
    path, headers = "/autodiscover/autodiscover.xml", {"Content-Type": "text/xml", "X-MapiHttpCapability": "1"}
    answer = client(hub, who).post("", REQUEST.format(who).encode(), path=path, headers=headers)
    return ElementTree.fromstring(answer.raw).findtext(".//{*}LegacyDN") or ""


def test_one_context_through_all_workers(hub: Hub) -> None:
    """From the address to a session, and on with it over connections to every worker; a wait beside it."""
    alice = hub.person()
    first = client(hub, alice)
    assert first.post("Connect", ConnectRequest(legacy_dn(hub, alice)).format()).body[:8] == bytes(8)
    waiting = first.again()
    wait = waiting.begin("NotificationWait", bytes(8))
    assert wait.read1() == b"PROCESSING\r\n"
    one = first
    for _ in range(CONNECTIONS):
        other = one.again()
        answer = other.post("Execute", EMPTY)
        assert answer.code == 0
        assert unpack("<II", answer.body[:8]) == (0, 0)
        one = other
    assert one.again().post("NotificationWait", bytes(8)).code == 15
    assert one.post("Disconnect", bytes(4)).code == 0
    assert one.again().post("PING").code == 10


def test_a_worker_is_killed(hub: Hub) -> None:
    """MS-OXCMAPIHTTP R1283, R1277: its contexts are gone, clients are told so, and connect anew with the old
    cookies."""
    alice = hub.person()
    dn = legacy_dn(hub, alice)
    contexts = [client(hub, alice) for _ in range(CONNECTIONS)]
    for one in contexts:
        assert one.post("Connect", ConnectRequest(dn).format()).code == 0
    before = hub.workers()
    hub.kill_worker()
    assert eventually(lambda: len(hub.workers()) == 3 and hub.workers() != before)
    codes = [eventually(lambda one=one: reached(one)) and one.again().post("PING").code for one in contexts]
    assert set(codes) == {0, 10}
    lost = next(one for one, code in zip(contexts, codes, strict=True) if code == 10).again()
    assert lost.post("Execute", EMPTY).code == 10
    assert lost.post("Connect", ConnectRequest(dn).format()).code == 0
    assert lost.post("Execute", EMPTY).code == 0


def test_stopping_with_waiting_clients(hub: Hub) -> None:
    """MS-OXCMAPIHTTP R154: SIGTERM does not wait for those who wait; each is told, also through another worker."""
    alice = hub.person()
    dn = legacy_dn(hub, alice)
    waiting = []
    for _ in range(CONNECTIONS):
        one = client(hub, alice)
        assert one.post("Connect", ConnectRequest(dn).format()).code == 0
        other = one.again()
        waiting.append((other, other.begin("NotificationWait", bytes(8))))
    assert hub.stop() == 0
    assert {one.finish(response).stream.headers["x-responsecode"] for one, response in waiting} == {"18"}
    hub.start()


def reached(one: MapiClient) -> bool:
    """A new connection is accepted again."""
    try:
        one.again().post("PING")
    except OSError:
        return False
    return True
