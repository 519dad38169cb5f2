"""What rules leave to their clients, and what of them fails: messages in the Deferred Action folder.

Statements are those of [MS-OXORULE].
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import Any

import pytest
from mapi_news import NewsSession
from mapi_properties import NOT_FOUND
from mapi_rules import (
    DELETING,
    ENABLED,
    EXIT,
    ID,
    MODIFY,
    NAME,
    READING,
    REPLACE,
    STATE,
    RuleSession,
    changing,
    copying,
    forwarding,
    forwarding_to,
    into,
    moving,
    rule,
    subject_has,
)
from mapi_session import LOGON, deliver, imap_subjects, mapi_hub, share
from mapi_tables import UP, TableSession

from posthouse.database import Transaction
from posthouse.delivery.deferred import MAX_DEFERRED
from posthouse.delivery.rules import MAX_FORWARDS
from posthouse.model.ids import FolderId
from posthouse.model.rights import ALL_RIGHTS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.rops.folder import (
    RopDeleteMessagesRequest,
    RopEmptyFolderRequest,
    RopHardDeleteMessagesAndSubfoldersRequest,
    RopHardDeleteMessagesRequest,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopOpenMessageRequest,
    RopOpenMessageResponse,
)
from posthouse.protocols.mapi.rops.notification_data import TableEventType
from posthouse.protocols.mapi.rops.rule import (
    RopUpdateDeferredActionMessagesRequest,
    RopUpdateDeferredActionMessagesResponse,
)
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    ClientData,
    MoveCopyData,
    ServerEid,
    TagData,
    format_rule_actions,
)
from posthouse.protocols.mapi.rules import RuleError, RuleState
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.accounts import set_quota, usage
from posthouse.store.content import add_content
from posthouse.store.intake import content_of
from posthouse.store.messages import MAX_UID, NewMessage, append_all, remove
from posthouse.testing import MailHub

DAM, DEM = "IPC.Microsoft Exchange 4.0.Deferred Action", "IPC.Microsoft Exchange 4.0.Deferred Error"
HAS_DAM = tags.PidTagHasDeferredActionMessages
NAMED = tags.PidTagDeferredActionMessageOriginalEntryId
OF_DAM = (
    *(tags.PidTagMessageClass, tags.PidTagDamBackPatched, tags.PidTagDamOriginalEntryId, tags.PidTagRuleProvider),
    *(tags.PidTagRuleFolderEntryId, tags.PidTagClientActions, tags.PidTagRuleIds, NAMED, tags.PidTagMid),
)
OF_DEM = (
    *(tags.PidTagMessageClass, tags.PidTagRuleError, tags.PidTagRuleActionType, tags.PidTagRuleActionNumber),
    *(tags.PidTagRuleProvider, tags.PidTagDamOriginalEntryId, tags.PidTagRuleFolderEntryId, tags.PidTagRuleId),
)
SOUND, SHOW = (
    ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"sound")),
    ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"show\0it"), 0, 0x1234),
)
NOWHERE = ObjectId(OWN_REPLICA, 1 << 40)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


class DeferredSession(RuleSession):
    def dams(self, *columns: PropertyTag) -> list[Any]:
        """Rows of the Deferred Action folder, as they came."""
        table = self.contents_of(self.special(Special.DEFERRED_ACTION), *columns or OF_DAM)
        return self.rows(self.sort(table, (tags.PidTagInternetArticleNumber, UP)))

    def dems(self) -> list[Any]:
        return self.dams(*OF_DEM)

    def arrived(self, subject: str, body: str = "text") -> ObjectId:
        """A message that has come by SMTP: its id, in the Inbox."""
        deliver(self.hub, "alice", subject, body)
        return self.message_ids()[-1]

    def entry_id(self, message: ObjectId, folder: int = 1) -> bytes:
        return self.identity.message_entry_id(folder, message.counter)

    def update(self, server: bytes, client: bytes, slot: int = LOGON) -> int:
        return self.error(RopUpdateDeferredActionMessagesRequest(0, slot, server, client))

    def empty(self) -> None:
        folder = self.open(self.special(Special.DEFERRED_ACTION))
        gone = tuple(ObjectId(OWN_REPLICA, int.from_bytes(pack("<q", mid)[2:], "big")) for mid in self.mids())
        self.execute(RopDeleteMessagesRequest(0, folder, False, False, gone))

    def mids(self) -> list[int]:
        return self.dams(tags.PidTagMid)


@pytest.fixture
def alice(hub: MailHub) -> Iterator[DeferredSession]:
    session = DeferredSession(hub, "alice")
    yield session
    session.clear()
    session.empty()
    session.client.post("Disconnect", bytes(4))


# what is left to clients


def test_a_rule_for_its_client(alice: DeferredSession) -> None:
    """R257, R313, R320, R321, R351, R352 to R354, R356, R358 to R360, R362 to R365, R367 to R370, R426, R427,
    R535, R536, R563 to R565, R567, R722 to R724, R740, R741, R806, R808, R932: the client learns what the rule says,
    and of which message; the message has a mark."""
    assert alice.modify(rule(SOUND, SHOW, when=subject_has("play"), provider="Mine")) == 0
    [number] = alice.rules(ID)
    other, message = alice.arrived("quiet"), alice.arrived("play it")
    [row] = alice.dams()
    assert row[:7] == (
        *(DAM, False, alice.entry_id(message), "Mine", alice.identity.folder_entry_id(1)),
        *(format_rule_actions((SOUND, SHOW)), pack("<q", number)),
    )
    slot = alice.opened_message(oid_of(row[8]), special=Special.DEFERRED_ACTION)
    assert alice.value(slot, tags.PidTagClientActions)[:2] == b"\2\0"
    kinds = {tag.id: tag.type for tag in alice.listed(slot)}
    assert {tag: kinds[tag.id] for tag in OF_DAM} == {tag: tag.type for tag in OF_DAM}
    assert alice.value(alice.opened_message(message), HAS_DAM) is True
    assert alice.value(alice.opened_message(other), HAS_DAM) in (False, NOT_FOUND)


def oid_of(mid: int) -> ObjectId:
    return ObjectId(OWN_REPLICA, int.from_bytes(pack("<q", mid)[2:], "big"))


@pytest.mark.parametrize("hard", [False, True])
def test_when_nothing_is_left_to_be_done(alice: DeferredSession, hard: bool) -> None:
    """R724, R886: the message has its mark until the last message about it is gone, and loses it then."""
    assert alice.modify(rule(SOUND, provider="One"), rule(SHOW, provider="Two")) == 0
    first, second = alice.arrived("one"), alice.arrived("more")
    folder = alice.open(alice.special(Special.DEFERRED_ACTION))
    kind = RopHardDeleteMessagesRequest if hard else RopDeleteMessagesRequest
    of_first, others = alice.mids()[:2], alice.mids()[2:]
    for mid, told in zip(of_first, (True, False), strict=True):
        alice.execute(kind(0, folder, False, False, (oid_of(mid),)))
        assert alice.value(alice.opened_message(first), HAS_DAM) is told
    assert alice.value(alice.opened_message(second), HAS_DAM) is True
    emptying = RopHardDeleteMessagesAndSubfoldersRequest if hard else RopEmptyFolderRequest
    alice.execute(emptying(0, folder, False, True))
    assert (len(others), alice.mids()) == (2, [])
    assert alice.value(alice.opened_message(second), HAS_DAM) is False


def test_a_copy_has_nothing_left_to_be_done(hub: MailHub, alice: DeferredSession) -> None:
    """R886: what a rule has copied elsewhere is another message, of which nothing is told to the client."""
    target, _, path = alice.new()
    assert alice.modify(rule(SOUND, sequence=1), rule(copying(target), sequence=2)) == 0
    message = alice.arrived("twice")
    [copy] = alice.message_ids(path)
    assert alice.value(alice.opened_message(message), HAS_DAM) is True
    slot = alice.slot()
    alice.get(
        RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, target, MessageOpenMode.READ_ONLY, copy),
        RopOpenMessageResponse,
    )
    assert alice.value(slot, HAS_DAM) in (False, NOT_FOUND)


def test_the_name_of_a_deferred_action(alice: DeferredSession) -> None:
    """R371, R372: the server's own id of the message that asks."""
    assert alice.modify(rule(SOUND)) == 0
    alice.arrived("name")
    [(name, mid)] = alice.dams(NAMED, tags.PidTagMid)
    folder = alice.special(Special.DEFERRED_ACTION)
    assert name == ServerEid(1, folder, oid_of(mid), 0).format()


