"""The DNS, with a cache: what mail needs of it, as values – RFC 1035, RFC 2308, RFC 5321 §5.1.

    resolver = Resolver(("127.0.0.1:5353",))
    for exchanger in await resolver.mx("example.org"): …

Answers are kept as long as their TTL says, also that there is none (RFC 2308). Several who ask the same thing at the
same time share one question. `localhost` is not asked for (RFC 6761 §6.3).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.reversename

from .addresses import parse_address

CACHE = 10_000
"""Answers kept, at most."""
SHORTEST, LONGEST = 5.0, 3600.0
"""Seconds for which an answer is kept, whatever its TTL."""
NEGATIVE = 60.0
"""Seconds for which the lack of an answer is kept, at most."""
EDNS_PAYLOAD = 1232
"""Bytes of a UDP answer that cross every path unbroken; a longer answer comes by TCP."""
TIMEOUT, LIFETIME = 3.0, 12.0
"""Seconds for one server, and for all tries together."""


class ResolverError(Exception):
    """The base of the three."""


class NoSuchDomain(ResolverError):
    """The name does not exist (NXDOMAIN)."""


class NoData(ResolverError):
    """The name exists and has no such record."""


class TemporaryFailure(ResolverError):
    """No server gave an answer; another time one may."""


class MailExchanger(NamedTuple):
    preference: int
    exchange: str
    """Without the final dot; empty for the null MX (RFC 7505)."""


class Srv(NamedTuple):
    priority: int
    weight: int
    port: int
    target: str
    """Without the final dot; empty: the service is not there (RFC 2782)."""


class Tlsa(NamedTuple):
    usage: int
    selector: int
    matching: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    answer: tuple[object, ...] | ResolverError
    authentic: bool = False


class Resolver:
    def __init__(self, servers: Sequence[str] = ()) -> None:
        """`servers`: "address:port", "[address]:port" or an address; none: the system's."""
        self._resolver = _system_resolver() if not servers else dns.asyncresolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = [_nameserver(server) for server in servers]
        self._resolver.use_edns(0, dns.flags.DO, EDNS_PAYLOAD)
        self._resolver.flags = dns.flags.RD | dns.flags.AD
        self._resolver.timeout, self._resolver.lifetime = TIMEOUT, LIFETIME
        self._cache: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._asked: dict[tuple[str, str], asyncio.Task[_Kept]] = {}

    async def mx(self, domain: str) -> list[MailExchanger]:
        records = await self._query(domain, "MX")
        return [MailExchanger(record.preference, _text(record.exchange)) for record in records]  # type: ignore[attr-defined]

    async def a(self, name: str) -> list[str]:
        if _is_localhost(name):
            return ["127.0.0.1"]
        return [record.address for record in await self._query(name, "A")]  # type: ignore[attr-defined]

    async def aaaa(self, name: str) -> list[str]:
        if _is_localhost(name):
            return ["::1"]
        return [record.address for record in await self._query(name, "AAAA")]  # type: ignore[attr-defined]

    async def txt(self, name: str) -> list[bytes]:
        """Each record's strings joined."""
        return [b"".join(record.strings) for record in await self._query(name, "TXT")]  # type: ignore[attr-defined]

    async def ptr(self, address: str) -> list[str]:
        """Names of an IPv4 or IPv6 address."""
        name = dns.reversename.from_address(address).to_text()
        return [_text(record.target) for record in await self._query(name, "PTR")]  # type: ignore[attr-defined]

    async def srv(self, name: str) -> list[Srv]:
        """For `_autodiscover._tcp.example.org`."""
        records = await self._query(name, "SRV")
        return [Srv(r.priority, r.weight, r.port, _text(r.target)) for r in records]  # type: ignore[attr-defined]

    async def tlsa(self, name: str) -> list[Tlsa]:
        """For `_25._tcp.mx.example.org`. Only what the name server has validated: other records count as none, RFC 7672
        §2.2. So this is of use with a validating resolver that can be trusted, best on the same machine."""
        kept = await self._lookup(name, "TLSA")
        if isinstance(kept.answer, ResolverError):
            raise type(kept.answer)(*kept.answer.args)
        if not kept.authentic:
            raise NoData(f"{name} has no TLSA that is validated")
        return [Tlsa(r.usage, r.selector, r.mtype, bytes(r.cert)) for r in kept.answer]  # type: ignore[attr-defined]

    async def _query(self, name: str, kind: str) -> tuple[object, ...]:
        kept = await self._lookup(name, kind)
        if isinstance(kept.answer, ResolverError):
            raise type(kept.answer)(*kept.answer.args)
        return kept.answer

    async def _lookup(self, name: str, kind: str) -> _Kept:
        key = (name.lower().rstrip("."), kind)
        kept = self._cache.get(key)
        if kept is None or kept.until <= time.monotonic():
            kept = await self._ask_once(key)
        return kept

    async def _ask_once(self, key: tuple[str, str]) -> _Kept:
        """One question for all who ask it; it goes on when one of them is cancelled."""
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(*key))
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        kept = await asyncio.shield(task)
        if kept.until > time.monotonic():
            self._cache[key] = kept
            self._cache.move_to_end(key)
            if len(self._cache) > CACHE:
                self._cache.popitem(last=False)
        return kept

    async def _ask(self, name: str, kind: str) -> _Kept:
        now = time.monotonic()
        try:
            answer = await self._resolver.resolve(dns.name.from_text(name), kind, search=False)
        except dns.resolver.NXDOMAIN as error:
            responses = error.kwargs["responses"].values()
            return _Kept(now + _negative_ttl(responses), NoSuchDomain(f"{name} does not exist"))
        except dns.resolver.NoAnswer as error:
            return _Kept(now + _negative_ttl([error.kwargs["response"]]), NoData(f"{name} has no {kind}"))
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            return _Kept(0.0, _failure(name, error))
        ttl = answer.rrset.ttl if answer.rrset is not None else 0
        authentic = bool(answer.response.flags & dns.flags.AD)
        return _Kept(now + min(max(float(ttl), SHORTEST), LONGEST), tuple(answer), authentic)


def _negative_ttl(responses: Iterable[dns.message.Message]) -> float:
    """RFC 2308 §5: the lesser of the SOA's own TTL and its minimum field."""
    for response in responses:
        for rrset in response.authority:
            if rrset.rdtype == dns.rdatatype.SOA:
                return min(float(rrset.ttl), float(rrset[0].minimum), NEGATIVE)
    return SHORTEST


def _is_localhost(name: str) -> bool:
    name = name.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def _system_resolver() -> dns.asyncresolver.Resolver:
    """By /etc/resolv.conf; on a machine without one, every question fails for now instead of the hub at its start."""
    try:
        return dns.asyncresolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return dns.asyncresolver.Resolver(configure=False)


_NOT_A_NAME = (
    dns.name.LabelTooLong,
    dns.name.NameTooLong,
    dns.name.EmptyLabel,
    dns.name.BadEscape,
    dns.name.IDNAException,
    UnicodeError,
)


def _failure(name: str, error: Exception) -> ResolverError:
    """A name that cannot be a name does not exist; everything else may be better another time."""
    if isinstance(error, _NOT_A_NAME):
        return NoSuchDomain(f"{name} is not a domain name")
    return TemporaryFailure(str(error).partition("\n")[0] or type(error).__name__)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True) if name != dns.name.root else ""


def _nameserver(server: str) -> dns.nameserver.Nameserver:
    return dns.nameserver.Do53Nameserver(*parse_address(server, 53))
