"""Operations on properties – [MS-OXCPRPT] 3.2.5.1 to 3.2.5.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of
from posthouse.protocols.mapi.property_rows import Cell, Missing, format_row
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.property import (
    PropertyProblem,
    RopDeletePropertiesNoReplicateRequest,
    RopDeletePropertiesNoReplicateResponse,
    RopDeletePropertiesRequest,
    RopDeletePropertiesResponse,
    RopGetPropertiesAllRequest,
    RopGetPropertiesAllResponse,
    RopGetPropertiesListRequest,
    RopGetPropertiesListResponse,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopSetPropertiesNoReplicateRequest,
    RopSetPropertiesNoReplicateResponse,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.folder import OpenFolder
from posthouse.servers.mapi.holders import PropertyHolder
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.properties.mailbox import OpenMailbox
from posthouse.servers.mapi.values import UTF_8, Strings, cell_of, columns_of, kept, tells_utf_8

from .fitting import fitted, within_limit
from .processor import Call, DoesNotFit, Handler

HEAD, ROW = 8, 6
"""Bytes of a response before its list, or its row."""
PROBLEM = 10
"""Bytes of one."""
MANY_PROBLEMS = 100
"""For which there must be room; what is more is told as far as it fits."""


class PropertyRops:
    """Where the difference between a property that is replicated and one that is not would be seen, there are no
    replicas: both operations do the same."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetPropertiesSpecificRequest: get_properties_specific,
            RopGetPropertiesAllRequest: get_properties_all,
            RopGetPropertiesListRequest: get_properties_list,
            RopSetPropertiesRequest: set_properties,
            RopSetPropertiesNoReplicateRequest: set_properties_no_replicate,
            RopDeletePropertiesRequest: delete_properties,
            RopDeletePropertiesNoReplicateRequest: delete_properties_no_replicate,
        }


def holder_of(call: Call, rop: RopRequest) -> PropertyHolder:
    found = call.object(rop)
    if isinstance(found, Logon):
        return OpenMailbox(found, call.session.language)
    if not isinstance(found, PropertyHolder):
        raise RopError(ErrorCode.ecNotSupported)
    return found


def strings_of(call: Call, holder: PropertyHolder, *, unicode: bool = True) -> Strings:
    """R461 to R465: a message may have a code page of its own."""
    return Strings(holder.codec or call.session.codec, unicode)


# what there is


async def get_properties_specific(call: Call, rop: RopGetPropertiesSpecificRequest) -> bytes:
    """3.2.5.1, in the order in which they are asked for. What a client says of their sizes is passed over (R90701)."""
    holder = holder_of(call, rop)
    columns = await columns_of(holder.logon.names, rop.property_tags)
    found = await holder.current(columns.wanted)
    cells = columns.cells(found, strings_of(call, holder, unicode=rop.want_unicode))
    kinds = [tag.type for tag in columns.tags]
    row = format_row(columns.tags, cells)
    given = fitted(call, kinds, cells, ROW + len(row), ROW + 1 + 3 * len(cells))
    row = row if given is cells else format_row(columns.tags, given)
    return RopGetPropertiesSpecificResponse(rop.handle_index, row).format()


async def get_properties_all(call: Call, rop: RopGetPropertiesAllRequest) -> bytes:
    """3.2.5.2. More properties than can be told even without their values have an error of their own (R467)."""
    holder = holder_of(call, rop)
    strings = strings_of(call, holder, unicode=rop.want_unicode)
    found = await holder.current(None)
    known = _tags(found, await holder.logon.names.ids_of_keys(found), strings)
    cells = [within_limit(tag.type, cell_of(tag, key, found, strings), rop.property_size_limit) for key, tag in known]
    asked = [tag for _, tag in known]
    response = _all_of(rop, asked, cells)
    given = fitted(call, [tag.type for tag in asked], cells, len(response), HEAD + 4 * len(known))
    response = response if given is cells else _all_of(rop, asked, given)
    if len(response) > call.room:
        raise DoesNotFit(len(response), ErrorCode.ecServerOOM)
    return response


def _all_of(rop: RopGetPropertiesAllRequest, asked: Sequence[PropertyTag], cells: Sequence[Cell]) -> bytes:
    values = [
        TaggedValue(PropertyTag(tag.id, PropertyType.ERROR_CODE), cell.error)
        if isinstance(cell, Missing)
        else TaggedValue(tag, cell)  # type: ignore[arg-type]
        for tag, cell in zip(asked, cells, strict=True)
    ]
    return RopGetPropertiesAllResponse(rop.handle_index, tuple(values)).format()


