"""Operations about names of properties – [MS-OXCPRPT] 3.2.5.6, 3.2.5.9, 3.2.5.10."""

from __future__ import annotations

from posthouse.protocols.mapi.property_names import PropertyName, format_property_name
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.named_property import (
    PropertyIdsFlags,
    RopGetNamesFromPropertyIdsRequest,
    RopGetNamesFromPropertyIdsResponse,
    RopGetPropertyIdsFromNamesRequest,
    RopGetPropertyIdsFromNamesResponse,
    RopQueryNamedPropertiesRequest,
    RopQueryNamedPropertiesResponse,
)
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.properties.names import chosen, ids_of, names_of

from .processor import Call, Handler
from .property import holder_of

HEAD = 8
"""Bytes of a response before its list."""


class NamedPropertyRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetPropertyIdsFromNamesRequest: get_property_ids_from_names,
            RopGetNamesFromPropertyIdsRequest: get_names_from_property_ids,
            RopQueryNamedPropertiesRequest: query_named_properties,
        }


async def get_property_ids_from_names(call: Call, rop: RopGetPropertyIdsFromNamesRequest) -> bytes:
    """3.2.5.10. No names, of a logon: all ids that there are. That a name has none is no error: as from Exchange, there
    are programs to whom a ReturnValue that is not 0 ends the response."""
    names = holder_of(call, rop).logon.names
    call.require(HEAD + 2 * len(rop.property_names))
    if not rop.property_names and isinstance(call.object(rop), Logon):
        ids = sorted((await names.all()).values())
        call.require(HEAD + 2 * len(ids))
    else:
        ids = await ids_of(names, rop.property_names, create=PropertyIdsFlags.CREATE in rop.flags)
    return RopGetPropertyIdsFromNamesResponse(rop.handle_index, tuple(ids)).format()


async def get_names_from_property_ids(call: Call, rop: RopGetNamesFromPropertyIdsRequest) -> bytes:
    """3.2.5.9."""
    names = await names_of(holder_of(call, rop).logon.names, rop.property_ids)
    return RopGetNamesFromPropertyIdsResponse(rop.handle_index, tuple(names)).format()


async def query_named_properties(call: Call, rop: RopQueryNamedPropertiesRequest) -> bytes:
    """3.2.5.6: of a logon, all that the mailbox knows; of anything else, those that it has."""
    holder = holder_of(call, rop)
    names = holder.logon.names
    if isinstance(call.object(rop), Logon):
        known = dict(await names.all())
    else:
        keys = [key for key in await holder.current(None) if isinstance(key, PropertyName)]
        ids_of_keys = await names.ids_of_keys(keys)
        known = {key: ids_of_keys[key] for key in keys if key in ids_of_keys}
    found = chosen(known, rop.query_flags, rop.property_guid)
    call.require(HEAD + sum(2 + len(format_property_name(name)) for name in found))
    ids = tuple(known[name] for name in found)
    return RopQueryNamedPropertiesResponse(rop.handle_index, property_ids=ids, property_names=tuple(found)).format()
