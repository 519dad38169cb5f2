"""MAPI over HTTP on several worker processes: a context is one, whichever of them a connection reaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from struct import unpack
from uuid import UUID
from xml.etree import ElementTree

import pytest
from cached_mode import CachedClient
from hubs import DOMAIN, PASSWORD, Authority, Hub
from mapi_http import MapiClient
from mapi_session import LOGON
from programs import eventually

from posthouse.protocols.mapi.extended_buffer import format_extended
from posthouse.protocols.mapi.identifiers import LongTermId, ObjectId
from posthouse.protocols.mapi.mailbox import ConnectRequest, ExecuteFlags, ExecuteRequest
from posthouse.protocols.mapi.rop_buffer import RopBuffer
from posthouse.protocols.mapi.rops.store import (
    RopIdFromLongTermIdRequest,
    RopIdFromLongTermIdResponse,
    RopLongTermIdFromIdRequest,
    RopLongTermIdFromIdResponse,
)

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


def test_short_forms_of_replicas(hub: Hub) -> None:
    """MS-OXCSTOR R947, R952, R1205, R1242, R1251: a mailbox gives one short form to a replica, whichever worker
    is asked, whichever replica it hears of first, and for ever."""
    alice = hub.person()
    replicas = [UUID(int=number) for number in range(1, 7)]
    contexts = [CachedClient(hub, alice, Random(number)) for number in range(CONNECTIONS)]
    told = set()
    for number, one in enumerate(contexts):
        turned = replicas[number % 6 :] + replicas[: number % 6]
        told |= {(guid, short_form(one, guid)) for guid in turned}
    assert len(told) == len({number for _, number in told}) == 6
    assert hub.stop() == 0
    hub.start()
    again = CachedClient(hub, alice, Random(0))
    for guid, number in told:
        rop = RopLongTermIdFromIdRequest(0, LOGON, ObjectId(number, 9))
        assert again.get(rop, RopLongTermIdFromIdResponse).long_term_id == LongTermId(guid, 9)
    assert {(guid, short_form(again, guid)) for guid in replicas} == told


def short_form(client: CachedClient, guid: UUID) -> int:
    rop = RopIdFromLongTermIdRequest(0, LOGON, LongTermId(guid, 5))
    return client.get(rop, RopIdFromLongTermIdResponse).object_id.replica


def test_ids_for_clients(hub: Hub) -> None:
    """MS-OXCFXICS R936, R2265, R937, R934: no two clients get the same ids, whichever worker gives them."""
    alice = hub.person()
    contexts = [CachedClient(hub, alice, Random(number)) for number in range(CONNECTIONS)]
    given = [one.new_ids(10) for one in contexts for _ in range(3)]
    assert len({replica for replica, _ in given}) == 1
    assert len({number for _, first in given for number in range(first, first + 10)}) == 3 * 10 * CONNECTIONS


def reached(one: MapiClient) -> bool:
    """A new connection is accepted again."""
    try:
        one.again().post("PING")
    except OSError:
        return False
    return True
