"""The transport of MAPI over HTTP by itself: an endpoint whose requests do what a test needs, over real connections.

Statements are those of [MS-OXCMAPIHTTP].
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from mapi_http import GUID, Answer, MapiClient

from posthouse.directory import Login
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax
from posthouse.net.http import Exchange, HttpLimits, Response
from posthouse.net.listeners import Server, open_sockets
from posthouse.observe.logs import Logger
from posthouse.observe.transcript import Tracer
from posthouse.servers.http import Doorkeeper, Refused, Route, Site
from posthouse.servers.mapi.contexts import Contexts
from posthouse.servers.mapi.elsewhere import Elsewhere, FromElsewhere
from posthouse.servers.mapi.endpoint import Endpoint
from posthouse.servers.mapi.requests import Call, Kind, Opened, RequestType, RpcFailure, no_body, ping, table
from posthouse.servers.mapi.settings import MapiSettings
from posthouse.servers.mapi.tracing import Tracing

ACCOUNTS = {name: Login(AccountId(number), f"{name}@example.org") for number, name in enumerate(("alice", "bob"), 1)}


class Named(Doorkeeper):
    """Knows people by the name that they give."""

    def __init__(self) -> None:
        pass

    async def login(self, exchange: Exchange) -> Login:
        from posthouse.protocols.http import parse_basic

        user = parse_basic(exchange.request.headers.get("authorization") or "").user
        if user not in ACCOUNTS:
            raise Refused(Response.text(401, "", ("WWW-Authenticate", "Basic")))
        return ACCOUNTS[user]


class Session:
    """Counts what it has done."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.done = desk, 0

    def close(self) -> None:
        self.desk.closed += 1


class Desk:
    """An endpoint of one or more workers, and the strings that a test pulls."""

    def __init__(self, folder: Path, *, workers: int = 1, **settings: Any) -> None:
        self.settings = MapiSettings(**{"enabled": True, "keep_alive": 0.05, **settings})
        self.workers, self.folder = workers, folder
        self.ports: list[int] = []
        self.contexts: list[Contexts[Session]] = []
        self.now, self.closed = 0.0, 0
        self.go = threading.Event()
        """Set: slow work ends."""
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)

    def __enter__(self) -> Desk:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def client(self, who: str = "alice:x", worker: int = 0) -> MapiClient:
        return MapiClient(self.ports[worker], "/mapi/test/", who)

    def connected(self, who: str = "alice:x", worker: int = 0) -> MapiClient:
        client = self.client(who, worker)
        assert client.post("Connect").code == 0
        return client

    async def _serve(self) -> None:
        servers, inner = [], []
        for number in range(self.workers):
            name = f"w{number}"
            contexts: Contexts[Session] = Contexts(
                "test",
                name,
                total=self.settings.contexts,
                per_account=self.settings.contexts_per_account,
                seconds=self.settings.session_timeout,
                clock=lambda: self.now,
            )
            log, tracing = Logger("test"), Tracing(Tracer())
            elsewhere = Elsewhere(self.folder)
            endpoint = Endpoint("test", self._table(), contexts, Named(), self.settings, elsewhere, log, tracing)
            others = FromElsewhere(self.folder, name)
            others.serve({endpoint.path: endpoint.answer})
            await others.start()
            server = Server("test", Site([Route("/mapi/test/", endpoint.page)], HttpLimits(), log).session)
            await server.listen(open_sockets(["127.0.0.1:0"]))
            self.ports.append(server.addresses[0].port)
            self.contexts.append(contexts)
            servers.append(server)
            inner.append(others)
        self._ready.set()
        while not self._stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.gather(*(server.close(5) for server in servers))
        await asyncio.gather(*(others.close(5) for others in inner))

    def _table(self) -> dict[str, RequestType[Session]]:
        return table(
            RequestType("Connect", Kind.OPENS, _words, self._connect),
            RequestType("Execute", Kind.WORKS, _words, self._execute),
            RequestType("Disconnect", Kind.CLOSES, _words, self._execute),
            RequestType("NotificationWait", Kind.WAITS, _words, self._execute),
            RequestType("PING", Kind.PINGS, no_body, ping),
        )

    async def _connect(self, call: Call[Session]) -> bytes | Opened[Session]:
        match call.request:
            case "no":
                return b"not for you"
            case "broken":
                raise RuntimeError("the secret reason")
        return Opened(Session(self), b"welcome")

    async def _execute(self, call: Call[Session]) -> bytes:
        assert call.session is not None
        call.session.done += 1
        if "slow" in call.request:
            while not self.go.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        if "broken" in call.request:
            raise RuntimeError("the secret reason")
        if "rpc" in call.request:
            raise RpcFailure(0x6F7)
        return f"{call.request} {call.session.done} {call.login.address} {call.client}".encode()


