"""Logins: from what somebody says to who they are.

An unknown user, a wrong password and an account without one are the same answer after the same work. A right password
is hashed once and then known for a while (`verified.py`); sessions that ask the same at the same moment share one run.
Failures are counted and slowed (`throttle.py`).

All of it runs on the loop's thread; hashing is in threads of its own, as many as `hashing_threads`, so that a storm of
logins takes neither all memory nor all cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hmac import digest
from typing import NoReturn

from posthouse.database import Database, Transaction
from posthouse.directory.accounts import LoginRow, find_certified, find_login, find_scram_keys, renew_keys
from posthouse.directory.errors import NotAuthorized
from posthouse.directory.names import Key, domain_key, local_key
from posthouse.directory.passwords import SALT, Hasher, candidates
from posthouse.directory.settings import AuthSettings
from posthouse.directory.state import make_secret, secret
from posthouse.directory.throttle import Throttle
from posthouse.directory.verified import Verified
from posthouse.model.ids import AccountId
from posthouse.model.refusals import AccountDisabled, BadCredentials, Refusal, TryLater
from posthouse.protocols.sasl import ScramKeys
from posthouse.protocols.sasl.keys import MIN_ITERATIONS, SCRAM_HASHES


@dataclass(frozen=True, slots=True)
class Login:
    """Whose account a session works on."""

    account: AccountId
    address: str
    admin: bool = False
    authenticated: str = ""
    """The address of the administrator who acts for this account; empty when it is its owner."""


class Logins:
    def __init__(
        self,
        database: Database,
        settings: AuthSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._settings, self._sleep = database, settings, sleep
        self._hasher = Hasher(settings)
        self._throttle = Throttle(settings, clock)
        self._verified = Verified(settings.verified_minutes * 60, settings.verified_logins, clock)
        threads = settings.hashing_threads or min(4, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._slots = asyncio.Semaphore(threads)
        self._under_way: dict[bytes, asyncio.Task[bool]] = {}
        self._secret: bytes | None = None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def verify(self, login: str, password: str | bytes, peer: str) -> Login:
        """By password. Raises BadCredentials, after a delay, AccountDisabled, TooManyFailures or TryLater."""
        key, name = self._names(login)
        self._throttle.check(name, peer)
        row = await self._database.read(find_login, key)
        tries = candidates(password)
        if not await self._is_right(row, tries, name, peer) or row is None:
            await self.failed(login, peer)
        return self._accept(row, name, peer)

    async def scram_keys(self, login: str, mechanism: str, peer: str) -> ScramKeys:
        """A user's keys, or for everybody else invented ones, the same at each time."""
        key, name = self._names(login)
        self._throttle.check(name, peer)
        found = await self._database.read(find_scram_keys, key, mechanism)
        invented = invent_keys(await self._hub_secret(), name, mechanism, self._settings.scram_iterations)
        return found or invented

    def check_address(self, peer: str) -> None:
        """Before a proof that names its account only when it is done. Raises TooManyFailures."""
        self._throttle.check_address(peer)

    async def proven(self, login: str, peer: str) -> Login:
        """After SCRAM: the client has proven that it knows the password. After Kerberos: its realm says who it is."""
        key, name = self._names(login)
        row = await self._database.read(find_login, key)
        if row is None:
            await self.failed(login, peer)
        return self._accept(row, name, peer)

    async def certified(self, identities: Sequence[str], peer: str) -> Login:
        """By what TLS has verified of a client certificate (`accounts.add_certificate` tells how it is written)."""
        row = await self._database.read(self._find_certified, identities)
        if row is None:
            await self.failed(identities[0] if identities else "", peer)
        return self._accept(row, self._names(row.address)[1], peer)

    async def authorize(self, login: Login, authzid: str) -> Login:
        """RFC 4422 §3.4.1: everybody may act for themselves, an administrator for everybody. NotAuthorized tells nobody
        who exists."""
        if not authzid:
            return login
        row = await self._database.read(find_login, self._names(authzid)[0])
        if row is not None and row.account == login.account:
            return login
        if row is None or not login.admin:
            raise NotAuthorized
        return Login(row.account, row.address, bool(row.admin), login.address)

    async def failed(self, login: str, peer: str) -> NoReturn:
        """Counts a failure, waits, and raises BadCredentials: also for a driver whose client has proven nothing."""
        await self._sleep(self._throttle.failed(self._names(login)[1], peer))
        raise BadCredentials

    def _accept(self, row: LoginRow, name: str, peer: str) -> Login:
        self._throttle.succeeded(name, peer)
        if row.disabled:
            raise AccountDisabled
        return Login(row.account, row.address, bool(row.admin))

    def _names(self, login: str) -> tuple[Key, str]:
        """A login name as a key, and as a text to count under."""
        local, at, domain = login.strip().rpartition("@")
        if not at:
            local, domain = domain, self._settings.default_domain
        key = Key(domain_key(domain), local_key(local))
        return key, f"{key.local}@{key.domain}"

    def _find_certified(self, tx: Transaction, identities: Sequence[str]) -> LoginRow | None:
        found = find_certified(tx, identities)
        for identity in identities:
            kind, _, address = identity.partition(":")
            if found is None and kind == "email":
                found = find_login(tx, self._names(address)[0])
        return found

    async def _is_right(self, row: LoginRow | None, tries: tuple[bytes, ...], name: str, peer: str) -> bool:
        account, version = (row.account, row.version or 0) if row else (0, 0)
        token = self._verified.token(account, version, tries[0])
        if self._verified.knows(token):
            return True
        if row is None:
            token += name.encode("utf-8", "replace")
        task = self._under_way.get(token)
        if task is None:
            if len(self._under_way) >= self._settings.hashing_queue:
                raise TryLater
            task = self._under_way[token] = asyncio.create_task(self._hash(row, tries, name, peer, token))
            task.add_done_callback(lambda _: self._under_way.pop(token, None))
        return await asyncio.shield(task)

    async def _hash(self, row: LoginRow | None, tries: tuple[bytes, ...], name: str, peer: str, token: bytes) -> bool:
        async with self._slots:
            self._throttle.check(name, peer)  # others may have failed while this one waited
            stored = row.password_hash or "" if row else ""
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, self._hasher.verify, stored, tries)
            if right and row is not None and self._hasher.is_outdated(stored, row.scram_iterations or 0):
                await self._renew(row, tries[0])
        if right:
            self._verified.add(token)  # before the task is done: who comes now finds the one or the other
        return right

    async def _renew(self, row: LoginRow, password: bytes) -> None:
        """The parameters have changed since: this is the moment at which the password is known. A store that cannot be
        written to now is no reason to refuse a login."""
        loop = asyncio.get_running_loop()
        keys = await loop.run_in_executor(self._threads, self._hasher.make, password.decode("utf-8", "surrogatepass"))
        with contextlib.suppress(Refusal):
            await self._database.write(renew_keys, row.account, row.version or 0, keys)

    async def _hub_secret(self) -> bytes:
        if self._secret is not None:
            return self._secret
        found = await self._database.read(secret)
        if found is None:
            found = await self._database.write(make_secret)
        self._secret = found
        return found


def invent_keys(hub_secret: bytes, name: str, mechanism: str, iterations: int) -> ScramKeys:
    """Keys of nobody, which look like anybody's and stay the same."""

    def piece(what: str) -> bytes:
        text = f"{what} {mechanism} {name}".encode("utf-8", "replace")
        return digest(hub_secret, text, SCRAM_HASHES[mechanism])

    return ScramKeys(mechanism, piece("salt")[:SALT], iterations or MIN_ITERATIONS, piece("stored"), piece("server"))
