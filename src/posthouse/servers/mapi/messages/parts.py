"""What of a message its content tells: when one of these is changed, the content is made anew – [MS-OXCMAIL] 2.1."""

from __future__ import annotations

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.flags import TOLD_BY_FLAGS
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.property_values import PropertyTag

_TOLD: tuple[PropertyTag, ...] = (
    *(tags.PidTagSubject, tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject),
    *(tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagNativeBody),
    *(tags.PidTagSentRepresentingName, tags.PidTagSentRepresentingEmailAddress, tags.PidTagSentRepresentingEntryId),
    *(tags.PidTagSentRepresentingSmtpAddress, tags.PidTagSentRepresentingAddressType),
    *(tags.PidTagSenderName, tags.PidTagSenderEmailAddress, tags.PidTagSenderEntryId),
    *(tags.PidTagSenderSmtpAddress, tags.PidTagSenderAddressType),
    *(tags.PidTagReplyRecipientEntries, tags.PidTagReplyRecipientNames),
    *(tags.PidTagClientSubmitTime, tags.PidTagInternetMessageId, tags.PidTagInReplyToId),
    *(tags.PidTagInternetReferences, tags.PidTagConversationIndex, tags.PidTagConversationTopic),
    *(tags.PidTagImportance, tags.PidTagSensitivity, tags.PidTagMessageClass),
)
_IDS = frozenset(tag.id for tag in _TOLD)


def is_content(key: Key, *, whole: bool) -> bool:
    """`whole`: the content is made of all that there is, and may tell anything but flags."""
    return key not in TOLD_BY_FLAGS if whole else key in _IDS
