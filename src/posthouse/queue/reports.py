"""What the sender hears of a message in the queue: failures, one warning of a delay, successes where they were asked
for – RFC 3461 §5.2, RFC 3464.

Nobody hears anything about a message with the null reverse-path, and only about what NOTIFY asks for; without NOTIFY
that is failure and delay (RFC 3461 §5.1.4).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from posthouse.protocols.dsn.report import Action, RecipientFacts, Report
from posthouse.queue.rows import Outcome, QueuedMessage, QueuedRecipient
from posthouse.store.blobs import Buffer
from posthouse.store.store import Store

RETURNED = 64 * 1024
"""A message up to this size is returned whole where RET allows it; of a larger one the header."""


@dataclass(frozen=True, slots=True)
class Event:
    """What came of one attempt for one recipient, with what follows from it."""

    recipient: QueuedRecipient
    outcome: Outcome
    late: bool
    """The sender is to be warned now that it takes longer."""
    peer_reports: bool
    """The next hop does DSN: successes are its business from here on (RFC 3461 §5.2.2)."""
    next_attempt: int


class Reporter:
    def __init__(self, store: Store, hostname: str) -> None:
        self._store, self._hostname = store, hostname

    async def report(self, message: QueuedMessage, events: Sequence[Event], now: int) -> tuple[Report, bytes] | None:
        """The report for these events, and what it returns; None when nobody is to hear of them."""
        sender = message.envelope.sender
        facts = [self._facts(message, event, action, now) for event in events if (action := _action(event)) is not None]
        if sender is None or not facts:
            return None
        original = _beginning(await self._store.open_content(message.content), message.size)
        report = Report(
            sender=sender,
            reporting_mta=self._hostname,
            date=_moment(now),
            message_id=f"{secrets.token_hex(12)}@{self._hostname}",
            boundary=secrets.token_hex(16),
            recipients=tuple(facts),
            arrival=_moment(message.arrived),
            envid=message.envelope.envid,
            ret=message.envelope.ret,
            smtputf8=message.envelope.smtputf8,
            full_limit=RETURNED,
        )
        return report, original

    def _facts(self, message: QueuedMessage, event: Event, action: Action, now: int) -> RecipientFacts:
        recipient, outcome = event.recipient.recipient, event.outcome
        expired = outcome.state == "expired"
        return RecipientFacts(
            final_recipient=recipient.address,
            action=action,
            status="5.4.7" if expired else outcome.status,
            original_recipient=recipient.orcpt,
            remote_mta=outcome.host.partition(" ")[0],
            diagnostic=outcome.reply,
            last_attempt=_moment(now),
            will_retry_until=_moment(message.expires),
        )


def _action(event: Event) -> Action | None:
    """None: this recipient's sender does not want to hear of it."""
    notify, state = event.recipient.recipient.notify, event.outcome.state
    if "NEVER" in notify:
        return None
    if state in ("failed", "expired"):
        return Action.FAILED if not notify or "FAILURE" in notify else None
    if event.late:
        return Action.DELAYED if not notify or "DELAY" in notify else None
    if state == "relayed" and "SUCCESS" in notify and not event.peer_reports:
        return Action.RELAYED
    return None


def _beginning(data: Buffer, size: int) -> bytes:
    """The whole message, or as much as holds its header."""
    return bytes(data if size <= RETURNED else data[: 2 * RETURNED])


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
