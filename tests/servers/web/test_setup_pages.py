"""Mail programs set themselves up from an address and a password: a real hub over HTTPS, asked as they ask."""

from __future__ import annotations

import json
import plistlib
import subprocess
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from web_pages import ask

from posthouse.directory import add_group, set_attributes
from posthouse.model.ids import AccountId
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.autodiscover import pox
from posthouse.store.accounts import create_public
from posthouse.store.folders import INBOX
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

OUT = f"{{{pox.OUTLOOK}}}"
R = f"{{{pox.RESPONSE}}}"
XML = "/autodiscover/autodiscover.xml"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    options: dict[str, object] = {
        "auth": {"default_domain": "example.org", "account_failures": 5},
        "http": {"proxies": ["127.0.0.2"]},
    }
    with MailHub(settings=options) as hub:
        hub.add_account("alice@example.org")
        hub.add_account("j\u00fcrgen@example.org", "gr\u00fcn")
        hub.add_alias("al@example.org", "alice@example.org")
        hub.add_alias("moved@example.org", "moved@elsewhere.example")
        hub.add_alias("all@example.org", "alice@example.org", "j\u00fcrgen@example.org")
        yield hub


def request(address: str, schema: str = pox.OUTLOOK, element: str = "EMailAddress") -> bytes:
    return (
        '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
        f"<{element}>{address}</{element}><AcceptableResponseSchema>{schema}</AcceptableResponseSchema>"
        "</Request></Autodiscover>"
    ).encode()


ALICE = "alice@example.org:secret"


def test_login_is_asked_for(hub: MailHub) -> None:
    """Without credentials, with broken or with wrong ones: 401 with one challenge (RFC 7617 §2)."""
    for answer in (
        ask(hub, "POST", XML, request("alice@example.org")),
        ask(hub, "POST", XML, request("alice@example.org"), Authorization="Negotiate abc"),
        ask(hub, "POST", XML, request("alice@example.org"), who="alice@example.org:wrong"),
        ask(hub, "POST", XML, request("alice@example.org"), who="nobody@example.org:secret"),
    ):
        assert answer.status == 401
        assert answer.headers.get_all("WWW-Authenticate") == ['Basic realm="localhost", charset="UTF-8"']


@pytest.mark.parametrize(
    "who",
    [
        ALICE,
        "ALICE@EXAMPLE.ORG:secret",
        "alice:secret",
        "EXAMPLE\\alice:secret",
        "example.org\\alice:secret",
        "j\u00fcrgen@example.org:gr\u00fcn",
        "j\u00fcrgen@example.org:gr\u00fcn".encode("latin-1"),
    ],
)
def test_names_are_understood_as_written(hub: MailHub, who: str | bytes) -> None:
    """`user@domain`, `DOMAIN\\user`, a bare name; UTF-8 and Latin-1."""
    assert ask(hub, "POST", XML, request("alice@example.org"), who=who).status == 200


def test_guessing_is_slowed_and_not_asked_again(hub: MailHub) -> None:
    """Too many failures are 429 and no challenge: a mail program would only ask its user again."""
    hub.add_account("victim@example.org")
    statuses = [ask(hub, "GET", XML, who="victim@example.org:wrong").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]


def test_disabled_account(hub: MailHub) -> None:
    """403: no password will help."""
    hub.add_account("gone@example.org")
    hub.write(lambda tx: set_attributes(tx, "gone@example.org", {"disabled": "true"}))
    assert ask(hub, "GET", XML, who="gone@example.org:secret").status == 403


def test_settings(hub: MailHub) -> None:
    """[MS-OXDSCLI] 3.1.5: who one is, and the services by the ports at which they really are; the path in any case."""
    answer = ask(hub, "POST", "/AutoDiscover/AUTODISCOVER.xml", request("Alice@Example.org"), who=ALICE)
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert answer.xml.findtext(f".//{OUT}AutoDiscoverSMTPAddress") == "alice@example.org"
    ports = {one.findtext(f"{OUT}Type"): one.findtext(f"{OUT}Port") for one in answer.xml.findall(f".//{OUT}Protocol")}
    assert ports == {"IMAP": str(hub.imaps.port), "POP3": str(hub.pop3s.port), "SMTP": str(hub.submissions.port)}


