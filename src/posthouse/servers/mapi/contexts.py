"""Session contexts – [MS-OXCMAPIHTTP] 3.2.1, 3.2.2, 3.2.6.

Invariants
- A context belongs to one endpoint, one account and one worker; its name, which is its cookie, says which worker.
- It has at most one request that works, and beside it one that waits for notifications.
- A response is *kept* until it was delivered: a client whose connection broke sends the same request again and gets
  the same response, and nothing is done twice.
- While a request is under way a context does not expire.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from posthouse.directory import Login
from posthouse.model.ids import AccountId
from posthouse.observe.metrics import Gauge

_NAME = re.compile(r"([A-Za-z0-9_-]{1,32})\.[A-Za-z0-9_-]{22}")

OPEN = Gauge("posthouse_mapi_contexts", "Session contexts that exist now.", ("endpoint",))


class Closable(Protocol):
    def close(self) -> None:
        """Let go of everything. Called once."""


S = TypeVar("S", bound=Closable)


class TooManyContexts(Exception):
    """Of all accounts together, or each one of this account's is at work."""


def worker_of(name: str) -> str | None:
    """Where the context of this name is; None: it is not a name."""
    found = _NAME.fullmatch(name)
    return found[1] if found else None


@dataclass(eq=False, slots=True)
class Context(Generic[S]):
    """One session of one client."""

    name: str
    login: Login
    session: S
    touched: float
    sequence: str = ""
    """What the next request must show."""
    earlier: str = ""
    """What the last one has shown."""
    request_id: str = ""
    """Of the last request that worked."""
    work: asyncio.Task[bytes] | None = None
    """The last request that worked, until its response was delivered."""
    waiter: asyncio.Task[bytes] | None = None
    """Who waits for notifications."""
    pending: int = 0
    """Requests under way, of whatever kind."""
    closed: bool = False

    def renew_sequence(self) -> None:
        self.earlier, self.sequence = self.sequence, secrets.token_urlsafe(9)


class Contexts(Generic[S]):
    """All of one endpoint in one worker."""

    def __init__(
        self,
        endpoint: str,
        worker: str,
        *,
        total: int,
        per_account: int,
        seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self.worker, self.seconds = worker, seconds
        self._total, self._per_account, self._clock = total, per_account, clock
        self._contexts: dict[str, Context[S]] = {}
        self._of: dict[AccountId, dict[str, Context[S]]] = {}
        self._open = OPEN.labels(endpoint)

    def __len__(self) -> int:
        return len(self._contexts)

    def add(self, login: Login, session: S) -> Context[S]:
        """TooManyContexts, and the session is closed."""
        own = self._of.get(login.account, {})
        if len(own) >= self._per_account:
            self._drop_idle(own)
        if len(own) >= self._per_account or len(self) >= self._total:
            session.close()
            raise TooManyContexts
        name = f"{self.worker}.{secrets.token_urlsafe(16)}"
        context = Context(name, login, session, self._clock())
        context.renew_sequence()
        self._contexts[name] = context
        self._of.setdefault(login.account, {})[name] = context
        self._open.inc()
        return context

    def find(self, name: str, login: Login) -> Context[S] | None:
        """None also for one of somebody else (R1225): who guesses learns nothing."""
        context = self._contexts.get(name)
        if context is None or (context.login.account, context.login.authenticated) != (
            login.account,
            login.authenticated,
        ):
            return None
        if self._is_over(context):
            self.drop(context)
            return None
        return context

    def touch(self, context: Context[S]) -> None:
        context.touched = self._clock()

    def drop(self, context: Context[S]) -> None:
        if context.closed:
            return
        context.closed = True
        del self._contexts[context.name]
        own = self._of[context.login.account]
        del own[context.name]
        if not own:
            del self._of[context.login.account]
        self._open.dec()
        if context.waiter is not None:
            context.waiter.cancel()
        if context.work is not None and not context.work.done():  # it ends what it has begun
            context.work.add_done_callback(lambda _: context.session.close())
        else:
            context.session.close()

    def sweep(self) -> None:
        """Drop what has expired (R1285)."""
        for context in [context for context in self._contexts.values() if self._is_over(context)]:
            self.drop(context)

    def close(self) -> None:
        for context in list(self._contexts.values()):
            self.drop(context)

    def _is_over(self, context: Context[S]) -> bool:
        return not context.pending and self._clock() - context.touched > self.seconds

    def _drop_idle(self, contexts: dict[str, Context[S]]) -> None:
        idle = [context for context in contexts.values() if not context.pending]
        if idle:
            self.drop(min(idle, key=lambda context: context.touched))
