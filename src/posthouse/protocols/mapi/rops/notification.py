"""Notifications – [MS-OXCROPS] 2.2.14, [MS-OXCNOTIF] 2.2.1. RopPending is in `transport.py`."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import When
from posthouse.protocols.mapi.fields import FID, MID, U8, U16, U32, Bool8
from posthouse.protocols.mapi.structures import Codec, Structure

from .base import RopRequest, RopResponse, rop, unasked
from .notification_data import NotificationData, NotificationFlags, read_notification_data


def _is_extended(rop: RopRegisterNotificationRequest) -> bool:
    return NotificationFlags.EXTENDED in rop.notification_types


def _is_scoped(rop: RopRegisterNotificationRequest) -> bool:
    return not rop.want_whole_store


@rop(0x29)
class RopRegisterNotificationRequest(RopRequest):
    """2.2.14.1."""

    output_handle_index: U8
    notification_types: Annotated[NotificationFlags, U16]
    reserved: Annotated[U8 | None, When(_is_extended)]
    want_whole_store: Bool8
    folder_id: Annotated[FID | None, When(_is_scoped)] = None
    message_id: Annotated[MID | None, When(_is_scoped)] = None
    """All zeros: it is about the folder."""


@rop(0x29)
class RopRegisterNotificationResponse(RopResponse):
    """Nothing but the prefix."""


_DATA = Codec(2, lambda reader, _: read_notification_data(reader), lambda data: data.format())


@unasked(0x2A)
class RopNotify(Structure):
    """2.2.14.2."""

    notification_handle: U32
    """Of the subscription, or of the table."""
    logon_id: U8
    notification_data: Annotated[NotificationData, _DATA]
