"""The rules of a folder, standard and extended ones, in the order in which they are looked at – [MS-OXORULE] 2.2.4."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.rules import Rule, RuleState, extended_rule_of, rule_of
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored, parse_stored_properties
from posthouse.store.object_changes import update_message
from posthouse.store.objects import find_message, load_form
from posthouse.store.rules import StoredRule, extended_rules_of, mark_rule, rules_of, within_limit

MAX_EXTENDED = 100
"""Extended rules of one folder that are looked at."""

log = Logger("delivery")


def rules_in(tx: Transaction, account: AccountId, folder: FolderId) -> list[Rule]:
    standard = list(map(_standard, within_limit(rules_of(tx, account, folder))))
    extended = [_extended(number, form) for number, form in extended_rules_of(tx, account, folder)]
    found = [rule for rule in extended if rule is not None][:MAX_EXTENDED]
    return sorted([*(rule for rule in standard if rule is not None), *found], key=lambda rule: rule.sequence)


def _standard(stored: StoredRule) -> Rule | None:
    """None: it cannot be read, and so it never was one."""
    try:
        return rule_of(stored.id, stored.sequence, stored.state, parse_stored_properties(stored.form))
    except BadSyntax:
        log.info("rule passed over", rule=stored.id, reason="it cannot be read")
        return None


def _extended(number: MessageId, form: bytes) -> Rule | None:
    try:
        return extended_rule_of(number, parse_stored(form).properties)
    except BadSyntax:
        log.info("message passed over", message=number, reason="it cannot be read")
        return None


def mark(tx: Transaction, account: AccountId, folder: FolderId, rule: Rule, state: RuleState, now: int) -> None:
    """What the hub has to say of a rule, in its state."""
    if not rule.is_extended:
        mark_rule(tx, account, folder, rule.id, int(state))
        return
    try:
        row = find_message(tx, account, MessageId(rule.id))
    except MessageNotFound:
        return
    form = load_form(tx, account, row)
    if form is not None and form.whole and not form.blob:
        message = parse_stored(form.data)
        before = value_of(message.properties, tags.PidTagRuleMessageState, 0)
        set_value(message.properties, tags.PidTagRuleMessageState, before | int(state))
        update_message(tx, account, row, form._replace(data=format_stored(message)), now, force=True)
