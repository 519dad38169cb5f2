"""The way of a message through the hub, from RCPT to "250".

    check_recipient   at RCPT: who gets it, or why nobody does
    begin             at DATA: an `Incoming`, which takes the bytes and at its end
                        examines (loops, header) → repairs (submission) → derives (store) → places, in one transaction:
                        each mailbox, the queue, reports for the refused

A 250 means that the message is in the mailboxes and the queue rows, durably. A 4xx or 5xx means that nothing was kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from posthouse.directory import Login
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.model.refusals import Refusal
from posthouse.net.errors import StreamError
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Counter
from posthouse.protocols.dsn.report import Report
from posthouse.queue import PATIENCE, Patience
from posthouse.store import Store
from posthouse.store.objects import Form

from .folder_assistant import FolderAssistant
from .incoming import Incoming
from .onward import Onward
from .origin import Origin
from .place import Placed
from .plan import Plan
from .recipients import Accepted, accept_recipient
from .reports import Reports
from .settings import DeliverySettings
from .submission import require_owned
from .wishes import Wishes

MESSAGES = Counter("posthouse_messages_total", "Messages taken in or refused after their content.", ("outcome",))
COPIES = Counter("posthouse_deliveries_total", "Recipients of messages taken in.", ("outcome",))
_TAKEN, _REFUSED, _FAILED = (MESSAGES.labels(outcome) for outcome in ("accepted", "refused", "failed"))
_LOCAL, _QUEUED, _NOT = (COPIES.labels(outcome) for outcome in ("mailbox", "queued", "refused"))


class Delivery:
    """One for a worker."""

    def __init__(
        self, store: Store, settings: DeliverySettings, hostname: str, *, patience: Patience = PATIENCE
    ) -> None:
        self.store, self.settings, self.hostname = store, settings, hostname
        self.patience = patience
        self.reports = Reports(hostname, store.blobs, settings)
        onward = Onward(store.blobs, settings.separator)
        self.wishes, self.assistant = Wishes(store.blobs, onward), FolderAssistant(store.blobs, onward)
        self._log = Logger("delivery")

    async def check_recipient(self, origin: Origin, recipient: Recipient, size: int = 0) -> Accepted:
        """At RCPT. `size` is what the sender has announced. Raises a Refusal (`recipients.accept_recipient`)."""
        return await self.store.read(accept_recipient, recipient, origin, size, self.settings)

    async def require_own(self, login: Login, address: Address, *, on_behalf: bool = False) -> None:
        """Raise SenderNotYours unless the login may send as `address`, or, `on_behalf`, in its name."""
        if self.settings.own_senders and not login.admin and str(address) != login.address:
            await self.store.read(require_owned, login, address, self.settings.separator, on_behalf=on_behalf)

    def begin(
        self,
        origin: Origin,
        envelope: Envelope,
        accepted: Sequence[Accepted],
        id: str,
        limit: int = 0,
        form: Form | None = None,
    ) -> Incoming:
        """A message for at least one accepted recipient. `limit` in bytes, 0 for none; `form`: what mailboxes keep
        beside it."""
        return Incoming(self, origin, envelope, accepted, id, limit, form)

    async def report(self, report: Report, original: bytes) -> None:
        """Deliver a delivery status notification, with the null reverse-path: what the queue asks of its Bouncer."""
        await self.store.write(self.reports.report, report, original, self.store.now())
        self._log.info("report", to=report.sender, recipients=len(report.recipients))

    def log_message(
        self,
        id: str,
        origin: Origin,
        envelope: Envelope,
        plan: Plan,
        error: BaseException | None,
        placed: Placed | None,
        refusals: Sequence[Refusal | None],
        size: int,
        seconds: float,
    ) -> None:
        """The one line about a message, whatever became of it. Its id begins with the session's."""
        fields: dict[str, object] = {
            "id": id,
            "peer": origin.peer,
            "login": origin.login.address if origin.login else None,
            "sender": str(envelope.sender or "<>"),
            "recipients": [one.recipient.address for one in plan.accepted],
            "ms": seconds * 1000,
        }
        if placed is not None:
            refused = len(placed.refused)
            _TAKEN.inc()
            _LOCAL.inc(len(plan.local) - refused)
            _QUEUED.inc(len(plan.remote))
            _NOT.inc(refused)
            if refused:
                fields["refused"] = [f"{account} {why}" for account, why in placed.refused.items()]
            everybody = bool(refusals) and None not in refusals
            self._log.info(
                "refused" if everybody else "delivered",
                **fields,
                size=size,
                mailboxes=len(plan.local) - refused,
                queue=placed.queue_id,
                reports=placed.reports or None,
            )
        elif isinstance(error, Refusal):
            _REFUSED.inc()
            self._log.info("refused", **fields, reason=error)
        elif isinstance(error, StreamError | asyncio.CancelledError):
            self._log.info("given up", **fields)
        else:
            _FAILED.inc()
            self._log.error("delivery failed", error, **fields)
