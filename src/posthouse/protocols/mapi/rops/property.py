"""Operations on properties – [MS-OXCROPS] 2.2.8, [MS-OXCPRPT] 2.2. `named_property.py` has those about names."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import U8, U16, U32, Bool8, Bool16, Counted16, Row, Sized16, Tag, Value
from posthouse.protocols.mapi.structures import Structure, structure

from .base import NULL_DESTINATION, RopRequest, RopResponse, rop


@structure
class PropertyProblem(Structure):
    """[MS-OXCDATA] 2.7."""

    index: U16
    """Of the property, in the request."""
    property_tag: Tag
    error_code: U32


@rop(0x07)
class RopGetPropertiesSpecificRequest(RopRequest):
    """2.2.8.3."""

    property_size_limit: U16
    """Bytes of a value; 0: as many as there is room for."""
    want_unicode: Bool16
    property_tags: Counted16[Tag]


@rop(0x07)
class RopGetPropertiesSpecificResponse(RopResponse):
    row: Row
    """Its columns are those asked for."""


@rop(0x08)
class RopGetPropertiesAllRequest(RopRequest):
    """2.2.8.4."""

    property_size_limit: U16
    want_unicode: Bool16


@rop(0x08)
class RopGetPropertiesAllResponse(RopResponse):
    property_values: Counted16[Value]


@rop(0x09)
class RopGetPropertiesListRequest(RopRequest):
    """2.2.8.5."""


@rop(0x09)
class RopGetPropertiesListResponse(RopResponse):
    property_tags: Counted16[Tag]


@rop(0x0A)
class RopSetPropertiesRequest(RopRequest):
    """2.2.8.6."""

    property_values: Sized16[Counted16[Value]]


@rop(0x0A)
class RopSetPropertiesResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


@rop(0x79)
class RopSetPropertiesNoReplicateRequest(RopRequest):
    """2.2.8.7."""

    property_values: Sized16[Counted16[Value]]


@rop(0x79)
class RopSetPropertiesNoReplicateResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


@rop(0x0B)
class RopDeletePropertiesRequest(RopRequest):
    """2.2.8.8."""

    property_tags: Counted16[Tag]


@rop(0x0B)
class RopDeletePropertiesResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


@rop(0x7A)
class RopDeletePropertiesNoReplicateRequest(RopRequest):
    """2.2.8.9."""

    property_tags: Counted16[Tag]


@rop(0x7A)
class RopDeletePropertiesNoReplicateResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


class CopyFlags(Flags):
    """[MS-OXCPRPT] 2.2.10.1, 2.2.11.1."""

    MOVE = 0x01
    NO_OVERWRITE = 0x02


@rop(0x67)
class RopCopyPropertiesRequest(RopRequest):
    """2.2.8.11. The handle index behind LogonId is that of the source."""

    dest_handle_index: U8
    want_asynchronous: Bool8
    copy_flags: Annotated[CopyFlags, U8]
    property_tags: Counted16[Tag]


@rop(0x67)
class RopCopyPropertiesResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


@rop(0x67, on=NULL_DESTINATION)
class RopCopyPropertiesNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0


@rop(0x39)
class RopCopyToRequest(RopRequest):
    """2.2.8.12. The handle index behind LogonId is that of the source."""

    dest_handle_index: U8
    want_asynchronous: Bool8
    want_sub_objects: Bool8
    copy_flags: Annotated[CopyFlags, U8]
    excluded_tags: Counted16[Tag]


@rop(0x39)
class RopCopyToResponse(RopResponse):
    property_problems: Counted16[PropertyProblem] = ()


@rop(0x39, on=NULL_DESTINATION)
class RopCopyToNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0


@rop(0x50)
class RopProgressRequest(RopRequest):
    """2.2.8.13: how far is what goes on?"""

    want_cancel: Bool8


@rop(0x50)
class RopProgressResponse(RopResponse):
    """Also the response of an operation that goes on."""

    logon_id: U8
    completed_task_count: U32
    total_task_count: U32