def _words(body: bytes) -> str:
    if b"\xff" in body:
        raise BadSyntax("words")
    return body.decode()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as desk:
        yield desk


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


# the frame


def test_whole_response(desk: Desk) -> None:
    """R2047, R1345, R40, R42, R43, R44, R48, R53, R54, R55, R1301, R460, R66, R79, R132, R133, R157, R2239, R1146,
    R1461, R1431, R2037, R2040, R156, R164, R165, R167, R1242: every header of a response that is ready at once, and is
    chunked all the same."""
    client = desk.connected()
    answer = client.post("Execute", b"hello", headers={"X-RequestId": f"{GUID}:77", "X-DeviceInfo": "middle"})
    headers = answer.headers
    assert (answer.status, answer.code) == (200, 0)
    assert headers["Content-Type"] == "application/mapi-http"
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in headers
    assert headers["X-RequestType"] == "Execute"
    assert headers["X-RequestId"] == f"{GUID}:77"
    assert headers["X-ClientInfo"] == "{2EF33C39-49C8-421C-B876-CDF7F2AC3AA0}:123"
    assert re.fullmatch(r"Exchange/15\.\d\d\.\d{4}\.\d{3,4}", headers["X-ServerApplication"])
    assert headers["X-ExpirationInfo"] == "900000"
    assert headers["X-PendingPeriod"] == "50"
    assert headers["Cache-Control"] == "private"
    assert "X-DeviceInfo" not in headers  # R2050
    assert answer.stream.tags == ("PROCESSING", "DONE")
    assert int(answer.stream.headers["x-elapsedtime"]) >= 0  # R168, R169
    assert answer.stream.headers["x-starttime"].endswith(" GMT")  # R170, R171
    assert answer.body == b"hello 1 alice@example.org (15, 0, 4815, 1002)"


def test_strange_headers_are_echoed(tmp_path: Path) -> None:
    """R2040, R156: opaque is opaque, also in Latin-1 and through another worker."""
    with Desk(tmp_path, workers=2) as desk:
        client = desk.connected()
        client.cookies["other"] = "\u00fc"
        for one in (client, desk.client(worker=1)):
            one.cookies = client.cookies
            answer = one.post("Execute", headers={"X-ClientInfo": "\u00e4 {x}", "X-RequestId": "\u00df:1"})
            assert (answer.code, answer.headers["X-ClientInfo"], answer.headers["X-RequestId"]) == (
                0,
                "\u00e4 {x}",
                "\u00df:1",
            )


def test_slow_response_is_chunked(desk: Desk) -> None:
    """R41, R76, R62, R1300, R1130, R1135, R1173, R1174, R1178, R1182, R1185, R1186, R1189, R1213, R1229, R1233,
    R1234, R1240, R1230, R1237, R1238, R2226, R2227, R1239, R1241, R1244, R2228, R2231: PROCESSING at once, PENDING
    while it lasts, DONE at the end."""
    client = desk.connected()
    response = client.begin("Execute", b"slow")
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in response.headers  # R1232
    assert response.headers["X-ResponseCode"] == "0"
    assert response.headers.get_all("Set-Cookie")  # R1236
    heard = response.read1()
    assert heard == b"PROCESSING\r\n"
    while heard.count(b"PENDING\r\n") < 2:
        heard += response.read1()
    desk.go.set()
    answer = Answer(200, response.headers, heard + response.read())
    assert set(answer.stream.tags[1:-1]) == {"PENDING"}
    assert {"x-elapsedtime", "x-starttime"} <= set(answer.stream.headers)
    assert answer.body.startswith(b"slow 1 ")


