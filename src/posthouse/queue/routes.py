"""From a destination to the hosts that take its mail, in the order in which to try them – RFC 5321 §5.1, RFC 7505."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from posthouse.model.refusals import BadSyntax
from posthouse.net.resolver import NoData, NoSuchDomain, TemporaryFailure
from posthouse.protocols.smtp.client import a_labels
from posthouse.protocols.smtp.replies import Reply


class MailExchanger(Protocol):
    @property
    def preference(self) -> int: ...
    @property
    def exchange(self) -> str: ...


class Resolver(Protocol):
    """What of the DNS a route needs."""

    async def mx(self, domain: str) -> Sequence[MailExchanger]: ...
    async def a(self, name: str) -> Sequence[str]: ...
    async def aaaa(self, name: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Host:
    """One host to try. Its addresses are looked up when its turn comes."""

    name: str
    port: int
    address: str = ""
    """Where the destination itself is an address literal."""


class NoRoute(Exception):
    """There is no way to the destination: `reply` says why, in the form of one (4yz: for now)."""

    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code, status, (text,))


class Routes:
    """Hosts by smarthost, address literal or MX."""

    def __init__(
        self, resolver: Resolver, hostname: str, *, smarthost: str = "", port: int = 25, families: Sequence[str] = ()
    ) -> None:
        self._resolver, self._hostname, self._port = resolver, hostname.lower().rstrip("."), port
        self._families = tuple(families) or ("ipv4", "ipv6")
        self._smarthost = _smarthost(smarthost) if smarthost else None

    async def hosts(self, destination: str) -> list[Host]:
        """Raise `NoRoute` when there is none."""
        if self._smarthost is not None:
            return [self._smarthost]
        if destination.startswith("["):
            return [_literal(destination, self._port)]
        try:
            domain = a_labels(destination) if not destination.isascii() else destination
        except BadSyntax:
            raise NoRoute(550, "5.1.2", "The domain name is not valid") from None
        try:
            exchangers = await self._resolver.mx(domain)
        except NoSuchDomain:
            raise NoRoute(550, "5.1.2", f"The domain {destination} does not exist") from None
        except NoData:
            return [Host(domain, self._port)]  # §5.1: a domain without MX is its own exchanger
        except TemporaryFailure as error:
            raise NoRoute(451, "4.4.3", f"The DNS gave no answer for {destination}: {error}") from None
        return self._in_order(destination, exchangers)

    def _in_order(self, destination: str, exchangers: Sequence[MailExchanger]) -> list[Host]:
        names = [(mx.preference, mx.exchange.lower().rstrip(".")) for mx in exchangers]
        if names and all(not name for _, name in names):
            raise NoRoute(556, "5.1.10", f"The domain {destination} accepts no mail")  # RFC 7505 §4.1
        names = [(preference, name) for preference, name in names if name]
        ours = [preference for preference, name in names if name == self._hostname]
        if ours:  # §5.1: we are an exchanger ourselves, so only better ones than we may be used
            names = [(preference, name) for preference, name in names if preference < min(ours)]
            if not names:
                raise NoRoute(554, "5.4.6", f"Mail for {destination} comes back to us and we do not know the domain")
        ordered: list[Host] = []
        for _, group in groupby(sorted(names), key=lambda pair: pair[0]):
            same = [name for _, name in group]
            random.shuffle(same)  # §5.1: spread the load over equals
            ordered += [Host(name, self._port) for name in same]
        return ordered

    async def addresses(self, host: Host) -> list[str]:
        """Of one host, in the order of the families. Raise `NoRoute` when it has none."""
        if host.address:
            return [host.address]
        if _is_address(host.name):
            return [host.name]
        found: list[str] = []
        temporary = ""
        for family in self._families:
            try:
                found += await (self._resolver.a if family == "ipv4" else self._resolver.aaaa)(host.name)
            except (NoSuchDomain, NoData):
                continue
            except TemporaryFailure as error:
                temporary = str(error)
        if found:
            return found
        if temporary:
            raise NoRoute(451, "4.4.3", f"The DNS gave no answer for {host.name}: {temporary}")
        raise NoRoute(550, "5.1.2", f"The host {host.name} has no address")


def _smarthost(text: str) -> Host:
    name, _, port = text.rpartition(":")
    if not name or not port.isdigit():
        return Host(text.strip("[]"), 25)
    return Host(name.strip("[]"), int(port))


def _literal(destination: str, port: int) -> Host:
    """`[192.0.2.1]` and `[IPv6:2001:db8::1]`, RFC 5321 §4.1.3."""
    text = destination[1:-1]
    if text.lower().startswith("ipv6:"):
        text = text[5:]
    if not _is_address(text):
        raise NoRoute(550, "5.1.2", f"{destination} is no address that we can reach")
    return Host(destination, port, text)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
