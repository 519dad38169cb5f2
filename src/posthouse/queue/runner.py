"""The queue's scheduler: finds what is due, and gives each destination couriers of its own.

A *lane* is one destination with what it may use: its connections, and nothing of the others'. A destination that cannot
be reached costs one attempt now and then, whatever waits for it, in all workers together; the others never notice. A
*courier* is one connection in a lane: it claims a few recipients at a time under a lease, sends them, records what came
of each, and goes on while more is due.

Order of things for a recipient that has come to its end: first the report to the sender is durable, then the end is
recorded. A crash in between repeats the report; it never loses it. What is delivered here, a held message whose time
has come, is recorded as it is delivered, by `Delivery.settle`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Protocol

from posthouse.database import Transaction
from posthouse.model.address import Recipient
from posthouse.model.refusals import Refusal
from posthouse.net.errors import StreamError
from posthouse.protocols.dsn.report import Report
from posthouse.protocols.smtp.extensions import DSN, Extensions
from posthouse.protocols.smtp.replies import Reply
from posthouse.queue import rows
from posthouse.queue.client import Delivery, SessionFailed, Settle
from posthouse.queue.reports import Event, Reporter
from posthouse.queue.routes import NoRoute
from posthouse.queue.rows import Claimed, Outcome, QueuedMessage, QueuedRecipient
from posthouse.queue.settings import QueueSettings
from posthouse.store.blobs import Buffer
from posthouse.store.store import Store

BATCH = 10
"""Recipients in one claim. A full batch is a sign that another courier is worth its connection."""
LANES_SEEN = 100
"""Destinations in one look, besides those that are being served."""
LOOK_AGAIN = 60.0
"""Seconds after which the queue is looked at even if nobody said that something is due."""
TOO_MANY = 452
"""Too many recipients, as RFC 5321 §4.5.3.1.10 has it."""
SETTLE = 0.02
"""Seconds to gather hints before looking: a burst of mail is one look."""


class Bouncer(Protocol):
    """Accepts a delivery status notification for delivery, with the null reverse-path, and writes it in the language of
    whoever reads it. Returns when it is durable."""

    async def report(self, report: Report, original: bytes) -> None: ...


class Log(Protocol):
    def __call__(self, event: str, **fields: object) -> None: ...


class Session(Protocol):
    """What carries messages: a connection to another hub, or the hand-over to our own delivery."""

    peer: Extensions
    sent: int

    async def send(self, delivery: Delivery) -> list[Reply]: ...

    async def quit(self) -> None: ...


Connect = Callable[[str], Awaitable[tuple[Session, str]]]
"""A destination → a session that has begun, and who it is with. Raises `NoRoute` or `SessionFailed`."""


@dataclass
class _Lane:
    destination: str
    couriers: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something new may be due here."""


class Runner:
    def __init__(
        self,
        store: Store,
        connect: Connect,
        bouncer: Bouncer,
        reporter: Reporter,
        settings: QueueSettings,
        name: str,
        log: Log,
    ) -> None:
        """`name` is this worker's, unlike any other's anywhere: it signs leases."""
        self._store, self._connect, self._bouncer, self._reporter = store, connect, bouncer, reporter
        self._settings, self._name, self._log = settings, name, log
        self._lanes: dict[str, _Lane] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        self._leases = 0

    async def run(self) -> None:
        """Until `stop`; then couriers finish the message they are at."""
        unsubscribe = self._store.subscribe(rows.QUEUE_ACCOUNT, lambda hint: self._wake.set())
        try:
            async with asyncio.TaskGroup() as group:
                while not self._stopping:
                    self._wake.clear()
                    wait = await self._look(group)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), wait)
                    await asyncio.sleep(SETTLE)
        finally:
            unsubscribe()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        for lane in self._lanes.values():
            lane.more.set()

    async def _look(self, group: asyncio.TaskGroup) -> float:
        """Start what is due; how many seconds to wait for the rest."""
        try:
            now = self._store.now()
            waiting = await self._store.read(rows.destinations, now, LANES_SEEN + len(self._lanes))
        except Refusal as error:  # the store is away for a moment
            self._log("queue-unavailable", reason=str(error))
            return 5.0
        for destination, due in waiting:
            if due > now:
                return min(LOOK_AGAIN, due - now)
            lane = self._lanes.get(destination)
            if lane is not None:
                lane.more.set()
            elif len(self._lanes) < self._settings.destinations:
                lane = self._lanes[destination] = _Lane(destination)
                self._start(group, lane)
        return LOOK_AGAIN

    def _start(self, group: asyncio.TaskGroup, lane: _Lane) -> None:
        lane.couriers += 1
        self._leases += 1
        courier = _Courier(self, group, lane, f"{self._name}/{self._leases}")
        group.create_task(courier.run())


