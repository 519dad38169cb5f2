"""Operations on search folders – [MS-OXCFOLD] 3.2.5.4, 3.2.5.5."""

from __future__ import annotations

from posthouse.model.rights import Right
from posthouse.protocols.mapi.restriction_texts import in_eight_bits
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    RopGetSearchCriteriaRequest,
    RopGetSearchCriteriaResponse,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.criteria import (
    checked,
    restriction_of,
    search_of,
    set_criteria,
    told_flags,
    told_scope,
)

from .objects import as_folder
from .processor import Call, Handler


class SearchRops:
    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopSetSearchCriteriaRequest: set_search_criteria,
            RopGetSearchCriteriaRequest: get_search_criteria,
        }


async def set_search_criteria(call: Call, rop: RopSetSearchCriteriaRequest) -> bytes:
    """3.2.5.4."""
    folder = as_folder(call.object(rop))
    if folder.logon.mailbox.is_public and SearchRequestFlags.RECURSIVE_SEARCH in rop.search_flags:
        raise RopError(ErrorCode.ecNotSupported)  # R575
    criteria = checked(rop.restriction, rop.folder_ids, rop.search_flags, call.session.codec)
    search = await folder.logon.store.write(set_criteria, folder, criteria)
    if search is not None:
        await folder.logon.searches.begin(folder.logon, folder.folder, search)
    else:
        folder.logon.searches.stop(folder.logon, folder.folder)
    return RopSetSearchCriteriaResponse(rop.handle_index).format()


async def get_search_criteria(call: Call, rop: RopGetSearchCriteriaRequest) -> bytes:
    """3.2.5.5. A search that was begun is running until somebody looks. Whoever asks for it looks, too: the next answer
    tells that it is complete."""
    folder = as_folder(call.object(rop))
    search = await folder.logon.store.read(search_of, folder, Right.READ)
    if not search.restriction:
        raise RopError(ErrorCode.ecNotInitialized)
    restriction = restriction_of(search) if rop.include_restriction else None
    if restriction is not None and not rop.use_unicode:
        restriction = in_eight_bits(restriction, call.session.codec)
    scope = told_scope(search) if rop.include_folders else ()
    flags = told_flags(search, await folder.logon.searches.finish(folder.logon, folder.folder, search))
    return RopGetSearchCriteriaResponse(rop.handle_index, restriction, rop.logon_id, scope, flags).format()
