"""Guessing made slow: failed logins are counted per account and per address, in this process and in bounded tables.

Each worker counts for itself, so N workers let N times as many guesses through; a guess that waits for its delay in one
worker is no faster in another. Names are counted whether they exist or not.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from posthouse.directory.settings import AuthSettings
from posthouse.model.refusals import TooManyFailures

K = TypeVar("K")

TABLE = 50_000
"""Names, or addresses, that are counted at most; the ones longest untouched are forgotten."""
KNOWN_SECONDS = 86_400
"""An address from which somebody has logged in is theirs for this long."""


class Throttle:
    def __init__(self, settings: AuthSettings, clock: Callable[[], float]) -> None:
        self._settings, self._clock = settings, clock
        self._trusted = tuple(ipaddress.ip_network(one, strict=False) for one in settings.trusted_addresses)
        self._accounts = _Counts[str](settings.failure_window)
        self._addresses = _Counts[str](settings.failure_window)
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()

    def check(self, account: str, peer: str) -> None:
        """Raises TooManyFailures when this may not even be tried."""
        if not self._accounts and not self._addresses:
            return
        self.check_address(peer)
        failures = self._accounts.count(account, self._clock())
        if failures >= self._settings.account_failures and not self._is_known(account, peer):
            raise TooManyFailures

    def check_address(self, peer: str) -> None:
        """The same while nobody knows yet whose account it is about."""
        address = self._address(peer)
        if address and self._addresses.count(address, self._clock()) >= self._settings.address_failures:
            raise TooManyFailures

    def failed(self, account: str, peer: str) -> float:
        """Counts, and tells how many seconds to wait before saying so."""
        now, address = self._clock(), self._address(peer)
        worst = self._accounts.add(account, now)
        if address:
            worst = max(worst, self._addresses.add(address, now))
        return float(min(self._settings.failure_delay * 2.0 ** min(worst - 1, 30), self._settings.failure_delay_most))

    def succeeded(self, account: str, peer: str) -> None:
        """Nothing is forgiven: with an account of one's own one could start over after each guess."""
        if self._address(peer):
            self._known[account, peer] = self._clock()
            self._known.move_to_end((account, peer))
            if len(self._known) > TABLE:
                self._known.popitem(last=False)

    def _is_known(self, account: str, peer: str) -> bool:
        return self._clock() - self._known.get((account, peer), -KNOWN_SECONDS) < KNOWN_SECONDS

    def _address(self, peer: str) -> str:
        """What of a peer is counted; empty if it is not."""
        return counted_address(peer, self._trusted)


@lru_cache(4096)
def counted_address(peer: str, trusted: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> str:
    """IPv4 as it is, IPv6 as its network of 64 bits, which is what one customer has. A peer that is no address (a Unix
    socket) is this machine."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in trusted):
        return ""
    return str(address) if address.version == 4 else str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


class _Counts(Generic[K]):
    """How often, in a window that begins with the first time."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._entries: OrderedDict[K, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def count(self, key: K, now: float) -> int:
        times, since = self._entries.get(key, (0, now))
        return times if now - since < self._window else 0

    def add(self, key: K, now: float) -> int:
        times = self.count(key, now)
        since = self._entries[key][1] if times else now
        self._entries[key] = (times + 1, since)
        self._entries.move_to_end(key)
        if len(self._entries) > TABLE:
            self._entries.popitem(last=False)
        return times + 1
