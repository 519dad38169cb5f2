"""From an address to its server: the places that are asked, what they may say, and where a password never goes.

Statements are those of [MS-OXDSCLI] 3.1.5 and [MS-OXDISCO] 3.1.5.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from dns_server import serve_zone
from scripted_https import Script, response, scripted

from posthouse.clients.mapi.discover import MAX_REDIRECTS, discover
from posthouse.clients.mapi.errors import DiscoveryFailed, LoginRefused
from posthouse.clients.mapi.network import Login
from posthouse.net.resolver import Resolver
from posthouse.observe.secret import Secret
from posthouse.protocols.autodiscover import Offer, pox
from posthouse.protocols.autodiscover.pox import PoxError, PoxUser
from posthouse.protocols.autodiscover.pox_client import Settings

ADDRESS = "alice@example.org"
DOMAIN, AUTODISCOVER, OTHER = "example.org", "autodiscover.example.org", "other.example"
OFFER = Offer("mail.example.org", "https://mail.example.org", (), mapi=True)
NAMED = PoxUser(ADDRESS, "Alice", "/o=x/cn=alice", "deployment", "mailbox@example.org")
FOUND = response(body=pox.format_settings(NAMED, OFFER, mapi=True))
NOT_HERE = response("404 Not here")


def ask(script: Script, address: str = ADDRESS) -> Settings:
    async def work() -> Settings:
        async with scripted(script, DOMAIN, AUTODISCOVER, OTHER) as network:
            return await discover(address, Login(address, Secret("secret")), network)

    return asyncio.run(work())


def at(**answers: bytes) -> Script:
    """By host, with `_` for `.`; all others have nothing."""
    known = {name.replace("_", "."): answer for name, answer in answers.items()}
    return lambda host, head, body: known.get(host, NOT_HERE)


@pytest.mark.parametrize(
    "script",
    [
        at(example_org=FOUND),
        at(autodiscover_example_org=FOUND),
        at(example_org=response(body=b"<html>Welcome!</html>"), autodiscover_example_org=FOUND),
        at(example_org=response("401 Who?"), autodiscover_example_org=FOUND),
        at(example_org=b"", autodiscover_example_org=FOUND),
        at(example_org=b"SSH-2.0\r\n\r\n", autodiscover_example_org=FOUND),
        at(example_org=response(body=b"x" * 300_000), autodiscover_example_org=FOUND),
        at(example_org=response("302 There", Location=f"https://{OTHER}/x"), other_example=FOUND),
        at(example_org=response(body=pox.format_redirect(url=f"https://{OTHER}/")), other_example=FOUND),
        at(example_org=response(body=pox.format_redirect(address=f"bob@{OTHER}")), other_example=FOUND),
        at(example_org=response(body=pox.format_settings(NAMED, OFFER, mapi=False)), autodiscover_example_org=FOUND),
    ],
)
def test_where_it_is_found(script: Script) -> None:
    """The domain is asked, then its `autodiscover`; redirects are followed; whoever knows nothing is passed over."""
    found = ask(script)
    assert (found.address, found.legacy_dn) == (ADDRESS, "/o=x/cn=alice")
    assert found.mailbox_url == "https://mail.example.org/mapi/emsmdb/?MailboxId=mailbox@example.org"


def test_what_is_asked() -> None:
    """With the capability, or the server would not tell of MAPI over HTTP; with the address in the body."""
    asked: list[tuple[str, bytes]] = []

    def script(host: str, head: str, body: bytes) -> bytes:
        asked.append((head, body))
        return FOUND

    ask(script)
    [(head, body)] = asked
    assert head.startswith("POST /autodiscover/autodiscover.xml HTTP/1.1\r\n")
    assert "X-MapiHttpCapability: 1\r\n" in head
    assert "Authorization: Basic YWxpY2VAZXhhbXBsZS5vcmc6c2VjcmV0\r\n" in head
    assert pox.parse_request(body).address == ADDRESS


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (at(), "404"),
        (at(example_org=response(body=pox.format_error(PoxError.NOT_FOUND, "12:00", 1))), "500 The email address"),
        (at(example_org=response(body=pox.format_settings(NAMED, OFFER, mapi=False))), "no MAPI over HTTP"),
        (at(example_org=response("302 There", Location="http://example.org/")), "not HTTPS"),
        (at(example_org=response("302 There")), "404"),
        (at(example_org=response(body=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")), "DTD"),
    ],
)
def test_where_it_is_not(script: Script, told: str) -> None:
    """The error says what each place has said."""
    with pytest.raises(DiscoveryFailed, match=told):
        ask(script)


@pytest.mark.parametrize(
    "again",
    [
        response("302 There", Location=f"https://{DOMAIN}/again"),
        response(body=pox.format_redirect(url=f"https://{DOMAIN}/again")),
        response(body=pox.format_redirect(address=ADDRESS)),
    ],
)
def test_redirected_for_ever(again: bytes) -> None:
    """[MS-OXDSCLI] 3.1.5.2: at most ten times."""
    times = 0

    def script(host: str, head: str, body: bytes) -> bytes:
        nonlocal times
        times += 1
        return again

    with pytest.raises(DiscoveryFailed, match="for ever"):
        ask(script)
    assert times <= MAX_REDIRECTS + 1


def test_the_password_is_wrong() -> None:
    """Known when nobody else knows the mailbox."""
    with pytest.raises(LoginRefused):
        ask(at(autodiscover_example_org=response("401 Who?")))


def test_what_is_no_address() -> None:
    with pytest.raises(DiscoveryFailed, match="not an address"):
        ask(at(), "alice")


@pytest.mark.parametrize("trusted", [True, False])
def test_without_tls(trusted: bool) -> None:
    """A GET to `autodiscover` may tell where to ask; it carries no password, and only HTTPS is asked then: hosts
    outside the domain only when the caller trusts them."""
    asked: list[str] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(response("302 There", Location=f"https://{OTHER}/autodiscover/autodiscover.xml"))

    async def work() -> Settings:
        listening = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with scripted(at(other_example=FOUND), OTHER) as network:
            hosts = {**network.hosts, DOMAIN: ("127.0.0.1", 1), AUTODISCOVER: ("127.0.0.1", port)}
            network = replace(network, hosts=hosts, seconds=1.0, trusted=lambda host: trusted and host == OTHER)
            try:
                return await discover(ADDRESS, Login(ADDRESS, Secret("secret")), network)
            finally:
                listening.close()

    if trusted:
        assert asyncio.run(work()).address == ADDRESS
    else:
        with pytest.raises(DiscoveryFailed):
            asyncio.run(work())
    assert asked[-1].startswith("GET /autodiscover/autodiscover.xml")
    assert "Authorization" not in asked[-1]


def test_a_service_record() -> None:
    """The last place: what DNS calls the domain's service, the one with the lowest priority first; as above, none
    outside the domain."""
    inside = f"mail.{DOMAIN}"
    zone = {f"_autodiscover._tcp.{DOMAIN}": {"SRV": [f"20 0 443 {OTHER}.", f"10 0 443 {inside}.", "5 0 443 ."]}}
    asked: list[str] = []

    def script(host: str, head: str, body: bytes) -> bytes:
        asked.append(host)
        return FOUND if len(asked) > 1 else NOT_HERE

    async def work(resolver: Resolver, *, trusted: bool) -> Settings:
        async with scripted(script, OTHER, inside) as network:
            hosts = {**network.hosts, DOMAIN: ("127.0.0.1", 1), AUTODISCOVER: ("127.0.0.1", 1)}
            network = replace(network, hosts=hosts, resolver=resolver, trusted=lambda _: trusted)
            return await discover(ADDRESS, Login(ADDRESS, Secret("secret")), network)

    with serve_zone(zone) as names:
        with pytest.raises(DiscoveryFailed):
            asyncio.run(work(Resolver((names.address,)), trusted=False))
        assert asked == [inside]
        asked.clear()
        assert asyncio.run(work(Resolver((names.address,)), trusted=True)).address == ADDRESS
        assert asked == [inside, OTHER]
