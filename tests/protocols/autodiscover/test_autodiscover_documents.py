"""Documents by which mail programs set themselves up."""

from __future__ import annotations

import contextlib
import plistlib
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.autodiscover import Offer, Security, Service, autoconfig, pox, profile, v2
from posthouse.protocols.autodiscover.pox import PoxError, PoxRequest, PoxUser
from posthouse.protocols.autodiscover.pox_client import Redirect, Refused, Settings, format_request, parse_response
from posthouse.protocols.markup import read_elements

OFFER = Offer(
    "mail.example.org",
    "https://mail.example.org",
    (
        Service("imap", 993, Security.TLS),
        Service("imap", 143, Security.STARTTLS),
        Service("smtp", 587, Security.STARTTLS),
    ),
    mapi=True,
)
ALICE = PoxUser("alice@example.org", "Alice <A&B>", "/o=x/cn=alice", "d-guid", "m-guid@example.org")
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
    'outlook/requestschema/2006"><Request>{}</Request></Autodiscover>'
)
SCHEMA = f"<AcceptableResponseSchema>{pox.OUTLOOK}</AcceptableResponseSchema>"
OUT = f"{{{pox.OUTLOOK}}}"


def test_request() -> None:
    """[MS-OXDSCLI] 2.2.3.1: an address or a legacy DN, and the schema of the answer."""
    body = REQUEST.format(f"<EMailAddress> a@b.example </EMailAddress>{SCHEMA}").encode()
    assert pox.parse_request(body) == PoxRequest("a@b.example", "", pox.OUTLOOK)
    body = REQUEST.format(f"{SCHEMA}<LegacyDN>/o=x</LegacyDN>").encode("utf-8")
    assert pox.parse_request(body) == PoxRequest("", "/o=x", pox.OUTLOOK)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<Autodiscover/>",
        REQUEST.format(SCHEMA).encode(),
        REQUEST.format("<EMailAddress>a@b.example</EMailAddress>").encode(),
        b'<!DOCTYPE a [<!ENTITY e "x">]><Autodiscover>&e;</Autodiscover>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Autodiscover/>',
        b"<a>" * 100,
        b"<a>" + b"<b/>" * 1000 + b"</a>",
        b"<a>" + b"x" * 20_000 + b"</a>",
        b'<?xml version="1.0" encoding="no-such-thing"?><a/>',
    ],
)
def test_what_is_no_request(body: bytes) -> None:
    """Broken, incomplete or hostile: no entities, no depth, no masses."""
    with pytest.raises(BadSyntax):
        pox.parse_request(body)


def test_settings_for_mapi() -> None:
    """2.2.4.1.1.2.6: who can do MAPI over HTTP is told of it and of web services alone, each endpoint with its
    mailbox."""
    document = pox.format_settings(ALICE, OFFER, mapi=True)
    root = ElementTree.fromstring(document)
    user = root.find(f"{OUT}Response/{OUT}User")
    assert user is not None
    assert [(child.tag.removeprefix(OUT), child.text) for child in user] == [
        ("DisplayName", "Alice <A&B>"),
        ("LegacyDN", "/o=x/cn=alice"),
        ("AutoDiscoverSMTPAddress", "alice@example.org"),
        ("DeploymentId", "d-guid"),
    ]
    protocols = root.findall(f".//{OUT}Protocol")
    assert [protocol.attrib for protocol in protocols if protocol.attrib] == [{"Type": "mapiHttp", "Version": "1"}]
    assert {one.text for one in root.iterfind(f".//{OUT}ASUrl")} == {f"{OFFER.url}/EWS/Exchange.asmx"}
    store = "https://mail.example.org/mapi/emsmdb/?MailboxId=m-guid@example.org"
    assert root.findtext(f".//{OUT}MailStore/{OUT}ExternalUrl") == store
    assert root.findtext(f".//{OUT}AddressBook/{OUT}InternalUrl") == store.replace("emsmdb", "nspi")
    assert root.findtext(f".//{OUT}Action") == "settings"


def test_public_folders() -> None:
    """PublicFolderInformation: when there are any, for MAPI over HTTP; they are where the user's mailbox is."""
    place = f".//{OUT}PublicFolderInformation/{OUT}SmtpAddress"
    user = replace(ALICE, public_folders=True)
    assert ElementTree.fromstring(pox.format_settings(user, OFFER, mapi=True)).findtext(place) == "alice@example.org"
    for document in (pox.format_settings(ALICE, OFFER, mapi=True), pox.format_settings(user, OFFER, mapi=False)):
        assert ElementTree.fromstring(document).find(place) is None


def test_settings_for_others() -> None:
    """Everybody else hears of IMAP and submission, the best of each."""
    root = ElementTree.fromstring(pox.format_settings(ALICE, OFFER, mapi=False))
    told = [
        (one.findtext(f"{OUT}Type"), one.findtext(f"{OUT}Port"), one.findtext(f"{OUT}Encryption"))
        for one in root.findall(f".//{OUT}Protocol")
    ]
    assert told == [("IMAP", "993", "SSL"), ("SMTP", "587", "TLS")]


