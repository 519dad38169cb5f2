"""Header fields ⇄ properties, where one is the other in a different form – [MS-OXCMAIL] 2.1.3.2, 2.2.3.2.

One row a field, read in both directions. What takes more than a row is in `essentials`, `people` and `from_mime`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from posthouse.message.dates import format_date, parse_date
from posthouse.message.entity import Fields
from posthouse.message.headers import unfold
from posthouse.message.words import decode_header

from .. import named_tags, tags
from ..locales import locale_of_tag, tag_of
from ..moments import EPOCH, UNITS
from ..named_tags import NamedTag
from ..objects import Properties, set_value, value_of
from ..property_values import PropertyTag
from .essentials import moment

MAX_TEXT = 32 * 1024
"""Characters of one field that become a property."""


class Row(NamedTuple):
    field: str
    tag: PropertyTag | NamedTag
    read: Callable[[bytes], Any]
    """None: it tells nothing."""
    format: Callable[[Any], str | None]
    """Text for the field; None: there is nothing to tell."""
    aliases: tuple[str, ...] = ()
    """Other fields that are read when this one is not there."""


def _text(value: bytes) -> str | None:
    return decode_header(value)[:MAX_TEXT] or None


def _date(value: bytes) -> int | None:
    when = parse_date(unfold(value))
    return None if when is None else moment(when.epoch)


def _format_date(value: int) -> str:
    return format_date(value // UNITS - EPOCH)


def _number(value: bytes) -> int | None:
    digits = unfold(value)[:9]
    return int(digits) if digits.isdigit() else None


def _is_true(value: bytes) -> bool | None:
    return True if unfold(value).lower() == b"true" else None


def _format_true(value: bool) -> str | None:
    return "true" if value else None


# X-Auto-Response-Suppress, [MS-OXCMAIL] 2.2.3.2.14
_SUPPRESSED = {"DR": 1, "NDR": 2, "RN": 4, "NRN": 8, "OOF": 0x10, "AutoReply": 0x20}
_BY_WORD = {word.lower(): bit for word, bit in _SUPPRESSED.items()}


def _suppressed(value: bytes) -> int | None:
    words = {word.strip() for word in decode_header(value)[:200].lower().split(",")}
    if "all" in words:
        return -1
    bits = sum(_BY_WORD[word] for word in words if word in _BY_WORD)
    return bits or (0 if "none" in words else None)


def _format_suppressed(bits: int) -> str | None:
    if bits == -1:
        return "All"
    return ", ".join(word for word, bit in _SUPPRESSED.items() if bits & bit) or None


def _lcid(value: bytes) -> int | None:
    """Content-Language, [MS-OXCMAIL] 2.1.3.2.10."""
    return locale_of_tag(decode_header(value)[:100].partition(",")[0].strip())


def _keywords(value: bytes) -> tuple[str, ...] | None:
    words = dict.fromkeys(word.strip()[:255] for word in decode_header(value)[:MAX_TEXT].split(","))
    return tuple(word for word in words if word)[:100] or None


TABLE = (
    Row("In-Reply-To", tags.PidTagInReplyToId, _text, str),
    Row("References", tags.PidTagInternetReferences, _text, str),
    Row("Reply-By", tags.PidTagReplyTime, _date, _format_date),
    Row("Expires", tags.PidTagExpiryTime, _date, _format_date, ("Expiry-Date",)),
    Row("X-Auto-Response-Suppress", tags.PidTagAutoResponseSuppress, _suppressed, _format_suppressed),
    Row("X-MS-Exchange-Organization-AutoForwarded", tags.PidTagAutoForwarded, _is_true, _format_true),
    Row("Content-Language", tags.PidTagMessageLocaleId, _lcid, tag_of),
    Row("List-Help", tags.PidTagListHelp, _text, str, ("X-List-Help",)),
    Row("List-Subscribe", tags.PidTagListSubscribe, _text, str, ("X-List-Subscribe",)),
    Row("List-Unsubscribe", tags.PidTagListUnsubscribe, _text, str, ("X-List-Unsubscribe",)),
    Row("Accept-Language", named_tags.PidNameAcceptLanguage, _text, str, ("X-Accept-Language",)),
    Row("X-CallingTelephoneNumber", tags.PidTagSenderTelephoneNumber, _text, str),
    Row("X-VoiceMessageDuration", tags.PidTagVoiceMessageDuration, _number, str),
    Row("X-VoiceMessageSenderName", tags.PidTagVoiceMessageSenderName, _text, str),
    Row("X-FaxNumberOfPages", tags.PidTagFaxNumberOfPages, _number, str),
    Row("X-AttachmentOrder", tags.PidTagVoiceMessageAttachmentOrder, _text, str),
    Row("X-CallID", tags.PidTagCallId, _text, str),
    Row("X-Payload-Class", tags.PidTagAttachPayloadClass, _text, str),
    Row("X-Microsoft-Classified", named_tags.PidLidClassified, _is_true, _format_true),
    Row("X-Microsoft-Classification", named_tags.PidLidClassification, _text, str),
    Row("X-Microsoft-ClassDesc", named_tags.PidLidClassificationDescription, _text, str),
    Row("X-Microsoft-ClassID", named_tags.PidLidClassificationGuid, _text, str),
    Row("X-Microsoft-ClassKeep", named_tags.PidLidClassificationKeep, _is_true, _format_true),
)

PRIVATE = (
    Row("Keywords", named_tags.PidNameKeywords, _keywords, ", ".join),
    Row("Content-ID", tags.PidTagBodyContentId, _text, str),
    Row("Content-Location", tags.PidTagBodyContentLocation, _text, str),
)
"""Read, but not written: the sender's categories are nobody's business, and bodies are made anew."""


def read_rows(fields: Fields, properties: Properties) -> None:
    for row in sorted({_PLACES[name] for name in _PLACES.keys() & fields.keys()}):
        tag, read, names = _READ[row]
        for name in names:
            value = fields.get(name)
            told = None if value is None else read(value)
            if told is not None:
                set_value(properties, tag, told)
                break


_READ = tuple(
    (row.tag, row.read, tuple(name.lower().encode("ascii") for name in (row.field, *row.aliases)))
    for row in (*TABLE, *PRIVATE)
)
_PLACES = {name: place for place, (_, _, names) in enumerate(_READ) for name in names}


def format_rows(properties: Properties) -> Iterator[tuple[str, str]]:
    for row in TABLE:
        value = value_of(properties, row.tag)
        told = None if value is None else row.format(value)
        if told:
            yield row.field, told
