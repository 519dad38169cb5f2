"""Rules for tests of MAPI: a session in which they are made and looked at, and what they are made of, in few words."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from mapi_session import LOGON
from mapi_tables import TableSession

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.recipients import AddressType, RecipientFlags, RecipientRow
from posthouse.protocols.mapi.restrictions import Content, Exist, FuzzyLow, Restriction
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
)
from posthouse.protocols.mapi.rops.recipient import (
    ModifyRecipientRow,
    RecipientType,
    RopModifyRecipientsRequest,
    RopModifyRecipientsResponse,
)
from posthouse.protocols.mapi.rops.rule import (
    ModifyRulesFlags,
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RuleData,
    RuleDataFlags,
    RulesTableFlags,
)
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    ForwardDelegateData,
    ForwardFlavor,
    MoveCopyData,
    RecipientBlockData,
    ReplyData,
    ServerEid,
)
from posthouse.protocols.mapi.rules import RuleState
from posthouse.queue.rows import ids as queue_ids
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

ADD, MODIFY, REMOVE = RuleDataFlags.ROW_ADD, RuleDataFlags.ROW_MODIFY, RuleDataFlags.ROW_REMOVE
PLAINLY, REPLACE = ModifyRulesFlags(0), ModifyRulesFlags.R
ID, NAME, SEQUENCE, STATE = tags.PidTagRuleId, tags.PidTagRuleName, tags.PidTagRuleSequence, tags.PidTagRuleState
ENABLED, EXIT, AWAY = RuleState.ENABLED, RuleState.EXIT_LEVEL, RuleState.ONLY_WHEN_OOF
DELETING, READING = ActionBlock(ActionType.OP_DELETE), ActionBlock(ActionType.OP_MARK_AS_READ)
REDIRECT = ForwardFlavor.PR | ForwardFlavor.NC
SMTP = RecipientFlags.DISPLAY_NAME | RecipientFlags.EMAIL_ADDRESS | RecipientFlags(AddressType.SMTP)
ALWAYS: Restriction = Exist(tags.PidTagMessageClass)


class RuleSession(TableSession):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.inbox = self.open(self.special(Special.INBOX))

    def modify(self, *changes: RuleData, flags: ModifyRulesFlags = PLAINLY, folder: int | None = None) -> int:
        """The ReturnValue."""
        return self.error(RopModifyRulesRequest(0, self.inbox if folder is None else folder, flags, changes))

    def rules(self, *columns: PropertyTag, folder: int | None = None) -> list[Any]:
        slot = self.slot()
        where = self.inbox if folder is None else folder
        self.get(RopGetRulesTableRequest(0, where, slot, RulesTableFlags.UNICODE), RopGetRulesTableResponse)
        return self.rows(self.set_columns(slot, *columns))

    def clear(self) -> None:
        assert self.modify(flags=REPLACE) == 0

    def template(self, values: dict[PropertyTag, Any], *to: str) -> ReplyData:
        """A new reply template in the Inbox, for these as well ([MS-OXORULE] 3.1.4.2.5)."""
        slot, inbox = self.slot(), self.special(Special.INBOX)
        self.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, inbox, True), RopCreateMessageResponse)
        name = uuid4()
        assert self.set(slot, {tags.PidTagReplyTemplateId: name.bytes_le, **values}) == ()
        self.address(slot, *to)
        return ReplyData(inbox, self.saved(slot), name)

    def address(self, slot: int, *to: str) -> None:
        people = [RecipientRow(SMTP | RecipientFlags.UNICODE, email_address=one, display_name=one) for one in to]
        rows = tuple(ModifyRecipientRow(place, RecipientType.TO, one) for place, one in enumerate(people))
        if rows:
            self.get(RopModifyRecipientsRequest(0, slot, (), rows), RopModifyRecipientsResponse)

    def submit(self, values: dict[PropertyTag, Any], *to: str) -> None:
        """A message of its own."""
        slot = self.new_message(special=Special.OUTBOX)
        assert self.set(slot, values) == ()
        self.address(slot, *to)
        assert self.error(RopSubmitMessageRequest(0, slot)) == 0

    def set_away(self, away: bool) -> None:
        """PidTagOutOfOfficeState."""
        assert self.set(LOGON, {tags.PidTagOutOfOfficeState: away}) == ()


def changing(what: RuleDataFlags, values: dict[PropertyTag, Any]) -> RuleData:
    return RuleData(what, tuple(TaggedValue(*value) for value in values.items()))


def rule(
    *actions: ActionBlock, when: Restriction = ALWAYS, state: int = ENABLED, sequence: int = 10, **more: Any
) -> RuleData:
    values: dict[PropertyTag, Any] = {
        SEQUENCE: sequence,
        STATE: int(state),
        NAME: more.get("name", "a rule"),
        tags.PidTagRuleProvider: more.get("provider", "RuleOrganizer"),
        tags.PidTagRuleLevel: 0,
        tags.PidTagRuleCondition: when,
        tags.PidTagRuleActions: actions,
    }
    return changing(ADD, values)


def into(kind: ActionType, folder: ObjectId, *, ours: bool = True) -> ActionBlock:
    eid = ServerEid(1, folder, ObjectId(0, 0), 0).format()
    return ActionBlock(kind, MoveCopyData(ours, b"\0", eid))


def moving(folder: ObjectId) -> ActionBlock:
    return into(ActionType.OP_MOVE, folder)


def copying(folder: ObjectId) -> ActionBlock:
    return into(ActionType.OP_COPY, folder)


def forwarding(flavor: int = REDIRECT, kind: ActionType = ActionType.OP_FORWARD, **values: Any) -> ActionBlock:
    found = tuple(TaggedValue(getattr(tags, name), value) for name, value in values.items())
    return ActionBlock(kind, ForwardDelegateData((RecipientBlockData(0, found),)), flavor)


def forwarding_to(address: str, flavor: int = REDIRECT, kind: ActionType = ActionType.OP_FORWARD) -> ActionBlock:
    told = {"PidTagAddressType": "SMTP", "PidTagEmailAddress": address, "PidTagDisplayName": address}
    return forwarding(flavor, kind, **told)


def answering(template: ReplyData, kind: ActionType = ActionType.OP_REPLY, flavor: int = 0) -> ActionBlock:
    return ActionBlock(kind, template, flavor)


def subject_has(text: str) -> Restriction:
    return Content(FuzzyLow.SUBSTRING, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, text))


def quiet(hub: MailHub) -> None:
    """Nothing is on its way any more."""
    assert awaited(lambda: not hub.read(queue_ids))


def awaited(what: Callable[[], Any]) -> Any:
    """What this says when it says something, and at last in any case."""
    end = monotonic() + 60
    while not (found := what()) and monotonic() < end:
        sleep(0.05)
    return found
