"""Rules of folders: their properties, and what of them counts – [MS-OXORULE] 2.2.1.3.1.

Conditions and actions are values of properties: `restrictions.py`, `rule_actions.py`; those of extended
rules, which are messages, are in `extended_rules.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from posthouse.model.refusals import BadSyntax

from . import tags
from .enumerations import Choice, Flags
from .extended_rules import VERSION, ExtendedRuleActions, ExtendedRuleCondition, NamedPropertyInformation
from .objects import Key, Properties, value_of
from .restriction_texts import parts_of
from .restrictions import Restriction, SubObject
from .rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ClientData,
    ForwardDelegateData,
    ForwardFlavor,
    LongForwardDelegateData,
    MoveCopyData,
    ReplyFlavor,
)


class RuleState(Flags):
    """2.2.1.3.1.3."""

    ENABLED = 0x01
    ERROR = 0x02
    ONLY_WHEN_OOF = 0x04
    KEEP_OOF_HIST = 0x08
    EXIT_LEVEL = 0x10
    SKIP_IF_SCL_IS_SAFE = 0x20
    PARSE_ERROR = 0x40
    CLEAR_OOF_HIST = 0x80000000
    """In no document: the client wants the rule to know nobody whom it has answered."""


OF_SERVER = RuleState.ERROR | RuleState.PARSE_ERROR
"""What no client says (R66, R77)."""

OOF_STATE = RuleState.ENABLED | RuleState.ONLY_WHEN_OOF | RuleState.KEEP_OOF_HIST
OOF_PROVIDER = "MSFT:TDX OOF Rules"
"""Whose rules answer for somebody who is away: Outlook does not show them among its own."""
OOF_TEMPLATE = "IPM.Note.Rules.OofTemplate.Microsoft"
"""PidTagMessageClass of what they answer by."""

EXTENDED_CLASS = "IPM.ExtendedRule.Message"
"""PidTagMessageClass of extended rules (2.2.4)."""
MAX_CONDITIONS = 16_000
"""In one rule: about as many senders as an extended rule has room for."""
MAX_INNER = 2_000
"""Of these, about recipients and attachments, of which a message may have many."""

TAGS = (
    *(tags.PidTagRuleId, tags.PidTagRuleSequence, tags.PidTagRuleState, tags.PidTagRuleName),
    *(tags.PidTagRuleProvider, tags.PidTagRuleLevel, tags.PidTagRuleUserFlags, tags.PidTagRuleProviderData),
    *(tags.PidTagRuleCondition, tags.PidTagRuleActions),
)
"""All properties that a standard rule can have."""


class RuleError(Choice):
    """Why a rule could not be executed: PidTagRuleError (2.2.7.2)."""

    UNKNOWN = 1
    FOLDER = 2
    """The folder of the rules."""
    DELIVERY = 3
    FORMAT = 4
    PROCESSING = 5
    MOVE_OR_COPY = 6
    MOVE_OR_COPY_RIGHTS = 7
    DEFERRED_ACTION = 8
    """The deferred action message could not be made."""
    SEND_AS = 9
    TEMPLATE = 10
    EXECUTION = 11
    QUOTA = 12
    RECIPIENTS = 13
    FOLDER_QUOTA = 14


@dataclass(frozen=True, slots=True)
class Rule:
    id: int
    """PidTagRuleId; of an extended rule, the message's."""
    sequence: int
    state: RuleState
    provider: str
    condition: Restriction | None
    """None: there is none, and it is always satisfied."""
    actions: tuple[ActionBlock, ...]
    names: Mapping[int, Key] | None = None
    """Of an extended rule: what its ids from 0x8000 on mean. None: the mailbox knows."""
    error: RuleError | None = None
    """Why it cannot be executed."""

    @property
    def is_extended(self) -> bool:
        return self.names is not None

    @property
    def is_of_client(self) -> bool:
        """It does something that no server can do: then its client does all of it (R313, R563). No client hears of
        extended rules (R349)."""
        return not self.is_extended and any(map(_is_of_client, self.actions))

    @property
    def answers(self) -> bool:
        return any(action.action_type in (ActionType.OP_REPLY, ActionType.OP_OOF_REPLY) for action in self.actions)

    @property
    def answers_once(self) -> bool:
        """Each sender, while its owner is away (3.2.5.1.1)."""
        if RuleState.KEEP_OOF_HIST not in self.state:
            return False
        return any(action.action_type is ActionType.OP_OOF_REPLY for action in self.actions)


