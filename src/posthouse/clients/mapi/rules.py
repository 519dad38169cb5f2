"""Rules of a folder: what the server does with mail that arrives there – [MS-OXORULE] 3.1.4.2.

    await inbox.rules.add(Rule("invoices", subject_has("invoice"), [move_to(invoices), mark_read()]))

Conditions are restrictions; those that are needed most have a function here. So have actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import OneOffEntryId
from posthouse.protocols.mapi.identifiers import ObjectId, folder_server_id
from posthouse.protocols.mapi.matching import IGNORE_CASE
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import And, Content, Exist, FuzzyLow, Not, Or, Property, RelOp, Restriction
from posthouse.protocols.mapi.rops.recipient import RecipientType
from posthouse.protocols.mapi.rops.rule import (
    ModifyRulesFlags,
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RopModifyRulesResponse,
    RuleData,
    RuleDataFlags,
    RulesTableFlags,
)
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    ForwardDelegateData,
    ForwardFlavor,
    MoveCopyData,
    RecipientBlockData,
    ReplyData,
    TagData,
)
from posthouse.protocols.mapi.rules import RuleState

from .names import Link
from .refs import Ref
from .table import open_table

PROVIDER = "RuleOrganizer"
"""Whose rules Outlook shows among its own."""
_COLUMNS = (
    *(tags.PidTagRuleId, tags.PidTagRuleName, tags.PidTagRuleCondition, tags.PidTagRuleActions),
    *(tags.PidTagRuleState, tags.PidTagRuleSequence, tags.PidTagRuleProvider),
)
_IN_THIS_STORE = b"\0"
"""In place of the entry id of the mailbox, which its server does not need."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Restriction
    actions: Sequence[ActionBlock]
    state: RuleState = RuleState.ENABLED
    """EXIT_LEVEL: no other rule is looked at behind it. ERROR: it could not be executed, as the server says."""
    sequence: int = 10
    """Those with lower numbers come first."""
    provider: str = PROVIDER
    id: int | None = None
    """The server's; None: it is not there yet."""


class Rules:
    """Of an open folder, for whoever owns it."""

    def __init__(self, link: Link, folder: Ref) -> None:
        self._link, self._folder = link, folder

    async def all(self) -> list[Rule]:
        """In their order."""
        table = await open_table(
            self._link,
            self._folder,
            lambda of, at: RopGetRulesTableRequest(0, of, at, RulesTableFlags.UNICODE),
            RopGetRulesTableResponse,
        )
        with table:
            await table.columns(*_COLUMNS)
            found = [_read(*row) async for row in table.rows()]
        return sorted(found, key=lambda rule: rule.sequence)

    async def add(self, rule: Rule) -> Rule:
        """As it is then, with its id."""
        before = {one.id for one in await self.all()}
        await self._modify(RuleDataFlags.ROW_ADD, _values(rule))
        [added] = [one for one in await self.all() if one.id not in before]
        return added

    async def change(self, rule: Rule) -> None:
        """The one with its id becomes this. What the server said of it (that it has failed) is forgotten."""
        await self._modify(RuleDataFlags.ROW_MODIFY, {tags.PidTagRuleId: rule.id, **_values(rule)})

    async def switch(self, rule: Rule, *, on: bool) -> None:
        state = rule.state | RuleState.ENABLED if on else rule.state & ~RuleState.ENABLED
        await self.change(replace(rule, state=state))

    async def remove(self, rule: Rule) -> None:
        await self._modify(RuleDataFlags.ROW_REMOVE, {tags.PidTagRuleId: rule.id})

    async def _modify(self, what: RuleDataFlags, values: dict[PropertyTag, Any]) -> None:
        data = RuleData(what, tuple(TaggedValue(tag, value) for tag, value in values.items()))
        await self._link.session.get(
            lambda at: RopModifyRulesRequest(0, at(self._folder), ModifyRulesFlags(0), (data,)), RopModifyRulesResponse
        )


