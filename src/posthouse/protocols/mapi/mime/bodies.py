"""The body of a message in the form that is asked for, whichever it has – [MS-OXBBODY] 2, [MS-OXCMSG] 3.2.4.1."""

from __future__ import annotations

import re

from posthouse.message.charsets import to_text
from posthouse.model.refusals import BadSyntax

from .. import tags
from ..code_pages import codec_of
from ..objects import Properties, value_of
from ..rtf_compressed import compress_rtf, decompress_rtf, store_rtf
from .html import MAX_HTML, html_of_text, text_of_html
from .rtf import Within, origin_of, text_within
from .rtf_writer import rtf_of_html, rtf_of_text

PLAIN, RTF, HTML = 1, 2, 3
"""PidTagNativeBody ([MS-OXCMSG] 2.2.1.58.2)."""
MAX_COMPRESSED = 64 * 1024
"""Bytes of RTF that are compressed; more is stored."""
MAX_READ = 8 * 1024 * 1024
"""Bytes of RTF that are looked into."""

_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([-\w:.]{1,40})", re.I)
_HEAD = 8_192


def native_body(properties: Properties) -> int:
    """Which form is the original; 0: there is none. What the message says of itself counts when it has that form."""
    held = [form for form, tag in _FORMS.items() if value_of(properties, tag) is not None]
    told = value_of(properties, tags.PidTagNativeBody, 0)
    if told in held:
        return int(told)
    if RTF in held and HTML not in held and PLAIN in held and not value_of(properties, tags.PidTagRtfInSync, True):
        return PLAIN  # the text was changed by somebody who knows no RTF ([MS-OXBBODY] 2.1.3)
    return max(held, key=(PLAIN, RTF, HTML).index, default=0)


_FORMS = {PLAIN: tags.PidTagBody, RTF: tags.PidTagRtfCompressed, HTML: tags.PidTagHtml}


def plain_body(properties: Properties) -> str | None:
    """PidTagBody; None: the message has no body."""
    text: str | None = value_of(properties, tags.PidTagBody)
    if text is not None:
        return text
    document = _own_html(properties)
    if document is not None:
        return text_of_html(document)
    found = _within(properties)
    return None if found is None else text_of_html(found[1]) if found[0] is Within.HTML else found[1]


def rich_body(properties: Properties) -> str | None:
    """HTML, when the message has it as such or within RTF."""
    native = native_body(properties)
    if native == HTML:
        return _own_html(properties)
    found = _within(properties) if native == RTF else None
    return found[1] if found and found[0] is Within.HTML else None


def html_body(properties: Properties) -> str | None:
    """PidTagHtml as text; `html_bytes` is what the property holds."""
    native = native_body(properties)
    document = _own_html(properties) if native in (HTML, 0) else None
    if document is None and native == RTF and (found := _within(properties)):
        return found[1] if found[0] is Within.HTML else html_of_text(found[1])
    if document is None:
        text: str | None = value_of(properties, tags.PidTagBody)
        return None if text is None else html_of_text(text)
    return document


def html_bytes(properties: Properties) -> bytes | None:
    """PidTagHtml: what the message has, in its own character set, or else UTF-8."""
    own: bytes | None = value_of(properties, tags.PidTagHtml)
    if own is not None:
        return own
    document = html_body(properties)
    return None if document is None else document.encode("utf-8", "replace")


def rtf_body(properties: Properties) -> bytes | None:
    """PidTagRtfCompressed: as a client wrote it, or made of what there is."""
    own: bytes | None = value_of(properties, tags.PidTagRtfCompressed)
    if own is not None:
        return own
    document = _own_html(properties)
    text: str | None = value_of(properties, tags.PidTagBody)
    if document is None and text is None:
        return None
    if document is None or len(document) > MAX_HTML:
        rtf = rtf_of_text(text_of_html(document or "") if text is None else text)
    else:
        rtf = rtf_of_html(document)
    return compress_rtf(rtf) if len(rtf) <= MAX_COMPRESSED else store_rtf(rtf)


def _own_html(properties: Properties) -> str | None:
    """In the character set that the message tells, for what the document itself tells is often out of date."""
    data: bytes | None = value_of(properties, tags.PidTagHtml)
    if data is None:
        return None
    codec = codec_of(value_of(properties, tags.PidTagInternetCodepage, 0))
    if codec is None:
        found = _CHARSET.search(data, 0, _HEAD)
        return to_text(data, found[1].decode("ascii", "replace").lower() if found else "")
    return data.decode(codec, "replace").removeprefix("\ufeff")


def _within(properties: Properties) -> tuple[Within, str] | None:
    """What RTF was made of, and that. None: there is no RTF that could be read."""
    data: bytes | None = value_of(properties, tags.PidTagRtfCompressed)
    if data is None:
        return None
    try:
        rtf = decompress_rtf(data, MAX_READ)
        return origin_of(rtf), text_within(rtf)
    except BadSyntax:
        return None