def test_several_rules_of_one_client(alice: DeferredSession) -> None:
    """R366, R368, R369, R568, R569, R908: one message for all of them, with the first one's id for each."""
    assert alice.modify(rule(SOUND, sequence=1), rule(READING, sequence=2), rule(SHOW, SOUND, sequence=3)) == 0
    first, _, _ = alice.rules(ID)
    alice.arrived("together")
    [(actions, ids)] = alice.dams(tags.PidTagClientActions, tags.PidTagRuleIds)
    assert actions == format_rule_actions((SOUND, SHOW, SOUND))
    assert ids == pack("<qq", first, first)


def test_rules_of_several_clients(alice: DeferredSession) -> None:
    """R571: a message for each."""
    assert alice.modify(rule(SOUND, provider="One"), rule(SHOW, provider="Two"), rule(SHOW, provider="One")) == 0
    alice.arrived("apart")
    found = alice.dams(tags.PidTagRuleProvider, tags.PidTagClientActions)
    assert found == [
        ("One", format_rule_actions((SOUND, SHOW))),
        ("Two", format_rule_actions((SHOW,))),
    ]


@pytest.mark.parametrize("kind", [ActionType.OP_MOVE, ActionType.OP_COPY, ActionType(0x77)])
def test_what_only_a_client_can_do(alice: DeferredSession, kind: ActionType) -> None:
    """R563, R704, R737, R958, R959, R961: into another store, with whatever the client needs to find it, or what nobody
    knows; then nothing of the rule is done here."""
    data = ClientData(b"?") if kind == 0x77 else MoveCopyData(False, b"store", b"a folder of my own")
    action = ActionBlock(kind, data)
    assert alice.modify(rule(DELETING, action)) == 0
    message = alice.arrived("elsewhere")
    assert alice.dams(tags.PidTagClientActions) == [format_rule_actions((DELETING, action))]
    assert alice.value(alice.opened_message(message), tags.PidTagSubject) == "elsewhere"


