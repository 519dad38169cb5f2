"""Addresses of Exchange at which there is nothing. Clients try them all the same, and how they are refused matters: 401
makes Outlook ask for the password, a bare 500 as well. So: what SOAP calls a fault, to anybody."""

from __future__ import annotations

from posthouse.net.http import Exchange, Response

XML = "text/xml; charset=utf-8"
FAULT = b"""\
<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>\
<faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:ErrorInvalidRequest</faultcode>\
<faultstring xml:lang="en-US">The request is invalid.</faultstring><detail>\
<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">ErrorInvalidRequest</e:ResponseCode>\
<e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">The request is invalid.</e:Message>\
</detail></s:Fault></s:Body></s:Envelope>
"""


async def refuse(exchange: Exchange) -> Response:
    """SOAP 1.1 §6.2: a fault has status 500."""
    if exchange.request.method != "POST":
        return Response.text(405, "Web services are asked by POST\n", ("Allow", "POST"))
    return Response(500, FAULT, XML)


async def no_address_book(exchange: Exchange) -> Response:
    """Without an offline address book clients look names up online."""
    return Response.text(404, "There is no offline address book\n")
