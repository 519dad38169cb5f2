"""The rules of a folder, standard and extended ones, in the order in which they are looked at – [MS-OXORULE] 2.2.4."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from threading import Lock
from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId, MessageId
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.objects import set_value, value_of
from posthouse.protocols.mapi.rules import Rule, RuleState, extended_rule_of, rule_of
from posthouse.protocols.mapi.stored_form import format_stored, parse_stored, parse_stored_properties
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.object_changes import update_message
from posthouse.store.objects import find_message, load_form
from posthouse.store.rules import RuleMessage, StoredRule, extended_rules_of, mark_rule, rules_of, within_limit

from .arrival import NotAhead

MAX_EXTENDED = 100
"""Extended rules of one folder that are looked at."""
MAX_SIZE = 4 * 1024 * 1024
"""Bytes of these, together."""
KEPT = 4 * 1024 * 1024
"""Bytes of forms of which it is known what they say; that takes up to ten times as many."""
AT_ONCE = 32 * 1024
"""Bytes of forms that are read while everybody waits: some milliseconds."""

log = Logger("delivery")


class _Unread(NamedTuple):
    """A rule as it is kept, by all that tells it from others and from what it was before."""

    key: Hashable
    size: int
    read: Callable[[], Rule | None]
    """None: it is no rule."""


class _Known:
    """What rules say, of those that were asked for last: to read them takes longer than all that they do. Threads of
    several deliveries ask."""

    def __init__(self, room: int) -> None:
        self._left, self._lock = room, Lock()
        self._rules: OrderedDict[Hashable, tuple[Rule | None, int]] = OrderedDict()

    def has(self, key: Hashable) -> bool:
        return key in self._rules

    def rule(self, one: _Unread) -> Rule | None:
        with self._lock:
            found = self._rules.get(one.key)
            if found is not None:
                self._rules.move_to_end(one.key)
                return found[0]
        rule = one.read()
        with self._lock:
            self._keep(one, rule)
        return rule

    def _keep(self, one: _Unread, rule: Rule | None) -> None:
        if one.key in self._rules:
            return
        self._rules[one.key] = rule, one.size
        self._left -= one.size
        while self._left < 0:
            _, (_, size) = self._rules.popitem(last=False)
            self._left += size


_known = _Known(KEPT)


def rules_in(
    tx: Transaction, blobs: Blobs, account: AccountId, folder: FolderId, *, at_once: bool = False
) -> list[Rule]:
    """`at_once`: everybody waits; `NotAhead` when many of them have to be read."""
    standard = [_standard(one) for one in within_limit(rules_of(tx, account, folder))]
    extended = list(_extended_rules(blobs, extended_rules_of(tx, account, folder)))
    if at_once and sum(one.size for one in (*standard, *extended) if not _known.has(one.key)) > AT_ONCE:
        raise NotAhead
    found = [rule for rule in map(_known.rule, extended) if rule is not None][:MAX_EXTENDED]
    told = [rule for rule in map(_known.rule, standard) if rule is not None]
    return sorted([*told, *found], key=lambda rule: rule.sequence)


def _standard(stored: StoredRule) -> _Unread:
    return _Unread(stored, len(stored.form), partial(_read_standard, stored))


def _read_standard(stored: StoredRule) -> Rule | None:
    """None: it cannot be read, and so it never was one."""
    try:
        return rule_of(stored.id, stored.sequence, stored.state, parse_stored_properties(stored.form))
    except BadSyntax:
        log.info("rule passed over", rule=stored.id, reason="it cannot be read")
        return None


def _extended_rules(blobs: Blobs, messages: Iterable[RuleMessage]) -> Iterator[_Unread]:
    left = MAX_SIZE
    for one in messages:
        try:
            form: Buffer = one.form if one.blob is None else blobs.open(one.blob)
        except FileNotFoundError:  # it has just changed, or gone
            continue
        if len(form) > left:
            log.info("message passed over", message=one.id, reason="it is too large for a rule")
            continue
        left -= len(form)
        yield _Unread((one.id, one.blob or one.form), len(form), partial(_read_extended, one.id, form))


def _read_extended(number: MessageId, form: Buffer) -> Rule | None:
    try:
        return extended_rule_of(number, parse_stored(form[:]).properties)
    except BadSyntax:
        log.info("message passed over", message=number, reason="it cannot be read")
        return None


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