def test_alias_and_legacy_dn_are_the_same_person(hub: MailHub) -> None:
    """A request may name an alias, or the legacy DN that an earlier answer told."""
    first = ask(hub, "POST", XML, request("al@example.org"), who=ALICE).xml
    dn = first.findtext(f".//{OUT}LegacyDN") or ""
    assert dn.endswith("/cn=Recipients/cn=00000001")
    again = ask(hub, "POST", XML, request(dn.upper(), element="LegacyDN"), who=ALICE).xml
    assert again.findtext(f".//{OUT}AutoDiscoverSMTPAddress") == "alice@example.org"
    assert again.findtext(f".//{OUT}DeploymentId") == first.findtext(f".//{OUT}DeploymentId")


def test_redirects(hub: MailHub) -> None:
    """An address that stands for one elsewhere, and an account whose mail is at another host."""
    answer = ask(hub, "POST", XML, request("moved@example.org"), who=ALICE)
    assert answer.xml.findtext(f".//{OUT}RedirectAddr") == "moved@elsewhere.example"
    hub.add_account("far@example.org")
    hub.write(lambda tx: set_attributes(tx, "far@example.org", {"imap-home": "other.example.org"}))
    answer = ask(hub, "POST", XML, request("far@example.org"), who=ALICE)
    assert answer.xml.findtext(f".//{OUT}RedirectUrl") == "https://other.example.org/autodiscover/autodiscover.xml"


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("GET", b"", "600"),
        ("POST", b"", "600"),
        ("POST", b"<broken", "600"),
        ("POST", b'<!DOCTYPE a [<!ENTITY e "x">]><Autodiscover/>', "600"),
        ("POST", request("alice@example.org", "http://x.example/"), "601"),
        (
            "POST",
            request(
                "alice@example.org",
                "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006",
            ),
            "601",
        ),
        ("POST", request("alice"), "501"),
        ("POST", request("nobody@example.org"), "500"),
        ("POST", request("x@elsewhere.example"), "500"),
        ("POST", request("all@example.org"), "500"),
        ("POST", request("/o=x/cn=1", element="LegacyDN"), "500"),
    ],
)
def test_errors_are_documents(hub: MailHub, method: str, body: bytes, code: str) -> None:
    """[MS-OXDSCLI] 3.2.5: status 200, and what is wrong in the document."""
    answer = ask(hub, method, XML, body, who=ALICE)
    assert answer.status == 200
    assert answer.xml.findtext(f"{R}Response/{R}Error/{R}ErrorCode") == code


def test_too_large(hub: MailHub) -> None:
    """More than any request: 413, without reading it."""
    assert ask(hub, "POST", XML, b"x" * 70_000, who=ALICE).status == 413


def test_without_tls(hub: MailHub) -> None:
    """GET is sent to HTTPS, as clients expect of http://autodiscover.DOMAIN."""
    answer = ask(hub, "GET", XML, plain="127.0.0.1")
    assert (answer.status, answer.headers["Location"]) == (
        302,
        f"https://localhost:{hub.https.port}/autodiscover/autodiscover.xml",
    )


def test_behind_a_proxy(hub: MailHub) -> None:
    """What a proxy of ours says is believed: whose the connection is, and whether it is encrypted."""
    said = {"X_Forwarded_For": "192.0.2.7, 127.0.0.2", "plain": "127.0.0.2"}
    body = request("alice@example.org")
    assert ask(hub, "POST", XML, body, who=ALICE, X_Forwarded_Proto="https", **said).status == 200
    assert ask(hub, "POST", XML, body, who=ALICE, X_Forwarded_Proto="http", **said).status == 403
    said["plain"] = "127.0.0.3"  # no proxy of ours: this is somebody on this machine
    assert ask(hub, "POST", XML, body, who=ALICE, X_Forwarded_Proto="http", **said).status == 200


def test_json(hub: MailHub) -> None:
    """V2 tells everybody where V1 is, and nobody who exists; the address in the path or in the query."""
    url = f"https://localhost:{hub.https.port}/autodiscover/autodiscover.xml"
    for path in (
        "/autodiscover/autodiscover.json/v1.0/alice%40example.org?Protocol=AutodiscoverV1",
        "/Autodiscover/Autodiscover.json?Email=nobody@example.org&Protocol=autodiscoverv1&RedirectCount=1",
    ):
        assert json.loads(ask(hub, "GET", path).body) == {"Protocol": "AutodiscoverV1", "Url": url}
    assert json.loads(ask(hub, "GET", "/autodiscover/autodiscover.json?Email=a@b.c").body)["ErrorCode"]


