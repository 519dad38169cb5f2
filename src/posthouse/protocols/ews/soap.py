"""SOAP 1.1 around requests and responses, and how a request is refused – [MS-OXWSCDATA] 2.2.

A request that cannot be understood is answered by a fault; what is wrong with a mailbox that it names stands in the
response, beside what is right with the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.markup import Element, escape, read_tree

CONTENT_TYPE = "text/xml; charset=utf-8"
MAX_ELEMENTS = 4_000
MAX_TEXT = 200 * 1024

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SERVICES = "http://schemas.microsoft.com/exchange/services/2006"
_BEGIN = f'<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="{_SOAP}">'
_VERSION = (
    '<s:Header><t:ServerVersionInfo MajorVersion="15" MinorVersion="0" MajorBuildNumber="847" MinorBuildNumber="4040" '
    f'xmlns:t="{_SERVICES}/types"/></s:Header>'
)
"""The same that the endpoints of MAPI tell."""


class Fault(Exception):
    """The request is refused as a whole, by a ResponseCode ([MS-OXWSCDATA] 2.2.5.24)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def invalid() -> Fault:
    """Whatever we know nothing of."""
    return Fault("ErrorInvalidRequest", "The request is invalid.")


def schema_fault(what: str) -> Fault:
    """Something that must be there is not, or is something else."""
    return Fault("ErrorSchemaValidation", f"The request fails schema validation: it needs {what}.")


class Problem(NamedTuple):
    """With one mailbox of a request."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    operation: Element
    """The request, by its name."""
    version: str
    """Of the schema that the client knows (RequestServerVersion); empty: it does not say it."""


def parse_call(body: bytes) -> Call:
    """Fault."""
    try:
        envelope = read_tree(body, elements=MAX_ELEMENTS, text=MAX_TEXT)
    except BadSyntax:
        raise invalid() from None
    content = envelope.find("Body")
    if envelope.name != "Envelope" or content is None or len(content.children) != 1:
        raise invalid()
    version = envelope.find("Header", "RequestServerVersion")
    return Call(content.children[0], "" if version is None else version.attributes.get("Version", ""))


def format_response(name: str, content: str) -> bytes:
    """`content`: of the response's element, with the prefixes `m` (messages) and `t` (types)."""
    namespaces = f'xmlns:m="{_SERVICES}/messages" xmlns:t="{_SERVICES}/types"'
    return f"{_BEGIN}{_VERSION}<s:Body><m:{name} {namespaces}>{content}</m:{name}></s:Body></s:Envelope>\n".encode()


def format_fault(fault: Fault) -> bytes:
    code, text = escape(fault.code), escape(fault.text)
    return (
        f"{_BEGIN}<s:Body><s:Fault>"
        f'<faultcode xmlns:a="{_SERVICES}/types">a:{code}</faultcode><faultstring xml:lang="en-US">{text}</faultstring>'
        f'<detail><e:ResponseCode xmlns:e="{_SERVICES}/errors">{code}</e:ResponseCode>'
        f'<e:Message xmlns:e="{_SERVICES}/errors">{text}</e:Message></detail>'
        "</s:Fault></s:Body></s:Envelope>\n"
    ).encode()


def format_message(problem: Problem | None) -> str:
    """ResponseMessage ([MS-OXWSCDATA] 2.2.4.67): of a mailbox."""
    if problem is None:
        inner = "<m:ResponseCode>NoError</m:ResponseCode>"
        return f'<m:ResponseMessage ResponseClass="Success">{inner}</m:ResponseMessage>'
    inner = f"<m:MessageText>{escape(problem.text)}</m:MessageText><m:ResponseCode>{problem.code}</m:ResponseCode>"
    inner += "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
    return f'<m:ResponseMessage ResponseClass="Error">{inner}</m:ResponseMessage>'
