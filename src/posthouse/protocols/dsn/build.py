"""Facts and the original message → the notification – RFC 3464 §2, RFC 6522 §3, RFC 3461 §6, RFC 6533 §4.

    multipart/report; report-type=delivery-status
      text/plain                                           for the person
      message/delivery-status  or message/global-…         for machines
      message/rfc822 or text/rfc822-headers, or message/global, message/global-headers

The whole message is returned when a recipient failed, RET is not HDRS, and it is within the limit; otherwise its header
(RFC 3461 §4.3: RET counts for failures alone). A header in UTF-8 makes it message/global…, which goes 8bit where
SMTPUTF8 may be used and in a 7-bit encoding elsewhere (RFC 6533 §4.5). A header in some other 8-bit charset is returned
as text/rfc822-headers in quoted-printable, which says nothing false about it.

The result has CRLF line ends and no line above 998 octets that we wrote. It is ASCII unless it returns an 8-bit body or
may use SMTPUTF8: `isascii()` tells whether it needs 8BITMIME. It is to be sent with the null reverse-path and
NOTIFY=NEVER (RFC 3461 §6.1).
"""

from __future__ import annotations

import re
import textwrap
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple

from posthouse.message.encode import base64_lines, quoted_printable
from posthouse.message.headers import get, header_of
from posthouse.message.words import encode_header
from posthouse.model.address import Address

from .explain import paragraphs, subject
from .report import Action, RecipientFacts, Report

HEADER_LIMIT = 65536
"""Octets of the original header that are returned."""
LINE = 76
LINE_LIMIT = 998
"""RFC 5322 §2.1.1."""
FIELD_LIMIT = 4096
"""Octets of one field: a diagnostic may be as long as its sender likes."""
WORD_LIMIT = 225
"""Characters without white space that stay together: four octets each still make a line within 998."""

