"""Operations on the rules of a folder, and on what they have left to clients – [MS-OXORULE] 3.2.5.2 to 3.2.5.4."""

from __future__ import annotations

from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.rule import (
    ModifyRulesFlags,
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RopModifyRulesResponse,
    RopUpdateDeferredActionMessagesRequest,
    RopUpdateDeferredActionMessagesResponse,
    RulesTableFlags,
)
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.folders.deferred_actions import back_patch
from posthouse.servers.mapi.folders.rules import modify_rules
from posthouse.servers.mapi.logon import Logon
from posthouse.servers.mapi.tables.rules import RulesSource
from posthouse.servers.mapi.tables.table import Table

from .objects import as_folder
from .processor import Call, Handler


class RuleRops:
    """They need nothing of the worker's."""

    def handlers(self) -> dict[type[RopRequest], Handler]:
        return {
            RopGetRulesTableRequest: get_rules_table,
            RopModifyRulesRequest: modify,
            RopUpdateDeferredActionMessagesRequest: update_deferred_action_messages,
        }


async def get_rules_table(call: Call, rop: RopGetRulesTableRequest) -> bytes:
    """3.2.5.3."""
    folder = as_folder(call.object(rop))
    if rop.table_flags & ~sum(RulesTableFlags):
        raise RopError(ErrorCode.ecNotSupported)  # R827
    source = RulesSource(folder)
    await source.version()
    call.put(rop.output_handle_index, Table(source, call.session.codec))
    return RopGetRulesTableResponse(rop.output_handle_index).format()


async def modify(call: Call, rop: RopModifyRulesRequest) -> bytes:
    """3.2.5.2."""
    folder = as_folder(call.object(rop))
    if rop.modify_rules_flags & ~sum(ModifyRulesFlags):
        raise RopError(ErrorCode.ecInvalidParameter)  # R822
    replaces = ModifyRulesFlags.R in rop.modify_rules_flags
    what = folder, rop.rules_data, call.session.codec
    if not await folder.logon.store.write(modify_rules, *what, replaces=replaces):
        raise RopError(ErrorCode.ecMemory)  # R815; they are kept nevertheless (R911)
    return RopModifyRulesResponse(rop.handle_index).format()


async def update_deferred_action_messages(call: Call, rop: RopUpdateDeferredActionMessagesRequest) -> bytes:
    """3.2.5.4."""
    logon = call.object(rop)
    if not isinstance(logon, Logon):
        raise RopError(ErrorCode.ecNotSupported)
    await back_patch(logon, rop.server_entry_id, rop.client_entry_id)
    return RopUpdateDeferredActionMessagesResponse(rop.handle_index).format()
