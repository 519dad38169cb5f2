"""Requests that work on objects – [MS-OXCMAPIHTTP] 2.2.5.4, 2.2.5.6, 2.2.5.7, 2.2.5.9 to 2.2.5.11, 2.2.5.14."""

from __future__ import annotations

from enum import IntFlag

from posthouse.protocols.mapi.fields import U32
from posthouse.protocols.mapi.structures import structure

from .body import Dn, Dns, EntryIds, Maybe, MIds, Request, Response, Table, Tags, Texts, Values
from .stat import Stat

DELETE = 1
"""Of ModLinkAtt ([MS-OXNSPI] 2.2.1.15)."""


class PropertyFlags(IntFlag):
    """[MS-OXNSPI] 2.2.1.11."""

    SKIP_OBJECTS = 1
    """None of PropertyType.OBJECT in a list that the server makes."""
    EPHEMERAL_IDS = 2


class TemplateFlags(IntFlag):
    """[MS-OXNSPI] 2.2.1.14."""

    TEMPLATE = 1
    SCRIPT = 4
    EMAIL_TYPE = 0x10
    HELP_FILE_NAME = 0x20
    HELP_FILE_CONTENTS = 0x40


@structure
class DnToMIdRequest(Request):
    reserved: U32 = 0
    names: Maybe[Dns] = None


@structure
class DnToMIdResponse(Response):
    mids: Maybe[MIds] = None


@structure
class GetPropListRequest(Request):
    flags: U32 = 0
    mid: U32 = 0
    code_page: U32 = 1252


@structure
class GetPropListResponse(Response):
    tags: Maybe[Tags] = None


@structure
class GetPropsRequest(Request):
    flags: U32 = 0
    state: Maybe[Stat] = None
    tags: Maybe[Tags] = None


@structure
class GetPropsResponse(Response):
    code_page: U32 = 0
    values: Maybe[Values] = None


@structure
class GetTemplateInfoRequest(Request):
    flags: U32 = 0
    display_type: U32 = 0
    dn: Maybe[Dn] = None
    code_page: U32 = 1252
    locale: U32 = 0x409


@structure
class GetTemplateInfoResponse(Response):
    code_page: U32 = 0
    row: Maybe[Values] = None


@structure
class ModLinkAttRequest(Request):
    flags: U32 = 0
    tag: U32 = 0
    mid: U32 = 0
    entry_ids: Maybe[EntryIds] = None


@structure
class ModLinkAttResponse(Response):
    """Nothing but how it went."""


@structure
class ModPropsRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    removed: Maybe[Tags] = None
    values: Maybe[Values] = None


@structure
class ModPropsResponse(Response):
    """Nothing but how it went."""


@structure
class ResolveNamesRequest(Request):
    reserved: U32 = 0
    state: Maybe[Stat] = None
    columns: Maybe[Tags] = None
    names: Maybe[Texts] = None


@structure
class ResolveNamesResponse(Response):
    code_page: U32 = 0
    mids: Maybe[MIds] = None
    rows: Maybe[Table] = None