def _read(id: int, name: str | None, when: Any, actions: Any, state: int, sequence: int, provider: str) -> Rule:
    return Rule(name or "", when, tuple(actions or ()), RuleState(state & 0xFFFFFFFF), sequence, provider, id)


def _values(rule: Rule) -> dict[PropertyTag, Any]:
    return {
        tags.PidTagRuleSequence: rule.sequence,
        tags.PidTagRuleState: int(rule.state),
        tags.PidTagRuleName: rule.name,
        tags.PidTagRuleProvider: rule.provider,
        tags.PidTagRuleLevel: 0,
        tags.PidTagRuleCondition: rule.when,
        tags.PidTagRuleActions: tuple(rule.actions),
    }


# conditions


def always() -> Restriction:
    return Exist(tags.PidTagMessageClass)


def subject_has(text: str) -> Restriction:
    """In whichever case, like all that follow."""
    return _has(tags.PidTagSubject, text)


def body_has(text: str) -> Restriction:
    return _has(tags.PidTagBody, text)


def comes_from(address: str) -> Restriction:
    """By who stands in From."""
    return _has(tags.PidTagSentRepresentingSmtpAddress, address, FuzzyLow.FULL_STRING)


def names_me() -> Restriction:
    """Its owner is in To or Cc."""
    return Or(tuple(_is(tag) for tag in (tags.PidTagMessageToMe, tags.PidTagMessageCcMe)))


def all_of(*conditions: Restriction) -> Restriction:
    return And(conditions)


def any_of(*conditions: Restriction) -> Restriction:
    return Or(conditions)


def unless(condition: Restriction) -> Restriction:
    return Not(condition)


def _has(tag: PropertyTag, text: str, how: FuzzyLow = FuzzyLow.SUBSTRING) -> Restriction:
    return Content(how, IGNORE_CASE, tag, TaggedValue(tag, text))


def _is(tag: PropertyTag) -> Restriction:
    return Property(RelOp.EQ, tag, TaggedValue(tag, True))


# actions


def move_to(folder: ObjectId) -> ActionBlock:
    """By its id, in the same mailbox."""
    return ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, _IN_THIS_STORE, folder_server_id(folder)))


def copy_to(folder: ObjectId) -> ActionBlock:
    return ActionBlock(ActionType.OP_COPY, MoveCopyData(True, _IN_THIS_STORE, folder_server_id(folder)))


def delete() -> ActionBlock:
    """For good."""
    return ActionBlock(ActionType.OP_DELETE)


def mark_read() -> ActionBlock:
    return ActionBlock(ActionType.OP_MARK_AS_READ)


def put(tag: PropertyTag, value: Any) -> ActionBlock:
    """A property of the message."""
    return ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(tag, value)))


def forward_to(*addresses: str) -> ActionBlock:
    """As its owner would forward it."""
    return _forward(addresses, ForwardFlavor(0))


def redirect_to(*addresses: str) -> ActionBlock:
    """As it is, from who has sent it."""
    return _forward(addresses, ForwardFlavor.PR | ForwardFlavor.NC)


def answer_away(folder: ObjectId, template: ObjectId, name: UUID) -> ActionBlock:
    """While its owner is away. `template`: an associated message in that folder, with that PidTagReplyTemplateId."""
    return ActionBlock(ActionType.OP_OOF_REPLY, ReplyData(folder, template, name))


def _forward(addresses: Sequence[str], flavor: ForwardFlavor) -> ActionBlock:
    blocks = tuple(RecipientBlockData(0, _recipient(address)) for address in addresses)
    return ActionBlock(ActionType.OP_FORWARD, ForwardDelegateData(blocks), flavor)


def _recipient(address: str) -> tuple[TaggedValue, ...]:
    return (
        TaggedValue(tags.PidTagEntryId, OneOffEntryId(address, "SMTP", address).format()),
        TaggedValue(tags.PidTagDisplayName, address),
        TaggedValue(tags.PidTagAddressType, "SMTP"),
        TaggedValue(tags.PidTagEmailAddress, address),
        TaggedValue(tags.PidTagRecipientType, int(RecipientType.TO)),
    )
