"""Rules of a folder as clients change them – [MS-OXORULE] 2.2.1, 3.2.5.2."""

from __future__ import annotations

from collections.abc import Iterable

from posthouse.database import Transaction
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import Properties, key_of, set_value, value_of
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import PropertyType, TaggedValue
from posthouse.protocols.mapi.restriction_texts import in_unicode
from posthouse.protocols.mapi.rops.rule import RuleData, RuleDataFlags
from posthouse.protocols.mapi.rule_actions import ActionType
from posthouse.protocols.mapi.rules import OF_SERVER, TAGS, RuleState, are_complete, as_kept
from posthouse.protocols.mapi.stored_form import format_stored_properties, parse_stored_properties
from posthouse.servers.mapi.errors import ErrorCode, RopError
from posthouse.servers.mapi.tables.conditions import check_restriction
from posthouse.servers.mapi.values import kept
from posthouse.store.accounts import lock_account
from posthouse.store.object_changes import take_ids
from posthouse.store.rule_answers import forget_answers_of
from posthouse.store.rules import MAX_RULES, MAX_SIZE, StoredRule, change_rules, rules_of

from .folder import OpenFolder

MAX_KEPT = 3
"""Times as many rules are kept as are executed, and as many bytes."""

_SIGN = 1 << 31
"""Of PidTagRuleState, which clients know as a number with a sign."""
_TYPES = {tag.id: tag.type for tag in TAGS}
_NEEDED = frozenset(tag.id for tag in (tags.PidTagRuleProvider, tags.PidTagRuleCondition, tags.PidTagRuleActions))
_APART = frozenset(tag.id for tag in (tags.PidTagRuleId, tags.PidTagRuleSequence, tags.PidTagRuleState))
"""What does not stand in the form."""


def modify_rules(
    tx: Transaction, folder: OpenFolder, changes: Iterable[RuleData], codec: str, *, replaces: bool
) -> bool:
    """All of the changes, or none and a RopError. False: there are more rules now than are executed (R815, R911, R912).
    `codec`: of texts in 8 bits. `replaces`: the rules that are there go."""
    lock_account(tx, folder.account)
    folder.require(tx, Right.ADMINISTER)
    before = {rule.id: rule for rule in rules_of(tx, folder.account, folder.folder)}
    after = {} if replaces else dict(before)
    for change in changes:
        told = _told(change, codec)
        if folder.logon.mailbox.is_public and not _NEVER_PUBLIC.isdisjoint(_kinds(told)):
            raise RopError(ErrorCode.ecInvalidParameter)
        if change.rule_data_flags is RuleDataFlags.ROW_ADD:
            if tags.PidTagRuleId.id in told or not told.keys() >= _NEEDED:
                raise RopError(ErrorCode.ecInvalidParameter)
            number = int(take_ids(tx, folder.account, 1))
            after[number] = _rule(number, told)
            continue
        known = after.get(value_of(told, tags.PidTagRuleId))
        if known is None:
            missing = tags.PidTagRuleId.id not in told
            raise RopError(ErrorCode.ecInvalidParameter if missing else ErrorCode.ecNotFound)
        if change.rule_data_flags is RuleDataFlags.ROW_MODIFY:
            after[known.id] = _rule(known.id, rule_properties(known) | told)
        elif change.rule_data_flags is RuleDataFlags.ROW_REMOVE:
            del after[known.id]
        else:
            raise RopError(ErrorCode.ecInvalidParameter)
    size = sum(len(rule.form) for rule in after.values())
    if len(after) > MAX_KEPT * MAX_RULES or size > MAX_KEPT * MAX_SIZE:
        raise RopError(ErrorCode.ecMemory)
    new = [rule for number, rule in after.items() if before.get(number) != rule]
    change_rules(tx, folder.account, folder.folder, new, before.keys() - after.keys())
    for rule in new:
        if RuleState.CLEAR_OOF_HIST in RuleState(rule.state):
            forget_answers_of(tx, folder.account, rule.id)
    return len(after) <= MAX_RULES and size <= MAX_SIZE


def rule_properties(rule: StoredRule) -> Properties:
    found = parse_stored_properties(rule.form)
    set_value(found, tags.PidTagRuleId, rule.id)
    set_value(found, tags.PidTagRuleSequence, rule.sequence)
    set_value(found, tags.PidTagRuleState, (rule.state ^ _SIGN) - _SIGN)
    return found


def _rule(number: int, properties: Properties) -> StoredRule:
    state = value_of(properties, tags.PidTagRuleState, int(RuleState.ENABLED)) & 0xFFFFFFFF & ~int(OF_SERVER)
    form = {key: value for key, value in properties.items() if key not in _APART}
    sequence = value_of(properties, tags.PidTagRuleSequence, 0)
    return StoredRule(number, sequence, state, format_stored_properties(form))


def _told(change: RuleData, codec: str) -> Properties:
    """ecInvalidParameter for what is no property of a rule, or of another type."""
    if not change.property_values:
        raise RopError(ErrorCode.ecInvalidParameter)  # R36
    found: Properties = {}
    for value in change.property_values:
        found[value.tag.id] = _value(value, codec)
    return found


def _value(value: TaggedValue, codec: str) -> Typed:
    told = kept(value, codec) if value.tag.type not in _OF_RULES else Typed(value.tag.type, value.value)
    if told is None or _TYPES.get(value.tag.id) != told.type:
        raise RopError(ErrorCode.ecInvalidParameter)
    if value.tag.id == key_of(tags.PidTagRuleCondition):
        check_restriction(value.value)  # type: ignore[arg-type]
        try:
            return Typed(told.type, in_unicode(value.value, codec))  # type: ignore[arg-type]
        except BadSyntax:
            raise RopError(ErrorCode.ecInvalidParameter) from None
    if value.tag.id == key_of(tags.PidTagRuleActions):
        if not are_complete(value.value):  # type: ignore[arg-type]
            raise RopError(ErrorCode.ecInvalidParameter)
        return Typed(told.type, as_kept(value.value))  # type: ignore[arg-type]
    return told


def _kinds(told: Properties) -> set[ActionType]:
    return {action.action_type for action in value_of(told, tags.PidTagRuleActions, ())}


_NEVER_PUBLIC = frozenset((ActionType.OP_MOVE, ActionType.OP_COPY, ActionType.OP_DEFER_ACTION))
"""Not in public folders (R258, R839, R840)."""
_OF_RULES = (PropertyType.RESTRICTION, PropertyType.RULE_ACTION)
