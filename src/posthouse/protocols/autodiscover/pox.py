"""Autodiscover in plain old XML – [MS-OXDSCLI] 2.2.

A client posts its address and which kind of answer it understands. Whatever is wrong is told in the document, with
status 200 (3.2.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.markup import escape, read_elements

from .services import Offer, Security, Service

OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
CONTENT_TYPE = "text/xml; charset=utf-8"
WEB_SERVICES = "/EWS/Exchange.asmx"
"""As Exchange spells it."""

_REQUEST = ("Autodiscover", "Request")
_NAMES = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}


class PoxError(Enum):
    """Number and text of an `<Error>` (2.2.4.1.2)."""

    NOT_FOUND = (500, "The email address can't be found.")
    BAD_ADDRESS = (501, "Bad Address")
    INVALID_REQUEST = (600, "Invalid Request")
    UNKNOWN_SCHEMA = (601, "Provider is not available")
    SERVER_ERROR = (603, "The server failed to answer the request.")


@dataclass(frozen=True, slots=True)
class PoxRequest:
    address: str
    legacy_dn: str
    """In place of an address."""
    schema: str
    """Of the answer that is wanted."""


@dataclass(frozen=True, slots=True)
class AlternativeMailbox:
    """Somebody else's, which a user's client opens beside theirs. It is known by its address alone: for its URLs and DN
    the client asks once more."""

    address: str
    display_name: str


@dataclass(frozen=True, slots=True)
class PoxUser:
    address: str
    display_name: str
    legacy_dn: str
    deployment: str
    """A GUID of the whole hub."""
    mailbox: str
    """`GUID@domain`: what a mailbox is called in URLs."""
    public_folders: bool = False
    """The user may log on to them."""
    mailboxes: tuple[AlternativeMailbox, ...] = ()


def parse_request(body: bytes) -> PoxRequest:
    """2.2.3. BadSyntax."""
    found = read_elements(body)

    def text(name: str) -> str:
        return found.get((*_REQUEST, name), "")

    request = PoxRequest(text("EMailAddress"), text("LegacyDN"), text("AcceptableResponseSchema"))
    if not request.schema or not (request.address or request.legacy_dn):
        raise BadSyntax("an address and a schema")
    return request


def format_settings(user: PoxUser, offer: Offer, *, mapi: bool, ex_http: bool = False) -> bytes:
    """`mapi`: the client has said that it can do MAPI over HTTP (X-MapiHttpCapability). It is then told of nothing
    else, as by Exchange; everybody else hears of IMAP, POP3 and submission. `ex_http`: it knows what an element of type
    EXHTTP is (X-ClientCanHandle)."""
    protocols = _mapi_http(user, offer, ex_http=ex_http) if mapi and offer.mapi else "".join(_mail(user, offer))
    return _document(
        OUTLOOK,
        f"<User><DisplayName>{escape(user.display_name)}</DisplayName><LegacyDN>{escape(user.legacy_dn)}</LegacyDN>"
        f"<AutoDiscoverSMTPAddress>{escape(user.address)}</AutoDiscoverSMTPAddress>"
        f"<DeploymentId>{escape(user.deployment)}</DeploymentId></User>"
        "<Account><AccountType>email</AccountType><Action>settings</Action><MicrosoftOnline>False</MicrosoftOnline>"
        f"{protocols}</Account>",
    )


def format_redirect(*, address: str = "", url: str = "") -> bytes:
    """To another address, or to another server (2.2.4.1.1.2)."""
    where = (
        f"<Action>redirectAddr</Action><RedirectAddr>{escape(address)}</RedirectAddr>"
        if address
        else f"<Action>redirectUrl</Action><RedirectUrl>{escape(url)}</RedirectUrl>"
    )
    return _document(OUTLOOK, f"<Account><AccountType>email</AccountType>{where}</Account>")


def format_error(error: PoxError, time: str, id: int) -> bytes:
    """`time` is of the day, `id` a number of this server: both are for the administrator who is shown them."""
    code, message = error.value
    return _document(
        "",
        f'<Error Time="{escape(time)}" Id="{id}"><ErrorCode>{code}</ErrorCode><Message>{escape(message)}</Message>'
        "<DebugData /></Error>",
    )


def _document(namespace: str, content: str) -> bytes:
    within = f' xmlns="{namespace}"' if namespace else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Autodiscover xmlns="{RESPONSE}"><Response{within}>{content}</Response></Autodiscover>\n'
    ).encode()


def _mapi_http(user: PoxUser, offer: Offer, *, ex_http: bool) -> str:
    """2.2.4.1.1.2.6: each endpoint's URL, from inside and outside, which are the same here."""

    def both(path: str) -> str:
        where = escape(f"{offer.url}{path}?MailboxId={user.mailbox}")
        return f"<InternalUrl>{where}</InternalUrl><ExternalUrl>{where}</ExternalUrl>"

    return (
        f'<Protocol Type="mapiHttp" Version="1"><MailStore>{both("/mapi/emsmdb/")}</MailStore>'
        f"<AddressBook>{both('/mapi/nspi/')}</AddressBook></Protocol>{_web_services(offer)}"
        f"{_ex_http(offer) if ex_http else ''}"
        f"{''.join(map(_alternative, user.mailboxes))}{_public_folders(user)}"
    )