async def get_properties_list(call: Call, rop: RopGetPropertiesListRequest) -> bytes:
    """3.2.5.3."""
    holder = holder_of(call, rop)
    found = await holder.current(None)
    known = _tags(found, await holder.logon.names.ids_of_keys(found), strings_of(call, holder))
    call.require(HEAD + 4 * len(known))
    hidden = _not_listed(holder, found)
    return RopGetPropertiesListResponse(
        rop.handle_index, tuple(tag for key, tag in known if key not in hidden)
    ).format()


def _not_listed(holder: PropertyHolder, found: Properties) -> tuple[Key, ...]:
    """Outlook looks for the folder above a calendar that somebody else shares, does not have it, and forgets what is in
    the calendar: seen with Outlook 365, which does not look when the list says nothing of one."""
    is_calendar = str(value_of(found, tags.PidTagContainerClass, "")).upper().startswith("IPF.APPOINTMENT")
    if isinstance(holder, OpenFolder) and is_calendar and not holder.logon.mailbox.owner:
        return (tags.PidTagParentSourceKey.id,)
    return ()


def _tags(found: Properties, ids: Mapping[Key, int], strings: Strings) -> list[tuple[Key, PropertyTag]]:
    """Of all, each in the type that it has, texts as the client wants them."""
    shorter = not strings.unicode
    return [(key, PropertyTag(ids[key], _told(value.type, shorter))) for key, value in found.items() if key in ids]


def _told(kind: int, shorter: bool) -> int:
    texts = PropertyType.STRING ^ PropertyType.STRING8
    return kind ^ texts if shorter and kind & 0xFFF == PropertyType.STRING else kind


# what there is to be


async def set_properties(call: Call, rop: RopSetPropertiesRequest) -> bytes:
    """3.2.5.4."""
    return RopSetPropertiesResponse(rop.handle_index, await _set(call, rop, rop.property_values)).format()


async def set_properties_no_replicate(call: Call, rop: RopSetPropertiesNoReplicateRequest) -> bytes:
    """3.2.5.4."""
    return RopSetPropertiesNoReplicateResponse(rop.handle_index, await _set(call, rop, rop.property_values)).format()


async def delete_properties(call: Call, rop: RopDeletePropertiesRequest) -> bytes:
    """3.2.5.5."""
    return RopDeletePropertiesResponse(rop.handle_index, await _delete(call, rop, rop.property_tags)).format()


async def delete_properties_no_replicate(call: Call, rop: RopDeletePropertiesNoReplicateRequest) -> bytes:
    """3.2.5.5."""
    return RopDeletePropertiesNoReplicateResponse(
        rop.handle_index, await _delete(call, rop, rop.property_tags)
    ).format()


async def _set(call: Call, rop: RopRequest, values: Sequence[TaggedValue]) -> tuple[PropertyProblem, ...]:
    require_room_for_problems(call, len(values))
    holder = holder_of(call, rop)
    codec = strings_of(call, holder).codec
    keys = await holder.logon.names.keys_of([one.tag.id for one in values])
    new: Properties = {}
    codes: dict[Key, ErrorCode] = {}
    for one, key in zip(values, keys, strict=True):
        value = kept(one, codec)
        if key is not None and value is None:
            codes[key] = ErrorCode.ecUnexpectedType
        elif key is not None and value is not None:
            new[key] = value
            if tells_utf_8(one.tag):
                set_value(new, tags.PidTagInternetCodepage, UTF_8)
    await holder.settle()
    codes.update(await holder.change(new, ()))
    holder.tried(codes)
    asked = zip((one.tag for one in values), keys, strict=True)
    return problems(call, asked, codes, ErrorCode.ecInvalidParameter)


async def _delete(call: Call, rop: RopRequest, asked: Sequence[PropertyTag]) -> tuple[PropertyProblem, ...]:
    """What is not there is gone already, also when its id has no name."""
    require_room_for_problems(call, len(asked))
    holder = holder_of(call, rop)
    columns = await columns_of(holder.logon.names, asked)
    await holder.settle()
    codes = await holder.change({}, columns.wanted)
    return problems(call, zip(columns.tags, columns.keys, strict=True), codes)


def require_room_for_problems(call: Call, count: int) -> None:
    call.require(HEAD + PROBLEM * min(count, MANY_PROBLEMS))


def problems(
    call: Call,
    asked: Iterable[tuple[PropertyTag, Key | None]],
    codes: Mapping[Key, ErrorCode],
    nameless: ErrorCode | None = None,
) -> tuple[PropertyProblem, ...]:
    """By their places in the request. `nameless`: of ids that no name has."""
    found: list[PropertyProblem] = []
    for place, (tag, key) in enumerate(asked):
        code = nameless if key is None else codes.get(key)
        if code is not None:
            found.append(PropertyProblem(place, tag, code))
    return tuple(found[: (call.room - HEAD) // PROBLEM])
