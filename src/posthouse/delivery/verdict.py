"""What rules come to: what is to become of a message, what their clients are to do, and what could not be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from posthouse.model.address import Address
from posthouse.model.ids import FolderId
from posthouse.model.refusals import Refusal
from posthouse.protocols.mapi.objects import Properties
from posthouse.protocols.mapi.rule_actions import ActionBlock, ActionType, ReplyFlavor
from posthouse.protocols.mapi.rules import OF_SERVER, Rule, RuleError

from .arrival import Template


@dataclass(slots=True)
class Deferral:
    """What one client is to do with a message."""

    rules: list[Rule] = field(default_factory=list)
    actions: list[ActionBlock] = field(default_factory=list)


class Origin(NamedTuple):
    """Of a DAM: the client, and the folder that has its rules."""

    folder: FolderId
    provider: str


class Cause(NamedTuple):
    """Of what is done: a rule, or one of its actions."""

    folder: FolderId
    """Whose rule it is."""
    rule: Rule
    action: ActionType | None = None
    """None: it is not about one of them."""
    number: int = 0
    """The action's, from 0."""


class Answer(NamedTuple):
    """What is to be sent back ([MS-OXORULE] 2.2.5.1.2.2)."""

    rule: Rule
    template: Template
    flavor: ReplyFlavor
    is_away: bool
    """It says that the recipient is out of office."""


class Manner(Enum):
    """How a message goes on ([MS-OXORULE] 2.2.5.1.1)."""

    FORWARDED = "forwarded"
    """Below a header, as a person forwards it."""
    ATTACHED = "attached"
    TEXT = "text"
    """As a short message."""
    REDIRECTED = "redirected"
    """From who has sent it."""
    UNCHANGED = "unchanged"
    DELEGATED = "delegated"
    """For somebody who acts in the recipient's place."""


@dataclass(slots=True)
class Filing:
    """What is to become of a message."""

    folders: dict[FolderId, Cause | None] = field(default_factory=dict)
    """Where it comes to lie, in order, and why; None: it stays there. Nowhere: it is deleted."""
    read: bool = False
    tagged: Properties = field(default_factory=dict)
    forwards: dict[str, tuple[Address, Manner]] = field(default_factory=dict)
    """By the addresses in small letters: nobody gets it twice."""
    answers: list[Answer] = field(default_factory=list)
    deferrals: dict[Origin, Deferral] = field(default_factory=dict)
    failures: dict[int, tuple[Cause, RuleError]] = field(default_factory=dict)
    """By the rules' ids: of each the first, unless its client has heard of one before."""
    refusal: Refusal | None = None
    """Then the sender hears of it, and nothing else is done."""

    def fail(self, cause: Cause | None, error: RuleError) -> None:
        """None: nothing that a rule has done."""
        if cause is not None and not cause.rule.state & OF_SERVER:
            self.failures.setdefault(cause.rule.id, (cause, error))

    def give_up_deferrals(self) -> None:
        """Their clients have left too much undone."""
        for origin, deferral in self.deferrals.items():
            for rule in deferral.rules:
                self.fail(Cause(origin.folder, rule), RuleError.DEFERRED_ACTION)
        self.deferrals.clear()


class Failed(Exception):
    """An action that cannot be taken."""

    def __init__(self, error: RuleError) -> None:
        super().__init__(error.name)
        self.error = error
