"""Operations that find a place in a table – [MS-OXCROPS] 2.2.5.9 to 2.2.5.11, 2.2.5.14.

Bookmarks are bytes that the server made.
"""

from __future__ import annotations

from posthouse.protocols.mapi.fields import I32, U32, Bool8, Bytes16

from .base import RopRequest, RopResponse, rop


@rop(0x19)
class RopSeekRowBookmarkRequest(RopRequest):
    """2.2.5.9."""

    bookmark: Bytes16
    row_count: I32
    want_row_moved_count: Bool8


@rop(0x19)
class RopSeekRowBookmarkResponse(RopResponse):
    row_no_longer_visible: Bool8
    has_sought_less: Bool8
    rows_sought: I32


@rop(0x1A)
class RopSeekRowFractionalRequest(RopRequest):
    """2.2.5.10."""

    numerator: U32
    denominator: U32


@rop(0x1A)
class RopSeekRowFractionalResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x1B)
class RopCreateBookmarkRequest(RopRequest):
    """2.2.5.11."""


@rop(0x1B)
class RopCreateBookmarkResponse(RopResponse):
    bookmark: Bytes16


@rop(0x89)
class RopFreeBookmarkRequest(RopRequest):
    """2.2.5.14."""

    bookmark: Bytes16


@rop(0x89)
class RopFreeBookmarkResponse(RopResponse):
    """Nothing but the prefix."""
