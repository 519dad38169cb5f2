"""Rules that are messages, on a real hub with mail that comes by SMTP. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from mapi_properties import KEEP, NOT_FOUND, typed
from mapi_rules import (
    ALWAYS,
    AWAY,
    DELETING,
    ENABLED,
    EXIT,
    READING,
    RuleSession,
    awaited,
    copying,
    moving,
    rule,
    subject_has,
)
from mapi_session import LOGON, deliver, imap_of, imap_subjects, mapi_hub

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_rules import (
    SIZE_LIMIT,
    VERSION,
    ExtendedRuleActions,
    ExtendedRuleCondition,
    NamedPropertyInformation,
)
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.named_tags import PidNameKeywords
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, Exist, FuzzyLow, Or, Restriction, SubObject
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags, RopDeleteMessagesRequest
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.stream import (
    RopCommitStreamRequest,
    RopOpenStreamRequest,
    RopOpenStreamResponse,
    RopWriteStreamRequest,
    StreamOpenMode,
)
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    ClientData,
    ExtendedForwardDelegateData,
    ExtendedMoveCopyData,
    ExtendedRecipientBlockData,
    ExtendedTagData,
)
from posthouse.protocols.mapi.rules import MAX_CONDITIONS, MAX_INNER, RuleState
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

CLASS = "IPM.ExtendedRule.Message"
NO_NAMES = NamedPropertyInformation()
ASSOCIATED = ContentsTableFlags.ASSOCIATED
MINE = PropertyName(UUID("0ba1f2c3-0000-4000-8000-0123456789ab"), "colour")
STATE = tags.PidTagRuleMessageState


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", relay="127.0.0.1:1") as hub:
        yield hub


class ExtendedSession(RuleSession):
    def put(
        self,
        *actions: ActionBlock,
        when: Restriction = ALWAYS,
        names: NamedPropertyInformation = NO_NAMES,
        more: Mapping[PropertyTag, Any] | None = None,
        folder: ObjectId | None = None,
    ) -> ObjectId:
        """A rule; the message's id. `more`: what else it says; None: what it does not say."""
        slot = self.drafted(*actions, when=when, names=names, more=more, folder=folder)
        found: ObjectId = self.saved(slot)
        return found

    def drafted(
        self,
        *actions: ActionBlock,
        when: Restriction = ALWAYS,
        names: NamedPropertyInformation = NO_NAMES,
        more: Mapping[PropertyTag, Any] | None = None,
        folder: ObjectId | None = None,
    ) -> int:
        slot, where = self.slot(), folder or self.special(Special.INBOX)
        self.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, where, True), RopCreateMessageResponse)
        values: dict[PropertyTag, Any] = {
            tags.PidTagMessageClass: CLASS,
            tags.PidTagRuleMessageName: "extended",
            tags.PidTagRuleMessageProvider: "JunkEmailRule",
            tags.PidTagRuleMessageSequence: 10,
            STATE: int(ENABLED),
            tags.PidTagRuleMessageLevel: 0,
            tags.PidTagRuleMessageUserFlags: 0x77,
            tags.PidTagRuleMessageProviderData: b"mine",
            tags.PidTagExtendedRuleMessageCondition: ExtendedRuleCondition(names, when).format(),
            tags.PidTagExtendedRuleMessageActions: ExtendedRuleActions(names, VERSION, actions).format(),
        }
        told = {tag: value for tag, value in (values | dict(more or {})).items() if value is not None}
        assert not self.set(slot, told)
        return slot

    def moving(self, folder: ObjectId, kind: ActionType = ActionType.OP_MOVE) -> ActionBlock:
        eid = self.identity.folder_entry_id(folder.counter)
        return ActionBlock(kind, ExtendedMoveCopyData(b"any store", eid))

    def write(self, message: int, tag: PropertyTag, value: bytes) -> None:
        """Of any size."""
        stream = self.slot()
        self.execute(RopOpenStreamRequest(0, message, stream, tag, StreamOpenMode.CREATE))
        for at in range(0, len(value), 0x4000):
            self.execute(RopWriteStreamRequest(0, stream, value[at : at + 0x4000]))
        self.execute(RopCommitStreamRequest(0, stream))

    def gone(self, *messages: ObjectId) -> None:
        self.execute(RopDeleteMessagesRequest(0, self.inbox, False, False, messages))

    def associated(self, *columns: PropertyTag) -> list[Any]:
        return self.rows(self.contents(self.inbox, *columns, flags=ASSOCIATED))


