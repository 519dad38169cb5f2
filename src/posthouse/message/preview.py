"""A message's preview – RFC 8970 §3: at most 200 characters of its first text, for a list of messages."""

from __future__ import annotations

import re

from posthouse.message.charsets import to_text
from posthouse.message.decode import decode_lenient
from posthouse.message.entity import Entity
from posthouse.message.limits import PREVIEW_LENGTH, PREVIEW_SOURCE
from posthouse.message.markup import strip_markup
from posthouse.message.params import param
from posthouse.message.source import Source

_PLAIN_SOURCE = 2048
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f\ufeff\u200b-\u200f\u2028-\u202e\ufffe\uffff\ud800-\udfff]+")


def make_preview(source: Source, texts: list[Entity]) -> str:
    """Of the first text/plain that is no attachment, or else of the first other text."""
    chosen = _choose(texts)
    if chosen is None:
        return ""
    is_html = chosen.media[1].lower() == b"html"
    span = PREVIEW_SOURCE if is_html else _PLAIN_SOURCE
    data = source[chosen.body_start : min(chosen.end, chosen.body_start + span)]
    encoding = chosen.encoding
    if encoding not in (b"7bit", b"8bit"):
        data = decode_lenient(data, encoding.decode("ascii").lower())
    charset = param(chosen.params, b"charset")
    text = to_text(data, "" if charset is None else charset.decode("ascii", "replace").lower())
    if is_html:
        text = strip_markup(text)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    return " ".join(text.split())[:PREVIEW_LENGTH].rstrip()


def _choose(texts: list[Entity]) -> Entity | None:
    fallback: Entity | None = None
    for entity in texts[:50]:
        if b"attachment" in entity.fields.get(b"content-disposition", b"")[:100].lower():
            continue
        if entity.media[1].lower() == b"plain" and entity.end > entity.body_start:
            return entity
        fallback = fallback or entity
    return fallback
