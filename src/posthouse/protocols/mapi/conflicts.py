"""A message in conflict: what was written last, with every version as an attachment – [MS-OXCFXICS] 3.1.5.6.2.1."""

from __future__ import annotations

from collections.abc import Iterable

from . import tags
from .fast_transfer.predecessors import (
    PredecessorChangeList,
    Written,
    Xid,
    parse_predecessors,
    parse_xid,
    predecessors_of,
    written,
)
from .objects import Attachment, Message, Properties, set_value, value_of

EMBEDDED = 5
"""PidTagAttachMethod."""
MOST_VERSIONS = 8


def is_version(part: Attachment) -> bool:
    return part.embedded is not None and bool(value_of(part.properties, tags.PidTagInConflict))


def versions_of(message: Message) -> list[Message]:
    """Those in conflict, the last one at the end; each knows its change and what it contains of others."""
    return [part.embedded for part in message.attachments if part.embedded is not None and is_version(part)]


def without_versions(message: Message) -> Message:
    """As everybody else sees it."""
    return Message(message.properties, message.recipients, [one for one in message.attachments if not is_version(one)])


def version_with(message: Message, modified: int, change: Xid, known: PredecessorChangeList) -> Message:
    properties = dict(message.properties)
    set_value(properties, tags.PidTagLastModificationTime, modified)
    set_value(properties, tags.PidTagChangeKey, change.format())
    set_value(properties, tags.PidTagPredecessorChangeList, known.with_change(change).format())
    return Message(properties, message.recipients, message.attachments)


def without_change(version: Message) -> Message:
    """The message alone."""
    own = tags.PidTagChangeKey.id, tags.PidTagPredecessorChangeList.id
    properties = {key: value for key, value in version.properties.items() if key not in own}
    return Message(properties, version.recipients, version.attachments)


def in_order(versions: Iterable[Message]) -> list[Message]:
    """The one that was written last is the last one; of two that are equal in that, the later given."""
    return sorted(versions, key=_written)


def _written(version: Message) -> Written:
    return written(value_of(version.properties, tags.PidTagLastModificationTime, 0), change_of(version))


def change_of(version: Message) -> Xid:
    return parse_xid(value_of(version.properties, tags.PidTagChangeKey))


def merged(versions: Iterable[Message]) -> PredecessorChangeList:
    """What follows all of them."""
    both = predecessors_of([])
    for version in versions:
        both = both.merge(_contained(version))
    return both


def not_in(later: Message, versions: Iterable[Message]) -> list[Message]:
    """Those that are in conflict with `later`, which may have been made of one of them."""
    return [one for one in versions if not _contained(later).includes(_contained(one))]


def _contained(version: Message) -> PredecessorChangeList:
    return parse_predecessors(value_of(version.properties, tags.PidTagPredecessorChangeList))


def attached(versions: Iterable[Message], first: int) -> list[Attachment]:
    """`first`: the number of the first one."""
    return [Attachment(number, _of_version(version), version) for number, version in enumerate(versions, first)]


def _of_version(version: Message) -> Properties:
    found: Properties = {}
    set_value(found, tags.PidTagAttachMethod, EMBEDDED)
    set_value(found, tags.PidTagInConflict, True)
    set_value(found, tags.PidTagRenderingPosition, -1)
    set_value(found, tags.PidTagDisplayName, value_of(version.properties, tags.PidTagNormalizedSubject, ""))
    return found