@pytest.fixture
def alice(hub: MailHub) -> Iterator[ExtendedSession]:
    session = ExtendedSession(hub, "alice")
    yield session
    session.clear()
    mids = session.associated(tags.PidTagMid)
    session.gone(*(ObjectId(1, int.from_bytes(mid.to_bytes(8, "little")[2:], "big")) for mid in mids))
    session.client.post("Disconnect", bytes(4))


def test_mail_is_moved_and_copied(hub: MailHub, alice: ExtendedSession) -> None:
    """R152, R160, R167, R190, R191, R197, R209, R214, R215, R870, R966 to R978, R931: by rules that are
    messages; another property on them says nothing, nor does the store that is told."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    alice.put(alice.moving(one), when=subject_has("move"), more={tags.PidTagRuleState: 0, tags.PidTagRuleLevel: 5})
    alice.put(alice.moving(two, ActionType.OP_COPY), when=subject_has("copy"))
    for subject in ("extended", "extended move", "extended copy"):
        deliver(hub, "alice", subject)
    assert [s for s in imap_subjects(hub, "alice") if "extended" in s] == ["extended", "extended copy"]
    assert imap_subjects(hub, "alice", first) == ["extended move"]
    assert imap_subjects(hub, "alice", second) == ["extended copy"]


def test_standard_and_extended_rules_in_one_order(hub: MailHub, alice: ExtendedSession) -> None:
    """R170, R514, R874, R57: by their sequence, until one of either kind says that it is the last."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    sequence = tags.PidTagRuleMessageSequence
    alice.put(alice.moving(one, ActionType.OP_COPY), when=subject_has("b"), more={sequence: 2, STATE: ENABLED | EXIT})
    assert alice.modify(rule(copying(two), sequence=3), rule(READING, sequence=1, when=subject_has("a"))) == 0
    for subject in ("ordered a", "ordered a b"):
        deliver(hub, "alice", subject)
    assert imap_subjects(hub, "alice", first) == ["ordered a b"]
    assert imap_subjects(hub, "alice", second) == ["ordered a"]
    with imap_of(hub, "alice") as client:
        client.select_folder(first, readonly=True)
        assert b"\\Seen" in client.get_flags([1])[1]


def test_states_of_extended_rules(hub: MailHub, alice: ExtendedSession) -> None:
    """R173, R870, R872, R878, R877: one that is off, one for when somebody is away, also behind the last; bits that
    nobody knows."""
    (one, _, first), (two, _, second), (three, _, third) = alice.new(), alice.new(), alice.new()
    sequence = tags.PidTagRuleMessageSequence
    alice.put(alice.moving(one, ActionType.OP_COPY), more={STATE: 0, sequence: 1})
    alice.put(alice.moving(two, ActionType.OP_COPY), more={STATE: 0x1000 | ENABLED | EXIT, sequence: 2})
    alice.put(alice.moving(three, ActionType.OP_COPY), more={STATE: ENABLED | AWAY, sequence: 3})
    for away in (False, True):
        alice.set(LOGON, {tags.PidTagOutOfOfficeState: away})
        deliver(hub, "alice", f"away {away}")
    alice.set(LOGON, {tags.PidTagOutOfOfficeState: False})
    assert imap_subjects(hub, "alice", first) == []
    assert imap_subjects(hub, "alice", second) == ["away False", "away True"]
    assert imap_subjects(hub, "alice", third) == ["away True"]


def test_named_properties(hub: MailHub, alice: ExtendedSession) -> None:
    """R216 to R218, R650, R651, R999: a rule says itself what its ids mean, whatever the mailbox calls them."""
    names = NamedPropertyInformation((0x8001, 0x8002), (PidNameKeywords.name, MINE))
    words, colour = PropertyTag(0x8001, PidNameKeywords.type), PropertyTag(0x8002, PropertyType.STRING)
    work = Content(FuzzyLow.FULL_STRING, 1, words, TaggedValue(typed(words, PropertyType.STRING), "work"))
    tagging = ActionBlock(ActionType.OP_TAG, ExtendedTagData(TaggedValue(colour, "green")))
    alice.put(tagging, when=work, names=names)
    deliver(hub, "alice", "no keywords")
    with_keywords(hub, "alice", "with keywords", "work")
    mine = alice.named(MINE, PropertyType.STRING)
    plain, coloured = alice.message_ids()[-2:]
    assert alice.value(alice.opened_message(coloured), mine) == "green"
    assert alice.value(alice.opened_message(plain), mine) != "green"