def test_a_rule_that_has_changed(alice: DeferredSession) -> None:
    """R883: it is the new one that the client hears of."""
    assert alice.modify(rule(SOUND)) == 0
    [number] = alice.rules(ID)
    assert alice.modify(changing(MODIFY, {ID: number, tags.PidTagRuleActions: (SHOW,)})) == 0
    alice.arrived("changed")
    assert alice.dams(tags.PidTagClientActions) == [format_rule_actions((SHOW,))]


def test_a_message_that_other_rules_move(hub: MailHub, alice: DeferredSession) -> None:
    """R740, R741: the client is told where it lies, and whose rule it is; of one that is deleted it does not hear."""
    target, _, path = alice.new()
    assert alice.modify(rule(SOUND, sequence=1), rule(moving(target), sequence=2, when=subject_has("moved"))) == 0
    deliver(hub, "alice", "moved")
    [message] = alice.message_ids(path)
    told = alice.dams(tags.PidTagDamOriginalEntryId, tags.PidTagRuleFolderEntryId)
    assert told == [(alice.entry_id(message, target.counter), alice.identity.folder_entry_id(1))]
    alice.empty()
    assert alice.modify(rule(SOUND, sequence=1), rule(DELETING, sequence=2), flags=REPLACE) == 0
    deliver(hub, "alice", "deleted")
    assert alice.dams() == []


def test_the_last_rule_is_its_clients(alice: DeferredSession) -> None:
    """R857: a rule that ends all is no other for being left to its client."""
    assert alice.modify(rule(SOUND, state=ENABLED | EXIT, sequence=1), rule(SHOW, sequence=2)) == 0
    alice.arrived("last")
    assert alice.dams(tags.PidTagClientActions) == [format_rule_actions((SOUND,))]


def test_news_of_deferred_actions(hub: MailHub, alice: DeferredSession) -> None:
    """R776, R899: a client that has the folder open hears at once."""
    assert alice.modify(rule(SOUND)) == 0
    session = NewsSession(hub, "alice")
    table = session.contents_of(session.special(Special.DEFERRED_ACTION), tags.PidTagMessageClass)
    session.rows(table)
    session.take()
    alice.arrived("news")
    [told] = session.heard(session.handles[table])
    assert told.table_event_type is TableEventType.TABLE_ROW_ADDED
    session.client.post("Disconnect", bytes(4))


