"""A message goes out – [MS-OXOMSG] 3.3.5.1.

It is written anew for the way, without those who are hidden from the others, and goes as every submission does: when it
was taken, it is in mailboxes and in the queue, and what becomes of it in its own mailbox was done in the same
transaction. For one bad recipient among many there is a report; the others get it.

Who is elsewhere and is said to take TNEF gets a form of the message with it; nobody here needs that, for a mailbox of
this hub keeps what MIME does not tell beside the content. A message that waits has one form only, for there is one to
take back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from posthouse.database import Transaction
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.errors import NotWanted, SenderNotYours, TooLargeToTake
from posthouse.delivery.incoming import Incoming
from posthouse.delivery.origin import Origin
from posthouse.delivery.recipients import Accepted
from posthouse.delivery.reports import status_of
from posthouse.directory import Login, parse_address
from posthouse.directory.errors import BadAddress
from posthouse.model.address import Address, Envelope
from posthouse.model.address import Recipient as EnvelopeRecipient
from posthouse.model.refusals import MessageTooLarge, OverQuota, Refusal, TryLater, UnknownRecipient
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import (
    RECIPIENT,
    SENDER,
    SENT_REPRESENTING,
    Person,
    person_by_address,
    person_of,
    person_properties,
)
from posthouse.protocols.mapi.mime.tnef_out import wants_tnef
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, Recipient, set_value, value_of
from posthouse.protocols.mapi.rops.recipient import RecipientType
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.memory import weight_of_message
from posthouse.servers.mapi.people import People
from posthouse.store.objects import Form

from .bounces import Refused, bounce, written_address
from .deferring import release_of
from .letter import Letter, form_beside, is_rich, with_rich_form
from .message import OpenMessage
from .properties import RESEND
from .reading import LARGE

MAX_RECIPIENTS = 2_000
"""Of one message, before groups are opened."""
NO_SPAM = -1
"""Of a message whose sender has logged in ([MS-OXOMSG] 3.3.5.1.3)."""
NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})

_OF_RECIPIENTS = (OverQuota, UnknownRecipient, NotWanted, TooLargeToTake)
"""Why nobody gets it, and the sender hears that by a report: no room, or nobody wants it."""

Settle = Callable[[Transaction, int | None], None]
"""What becomes of the message where it was written. Gets its id in the queue, if it waits there or goes on from
there."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What a worker needs to send."""

    delivery: Delivery
    people: People
    message_size: int

    async def write(self, message: OpenMessage, login: Login) -> Letter:
        """Raises RopError. The message knows its senders and its moment afterwards."""
        store, tree = self.delivery.store, message.tree
        sender = await store.read(self._put_senders, message, login)
        moment = store.clock()
        for tag in (tags.PidTagClientSubmitTime, tags.PidTagProviderSubmitTime):
            set_value(tree.properties, tag, file_time(moment))
        set_value(tree.properties, tags.PidTagContentFilterSpamConfidenceLevel, NO_SPAM)
        people, lost = await store.read(self._recipients, tree)
        await self._require_own(login, sender)
        origin = Origin(f"mapi-{secrets.token_hex(6)}", "MAPI", login=login)
        accepted, refused = await self._accept(origin, tree, people)
        door = store.scan if weight_of_message(tree) > LARGE else store.read
        data = await door(self._write, tree, sender, moment)
        form = await door(self._form, tree, data, sender) if any(one.accounts for one in accepted) else None
        release = release_of(tree.properties, int(moment))
        letter = Letter(origin, sender, accepted, [*refused, *lost], data, form, release)
        wanting = await store.read(self._wanting, tree)
        rich = [one for one in accepted if is_rich(one, wanting)]
        if rich:
            letter = with_rich_form(letter, rich, await door(self._write, tree, sender, moment, True))
        if self.message_size and max(len(one.data) for one in (letter, letter.beside) if one) > self.message_size:
            raise RopError(ErrorCode.ecMessageTooBig)
        return letter

    async def send(self, letter: Letter, settle: Settle) -> None:
        """When it returns, all is on disk. Raises RopError, and nothing was done."""
        try:
            if letter.accepted:
                await self._deliver(letter, settle)
                return
        except _OF_RECIPIENTS as why:
            reason = str(why), status_of(why)
            everybody = [Refused(str(one.recipient.address), *reason) for one in letter.accepted]
            letter = replace(letter, accepted=(), refused=[*letter.refused, *everybody], release=0)
        if letter.beside is not None:
            await self._deliver(replace(letter.beside, refused=letter.refused), settle)
        else:
            await self.delivery.store.write(self._settle, letter, settle, None)

    # who sends
    def _put_senders(self, tx: Transaction, message: OpenMessage, login: Login) -> Address:
        """[MS-OXOMSG] 3.3.5.1.1: From is who is represented, by default the mailbox's owner; Sender, who has logged in.
        The address that reports go to."""
        book, properties = self.people.at(tx), message.tree.properties
        actor = person_by_address(login.address, book)
        owner = person_by_address(message.logon.mailbox.address, book)
        represented = person_of(SENT_REPRESENTING, properties, book) or owner
        properties.update(person_properties(SENT_REPRESENTING, represented))
        properties.update(person_properties(SENDER, actor))
        return written_address(actor.address)

    async def _require_own(self, login: Login, sender: Address) -> None:
        try:
            await self.delivery.require_own(login, sender)
        except SenderNotYours:
            raise RopError(ErrorCode.ecSendAsDenied) from None

    # who gets it
    def _recipients(self, tx: Transaction, tree: Message) -> tuple[list[Person], list[Refused]]:
        book = self.people.at(tx)
        again = bool(value_of(tree.properties, tags.PidTagMessageFlags, 0) & RESEND)
        wanted = [one for one in tree.recipients if not again or _failed_before(one)]
        if not wanted:
            raise RopError(ErrorCode.ecInvalidRecips)  # as from Exchange
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
                refused.append(Refused(person.address, str(why), status_of(why)))
        return accepted, refused

    def _wanting(self, tx: Transaction, tree: Message) -> frozenset[str]:
        """Addresses of those who take TNEF."""
        book = self.people.at(tx)
        wanting = [one for one in tree.recipients if wants_tnef(tree.properties, one.properties)]
        people = [person_of(RECIPIENT, one.properties, book) for one in wanting]
        return frozenset(person.address.lower() for person in people if person)

    # the message
    def _write(self, tx: Transaction, tree: Message, sender: Address, moment: float, tnef: bool = False) -> bytes:
        seed = value_of(tree.properties, tags.PidTagSearchKey, b"")
        return to_mime(tree, Writing(seed, sender.domain, moment, book=self.people.at(tx), tnef=tnef))

    def _form(self, tx: Transaction, tree: Message, data: bytes, sender: Address) -> Form | None:
        return form_beside(tree, data, Writing(b"", sender.domain, book=self.people.at(tx)))

    def _begin(self, letter: Letter, number: int) -> Incoming:
        body, utf8 = "7BIT" if letter.data.isascii() else "8BITMIME", _needs_utf8(letter.accepted)
        envelope = Envelope(letter.sender, body=body, smtputf8=utf8, release=letter.release)
        incoming = self.delivery.begin(
            letter.origin, envelope, letter.accepted, f"{letter.origin.session}.{number}", form=letter.form
        )
        incoming.write(letter.data)
        return incoming

    async def _deliver(self, letter: Letter, settle: Settle) -> None:
        def also(tx: Transaction, refusals: Sequence[Refusal | None], queue_id: int | None) -> None:
            self._settle(tx, letter, settle, queue_id)

        try:
            beside = None if letter.beside is None else self._begin(letter.beside, 2)
            await self._begin(letter, 1).finish(also, beside)
        except _OF_RECIPIENTS:
            raise
        except MessageTooLarge:
            raise RopError(ErrorCode.ecMessageTooBig) from None
        except SenderNotYours:
            raise RopError(ErrorCode.ecSendAsDenied) from None
        except TryLater:
            raise RopError(ErrorCode.ecServerPaused) from None
        except Refusal:
            raise RopError(ErrorCode.ecError) from None

    def _settle(self, tx: Transaction, letter: Letter, settle: Settle, queue_id: int | None) -> None:
        settle(tx, queue_id)
        if letter.refused:
            report = bounce(self.delivery, letter.sender, letter.refused)
            self.delivery.reports.report(tx, report, letter.data, self.delivery.store.now())


def _failed_before(recipient: Recipient) -> bool:
    """Of a message that is sent again, only they get it ([MS-OXOMSG] 3.3.5.1.3)."""
    kind = RecipientType(value_of(recipient.properties, tags.PidTagRecipientType, 1) & 0xFF)
    return RecipientType.FAILED_BEFORE in kind and RecipientType.SUCCEEDED_BEFORE not in kind


def _needs_utf8(accepted: Sequence[Accepted]) -> bool:
    return any(not one.recipient.address.is_ascii for one in accepted)