class _Courier:
    """One connection to one destination."""

    def __init__(self, runner: Runner, group: asyncio.TaskGroup, lane: _Lane, lease: str) -> None:
        self._runner, self._group, self._lane, self._lease = runner, group, lane, lease
        self._store, self._settings = runner._store, runner._settings
        self._session: Session | None = None
        self._host = ""
        self._revives = False
        """The session is new: that the destination can be reached is to be noted."""

    async def run(self) -> None:
        lane, runner = self._lane, self._runner
        try:
            while not runner._stopping and (claimed := await self._next()):
                full = sum(len(recipients) for _, recipients in claimed) >= BATCH
                if full and lane.couriers < self._settings.connections:
                    runner._start(self._group, lane)
                async with self._keeping(claimed):
                    if not await self._carry(claimed):
                        break
        except Refusal as error:
            runner._log("queue-unavailable", reason=str(error))
        except Exception as error:  # one destination's trouble must not end the others' couriers
            runner._log("courier-failed", destination=lane.destination, error=repr(error))
            await asyncio.sleep(1)
        finally:
            lane.couriers -= 1
            if not lane.couriers:
                runner._lanes.pop(lane.destination, None)
                runner._wake.set()
            if self._session is not None:
                await self._session.quit()

    async def _next(self) -> Claimed:
        """What to send now; nothing when nothing came for as long as a connection may linger."""
        while True:
            self._lane.more.clear()
            now = self._store.now()
            claimed = await self._store.write(
                rows.claim, self._lane.destination, self._lease, now, self._settings.lease, BATCH
            )
            if claimed or self._session is None:
                return claimed
            try:
                await asyncio.wait_for(self._lane.more.wait(), self._settings.linger)
            except TimeoutError:
                return []
            if self._runner._stopping:
                return []

    @contextlib.asynccontextmanager
    async def _keeping(self, claimed: Claimed) -> AsyncIterator[None]:
        """However slow the other side is: what we have in hand nobody else takes, as long as we are alive."""

        async def extend() -> None:
            while True:
                await asyncio.sleep(self._settings.lease / 3)
                until = self._store.now() + self._settings.lease
                with contextlib.suppress(Refusal):
                    await self._store.write(rows.extend, claimed, self._lease, until)

        extending = asyncio.create_task(extend())
        try:
            yield
        finally:
            extending.cancel()

    async def _carry(self, claimed: Claimed) -> bool:
        """False when the destination can't be reached for now: everything that is due there waits."""
        for position, (message, recipients) in enumerate(claimed):
            if self._runner._stopping:
                await self._give_back(claimed[position:])
                return False
            try:
                session = await self._open()
            except (NoRoute, SessionFailed) as error:
                await self._refuse_all(claimed[position:], error.reply)
                return not error.reply.transient
            try:
                content = await self._store.open_content(message.content)
                began = monotonic()
                replies = await self._send(session, message, recipients, content)
            except SessionFailed as error:
                await self._drop()
                replies = [error.reply if error.reply.transient else _as_transient(error.reply)] * len(recipients)
            await self._record(message, recipients, replies, DSN in session.peer, monotonic() - began)
        return True

    async def _send(
        self, session: Session, message: QueuedMessage, recipients: Sequence[QueuedRecipient], content: Buffer
    ) -> list[Reply]:
        """One reply for each. Whom the peer finds too many for one transaction gets the next one (RFC 5321
        §4.5.3.1.10)."""
        delivery = Delivery.of(message.envelope, [recipient.recipient for recipient in recipients], content)
        delivery = replace(delivery, queue_id=message.id, settle=self._settling(message, recipients))
        replies = await session.send(delivery)
        left = [index for index, reply in enumerate(replies) if reply.code == TOO_MANY]
        while left and any(reply.positive for reply in replies):
            rest = replace(delivery, recipients=[delivery.recipients[index] for index in left])
            try:
                answers = await session.send(rest)
            except SessionFailed:  # the others have their answers, and these wait
                await self._drop()
                break
            for index, answer in zip(left, answers, strict=True):
                replies[index] = answer
            before, left = left, [index for index in left if replies[index].code == TOO_MANY]
            if len(left) == len(before):
                break
        return replies

    def _settling(self, message: QueuedMessage, recipients: Sequence[QueuedRecipient]) -> Settle:
        """Delivery to our own mailboxes and the end of its recipients here are one transaction: no crash comes in
        between."""

        def settle(tx: Transaction, served: Sequence[Recipient], reply: Reply) -> None:
            now = self._store.now()
            for one in recipients:
                if any(recipient is one.recipient for recipient in served):
                    outcome = self._outcome("relayed", reply)
                    if not rows.record(tx, message.id, one.number, self._lease, outcome, now):
                        raise rows.LeaseLost
            rows.finish(tx, message.id)

        return settle

    async def _open(self) -> Session:
        if self._session is not None and self._session.sent >= self._settings.per_connection:
            await self._drop()
        if self._session is None:
            self._session, self._host = await self._runner._connect(self._lane.destination)
            self._revives = True
        return self._session

    async def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(StreamError):
                await session.quit()

    async def _give_back(self, claimed: Claimed) -> None:
        for message, recipients in claimed:
            for recipient in recipients:
                await self._store.write(rows.release, message.id, recipient.number, self._lease)

    async def _refuse_all(self, claimed: Claimed, reply: Reply) -> None:
        """The destination cannot be reached. Senders who must hear now do so, also of what is not even tried."""
        self._host, self._revives = "", False
        destination, now = self._lane.destination, self._store.now()
        if reply.transient:
            await self._store.write(rows.unreachable, destination, now, self._delay)
        while claimed:
            for message, recipients in claimed:
                await self._record(message, recipients, [reply] * len(recipients), False, 0.0)
            if not reply.transient:
                return
            claimed = await self._store.write(
                rows.claim_late, destination, self._lease, now, self._settings.lease, BATCH
            )

    async def _record(
        self,
        message: QueuedMessage,
        recipients: Sequence[QueuedRecipient],
        replies: Sequence[Reply],
        peer_reports: bool,
        seconds: float,
    ) -> None:
        now = self._store.now()
        events = [
            self._event(message, recipient, reply, now, peer_reports)
            for recipient, reply in zip(recipients, replies, strict=True)
        ]
        if message.envelope.sender is not None:
            found = await self._runner._reporter.report(message, events, now)
            if found is not None:
                await self._runner._bouncer.report(*found)
        await self._store.write(self._record_rows, message, events, now)
        for event in events:
            self._runner._log(
                "relay",
                queue=message.id,
                sender=str(message.envelope.sender or ""),
                recipient=str(event.recipient.recipient.address),
                outcome=event.outcome.state,
                host=event.outcome.host,
                reply=event.outcome.reply,
                seconds=round(seconds, 3),
            )

    def _record_rows(self, tx: Transaction, message: QueuedMessage, events: Sequence[Event], now: int) -> None:
        for event in events:
            rows.record(
                tx,
                message.id,
                event.recipient.number,
                self._lease,
                event.outcome,
                now,
                next_attempt=event.next_attempt,
                warned=event.recipient.warned or event.late,
                deadline=self._deadline(message, warned=event.recipient.warned or event.late),
            )
        rows.finish(tx, message.id)
        if self._revives:
            rows.reachable(tx, self._lane.destination)
            self._revives = False

    def _event(
        self, message: QueuedMessage, recipient: QueuedRecipient, reply: Reply, now: int, peer_reports: bool
    ) -> Event:
        state = "relayed" if reply.positive else "waiting" if reply.transient else "failed"
        next_attempt = now + self._delay(recipient.attempts)
        if state == "waiting" and now >= message.expires:
            state = "expired"
        warn_after = self._settings.delay_warning
        late = state == "waiting" and bool(warn_after) and now >= message.due + warn_after and not recipient.warned
        next_attempt = min(next_attempt, max(message.expires, now + 1))
        return Event(recipient, self._outcome(state, reply), late, peer_reports, next_attempt)

    def _outcome(self, state: str, reply: Reply) -> Outcome:
        status = reply.enhanced or f"{reply.code // 100}.0.0"
        return Outcome(state, self._host, status, f"{reply.code} {reply.enhanced} {reply.text}".replace("  ", " "))

    def _deadline(self, message: QueuedMessage, *, warned: bool) -> int:
        """By when the sender must hear next."""
        warning = self._settings.delay_warning
        return message.expires if warned or not warning else min(message.expires, message.due + warning)

    def _delay(self, attempts: int) -> int:
        """Doubling with jitter, so that what failed together does not come back together."""
        wait = min(self._settings.longest_retry, self._settings.first_retry * 2 ** min(attempts, 20))
        return max(1, int(wait * random.uniform(0.8, 1.2)))


def _as_transient(reply: Reply) -> Reply:
    """A 5yz that ended the session said nothing of this message: try again elsewhere or later."""
    return Reply(450, "4" + reply.enhanced[1:] if reply.enhanced else "4.0.0", reply.lines)
