"""Addresses of Exchange at which there is nothing. Clients try them all the same, and how they are refused matters: 401
makes Outlook ask for the password, a bare 500 as well. So: what SOAP calls a fault, to anybody."""

from __future__ import annotations

from posthouse.net.http import Exchange, Response
from posthouse.protocols.ews import soap


async def refuse(exchange: Exchange) -> Response:
    """SOAP 1.1 §6.2: a fault has status 500."""
    if exchange.request.method != "POST":
        return Response.text(405, "Web services are asked by POST\n", ("Allow", "POST"))
    return Response(500, soap.format_fault(soap.invalid()), soap.CONTENT_TYPE)


async def no_address_book(exchange: Exchange) -> Response:
    """Without an offline address book clients look names up online."""
    return Response.text(404, "There is no offline address book\n")
