"""Flags and keywords of IMAP as properties, and back – [MS-OXOFLAG] 2.2.1, [MS-OXCMSG] 2.2.1.6, [MS-OXOMSG] 2.2.1.39.

The flags are what the store says; properties that clients have kept give them their details. A category is a keyword
in which underscores stand for what an atom cannot have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from posthouse.model.flags import Flag, Flags

from .. import named_tags, tags
from ..objects import Key, Properties, key_of, set_value, value_of
from ..property_rows import Typed

READ, UNSENT, FROM_ME, INTERNET = 0x1, 0x8, 0x20, 0x2000
"""PidTagMessageFlags."""
_OWN, _INTERNET = int(Flag.OWN), int(Flag.INTERNET)
COMPLETE, FLAGGED = 1, 2
"""PidTagFlagStatus."""
REPLIED, REPLIED_TO_ALL, FORWARDED = 102, 103, 104
"""PidTagLastVerbExecuted."""
_RED = 6
_ICONS = {REPLIED: 0x105, REPLIED_TO_ALL: 0x105, FORWARDED: 0x106}
_SEEN, _DRAFT, _FLAGGED, _MDN_SENT = map(int, (Flag.SEEN, Flag.DRAFT, Flag.FLAGGED, Flag.MDN_SENT))
_VERBS = {int(Flag.ANSWERED): (REPLIED, REPLIED_TO_ALL), int(Flag.FORWARDED): (FORWARDED,)}
TOLD = Flag.SEEN | Flag.FLAGGED | Flag.ANSWERED | Flag.FORWARDED | Flag.DRAFT
"""Flags that properties tell; of others they know nothing."""

_FOLLOW_UP: frozenset[Key] = frozenset(
    key_of(tag)
    for tag in (
        *(tags.PidTagFlagStatus, tags.PidTagFollowupIcon, tags.PidTagToDoItemFlags),
        *(named_tags.PidLidFlagRequest, named_tags.PidLidToDoTitle, named_tags.PidLidTaskStatus),
        *(named_tags.PidLidPercentComplete, named_tags.PidLidTaskComplete, named_tags.PidLidValidFlagStringProof),
    )
)
TOLD_BY_FLAGS: frozenset[Key] = _FOLLOW_UP | {
    key_of(tag)
    for tag in (
        *(tags.PidTagMessageFlags, tags.PidTagIconIndex, named_tags.PidNameKeywords),
        *(tags.PidTagLastVerbExecuted, tags.PidTagLastVerbExecutionTime),
    )
}
"""Properties that no content tells."""
_NOT_IN_ATOMS = re.compile(r"[^!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|~]")
MAX_KEYWORD = 100


def with_flags(properties: Properties, flags: Flags) -> None:
    """Make `properties`, a message's, say what its flags say."""
    bits = int(flags.system)
    _follow_up(properties, bool(bits & _FLAGGED))
    _verb(properties, bits)
    _categories(properties, flags.keywords)
    told = value_of(properties, tags.PidTagMessageFlags, 0) & ~(READ | UNSENT)
    told |= (READ if bits & _SEEN else 0) | (UNSENT if bits & _DRAFT else 0)
    set_value(properties, tags.PidTagMessageFlags, told)
    if bits & _MDN_SENT:
        set_value(properties, tags.PidTagReadReceiptRequested, False)
        set_value(properties, tags.PidTagNonReceiptNotificationRequested, False)


def _follow_up(properties: Properties, flagged: bool) -> None:
    status = value_of(properties, tags.PidTagFlagStatus)
    if not flagged and status == FLAGGED:
        for key in _FOLLOW_UP:
            properties.pop(key, None)
    if not flagged or status == FLAGGED:
        return
    set_value(properties, tags.PidTagFlagStatus, FLAGGED)
    set_value(properties, tags.PidTagFollowupIcon, _RED)
    set_value(properties, tags.PidTagToDoItemFlags, 8)
    set_value(properties, named_tags.PidLidFlagRequest, "Follow up")
    set_value(properties, named_tags.PidLidTaskStatus, 0)
    set_value(properties, named_tags.PidLidPercentComplete, 0.0)
    set_value(properties, named_tags.PidLidTaskComplete, False)
    for tag, source in (
        (named_tags.PidLidToDoTitle, tags.PidTagNormalizedSubject),
        (named_tags.PidLidValidFlagStringProof, tags.PidTagMessageDeliveryTime),
    ):
        value = value_of(properties, source)
        if value is not None:
            set_value(properties, tag, value)


def _verb(properties: Properties, bits: int) -> None:
    """One icon: of what was done last, as far as anybody knows."""
    known = value_of(properties, tags.PidTagLastVerbExecuted)
    verbs = [verb for flag, choices in _VERBS.items() if bits & flag for verb in choices]
    if known in verbs:
        return
    if not verbs:
        if known in _ICONS:
            for tag in (tags.PidTagLastVerbExecuted, tags.PidTagLastVerbExecutionTime, tags.PidTagIconIndex):
                properties.pop(tag.id, None)
        return
    set_value(properties, tags.PidTagLastVerbExecuted, verbs[0])
    set_value(properties, tags.PidTagIconIndex, _ICONS[verbs[0]])


def _categories(properties: Properties, keywords: frozenset[str]) -> None:
    key = named_tags.PidNameKeywords.name
    known = {keyword_of(one).lower(): one for one in value_of(properties, named_tags.PidNameKeywords, ())}
    found = sorted(known.get(keyword.lower(), keyword) for keyword in keywords)
    if found:
        properties[key] = Typed(named_tags.PidNameKeywords.type, tuple(found))
    else:
        properties.pop(key, None)


def origin_of(bits: int) -> int:
    """Of flags, those of PidTagMessageFlags: its owner has sent it to themselves, or a stranger has brought it."""
    return (FROM_ME if bits & _OWN else 0) | (INTERNET if bits & _INTERNET else 0)


def flags_of(properties: Properties) -> Flags:
    """What the properties of a message tell of its flags: none but those in `TOLD`."""
    bits = Flag(0)
    told = value_of(properties, tags.PidTagMessageFlags, 0)
    verb = value_of(properties, tags.PidTagLastVerbExecuted)
    for says, flag in (
        (told & READ, Flag.SEEN),
        (told & UNSENT, Flag.DRAFT),
        (value_of(properties, tags.PidTagFlagStatus) == FLAGGED, Flag.FLAGGED),
        (verb in (REPLIED, REPLIED_TO_ALL), Flag.ANSWERED),
        (verb == FORWARDED, Flag.FORWARDED),
    ):
        bits |= flag if says else Flag(0)
    return Flags(bits, keywords_of(value_of(properties, named_tags.PidNameKeywords, ())))


def keywords_of(categories: Iterable[str]) -> frozenset[str]:
    found: dict[str, str] = {}
    for category in categories:
        keyword = keyword_of(category)
        if keyword:
            found.setdefault(keyword.lower(), keyword)
    return frozenset(found.values())


def keyword_of(category: str) -> str:
    """RFC 9051 §9: flag-keyword is an atom."""
    return _NOT_IN_ATOMS.sub("_", category)[:MAX_KEYWORD]
