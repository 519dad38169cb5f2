"""Autodiscover in plain old XML, as a client asks and reads it – [MS-OXDSCLI] 2.2, 3.1.5."""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.markup import Path, escape, read_elements

from .pox import OUTLOOK

REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
CONTENT_TYPE = "text/xml; charset=utf-8"
CAPABILITY = ("X-MapiHttpCapability", "1")
"""Who sends this hears of MAPI over HTTP (2.2.2.1)."""

_RESPONSE: Path = ("Autodiscover", "Response")
_ACCOUNT: Path = (*_RESPONSE, "Account")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a mailbox is, and what its owner is called."""

    address: str
    display_name: str
    legacy_dn: str
    mailbox_url: str
    """Empty: it cannot be reached by MAPI over HTTP."""
    address_book_url: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Ask again: for another address, or at another URL. One of them is empty."""

    address: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """There are no settings, and why."""

    code: str
    message: str


def format_request(address: str) -> bytes:
    """2.2.3."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Autodiscover xmlns="{REQUEST}"><Request><EMailAddress>{escape(address)}</EMailAddress>'
        f"<AcceptableResponseSchema>{OUTLOOK}</AcceptableResponseSchema></Request></Autodiscover>\n"
    ).encode()


def parse_response(body: bytes) -> Settings | Redirect | Refused:
    """2.2.4. BadSyntax for what is no such document."""
    found = read_elements(body)
    if _RESPONSE not in found:
        raise BadSyntax("an Autodiscover response")

    def text(*path: str) -> str:
        return found.get((*_RESPONSE, *path), "")

    if (*_RESPONSE, "Error") in found or _ACCOUNT not in found:
        return Refused(text("Error", "ErrorCode"), text("Error", "Message"))
    action = text("Account", "Action").lower()
    if action == "redirectaddr":
        return Redirect(address=text("Account", "RedirectAddr"))
    if action == "redirecturl":
        return Redirect(url=text("Account", "RedirectUrl"))
    return Settings(
        text("User", "AutoDiscoverSMTPAddress"),
        text("User", "DisplayName"),
        text("User", "LegacyDN"),
        *(_url(found, endpoint) for endpoint in ("MailStore", "AddressBook")),
    )


def _url(found: dict[Path, str], endpoint: str) -> str:
    """Only the protocol `mapiHttp` has these elements (2.2.4.1.1.2.6). From outside, if that is told."""
    where = (*_ACCOUNT, "Protocol", endpoint)
    return found.get((*where, "ExternalUrl"), "") or found.get((*where, "InternalUrl"), "")