def test_failure_after_processing(desk: Desk) -> None:
    """R2229, R2230, R2232: a request that fails after all says so behind DONE."""
    client = desk.connected()
    response = client.begin("Execute", b"slow broken")
    assert response.headers["X-ResponseCode"] == "0"
    desk.go.set()
    answer = client.finish(response)
    assert answer.stream.headers["x-responsecode"] == "1"
    assert answer.stream.headers["content-type"] == "text/html"
    assert b"secret" not in answer.raw
    assert client.post("Execute", b"on").code == 0


def test_unknown_failure(desk: Desk) -> None:
    """R137, R2038, R56: our fault is code 1 with a page, status 200, and the context lives on."""
    client = desk.connected()
    answer = client.post("Execute", b"broken")
    assert (answer.status, answer.code, answer.headers["Content-Type"]) == (200, 1, "text/html")
    assert answer.raw.startswith(b"<html>")
    assert b"secret" not in answer.raw
    assert client.post("Execute", b"on").code == 0
    assert desk.client().post("Connect", b"broken").code == 1


def test_rpc_failure(desk: Desk) -> None:
    """R271, R257, R261: the failure body has a status that is not zero, and an empty auxiliary buffer; the code is
    0."""
    answer = desk.connected().post("Execute", b"rpc")
    assert (answer.code, answer.body) == (0, b"\xf7\x06\0\0\0\0\0\0")


def test_ping(desk: Desk) -> None:
    """R90, R1124, R1127, R1247, R1249, R1460: tags and no body, with a context or without one."""
    client = desk.client()
    answer = client.post("PING")
    assert (answer.code, answer.stream.tags, answer.body) == (0, ("PROCESSING", "DONE"), b"")
    assert not answer.cookies
    client = desk.connected()
    assert client.post("PiNg").cookies == client.cookies


# what is not taken


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"method": "GET"}, 2),
        ({"method": "PUT"}, 2),
        ({"headers": {"Content-Type": "text/xml"}}, 4),
        ({"headers": {"X-ClientInfo": "x" * 300}}, 4),
        ({"type": "Bind"}, 5),
        ({"type": "Nonsense"}, 5),
        ({"headers": {"Cookie": "MapiContext=rubbish"}}, 6),
        ({"headers": {"Cookie": "MapiContext=../../x.0123456789012345678901"}}, 6),
        ({"headers": {"X-RequestType": None}}, 7),
        ({"headers": {"X-RequestId": None}}, 7),
        ({"headers": {"Content-Type": None}}, 7),
        ({"body": b"x" * 600_000}, 9),
        ({"headers": {"Cookie": "MapiContext=w0.0123456789012345678901"}}, 10),
        ({"headers": {"Cookie": "MapiContext=w7.0123456789012345678901"}}, 10),
        ({"body": b"\xff"}, 12),
        ({"headers": {"Cookie": None}}, 13),
        ({"headers": {"Cookie": "other=1"}}, 13),
    ],
)
def test_codes(desk: Desk, options: dict[str, Any], code: int) -> None:
    """R138, R140 to R146, R148, R149, R47, R49, R1459, R2038: each failure has its code, status 200 and a page;
    nothing is done."""
    client = desk.connected()
    answer = client.post(options.pop("type", "Execute"), options.pop("body", b""), **options)
    assert (answer.status, answer.code) == (200, code)
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.raw.startswith(b"<html>")
    for name in ("X-PendingPeriod", "X-ExpirationInfo", "X-ServerApplication"):
        assert name in answer.headers
    assert [context.session.done for context in desk.contexts[0]._contexts.values()] == [0]


def test_sequence_cookie_is_required(desk: Desk) -> None:
    """R149: without it 13, with another one 15 (R151)."""
    client = desk.connected()
    context = f"MapiContext={client.cookies['MapiContext']}"
    assert client.post("Execute", headers={"Cookie": context}).code == 13
    assert client.post("Execute", headers={"Cookie": f"{context}; MapiSequence=old"}).code == 15


def test_cookies_in_fields_of_their_own(desk: Desk) -> None:
    """[MS-OXCMAPIHTTP] 4.2: a client may send several Cookie fields with one cookie in each."""
    client = desk.connected()
    context, sequence = (f"{name}={value}" for name, value in client.cookies.items())
    assert client.post("Execute", headers={"Cookie": context, "cookie": sequence}).code == 0


