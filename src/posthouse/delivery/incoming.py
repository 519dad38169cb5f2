"""One message on its way in: trace fields first, then what the session brings, at the end the answer for each RCPT.

    incoming = delivery.begin(origin, envelope, accepted)
    incoming.write(chunk) …                    # raises MessageTooLarge
    outcomes = await incoming.finish()         # durable when it returns; or a Refusal for all, and nothing is kept
    incoming.discard()                         # instead of finish

Mailboxes get Return-Path and Received in front, the next hop Received alone (RFC 5321 §4.4). A message for both is
therefore two contents; the mailboxes among themselves share one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from posthouse.database import Transaction
from posthouse.message.headers import get, header_end
from posthouse.message.repair import remove_fields
from posthouse.model.address import Envelope, Recipient
from posthouse.model.flags import NO_FLAGS, Flag
from posthouse.model.refusals import OverQuota, Refusal
from posthouse.store.content import NewContent
from posthouse.store.intake import INLINE, Intake
from posthouse.store.objects import Form

from .arrival import NotAhead
from .errors import HeaderTooLarge, TooManyHops
from .origin import Origin
from .place import NobodyServed, Order, Placed, place
from .plan import held_plan, make_plan
from .recipients import Accepted
from .submission import repair_submission
from .trace import return_path, trace_field

if TYPE_CHECKING:
    from .delivery import Delivery

_RECEIVED = re.compile(rb"^received[ \t]*:", re.MULTILINE)
_WITHIN = re.compile(rb"^(x-posthouse-[!-9;-~]*)[ \t]*:", re.MULTILINE)
"""What only a hub itself may say, and only to itself; both in small letters."""
STEP = 1 << 20


Also = Callable[[Transaction, Sequence[Refusal | None], int | None], None]
"""Gets what came of each RCPT, in order, and the id in the queue of what goes on."""


class Outcome(NamedTuple):
    """What came of one RCPT."""

    recipient: Recipient
    refusal: Refusal | None = None


class Incoming:
    __slots__ = (
        "_accepted",
        "_began",
        "_delivery",
        "_envelope",
        "_form",
        "_intake",
        "_marks",
        "_origin",
        "_plan",
        "_trace",
        "id",
    )

    def __init__(
        self,
        delivery: Delivery,
        origin: Origin,
        envelope: Envelope,
        accepted: Sequence[Accepted],
        id: str,
        limit: int,
        form: Form | None,
    ) -> None:
        self.id, self._form = id, form
        self._delivery, self._origin, self._envelope, self._accepted = delivery, origin, envelope, accepted
        self._began, self._marks = perf_counter(), NO_FLAGS
        self._plan = held_plan(accepted) if envelope.release else make_plan(accepted)
        single = accepted[0].recipient.address if len(accepted) == 1 else None
        self._trace = trace_field(delivery.hostname, origin, id, delivery.store.now(), single)
        if not self._plan.remote:
            self._trace = return_path(envelope.sender) + self._trace
        self._intake = delivery.store.intake(limit and limit + len(self._trace))
        self._intake.write(self._trace)

    def write(self, data: bytes) -> None:
        """Raise `MessageTooLarge` beyond the limit; the session then discards."""
        self._intake.write(data)

    @property
    def size(self) -> int:
        return self._intake.size

    def discard(self) -> None:
        self._intake.discard()

    async def finish(self, also: Also | None = None, beside: Incoming | None = None) -> list[Outcome]:
        """Returns when everything is on disk. Raises a Refusal when nothing was kept, the same for all. `also` is done
        in the same transaction, unless nobody is served; so is `beside`, another form of the message for others, which
        is finished with this one."""
        try:
            others = [] if beside is None else [await beside._ready()]
        except BaseException:
            self._intake.discard()
            raise
        orders = [await self._ready(), *others]
        try:
            placed = await self._place(orders, also)
        except Refusal as refusal:
            self._log(refusal)
            raise
        if beside is not None:
            beside._log_placed(placed[1], orders[1])
        refusals = self._log_placed(placed[0], orders[0])
        return [Outcome(one.recipient, refusal) for one, refusal in zip(self._accepted, refusals, strict=True)]

    async def _ready(self) -> Order:
        """All but the transaction."""
        try:
            prefix, cut = await self._examine()
            new = await _finish(self._intake, prefix, cut)
        except BaseException as error:
            self._intake.discard()
            self._log(error)
            raise
        return await self._order(new)

    async def _examine(self) -> tuple[bytes, int]:
        """What every message must pass, and how its header has to change: (new beginning, bytes it replaces)."""
        head = self._intake.head()
        start = len(self._trace)
        end = header_end(head, start, len(head))
        if end < 0:
            if len(head) >= INLINE:
                raise HeaderTooLarge
            end = len(head)
        settings = self._delivery.settings
        if end - start > settings.header_size:
            raise HeaderTooLarge
        header = head[start:end]
        lowered = header.lower()
        if lowered.count(b"received") > settings.max_hops and len(_RECEIVED.findall(lowered)) > settings.max_hops:
            raise TooManyHops
        self._marks = _asked_for(header, lowered)
        told = header if self._origin.is_within else _without_claims(header, lowered)
        if self._origin.login is not None:
            told = await repair_submission(self._delivery, self._origin.login, told, self.id)
        return (b"", 0) if told == header else (self._trace + told, end)

    async def _order(self, new: NewContent) -> Order:
        delivery, plan, envelope = self._delivery, self._plan, self._envelope
        relayed, local = (new, None) if plan.remote else (None, new)
        if plan.remote and plan.local:
            local = await _with_return_path(delivery.store.intake(), new, delivery, return_path(envelope.sender))
        order = Order(
            id=self.id,
            envelope=envelope,
            plan=plan,
            local=local,
            relayed=relayed,
            now=delivery.store.now(),
            origin=self._origin,
            patience=delivery.patience,
            form=self._form,
            marks=self._marks,
        )
        if local is not None and (local.body is None or delivery.wishes.may_answer(plan.local)):
            return await self._looked_ahead(order)
        return order

    async def _looked_ahead(self, order: Order) -> Order:
        if order.local is None:
            return order
        what = order.envelope, order.local, order.form, order.plan.local, order.now
        return order._replace(ahead=await self._delivery.store.scan(self._delivery.wishes.look_ahead, *what))

    async def _place(self, orders: Sequence[Order], also: Also | None) -> list[Placed]:
        """The first is this message's."""
        write = self._delivery.store.write
        try:
            try:
                return await write(self._placed, orders, also)
            except NotAhead:
                return await write(self._placed, [await self._looked_ahead(one) for one in orders], also)
        except NobodyServed as nobody:
            return [self._nobody(nobody.placed)]

    def _placed(self, tx: Transaction, orders: Sequence[Order], also: Also | None) -> list[Placed]:
        delivery = self._delivery
        found = [place(tx, one, delivery.reports, delivery.wishes, delivery.settings) for one in orders]
        if also is not None:
            also(tx, found[0].refusals(orders[0].plan), found[0].queue_id)
        return found

    def _nobody(self, placed: Placed) -> Placed:
        """Each of them hears it (LMTP), or all with one voice: for good only if it is so for everybody."""
        if self._origin.answers_each:
            return placed
        raise worst_for_all(list(placed.refused.values()))

    def _log_placed(self, placed: Placed, order: Order) -> list[Refusal | None]:
        """The answer for each RCPT."""
        refusals = placed.refusals(self._plan)
        self._log(None, placed, refusals, order.size)
        return refusals

    def _log(
        self,
        error: BaseException | None,
        placed: Placed | None = None,
        refusals: Sequence[Refusal | None] = (),
        size: int = 0,
    ) -> None:
        self._delivery.log_message(
            self.id,
            self._origin,
            self._envelope,
            self._plan,
            error,
            placed,
            refusals,
            size,
            perf_counter() - self._began,
        )