def test_redirects_and_errors() -> None:
    """2.2.4.1.1.2 and 2.2.4.1.2."""
    root = ElementTree.fromstring(pox.format_redirect(address="b@c.example"))
    assert root.findtext(f".//{OUT}RedirectAddr") == "b@c.example"
    root = ElementTree.fromstring(pox.format_redirect(url="https://x.example/"))
    assert (root.findtext(f".//{OUT}Action"), root.findtext(f".//{OUT}RedirectUrl")) == (
        "redirectUrl",
        "https://x.example/",
    )
    root = ElementTree.fromstring(pox.format_error(PoxError.UNKNOWN_SCHEMA, "12:00:00.0", 7))
    error = root.find(f"{{{pox.RESPONSE}}}Response/{{{pox.RESPONSE}}}Error")
    assert error is not None
    assert error.attrib == {"Time": "12:00:00.0", "Id": "7"}
    assert error.findtext(f"{{{pox.RESPONSE}}}ErrorCode") == "601"


@pytest.mark.parametrize(
    ("address", "protocol", "status", "says"),
    [
        ("a@b.example", "autodiscoverv1", 200, b'"Url": "https://mail.example.org/autodiscover/autodiscover.xml"'),
        ("a@b.example", "Ews", 400, b"ProtocolNotSupported"),
        ("a@b.example", "", 400, b"MissingProtocol"),
        ("", "AutodiscoverV1", 400, b"MandatoryParameterMissing"),
        ("@b.example", "AutodiscoverV1", 400, b"MandatoryParameterMissing"),
    ],
)
def test_v2(address: str, protocol: str, status: int, says: bytes) -> None:
    """Where V1 is, and each error by its name."""
    found, document = v2.answer(address, protocol, OFFER.url)
    assert found == status
    assert says in document


def test_autoconfig() -> None:
    """Every way in, the best first; the client fills in the address."""
    root = ElementTree.fromstring(autoconfig.format_config(OFFER, "example.org"))
    told = [
        (one.get("type"), one.findtext("port"), one.findtext("socketType"), one.findtext("username"))
        for one in root.iter()
        if one.tag.endswith("Server")
    ]
    assert told == [
        ("imap", "993", "SSL", "%EMAILADDRESS%"),
        ("imap", "143", "STARTTLS", "%EMAILADDRESS%"),
        ("smtp", "587", "STARTTLS", "%EMAILADDRESS%"),
    ]


def test_profile() -> None:
    """The same address has the same profile, which replaces the one before; no password is in it."""
    document = profile.format_profile(OFFER, "alice@example.org")
    assert document is not None
    assert document == profile.format_profile(OFFER, "alice@example.org")
    table = plistlib.loads(document)
    [account] = table["PayloadContent"]
    assert account["IncomingMailServerPortNumber"] == 993
    assert account["OutgoingMailServerPortNumber"] == 587
    assert not [key for key in account if "IncomingPassword" in key and not key.endswith("SameAsIncomingPassword")]
    assert profile.format_profile(Offer("h", "https://h"), "alice@example.org") is None


@given(st.binary(max_size=300))
@pytest.mark.fuzz
def test_any_document(body: bytes) -> None:
    """Nothing but BadSyntax is raised."""
    for document in (body, b"<a>" + body + b"</a>"):
        with contextlib.suppress(BadSyntax):
            read_elements(document)


@given(st.text(max_size=100))
@pytest.mark.fuzz
def test_any_name_is_told_in_well_formed_xml(name: str) -> None:
    """Whatever a person is called."""
    user = PoxUser(name, name, name, name, name)
    for mapi in (True, False):
        ElementTree.fromstring(pox.format_settings(user, OFFER, mapi=mapi))


# as a client asks and reads


def test_a_client_asks() -> None:
    """[MS-OXDSCLI] 2.2.3: what it writes is what the server reads."""
    assert pox.parse_request(format_request("a&b@c.example")) == PoxRequest("a&b@c.example", "", pox.OUTLOOK)


def test_a_client_reads() -> None:
    """[MS-OXDSCLI] 2.2.4: settings with and without MAPI over HTTP, redirects of both kinds, errors."""
    url = "https://mail.example.org/mapi/{}/?MailboxId=m-guid@example.org"
    found = Settings("alice@example.org", "Alice <A&B>", "/o=x/cn=alice", url.format("emsmdb"), url.format("nspi"))
    assert parse_response(pox.format_settings(ALICE, OFFER, mapi=True)) == found
    without = parse_response(pox.format_settings(ALICE, OFFER, mapi=False))
    assert isinstance(without, Settings)
    assert without.mailbox_url == without.address_book_url == ""
    assert parse_response(pox.format_redirect(address="b@c.example")) == Redirect("b@c.example")
    assert parse_response(pox.format_redirect(url="https://c.example/")) == Redirect(url="https://c.example/")
    assert parse_response(pox.format_error(PoxError.BAD_ADDRESS, "12:00", 1)) == Refused("501", "Bad Address")


def test_urls_from_inside() -> None:
    """Where only the internal URL is told, it is the one."""
    document = pox.format_settings(ALICE, OFFER, mapi=True).decode()
    start, end = document.index("<ExternalUrl>"), document.index("</MailStore>")
    found = parse_response((document[:start] + document[end:]).encode())
    assert isinstance(found, Settings)
    assert found.mailbox_url.startswith("https://mail.example.org/mapi/emsmdb/")


@pytest.mark.parametrize("body", [b"", b"<html/>", b"<Autodiscover/>", b"<a>" * 100])
def test_what_no_client_can_read(body: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse_response(body)