def test_login_is_required_each_time(desk: Desk) -> None:
    """R35, R36, R50, R1331: 401 without credentials, also within a context."""
    client = desk.connected()
    client.who = "nobody:x"
    assert client.post("Execute").status == 401
    assert client.post("PING").status == 401


def test_disabled(tmp_path: Path) -> None:
    """R152."""
    with Desk(tmp_path, enabled=False) as desk:
        assert desk.client().post("Connect").code == 16


# contexts


def test_connect_makes_a_context(desk: Desk) -> None:
    """R181, R1147, R1218, R1222, R1219, R1221, R68: cookies for the endpoint's path alone, which scripts and plain
    connections do not see."""
    client = desk.client()
    answer = client.post("Connect")
    assert answer.body == b"welcome"
    fields = answer.headers.get_all("Set-Cookie") or []
    assert [field.partition("=")[0] for field in fields] == ["MapiContext", "MapiSequence"]
    assert all(field.endswith("; path=/mapi/test; secure; httponly") for field in fields)
    other = desk.connected()
    assert other.cookies["MapiContext"] != client.cookies["MapiContext"]


def test_refused_connect_makes_none(desk: Desk) -> None:
    """R2225: no context, no cookies."""
    answer = desk.client().post("Connect", b"no")
    assert (answer.code, answer.body, answer.cookies) == (0, b"not for you", {})
    assert len(desk.contexts[0]) == 0


def test_all_cookies_in_every_response(desk: Desk) -> None:
    """R1236, R1255, R1261: also of a failure, of PING and of Disconnect; the sequence is new after each request that
    works."""
    client = desk.connected()
    seen = {client.cookies["MapiSequence"]}
    for type in ("Execute", "Execute", "Disconnect"):
        answer = client.post(type)
        assert set(answer.cookies) == {"MapiContext", "MapiSequence"}
        seen.add(answer.cookies["MapiSequence"])
    assert len(seen) == 4


def test_disconnect_ends_the_context(desk: Desk) -> None:
    """R304, R1250, R2233, R2236, R1253, MS-OXCROPS R4574: what was released is not found any more."""
    client = desk.connected()
    assert client.post("Disconnect").code == 0
    assert desk.closed == 1
    assert client.post("Execute").code == 10
    assert client.post("PING").code == 10


def test_somebody_elses_context(desk: Desk) -> None:
    """R1223, R1224, R1225: another account's cookie is as good as none, and its context goes on."""
    alice = desk.connected()
    bob = desk.client("bob:x")
    bob.cookies = dict(alice.cookies)
    for type in ("Execute", "Disconnect", "NotificationWait", "PING"):
        answer = bob.post(type)
        assert answer.code == 10
        assert not answer.cookies
    assert bob.post("Connect").code == 0  # R1277: it destroys its own old context, not hers
    assert alice.post("Execute").code == 0


def test_reconnect(desk: Desk) -> None:
    """R1277, R1278, R1279, R1329, R1280: the old context is destroyed first; its sequence does not matter."""
    client = desk.connected()
    old = dict(client.cookies)
    client.cookies["MapiSequence"] = "whatever"
    assert client.post("Connect").code == 0
    assert client.cookies["MapiContext"] != old["MapiContext"]
    assert (desk.closed, len(desk.contexts[0])) == (1, 1)
    client.cookies.pop("MapiSequence")
    assert client.post("Connect").code == 0
    stale = desk.client()
    stale.cookies = old
    assert stale.post("Execute").code == 10


def test_expiry(desk: Desk) -> None:
    """R1141, R1285, R1283, R1217: what nobody uses goes away, when it was said to (R167); each request begins the time
    anew, PING as well (R1248)."""
    client = desk.connected()
    for type in ("Execute", "PING", "Execute"):
        desk.now += 900
        assert client.post(type).code == 0
    desk.now += 901
    assert client.post("Execute").code == 10
    assert desk.closed == 1
    desk.connected()
    desk.now += 901
    desk.contexts[0].sweep()
    assert len(desk.contexts[0]) == 0


def test_no_expiry_under_way(desk: Desk) -> None:
    """R1284, R1260: the time counts from the end of a request, also of one that waits."""
    client = desk.connected()
    response = client.begin("NotificationWait", b"slow")
    desk.now += 5000
    desk.contexts[0].sweep()
    desk.go.set()
    assert client.finish(response).code == 0
    desk.now += 900
    assert client.post("Execute").code == 0


