"""Autodiscover, in XML for clients that log in, in JSON for everybody who asks where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zlib import crc32

from posthouse.database import Transaction
from posthouse.directory import (
    Kind,
    Login,
    Organisation,
    Outcome,
    Principal,
    parse_address,
    principal_by_id,
    resolve,
)
from posthouse.directory.errors import BadAddress
from posthouse.model.refusals import BadSyntax
from posthouse.net.http import Exchange, Response
from posthouse.protocols.autodiscover import pox, v2
from posthouse.protocols.autodiscover.pox import AlternativeMailbox, PoxError, PoxRequest, PoxUser
from posthouse.servers.access import Access
from posthouse.servers.homes import elsewhere
from posthouse.store.accounts import has_account
from posthouse.store.folders import PUBLIC

if TYPE_CHECKING:
    from .server import WebServer

BODY = 64 * 1024
MOST_MAILBOXES = 50
"""Of others that one client is to open: it opens them all when it starts."""


@dataclass
class Pox:
    """[MS-OXDSCLI] 3.2.5: POST with a login; errors are documents, too."""

    server: WebServer

    async def page(self, exchange: Exchange) -> Response:
        url = self.server.offer().url
        if exchange.request.method == "GET" and not self.server.doorkeeper.channel(exchange).encrypted:
            return Response.text(302, "", ("Location", f"{url}/autodiscover/autodiscover.xml"))
        login = await self.server.doorkeeper.login(exchange)
        if exchange.request.method != "POST":
            return self._error(PoxError.INVALID_REQUEST)
        try:
            request = pox.parse_request(await exchange.body(BODY))
        except BadSyntax:
            return self._error(PoxError.INVALID_REQUEST)
        if request.schema.lower() != pox.OUTLOOK:
            return self._error(PoxError.UNKNOWN_SCHEMA)
        organisation = await self.server.organisation()
        found = await self.server.database.read(find, organisation, request)
        if isinstance(found, PoxError):
            return self._error(found)
        if isinstance(found, str):
            return Response(200, pox.format_redirect(address=found), pox.CONTENT_TYPE)
        return await self._settings(exchange, organisation, found, login)

    async def _settings(
        self, exchange: Exchange, organisation: Organisation, person: Principal, login: Login
    ) -> Response:
        home = elsewhere(person, self.server.offer().hostname)
        if home:
            document = pox.format_redirect(url=f"https://{home}/autodiscover/autodiscover.xml")
            return Response(200, document, pox.CONTENT_TYPE)
        user = PoxUser(
            person.address,
            person.name,
            organisation.dn_of(person.id),
            str(organisation.guid),
            organisation.mailbox_name(person.id, person.address.rpartition("@")[2]),
            await self.server.database.read(has_account, PUBLIC),
            await self._alternatives(login) if person.id == login.account else (),
        )
        capability = exchange.request.headers.get("x-mapihttpcapability") or ""
        mapi = capability.strip().isdecimal() and int(capability[:9]) >= 1
        handled = (exchange.request.headers.get("x-clientcanhandle") or "").lower().split(",")
        ex_http = "exhttpinfo" in map(str.strip, handled)
        document = pox.format_settings(user, self.server.offer(), mapi=mapi, ex_http=ex_http)
        return Response(200, document, pox.CONTENT_TYPE)

    async def _alternatives(self, login: Login) -> tuple[AlternativeMailbox, ...]:
        """Mailboxes that are as good as the user's own, by what their owners say."""
        people = await self.server.database.read(_stewarded, Access(login, self.server.memberships))
        return tuple(AlternativeMailbox(person.address, person.name) for person in people[:MOST_MAILBOXES])

    def _error(self, error: PoxError) -> Response:
        time = datetime.now(UTC).strftime("%H:%M:%S.%f")
        document = pox.format_error(error, time, crc32(self.server.offer().hostname.encode()))
        return Response(200, document, pox.CONTENT_TYPE)


def _stewarded(tx: Transaction, access: Access) -> list[Principal]:
    found = (principal_by_id(tx, account) for account in access.stewarded(tx))
    return [one for one in found if one is not None and one.kind is Kind.ACCOUNT and not one.disabled]


def find(tx: Transaction, organisation: Organisation, request: PoxRequest) -> Principal | str | PoxError:
    """The account, also by one of its aliases, or the address elsewhere that an address of ours stands for."""
    if request.legacy_dn and not request.address:
        number = organisation.principal_of(request.legacy_dn)
        found = principal_by_id(tx, number) if number is not None else None
        return found or PoxError.NOT_FOUND
    try:
        resolution = resolve(tx, parse_address(request.address))
    except BadAddress:
        return PoxError.BAD_ADDRESS
    match resolution.outcome, resolution.accounts, resolution.remote:
        case Outcome.LOCAL, (only,), ():
            return principal_by_id(tx, only.account) or PoxError.NOT_FOUND
        case Outcome.LOCAL, (), (elsewhere,):
            return str(elsewhere)
    return PoxError.NOT_FOUND


@dataclass
class Json:
    """The address is in the path or in the query; nobody learns whether it exists."""

    server: WebServer

    async def page(self, exchange: Exchange) -> Response:
        request = exchange.request
        arguments = request.arguments()
        last = request.path.rstrip("/").rpartition("/")[2]
        address = last if "@" in last else arguments.get("email", "")
        status, document = v2.answer(address, arguments.get("protocol", ""), self.server.offer().url)
        return Response(status, document, v2.CONTENT_TYPE)
