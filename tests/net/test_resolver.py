"""The DNS against a real server of the test's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from posthouse.net import resolver as module
from posthouse.net.resolver import MailExchanger, NoData, NoSuchDomain, Resolver, TemporaryFailure, Tlsa

ZONE = {
    "example.org": {"MX": ["10 mx.example.org.", "20 mx2.example.org."], "TXT": ['"v=spf1 " "-all"', '"other"']},
    "mx.example.org": {"A": ["192.0.2.1", "192.0.2.2"], "AAAA": ["2001:db8::1"]},
    "null.example.org": {"MX": ["0 ."]},
    "alias.example.org": {"CNAME": ["mx.example.org."]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mx.example.org."]},
    "_25._tcp.mx.example.org": {"TLSA": ["3 1 1 " + "ab" * 32]},
    "large.example.org": {"TXT": [f'"{i:02d}{"x" * 250}"' for i in range(20)]},
}


def test_typed_answers(run: Any, serve_dns: Any) -> None:
    """Each kind of record as values: names without their final dot, strings joined, aliases followed."""
    server = serve_dns(ZONE)

    async def ask() -> None:
        resolver = Resolver((server.address,))
        assert sorted(await resolver.mx("Example.ORG.")) == [
            MailExchanger(10, "mx.example.org"),
            MailExchanger(20, "mx2.example.org"),
        ]
        assert await resolver.mx("null.example.org") == [MailExchanger(0, "")]
        assert sorted(await resolver.a("alias.example.org")) == ["192.0.2.1", "192.0.2.2"]
        assert await resolver.aaaa("mx.example.org") == ["2001:db8::1"]
        assert sorted(await resolver.txt("example.org")) == [b"other", b"v=spf1 -all"]
        assert await resolver.ptr("192.0.2.1") == ["mx.example.org"]
        assert await resolver.a("localhost") == ["127.0.0.1"]
        assert await resolver.aaaa("localhost") == ["::1"]

    run(ask())


def test_there_is_none_and_none_for_now(run: Any, serve_dns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such name, no such record, and no answer are three things: mail bounces, goes to the host itself, waits."""
    server = serve_dns(ZONE)
    server.fails.add("broken.example.org")
    server.silent.add("silent.example.org")
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    monkeypatch.setattr(module, "LIFETIME", 0.3)

    async def ask() -> None:
        resolver = Resolver((server.address,))
        for name in ("nowhere.example.org", "a..b", "x" * 64 + ".org", "x." * 200 + "org", "\udce9.example"):
            with pytest.raises(NoSuchDomain):
                await resolver.mx(name)
        with pytest.raises(NoData):
            await resolver.mx("mx.example.org")
        for name in ("broken.example.org", "silent.example.org"):
            with pytest.raises(TemporaryFailure):
                await resolver.mx(name)
        server.fails.clear()
        server.zone["broken.example.org"] = {"MX": ["1 mx.example.org."]}
        assert len(await resolver.mx("broken.example.org")) == 1

    run(ask())


def test_answers_are_kept(run: Any, serve_dns: Any) -> None:
    """Also that there is none; many askers share one question, and go on when one of them gives up."""
    server = serve_dns(ZONE)

    async def ask() -> None:
        resolver = Resolver((server.address,))
        first = asyncio.create_task(resolver.a("mx.example.org"))
        await asyncio.sleep(0)
        others = [asyncio.create_task(resolver.a("MX.example.org")) for _ in range(50)]
        await asyncio.sleep(0)
        first.cancel()
        assert all(len(found) == 2 for found in await asyncio.gather(*others))
        for _ in range(3):
            with pytest.raises(NoSuchDomain):
                await resolver.a("nowhere.example.org")
            with pytest.raises(NoData):
                await resolver.aaaa("example.org")
        assert server.questions == {
            ("mx.example.org", "A"): 1,
            ("nowhere.example.org", "A"): 1,
            ("example.org", "AAAA"): 1,
        }

    run(ask())


def test_the_cache_is_bounded(run: Any, serve_dns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of new names pushes the oldest out."""
    server = serve_dns(ZONE)
    monkeypatch.setattr(module, "CACHE", 10)

    async def ask() -> None:
        resolver = Resolver((server.address,))
        for number in range(30):
            with pytest.raises(NoSuchDomain):
                await resolver.a(f"n{number}.example.net")
        assert len(resolver._cache) == 10

    run(ask())


def test_a_long_answer_comes_by_tcp(run: Any, serve_dns: Any) -> None:
    """RFC 7766 §5: a truncated one is asked for again."""
    server = serve_dns(ZONE)

    async def ask() -> None:
        assert len(await Resolver((server.address,)).txt("large.example.org")) == 20
        assert server.transports["tcp"] == 1

    run(ask())


def test_tlsa_counts_only_when_validated(run: Any, serve_dns: Any) -> None:
    """RFC 7672 §2.2: without DNSSEC it is as if there were none."""
    server = serve_dns(ZONE)

    async def ask() -> None:
        with pytest.raises(NoData):
            await Resolver((server.address,)).tlsa("_25._tcp.mx.example.org")
        server.authentic = True
        found = await Resolver((server.address,)).tlsa("_25._tcp.mx.example.org")
        assert found == [Tlsa(3, 1, 1, b"\xab" * 32)]

    run(ask())


def test_the_second_server_answers(run: Any, serve_dns: Any) -> None:
    """When the first does not know."""
    broken, good = serve_dns(ZONE), serve_dns(ZONE)
    broken.fails.add("mx.example.org")

    async def ask() -> None:
        assert len(await Resolver((broken.address, good.address)).a("mx.example.org")) == 2

    run(ask())