# one at a time


def test_simultaneous_requests(desk: Desk) -> None:
    """R1227, R1228, R151, MS-OXCROPS R4549: a second request within a context is refused while one is under way;
    waiting does not count."""
    client = desk.connected()
    waiting = client.again()
    wait = waiting.begin("NotificationWait", b"slow")
    first = client.begin("Execute", b"slow")
    for type in ("Execute", "Disconnect", "NotificationWait"):
        other = client.again()
        other.cookies["MapiSequence"] = dict(Answer(200, first.headers, b"").cookies)["MapiSequence"]
        assert other.post(type).code == 15
    assert client.again().post("PING").code == 0
    desk.go.set()
    assert client.finish(first).code == 0
    assert waiting.finish(wait).code == 0
    assert client.post("Execute").body.startswith(b" 3 ")  # each was done once


def test_two_contexts_on_one_connection(desk: Desk) -> None:
    """Connections and contexts have nothing to do with each other."""
    client = desk.connected()
    first = dict(client.cookies)
    client.cookies = {}
    client.post("Connect")
    client.post("Execute")
    client.cookies = first
    assert client.post("Execute").body.startswith(b" 1 ")


def test_same_request_again_after_a_broken_connection(desk: Desk) -> None:
    """A client whose connection broke sends the request as it was: it is not done twice, and its response is not
    lost."""
    client = desk.connected()
    before = dict(client.cookies)
    again = client.again()
    client.begin("Execute", b"slow", headers={"X-RequestId": f"{GUID}:500"})
    client.close()
    desk.go.set()
    again.cookies = before
    answer = again.post("Execute", b"slow", headers={"X-RequestId": f"{GUID}:500"})
    assert answer.body.startswith(b"slow 1 ")
    assert again.post("Execute").body.startswith(b" 2 ")


def test_old_sequence_after_delivery(desk: Desk) -> None:
    """What was answered is not answered again: 15."""
    client = desk.connected()
    before = dict(client.cookies)
    assert client.post("Execute", headers={"X-RequestId": f"{GUID}:1"}).code == 0
    client.cookies = before
    assert client.post("Execute", headers={"X-RequestId": f"{GUID}:1"}).code == 15


# waiting


def test_hanging_up_ends_a_wait(desk: Desk) -> None:
    """A client that goes away while it waits can wait again."""
    client = desk.connected()
    waiting = client.again()
    waiting.begin("NotificationWait", b"slow").read1()
    waiting.close()
    until(lambda: all(context.waiter is None for context in desk.contexts[0]._contexts.values()))
    desk.go.set()
    assert client.post("NotificationWait", b"slow").code == 0


def test_wait_ends_with_its_context(desk: Desk) -> None:
    """Disconnect beside a wait: the wait is told that there is no context."""
    client = desk.connected()
    waiting = client.again()
    response = waiting.begin("NotificationWait", b"slow")
    assert client.post("Disconnect").code == 0
    assert waiting.finish(response).stream.headers["x-responsecode"] == "10"


def test_stopping(desk: Desk) -> None:
    """R154: when the hub stops, who waits is told 18; work under way is finished."""
    client, working = desk.connected(), desk.connected()
    wait, work = client.begin("NotificationWait", b"slow"), working.begin("Execute", b"slow")
    stopping = threading.Thread(target=desk.stop)
    stopping.start()
    assert client.finish(wait).stream.headers["x-responsecode"] == "18"
    desk.go.set()
    assert working.finish(work).body.startswith(b"slow 1 ")
    stopping.join()


def test_a_thousand_wait(desk: Desk) -> None:
    """Waiting costs no thread: hundreds of contexts wait beside each other, and other requests go on."""
    threads = threading.active_count()
    clients = [desk.connected(who) for who in ("alice:x", "bob:x") for _ in range(120)]
    responses = [client.begin("NotificationWait", b"slow") for client in clients]
    assert threading.active_count() == threads
    assert desk.client().post("PING").code == 0
    desk.go.set()
    assert {client.finish(response).code for client, response in zip(clients, responses, strict=True)} == {0}


# limits


