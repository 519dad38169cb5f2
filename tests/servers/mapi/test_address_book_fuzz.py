"""Every request type of the address book over HTTPS: with no session, with broken bodies, and with anything.

Statements are those of [MS-OXCMAPIHTTP].
"""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapi_book import NAMES, BookClient
from mapi_http import MapiClient

from posthouse.directory import Login
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached, NotPermitted, Refusal, Unavailable
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book import objects, tables
from posthouse.protocols.mapi.address_book.body import Request
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import And, Content, Exist, FuzzyLow, Not, Property, RelOp
from posthouse.servers.mapi.address_book import AddressBook, AddressBookSession
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.requests import Call
from posthouse.testing import MailHub

NAME = tags.PidTagDisplayName
FILTER = And(
    (
        Not(Exist(tags.PidTagTitle)),
        Property(RelOp.EQ, tags.PidTagAnr, TaggedValue(tags.PidTagAnr, "a")),
        Content(FuzzyLow.PREFIX, 1, NAME, TaggedValue(NAME, "a")),
    )
)
STAT = Stat(current_rec=0x10001)
REQUESTS: list[Request] = [
    objects.DnToMIdRequest(0, ("/o=x", "/")),
    objects.GetPropListRequest(0, 0x10001),
    objects.GetPropsRequest(0, STAT, (NAME,)),
    objects.GetTemplateInfoRequest(1, 0, "/o=x"),
    objects.ModLinkAttRequest(0, 0x8009000D, 0x10001, (b"x",)),
    objects.ModPropsRequest(0, STAT, (NAME,), (TaggedValue(tags.PidTagUserX509Certificate, (b"x",)),)),
    objects.ResolveNamesRequest(0, STAT, (NAME,), ("a", "=b")),
    tables.CompareMIdsRequest(0, STAT, 0x10001, 0x10002),
    tables.GetMatchesRequest(0, STAT, None, 0, FILTER, None, 9, (NAME,)),
    tables.GetSpecialTableRequest(4, STAT, 0),
    tables.QueryColumnsRequest(0, 0),
    tables.QueryRowsRequest(0, STAT, (0x10001,), 5, (NAME,)),
    tables.ResortRestrictionRequest(0, STAT, (0x10002, 0x10001)),
    tables.SeekEntriesRequest(0, STAT, TaggedValue(NAME, "b"), (0x10001,), (NAME,)),
    tables.UpdateStatRequest(0, STAT, True),
]
BROKEN = 12


@pytest.fixture(scope="module")
def http(hub: MailHub) -> MapiClient:
    return BookClient(hub).http


def test_every_type_is_there() -> None:
    """R321: what follows is about all of them."""
    assert {type(request) for request in REQUESTS} == set(NAMES)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_bodies(hub: MailHub, http: MapiClient, request_: Request) -> None:
    """R148, R1463: a whole body is answered, by a body of its type, and so is one with something behind it, as in
    Exchange; a shorter one is none."""
    name, kind = NAMES[type(request_)]
    body = request_.format()
    for whole in (body, body + b"\0"):
        answer = http.post(name, whole)
        assert answer.code == 0
        assert answer.body[:4] == bytes(4)
        assert kind.parse(answer.body).format() == answer.body
    for broken in (body[:-1], b"", body[:5]):
        assert http.post(name, broken).code == BROKEN


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_no_session(hub: MailHub, request_: Request) -> None:
    """Without a session nobody learns anything."""
    client = MapiClient(hub.https.port, "/mapi/nspi/", "alice@example.org:secret", hub.client_context())
    name, _ = NAMES[type(request_)]
    assert client.post(name, request_.format()).code == 13
    client.cookies["MapiContext"] = f"x.{'y' * 22}"
    assert client.post(name, request_.format()).code == 10


class Away:
    """A database that cannot be reached, or refuses."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal

    async def read(self, *_: object) -> NoReturn:
        raise self.refusal

    scan = write = read


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Unavailable(), ErrorCode.ecNotEnoughResources),
        (LimitReached(), ErrorCode.ecTooComplex),
        (NotPermitted(), ErrorCode.ecError),
    ],
    ids=["away", "too much", "refuses"],
)
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_what_cannot_be_done(request_: Request, refusal: Refusal, code: ErrorCode) -> None:
    """R891, R1289, R1447, R2123 to R2126, R2178 to R2181; MS-OXNSPI R663, R664, R814, R1255: when the database is away,
    a request fails for lack of a resource; when it asks for too much, it is too complex; and otherwise it fails in
    general. It has the code then, the STAT as it came, and nothing else."""
    name, kind = NAMES[type(request_)]
    database: Any = Away(refusal)
    row = AddressBook(database, lambda: "").table()[name.lower()]
    body = asyncio.run(row.handle(Call(Login(AccountId(1), "alice@example.org"), request_, None, AddressBookSession())))
    assert isinstance(body, bytes)
    told = {key: getattr(request_, key) for key in ("state",) if hasattr(kind(0), key)}
    if hasattr(kind(0), "code_page"):
        told["code_page"] = 1252
    assert kind.parse(body) == kind(code, **told)
    if name in ("DNToMId", "QueryColumns"):
        assert body == bytes(4) + code.to_bytes(4, "little") + b"\0" + bytes(4)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(REQUESTS), st.data())
def test_anything(http: MapiClient, request_: Request, data: st.DataObject) -> None:
    """Whatever bytes stand in a body, there is an answer of the type, or the body is none; the hub never fails."""
    body = bytearray(request_.format())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    name, kind = NAMES[type(request_)]
    answer = http.post(name, bytes(body))
    assert answer.code in (0, BROKEN)
    if not answer.code:
        assert kind.parse(answer.body).format() == answer.body
