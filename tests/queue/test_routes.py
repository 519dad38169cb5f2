"""Where mail for a domain goes, asked of a real name server – RFC 5321 §5.1, RFC 7505."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from dns_server import DnsServer

from posthouse.net.resolver import Resolver
from posthouse.queue.routes import NoRoute, Routes

ZONE = {
    "one.test": {"MX": ["10 mx.one.test."]},
    "mx.one.test": {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]},
    "order.test": {"MX": ["20 c.order.test.", "10 a.order.test.", "10 b.order.test.", "30 d.order.test."]},
    "bare.test": {"A": ["192.0.2.2"]},
    "alias.test": {"CNAME": ["one.test."]},
    "null.test": {"MX": ["0 ."]},
    "us.test": {"MX": ["10 here.test.", "20 mx.one.test."]},
    "backup.test": {"MX": ["10 mx.one.test.", "20 HERE.test.", "30 worse.test."]},
    "nowhere.test": {"MX": ["10 gone.test."]},
    "empty.test": {"TXT": ['"nothing"']},
    "xn--bcher-kva.test": {"MX": ["10 mx.one.test."]},
}


@pytest.fixture
def names(serve_dns: Callable[..., DnsServer]) -> DnsServer:
    return serve_dns(ZONE)


def routes(names: DnsServer, **options: Any) -> Routes:
    return Routes(Resolver([names.address]), "here.test", **options)


def ask(names: DnsServer, destination: str, **options: Any) -> list[tuple[str, int, list[str]]]:
    """Host, port and addresses, in the order in which they are tried."""

    async def conversation() -> list[tuple[str, int, list[str]]]:
        asked = routes(names, **options)
        return [(host.name, host.port, await asked.addresses(host)) for host in await asked.hosts(destination)]

    return asyncio.run(conversation())


V4, V6 = "192.0.2.1", "2001:db8::1"


@pytest.mark.parametrize(
    ("destination", "options", "expected"),
    [
        ("one.test", {}, [("mx.one.test", 25, [V4, V6])]),
        ("one.test", {"families": ("ipv6", "ipv4")}, [("mx.one.test", 25, [V6, V4])]),
        ("one.test", {"families": ("ipv4",)}, [("mx.one.test", 25, [V4])]),
        ("one.test", {"port": 2525}, [("mx.one.test", 2525, [V4, V6])]),
        ("alias.test", {}, [("mx.one.test", 25, [V4, V6])]),
        ("bare.test", {}, [("bare.test", 25, ["192.0.2.2"])]),
        ("backup.test", {}, [("mx.one.test", 25, [V4, V6])]),
        ("bücher.test", {}, [("mx.one.test", 25, [V4, V6])]),
        ("[192.0.2.9]", {}, [("[192.0.2.9]", 25, ["192.0.2.9"])]),
        ("[IPv6:2001:db8::9]", {}, [("[IPv6:2001:db8::9]", 25, ["2001:db8::9"])]),
        ("whatever.test", {"smarthost": "mx.one.test:587"}, [("mx.one.test", 587, [V4, V6])]),
        ("whatever.test", {"smarthost": "[2001:db8::7]:587"}, [("2001:db8::7", 587, ["2001:db8::7"])]),
    ],
)
def test_ways(names: DnsServer, destination: str, options: dict[str, Any], expected: object) -> None:
    """By MX; by the domain's own address when there is none; by less preferred ones than ourselves never."""
    assert ask(names, destination, **options) == expected


def test_order(names: DnsServer) -> None:
    """By preference; equals in any order, so that they share the load – RFC 5321 §5.1."""

    async def conversation() -> list[list[str]]:
        asked = routes(names)
        return [[host.name[0] for host in await asked.hosts("order.test")] for _ in range(60)]

    orders = asyncio.run(conversation())
    assert {"".join(order) for order in orders} == {"abcd", "bacd"}


@pytest.mark.parametrize(
    ("destination", "code", "status"),
    [
        ("none.test", 550, "5.1.2"),
        ("null.test", 556, "5.1.10"),
        ("us.test", 554, "5.4.6"),
        ("nowhere.test", 550, "5.1.2"),
        ("empty.test", 550, "5.1.2"),
        ("[not an address]", 550, "5.1.2"),
        ("-bad-.test" + "x" * 300, 550, "5.1.2"),
    ],
)
def test_no_way(names: DnsServer, destination: str, code: int, status: str) -> None:
    """What will not get better is said at once; a loop is noticed by our own name among the exchangers."""
    with pytest.raises(NoRoute) as caught:
        ask(names, destination)
    assert (caught.value.reply.code, caught.value.reply.enhanced) == (code, status)


@pytest.mark.parametrize("which", ["one.test", "mx.one.test"])
def test_a_name_server_in_trouble(names: DnsServer, which: str) -> None:
    """SERVFAIL is no answer: the message waits."""
    names.fails.add(which)
    with pytest.raises(NoRoute) as caught:
        ask(names, "one.test")
    assert (caught.value.reply.code, caught.value.reply.enhanced) == (451, "4.4.3")
    assert caught.value.reply.transient
