"""From an address to where its mailbox is – [MS-OXDSCLI] 3.1.5, [MS-OXDISCO] 3.1.5.

The usual places are asked one after another, until one of them knows. The password goes to servers whose certificate
was verified, and of those that were told without TLS only to hosts of the domain itself, unless the caller trusts more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from posthouse.model.refusals import BadSyntax
from posthouse.net.errors import StreamError
from posthouse.net.http.client import BadUrl, HttpConnection, Response, Url
from posthouse.net.resolver import ResolverError
from posthouse.protocols.autodiscover.pox_client import (
    CAPABILITY,
    CONTENT_TYPE,
    Redirect,
    Refused,
    Settings,
    format_request,
    parse_response,
)

from .errors import DiscoveryFailed, LoginRefused
from .network import Login, Network

MAX_REDIRECTS = 10
"""[MS-OXDSCLI] 3.1.5.2."""
MAX_SERVICES = 4
BODY = 256 * 1024
_PATH = "/autodiscover/autodiscover.xml"
_MOVED = (301, 302, 307, 308)


async def discover(address: str, login: Login, network: Network) -> Settings:
    """Raises DiscoveryFailed, and LoginRefused when a server knows the mailbox and not the password."""
    return await _Discovery(login, network).of(address)


class _Discovery:
    def __init__(self, login: Login, network: Network) -> None:
        self._login, self._network = login, network
        self._left = MAX_REDIRECTS

    async def of(self, address: str) -> Settings:
        domain = address.rpartition("@")[2]
        if domain in ("", address):
            raise DiscoveryFailed(f"{address} is not an address")
        refused: LoginRefused | None = None
        reasons: list[str] = []
        async for url in self._candidates(domain):
            try:
                found = await self._ask(url, address)
            except LoginRefused as error:  # perhaps the web server of the domain, which knows nothing of mail
                refused = error
                continue
            if isinstance(found, Settings):
                return found
            reasons.append(f"{url}: {found}")
        raise refused or DiscoveryFailed(f"nobody knows where {address} is ({'; '.join(reasons)})")

    async def _ask(self, url: str, address: str) -> Settings | str:
        """The settings, or why there are none."""
        try:
            where = Url.parse(url)
            if not where.secure:
                return "not HTTPS"
            connection = self._network.connection(where)
            try:
                return await self._answer(connection, where, address)
            finally:
                connection.abort()
        except (StreamError, BadUrl, BadSyntax) as error:
            return str(error)

    async def _answer(self, connection: HttpConnection, where: Url, address: str) -> Settings | str:
        headers = [("Content-Type", CONTENT_TYPE), CAPABILITY, self._login.header()]
        response = await connection.ask("POST", where.target, headers, format_request(address))
        if response.status == 401:
            raise LoginRefused(f"{where.host} does not accept the password of {self._login.name}")
        if response.status in _MOVED:
            return await self._moved(response, address)
        if response.status != 200:
            return f"status {response.status}"
        match parse_response(await connection.body(BODY)):
            case Redirect(address="", url=url):
                self._count()
                return await self._ask(url, address)
            case Redirect(address=other):
                self._count()
                return await self.of(other)
            case Refused(code, message):
                return f"{code} {message}"
            case Settings() as settings:
                return settings if settings.mailbox_url else "no MAPI over HTTP"

    async def _moved(self, response: Response, address: str) -> Settings | str:
        self._count()
        return await self._ask(response.headers.get("Location") or "", address)

    async def _candidates(self, domain: str) -> AsyncIterator[str]:
        """[MS-OXDISCO] 3.1.5.2 to 3.1.5.5: the next is looked for when those before it knew nothing."""
        yield f"https://{domain}{_PATH}"
        yield f"https://autodiscover.{domain}{_PATH}"
        for url in (await self._told_insecurely(domain), *await self._services(domain)):
            if self._may_ask(url, domain):
                yield url

    async def _told_insecurely(self, domain: str) -> str:
        """Without TLS nothing is asked but where to ask, and without a password."""
        try:
            where = Url.parse(f"http://autodiscover.{domain}{_PATH}")
            connection = self._network.connection(where)
            try:
                response = await connection.ask("GET", where.target, [])
            finally:
                connection.abort()
        except (StreamError, BadUrl):
            return ""
        return (response.headers.get("Location") or "") if response.status in _MOVED else ""

    def _may_ask(self, url: str, domain: str) -> bool:
        try:
            host = Url.parse(url).host.lower()
        except BadUrl:
            return False
        return f".{host}".endswith(f".{domain.lower()}") or self._network.trusted(host)

    async def _services(self, domain: str) -> list[str]:
        if self._network.resolver is None:
            return []
        try:
            found = await self._network.resolver.srv(f"_autodiscover._tcp.{domain}")
        except ResolverError:
            return []
        return [f"https://{one.target}:{one.port}{_PATH}" for one in sorted(found)[:MAX_SERVICES] if one.target]

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise DiscoveryFailed("redirected for ever")