def _without_claims(header: bytes, lowered: bytes) -> bytes:
    """`lowered`: in small letters. Nearly always a look is enough: it is much quicker than the expression."""
    if b"x-posthouse-" not in lowered:
        return header
    return remove_fields(header, frozenset(_WITHIN.findall(lowered)))


def _asked_for(header: bytes, lowered: bytes) -> Flag:
    """X-Message-Flag: whoever gets the message is to follow it up ([MS-OXCMAIL] 2.2.3.2)."""
    return Flag.FLAGGED if b"x-message-flag" in lowered and get(header, b"x-message-flag") else NO_FLAGS


def worst_for_all(refusals: list[Refusal]) -> Refusal:
    """One answer for several refusals: the one that leaves most hope."""
    return next((refusal for refusal in refusals if type(refusal) is OverQuota), refusals[0])


async def _finish(intake: Intake, prefix: bytes, cut: int) -> NewContent:
    if intake.is_large:
        return await asyncio.to_thread(intake.finish, prefix, cut)
    return intake.finish(prefix, cut)


async def _with_return_path(intake: Intake, new: NewContent, delivery: Delivery, prefix: bytes) -> NewContent:
    """The same message once more, for mailboxes."""
    if new.body is not None:
        intake.write(prefix + new.body)
        return intake.finish()
    return await asyncio.to_thread(_copy, intake, new, delivery, prefix)


def _copy(intake: Intake, new: NewContent, delivery: Delivery, prefix: bytes) -> NewContent:
    whole = delivery.store.blobs.open(new.blob or "")
    intake.write(prefix)
    for start in range(0, len(whole), STEP):
        intake.write(bytes(whole[start : start + STEP]))
    return intake.finish()