def _web_services(offer: Offer) -> str:
    """Who has time, answers while one is away: one address for all of it. Within WEB, as in the document's example
    (4.4): beside the type of MAPI over HTTP itself 3.2.5.1 does not allow EXCH and EXPR."""
    url = f"<ASUrl>{escape(offer.url + WEB_SERVICES)}</ASUrl>"
    inside, outside = (f"<Protocol><Type>{kind}</Type>{url}</Protocol>" for kind in ("EXCH", "EXPR"))
    return f"<Protocol><Type>WEB</Type><External>{outside}</External><Internal>{inside}</Internal></Protocol>"


def _ex_http(offer: Offer) -> str:
    """By their names, for those who can handle it: so Exchange tells it since 2013."""
    where = escape(offer.url + WEB_SERVICES)
    urls = "".join(f"<{name}>{where}</{name}>" for name in ("ASUrl", "EwsUrl", "OOFUrl"))
    return f"<Protocol><Type>EXHTTP</Type><Server>{escape(offer.hostname)}</Server><SSL>On</SSL>{urls}</Protocol>"


def _alternative(mailbox: AlternativeMailbox) -> str:
    """2.2.4.1.1.2.5. Exchange names the address twice, too."""
    address = escape(mailbox.address)
    return (
        f"<AlternativeMailbox><Type>Delegate</Type><DisplayName>{escape(mailbox.display_name)}</DisplayName>"
        f"<SmtpAddress>{address}</SmtpAddress><OwnerSmtpAddress>{address}</OwnerSmtpAddress></AlternativeMailbox>"
    )


def _public_folders(user: PoxUser) -> str:
    """Whose settings a client asks for to reach them: they are wherever a mailbox is, also one's own."""
    if not user.public_folders:
        return ""
    return f"<PublicFolderInformation><SmtpAddress>{escape(user.address)}</SmtpAddress></PublicFolderInformation>"


def _mail(user: PoxUser, offer: Offer) -> list[str]:
    return [_service(user, offer.hostname, service) for service in offer.best()]


def _service(user: PoxUser, hostname: str, service: Service) -> str:
    encryption = "SSL" if service.security is Security.TLS else "TLS"
    last = "<UsePOPAuth>on</UsePOPAuth><SMTPLast>off</SMTPLast>" if service.protocol == "smtp" else ""
    return (
        f"<Protocol><Type>{_NAMES[service.protocol]}</Type><Server>{escape(hostname)}</Server>"
        f"<Port>{service.port}</Port><DomainRequired>off</DomainRequired><LoginName>{escape(user.address)}</LoginName>"
        f"<SPA>off</SPA><SSL>on</SSL><Encryption>{encryption}</Encryption><AuthRequired>on</AuthRequired>{last}"
        "</Protocol>"
    )
