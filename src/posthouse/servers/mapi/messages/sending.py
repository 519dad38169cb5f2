"""A message goes out – [MS-OXOMSG] 3.2.5.1, 3.2.5.2.

It is written anew for the way, without those who are hidden from the others, and goes as every submission does: when it
was taken, it is in mailboxes and in the queue. For one bad recipient among many there is a report; the others get it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from posthouse.database import Transaction
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.errors import SenderNotYours
from posthouse.delivery.origin import Origin
from posthouse.delivery.recipients import Accepted
from posthouse.directory import Login, parse_address
from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address, Envelope
from posthouse.model.address import Recipient as EnvelopeRecipient
from posthouse.model.refusals import MessageTooLarge, Refusal, TryLater
from posthouse.protocols.dsn.build import build_report
from posthouse.protocols.dsn.report import Action, RecipientFacts, Report
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import (
    RECIPIENT,
    SENDER,
    SENT_REPRESENTING,
    Person,
    person_of,
    person_properties,
)
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, Recipient, set_value, value_of
from posthouse.protocols.mapi.rops.recipient import RecipientType
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.people import People, local_person

from .message import OpenMessage

MAX_RECIPIENTS = 2_000
"""Of one message, before groups are opened."""
NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who does not get it, and why."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Posting:
    """What a worker needs to send."""

    delivery: Delivery
    people: People
    message_size: int

    async def send(self, message: OpenMessage, login: Login) -> None:
        """Raises RopError, and nothing was sent. The message knows its senders and its moment afterwards."""
        delivery, tree = self.delivery, message.tree
        sender = await delivery.store.read(self._put_senders, message, login)
        moment = delivery.store.clock()
        for tag in (tags.PidTagClientSubmitTime, tags.PidTagProviderSubmitTime):
            set_value(tree.properties, tag, file_time(moment))
        people, lost = await delivery.store.read(self._recipients, tree)
        await self._require_own(login, sender)
        origin = Origin(f"mapi-{secrets.token_hex(6)}", "MAPI", login=login)
        accepted, refused = await self._accept(origin, tree, people)
        data = await delivery.store.read(self._write, tree, sender, moment)
        if accepted:
            await self._deliver(origin, sender, accepted, data)
        if refused or lost:
            await self._report(sender, [*refused, *lost], data)

    # who sends
    def _put_senders(self, tx: Transaction, message: OpenMessage, login: Login) -> Address:
        """[MS-OXOMSG] 3.2.5.1.1: From is who is represented, by default the mailbox's owner; Sender, who has logged in.
        The address that reports go to."""
        book, properties = self.people.at(tx), message.tree.properties
        actor = local_person(book, login.address)
        represented = person_of(SENT_REPRESENTING, properties, book) or local_person(
            book, message.logon.mailbox.address
        )
        properties.update(person_properties(SENT_REPRESENTING, represented))
        properties.update(person_properties(SENDER, actor))
        return _address(actor.address)

    async def _require_own(self, login: Login, sender: Address) -> None:
        try:
            await self.delivery.require_own(login, sender)
        except SenderNotYours:
            raise RopError(ErrorCode.ecSendAsDenied) from None

    # who gets it
    def _recipients(self, tx: Transaction, tree: Message) -> tuple[list[Person], list[Refused]]:
        book = self.people.at(tx)
        wanted = [one for one in tree.recipients if _is_wanted(one, tree.recipients)]
        if not wanted:
            raise RopError(ErrorCode.ecNoRecipients)
        if len(wanted) > MAX_RECIPIENTS:
            raise RopError(ErrorCode.ecTooManyRecips)
        people: dict[str, Person] = {}
        lost: list[Refused] = []
        for recipient in wanted:
            person = person_of(RECIPIENT, recipient.properties, book)
            if person is None:
                name = value_of(recipient.properties, tags.PidTagDisplayName) or "somebody without an address"
                lost.append(Refused(str(name), "There is no address to send to"))
            else:
                people.setdefault(person.address.lower(), person)
        return list(people.values()), lost

    async def _accept(
        self, origin: Origin, tree: Message, people: Sequence[Person]
    ) -> tuple[list[Accepted], list[Refused]]:
        """As RCPT does."""
        notify = NOTIFY if value_of(tree.properties, tags.PidTagOriginatorDeliveryReportRequested) else frozenset[str]()
        accepted: list[Accepted] = []
        refused: list[Refused] = []
        for person in people:
            try:
                recipient = EnvelopeRecipient(parse_address(person.address), notify)
                accepted.append(await self.delivery.check_recipient(origin, recipient))
            except TryLater:
                raise RopError(ErrorCode.ecServerPaused) from None
            except (Refusal, BadAddress) as why:
                refused.append(Refused(person.address, str(why)))
        return accepted, refused

    # the message
    def _write(self, tx: Transaction, tree: Message, sender: Address, moment: float) -> bytes:
        seed = value_of(tree.properties, tags.PidTagSearchKey, b"")
        return to_mime(tree, Writing(seed, sender.domain, moment, book=self.people.at(tx)))

    async def _deliver(self, origin: Origin, sender: Address, accepted: Sequence[Accepted], data: bytes) -> None:
        envelope = Envelope(sender, body="7BIT" if data.isascii() else "8BITMIME", smtputf8=_needs_utf8(accepted))
        incoming = self.delivery.begin(origin, envelope, accepted, f"{origin.session}.1", self.message_size)
        try:
            incoming.write(data)
            await incoming.finish()
        except MessageTooLarge:
            incoming.discard()
            raise RopError(ErrorCode.ecMessageTooBig) from None
        except SenderNotYours:
            raise RopError(ErrorCode.ecSendAsDenied) from None
        except TryLater:
            raise RopError(ErrorCode.ecServerPaused) from None
        except Refusal:
            raise RopError(ErrorCode.ecError) from None

    async def _report(self, sender: Address, refused: Sequence[Refused], data: bytes) -> None:
        delivery, token = self.delivery, secrets.token_hex(12)
        when = datetime.fromtimestamp(delivery.store.now(), UTC)
        facts = tuple(
            RecipientFacts(
                _address(one.address), Action.FAILED, "5.1.1", diagnostic=one.why, diagnostic_type="x-posthouse"
            )
            for one in refused
        )
        report = Report(
            sender=sender,
            reporting_mta=delivery.hostname,
            recipients=facts,
            date=when,
            message_id=f"{token}@{delivery.hostname}",
            boundary=f"report-{token}",
            arrival=when,
            full_limit=delivery.settings.report_limit,
        )
        await delivery.report(build_report(report, data), sender)


def _is_wanted(recipient: Recipient, everybody: Sequence[Recipient]) -> bool:
    """A message that is sent again goes to those who did not get it ([MS-OXOMSG] 3.2.5.1.2)."""
    kind = RecipientType(value_of(recipient.properties, tags.PidTagRecipientType, 1) & 0xFF)
    if RecipientType.SUCCEEDED_BEFORE in kind:
        return False
    again = any(
        value_of(one.properties, tags.PidTagRecipientType, 1) & RecipientType.FAILED_BEFORE for one in everybody
    )
    return not again or RecipientType.FAILED_BEFORE in kind


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except BadAddress:
        return Address(text, "")


def _needs_utf8(accepted: Sequence[Accepted]) -> bool:
    return any(not one.recipient.address.is_ascii for one in accepted)
