"""The address book endpoint of a real hub over HTTPS: its sessions. Statements are those of [MS-OXCMAPIHTTP]."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mapi_book import NAMES
from mapi_http import Answer, MapiClient

from posthouse.directory import Organisation
from posthouse.directory.state import secret
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.address_book import objects, tables
from posthouse.protocols.mapi.address_book.body import Request
from posthouse.protocols.mapi.address_book.session import BindRequest, UrlRequest
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.tags import PidTagDisplayName
from posthouse.testing import MailHub

BIND = bytes.fromhex(
    "00000000 FF 00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000 00000000"
)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        hub.add_account("alice@example.org")
        yield hub


def client(hub: MailHub, path: str = "/mapi/nspi/") -> MapiClient:
    return MapiClient(hub.https.port, path, "alice@example.org:secret", hub.client_context())


def test_published_request() -> None:
    """R332: the published bytes, in both directions."""
    assert BindRequest.parse(BIND) == BindRequest(0, Stat())
    assert BindRequest(0, Stat()).format() == BIND


def test_bind(hub: MailHub) -> None:
    """R92, R321, R324, R346, R347, R348, R349, R350, R351, R352, R1441, R1446, R1462, R1463; MS-OXNSPI R627, R628,
    R641, R668, R674 to R676, R697, R699, R700: a context, and the server's GUID, the same each time. MS-OXCMAPIHTTP
    R158, R158002: what is said when nobody has set anything else."""
    answers = [client(hub).post("Bind", BIND) for _ in range(2)]
    for answer in answers:
        assert answer.code == 0
        assert answer.headers["X-PendingPeriod"] == "30000"
        assert answer.body[:8] == bytes(8)
        assert len(answer.body) == 28
        assert set(answer.cookies) == {"MapiContext", "MapiSequence"}
        assert all("path=/mapi/nspi;" in field for field in answer.headers.get_all("Set-Cookie") or [])
    assert answers[0].body == answers[1].body
    assert answers[0].body[8:24] != bytes(16)


def test_the_guid_stays(tmp_path: Path) -> None:
    """MS-OXNSPI R631: also when the server starts anew, so that what clients keep by it lasts."""
    guids = set[bytes]()
    for start in range(2):
        store = {"url": f"sqlite:{tmp_path / 'store.db'}"}
        with MailHub(settings={"store": store, "mapi": {"enabled": True}}) as hub:
            if not start:
                hub.add_account("alice@example.org")
            guids.add(client(hub).post("Bind", BIND).body[8:24])
    assert len(guids) == 1
    assert bytes(16) not in guids


def test_who_is_not_known(hub: MailHub) -> None:
    """MS-OXNSPI R692, R1807: there is no session for whom the server does not recognize."""
    for who in ("alice@example.org:wrong", "stranger@example.org:secret"):
        one = MapiClient(hub.https.port, "/mapi/nspi/", who, hub.client_context())
        answer = one.post("Bind", BIND)
        assert answer.status == 401
        assert not answer.cookies


def test_too_many_sessions() -> None:
    """MS-OXNSPI R687, R1670: a check that fails is LogonFailed, and there is no context; when there is room again, a
    session is opened."""
    with MailHub(settings={"mapi": {"enabled": True, "contexts": 1}}) as hub:
        hub.add_account("alice@example.org")
        first, second = client(hub), client(hub)
        assert first.post("Bind", BIND).body[:8] == bytes(8)
        refused = second.post("Bind", BIND)
        assert (refused.code, refused.cookies) == (0, {})
        assert refused.body == bytes(4) + bytes.fromhex("11010480") + bytes(20)
        first.post("Unbind", bytes(8))
        assert second.post("Bind", BIND).body[:8] == bytes(8)


def test_flags_do_not_matter(hub: MailHub) -> None:
    """R332, R1320; MS-OXNSPI R671, R1668: whatever is set, but for what follows."""
    for flags in (1, 0xFFFFFFDF):
        assert client(hub).post("Bind", BindRequest(flags, Stat()).format()).body[:8] == bytes(8)


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (BindRequest(0, Stat(code_page=7)).format(), "1e010480"),
        (BindRequest(0, Stat(code_page=1200)).format(), "1e010480"),
        (BindRequest(0).format(), "57000780"),
        (BindRequest(0x20, Stat()).format(), "02010480"),
        (BindRequest(0xFFFFFFFF, Stat()).format(), "02010480"),
    ],
    ids=["unknown code page", "Unicode", "no state", "nobody", "nobody, and other flags"],
)
def test_bind_errors(hub: MailHub, request_body: bytes, code: str) -> None:
    """R1377, R2091 to R2095; MS-OXNSPI R680, R689, R696: the error, a GUID of zeros, and no context. A wish to be
    nobody (fAnonymousLogin) is not passed over: it is refused as in Exchange."""
    answer = client(hub).post("Bind", request_body)
    assert answer.body == bytes(4) + bytes.fromhex(code) + bytes(20)
    assert not answer.cookies


@pytest.mark.parametrize("body", [b"", BIND[:-1], BIND[:30]])
def test_broken_bind(hub: MailHub, body: bytes) -> None:
    """R148."""
    assert client(hub).post("Bind", body).code == 12


def test_unbind(hub: MailHub) -> None:
    """R94, R353, R367, R368, R369, R370, R371, R1291, R1308, R1380, R1438, R2233; MS-OXNSPI R419, R420, R642, R701,
    R702, R705, R706, R712, R716, R1673: UnbindSuccess, whatever is reserved, and the context is gone."""
    for body in (bytes(8), b"\xff\xff\xff\xff" + bytes(4), b""):
        one = client(hub)
        one.post("Bind", BIND)
        assert one.post("Unbind", body).body == bytes.fromhex("00000000 01000000 00000000")
        assert one.post("Unbind", body).code == 10


def bound(hub: MailHub) -> tuple[MapiClient, Organisation]:
    one = client(hub)
    one.post("Bind", BIND)
    found = hub.read(secret)
    assert found is not None
    return one, Organisation(found)


def url_of(answer: Answer) -> str:
    """Of a response that has one."""
    assert answer.body[:8] == bytes(8)
    assert answer.body[-6:] == bytes(6)
    return answer.body[8:-6].decode("utf-16-le")


def test_mailbox_url(hub: MailHub) -> None:
    """R113, R1089, R1099, R1100, R1101, R1102, R1103, R1104, R1105, R1328: of a mailbox's server, also by the name of
    its store; flags do not matter. Under the URL there is the endpoint."""
    one, organisation = bound(hub)
    account = AccountId(1)
    dn, mailbox = organisation.server_dn(account, "example.org"), organisation.mailbox_name(account, "example.org")
    url = f"https://localhost:{hub.https.port}/mapi/emsmdb/?MailboxId={mailbox}"
    for name in (dn, f"{dn}/cn=Microsoft Private MDB"):
        request = UrlRequest(dn=name).format()
        assert url_of(one.post("GetMailboxUrl", request)) == url
        assert url_of(one.post("GetMailboxUrl", b"\xff\xff\xff\xff" + request[4:])) == url
    assert client(hub, url.partition(str(hub.https.port))[2]).post("PING").code == 0


def test_address_book_url(hub: MailHub) -> None:
    """R114, R1106, R1117, R1118, R1119, R1120, R1121, R1122, R1123, R1327: of a user's address book."""
    one, organisation = bound(hub)
    account = AccountId(1)
    url = url_of(one.post("GetAddressBookUrl", UrlRequest(dn=organisation.dn_of(account).upper()).format()))
    mailbox = organisation.mailbox_name(account, "example.org")
    assert url == f"https://localhost:{hub.https.port}/mapi/nspi/?MailboxId={mailbox}"


