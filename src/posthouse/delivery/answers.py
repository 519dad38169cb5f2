"""Answers that a recipient's rules give – [MS-OXORULE] 2.2.5.1.2.2, 3.2.5.1, 3.2.5.1.1.

They are made of a template, which is an associated message, and of what is answered, before the delivery's transaction.
They have the null reverse-path: no program answers them, and no report comes of them. So many go to one sender in a
day, whatever comes back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import partial

from posthouse.database import Transaction
from posthouse.directory import parse_address
from posthouse.directory.errors import BadAddress
from posthouse.message.headers import header_end
from posthouse.model.address import Address
from posthouse.model.ids import MessageId
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import MessageEntryId, parse_entry_id
from posthouse.protocols.mapi.identifiers import OWN_REPLICA
from posthouse.protocols.mapi.mime.automatic import Addressee, AnswerKind, addressees, answer_of
from posthouse.protocols.mapi.mime.header_out import Writing
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING, Person, person_by_address, person_of
from posthouse.protocols.mapi.mime.to_mime import to_mime
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rule_actions import ExtendedReplyData, ReplyData, ReplyFlavor
from posthouse.protocols.mapi.rules import RuleError
from posthouse.protocols.mapi.stored_form import parse_stored
from posthouse.store.blobs import Blobs
from posthouse.store.intake import content_of
from posthouse.store.objects import Form, find_message, load_form
from posthouse.store.rule_answers import take_answer
from posthouse.texts import Language

from .answerable import why_not
from .arrival import Ahead, Arrival, Case, Letter, NotAhead, Reading, Template, bytes_of
from .languages import language_of
from .posting import post
from .verdict import Answer, Failed

HEADER = 256 * 1024
"""Bytes of a header that are looked at."""
MAX_TEMPLATE = 4 * 1024 * 1024
"""Bytes, for each message that is answered anew."""
MAX_KEPT = 8
"""Templates that are kept for the transaction; others are read once more."""
MAX_TO = 50
"""Whom a template names besides."""

log = Logger("delivery")


def find_template(tx: Transaction, blobs: Blobs, case: Case, data: ReplyData | ExtendedReplyData) -> Template:
    """What the action names, as long as it has the name that the client has given it (R309, R928). `Failed`;
    `NotAhead`."""
    account, ahead = case.account, case.ahead
    if ahead is None:
        raise NotAhead
    try:
        row = find_message(tx, account, _number_of(data))
        usable = row.is_associated and not row.is_deleted and row.size <= MAX_TEMPLATE
        form = load_form(tx, account, row) if usable else None
        if form is not None:
            found = _read(blobs, form, ahead)
            if value_of(found.message.properties, tags.PidTagReplyTemplateId) == data.reply_template_guid.bytes_le:
                return found
    except (BadSyntax, MessageNotFound, FileNotFoundError):  # the last: it has just changed
        pass
    raise Failed(RuleError.TEMPLATE)


def _read(blobs: Blobs, form: Form, ahead: Ahead) -> Template:
    key = form.blob or form.data
    found = ahead.templates.get(key)
    if found is None:
        found = parse_stored(bytes(blobs.open(form.blob)[:]) if form.blob else form.data)
        if len(ahead.templates) < MAX_KEPT:
            ahead.templates[key] = found
    return Template(found, key)


def _number_of(data: ReplyData | ExtendedReplyData) -> MessageId:
    if isinstance(data, ReplyData):
        replica, number = data.reply_template_mid.replica, data.reply_template_mid.counter
        if replica != OWN_REPLICA:
            raise MessageNotFound
        return MessageId(number)
    entry = parse_entry_id(data.reply_template_message_eid)
    if not isinstance(entry, MessageEntryId):
        raise BadSyntax("the entry id of a message", 0)
    return MessageId(entry.message.counter)


class Answering:
    """One for a worker."""

    def __init__(self, blobs: Blobs, separator: str) -> None:
        """`separator`: of an address and its detail."""
        self._blobs, self._separator = blobs, separator

    def answer(self, tx: Transaction, arrival: Arrival, reading: Reading, answers: Iterable[Answer]) -> None:
        for one in answers:
            to = _recipients(arrival, reading, one)
            reason = self._why_not(tx, arrival, reading, one, to)
            if not reason and not self._may(tx, arrival, one):
                reason = "there were enough answers"
            if not reason:
                new, body, utf8 = self._letter(tx, arrival, reading, one, to)
                post(tx, new, None, to, arrival.now, body=body, utf8=utf8)
            log.info("answer", rule=one.rule.id, account=arrival.local.account, to=[*to], reason=reason or None)

    def _why_not(
        self, tx: Transaction, arrival: Arrival, reading: Reading, one: Answer, to: Mapping[Address, Addressee]
    ) -> str:
        head = bytes(bytes_of(self._blobs, arrival.new)[:HEADER])
        end = header_end(head, 0, len(head))
        header, properties = head if end < 0 else head[:end], reading.message.properties
        reason = why_not(tx, arrival, properties, header, self._separator, away=one.is_away)
        return reason or ("" if to else "there is nobody to be answered")

    def _may(self, tx: Transaction, arrival: Arrival, one: Answer) -> bool:
        account, sender = arrival.local.account, arrival.known_sender
        return take_answer(tx, account, one.rule.id, sender, arrival.now, once=one.rule.answers_once)

    def write(self, tx: Transaction, arrival: Arrival, reading: Reading, answers: Iterable[Answer]) -> None:
        """Ahead."""
        for one in answers:
            to = _recipients(arrival, reading, one)
            if not self._why_not(tx, arrival, reading, one, to):
                self._letter(tx, arrival, reading, one, to)

    def _letter(
        self, tx: Transaction, arrival: Arrival, reading: Reading, one: Answer, to: dict[Address, Addressee]
    ) -> Letter:
        """In the language of whose answer it is, as far as the hub says something."""
        language = language_of(tx, arrival.local.account)
        write = partial(self._written, arrival, reading, one, to.values(), language)
        return arrival.letter((one.template.key, one.flavor, one.is_away, language, tuple(to)), write)

    def _written(
        self, arrival: Arrival, reading: Reading, one: Answer, to: Iterable[Addressee], language: Language
    ) -> Letter:
        template, now = one.template.message, arrival.now
        kind = AnswerKind(one.is_away, ReplyFlavor.ST in one.flavor, language)
        made = answer_of(reading.message, template, reading.me, to, now, kind)
        writing = Writing(secrets.token_bytes(16), reading.domain, now, book=reading.book)
        return Letter(content_of(self._blobs, to_mime(made, writing)), "", not reading.me.address.isascii())


def _recipients(arrival: Arrival, reading: Reading, one: Answer) -> dict[Address, Addressee]:
    """The sender (R288, R10192: unless the action says otherwise), and whom the template names."""
    wanted = addressees(one.template.message, reading.book)[:MAX_TO]
    if ReplyFlavor.NS not in one.flavor:
        wanted.insert(0, Addressee(_sender_of(arrival, reading)))
    left_out = {arrival.local.address.lower()}
    if ReplyFlavor.NS in one.flavor:
        left_out.add(arrival.known_sender)
    found: dict[Address, Addressee] = {}
    for addressee in wanted:
        try:
            address = parse_address(addressee.person.address)
        except BadAddress:
            continue
        if str(address).lower() not in left_out:
            left_out.add(str(address).lower())
            found[address] = addressee
    return found


def _sender_of(arrival: Arrival, reading: Reading) -> Person:
    """Of the envelope (RFC 3834 §4), by the name that the header tells."""
    address = str(arrival.envelope.sender)
    for role in (SENT_REPRESENTING, SENDER):
        person = person_of(role, reading.message.properties, reading.book)
        if person is not None and person.address.lower() == address.lower():
            return person
    return person_by_address(address, reading.book)
