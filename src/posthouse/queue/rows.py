"""The queue's rows and what may happen to them. Plain operations on a transaction; who decides is `runner`.

    waiting ──▶ delivered │ relayed │ failed │ expired      (ends)
       ▲ │
       │ └──▶ held          (by an operator)
       └──────┘

A recipient in work is leased: its worker's name and an end in time. Only the holder of the lease may end or defer it,
so a worker that was thought dead changes nothing when it comes back, and what a dead one had begun is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from posthouse.database import Queries, Row, Transaction
from posthouse.database.migrations import Room
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, ContentId, FolderId, ModSeq
from posthouse.model.refusals import TryLater
from posthouse.store.content import hold, unhold

SQL = Queries(__package__, "rows.sql")

ROOM = Room("queue", __package__)

FORMAT = 1
"""Of a queue row. Rows of a format that this program doesn't know are left alone, not guessed at."""

QUEUE_ACCOUNT = AccountId((1 << 63) - 1)
"""Stands for the queue in hints; no account has that number."""
QUEUE_HINT = Hint(QUEUE_ACCOUNT, FolderId(0), ModSeq(0))
"""Published when something new is due."""

HELD = ""
"""Destination of what is held for a later time (RFC 4865), whoever it is for: this hub, which then delivers it anew."""

ENDS = frozenset({"delivered", "relayed", "failed", "expired"})


@dataclass(frozen=True, slots=True)
class QueuedRecipient:
    number: int
    recipient: Recipient
    destination: str
    """Where it goes: the domain in lower case."""
    state: str
    attempts: int
    next_attempt: int
    lease: str
    lease_ends: int
    warned: bool


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    id: int
    content: ContentId
    size: int
    envelope: Envelope
    """Without its recipients: they are rows of their own."""
    arrived: int
    expires: int

    @property
    def due(self) -> int:
        """When it was to go on: patience begins here."""
        return max(self.arrived, self.envelope.release)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of a recipient's history."""

    number: int
    attempt: int
    happened: int
    host: str
    outcome: str
    status: str
    reply: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt for one recipient."""

    state: str
    """One of `ENDS`, or `waiting` for another try."""
    host: str
    """Who answered: `mx1.example.org [192.0.2.1]:25`, or empty when it never came to that."""
    status: str
    """Enhanced status code, RFC 3463."""
    reply: str
    """The answer's text, or our own words."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for which a message may wait."""

    lifetime: int = 5 * 86_400
    """Then it is given up; RFC 5321 §4.5.4.1 asks for 4 to 5 days at least."""
    warning: int = 0
    """Then its sender hears that it is late; 0: never."""


PATIENCE = Patience()


def submit(
    tx: Transaction,
    envelope: Envelope,
    recipients: Sequence[Recipient],
    content: ContentId,
    size: int,
    now: int,
    patience: Patience = PATIENCE,
) -> int:
    """Queue a message for `recipients`; its id. The envelope's own recipients are not looked at. Due at once,
    or at its release."""
    due = max(now, envelope.release)
    sender = None if envelope.sender is None else _text(envelope.sender)
    row = tx.one(
        SQL.insert_message,
        (
            *(FORMAT, content, size, sender, envelope.ret, envelope.envid, envelope.body),
            *(int(envelope.smtputf8), int(envelope.require_tls), now, due + patience.lifetime, envelope.release),
        ),
    )
    assert row is not None
    queue_id = int(row[0])
    deadline = due + min(patience.lifetime, patience.warning or patience.lifetime)
    for number, recipient in enumerate(recipients, 1):
        address = recipient.address
        notify = ",".join(sorted(recipient.notify))
        destination = HELD if envelope.release else address.domain.lower()
        tx.run(
            SQL.insert_recipient,
            (queue_id, number, _text(address), destination, notify, recipient.orcpt, due, deadline),
        )
    hold(tx, content, _holder(queue_id))
    tx.notify(QUEUE_HINT)
    return queue_id


def _holder(queue_id: int) -> str:
    return f"queue:{queue_id}"


def _text(address: Address) -> str:
    """Kept unquoted; the domain has no `@`, so the last one divides."""
    return f"{address.local}@{address.domain}"


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(local, domain)


def destinations(tx: Transaction, now: int, limit: int = 100) -> list[tuple[str, int]]:
    """Where something waits that nobody has in hand, each with when to try, the longest due first. Costs some look-ups
    for each destination, however much waits there."""
    return [(row[0], row[1]) for row in tx.all(SQL.destinations, (now, limit))]


Claimed = list[tuple[QueuedMessage, list[QueuedRecipient]]]


def claim(tx: Transaction, destination: str, lease: str, now: int, seconds: int, limit: int) -> Claimed:
    """Take up to `limit` due recipients of one destination, grouped by message, for `seconds`. Nothing while the
    destination is known to be out of reach."""
    row = tx.one(SQL.retry_at, (destination,))
    if row is not None and row[0] > now:
        return []
    return _take(tx, tx.all(SQL.due_recipients, (destination, now, now, limit)), lease, now + seconds)


def claim_late(tx: Transaction, destination: str, lease: str, now: int, seconds: int, limit: int) -> Claimed:
    """The same of those whose senders must hear something now, though they are not tried."""
    return _take(tx, tx.all(SQL.late_recipients, (destination, now, now, limit)), lease, now + seconds)


def _take(tx: Transaction, found: Sequence[Row], lease: str, until: int) -> Claimed:
    by_message: dict[int, list[int]] = {}
    for queue_id, number in found:
        by_message.setdefault(queue_id, []).append(number)
    claimed = []
    for queue_id, numbers in by_message.items():
        message = load(tx, queue_id)
        if message is None:  # written by another program: an operator may look at it, and nobody stumbles over it
            tx.run(SQL.set_aside, (queue_id,))
            continue
        leased = [tx.all(SQL.lease, (lease, until, queue_id, number))[0] for number in numbers]
        claimed.append((message, [_recipient(row) for row in leased]))
    return claimed


