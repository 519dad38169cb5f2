"""Rules of folders: their properties, and what of them counts – [MS-OXORULE] 2.2.1.3.1.

Conditions and actions are values of properties: `restrictions.py`, `rule_actions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import tags
from .enumerations import Choice, Flags
from .objects import Properties, value_of
from .restrictions import Restriction
from .rule_actions import ActionBlock, ActionType, MoveCopyData


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
    """PidTagRuleId."""
    sequence: int
    state: RuleState
    provider: str
    condition: Restriction | None
    """None: there is none, and it is always satisfied."""
    actions: tuple[ActionBlock, ...]

    @property
    def is_of_client(self) -> bool:
        """It does something that no server can do: then its client does all of it (R313, R563)."""
        return any(map(_is_of_client, self.actions))

    @property
    def answers_once(self) -> bool:
        """Each sender, while its owner is away (3.2.5.1.1)."""
        replies = any(action.action_type is ActionType.OP_OOF_REPLY for action in self.actions)
        return replies and RuleState.KEEP_OOF_HIST in self.state


def rule_of(number: int, sequence: int, state: int, properties: Properties) -> Rule:
    provider = value_of(properties, tags.PidTagRuleProvider, "")
    condition = value_of(properties, tags.PidTagRuleCondition)
    actions = tuple(value_of(properties, tags.PidTagRuleActions, ()))
    return Rule(number, sequence, RuleState(state), provider, condition, actions)


def _is_of_client(action: ActionBlock) -> bool:
    match action.data:
        case MoveCopyData(folder_in_this_store=here):
            return not here
    return action.action_type not in _OF_SERVER


_OF_SERVER = frozenset(set(ActionType) - {ActionType.OP_DEFER_ACTION})
