"""FUTURERELEASE – RFC 4865: a message whose time has come takes the way of one that arrives at this moment.

To the queue a `Releaser` is a session like one with another hub: it takes messages and answers for each recipient.
Until then nothing was delivered and nobody was told anything; aliases, quotas and filters are those of the release. The
queue's note of it is part of the delivery's transaction, so that it is delivered once, whatever crashes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from posthouse.database import Transaction
from posthouse.model.address import Envelope
from posthouse.model.refusals import Refusal
from posthouse.protocols.smtp.extensions import DSN, Extensions
from posthouse.protocols.smtp.replies import Reply
from posthouse.queue.client import Delivery as Carried
from posthouse.queue.client import Settle
from posthouse.store.blobs import Buffer
from posthouse.store.objects import Form
from posthouse.store.submissions import form_beside, release_submission

from .delivery import Delivery
from .incoming import STEP, Also, Incoming
from .origin import Origin
from .recipients import Accepted

DONE = Reply(250, "2.1.5", ("Released",))


class Releaser:
    """`reply_to` puts a refusal in SMTP's words."""

    def __init__(self, delivery: Delivery, reply_to: Callable[[Refusal], Reply]) -> None:
        self._delivery, self._reply_to = delivery, reply_to
        self.peer = Extensions(delivery.hostname, {DSN: ()})  # successes are told by delivery
        self.sent = 0

    async def send(self, carried: Carried) -> list[Reply]:
        """One reply for each recipient; what is positive is on disk."""
        self.sent += 1
        store = self._delivery.store
        form = await store.read(form_beside, carried.queue_id)
        if not await store.write(release_submission, carried.queue_id, store.now()):
            await self._withdraw(carried)
            return [DONE] * len(carried.recipients)
        id = secrets.token_hex(6)
        origin = Origin(id, helo=self._delivery.hostname, answers_each=True, released=True)
        answers: list[Accepted | Reply] = []
        for recipient in carried.recipients:
            try:
                answers.append(await self._delivery.check_recipient(origin, recipient))
            except Refusal as refusal:
                answers.append(self._reply_to(refusal))
        accepted = [answer for answer in answers if isinstance(answer, Accepted)]
        envelope = replace(carried.envelope, release=0)
        outcomes = iter(await self._place(origin, envelope, accepted, carried, form) if accepted else ())
        return [answer if isinstance(answer, Reply) else next(outcomes) for answer in answers]

    async def _withdraw(self, carried: Carried) -> None:
        """Its sender does not want it to be sent any more."""
        if carried.settle is not None:
            await self._delivery.store.write(carried.settle, carried.recipients, DONE)

    async def _place(
        self, origin: Origin, envelope: Envelope, accepted: Sequence[Accepted], carried: Carried, form: Form | None
    ) -> list[Reply]:
        incoming = self._delivery.begin(origin, envelope, accepted, origin.session, form=form)
        try:
            _copy(incoming, carried.content)
            outcomes = await incoming.finish(_settling(accepted, carried.settle) if carried.settle else None)
        except Refusal as refusal:
            return [self._reply_to(refusal)] * len(accepted)
        return [self._reply_to(outcome.refusal) if outcome.refusal else DONE for outcome in outcomes]

    async def quit(self) -> None:
        """There is no connection to end."""


def _settling(accepted: Sequence[Accepted], settle: Settle) -> Also:
    def also(tx: Transaction, refusals: Sequence[Refusal | None], queue_id: int | None) -> None:
        served = [one.recipient for one, refusal in zip(accepted, refusals, strict=True) if refusal is None]
        settle(tx, served, DONE)

    return also


def _copy(incoming: Incoming, content: Buffer) -> None:
    for start in range(0, len(content), STEP):
        incoming.write(bytes(content[start : start + STEP]))