def test_autoconfig(hub: MailHub) -> None:
    """Thunderbird asks with the address, or a host named after the domain; only our domains have an answer."""
    for path, host in (
        ("/mail/config-v1.1.xml?emailaddress=alice@example.org", "localhost"),
        ("/.well-known/autoconfig/mail/config-v1.1.xml", "autoconfig.example.org"),
    ):
        answer = ask(hub, "GET", path, Host=host)
        assert answer.xml.findtext(".//domain") == "example.org"
        assert str(hub.imaps.port) in [one.text for one in answer.xml.findall(".//port")]
    assert ask(hub, "GET", "/mail/config-v1.1.xml?emailaddress=a@elsewhere.example").status == 404


def test_apple_profile(hub: MailHub) -> None:
    """A file that sets up Mail, for addresses in our domains."""
    answer = ask(hub, "GET", "/apple.mobileconfig?email=alice@example.org")
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    assert plistlib.loads(answer.body)["PayloadContent"][0]["IncomingMailServerPortNumber"] == hub.imaps.port
    assert ask(hub, "GET", "/apple.mobileconfig?email=x@elsewhere.example").status == 404
    assert ask(hub, "GET", "/apple.mobileconfig").status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/EWS/Services.wsdl", 500),
        ("POST", "/autodiscover/autodiscover.svc", 500),
        ("GET", "/EWS/Exchange.asmx", 405),
        ("GET", "/OAB/0a1b/oab.xml", 404),
        ("POST", "/Microsoft-Server-ActiveSync?Cmd=Sync", 404),
        ("GET", "/", 404),
    ],
)
def test_what_is_not_there(hub: MailHub, method: str, path: str, status: int) -> None:
    """Never 401, never an empty 500: mail programs would ask for the password."""
    answer = ask(hub, method, path, b"<x/>" if method == "POST" else b"")
    assert answer.status == status
    assert answer.body
    if status == 500:
        assert answer.xml.findtext(".//{*}ResponseCode") == "ErrorInvalidRequest"


