"""Markers and meta-properties of a stream – [MS-OXCFXICS] 2.2.4.1.4, 2.2.4.1.5, 2.2.1.1, 2.2.1.3.

A marker looks like the tag of a property and has no value.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ..property_values import PropertyTag, PropertyType


class Marker(IntEnum):
    """As a little-endian number of 32 bits."""

    NEW_ATTACH = 0x40000003
    START_EMBED = 0x40010003
    END_EMBED = 0x40020003
    START_RECIP = 0x40030003
    END_TO_RECIP = 0x40040003
    START_TOP_FLD = 0x40090003
    START_SUB_FLD = 0x400A0003
    END_FOLDER = 0x400B0003
    START_MESSAGE = 0x400C0003
    END_MESSAGE = 0x400D0003
    END_ATTACH = 0x400E0003
    START_FAI_MSG = 0x40100003
    INCR_SYNC_CHG = 0x40120003
    INCR_SYNC_DEL = 0x40130003
    INCR_SYNC_END = 0x40140003
    INCR_SYNC_MESSAGE = 0x40150003
    FX_ERROR_INFO = 0x40180003
    INCR_SYNC_READ = 0x402F0003
    INCR_SYNC_STATE_BEGIN = 0x403A0003
    INCR_SYNC_STATE_END = 0x403B0003
    INCR_SYNC_PROGRESS_MODE = 0x4074000B
    INCR_SYNC_PROGRESS_PER_MSG = 0x4075000B
    INCR_SYNC_GROUP_INFO = 0x407B0102
    INCR_SYNC_CHG_PARTIAL = 0x407D0003


_INTEGER32, _BINARY = PropertyType.INTEGER32, PropertyType.BINARY

MetaTagDnPrefix: Final = PropertyTag(0x4008, PropertyType.STRING8)
MetaTagEcWarning: Final = PropertyTag(0x400F, _INTEGER32)
MetaTagNewFXFolder: Final = PropertyTag(0x4011, _BINARY)
MetaTagFXDelProp: Final = PropertyTag(0x4016, _INTEGER32)
MetaTagIncrementalSyncMessagePartial: Final = PropertyTag(0x407A, _INTEGER32)
MetaTagIncrSyncGroupId: Final = PropertyTag(0x407C, _INTEGER32)

MetaTagIdsetGiven: Final = PropertyTag(0x4017, _INTEGER32)
"""Of this type in its tag alone: the value is binary (3.1.5.2.1)."""
MetaTagCnsetSeen: Final = PropertyTag(0x6796, _BINARY)
MetaTagCnsetSeenFAI: Final = PropertyTag(0x67DA, _BINARY)
MetaTagCnsetRead: Final = PropertyTag(0x67D2, _BINARY)

MetaTagIdsetDeleted: Final = PropertyTag(0x67E5, _BINARY)
MetaTagIdsetNoLongerInScope: Final = PropertyTag(0x4021, _BINARY)
MetaTagIdsetExpired: Final = PropertyTag(0x6793, _BINARY)
MetaTagIdsetRead: Final = PropertyTag(0x402D, _BINARY)
MetaTagIdsetUnread: Final = PropertyTag(0x402E, _BINARY)

SizeOfMessage: Final = PropertyTag(0x0000, _INTEGER32)
"""Of the element that tells the progress; empty groups of properties have it too."""
IsAssociated: Final = PropertyTag(0x0000, PropertyType.BOOLEAN)
Structure: Final = PropertyTag(0x0000, _BINARY)
"""The one property of some elements: what it holds depends on the element."""

RESERVED = frozenset(
    [marker >> 16 for marker in Marker]
    + [MetaTagDnPrefix.id, MetaTagEcWarning.id, MetaTagNewFXFolder.id, MetaTagFXDelProp.id, MetaTagIdsetGiven.id]
    + [MetaTagIncrementalSyncMessagePartial.id, MetaTagIncrSyncGroupId.id, MetaTagIdsetNoLongerInScope.id]
    + [MetaTagIdsetRead.id, MetaTagIdsetUnread.id]
)
"""Ids that no property of an object can have in a stream."""
