"""A subject that a client sets is a prefix and the rest – [MS-OXCMSG] 3.2.5.2, 2.2.1.9, 2.2.1.10."""

from __future__ import annotations

from collections.abc import Collection

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.subjects import shorten, split_subject
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of


def put_subject(properties: Properties, new: Properties) -> None:
    """Take PidTagSubject apart in `new`; a prefix that is told beside it is where it is parted."""
    subject = value_of(new, tags.PidTagSubject)
    if subject is None:
        _shorten(properties, new)
        return
    del new[tags.PidTagSubject.id]
    told = value_of(new, tags.PidTagSubjectPrefix)
    if told and subject.startswith(told):
        prefix, rest = told, subject[len(told) :]
    else:
        prefix, rest = split_subject(subject)
    set_value(new, tags.PidTagSubjectPrefix, prefix)
    set_value(new, tags.PidTagNormalizedSubject, rest)
    properties.pop(tags.PidTagSubject.id, None)


def _shorten(properties: Properties, new: Properties) -> None:
    """Parts that were set by themselves: together they are no longer than a subject may be (R60, R66)."""
    parts = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject
    if not any(part.id in new for part in parts):
        return
    both = properties | new
    prefix, rest = (str(value_of(both, part, "")) for part in parts)
    subject = shorten(prefix + rest)
    if subject != prefix + rest:
        for part, text in zip(parts, (subject[: len(prefix)], subject[len(prefix) :]), strict=True):
            set_value(new, part, text)


def with_parts(gone: Collection[Key]) -> set[Key]:
    """Whose subject goes, has no parts of one either."""
    if tags.PidTagSubject.id not in gone:
        return set(gone)
    return {*gone, tags.PidTagSubjectPrefix.id, tags.PidTagNormalizedSubject.id}