@pytest.mark.parametrize("type", ["GetMailboxUrl", "GetAddressBookUrl"])
def test_urls_are_in_no_sequence(hub: MailHub, type: str) -> None:
    """R353, R1089, R1106: clients of Exchange go on with the cookies that they had before they asked where a server
    is."""
    one, organisation = bound(hub)
    cookies = dict(one.cookies)
    assert one.post(type, UrlRequest(dn=organisation.dn_of(AccountId(1))).format()).code == 0
    one.cookies = cookies
    answer = one.post("Unbind", bytes(8))
    assert (answer.code, answer.body[4:8]) == (0, b"\1\0\0\0")


@pytest.mark.parametrize("type", ["GetMailboxUrl", "GetAddressBookUrl"])
def test_urls_of_nobody(hub: MailHub, type: str) -> None:
    """R1428, R1435, R2213 to R2217, R2219 to R2223: names that are nobody's here have no URL, and nothing of them
    comes back in one."""
    one, organisation = bound(hub)
    servers = f"{organisation.dn}/cn=Configuration/cn=Servers/cn="
    for name in ("", "/o=x", organisation.dn_of(AccountId(99)), servers, f"{servers}x@y", f"{servers}\u00e4/cn=z"):
        answer = one.post(type, UrlRequest(dn=name).format())
        assert answer.body == bytes(4) + bytes.fromhex("0F010480") + bytes(6)