def rule_of(number: int, sequence: int, state: int, properties: Properties) -> Rule:
    provider = value_of(properties, tags.PidTagRuleProvider, "")
    condition = value_of(properties, tags.PidTagRuleCondition)
    actions = tuple(value_of(properties, tags.PidTagRuleActions, ()))
    return Rule(number, sequence, RuleState(state), provider, condition, actions)


def extended_rule_of(number: int, properties: Properties) -> Rule | None:
    """2.2.4.1. None: it is none."""
    if value_of(properties, tags.PidTagMessageClass, "").lower() != EXTENDED_CLASS.lower():
        return None
    sequence = value_of(properties, tags.PidTagRuleMessageSequence, 0)
    state = RuleState(value_of(properties, tags.PidTagRuleMessageState, 0) & 0xFFFFFFFF)
    provider = value_of(properties, tags.PidTagRuleMessageProvider, "")
    try:
        condition = ExtendedRuleCondition.parse(value_of(properties, tags.PidTagExtendedRuleMessageCondition, b""))
        actions = ExtendedRuleActions.parse(value_of(properties, tags.PidTagExtendedRuleMessageActions, b""))
        if actions.rule_version != VERSION or not _is_short(condition.rule_restriction):
            raise BadSyntax("a rule of this version, not too long", 0)
    except BadSyntax:
        return Rule(number, sequence, state, provider, None, (), {}, RuleError.FORMAT)
    names = _names(condition.named_property_information) | _names(actions.named_property_information)
    return Rule(number, sequence, state, provider, condition.rule_restriction, actions.rule_actions, names)


def _is_short(condition: Restriction) -> bool:
    """It does not take too long to decide."""
    parts = list(parts_of(condition))
    if len(parts) > MAX_CONDITIONS:
        return False
    return sum(1 for part in parts if isinstance(part, SubObject) for _ in parts_of(part)) <= MAX_INNER


def _names(information: NamedPropertyInformation) -> dict[int, Key]:
    pairs = zip(information.prop_ids, information.named_properties or (), strict=True)
    return {number: name for number, name in pairs if name is not None}


def are_complete(actions: Sequence[ActionBlock]) -> bool:
    """There is one at least (R230, R232), and each has what it needs, and no flavour that it cannot have."""
    return bool(actions) and all(_is_complete(action) and _is_flavoured(action) for action in actions)


def as_kept(actions: Sequence[ActionBlock]) -> tuple[ActionBlock, ...]:
    """Whatever a client has put into Reserved, it is zero (R633)."""
    return tuple(map(_as_kept, actions))


def _as_kept(action: ActionBlock) -> ActionBlock:
    if not isinstance(action.data, ForwardDelegateData | LongForwardDelegateData):
        return action
    blocks: Any = tuple(replace(block, reserved=0) for block in action.data.recipient_blocks)
    return replace(action, data=replace(action.data, recipient_blocks=blocks))


def _is_complete(action: ActionBlock) -> bool:
    match action.data:
        case ForwardDelegateData(blocks) | LongForwardDelegateData(blocks):
            return bool(blocks) and all(block.property_values for block in blocks)  # R324, R331
        case BounceData(bounce_code):
            return bounce_code in set(BounceCode)  # R340
        case ClientData():
            return action.action_type not in _OF_SERVER  # what has data of its own has none of a client's, nor has R346
        case None:
            return action.action_type in _WITHOUT_DATA  # R346
    return True


def _is_flavoured(action: ActionBlock) -> bool:
    """R239, R273, R280, R283: what is forwarded as an attachment or as a short message, is nothing else; R287, R879: an
    answer has one flavour at most. Bits that nobody uses are passed over (R286, R702)."""
    flavor = action.action_flavor
    match action.action_type:
        case ActionType.OP_FORWARD:
            alone = flavor & (ForwardFlavor.AT | ForwardFlavor.TM)
            return not alone or flavor & sum(ForwardFlavor) in (ForwardFlavor.AT, ForwardFlavor.TM)
        case ActionType.OP_REPLY | ActionType.OP_OOF_REPLY:
            return flavor & sum(ReplyFlavor) in (0, ReplyFlavor.NS, ReplyFlavor.ST)
    return not flavor


def _is_of_client(action: ActionBlock) -> bool:
    match action.data:
        case MoveCopyData(folder_in_this_store=here):
            return not here
    return action.action_type not in _OF_SERVER


_WITHOUT_DATA = (ActionType.OP_DELETE, ActionType.OP_MARK_AS_READ, ActionType.OP_DEFER_ACTION)
_OF_SERVER = frozenset(set(ActionType) - {ActionType.OP_DEFER_ACTION})
