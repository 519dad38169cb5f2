"""Which rules of a folder apply to a message that arrives there, and what that comes to – [MS-OXORULE] 3.2.5.1.

Nothing is done here: a `Filing` says what is to be done. A rule that is its client's to execute is left to it as a
whole; an action that cannot be taken is noted and passed over: the message then stays where it came to, whatever else
its rule says of deleting it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from posthouse.database import Transaction
from posthouse.model.ids import FolderId
from posthouse.model.refusals import Refusal
from posthouse.protocols.mapi.matching import LONGEST, Matchable, matches
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.objects import Key, Message
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ExtendedReplyData,
    ExtendedTagData,
    ForwardFlavor,
    Forwarding,
    ReplyData,
    ReplyFlavor,
    TagData,
)
from posthouse.protocols.mapi.rules import Rule, RuleError, RuleState
from posthouse.store.away import is_away
from posthouse.store.blobs import Blobs
from posthouse.store.property_ids import property_ids
from posthouse.store.rule_answers import was_answered

from .answers import find_template
from .arrival import Case, Template
from .effort import Effort, Weighed
from .errors import NotWanted, TooLargeToTake
from .people import address_of
from .rulebook import rules_in
from .tagging import tag
from .targets import Placing, find_target
from .verdict import Answer, Cause, Deferral, Failed, Filing, Manner, Origin

MAX_LOOKED_AT = LONGEST
"""Characters or bytes of a property that conditions see: there may be thousands of them, and everybody waits."""
MAX_COPIES = 50
MAX_FORWARDS = 100
MAX_ANSWERS = 10


def judge(
    tx: Transaction, blobs: Blobs, case: Case, message: Message, folder: FolderId, rules: Sequence[Rule]
) -> Filing:
    """What the rules of the folder to which it has come make of a message. `NotAhead`."""
    names = {number: name for name, number in property_ids(tx, case.account).items()}
    judging = _Judging(tx, blobs, case, message, names)
    judging.run(folder, rules)
    return judging.filing


class _Judging:
    """Of one message in one mailbox."""

    def __init__(self, tx: Transaction, blobs: Blobs, case: Case, message: Message, names: Mapping[int, Key]) -> None:
        """`names`: keys of all ids from 0x8000 on."""
        self._tx, self._blobs, self._case, self._message, self._names = tx, blobs, case, message, names
        self._seen = {key: _beginning(typed) for key, typed in message.properties.items()}
        self._account = case.account
        self._visited: set[FolderId] = set()
        self._is_away: bool | None = None
        self._effort = Effort()
        self.filing = Filing()

    def run(self, folder: FolderId, rules: Sequence[Rule]) -> None:
        """The rules of a folder where it has come to; of one where it is moved, those too (R512), once."""
        self._visited.add(folder)
        stays, ended = True, False
        for rule in rules:
            if not self._is_due(rule, ended) or not self._fits(folder, rule):
                continue
            if rule.error is not None:
                self.filing.fail(Cause(folder, rule), rule.error)
            elif rule.is_of_client:
                self._defer(rule, folder)
            else:
                removed, deleted = self._execute(folder, rule)
                stays &= not removed
                ended |= deleted  # R550, R547
            ended |= RuleState.EXIT_LEVEL in rule.state
        if stays:
            self.filing.folders[folder] = None

    def _is_due(self, rule: Rule, ended: bool) -> bool:
        """R516, R517, R560, R807: what is only for when its owner is away is looked at after an end as well."""
        if RuleState.ENABLED not in rule.state:
            return False
        only_away = RuleState.ONLY_WHEN_OOF in rule.state
        if (only_away and not self._away()) or (ended and not only_away):
            return False
        once = rule.answers_once  # R557
        return not (once and was_answered(self._tx, self._account, rule.id, self._case.known_sender))

    def _fits(self, folder: FolderId, rule: Rule) -> bool:
        """Its condition does; it has failed when that takes too long to decide."""
        try:
            return rule.condition is None or matches(rule.condition, self._seen_by(rule))
        except Failed as failed:
            self.filing.fail(Cause(folder, rule), failed.error)
            return False

    def _seen_by(self, rule: Rule) -> Matchable:
        """The message, by the ids that the rule's condition uses."""
        names = self._names if rule.names is None else rule.names
        return Weighed(ObjectRow(self._seen, names, self._message), self._effort)

    def _away(self) -> bool:
        if self._is_away is None:
            self._is_away = is_away(self._tx, self._account, self._case.now)
        return self._is_away

    def _defer(self, rule: Rule, folder: FolderId) -> None:
        deferral = self.filing.deferrals.setdefault(Origin(folder, rule.provider), Deferral())
        deferral.rules.append(rule)
        deferral.actions += rule.actions

    def _execute(self, folder: FolderId, rule: Rule) -> tuple[bool, bool]:
        """Whether the message is taken from where it is, and whether it is deleted or goes back. It is not deleted when
        another action of the rule has failed: it might be nowhere then."""
        removed = deleted = failed = False
        for number, action in enumerate(rule.actions):
            cause = Cause(folder, rule, action.action_type, number)
            try:
                removed |= not self._take(cause, action)
                deleted |= action.action_type in (ActionType.OP_DELETE, ActionType.OP_BOUNCE)
            except Failed as error:
                self.filing.fail(cause, error.error)
                failed = True
        deleted &= not failed or self.filing.refusal is not None
        return removed or deleted, deleted

    def _take(self, cause: Cause, action: ActionBlock) -> bool:
        """Whether the message stays where it is, unless it is deleted; `Failed`."""
        data = action.data
        match action.action_type:
            case ActionType.OP_MOVE if isinstance(data, Placing):
                self._move(cause, data)
                return False
            case ActionType.OP_COPY if isinstance(data, Placing):
                self._put(cause, find_target(self._tx, self._account, data))
            case ActionType.OP_MARK_AS_READ:
                self.filing.read = True
            case ActionType.OP_TAG if isinstance(data, TagData | ExtendedTagData):
                self._tag(cause.rule, data.value)
            case ActionType.OP_FORWARD | ActionType.OP_DELEGATE if isinstance(data, Forwarding):
                self._forward(data, _manner(action))
            case ActionType.OP_REPLY | ActionType.OP_OOF_REPLY if isinstance(data, ReplyData | ExtendedReplyData):
                self._reply(cause.rule, action, find_template(self._tx, self._blobs, self._case, data))
            case ActionType.OP_BOUNCE if isinstance(data, BounceData):
                self.filing.refusal = _refusal(data.bounce_code)
        return True

    def _move(self, cause: Cause, data: Placing) -> None:
        target = find_target(self._tx, self._account, data)
        if target not in self._visited and (rules := self._rules_in(target)):
            self._require_room(target)
            self.run(target, rules)
        else:
            self._put(cause, target)

    def _rules_in(self, folder: FolderId) -> list[Rule]:
        return rules_in(self._tx, self._blobs, self._account, folder, at_once=self._case.ahead is None)

    def _put(self, cause: Cause, folder: FolderId) -> None:
        self._require_room(folder)
        self.filing.folders.setdefault(folder, cause)

    def _require_room(self, folder: FolderId) -> None:
        if folder not in self.filing.folders and len(self.filing.folders) >= MAX_COPIES:
            raise Failed(RuleError.EXECUTION)

    def _tag(self, rule: Rule, value: TaggedValue) -> None:
        names = self._names if rule.names is None else rule.names
        key = value.tag.id if value.tag.id < 0x8000 else names.get(value.tag.id)
        if not key:  # no property has the id 0, and no object could be read that had one
            raise Failed(RuleError.PROCESSING)
        tag(self.filing.tagged, self._message.properties, key, value)

    def _reply(self, rule: Rule, action: ActionBlock, template: Template) -> None:
        if len(self.filing.answers) >= MAX_ANSWERS:
            raise Failed(RuleError.EXECUTION)
        away = action.action_type is ActionType.OP_OOF_REPLY
        self.filing.answers.append(Answer(rule, template, ReplyFlavor(action.action_flavor), away))

    def _forward(self, data: Forwarding, manner: Manner) -> None:
        """To all that can be told; `Failed` when somebody cannot."""
        error = None
        for block in data.recipient_blocks:
            address = address_of(self._tx, {value.tag.id: value for value in block.property_values})
            if address is None:
                error = RuleError.EXECUTION
            elif len(self.filing.forwards) >= MAX_FORWARDS:
                error = RuleError.RECIPIENTS
            else:
                self.filing.forwards.setdefault(str(address).lower(), (address, manner))
        if error is not None:
            raise Failed(error)


def _refusal(code: BounceCode) -> Refusal:
    """R341 to R343."""
    if code is BounceCode.TOO_LARGE:
        return TooLargeToTake()
    shown = code is not BounceCode.CANNOT_BE_DISPLAYED
    return NotWanted() if shown else NotWanted("The recipient's program cannot show this message")


def _manner(action: ActionBlock) -> Manner:
    if action.action_type is ActionType.OP_DELEGATE:
        return Manner.DELEGATED
    flavor = ForwardFlavor(action.action_flavor)
    for flag, manner in _MANNERS.items():
        if flag in flavor:
            return manner
    return Manner.FORWARDED


_MANNERS = {
    ForwardFlavor.PR: Manner.REDIRECTED,
    ForwardFlavor.NC: Manner.UNCHANGED,
    ForwardFlavor.AT: Manner.ATTACHED,
    ForwardFlavor.TM: Manner.TEXT,
}


def _beginning(typed: Typed) -> Typed:
    value = typed.value
    if isinstance(value, str | bytes) and len(value) > MAX_LOOKED_AT:
        return Typed(typed.type, value[:MAX_LOOKED_AT])
    return typed