def test_curl(hub: MailHub) -> None:
    """A client that others wrote."""
    done = subprocess.run(
        [
            "curl",
            "-sS",
            "--cacert",
            hub.certificate,
            "--user",
            ALICE,
            "-H",
            "Expect: 100-continue",
            "--data-binary",
            request("alice@example.org").decode(),
            f"https://localhost:{hub.https.port}{XML}",
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert b"<Action>settings</Action>" in done.stdout


def test_mapi_is_offered_and_there() -> None:
    """MS-OXCMAPIHTTP R1, R2, R28, R29, R30, R58, R456, R459, R1436, R1437: who can do MAPI over HTTP is told one URL
    for each endpoint, under which it is; who cannot is told of IMAP."""
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        hub.add_account("alice@example.org")
        answer = ask(hub, "POST", XML, request("alice@example.org"), who=ALICE, X_MapiHttpCapability="1")
        urls = [answer.xml.findtext(f".//{OUT}{name}/{OUT}ExternalUrl") or "" for name in ("MailStore", "AddressBook")]
        assert len(set(urls)) == 2
        for url in urls:
            path = url.removeprefix(f"https://localhost:{hub.https.port}")
            asked = {"X_RequestType": "PING", "X_RequestId": "{x}:1", "Content_Type": "application/mapi-http"}
            answer = ask(hub, "POST", path, who=ALICE, **asked)
            assert answer.body.startswith(b"PROCESSING\r\nDONE\r\n")
        for capability in ("", "0", "x"):
            answer = ask(hub, "POST", XML, request("alice@example.org"), who=ALICE, X_MapiHttpCapability=capability)
            assert answer.xml.findtext(f".//{OUT}Protocol/{OUT}Type") == "IMAP"


def test_web_services_are_offered_and_there(hub: MailHub) -> None:
    """[MS-OXDSCLI] 4.4: who can do MAPI over HTTP is told of them, and by no type that 3.2.5.1 forbids beside it; by
    their names, who can handle that. Who cannot do it is not told."""

    def told(**fields: str) -> ElementTree.Element:
        return ask(hub, "POST", XML, request("alice@example.org"), who=ALICE, **fields).xml

    plain, fuller = (
        told(X_MapiHttpCapability="1", X_ClientCanHandle=handled) for handled in ("Negotiate", "Negotiate, ExHttpInfo")
    )
    kinds = [[one.text for one in xml.iterfind(f".//{OUT}Account/{OUT}Protocol/{OUT}Type")] for xml in (plain, fuller)]
    assert kinds == [["WEB"], ["WEB", "EXHTTP"]]
    url = f"https://localhost:{hub.https.port}"
    for xml, name in ((plain, "ASUrl"), (fuller, "ASUrl"), (fuller, "EwsUrl"), (fuller, "OOFUrl")):
        where = xml.findtext(f".//{OUT}{name}") or ""
        assert where.startswith(url)
        assert ask(hub, "POST", where.removeprefix(url)).status == 401
        assert ask(hub, "POST", where.removeprefix(url), who=ALICE).status == 500
    assert told(X_ClientCanHandle="ExHttpInfo").find(f".//{OUT}ASUrl") is None


def test_public_folders(hub: MailHub) -> None:
    """Outlook is told of public folders as soon as there are any."""

    def told() -> str | None:
        answer = ask(hub, "POST", XML, request("alice@example.org"), who=ALICE, X_MapiHttpCapability="1")
        return answer.xml.findtext(f".//{OUT}PublicFolderInformation/{OUT}SmtpAddress")

    assert told() is None
    hub.write(lambda tx: create_public(tx, hub.running.store.now()))
    assert told() == "alice@example.org"


def test_mailboxes_as_good_as_ones_own() -> None:
    """[MS-OXDSCLI] 2.2.4.1.1.2.5: a client is told of whose Inbox its user may administer, alone or in a group, by the
    address. It asks once more for where that is."""
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        for name in ("alice", "shared", "desk", "boss"):
            hub.add_account(f"{name}@example.org")
        hub.write(lambda tx: set_attributes(tx, "alice@example.org", {"admin": "true"}))
        hub.write(lambda tx: set_attributes(tx, "shared@example.org", {"display-name": "Sales & more"}))
        team = Holder(hub.write(lambda tx: add_group(tx, "team@example.org", ["alice@example.org"])), is_group=True)
        alice, shared, desk, boss = (AccountId(number) for number in (1, 2, 3, 4))

        def allow(whose: AccountId, holder: Holder, rights: Right) -> None:
            hub.write(lambda tx: set_rights(tx, whose, INBOX, holder, rights))

        def told(address: str = "alice@example.org") -> list[list[str | None]]:
            answer = ask(hub, "POST", XML, request(address), who=ALICE, X_MapiHttpCapability="1")
            return [[field.text for field in found] for found in answer.xml.iter(f"{OUT}AlternativeMailbox")]

        assert told() == []
        allow(boss, Holder(alice), ALL_RIGHTS & ~Right.ADMINISTER)
        allow(shared, Holder(alice), ALL_RIGHTS)
        allow(desk, team, ALL_RIGHTS)
        named = ["Delegate", "Sales & more", "shared@example.org", "shared@example.org"]
        assert told() == [named, ["Delegate", "desk", "desk@example.org", "desk@example.org"]]
        assert told("shared@example.org") == []
        allow(desk, Holder(alice, negative=True), Right.ADMINISTER)
        assert told() == [named]


def test_load_balancers_ask_without_a_password() -> None:
    """As of Exchange, a page for each protocol says that it is well."""
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        for directory in ("mapi", "EWS", "Autodiscover"):
            answer = ask(hub, "GET", f"/{directory}/HealthCheck.htm")
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
            assert answer.body == f"200 OK<br/>{hub.running.settings.hostname}".encode()
    with MailHub(settings={"mapi": {"enabled": False}}) as hub:
        for path in ("/mapi/healthcheck.htm", "/EWS/healthcheck.htm"):
            assert ask(hub, "GET", path).status == 503
        assert ask(hub, "GET", "/autodiscover/healthcheck.htm").status == 200
