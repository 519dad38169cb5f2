"""Requests that work on tables – [MS-OXCMAPIHTTP] 2.2.5.3, 2.2.5.5, 2.2.5.8, 2.2.5.12, 2.2.5.13, 2.2.5.15 to 17."""

from __future__ import annotations

from enum import IntFlag

from posthouse.protocols.mapi.fields import I32, U32, Guid
from posthouse.protocols.mapi.structures import Structure, structure

from .body import Filter, Flag, Maybe, MIds, Request, Response, Table, Tags, Value, ValueLists
from .stat import Stat

UNICODE_TYPES = 0x8000_0000
"""Of QueryColumns ([MS-OXNSPI] 2.2.1.13)."""


class SpecialTableFlags(IntFlag):
    """[MS-OXNSPI] 2.2.1.12."""

    ADDRESS_CREATION_TEMPLATES = 2
    UNICODE_STRINGS = 4


@structure
class CompareMIdsRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    mid_1: U32 = 0
    mid_2: U32 = 0


@structure
class CompareMIdsResponse(Response):
    result: I32 = 0


@structure
class PropertyName(Structure):
    """Here a GUID and a number."""

    guid: Guid
    id: U32


@structure
class GetMatchesRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    mids: Maybe[MIds] = None
    """Reserved."""
    interface_options: U32 = 0
    """Ignored."""
    filter: Maybe[Filter] = None
    property_name: Maybe[PropertyName] = None
    row_count: U32 = 0
    columns: Maybe[Tags] = None


@structure
class GetMatchesResponse(Response):
    state: Maybe[Stat] = None
    mids: Maybe[MIds] = None
    rows: Maybe[Table] = None


@structure
class GetSpecialTableRequest(Request):
    flags: U32 = 0
    state: Maybe[Stat] = None
    version: Maybe[U32] = None


@structure
class GetSpecialTableResponse(Response):
    code_page: U32 = 0
    version: Maybe[U32] = None
    rows: Maybe[ValueLists] = None


@structure
class QueryColumnsRequest(Request):
    reserved: U32 = 0
    flags: U32 = 0


@structure
class QueryColumnsResponse(Response):
    columns: Maybe[Tags] = None


@structure
class QueryRowsRequest(Request):
    flags: U32 = 0
    state: Maybe[Stat] = None
    explicit_table: MIds = ()
    row_count: U32 = 0
    columns: Maybe[Tags] = None


@structure
class QueryRowsResponse(Response):
    state: Maybe[Stat] = None
    rows: Maybe[Table] = None


@structure
class ResortRestrictionRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    mids: Maybe[MIds] = None


@structure
class ResortRestrictionResponse(Response):
    state: Maybe[Stat] = None
    mids: Maybe[MIds] = None


@structure
class SeekEntriesRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    target: Maybe[Value] = None
    explicit_table: Maybe[MIds] = None
    columns: Maybe[Tags] = None


@structure
class SeekEntriesResponse(Response):
    state: Maybe[Stat] = None
    rows: Maybe[Table] = None


@structure
class UpdateStatRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    delta_requested: Flag = False


@structure
class UpdateStatResponse(Response):
    state: Maybe[Stat] = None
    delta: Maybe[I32] = None