def with_keywords(hub: MailHub, name: str, subject: str, keywords: str) -> None:
    text = f"From: x@example.net\r\nSubject: {subject}\r\nKeywords: {keywords}\r\n\r\ntext\r\n"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("x@example.net", [f"{name}@example.org"], text)


def test_mail_is_forwarded(hub: MailHub, alice: ExtendedSession) -> None:
    """R948, R949, R537: to people whom an extended rule names."""
    told = (
        TaggedValue(tags.PidTagDisplayName, "Bob"),
        TaggedValue(tags.PidTagAddressType, "SMTP"),
        TaggedValue(tags.PidTagEmailAddress, "bob@example.org"),
    )
    data = ExtendedForwardDelegateData((ExtendedRecipientBlockData(1, told),))
    alice.put(ActionBlock(ActionType.OP_FORWARD, data, 3), when=subject_has("onwards"))
    deliver(hub, "alice", "onwards")
    assert awaited(lambda: any("onwards" in subject for subject in imap_subjects(hub, "bob")))


def test_rules_change_and_go(hub: MailHub, alice: ExtendedSession) -> None:
    """R719, R720, R885, with their messages: as soon as one is saved, and as long as it is there (2.2.4)."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    message = alice.put(alice.moving(one, ActionType.OP_COPY))
    assert alice.value(alice.inbox, tags.PidTagHasRules) is True
    slot = alice.opened_message(message)
    changed = ExtendedRuleActions(NO_NAMES, VERSION, (alice.moving(two, ActionType.OP_COPY),))
    alice.set(slot, {tags.PidTagExtendedRuleMessageActions: changed.format()})
    alice.saved(slot)
    deliver(hub, "alice", "changed")
    assert (imap_subjects(hub, "alice", first), imap_subjects(hub, "alice", second)) == ([], ["changed"])
    alice.gone(message)
    assert alice.value(alice.inbox, tags.PidTagHasRules) is False
    deliver(hub, "alice", "without")
    assert imap_subjects(hub, "alice", second) == ["changed"]


def test_a_copied_rule(hub: MailHub, alice: ExtendedSession) -> None:
    """R787: it is one of the folder to which it is copied."""
    (one, slot, first), (two, _, second) = alice.new(), alice.new()
    message = alice.put(alice.moving(two), more={STATE: 0})
    alice.set(rule_slot := alice.opened_message(message), {STATE: int(ENABLED)})
    alice.saved(rule_slot)
    alice.execute(RopMoveCopyMessagesRequest(0, alice.inbox, slot, (message,), False, True))
    alice.gone(message)
    assert alice.modify(rule(moving(one))) == 0
    deliver(hub, "alice", "twice moved")
    assert (imap_subjects(hub, "alice", first), imap_subjects(hub, "alice", second)) == ([], ["twice moved"])


def test_what_is_no_rule(hub: MailHub, alice: ExtendedSession) -> None:
    """R152, R166, R208, R871, R876, R190, R196: a message of another class is none; one that cannot be read is passed
    over, and so is what cannot be done; the message says so. No client hears of either (2.2.6, 2.2.7)."""
    nowhere = ObjectId(1, 1 << 40)
    alice.put(DELETING, more={tags.PidTagMessageClass: "IPM.ExtendedRule.Message.Mine"})
    sequence, actions = tags.PidTagRuleMessageSequence, tags.PidTagExtendedRuleMessageActions
    old = ExtendedRuleActions(NO_NAMES, 2, (DELETING,)).format()
    broken = [
        alice.put(DELETING, more={tags.PidTagExtendedRuleMessageCondition: b"no condition", sequence: 1}),
        alice.put(DELETING, more={actions: old, sequence: 2}),
        alice.put(DELETING, more={actions: b"", sequence: 3}),
        alice.put(ActionBlock(ActionType.OP_MOVE, ExtendedMoveCopyData(b"", b"no folder")), more={sequence: 4}),
    ]
    failing = alice.put(alice.moving(nowhere), more={sequence: 5})
    deferring = alice.put(ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"sound")), more={sequence: 6})
    deliver(hub, "alice", "no rule")
    assert imap_subjects(hub, "alice")[-1] == "no rule"
    for message in broken:
        assert alice.value(alice.opened_message(message), STATE) == ENABLED | RuleState.PARSE_ERROR
    assert alice.value(alice.opened_message(failing), STATE) == ENABLED | RuleState.ERROR
    assert alice.value(alice.opened_message(deferring), STATE) == ENABLED
    assert alice.rows(alice.contents_of(alice.special(Special.DEFERRED_ACTION), tags.PidTagMid)) == []


def test_a_condition_that_is_too_large(alice: ExtendedSession) -> None:
    """R1015, R1016: the logon says how large it may be, and such a message is not saved."""
    limit = alice.value(LOGON, tags.PidTagExtendedRuleSizeLimit)
    assert limit == SIZE_LIMIT == 522_240
    text = "x" * (limit // 2)
    slot = alice.drafted(DELETING, when=subject_has("small"))
    condition = ExtendedRuleCondition(NO_NAMES, subject_has(text)).format()
    alice.write(slot, tags.PidTagExtendedRuleMessageCondition, condition)
    assert alice.error(RopSaveChangesMessageRequest(0, slot, slot, KEEP)) == ErrorCode.ecTooBig


def comes_from(count: int) -> Or:
    """One of so many senders."""
    senders = [f"unwanted{number:05}@example.net" for number in range(count)]
    tag = tags.PidTagSenderEmailAddress
    return Or(tuple(Content(FuzzyLow.FULL_STRING, 1, tag, TaggedValue(tag, sender)) for sender in senders))


def test_very_many_senders(hub: MailHub, alice: ExtendedSession) -> None:
    """As Outlook lists those whose mail is junk, and whose never is: the last of thousands as well as the first."""
    slot = alice.drafted(DELETING)
    condition = ExtendedRuleCondition(NO_NAMES, comes_from(6_000)).format()
    assert len(condition) > SIZE_LIMIT // 2
    alice.write(slot, tags.PidTagExtendedRuleMessageCondition, condition)
    alice.saved(slot)
    deliver(hub, "alice", "welcome")
    for number in (0, 5_999):
        deliver(hub, "alice", "junk", sender=f"Unwanted{number:05}@example.net")
    assert imap_subjects(hub, "alice")[-1] == "welcome"


def test_a_condition_that_takes_too_long(hub: MailHub, alice: ExtendedSession) -> None:
    """It is not followed, and the rule says so. Conditions about recipients are looked at for each of them."""
    asked = Or((Exist(tags.PidTagEmailAddress),) * MAX_INNER)
    of_recipients = alice.put(DELETING, when=SubObject(tags.PidTagMessageRecipients, asked))
    slot = alice.drafted(DELETING)
    long = Or((Exist(tags.PidTagSenderEmailAddress),) * MAX_CONDITIONS)
    alice.write(slot, tags.PidTagExtendedRuleMessageCondition, ExtendedRuleCondition(NO_NAMES, long).format())
    of_all = alice.saved(slot)
    deliver(hub, "alice", "kept")
    assert imap_subjects(hub, "alice")[-1] == "kept"
    for message in (of_recipients, of_all):
        assert alice.value(alice.opened_message(message), STATE) == ENABLED | RuleState.PARSE_ERROR


def test_what_clients_keep_with_a_rule(alice: ExtendedSession) -> None:
    """R161, R162, R164, R165, R168, R169, R171, R172, R174, R175, R178, R179, R181 to R186, R189, R195, R892, R894:
    it is theirs alone, and stays as it is."""
    message = alice.put(DELETING, more={STATE: 0})
    slot = alice.opened_message(message)
    assert alice.values(
        slot,
        tags.PidTagRuleMessageName,
        tags.PidTagRuleMessageProvider,
        tags.PidTagRuleMessageUserFlags,
        tags.PidTagRuleMessageProviderData,
        tags.PidTagRuleMessageLevel,
    ) == ["extended", "JunkEmailRule", 0x77, b"mine", 0]
    told = {tag.id: tag.type for tag in alice.listed(slot)}
    kinds = {
        tags.PidTagMessageClass: PropertyType.STRING,
        tags.PidTagRuleMessageName: PropertyType.STRING,
        tags.PidTagRuleMessageProvider: PropertyType.STRING,
        tags.PidTagRuleMessageSequence: PropertyType.INTEGER32,
        tags.PidTagRuleMessageState: PropertyType.INTEGER32,
        tags.PidTagRuleMessageUserFlags: PropertyType.INTEGER32,
        tags.PidTagRuleMessageLevel: PropertyType.INTEGER32,
        tags.PidTagRuleMessageProviderData: PropertyType.BINARY,
        tags.PidTagExtendedRuleMessageActions: PropertyType.BINARY,
        tags.PidTagExtendedRuleMessageCondition: PropertyType.BINARY,
    }
    assert {tag: told[tag.id] for tag in kinds} == kinds


def test_what_a_client_does_not_tell_of_a_rule(hub: MailHub, alice: ExtendedSession) -> None:
    """R891, R893: PidTagRuleMessageUserFlags and PidTagRuleMessageProviderData are not set for it, neither when it is
    saved nor when it is executed."""
    left_out = dict.fromkeys((tags.PidTagRuleMessageUserFlags, tags.PidTagRuleMessageProviderData))
    message = alice.put(READING, more=left_out)
    deliver(hub, "alice", "read by a bare rule")
    assert alice.values(alice.opened_message(message), *left_out) == [NOT_FOUND, NOT_FOUND]
    delivered = alice.opened_message(alice.message_ids()[-1])
    assert alice.value(delivered, tags.PidTagMessageFlags) & 1


def test_a_rule_that_is_larger_than_an_operation(hub: MailHub, alice: ExtendedSession) -> None:
    """R149, R151: it is written piece by piece, and executed."""
    text = "long " * 10_000
    tagging = ActionBlock(ActionType.OP_TAG, ExtendedTagData(TaggedValue(tags.PidTagInternetReferences, text)))
    slot = alice.drafted(DELETING, when=subject_has("tagged"))
    alice.write(
        slot, tags.PidTagExtendedRuleMessageActions, ExtendedRuleActions(NO_NAMES, VERSION, (tagging,)).format()
    )
    alice.saved(slot)
    deliver(hub, "alice", "tagged")
    message = alice.opened_message(alice.message_ids()[-1])
    assert alice.value(message, tags.PidTagSubject) == "tagged"
    stream = alice.slot()
    rop = RopOpenStreamRequest(0, message, stream, tags.PidTagInternetReferences, StreamOpenMode.READ_ONLY)
    assert alice.get(rop, RopOpenStreamResponse).stream_size == 2 * len(text)


def test_a_rule_that_is_larger_than_any_row(hub: MailHub, alice: ExtendedSession) -> None:
    """R149, R151, R719, R720: also one of half a megabyte: the folder says that it has rules, all of it is
    executed, and it is marked when something fails."""
    text = "very long " * 25_000
    tagging = ActionBlock(ActionType.OP_TAG, ExtendedTagData(TaggedValue(tags.PidTagInternetReferences, text)))
    nowhere = alice.moving(ObjectId(1, 1 << 40))
    slot = alice.drafted(DELETING, when=subject_has("vast"))
    alice.write(
        *(slot, tags.PidTagExtendedRuleMessageActions),
        ExtendedRuleActions(NO_NAMES, VERSION, (tagging, nowhere, ActionBlock(ActionType.OP_MARK_AS_READ))).format(),
    )
    message = alice.saved(slot)
    assert alice.value(alice.inbox, tags.PidTagHasRules) is True
    for subject in ("a vast one", "another vast one"):
        deliver(hub, "alice", subject)
        arrived = alice.opened_message(alice.message_ids()[-1])
        assert alice.value(arrived, tags.PidTagSubject) == subject
        assert alice.value(arrived, tags.PidTagMessageFlags) & 1
        stream = alice.slot()
        rop = RopOpenStreamRequest(0, arrived, stream, tags.PidTagInternetReferences, StreamOpenMode.READ_ONLY)
        assert alice.get(rop, RopOpenStreamResponse).stream_size == 2 * len(text)
    assert alice.value(alice.opened_message(message), STATE) == ENABLED | RuleState.ERROR


def test_what_a_client_keeps_beside_its_rules(alice: ExtendedSession) -> None:
    """R480, R1010 to R1012: it is no rule, and stays as it is."""
    slot, inbox = alice.slot(), alice.special(Special.INBOX)
    alice.get(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, inbox, True), RopCreateMessageResponse)
    values = {
        tags.PidTagMessageClass: "IPM.RuleOrganizer",
        tags.PidTagSubject: "Outlook Rules Organizer",
        tags.PidTagRwRulesStream: bytes(range(256)) * 8,
        tags.PidTagRuleMessageProviderData: b"opaque",
    }
    assert not alice.set(slot, values)
    again = alice.opened_message(alice.saved(slot))
    assert alice.values(again, *values) == list(values.values())
    assert PropertyTag(tags.PidTagRwRulesStream.id, PropertyType.BINARY) in alice.listed(again)