def test_contexts_of_one_account(tmp_path: Path) -> None:
    """R1195: one more than allowed takes the place of the longest idle one; of those at work none is taken."""
    with Desk(tmp_path, contexts_per_account=2, contexts=3) as desk:
        clients = []
        for _ in range(3):
            desk.now += 1
            clients.append(desk.connected())
        assert [client.post("PING").code for client in clients] == [10, 0, 0]
        busy = [client.begin("NotificationWait", b"slow") for client in clients[1:]]
        answer = desk.client().post("Connect")
        assert (answer.code, answer.body, answer.cookies) == (0, b"\xbb\x06\0\0\0\0\0\0", {})
        assert desk.client("bob:x").post("Connect").body == b"welcome"
        assert desk.client("bob:x").post("Connect").body == b"\xbb\x06\0\0\0\0\0\0"  # of all together
        desk.go.set()
        for client, response in zip(clients[1:], busy, strict=True):
            assert client.finish(response).code == 0


def test_contexts_by_the_thousand(tmp_path: Path) -> None:
    """One client that only connects takes no more than its share."""
    with Desk(tmp_path, contexts_per_account=10) as desk:
        client = desk.client()
        for _ in range(1000):
            client.cookies = {}
            client.post("Connect")
        assert len(desk.contexts[0]) == 10
        assert desk.closed == 990


# several workers


def test_a_context_is_reached_through_every_worker(tmp_path: Path) -> None:
    """A connection lands in any worker: quick and slow requests, failures and waits are the same through each."""
    with Desk(tmp_path, workers=3) as desk:
        client = desk.connected(worker=0)
        for worker in (1, 2, 0, 1):
            through = desk.client(worker=worker)
            through.cookies = client.cookies
            answer = through.post("Execute", b"hello")
            assert (answer.code, answer.headers["X-RequestType"]) == (0, "Execute")
            assert set(answer.cookies) == {"MapiContext", "MapiSequence"}
            client.cookies = through.cookies
        assert [len(contexts) for contexts in desk.contexts] == [1, 0, 0]
        other = desk.client(worker=1)
        other.cookies = client.cookies
        response = other.begin("Execute", b"slow")
        assert response.read1() == b"PROCESSING\r\n"
        desk.go.set()
        assert response.read().endswith(b"slow 5 alice@example.org (15, 0, 4815, 1002)")


def test_reconnect_through_another_worker(tmp_path: Path) -> None:
    """R1277: the old context is destroyed wherever it is."""
    with Desk(tmp_path, workers=2) as desk:
        client = desk.connected(worker=0)
        other = desk.client(worker=1)
        other.cookies = client.cookies
        assert other.post("Connect").code == 0
        assert desk.closed == 1
        assert sum(len(contexts) for contexts in desk.contexts) == 1


def test_accounts_are_told_apart_through_another_worker(tmp_path: Path) -> None:
    """R1225 also there; what a client says about itself in our own header counts for nothing."""
    with Desk(tmp_path, workers=2) as desk:
        alice = desk.connected(worker=0)
        bob = desk.client("bob:x", worker=1)
        bob.cookies = dict(alice.cookies)
        assert bob.post("Execute").code == 10
        claimed = "eyJhY2NvdW50IjogMSwgImFkZHJlc3MiOiAiYWxpY2VAZXhhbXBsZS5vcmcifQ=="
        assert bob.post("Execute", headers={"posthouse-login": claimed}).code == 10


def test_hanging_up_through_another_worker(tmp_path: Path) -> None:
    """Who goes away there has gone away here."""
    with Desk(tmp_path, workers=2) as desk:
        desk.connected(worker=0)
        client = desk.connected(worker=0)
        other = desk.client(worker=1)
        other.cookies = dict(client.cookies)
        other.begin("NotificationWait", b"slow").read1()
        other.close()
        until(lambda: all(context.waiter is None for context in desk.contexts[0]._contexts.values()))


def test_a_worker_that_is_gone(tmp_path: Path) -> None:
    """R1283: its contexts are not found, and who connects anew is welcome."""
    with Desk(tmp_path) as desk:
        client = desk.client()
        client.cookies = {"MapiContext": "w5.0123456789012345678901", "MapiSequence": "x"}
        assert client.post("Execute").code == 10
        assert client.post("Connect").body == b"welcome"
