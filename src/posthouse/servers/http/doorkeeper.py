"""Who asks: one check of credentials for every page, in one realm.

401 means one thing only, that other credentials may help. Whatever else stands in the way has a status of its own, for
a mail program that gets 401 again and again asks its user for the password again and again.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import NoReturn

from posthouse.directory import Login
from posthouse.model.refusals import AccountDisabled, BadCredentials, BadSyntax, Refusal, TooManyFailures
from posthouse.net.http import Exchange, Response
from posthouse.protocols.http import format_negotiate, is_negotiate, parse_basic, parse_negotiate
from posthouse.servers.login import Authenticator, Channel, EncryptionRequired

from .negotiation import Negotiation

RETRY_SECONDS = "60"


class Refused(Exception):
    """The page is not shown; this is the answer instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Doorkeeper:
    """One for all sessions of a worker."""

    def __init__(
        self,
        authenticator: Authenticator,
        realm: str,
        proxies: tuple[str, ...] = (),
        negotiation: Negotiation | None = None,
    ) -> None:
        """Without `negotiation` there are passwords only."""
        self._authenticator, self._negotiation = authenticator, negotiation
        basic = f'Basic realm="{realm}", charset="UTF-8"'  # RFC 7617 §2.1
        self._challenges = (*([format_negotiate(b"")] if negotiation else []), basic)
        self._proxies = [ipaddress.ip_network(one, strict=False) for one in proxies]

    async def login(self, exchange: Exchange) -> Login:
        """Whose credentials these are; Refused."""
        channel = self.channel(exchange)
        if not self._authenticator.plaintext_allowed(channel):
            raise Refused(Response.text(403, "This needs https\n"))
        field = exchange.request.headers.get("authorization")
        if field is None:
            self._ask()
        login = await self._verify(exchange, field, channel)
        exchange.stream.identify(login.address)
        return login

    async def _verify(self, exchange: Exchange, field: str, channel: Channel) -> Login:
        try:
            if self._negotiation is not None and is_negotiate(field):
                return await self._negotiate(self._negotiation, exchange, parse_negotiate(field), channel)
            credentials = parse_basic(field)
            return await self._authenticator.login(credentials.login, credentials.password, channel)
        except (BadSyntax, BadCredentials):
            self._ask()
        except AccountDisabled as refusal:
            raise Refused(Response.text(403, f"{refusal}\n")) from None
        except TooManyFailures as refusal:
            raise Refused(Response.text(429, f"{refusal}\n", ("Retry-After", RETRY_SECONDS))) from None
        except EncryptionRequired as refusal:
            raise Refused(Response.text(403, f"{refusal}\n")) from None
        except Refusal as refusal:
            raise Refused(Response.text(503, f"{refusal}\n", ("Retry-After", RETRY_SECONDS))) from None

    async def _negotiate(self, negotiation: Negotiation, exchange: Exchange, token: bytes, channel: Channel) -> Login:
        """RFC 4559 §5: a token that ends the negotiation goes with the page, one that goes on with it asks anew."""
        accept = partial(negotiation.accept, exchange.stream, token)
        login, answer = await self._authenticator.negotiate(accept, channel)
        if login is None:
            self._ask(format_negotiate(answer))
        if answer:
            exchange.fields.append(("WWW-Authenticate", format_negotiate(answer)))
        return login

    def _ask(self, *challenges: str) -> NoReturn:
        fields = (("WWW-Authenticate", challenge) for challenge in challenges or self._challenges)
        raise Refused(Response.text(401, "Who are you?\n", *fields))

    def channel(self, exchange: Exchange) -> Channel:
        """The client's connection: what a proxy of ours says that it is, or the connection to us."""
        stream = exchange.stream
        if not self._is_proxy(stream.peer.host):
            return Channel(stream.peer.host, encrypted=stream.tls is not None)
        headers = exchange.request.headers
        hops = [hop.strip() for field in headers.all("x-forwarded-for") for hop in field.split(",")]
        client = next((hop for hop in reversed(hops) if not self._is_proxy(hop)), stream.peer.host)
        return Channel(client, encrypted=(headers.get("x-forwarded-proto") or "").strip().lower() == "https")

    def _is_proxy(self, address: str) -> bool:
        if not self._proxies:
            return False
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)
