"""A message as it came, with another subject or importance: those fields are made anew, every other byte stays.

Who has carried it, what was signed, how it was put together: none of that is written again from properties.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from posthouse.message.compose import make_header
from posthouse.message.headers import header_end
from posthouse.message.repair import remove_fields

from .. import tags
from ..objects import Key, Message
from ..property_values import PropertyTag
from .header_out import Writing, header_of

_SUBJECT = ("subject", "thread-topic")
_FIELDS: Mapping[PropertyTag, tuple[str, ...]] = {
    tags.PidTagSubject: _SUBJECT,
    tags.PidTagSubjectPrefix: _SUBJECT,
    tags.PidTagNormalizedSubject: _SUBJECT,
    tags.PidTagConversationTopic: ("thread-topic",),
    tags.PidTagImportance: ("importance", "x-priority", "x-msmail-priority"),
    tags.PidTagSensitivity: ("sensitivity",),
}
IN_HEADER: frozenset[Key] = frozenset(tag.id for tag in _FIELDS)
"""Properties that stand in a field of their own, and nowhere else in a content."""


def with_fields(data: bytes, message: Message, changed: Collection[Key], writing: Writing) -> bytes | None:
    """`changed`: of the properties that stand in fields. None when it has no header that ends somewhere."""
    names = {name for tag, found in _FIELDS.items() if tag.id in changed for name in found}
    rest = remove_fields(data, frozenset(name.encode() for name in names))
    end = header_end(rest, 0, len(rest))
    if end < 0 or rest[:1] in b" \t":
        return None
    begin = end - (2 if rest[end - 2 : end] == b"\r\n" else 1)
    new = make_header([(name, value) for name, value in header_of(message, writing) if name.lower() in names])
    return rest[:begin] + new + rest[begin:]
