"""Responses that stand for others – [MS-OXCROPS] 2.2.14.3, 2.2.15."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.fields import U8, U16, U32, Bytes16, Counted8, Rest
from posthouse.protocols.mapi.structures import Fixed, Structure, structure

from .base import unasked


@unasked(0xFF)
class RopBufferTooSmall(Structure):
    """2.2.15.1: there is no room for more; what was not done is sent back (R4447)."""

    size_needed: Annotated[int, Fixed("H", encode=lambda size: min(size, 0xFFFF))]
    """More cannot be said than 65,535."""
    request_buffers: Rest


@unasked(0x6E)
class RopPending(Structure):
    """2.2.14.3: there are more notifications than fit."""

    session_index: U16


@structure
class BackoffRop(Structure):
    """2.2.15.2.1.1."""

    rop_id_backoff: U8
    duration: U32
    """Milliseconds."""


@unasked(0xF9)
class RopBackoff(Structure):
    """2.2.15.2: the client is asked to come back later, with every operation of the logon (R4515) or with some."""

    logon_id: U8
    duration: U32
    """Milliseconds."""
    backoff_rops: Counted8[BackoffRop] = ()
    additional_data: Bytes16 = b""
