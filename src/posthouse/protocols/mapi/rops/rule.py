"""Operations on the rules of a folder – [MS-OXCROPS] 2.2.11, [MS-OXORULE] 2.2. Conditions and actions are property
values: `rule_actions.py`."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import U8, Bytes16, Counted16, Value
from posthouse.protocols.mapi.structures import Structure, structure

from .base import RopRequest, RopResponse, rop


class ModifyRulesFlags(Flags):
    """[MS-OXORULE] 2.2.1.1."""

    R = 0x01
    """These rules replace all that there are."""


class RuleDataFlags(Choice):
    """[MS-OXORULE] 2.2.1.3."""

    ROW_ADD = 0x01
    ROW_MODIFY = 0x02
    ROW_REMOVE = 0x04


@structure
class RuleData(Structure):
    """2.2.11.1.1.1."""

    rule_data_flags: Annotated[RuleDataFlags, U8]
    property_values: Counted16[Value]


@rop(0x41)
class RopModifyRulesRequest(RopRequest):
    """2.2.11.1."""

    modify_rules_flags: Annotated[ModifyRulesFlags, U8]
    rules_data: Counted16[RuleData]


@rop(0x41)
class RopModifyRulesResponse(RopResponse):
    """Nothing but the prefix."""


class RulesTableFlags(Flags):
    """[MS-OXORULE] 2.2.2.1."""

    UNICODE = 0x40


@rop(0x3F)
class RopGetRulesTableRequest(RopRequest):
    """2.2.11.2."""

    output_handle_index: U8
    table_flags: Annotated[RulesTableFlags, U8] = RulesTableFlags(0)


@rop(0x3F)
class RopGetRulesTableResponse(RopResponse):
    """Nothing but the prefix."""


@rop(0x57)
class RopUpdateDeferredActionMessagesRequest(RopRequest):
    """2.2.11.3."""

    server_entry_id: Bytes16
    client_entry_id: Bytes16


@rop(0x57)
class RopUpdateDeferredActionMessagesResponse(RopResponse):
    """Nothing but the prefix."""