def load(tx: Transaction, queue_id: int) -> QueuedMessage | None:
    """None when it is gone, or of a format that we don't know."""
    row = tx.one(SQL.message, (queue_id,))
    return _message(row) if row is not None and row[1] == FORMAT else None


def _message(row: Row) -> QueuedMessage:
    queue_id, _, content, size, sender, ret, envid, body, smtputf8, require_tls, arrived, expires, release = row
    envelope = Envelope(
        None if sender is None else _address(sender),
        (),
        ret,
        envid,
        body,
        bool(smtputf8),
        bool(require_tls),
        release=release,
    )
    return QueuedMessage(queue_id, content, size, envelope, arrived, expires)


def recipients(tx: Transaction, queue_id: int) -> list[QueuedRecipient]:
    return [_recipient(row) for row in tx.all(SQL.recipients, (queue_id,))]


def _recipient(row: Row) -> QueuedRecipient:
    number, address, destination, notify, orcpt, state, attempts, next_attempt, lease, lease_ends, warned = row
    named = frozenset(notify.split(",")) if notify else frozenset[str]()
    recipient = Recipient(_address(address), named, orcpt)
    return QueuedRecipient(
        number, recipient, destination, state, attempts, next_attempt, lease, lease_ends, bool(warned)
    )


class LeaseLost(TryLater):
    """Somebody else has the recipient in hand."""


def record(
    tx: Transaction,
    queue_id: int,
    number: int,
    lease: str,
    outcome: Outcome,
    now: int,
    *,
    next_attempt: int = 0,
    warned: bool = False,
    deadline: int = 0,
) -> bool:
    """What came of an attempt, and when the sender must hear next. False when the lease is not ours any more: then
    nothing is changed."""
    if outcome.state in ENDS:
        mine = tx.run(SQL.end, (outcome.state, queue_id, number, lease))
    else:
        mine = tx.run(SQL.defer, (next_attempt, int(warned), deadline, queue_id, number, lease))
    if mine:
        tx.run(
            SQL.insert_attempt,
            (now, outcome.host, outcome.state, outcome.status, outcome.reply[:2000], queue_id, number),
        )
    return mine > 0


def finish(tx: Transaction, queue_id: int) -> bool:
    """Forget the message if none of its recipients waits any more."""
    if tx.one(SQL.unfinished, (queue_id,)) is not None:
        return False
    _delete(tx, queue_id)
    return True


def _delete(tx: Transaction, queue_id: int) -> bool:
    tx.run(SQL.forget_unreachable, (queue_id, queue_id))
    tx.run(SQL.delete_attempts, (queue_id,))
    tx.run(SQL.delete_recipients, (queue_id,))
    row = tx.one(SQL.delete_message, (queue_id,))
    if row is not None:
        unhold(tx, ContentId(row[0]), _holder(queue_id))
    return row is not None


def extend(tx: Transaction, claimed: Claimed, lease: str, until: int) -> None:
    """Keep for longer what we have in hand."""
    for message, taken in claimed:
        for recipient in taken:
            tx.run(SQL.extend_lease, (until, message.id, recipient.number, lease))


def release(tx: Transaction, queue_id: int, number: int, lease: str) -> None:
    """Give a claimed recipient back untried, due as it was."""
    tx.run(SQL.release_lease, (queue_id, number, lease))


def unreachable(tx: Transaction, destination: str, now: int, delay: Callable[[int], int]) -> None:
    """All that waits there waits for `delay(failures)` seconds, so that nobody tries in vain."""
    row = tx.one(SQL.failures, (destination,))
    failures = 0 if row is None else int(row[0])
    tx.run(SQL.unreachable, (destination, failures + 1, now + delay(failures)))


def reachable(tx: Transaction, destination: str) -> None:
    tx.run(SQL.reachable, (destination,))


# what an operator does


def listing(tx: Transaction, after: int = 0, limit: int = 1000) -> list[tuple[QueuedMessage, list[QueuedRecipient]]]:
    """Messages with their recipients, in pieces: those with an id above `after`."""
    return [(_message(row), recipients(tx, row[0])) for row in tx.all(SQL.list, (after, limit))]


def history(tx: Transaction, queue_id: int) -> list[Attempt]:
    return [Attempt(*row) for row in tx.all(SQL.attempts, (queue_id,))]


def ids(tx: Transaction) -> list[int]:
    return [row[0] for row in tx.all(SQL.ids)]


def retry(tx: Transaction, queue_id: int, now: int) -> bool:
    """Due now, also what was held by an operator; nothing before the time its sender named. What
    is in work at the moment stays so."""
    changed = tx.run(SQL.retry, (now, now, queue_id, now)) > 0
    if changed:
        tx.run(SQL.reachable_again, (queue_id,))
        tx.notify(QUEUE_HINT)
    return changed


def hold_back(tx: Transaction, queue_id: int, now: int) -> bool:
    """Keep it until somebody says `retry`."""
    return tx.run(SQL.hold, (queue_id, now)) > 0


def remove(tx: Transaction, queue_id: int) -> bool:
    """Without a report to anybody."""
    return _delete(tx, queue_id)


def withdraw(tx: Transaction, queue_id: int, now: int) -> bool:
    """Its sender does not want it to be sent. False: it is not there any more, or somebody is about to send it."""
    return not any(one.lease_ends >= now for one in recipients(tx, queue_id)) and _delete(tx, queue_id)


def counts(tx: Transaction) -> dict[str, int]:
    """Recipients by state."""
    return {state: int(number) for state, number in tx.all(SQL.counts)}
