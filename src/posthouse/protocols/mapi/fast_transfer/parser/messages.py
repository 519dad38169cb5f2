"""Messages and what is in them – [MS-OXCFXICS] 2.2.4.2.

    message           = ( StartMessage / StartFAIMsg ) messageContent EndMessage
    messageContent    = [MetaTagDnPrefix] propList messageChildren
    messageChildren   = [ MetaTagFXDelProp ] [ *recipient ] [ MetaTagFXDelProp ] [ *attachment ]
    messageList       = *( [MetaTagDnPrefix] [MetaTagEcWarning] [message] )
    recipient         = StartRecip propList EndToRecip
    attachment        = NewAttach PidTagAttachNumber attachmentContent EndAttach
    attachmentContent = [MetaTagDnPrefix] propList [embeddedMessage]
    embeddedMessage   = StartEmbed messageContent EndEmbed

Children are taken in any order. An object is told with the marker at its end, not with what follows.
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax

from ...objects import Attachment, Message, Recipient
from ...property_rows import Typed
from ...tags import PidTagAttachNumber, PidTagRowid
from ..lexer import Property
from ..markers import Marker, MetaTagEcWarning, MetaTagFXDelProp
from .events import Deleted, Embedded, Event, ListedRead, Warned
from .source import OBJECT_COST, Production, Quiet, Recover, Source, error_info, is_kept

_DEPTH_MAX = 32
"""Messages within messages."""


def message_content(source: Source, depth: int = 0) -> Production[None]:
    """Each property and child is told as soon as it is whole."""
    yield from _properties(source)
    yield from message_children(source, depth)


def message_children(source: Source, depth: int) -> Production[None]:
    while True:
        if source.is_meta(MetaTagFXDelProp):
            yield deleted((yield from source.number(MetaTagFXDelProp)))
        elif source.token is Marker.START_RECIP:
            yield (yield from _recipient(source))
            yield None
        elif source.token is Marker.NEW_ATTACH:
            yield (yield from _attachment(source, depth))
            yield None
        else:
            return


def whole_message(source: Source, deleted: set[int], depth: int = 0) -> Quiet[Message]:
    """messageContent as a value; `deleted` gets the lists that were announced."""
    source.budget.spend(OBJECT_COST)
    message = Message()
    for event in message_content(source, depth):
        if event is None:
            yield None
        elif isinstance(event, Deleted):
            deleted.add(event.subobjects)
        else:
            apply_to(message, event)
    return message


def apply_to(message: Message, event: Event) -> None:
    """What a message_content tells, except Deleted."""
    if isinstance(event, Property):
        message.properties[event.key] = Typed(event.tag.type, event.value)
    elif isinstance(event, Recipient):
        message.recipients.append(event)
    elif isinstance(event, Attachment):
        message.attachments.append(event)


def attachment_content(source: Source) -> Production[None]:
    yield from _properties(source)
    if source.token is Marker.START_EMBED:
        yield Embedded((yield from _embedded(source, 0)))
        yield None


def message_list(source: Source) -> Production[None]:
    """Goes on behind an errorInfo."""
    while True:
        try:
            event = yield from _listed(source)
        except Recover:
            event = None
        if source.token is Marker.FX_ERROR_INFO and event is None:
            event = yield from error_info(source)
        if event is None:
            return
        yield event
        if isinstance(event, ListedRead):
            yield None
        source.budget.renew()


def deleted(tag: int) -> Deleted:
    """From the tag of the subobjects."""
    return Deleted(tag >> 16 & 0xFFFF)


def _listed(source: Source) -> Quiet[Event | None]:
    if source.is_meta(MetaTagEcWarning):
        return Warned((yield from source.number(MetaTagEcWarning)))
    if source.token not in (Marker.START_MESSAGE, Marker.START_FAI_MSG):
        return None
    associated = source.token is Marker.START_FAI_MSG
    yield None
    message = yield from whole_message(source, set())
    source.require(Marker.END_MESSAGE)
    return ListedRead(message, associated)


def _properties(source: Source) -> Production[None]:
    while (token := source.property()) is not None:
        if is_kept(token):
            yield token
        yield None


def _recipient(source: Source) -> Quiet[Recipient]:
    source.budget.spend(OBJECT_COST)
    yield None
    row = yield from source.number(PidTagRowid)
    properties = yield from source.prop_list()
    source.require(Marker.END_TO_RECIP)
    return Recipient(row, properties)


def _attachment(source: Source, depth: int) -> Quiet[Attachment]:
    source.budget.spend(OBJECT_COST)
    yield None
    number = yield from source.number(PidTagAttachNumber)
    properties = yield from source.prop_list()
    embedded = None
    if source.token is Marker.START_EMBED:
        embedded = yield from _embedded(source, depth + 1)
        yield None
    source.require(Marker.END_ATTACH)
    return Attachment(number, properties, embedded)


def _embedded(source: Source, depth: int) -> Quiet[Message]:
    if depth > _DEPTH_MAX:
        raise BadSyntax("messages less deep within messages")
    yield None
    message = yield from whole_message(source, set(), depth)
    source.require(Marker.END_EMBED)
    return message
