"""The rules of a folder, standard and extended ones, in the order in which they are looked at – [MS-OXORULE] 2.2.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.rules import Rule, RuleState, extended_rule_of, rule_of
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored, parse_stored_properties
from posthouse.store.blobs import Blobs
from posthouse.store.object_changes import update_message
from posthouse.store.objects import find_message, load_form
from posthouse.store.rules import RuleMessage, StoredRule, extended_rules_of, mark_rule, rules_of, within_limit

MAX_EXTENDED = 100
"""Extended rules of one folder that are looked at."""
MAX_LARGE = 4 * 1024 * 1024
"""Bytes of those among them that are large, together."""
MAX_KEPT = 8
"""Of large ones, in a process."""

log = Logger("delivery")


def rules_in(tx: Transaction, blobs: Blobs, account: AccountId, folder: FolderId) -> list[Rule]:
    standard = list(map(_standard, within_limit(rules_of(tx, account, folder))))
    extended = _extended_rules(blobs, extended_rules_of(tx, account, folder))
    found = [rule for rule in extended if rule is not None][:MAX_EXTENDED]
    return sorted([*(rule for rule in standard if rule is not None), *found], key=lambda rule: rule.sequence)


def _standard(stored: StoredRule) -> Rule | None:
    """None: it cannot be read, and so it never was one."""
    try:
        return rule_of(stored.id, stored.sequence, stored.state, parse_stored_properties(stored.form))
    except BadSyntax:
        log.info("rule passed over", rule=stored.id, reason="it cannot be read")
        return None


def _extended_rules(blobs: Blobs, messages: Iterable[RuleMessage]) -> Iterator[Rule | None]:
    left = MAX_LARGE
    for one in messages:
        if one.blob is None:
            yield _extended(one.id, one.form)
            continue
        large = blobs.open(one.blob)
        if len(large) > left:
            log.info("message passed over", message=one.id, reason="it is too large for a rule")
            continue
        left -= len(large)
        yield _remembered(one.id, large[:])


def _extended(number: MessageId, form: bytes) -> Rule | None:
    try:
        return extended_rule_of(number, parse_stored(form).properties)
    except BadSyntax:
        log.info("message passed over", message=number, reason="it cannot be read")
        return None


_remembered = lru_cache(MAX_KEPT)(_extended)
"""To read what is large takes long, and many messages come."""


def mark(
    tx: Transaction, blobs: Blobs, account: AccountId, folder: FolderId, rule: Rule, state: RuleState, now: int
) -> None:
    """What the hub has to say of a rule, in its state."""
    if not rule.is_extended:
        mark_rule(tx, account, folder, rule.id, int(state))
        return
    try:
        row = find_message(tx, account, MessageId(rule.id))
    except MessageNotFound:
        return
    form = load_form(tx, account, row)
    if form is not None and form.whole:
        message = parse_stored(blobs.open(form.blob)[:] if form.blob else form.data)
        before = value_of(message.properties, tags.PidTagRuleMessageState, 0)
        if before | int(state) == before:
            return
        set_value(message.properties, tags.PidTagRuleMessageState, before | int(state))
        data = format_stored(message)
        new = form._replace(data=data, blob=_sealed(blobs, data) if form.blob else None)
        update_message(tx, account, row, new, now, force=True)


def _sealed(blobs: Blobs, data: bytes) -> str:
    writer = blobs.create()
    writer.write(data)
    return writer.seal()