def test_every_mailbox_has_the_folder(hub: MailHub) -> None:
    """R508: before anybody has asked for it."""
    bob = DeferredSession(hub, "bob")
    assert bob.dams() == []


def test_a_client_that_does_not_come(hub: MailHub, alice: DeferredSession) -> None:
    """R389, R574, R751, R884, R886, R5741: when it has left so many undone that no other is kept, the rule has
    failed."""
    assert alice.modify(rule(SOUND)) == 0
    folder = alice.special(Special.DEFERRED_ACTION)
    content = content_of(hub.running.store.blobs, b"Subject: left undone\r\n\r\n")

    def fill(tx: Transaction) -> None:
        new = [NewMessage(add_content(tx, content), content.size, 0)] * MAX_DEFERRED
        append_all(tx, alice.account, FolderId(folder.counter), new, 0)

    hub.write(fill)
    message = alice.arrived("too many")
    assert alice.value(alice.opened_message(message), HAS_DAM) in (False, NOT_FOUND)
    table = alice.contents_of(folder, *OF_DEM[:4])
    assert (DEM, RuleError.DEFERRED_ACTION, 0, 0) in alice.all_rows(table)
    hub.write(lambda tx: remove(tx, alice.account, FolderId(folder.counter), ((1, MAX_UID),)))


# messages that have become others


def test_a_message_gets_another_name(alice: DeferredSession) -> None:
    """R136, R145, R147, R355, R613, R617 to R620, MS-OXCROPS R3634: all that answer to the old name answer to the new
    one."""
    assert alice.modify(rule(SOUND, provider="One"), rule(SHOW, provider="Two")) == 0
    alice.arrived("first")
    one, two = alice.dams(NAMED)
    assert one == two
    alice.arrived("second")
    untouched = alice.dams(*OF_DAM)[2:]
    response = alice.get(
        RopUpdateDeferredActionMessagesRequest(0, LOGON, one, b"in my own store"),
        RopUpdateDeferredActionMessagesResponse,
    )
    assert response.format() == bytes.fromhex("57 00 00000000")
    told = alice.dams(NAMED, tags.PidTagDamBackPatched, tags.PidTagDamOriginalEntryId)
    assert told[:2] == [(b"in my own store", True, b"in my own store")] * 2
    assert alice.dams(*OF_DAM)[2:] == untouched
    assert alice.update(b"in my own store", b"elsewhere") == 0
    assert alice.dams(NAMED)[:2] == [b"elsewhere"] * 2


def test_names_that_are_none(hub: MailHub, alice: DeferredSession) -> None:
    """R614: nothing is called so, nothing can be called so, or it is not asked of a mailbox; a name that is well formed
    may have gone meanwhile."""
    assert alice.modify(rule(SOUND)) == 0
    alice.arrived("named")
    before = alice.dams()
    name = before[0][7]
    for server, client in ((b"nothing", b"x"), (b"", b"x"), (name, b""), (name[:-1], b"x"), (b"\0" + name[1:], b"x")):
        assert alice.update(server, client) == ErrorCode.ecInvalidParameter
    assert alice.update(name, b"x", alice.inbox) == ErrorCode.ecNotSupported
    assert alice.dams() == before
    alice.empty()
    assert alice.update(name, b"x") == 0


def test_guests_have_nothing_to_say(hub: MailHub, alice: DeferredSession) -> None:
    """What the owner's client is to do is the owner's."""
    share(hub, "alice", "INBOX", "bob", ALL_RIGHTS)
    bob = TableSession(hub, "bob", "alice")
    rop = RopUpdateDeferredActionMessagesRequest(0, LOGON, b"name", b"x")
    assert bob.error(rop) == ErrorCode.ecAccessDenied


# what fails


