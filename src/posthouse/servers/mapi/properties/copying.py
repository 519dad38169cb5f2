"""From one message to another, or from one attachment to another – [MS-OXCPRPT] 3.2.5.7, 3.2.5.8.

What is copied is only what the handle of the target sees, until it is saved. What is moved is copied: it stays where it
was, as with Exchange since 2013 (R501, R5070502).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Message, Properties, Recipient
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.memory import weight_of, weight_of_attachment, weight_of_message
from posthouse.servers.mapi.messages.attachment import OpenAttachment, copy_attachment, copy_message
from posthouse.servers.mapi.messages.message import OpenMessage
from posthouse.servers.mapi.messages.nesting import require_depth, require_depth_of

from .selection import Selection

RECIPIENTS, ATTACHMENTS = tags.PidTagMessageRecipients.id, tags.PidTagMessageAttachments.id
WITHIN = tags.PidTagAttachDataObject.id
_OWN = frozenset(tag.id for tag in (tags.PidTagCreationTime, tags.PidTagLastModificationTime, tags.PidTagMessageSize))
"""Every object's own, unless a client names them."""


async def copy_to_message(source: OpenMessage, target: OpenMessage, chosen: Selection) -> Mapping[Key, ErrorCode]:
    """What could not be copied of what was named."""
    if any(_is_same(source, above) for above in _messages_around(target)):
        raise RopError(ErrorCode.ecMessageCycle)
    target.require_writable()
    recipients = chosen.takes_part(RECIPIENTS, bool(target.tree.recipients))
    attachments = chosen.takes_part(ATTACHMENTS, bool(target.tree.attachments))
    if attachments:
        require_depth_of(source.tree.attachments, target)
    target.memory.take(_grown(source.tree, target.tree, recipients=recipients, attachments=attachments))
    problems = await _copy_properties(source, source.tree.properties, target, chosen, (RECIPIENTS, ATTACHMENTS))
    if recipients:
        target.tree.recipients[:] = [Recipient(one.row_id, dict(one.properties)) for one in source.tree.recipients]
    if attachments:
        target.tree.attachments[:] = [copy_attachment(one) for one in source.tree.attachments]
    target.changed |= {key for key, taken in ((RECIPIENTS, recipients), (ATTACHMENTS, attachments)) if taken}
    return problems


def _grown(source: Message, target: Message, *, recipients: bool, attachments: bool) -> int:
    """Bytes by which the parts of a message grow."""

    def parts(message: Message) -> int:
        of = message.recipients if recipients else (), message.attachments if attachments else ()
        return sum(weight_of(one.properties) for one in of[0]) + sum(map(weight_of_attachment, of[1]))

    return parts(source) - parts(target)


async def copy_to_attachment(
    source: OpenAttachment, target: OpenAttachment, chosen: Selection
) -> Mapping[Key, ErrorCode]:
    """As `copy_to_message`."""
    if any(_is_same_attachment(source, above) for above in _attachments_around(target)):
        raise RopError(ErrorCode.ecMessageCycle)
    target.require_writable()
    inner = source.attachment.embedded
    takes_within = inner is not None and chosen.takes_part(WITHIN, target.attachment.embedded is not None)
    if takes_within and inner is not None:
        require_depth(target.message, inner)
    problems = await _copy_properties(source, source.attachment.properties, target, chosen, (WITHIN,) if inner else ())
    if takes_within and inner is not None:
        target.memory.take(weight_of_message(inner))
        target.attachment.embedded = copy_message(inner)
    return problems


async def _copy_properties(
    source: PropertyHolder, kept: Properties, target: PropertyHolder, chosen: Selection, parts: tuple[int, ...]
) -> Mapping[Key, ErrorCode]:
    """`parts`: what stands for something else, and is no property here."""
    await source.settle()
    await target.settle()
    if chosen.keys is None:
        found = {key: value for key, value in chosen.of(kept).items() if key not in _OWN}
    else:
        found = {key: value for key, value in chosen.of(await source.read(chosen.keys)).items() if key not in parts}
    missing = {key: ErrorCode.ecNotFound for key in chosen.keys or () if key not in found and key not in parts}
    if not chosen.overwrites:
        there = await target.read(found.keys())
        found = {key: value for key, value in found.items() if key not in there}
    refused = await target.change(found, ())
    return {**missing, **refused} if chosen.keys is not None else {}


def _messages_around(message: OpenMessage) -> Iterator[OpenMessage]:
    for attachment in _attachments_around(message):
        yield attachment.message


def _attachments_around(inner: OpenMessage | OpenAttachment) -> Iterator[OpenAttachment]:
    within = inner.within if isinstance(inner, OpenMessage) else inner.message.within
    while within is not None:
        yield within
        within = within.message.within


def _is_same(one: OpenMessage, other: OpenMessage) -> bool:
    if one.row is None or other.row is None:
        return one is other
    return (one.logon.mailbox.account, one.row.id) == (other.logon.mailbox.account, other.row.id)


def _is_same_attachment(one: OpenAttachment, other: OpenAttachment) -> bool:
    return one is other or (one.attachment.number == other.attachment.number and _is_same(one.message, other.message))
