"""Rules of a folder: their properties, and what of them counts – [MS-OXORULE] 2.2.1.3.1.

Conditions and actions are values of properties: `restrictions.py`, `rule_actions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import tags
from .enumerations import Flags
from .objects import Properties, value_of
from .restrictions import Restriction
from .rule_actions import ActionBlock


class RuleState(Flags):
    """2.2.1.3.1.3."""

    ENABLED = 0x01
    ERROR = 0x02
    ONLY_WHEN_OOF = 0x04
    KEEP_OOF_HIST = 0x08
    EXIT_LEVEL = 0x10
    SKIP_IF_SCL_IS_SAFE = 0x20
    PARSE_ERROR = 0x40


OF_SERVER = RuleState.ERROR | RuleState.PARSE_ERROR
"""What no client says (R66, R77)."""

TAGS = (
    *(tags.PidTagRuleId, tags.PidTagRuleSequence, tags.PidTagRuleState, tags.PidTagRuleName),
    *(tags.PidTagRuleProvider, tags.PidTagRuleLevel, tags.PidTagRuleUserFlags, tags.PidTagRuleProviderData),
    *(tags.PidTagRuleCondition, tags.PidTagRuleActions),
)
"""All properties that a standard rule can have."""


@dataclass(frozen=True, slots=True)
class Rule:
    state: RuleState
    condition: Restriction | None
    """None: there is none, and it is always satisfied."""
    actions: tuple[ActionBlock, ...]


def rule_of(properties: Properties, state: int) -> Rule:
    condition = value_of(properties, tags.PidTagRuleCondition)
    return Rule(RuleState(state), condition, tuple(value_of(properties, tags.PidTagRuleActions, ())))
