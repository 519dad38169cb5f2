"""Properties of messages that change together – [MS-OXCFXICS] 3.2.5.7, 2.2.2.8.

What changes often and is small is apart from what is large: whoever puts a mark on a message need not bring its
attachments to everybody who keeps a copy. What belongs to no group changes together as well, and only when some of it
goes away the whole message must be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from . import named_tags, tags
from .fast_transfer.structures import GroupProperty, PropertyGroupInfo
from .named_tags import NamedTag
from .objects import Key, key_of
from .property_names import PropertyName
from .property_values import PropertyTag

MAPPING = 1
"""Number of this mapping: another one when `GROUPS` changes, for the numbers of groups are kept."""

MARKS, SUBJECT, BODY, RECIPIENTS, ATTACHMENTS = range(5)
"""Places of groups. Marks are also what flags and keywords tell, and who has made the last change."""
GROUPS: tuple[tuple[PropertyTag | NamedTag, ...], ...] = (
    (
        *(tags.PidTagMessageFlags, tags.PidTagReadReceiptRequested, tags.PidTagNonReceiptNotificationRequested),
        *(tags.PidTagFlagStatus, tags.PidTagFlagCompleteTime, tags.PidTagFollowupIcon, tags.PidTagToDoItemFlags),
        *(tags.PidTagSwappedToDoStore, tags.PidTagSwappedToDoData, tags.PidTagReplyTime, tags.PidTagReplyRequested),
        *(tags.PidTagIconIndex, tags.PidTagLastVerbExecuted, tags.PidTagLastVerbExecutionTime),
        *(tags.PidTagLastModifierName, tags.PidTagLastModifierEntryId, tags.PidTagLocalCommitTime),
        *(tags.PidTagInternetArticleNumber, named_tags.PidNameKeywords, named_tags.PidLidFlagRequest),
        *(named_tags.PidLidFlagString, named_tags.PidLidToDoTitle, named_tags.PidLidToDoOrdinalDate),
        *(named_tags.PidLidToDoSubOrdinal, named_tags.PidLidValidFlagStringProof, named_tags.PidLidTaskStatus),
        *(named_tags.PidLidPercentComplete, named_tags.PidLidTaskStartDate, named_tags.PidLidTaskDueDate),
        *(named_tags.PidLidTaskDateCompleted, named_tags.PidLidTaskComplete, named_tags.PidLidReminderSet),
        *(named_tags.PidLidReminderTime, named_tags.PidLidReminderSignalTime),
    ),
    (tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagConversationTopic),
    (
        *(tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagRtfInSync, tags.PidTagNativeBody),
        tags.PidTagInternetCodepage,
    ),
    (tags.PidTagMessageRecipients, tags.PidTagDisplayTo, tags.PidTagDisplayCc, tags.PidTagDisplayBcc),
    (tags.PidTagMessageAttachments, tags.PidTagHasAttachments),
)
REST = len(GROUPS)
"""Place of what belongs to none of them."""

_PLACES: Mapping[Key, int] = {key_of(tag): place for place, group in enumerate(GROUPS) for tag in group}


def group_of(key: Key) -> int:
    return _PLACES.get(key, REST)


def groups_of(keys: Iterable[Key]) -> frozenset[int]:
    return frozenset(map(group_of, keys))


def property_group_info(id_of: Callable[[PropertyName], int | None]) -> PropertyGroupInfo:
    """`id_of`: the id that a mailbox has given to a name; what has none is on no message there."""
    return PropertyGroupInfo(MAPPING, [[one for tag in group for one in _members(tag, id_of)] for group in GROUPS])


def _members(tag: PropertyTag | NamedTag, id_of: Callable[[PropertyName], int | None]) -> list[GroupProperty]:
    if isinstance(tag, PropertyTag):
        return [GroupProperty(tag)]
    number = id_of(tag.name)
    return [] if number is None else [GroupProperty(PropertyTag(number, tag.type), tag.name)]
