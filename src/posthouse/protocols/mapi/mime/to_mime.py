"""A message as MAPI has it → bytes – [MS-OXCMAIL] 2.1.

    mixed( related( alternative( plain, HTML ), what the HTML shows … ), other attachments … )

For who reads TNEF it is one text, and beside it winmail.dat (`tnef_out`).

The same message and the same seed give the same bytes: parts of what IMAP clients have seen must not move.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from posthouse.message.compose import make_header
from posthouse.message.dates import format_date
from posthouse.message.encode import base64_lines
from posthouse.message.headers import get, header_end

from .. import named_tags, tags
from ..conflicts import without_versions
from ..moments import EPOCH, UNITS
from ..objects import Attachment, Message, Properties, value_of
from ..property_values import PropertyType
from . import entities
from .apple import apple_double
from .attachments import BY_VALUE, EMBEDDED_MESSAGE, shown_by
from .bodies import plain_body, rich_body
from .entities import Entity
from .file_names import made_up_name, safe_name
from .header_kept import kept_fields
from .header_out import Writing, header_of
from .html import declare_utf_8, text_of_html
from .items.contacts import card_of, is_picture
from .items.events_out import Calendar, calendar_of
from .openpgp import encrypted_of
from .receipts import report_of
from .signed import SIGNED
from .tnef_out import with_tnef

MAX_EMBEDDED = 20
"""Messages within each other; deeper ones are left out."""
_REFERENCES = (2, 4, 7)
"""PidTagAttachMethod: only where a file is, is told."""


def to_mime(message: Message, writing: Writing) -> bytes:
    return _write(without_versions(message), writing, 0)


def _write(message: Message, writing: Writing, depth: int) -> bytes:
    content = _secured(message) or report_of(message, writing) or encrypted_of(message, writing.seed)
    if content is None and writing.tnef:
        content = with_tnef(message, _plain(message.properties, rich_body(message.properties)), writing)
    content = content or _content(message, writing, depth)
    fields = [*header_of(message, writing), *content.fields]
    kept = kept_fields(message.properties, {name.lower() for name, _ in fields}) if writing.with_bcc else b""
    return kept + make_header(fields) + b"\r\n" + content.body


# S/MIME – [MS-OXOSMIME] 2.1
def _secured(message: Message) -> Entity | None:
    """What was signed or encrypted goes as it is."""
    properties = message.properties
    message_class = (value_of(properties, tags.PidTagMessageClass) or "").lower()
    if not message_class.startswith("ipm.note.smime") or len(message.attachments) != 1:
        return None
    attached = message.attachments[0].properties
    data = value_of(attached, tags.PidTagAttachDataBinary)
    if not data:
        return None
    kind = (value_of(attached, tags.PidTagAttachMimeTag) or "").lower()
    return _signed(data) if kind == SIGNED else _encrypted(data, properties)


def _signed(data: bytes) -> Entity | None:
    end = header_end(data, 0, len(data))
    content_type = get(data[:end], b"content-type") if end > 0 else None
    if content_type is None or not content_type.lower().startswith(b"multipart/signed"):
        return None
    body = data[end:]
    fields: entities.Fields = [
        ("Content-Type", content_type),
        ("Content-Transfer-Encoding", entities.transparent(body)),
    ]
    return Entity(fields, body if body.endswith(b"\n") else body + b"\r\n")


_CMS = re.compile(r"application/(?:x-)?pkcs7-mime\s*(?:;[ -~]*)?", re.I)


def _encrypted(data: bytes, properties: Properties) -> Entity:
    told = value_of(properties, named_tags.PidNameContentType) or ""
    content_type = told if _CMS.fullmatch(told) else "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    fields: entities.Fields = [
        ("Content-Type", content_type.encode("ascii")),
        ("Content-Transfer-Encoding", b"base64"),
        ("Content-Disposition", b"attachment; filename=smime.p7m"),
    ]
    return Entity(fields, base64_lines(data))


# Bodies
def _content(message: Message, writing: Writing, depth: int) -> Entity:
    document = rich_body(message.properties)
    shown = shown_by(message.attachments, document) if document else []  # an attachment's own word would hide it
    inline = {attachment.number for attachment in shown}
    others = [attachment for attachment in message.attachments if attachment.number not in inline]
    card = card_of(message, writing)
    calendar = calendar_of(message, writing)
    if calendar is not None:
        others = [attachment for attachment in others if not _is_instance(attachment)]
    if card is not None:
        shown, others = [], [attachment for attachment in others if not is_picture(attachment)]
    body = _body(message.properties, document, calendar, writing.seed)
    body = body if card is None else entities.text("text/vcard", card)
    related = entities.multipart("related", [body, *_parts(shown, "inline", writing, depth)], writing.seed)
    files = list(_parts(others, "attachment", writing, depth))
    if related.body or not files:
        files.insert(0, related)
    return entities.multipart("mixed", files, writing.seed)


def _body(properties: Properties, document: str | None, calendar: Calendar | None, seed: bytes) -> Entity:
    """From the least form to the best (RFC 2046 §5.1.4). An item that is nobody's message is its calendar alone."""
    if calendar is not None and not calendar.method:
        return entities.text("text/calendar", calendar.text)
    forms = [_plain(properties, document)]
    if document is not None:
        forms.append(entities.text("text/html", declare_utf_8(document)))
    if calendar is not None:
        method = f"; method={calendar.method}" if calendar.method else ""
        forms.append(entities.text("text/calendar", calendar.text, method))
    return entities.multipart("alternative", forms, seed)


