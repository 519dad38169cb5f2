"""A message's preview – RFC 8970 §3: at most 200 characters of its first text, for a list of messages."""

from __future__ import annotations

from posthouse.message.charsets import to_text
from posthouse.message.decode import decode_lenient
from posthouse.message.entity import Entity
from posthouse.message.limits import PREVIEW_LENGTH, PREVIEW_SOURCE
from posthouse.message.markup import strip_markup
from posthouse.message.source import Source

_PLAIN_SOURCE = 320


def make_preview(source: Source, texts: list[Entity]) -> str:
    """Of the first text/plain that is no attachment, or else of the first other text."""
    chosen = _choose(texts)
    if chosen is None:
        return ""
    if chosen.content.kind != b"text/html":
        text = _shown(source, chosen, _PLAIN_SOURCE)
        if len(text) >= PREVIEW_LENGTH or chosen.end - chosen.body_start <= _PLAIN_SOURCE:
            return text[:PREVIEW_LENGTH].rstrip()
    return _shown(source, chosen, PREVIEW_SOURCE)[:PREVIEW_LENGTH].rstrip()


def _shown(source: Source, entity: Entity, span: int) -> str:
    """The text at the beginning, on one line."""
    content = entity.content
    data = source[entity.body_start : min(entity.end, entity.body_start + span)]
    encoding = entity.encoding.name
    if encoding != b"7bit" and encoding != b"8bit":
        data = decode_lenient(data, encoding.decode("ascii"))
    text = to_text(data, content.charset.decode("ascii"))
    if content.kind == b"text/html":
        text = strip_markup(text)
    text = " ".join(text.split())
    return text if text.isprintable() else _printable(text)


def _printable(text: str) -> str:
    return " ".join("".join([char if char.isprintable() else " " for char in text]).split())


def _choose(texts: list[Entity]) -> Entity | None:
    fallback: Entity | None = None
    for entity in texts[:50]:
        if b"attachment" in entity.fields.get(b"content-disposition", b"")[:100].lower():
            continue
        if entity.content.kind == b"text/plain" and entity.end > entity.body_start:
            return entity
        fallback = fallback or entity
    return fallback