_STATUS = re.compile(r"[245]\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})")
_DEFAULT_STATUS = {Action.FAILED: "5.0.0", Action.DELAYED: "4.0.0"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_WORD = re.compile(rf"\S{{1,{WORD_LIMIT}}}")
_NOT_QCHAR = re.compile(r"[^!-*,-<>-\[\]-~]")
_MESSAGE_ID = re.compile(rb"<[!-;=?-~]{1,900}>")


class Part(NamedTuple):
    type: str
    encoding: str
    body: bytes


def build_report(report: Report, original: bytes) -> bytes:
    """`original`: the message, or its header alone when that is what was kept."""
    parts = [_text(report), _status(report), _returned(report, original)]
    lines = [_header(report, original), b"This is a delivery status notification in MIME format.\r\n"]
    for part in parts:
        lines.append(f"\r\n--{report.boundary}\r\nContent-Type: {part.type}\r\n".encode())
        if part.encoding != "7bit":
            lines.append(f"Content-Transfer-Encoding: {part.encoding}\r\n".encode())
        lines.append(b"\r\n" + part.body)
    lines.append(f"\r\n--{report.boundary}--\r\n".encode())
    return b"".join(lines)


def _header(report: Report, original: bytes) -> bytes:
    postmaster = report.postmaster or Address("postmaster", report.reporting_mta)
    fields = [
        ("From", f"Mail Delivery System <{postmaster}>"),
        ("To", f"<{report.sender}>"),
        ("Subject", encode_header(subject(report)).decode()),
        ("Date", format_datetime(report.date)),
        ("Message-ID", f"<{report.message_id}>"),
    ]
    if (thread := _MESSAGE_ID.search(get(header_of(original), b"Message-ID") or b"")) is not None:
        fields += [("In-Reply-To", thread[0].decode()), ("References", thread[0].decode())]
    fields += [
        ("Auto-Submitted", "auto-replied"),  # RFC 3834 §5
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type=delivery-status; boundary="{report.boundary}"'),
    ]
    return b"".join(format_field(name, value) for name, value in fields) + b"\r\n"


def format_field(name: str, value: str) -> bytes:
    """Folded at white space, within 78 characters where the words allow it, never above 998 octets a line."""
    value = _CONTROL.sub(" ", value).strip()
    if len(value) > FIELD_LIMIT:
        value = value[:FIELD_LIMIT] + " ..."
    line, out = f"{name}:", []
    for word in _WORD.findall(value):
        if len(line) + 1 + len(word) > LINE and line != f"{name}:":
            out.append(line)
            line = ""
        line += " " + word
    return "\r\n".join([*out, line]).encode() + b"\r\n"


# for the person
def _text(report: Report) -> Part:
    text = "\n\n".join("\n".join(map(_wrapped, paragraph)) for paragraph in paragraphs(report)).encode() + b"\n"
    if text.isascii() and max(map(len, text.split(b"\n"))) <= WORD_LIMIT:
        return Part("text/plain; charset=us-ascii", "7bit", text.replace(b"\n", b"\r\n"))
    return Part("text/plain; charset=utf-8", "quoted-printable", quoted_printable(text))


def _wrapped(line: str) -> str:
    text = _CONTROL.sub(" ", line.strip())[:FIELD_LIMIT]
    indent = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.fill(
        text, 72, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


# for machines
def _status(report: Report) -> Part:
    groups = [_message_fields(report), *(_recipient_fields(facts, report.smtputf8) for facts in report.recipients)]
    body = b"\r\n".join(b"".join(format_field(name, value) for name, value in group) for group in groups)
    if body.isascii():
        return Part("message/delivery-status", "7bit", body)
    return Part("message/global-delivery-status", "8bit", body)


def _message_fields(report: Report) -> list[tuple[str, str]]:
    fields = [("Original-Envelope-Id", report.envid)] if report.envid else []
    fields.append(("Reporting-MTA", f"dns; {report.reporting_mta}"))
    if report.received_from_mta:
        fields.append(("Received-From-MTA", f"dns; {_ascii(report.received_from_mta)}"))
    if report.arrival is not None:
        fields.append(("Arrival-Date", format_datetime(report.arrival)))
    return fields


def _recipient_fields(facts: RecipientFacts, utf8: bool) -> list[tuple[str, str]]:
    original = _original(facts.original_recipient, utf8)
    fields = [
        ("Original-Recipient", original),
        ("Final-Recipient", typed_address(facts.final_recipient, utf8)),
        ("Action", str(facts.action)),
        ("Status", _status_code(facts)),
        ("Remote-MTA", f"dns; {_ascii(facts.remote_mta)}" if facts.remote_mta else ""),
        ("Diagnostic-Code", f"{facts.diagnostic_type}; {_ascii(facts.diagnostic)}" if facts.diagnostic else ""),
        ("Last-Attempt-Date", _date(facts.last_attempt)),
        ("Final-Log-ID", _ascii(facts.log_id)),
        ("Will-Retry-Until", _date(facts.will_retry_until) if facts.action is Action.DELAYED else ""),
    ]
    return [(name, value) for name, value in fields if value]


def typed_address(address: Address, utf8: bool) -> str:
    """RFC 3464 §2.3.2; RFC 6533 §3: an address that is not ASCII as it is, or with embedded characters in 7 bits."""
    if address.is_ascii:
        return f"rfc822;{address}"
    return f"utf-8;{address}" if utf8 else f"utf-8;{_unitext(str(address))}"


def _original(orcpt: str, utf8: bool) -> str:
    if orcpt.isascii() or utf8:
        return orcpt
    kind, _, address = orcpt.partition(";")
    return f"{kind};{_unitext(address)}"


def _unitext(text: str) -> str:
    return _NOT_QCHAR.sub(lambda found: f"\\x{{{ord(found[0]):X}}}", text)


def _status_code(facts: RecipientFacts) -> str:
    if _STATUS.fullmatch(facts.status):
        return facts.status
    return _DEFAULT_STATUS.get(facts.action, "2.0.0")


def _date(moment: datetime | None) -> str:
    return format_datetime(moment) if moment is not None else ""


def _ascii(text: str) -> str:
    """RFC 6533 §4.1: these are ASCII in both media types."""
    return text.encode("ascii", "replace").decode()


# what is returned
def _returned(report: Report, original: bytes) -> Part:
    header = header_of(original)
    whole = report.failed and report.ret != "HDRS" and len(original) <= report.full_limit and b"\0" not in original
    if header.isascii():
        if whole and len(original) > len(header):
            body = _relined(original)
            return Part("message/rfc822", "7bit" if body.isascii() else "8bit", body)
        header = _relined(_cut_header(header))
        if max(map(len, header.split(b"\r\n"))) <= LINE_LIMIT:
            return Part("text/rfc822-headers", "7bit", header)
        return Part("text/rfc822-headers", "quoted-printable", quoted_printable(header))
    if not _is_utf8(header):
        text = "text/rfc822-headers; charset=unknown-8bit"
        return Part(text, "quoted-printable", quoted_printable(_relined(_cut_header(header))))
    kind, content = ("message/global", original) if whole else ("message/global-headers", _cut_header(header))
    if report.smtputf8:
        return Part(kind, "8bit", _relined(content))
    return Part(kind, "base64", base64_lines(_relined(content)))


def _cut_header(header: bytes) -> bytes:
    """Without the empty line; a monstrous one up to the last whole line within the limit."""
    header = header.rstrip(b"\r\n") + b"\r\n"
    if len(header) <= HEADER_LIMIT:
        return header
    return header[: header.rfind(b"\n", 0, HEADER_LIMIT) + 1] or header[:HEADER_LIMIT]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _relined(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