def _plain(properties: Properties, document: str | None) -> Entity:
    own: str | None = value_of(properties, tags.PidTagBody)
    plain = text_of_html(document) if own is None and document is not None else plain_body(properties)
    return entities.text("text/plain", plain or "")


def _is_instance(attachment: Attachment) -> bool:
    """One of a series that is not like the others: it is in the calendar ([MS-OXOCAL] 2.2.10)."""
    inner = attachment.embedded
    message_class = "" if inner is None else value_of(inner.properties, tags.PidTagMessageClass) or ""
    return message_class.startswith("IPM.OLE.CLASS.")


# Attachments
def _parts(attachments: list[Attachment], disposition: str, writing: Writing, depth: int) -> Iterator[Entity]:
    for attachment in attachments:
        part = _part(attachment, disposition, writing, depth)
        if part is not None:
            yield part


def _part(attachment: Attachment, disposition: str, writing: Writing, depth: int) -> Entity | None:
    properties = attachment.properties
    method = value_of(properties, tags.PidTagAttachMethod, BY_VALUE)
    more = list(_described(properties))
    if method == EMBEDDED_MESSAGE:
        if attachment.embedded is None or depth >= MAX_EMBEDDED:
            return None
        seed = b"%b/%d" % (writing.seed, attachment.number)
        inner = _write(attachment.embedded, replace(writing, seed=seed, tnef=False), depth + 1)
        return entities.message(inner, "", more)
    kind = value_of(properties, tags.PidTagAttachMimeTag) or ""
    name = _name(attachment, kind)
    if method in _REFERENCES:
        return _shortcut(properties, name, more)
    data = _data(properties)
    if data is None:
        return None
    if double := apple_double(attachment, name, _dated(disposition, properties), more, writing.seed):
        return double
    charset = value_of(properties, tags.PidTagTextAttachmentCharset) or ""
    charset = charset if kind.lower().startswith("text/") else ""
    return entities.binary(kind, data, name, _dated(disposition, properties), more, charset)


def _name(attachment: Attachment, kind: str) -> str:
    for tag in (tags.PidTagAttachLongFilename, tags.PidTagAttachFilename, tags.PidTagDisplayName):
        name = safe_name(value_of(attachment.properties, tag) or "")
        if name:
            return name
    return made_up_name(attachment.number, kind.lower())


def _data(properties: Properties) -> bytes | None:
    """Of an OLE object too: what is in the property, whichever type it has."""
    typed = properties.get(tags.PidTagAttachDataBinary.id)
    if typed is None or typed.type not in (PropertyType.BINARY, PropertyType.OBJECT):
        return None
    return typed.value if isinstance(typed.value, bytes) else None


def _shortcut(properties: Properties, name: str, more: entities.Fields) -> Entity | None:
    """A small file that leads to where the file is ([MS-OXCMAIL] 2.1.3.4.3)."""
    path = value_of(properties, tags.PidTagAttachLongPathname) or value_of(properties, tags.PidTagAttachPathname) or ""
    path = " ".join(path.split())
    if not path:
        return None
    url = path if re.match(r"[a-z][a-z0-9+.-]+:", path, re.I) else "file:" + path.replace("\\", "/")
    data = f"[InternetShortcut]\r\nURL={url}\r\n".encode()
    return entities.binary("application/internet-shortcut", data, f"{name}.url", "attachment", more)


def _described(properties: Properties) -> Iterator[tuple[str, str | bytes]]:
    cid = re.sub(r"[^!-;=?-~]", "", value_of(properties, tags.PidTagAttachContentId) or "")[:200]
    if cid:
        yield "Content-ID", f"<{cid}>".encode("ascii")
    for field, tag in _FIELDS:
        told = value_of(properties, tag)
        if told:
            yield field, told[:1000]
    described = value_of(properties, tags.PidTagDisplayName)
    if described and described != value_of(properties, tags.PidTagAttachLongFilename):
        yield "Content-Description", described[:250]


_FIELDS = (("Content-Location", tags.PidTagAttachContentLocation), ("Content-Base", tags.PidTagAttachContentBase))
_DATES = (("creation-date", tags.PidTagCreationTime), ("modification-date", tags.PidTagLastModificationTime))


def _dated(disposition: str, properties: Properties) -> str:
    told = ((word, value_of(properties, tag)) for word, tag in _DATES)
    return disposition + "".join(f'; {word}="{format_date(at // UNITS - EPOCH)}"' for word, at in told if at)
