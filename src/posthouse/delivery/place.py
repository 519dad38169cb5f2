"""One transaction: into every mailbox, into the queue, and reports for those who could not be served – or nothing.

A mailbox that is full, or gone since RCPT, keeps nobody else from the message. When nobody is left, `NobodyServed`
undoes all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.address import Envelope
from posthouse.model.flags import NO_FLAGS, Flag, Flags
from posthouse.model.ids import AccountId
from posthouse.model.refusals import FolderNotFound, OverQuota, Refusal, UnknownRecipient
from posthouse.queue import PATIENCE, Patience, submit
from posthouse.store.content import NewContent, add_content
from posthouse.store.folders import INBOX
from posthouse.store.messages import NewMessage, append
from posthouse.store.objects import Form

from .arrival import Ahead, Arrival
from .errors import NotWanted, TooLargeToTake
from .filing import choose_folder
from .origin import Origin
from .plan import Plan
from .recipients import over_quota
from .reports import Reports
from .settings import DeliverySettings
from .wishes import Wishes


class Order(NamedTuple):
    """What is to be placed."""

    id: str
    envelope: Envelope
    plan: Plan
    local: NewContent | None
    """With Return-Path: what the mailboxes get."""
    relayed: NewContent | None
    """Without: what goes on."""
    now: int
    origin: Origin
    ahead: Ahead | None = None
    """Of what the mailboxes get, where that is large, or is answered."""
    patience: Patience = PATIENCE
    form: Form | None = None
    """What mailboxes keep beside the content."""
    marks: Flag = NO_FLAGS
    """With which it comes to everybody."""

    @property
    def size(self) -> int:
        """Octets of what came."""
        content = self.relayed or self.local
        return content.size if content is not None else 0


@dataclass(slots=True)
class Placed:
    refused: dict[AccountId, Refusal] = field(default_factory=dict)
    queue_id: int | None = None
    reports: int = 0

    def refusals(self, plan: Plan) -> list[Refusal | None]:
        """For each RCPT, in order: None when at least one of those it leads to has the message."""
        return [self._refusal(one.accounts, bool(one.remote)) for one in plan.accepted]

    def _refusal(self, accounts: Sequence[LocalRecipient], relayed: bool) -> Refusal | None:
        if relayed or not self.refused:
            return None
        refusals = [self.refused.get(local.account) for local in accounts]
        return None if None in refusals else refusals[0]


class NobodyServed(Exception):
    """No recipient could be served; carries each one's refusal."""

    def __init__(self, placed: Placed) -> None:
        super().__init__("nobody could be served")
        self.placed = placed


def place(tx: Transaction, order: Order, reports: Reports, wishes: Wishes, settings: DeliverySettings) -> Placed:
    """Raises NobodyServed; NotAhead when something takes too long to be done here."""
    placed = Placed()
    plan = order.plan
    if order.local is not None:
        _into_mailboxes(tx, order, order.local, wishes, settings, placed)
    if plan.remote and order.relayed is not None:
        content = add_content(tx, order.relayed)
        placed.queue_id = submit(
            tx, order.envelope, plan.remote, content, order.relayed.size, order.now, order.patience
        )
    elif len(placed.refused) == len(plan.local):
        raise NobodyServed(placed)
    placed.reports = reports.send(tx, order, placed.refused)
    return placed


def _into_mailboxes(
    tx: Transaction, order: Order, new: NewContent, wishes: Wishes, settings: DeliverySettings, placed: Placed
) -> None:
    message = NewMessage(add_content(tx, new), new.size, order.now, form=order.form)
    for local in order.plan.local:
        try:
            mine = message._replace(flags=Flags(order.marks | order.origin.marks(local, order.envelope)))
            _into_mailbox(tx, Arrival(local, order.envelope, new, mine, order.now, order.ahead), wishes)
        except OverQuota:
            placed.refused[local.account] = over_quota(settings)
        except (NotWanted, TooLargeToTake) as refusal:
            placed.refused[local.account] = refusal
        except (UnknownRecipient, FolderNotFound):  # INBOX is never gone alone
            placed.refused[local.account] = UnknownRecipient()


def _into_mailbox(tx: Transaction, arrival: Arrival, wishes: Wishes) -> None:
    local = arrival.local
    folder = choose_folder(tx, local, arrival.new)
    if wishes.carry_out(tx, arrival, folder):
        return
    try:
        append(tx, local.account, folder, arrival.message, arrival.now)
    except FolderNotFound:  # removed since we looked
        if folder == INBOX:
            raise
        append(tx, local.account, INBOX, arrival.message, arrival.now)
