"""Properties that rules set on messages – [MS-OXORULE] 2.2.5.1.2.6."""

from __future__ import annotations

from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.subjects import split_subject
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType, TaggedValue

from .people import text_of

_PARTS = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject
_OF_SUBJECTS = frozenset(tag.id for tag in (*_PARTS, tags.PidTagSubject))


def tag(tagged: Properties, message: Properties, key: Key, value: TaggedValue) -> None:
    """`tagged`: what rules have set so far; `message`: what it has come with."""
    tagged[key] = _in_unicode(value)
    if key in _OF_SUBJECTS:
        tagged |= _subject(message | tagged, key)


def _subject(properties: Properties, key: Key) -> Properties:
    """All that a message and its row in a table tell of a subject, when `key` of it is another now."""
    prefix, rest = (str(value_of(properties, tag, "")) for tag in _PARTS)
    if key == tags.PidTagSubject.id:
        prefix, rest = split_subject(str(value_of(properties, tags.PidTagSubject, "")))
    found: Properties = {}
    for tag, text in zip((*_PARTS, tags.PidTagSubject), (prefix, rest, prefix + rest), strict=True):
        set_value(found, tag, text)
    return found


def _in_unicode(value: TaggedValue) -> Typed:
    kind, found = value.tag.type, value.value
    if kind & ~MULTIPLE != PropertyType.STRING8:
        return Typed(kind, found)
    texts: Any = tuple(map(text_of, found)) if isinstance(found, tuple) else text_of(found)
    return Typed(PropertyType.STRING | kind & MULTIPLE, texts)