def test_a_rule_that_fails(hub: MailHub, alice: DeferredSession) -> None:
    """R64, R387, R743, R745 to R751, R896, R1009, R706, R707, R709 to R717, R805, R806, R809 to R813, R903, R909, R913,
    R7132, R7152: which rule, at which of its actions and why, and of which message; the other actions are done."""
    copied, _, path = alice.new()
    assert alice.modify(rule(copying(copied), moving(NOWHERE), provider="Mine", when=subject_has("fails"))) == 0
    [number] = alice.rules(ID)
    message = alice.arrived("it fails")
    assert imap_subjects(hub, "alice", path) == ["it fails"]
    [mid] = alice.mids()
    slot = alice.opened_message(oid_of(mid), special=Special.DEFERRED_ACTION)
    kinds = {tag.id: tag.type for tag in alice.listed(slot)}
    assert {tag: kinds[tag.id] for tag in OF_DEM} == {tag: tag.type for tag in OF_DEM}
    assert alice.dems() == [
        (
            *(DEM, RuleError.MOVE_OR_COPY, ActionType.OP_MOVE, 1, "Mine"),
            *(alice.entry_id(message), alice.identity.folder_entry_id(1), number),
        )
    ]
    assert alice.rules(STATE) == [ENABLED | RuleState.ERROR]


def test_of_a_rule_that_fails_again(alice: DeferredSession) -> None:
    """R581: nothing more is told, until its client has changed it."""
    assert alice.modify(rule(moving(NOWHERE))) == 0
    [number] = alice.rules(ID)
    for _ in range(3):
        alice.arrived("again")
    assert len(alice.dems()) == 1
    assert alice.modify(changing(MODIFY, {ID: number, NAME: "mended"})) == 0
    assert alice.rules(STATE) == [ENABLED]
    alice.arrived("and again")
    assert len(alice.dems()) == 2


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (into(ActionType.OP_COPY, NOWHERE), RuleError.MOVE_OR_COPY),
        (moving(ObjectId(9, 1)), RuleError.MOVE_OR_COPY),
        (ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, b"", b"no folder")), RuleError.FORMAT),
        (
            ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, b"", bytes(21))),
            RuleError.FORMAT,
        ),
        (forwarding(PidTagDisplayName="Nobody"), RuleError.EXECUTION),
        *(
            (
                ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(PropertyTag(number, PropertyType.STRING), "x"))),
                RuleError.PROCESSING,
            )
            for number in (0x8FFF, 0)
        ),
    ],
)
def test_why_a_rule_fails(alice: DeferredSession, action: ActionBlock, error: RuleError) -> None:
    """R75, R385 to R387, R392, R748, R981, R982: there is no such folder, or none can be read; nobody is meant; the
    property has no name."""
    assert alice.modify(rule(READING, action)) == 0
    message = alice.arrived("why")
    [told] = alice.dems()
    assert told[1:4] == (error, action.action_type, 1)
    assert told[5] == alice.entry_id(message)
    mark = RuleState.PARSE_ERROR if error is RuleError.FORMAT else RuleState.ERROR
    assert alice.rules(STATE) == [ENABLED | mark]


def test_a_rule_that_forwards_to_too_many(alice: DeferredSession) -> None:
    """R394."""
    actions = [forwarding_to(f"person{number}@x.example") for number in range(MAX_FORWARDS + 1)]
    assert alice.modify(rule(*actions[:60]), rule(*actions[60:])) == 0
    alice.arrived("to all")
    [told] = alice.dems()
    assert told[1:4] == (RuleError.RECIPIENTS, ActionType.OP_FORWARD, MAX_FORWARDS - 60)


def test_a_rule_that_fails_for_a_message_that_is_gone(alice: DeferredSession) -> None:
    """R743: it is told of nevertheless, when another rule has deleted it."""
    assert alice.modify(rule(moving(NOWHERE)), rule(DELETING)) == 0
    before = len(alice.message_ids())
    deliver(alice.hub, "alice", "gone")
    assert len(alice.message_ids()) == before
    [told] = alice.dems()
    assert told[5] == NOT_FOUND


def test_no_room_for_a_copy(hub: MailHub, alice: DeferredSession) -> None:
    """R393: the message is there, a copy does not fit."""
    copied, _, _ = alice.new()
    assert alice.modify(rule(copying(copied), when=subject_has("large"))) == 0
    used = hub.read(lambda tx: usage(tx, alice.account)).used_bytes
    hub.write(lambda tx: set_quota(tx, alice.account, used + 30_000, 0))
    alice.arrived("large", ("x" * 70 + "\r\n") * 300)
    hub.write(lambda tx: set_quota(tx, alice.account, 0, 0))
    [told] = alice.dems()
    assert told[1:4] == (RuleError.QUOTA, ActionType.OP_COPY, 0)
