"""Reports: delivery status (RFC 3464) and dispositions (RFC 8098) → report messages – [MS-OXCMAIL] 2.2.3.7.

A report tells of each recipient what became of the mail; the message class tells the worst of it.
"""

from __future__ import annotations

import re

from posthouse.message.dates import parse_date
from posthouse.message.entity import Fields, gather
from posthouse.message.headers import header_end, unfold
from posthouse.message.source import Source
from posthouse.message.words import decode_header

from .. import tags
from ..objects import Message, Properties, Recipient, set_value
from .address_book import AddressBook
from .essentials import moment
from .people import RECIPIENT, Person, person_properties
from .shape import Node
from .texts import content_of

MAX_REPORT = 256 * 1024
MAX_RECIPIENTS = 1_000

_STATUS = (b"message/delivery-status", b"message/global-delivery-status")
_DISPOSITION = (b"message/disposition-notification", b"message/global-disposition-notification")
TOLD_ELSEWHERE = (*_STATUS, *_DISPOSITION)
"""Parts that become properties, and are no attachments."""
_CLASSES = {"failed": "NDR", "delayed": "Delayed", "relayed": "Relayed", "expanded": "Expanded", "delivered": "DR"}
"""From the worst to the best."""
_READ = ("displayed", "dispatched", "processed")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")


def read_report(source: Source, root: Node, message: Message, book: AddressBook) -> None:
    """Adds what the report tells; when it tells nothing, the message stays what it is."""
    for node in root.children:
        if node.kind in _STATUS:
            _read_status(content_of(source, node)[0][:MAX_REPORT], message, book)
        elif node.kind in _DISPOSITION:
            _read_disposition(content_of(source, node)[0][:MAX_REPORT], message)
        elif node.kind in (b"message/rfc822", b"message/global", b"text/rfc822-headers"):
            _read_original(source, node, message.properties)


def _read_status(data: bytes, message: Message, book: AddressBook) -> None:
    """RFC 3464 §2.1: fields of the message, then those of each recipient."""
    blocks = [block for block in _EMPTY_LINE.split(data) if block.strip()][: MAX_RECIPIENTS + 1]
    told = [fields for fields in map(_fields, blocks) if b"action" in fields]
    actions = {_word(fields[b"action"]) for fields in told}
    worst = next((suffix for action, suffix in _CLASSES.items() if action in actions), None)
    if worst is None:
        return
    set_value(message.properties, tags.PidTagMessageClass, f"REPORT.IPM.Note.{worst}")
    mta = _fields(blocks[0]).get(b"reporting-mta")
    message.recipients = [_recipient(row, fields, mta, book) for row, fields in enumerate(told)]


def _recipient(row: int, fields: Fields, mta: bytes | None, book: AddressBook) -> Recipient:
    address = _typed(fields.get(b"original-recipient") or fields.get(b"final-recipient") or b"")
    person = Person(address, address, book.by_address(address))
    properties = dict(person_properties(RECIPIENT, person))
    set_value(properties, tags.PidTagRecipientType, 1)
    set_value(properties, tags.PidTagRowid, row)
    status = _status_number(decode_header(fields.get(b"status", b"")))
    if status:
        set_value(properties, tags.PidTagNonDeliveryReportStatusCode, status)
    diagnostic = _typed(fields.get(b"diagnostic-code", b""))
    if diagnostic:
        set_value(properties, tags.PidTagSupplementaryInfo, diagnostic)
    failed = _word(fields[b"action"]) == "failed"
    set_value(properties, tags.PidTagNonDeliveryReportReasonCode, 0 if failed else -1)
    set_value(properties, tags.PidTagNonDeliveryReportDiagCode, -1)
    remote = _typed(fields.get(b"remote-mta") or mta or b"")
    if remote:
        set_value(properties, tags.PidTagRemoteMessageTransferAgent, remote)
    return Recipient(row, properties)


def _status_number(status: str) -> int:
    """`5.1.1` → 511, as [MS-OXCMAIL] 2.2.3.7.1.2 has it."""
    digits = re.match(r"([245])\.(\d{1,3})\.(\d{1,3})", status)
    return int(digits[1]) * 100 + int(digits[2]) * 10 + int(digits[3]) if digits else 0


def _read_disposition(data: bytes, message: Message) -> None:
    fields = _fields(data)
    disposition = _word(fields.get(b"disposition", b"").rpartition(b";")[2].partition(b"/")[0])
    if not disposition:
        return
    properties = message.properties
    was_read = disposition in _READ
    set_value(properties, tags.PidTagMessageClass, f"REPORT.IPM.Note.{'IPNRN' if was_read else 'IPNNRN'}")
    set_value(properties, tags.PidTagReportDisposition, disposition)
    set_value(properties, tags.PidTagReportDispositionMode, _word(fields[b"disposition"].partition(b";")[0])[:100])
    original = fields.get(b"original-message-id")
    if original is not None:
        set_value(properties, tags.PidTagOriginalMessageId, decode_header(original)[:1000])
    if was_read and (sent := properties.get(tags.PidTagClientSubmitTime.id)):
        set_value(properties, tags.PidTagReceiptTime, sent.value)


def _read_original(source: Source, node: Node, properties: Properties) -> None:
    """What the report is about."""
    data = content_of(source, node)[0][:MAX_REPORT]
    end = header_end(data, 0, len(data))
    fields = _fields(data if end < 0 else data[:end])
    if b"subject" in fields:
        set_value(properties, tags.PidTagOriginalSubject, decode_header(fields[b"subject"])[:253])
    when = parse_date(unfold(fields[b"date"])) if b"date" in fields else None
    if when is not None:
        set_value(properties, tags.PidTagOriginalSubmitTime, moment(when.epoch))


def _fields(block: bytes) -> Fields:
    fields: Fields = {}
    gather(block.lstrip(b"\r\n"), fields)
    return fields


def _word(value: bytes) -> str:
    return unfold(value).decode("ascii", "replace").strip().lower()


def _typed(value: bytes) -> str:
    """`rfc822; user@example.org` without its type."""
    return decode_header(value.partition(b";")[2])[:1000].strip()
