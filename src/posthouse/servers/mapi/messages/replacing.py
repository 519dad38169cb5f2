"""A whole version of a message in place of the one before – [MS-OXCFXICS] 3.2.5.9.4.2.

Clients bring all of a message, also when they have only put a mark on it. As long as what its content tells is the
same, the content stays, with all that a message in other forms would lose: headers, signatures, the UID.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.conflicts import without_versions
from posthouse.protocols.mapi.mime.bodies import native_body
from posthouse.protocols.mapi.objects import Attachment, Message, Properties, Recipient, set_value, value_of

from . import attachment
from .message import ATTACHMENTS, BODIES, RECIPIENTS, OpenMessage
from .properties import COMPUTED
from .reading import ReadMessage

_OURS = (tags.PidTagCreationTime, tags.PidTagSearchKey, tags.PidTagMessageStatus)
"""Of the version before, unless the client brings others."""
_BODIES = frozenset(tag.id for tag in (*BODIES, tags.PidTagNativeBody))
_TIMES = frozenset(tag.id for tag in (tags.PidTagCreationTime, tags.PidTagLastModificationTime))
"""Of attachments, in no content."""
_OF_SUBJECT = (tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject)
_NATIVE = {1: tags.PidTagBody, 2: tags.PidTagRtfCompressed, 3: tags.PidTagHtml}


def emptied(initial: Properties, before: Message | None) -> Message:
    """For a client that will bring all of it: without what it sets (R2229). What is new begins as with
    RopCreateMessage."""
    found = dict(initial)
    del found[tags.PidTagMessageSize.id]
    if before is not None:
        set_value(found, tags.PidTagMessageFlags, 0)
    for tag in _OURS if before is not None else ():
        assert before is not None
        if tag.id in before.properties:
            found[tag.id] = before.properties[tag.id]
    return Message(found)


def take_over(message: OpenMessage, before: ReadMessage) -> None:
    """What the client has brought follows `before`: what of it is new?"""
    old, new = without_versions(before.tree), message.tree
    _complete(old.properties, new.properties)
    keys = old.properties.keys() | new.properties.keys()
    changed = {key for key in keys if old.properties.get(key) != new.properties.get(key)}
    message.read_from = ReadMessage(new, before.changes, before.keys, attachments=before.attachments)
    if list(map(_recipient, old.recipients)) != list(map(_recipient, new.recipients)):
        changed.add(RECIPIENTS)
    if _attachments(old.attachments) != _attachments(new.attachments):
        changed.add(ATTACHMENTS)
    message.changed = changed


def _complete(old: Properties, new: Properties) -> None:
    """What a client leaves out because it was never sent, or follows from what was."""
    native = _NATIVE.get(native_body(old))
    same_body = native is not None and new.get(native.id) == old.get(native.id)
    if all(old.get(tag.id) == new.get(tag.id) for tag in _OF_SUBJECT) and tags.PidTagSubject.id in old:
        new[tags.PidTagSubject.id] = old[tags.PidTagSubject.id]
    for key in old.keys() - new.keys():
        if key in COMPUTED or key == tags.PidTagMessageSize.id or (same_body and key in _BODIES):
            new[key] = old[key]


def _recipient(one: Recipient) -> tuple[Any, ...]:
    wanted = (tags.PidTagRecipientType, tags.PidTagDisplayName, tags.PidTagSmtpAddress, tags.PidTagEmailAddress)
    return tuple(value_of(one.properties, tag) for tag in wanted)


def _attachments(parts: Sequence[Attachment]) -> list[Any]:
    without = _TIMES | attachment.COMPUTED
    return [({key: one.properties[key] for key in one.properties.keys() - without}, one.embedded) for one in parts]
