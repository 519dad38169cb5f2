"""A vCard ⇄ a contact – [MS-OXVCARD] 2.1, RFC 6350, RFC 2426."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b

from posthouse.message.words import tolerant_base64

from ... import named_tags, tags
from ...entry_ids import OneOffEntryId
from ...objects import Attachment, Message, Properties, set_value, value_of
from ..attachments import new_attachment
from ..bodies import PLAIN, plain_body
from ..header_out import Writing
from ..subjects import shorten
from .contact_table import ADDRESSES, CLASSES, DAYS, EMAILS, PAGES, PHONES, PREFERRED, TEXTS, Address
from .content_lines import Component, Line, format_text, in_lines, parse_components, split_value, text_of
from .moments import day_of, file_time_of, minutes_of, minutes_of_file_time

KINDS = (b"text/vcard", b"text/x-vcard", b"text/directory")
CONTACT = "IPM.Contact"

MAX_CARD = 4 * 1024 * 1024
_MAX_TEXT = 1_024
_MAX_NOTE = 64 * 1024
_MAX_CHILDREN = 100
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")
_DATA = re.compile(r"data:image/([a-z+.-]{1,20});base64,(.*)", re.I | re.S)
_PICTURE = "ContactPicture"


# vCard → contact
def read_contact(text: str, message: Message) -> bool:
    """Makes a contact of the message. False, and nothing done: it is not one card."""
    cards = [found for found in parse_components(text[:MAX_CARD]) if found.name == "VCARD"]
    if len(cards) != 1 or cards[0].text("KIND").lower() == "group":
        return False
    card, properties = cards[0], message.properties
    set_value(properties, tags.PidTagMessageClass, CONTACT)
    for row in TEXTS:
        line = card.get(row.name)
        told = [] if line is None else split_value(line.value, ";") if len(row.tags) > 1 else [text_of(line.value)]
        for tag, value in zip(row.tags, told, strict=False):
            if value.strip():
                set_value(properties, tag, _text(value))
    _read_names(properties)
    _read_phones(card, properties)
    _read_addresses(card, properties)
    _read_emails(card, properties)
    _read_rest(card, properties)
    _read_picture(card, message)
    return True


def _text(value: str) -> str:
    return in_lines(value.strip()[:_MAX_TEXT])


def _read_names(properties: Properties) -> None:
    surname = value_of(properties, tags.PidTagSurname) or ""
    given = value_of(properties, tags.PidTagGivenName) or ""
    company = value_of(properties, tags.PidTagCompanyName) or ""
    name = value_of(properties, tags.PidTagDisplayName) or " ".join(filter(None, (given, surname))) or company
    set_value(properties, tags.PidTagDisplayName, name)
    for tag in (tags.PidTagSubject, tags.PidTagNormalizedSubject, tags.PidTagConversationTopic):
        set_value(properties, tag, shorten(name))
    set_value(properties, tags.PidTagSubjectPrefix, "")
    file_under = ", ".join(filter(None, (surname, given))) or name
    set_value(properties, named_tags.PidLidFileUnder, file_under)


def _types(line: Line) -> set[str]:
    return {word.strip().upper() for word in line.params.get("TYPE", "").split(",") if word.strip()}


def _read_phones(card: Component, properties: Properties) -> None:
    for line in [*card.all("TEL"), *card.all("X-MS-TEL")][:50]:
        types = _types(line)
        types |= {f"X-{word}" for word in types} if line.name == "X-MS-TEL" else set()
        number = text_of(line.value).removeprefix("tel:").strip()[:_MAX_TEXT]
        free = (row.tag for row in PHONES if set(row.types) <= types and row.tag.id not in properties)
        tag = next(free, None)
        if tag is not None and number:
            set_value(properties, tag, number)


def _read_addresses(card: Component, properties: Properties) -> None:
    preferred: tuple[bool, Address, list[str]] | None = None
    for line in card.all("ADR")[:20]:
        types = _types(line)
        row = next(row for row in ADDRESSES if not row.kind or row.kind in types)
        pieces = [*split_value(line.value, ";"), *[""] * 7][:7]
        told = [_text(piece) for piece in (pieces[0], *pieces[2:])]
        if row.office is not None and pieces[1].strip():
            set_value(properties, row.office, _text(pieces[1]))
        if value_of(properties, row.whole) is not None:
            continue
        for tag, value in zip(row.tags, told, strict=True):
            if value:
                set_value(properties, tag, value)
        set_value(properties, row.whole, _in_lines(told))
        if preferred is None or ("PREF" in types and not preferred[0]):
            preferred = "PREF" in types, row, told
    if preferred is not None:
        _, row, told = preferred
        for tag, value in zip(PREFERRED, told, strict=True):
            if value:
                set_value(properties, tag, value)
        set_value(properties, tags.PidTagPostalAddress, _in_lines(told))
        set_value(properties, named_tags.PidLidPostalAddressId, row.number)


def _in_lines(address: list[str]) -> str:
    box, street, city, region, code, country = address
    place = " ".join(filter(None, (code, city, region)))
    return "\r\n".join(filter(None, (box, street, place, country)))


def _read_emails(card: Component, properties: Properties) -> None:
    told = [text_of(line.value).removeprefix("mailto:").strip()[:_MAX_TEXT] for line in card.all("EMAIL")]
    addresses = list(dict.fromkeys(address for address in told if "@" in address))[: len(EMAILS)]
    name = value_of(properties, tags.PidTagDisplayName) or ""
    for row, address in zip(EMAILS, addresses, strict=False):
        set_value(properties, row.name, f"{name} ({address})" if name else address)
        set_value(properties, row.address_type, "SMTP")
        set_value(properties, row.address, address)
        set_value(properties, row.original_name, address)
        set_value(properties, row.entry_id, OneOffEntryId(name or address, "SMTP", address).format())
    if addresses:
        set_value(properties, named_tags.PidLidAddressBookProviderEmailList, tuple(range(len(addresses))))
        set_value(properties, named_tags.PidLidAddressBookProviderArrayType, (1 << len(addresses)) - 1)


def _read_rest(card: Component, properties: Properties) -> None:
    for name, tag, local in DAYS:
        found = _DAY.fullmatch(card.text(name).strip() or card.text(f"X-MS-{name}").strip())
        day = None if found is None else _file_time_of_day(found)
        if day is not None:
            set_value(properties, tag, day)
            set_value(properties, local, day)
    for line in card.all("URL")[:5]:
        tag = PAGES["WORK" in _types(line)][1]
        set_value(properties, tag, text_of(line.value).strip()[:_MAX_TEXT])
    note = card.text("NOTE")[:_MAX_NOTE]
    set_value(properties, tags.PidTagBody, in_lines(note))
    set_value(properties, tags.PidTagNativeBody, PLAIN)
    children = tuple(_text(text_of(line.value)) for line in card.all("X-MS-CHILD")[:_MAX_CHILDREN])
    if children:
        set_value(properties, tags.PidTagChildrensNames, children)
    words = [word.strip() for line in card.all("CATEGORIES") for word in split_value(line.value, ",")]
    if any(words):
        set_value(properties, named_tags.PidNameKeywords, tuple(dict.fromkeys(word for word in words if word)))
    set_value(properties, tags.PidTagSensitivity, CLASSES.get(card.text("CLASS").upper(), 0))


def _file_time_of_day(found: re.Match[str]) -> int | None:
    try:
        return file_time_of(max(minutes_of(date(int(found[1]), int(found[2]), int(found[3]))), 0))
    except ValueError:
        return None


def _read_picture(card: Component, message: Message) -> None:
    line = card.get("PHOTO")
    found = None if line is None else _DATA.fullmatch(line.value)
    if line is None or (found is None and line.params.get("ENCODING", "").upper() not in ("B", "BASE64")):
        return
    kind = (found[1] if found else line.params.get("TYPE", "jpeg")).lower()
    kind = kind if re.fullmatch(r"[a-z]{3,5}", kind) else "jpeg"
    data = tolerant_base64((found[2] if found else line.value).encode("ascii", "replace"))
    extension = "jpg" if kind == "jpeg" else kind
    picture = new_attachment(len(message.attachments), data, f"{_PICTURE}.{extension}", f"image/{kind}")
    set_value(picture.properties, tags.PidTagAttachmentContactPhoto, True)
    set_value(message.properties, named_tags.PidLidHasPicture, True)
    message.attachments.append(picture)


# Contact → vCard
def card_of(message: Message, writing: Writing) -> str | None:
    """None: it is no contact."""
    message_class = (value_of(message.properties, tags.PidTagMessageClass) or "").lower()
    if message_class != "ipm.contact" and not message_class.startswith("ipm.contact."):
        return None
    properties = message.properties
    uid = blake2b(writing.seed, digest_size=16).hexdigest()
    lines = [
        Line("VERSION", "3.0"),
        Line("UID", uid),
        *_texts(properties),
        *_phones(properties),
        *_addresses(properties),
        *_emails(properties),
        *_rest(properties),
        *(_photo(attachment) for attachment in message.attachments if is_picture(attachment)),
    ]
    return Component("VCARD", lines).format()


def _texts(properties: Properties) -> Iterator[Line]:
    for row in TEXTS:
        values = [value_of(properties, tag) or "" for tag in row.tags]
        if any(values) or row.name in ("FN", "N"):
            yield Line(row.name, ";".join(map(format_text, values)))


def _phones(properties: Properties) -> Iterator[Line]:
    for row in PHONES:
        number = value_of(properties, row.tag)
        if number and row.types[:1] and row.types[0].startswith("X-"):
            yield Line("X-MS-TEL", format_text(number), {"TYPE": row.types[0][2:]})
        elif number:
            yield Line("TEL", format_text(number), {"TYPE": ",".join(row.types)} if row.types else {})


def _addresses(properties: Properties) -> Iterator[Line]:
    preferred = value_of(properties, named_tags.PidLidPostalAddressId)
    for row in ADDRESSES:
        box, *rest = (format_text(value_of(properties, tag) or "") for tag in row.tags)
        office = "" if row.office is None else format_text(value_of(properties, row.office) or "")
        if box or office or any(rest):
            types = [*([row.kind] if row.kind else []), *(["PREF"] if preferred == row.number else [])]
            yield Line("ADR", ";".join([box, office, *rest]), {"TYPE": ",".join(types)} if types else {})


def _emails(properties: Properties) -> Iterator[Line]:
    for row in EMAILS:
        address = value_of(properties, row.address)
        if address and (value_of(properties, row.address_type) or "SMTP").upper() == "SMTP":
            yield Line("EMAIL", format_text(address), {"TYPE": "INTERNET"})


def _rest(properties: Properties) -> Iterator[Line]:
    for name, tag, _ in DAYS:
        day = value_of(properties, tag)
        if day is not None and (written := _written_day(day)):
            yield Line(name if name == "BDAY" else f"X-MS-{name}", written)
    for kind, tag in PAGES:
        page = value_of(properties, tag)
        if page:
            yield Line("URL", format_text(page), {"TYPE": kind})
    note = (plain_body(properties) or "").strip()
    if note:
        yield Line("NOTE", format_text(note))
    for child in value_of(properties, tags.PidTagChildrensNames) or ():
        yield Line("X-MS-CHILD", format_text(child))
    words = value_of(properties, named_tags.PidNameKeywords)
    if words:
        yield Line("CATEGORIES", ",".join(map(format_text, words)))
    names = {number: name for name, number in CLASSES.items()}
    yield Line("CLASS", names.get(value_of(properties, tags.PidTagSensitivity, 0), "PUBLIC"))


def _written_day(moment: int) -> str | None:
    """A day is kept as the moment at which it began somewhere: near midnight it is the nearer day."""
    try:
        return f"{day_of(minutes_of_file_time(moment) + 720):%Y-%m-%d}"
    except ValueError:
        return None


def is_picture(attachment: Attachment) -> bool:
    return bool(value_of(attachment.properties, tags.PidTagAttachmentContactPhoto))


def _photo(attachment: Attachment) -> Line:
    data = value_of(attachment.properties, tags.PidTagAttachDataBinary) or b""
    extension = (value_of(attachment.properties, tags.PidTagAttachExtension) or ".jpg").lower()
    kind = {".png": "PNG", ".gif": "GIF"}.get(extension, "JPEG")
    return Line("PHOTO", binascii.b2a_base64(data, newline=False).decode("ascii"), {"ENCODING": "b", "TYPE": kind})
