"""Operations about names of properties – [MS-OXCROPS] 2.2.8.1, 2.2.8.2, 2.2.8.10."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.compositions import CountedBy
from posthouse.protocols.mapi.enumerations import Flags
from posthouse.protocols.mapi.fields import U8, U16, Counted16, Guid, Maybe, Name
from posthouse.protocols.mapi.structures import count_of

from .base import RopRequest, RopResponse, rop


class PropertyIdsFlags(Flags):
    """[MS-OXCPRPT] 2.2.12.1."""

    CREATE = 0x02


@rop(0x56)
class RopGetPropertyIdsFromNamesRequest(RopRequest):
    """2.2.8.1."""

    flags: Annotated[PropertyIdsFlags, U8]
    property_names: Counted16[Name]


@rop(0x56)
class RopGetPropertyIdsFromNamesResponse(RopResponse):
    property_ids: Counted16[U16]
    """0: there is none."""


@rop(0x55)
class RopGetNamesFromPropertyIdsRequest(RopRequest):
    """2.2.8.2."""

    property_ids: Counted16[U16]


@rop(0x55)
class RopGetNamesFromPropertyIdsResponse(RopResponse):
    property_names: Counted16[Name]


class QueryFlags(Flags):
    """[MS-OXCPRPT] 2.2.9.1."""

    NO_STRINGS = 0x01
    NO_IDS = 0x02


@rop(0x5F)
class RopQueryNamedPropertiesRequest(RopRequest):
    """2.2.8.10."""

    query_flags: Annotated[QueryFlags, U8]
    property_guid: Maybe[Guid] = None
    """HasGuid, and it."""


@rop(0x5F)
class RopQueryNamedPropertiesResponse(RopResponse):
    id_count: U16 = count_of("property_ids")
    property_ids: Annotated[tuple[U16, ...], CountedBy("id_count")]
    property_names: Annotated[tuple[Name, ...], CountedBy("id_count")]
    """As many."""