@pytest.mark.parametrize("body", [b"", bytes(4), bytes(9), bytes(4) + b"a\0b\0", bytes(4) + b"a\0\0b\0"])
def test_broken_url_requests(hub: MailHub, body: bytes) -> None:
    """R148."""
    assert bound(hub)[0].post("GetMailboxUrl", body).code == 12


def test_endpoints_are_apart(hub: MailHub) -> None:
    """R141, R1128: each has its own request types and its own contexts; both answer PING."""
    one = client(hub)
    one.post("Bind", BIND)
    assert one.post("PING").code == 0
    assert one.post("Connect").code == 5
    mailbox = client(hub, "/mapi/emsmdb/")
    assert mailbox.post("Bind", BIND).code == 5
    mailbox.cookies = one.cookies
    assert mailbox.post("PING").code == 10


REQUESTS: dict[str, Request] = {
    "CompareMIds": tables.CompareMIdsRequest(0, Stat(), 0x10001, 0x10001),
    "DNToMId": objects.DnToMIdRequest(0, ("/",)),
    "GetMatches": tables.GetMatchesRequest(0, Stat(), None, 0, Exist(PidTagDisplayName), None, 10, None),
    "GetPropList": objects.GetPropListRequest(0, 0x10001, 1252),
    "GetProps": objects.GetPropsRequest(0, Stat(current_rec=0x10001), (PidTagDisplayName,)),
    "GetSpecialTable": tables.GetSpecialTableRequest(0, Stat(), None),
    "GetTemplateInfo": objects.GetTemplateInfoRequest(1, 0, None),
    "ModLinkAtt": objects.ModLinkAttRequest(0, 0x80150102, 0x10001, ()),
    "ModProps": objects.ModPropsRequest(0, Stat(current_rec=0x10001), (), None),
    "QueryColumns": tables.QueryColumnsRequest(0, 0),
    "QueryRows": tables.QueryRowsRequest(0, Stat(), (), 10, (PidTagDisplayName,)),
    "ResolveNames": objects.ResolveNamesRequest(0, Stat(), None, ("alice",)),
    "ResortRestriction": tables.ResortRestrictionRequest(0, Stat(), (0x10001,)),
    "SeekEntries": tables.SeekEntriesRequest(0, Stat(), TaggedValue(PidTagDisplayName, "a"), None, None),
    "UpdateStat": tables.UpdateStatRequest(0, Stat(), True),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_request_types(hub: MailHub, name: str) -> None:
    """R96, R98, R100 to R112: by its name, in whatever case, each is what it says, and succeeds."""
    request = REQUESTS[name]
    asked, kind = NAMES[type(request)]
    assert asked == name
    for spelling in (name, name.upper()):
        answer = bound(hub)[0].post(spelling, request.format())
        assert (answer.code, answer.body[:8]) == (0, bytes(8))
        kind.parse(answer.body)


def test_code_pages() -> None:
    """Those of Windows that there are codecs for, and none for Unicode's."""
    assert {number: codec_of(number) for number in (1252, 932, 65001, 28591, 20127, 1200, 7)} == {
        1252: "cp1252",
        932: "cp932",
        65001: "utf-8",
        28591: "iso8859-1",
        20127: "ascii",
        1200: None,
        7: None,
    }
