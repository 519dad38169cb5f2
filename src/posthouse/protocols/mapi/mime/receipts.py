"""Receipts that a mail was read, or was not – [MS-OXOMSG] 2.2.2, RFC 8098: made of the mail, and written.

multipart/report; report-type=disposition-notification
  text/plain                                           for the person
  message/disposition-notification                     for machines
"""

from __future__ import annotations

import re

from posthouse.message.compose import make_header
from posthouse.texts import Language, say

from .. import tags
from ..objects import Message, Properties, Recipient, set_value, value_of
from . import entities
from .address_book import AddressBook
from .bodies import PLAIN, plain_body
from .entities import Entity
from .essentials import moment
from .header_in import recipient_properties
from .header_out import Writing, subject_of
from .people import READ_RECEIPT, SENDER, SENT_REPRESENTING, Person, person_of, person_properties
from .subjects import shorten

READ, NOT_READ = "REPORT.IPM.Note.IPNRN", "REPORT.IPM.Note.IPNNRN"
_MODE = "manual-action/MDN-sent-automatically"
_TO = 1


def receiver_of(original: Message, was_read: bool, book: AddressBook) -> Person | None:
    """None: nobody wants a receipt, or nobody may have one: there is none for a report (RFC 8098 §2.1)."""
    properties = original.properties
    if (value_of(properties, tags.PidTagMessageClass) or "").upper().startswith("REPORT."):
        return None
    wanted = tags.PidTagReadReceiptRequested if was_read else tags.PidTagNonReceiptNotificationRequested
    if not value_of(properties, wanted):
        return None
    return person_of(READ_RECEIPT, properties, book) or person_of(SENDER, properties, book)


def make_receipt(
    original: Message, to: Person, reader: Person, was_read: bool, at: float, language: Language = Language.ENGLISH
) -> Message:
    receipt = Message()
    receipt.properties.update(person_properties(SENT_REPRESENTING, reader))
    receipt.properties.update(person_properties(SENDER, reader))
    receipt.recipients.append(Recipient(0, recipient_properties(to, _TO, 0)))
    _tell(original.properties, receipt.properties, was_read, at, language)
    return receipt


def _tell(original: Properties, receipt: Properties, was_read: bool, at: float, language: Language) -> None:
    subject, became = subject_of(original), "read" if was_read else "deleted"
    about = shorten(say(language, f"receipt.subject.{became}", subject=subject))
    text = say(language, f"receipt.text.{became}", subject=subject)
    told = (
        (tags.PidTagMessageClass, READ if was_read else NOT_READ),
        (tags.PidTagSubject, about),
        (tags.PidTagClientSubmitTime, moment(at)),
        (tags.PidTagOriginalSubject, subject),
        (tags.PidTagReceiptTime if was_read else tags.PidTagReportTime, moment(at)),
        (tags.PidTagReportDisposition, "displayed" if was_read else "deleted"),
        (tags.PidTagReportDispositionMode, _MODE),
        (tags.PidTagBody, f"{text}\r\n"),
        (tags.PidTagNativeBody, PLAIN),
    )
    for tag, value in told:
        set_value(receipt, tag, value)
    message_id = value_of(original, tags.PidTagInternetMessageId)
    if message_id:
        for tag in (tags.PidTagOriginalMessageId, tags.PidTagInReplyToId, tags.PidTagInternetReferences):
            set_value(receipt, tag, message_id)


def report_of(message: Message, writing: Writing) -> Entity | None:
    """The content of a receipt. None: the message is none."""
    properties = message.properties
    if value_of(properties, tags.PidTagMessageClass) not in (READ, NOT_READ):
        return None
    reader = person_of(SENT_REPRESENTING, properties, writing.book)
    disposition = value_of(properties, tags.PidTagReportDisposition) or "displayed"
    mode = value_of(properties, tags.PidTagReportDispositionMode) or _MODE
    fields: list[tuple[str, str | bytes]] = [("Reporting-UA", writing.domain)]
    if reader is not None:
        fields.append(("Final-Recipient", f"rfc822; {reader.address}"))
    message_id = value_of(properties, tags.PidTagOriginalMessageId)
    if message_id:
        fields.append(("Original-Message-ID", message_id[:1000]))
    fields.append(("Disposition", f"{_word(mode)}; {_word(disposition)}"))
    facts = Entity([("Content-Type", b"message/disposition-notification")], make_header(fields))
    shown = entities.text("text/plain", plain_body(properties) or "")
    return entities.multipart("report", [shown, facts], writing.seed, (b"report-type=disposition-notification",))


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z/-]", "", text)[:60]
