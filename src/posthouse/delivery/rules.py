"""Which rules of a folder apply to a message that arrives there, and what that comes to – [MS-OXORULE] 3.2.5.1.

Nothing is done here: a `Filing` says what is to be done. A rule that cannot be read is passed over, and so is an action
that the hub does not take: the message then stays where it came to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.address import Address
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, FolderNotFound, MessageTooLarge, Refusal
from posthouse.observe.logs import Logger
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA
from posthouse.protocols.mapi.matching import Matchable, matches
from posthouse.protocols.mapi.objects import Key, Properties, value_of
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyType, TaggedValue
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ForwardDelegateData,
    MoveCopyData,
    ServerEid,
    TagData,
)
from posthouse.protocols.mapi.rules import Rule, RuleState, rule_of
from posthouse.protocols.mapi.stored_form import parse_stored_properties
from posthouse.store.folder_objects import load_folder_object
from posthouse.store.folders import HIDDEN, load_folder
from posthouse.store.rules import StoredRule, rules_of
from posthouse.store.search_folders import load_search

from .errors import NotWanted
from .people import address_of, text_of

MAX_COPIES = 50
MAX_FORWARDS = 100
MAILBOX_ROOT = FolderId(HIDDEN)
"""With its properties MAPI keeps those of the mailbox."""

log = Logger("delivery")


@dataclass(slots=True)
class Filing:
    """What is to become of a message."""

    folders: dict[FolderId, None] = field(default_factory=dict)
    """Where it comes to lie, in order; nowhere: it is deleted."""
    read: bool = False
    tagged: Properties = field(default_factory=dict)
    forwards: dict[str, Address] = field(default_factory=dict)
    """By the addresses in small letters."""
    refusal: Refusal | None = None
    """Then the sender hears of it, and nothing else is done."""


class Judge:
    """Of one message in one mailbox."""

    def __init__(self, tx: Transaction, local: LocalRecipient, one: Matchable, names: Mapping[int, Key]) -> None:
        """`names`: keys of all ids from 0x8000 on."""
        self._tx, self._local, self._one, self._names = tx, local, one, names
        self._visited: set[FolderId] = set()
        self._is_away: bool | None = None
        self.filing = Filing()

    def run(self, folder: FolderId, stored: list[StoredRule]) -> None:
        """The rules of a folder where it has come to; of one where it is moved, those too (R512), once."""
        self._visited.add(folder)
        stays, ended = True, False
        for rule in map(_parsed, stored):
            if rule is None or not self._applies(rule, ended):
                continue
            for action in rule.actions:
                if not self._take(action):
                    stays = False
                ended |= action.action_type in (ActionType.OP_DELETE, ActionType.OP_BOUNCE)  # R550, R547
            ended |= RuleState.EXIT_LEVEL in rule.state
        if stays:
            self._put(folder)

    def _applies(self, rule: Rule, ended: bool) -> bool:
        """R516, R517, R560, R807: what is only for when its owner is away is looked at after an end as well."""
        if RuleState.ENABLED not in rule.state:
            return False
        only_away = RuleState.ONLY_WHEN_OOF in rule.state
        if (only_away and not self._away()) or (ended and not only_away):
            return False
        return rule.condition is None or matches(rule.condition, self._one)

    def _away(self) -> bool:
        if self._is_away is None:
            self._is_away = _is_away(self._tx, self._local.account)
        return self._is_away

    def _take(self, action: ActionBlock) -> bool:
        """Whether the message stays where it is."""
        data = action.data
        match action.action_type:
            case ActionType.OP_MOVE if isinstance(data, MoveCopyData):
                return not self._move(data)
            case ActionType.OP_COPY if isinstance(data, MoveCopyData):
                target = self._folder(data)
                if target is not None:
                    self._put(target)
            case ActionType.OP_DELETE:
                return False
            case ActionType.OP_MARK_AS_READ:
                self.filing.read = True
            case ActionType.OP_TAG if isinstance(data, TagData):
                self._tag(data.value)
            case ActionType.OP_FORWARD | ActionType.OP_DELEGATE if isinstance(data, ForwardDelegateData):
                self._forward(data)
            case ActionType.OP_BOUNCE if isinstance(data, BounceData):
                too_large = data.bounce_code is BounceCode.TOO_LARGE
                self.filing.refusal = MessageTooLarge() if too_large else NotWanted()
                return False
        return True

    def _move(self, data: MoveCopyData) -> bool:
        """Whether it could be."""
        target = self._folder(data)
        if target is None or (target not in self.filing.folders and len(self.filing.folders) >= MAX_COPIES):
            return False
        stored = [] if target in self._visited else rules_of(self._tx, self._local.account, target)
        if stored:
            self.run(target, stored)
        else:
            self._put(target)
        return True

    def _put(self, folder: FolderId) -> None:
        if len(self.filing.folders) < MAX_COPIES:
            self.filing.folders[folder] = None

    def _folder(self, data: MoveCopyData) -> FolderId | None:
        """One of this mailbox that can have messages; None: it cannot be told, or is gone."""
        if not data.folder_in_this_store:
            return None
        try:
            told = ServerEid.read(Reader(data.folder_eid)).folder_id
            if told.replica != OWN_REPLICA:
                return None
            folder = load_folder(self._tx, self._local.account, FolderId(told.counter)).id
        except (BadSyntax, FolderNotFound):
            return None
        return folder if load_search(self._tx, self._local.account, folder) is None else None

    def _tag(self, value: TaggedValue) -> None:
        key = value.tag.id if value.tag.id < 0x8000 else self._names.get(value.tag.id)
        if key is not None:
            self.filing.tagged[key] = _in_unicode(value)

    def _forward(self, data: ForwardDelegateData) -> None:
        for block in data.recipient_blocks:
            address = address_of(self._tx, {value.tag.id: value for value in block.property_values})
            if address is not None and len(self.filing.forwards) < MAX_FORWARDS:
                self.filing.forwards[str(address).lower()] = address


def _parsed(stored: StoredRule) -> Rule | None:
    try:
        return rule_of(parse_stored_properties(stored.form), stored.state)
    except BadSyntax:
        log.info("rule passed over", rule=stored.id, reason="it cannot be read")
        return None


def _is_away(tx: Transaction, account: AccountId) -> bool:
    """PidTagOutOfOfficeState."""
    try:
        known = load_folder_object(tx, account, load_folder(tx, account, MAILBOX_ROOT)).properties
    except FolderNotFound:
        return False
    return bool(value_of(known, tags.PidTagOutOfOfficeState, False))


def _in_unicode(value: TaggedValue) -> Typed:
    kind, found = value.tag.type, value.value
    if kind & ~MULTIPLE != PropertyType.STRING8:
        return Typed(kind, found)
    texts: Any = tuple(map(text_of, found)) if isinstance(found, tuple) else text_of(found)
    return Typed(PropertyType.STRING | kind & MULTIPLE, texts)
