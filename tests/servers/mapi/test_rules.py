"""Rules of folders, on a real hub with mail that comes by SMTP. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from mapi_properties import NOT_FOUND
from mapi_public import PublicSession, allow, make_public
from mapi_rules import (
    ADD,
    ALWAYS,
    AWAY,
    DELETING,
    ENABLED,
    EXIT,
    ID,
    MODIFY,
    NAME,
    PLAINLY,
    READING,
    REMOVE,
    REPLACE,
    SEQUENCE,
    STATE,
    RuleSession,
    answering,
    awaited,
    changing,
    copying,
    forwarding,
    forwarding_to,
    into,
    moving,
    rule,
    subject_has,
)
from mapi_session import LOGON, account_of, deliver, dn_of, imap_of, imap_subjects, share
from mapi_tables import TableSession

from posthouse.directory import LocalRecipient
from posthouse.model.address import Address, Envelope
from posthouse.model.ids import FolderId
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId, OneOffEntryId
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.named_tags import PidNameKeywords
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import And, Content, FuzzyLow, Property, RelOp, SubObject
from posthouse.protocols.mapi.rops.property import RopSetPropertiesRequest, RopSetPropertiesResponse
from posthouse.protocols.mapi.rops.rule import (
    ModifyRulesFlags,
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RopUpdateDeferredActionMessagesRequest,
    RuleData,
    RuleDataFlags,
    RulesTableFlags,
)
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ClientData,
    ForwardDelegateData,
    ForwardFlavor,
    RecipientBlockData,
    ReplyData,
    ReplyFlavor,
    TagData,
)
from posthouse.protocols.mapi.rules import RuleState
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.folders.rules import MAX_KEPT
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.intake import content_of
from posthouse.store.objects import DELETED
from posthouse.store.rules import MAX_RULES, ruled_folders
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """Its queue runs; there is nobody where mail for other domains would go."""
    with MailHub(settings={"mapi": {"enabled": True}}, relay="127.0.0.1:1") as hub:
        for name in ("alice", "bob", "carol"):
            hub.add_account(f"{name}@example.org")
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Iterator[RuleSession]:
    session = RuleSession(hub, "alice")
    yield session
    session.clear()


# the table


def test_rules_are_kept_and_shown(alice: RuleSession) -> None:
    """R14, R121 to R123, R597, R598, R778, R779, R596, R611, R612, R57, R100, R96, R604 to R606, R718 to R720, R885,
    R7202, R8851."""
    assert alice.properties_in(alice.inbox).get(tags.PidTagHasRules) is False
    target, _, _ = alice.new()
    second = changing(
        ADD,
        {
            SEQUENCE: 5,
            STATE: int(ENABLED | EXIT),
            tags.PidTagRuleProvider: "Mine",
            tags.PidTagRuleProviderData: b"data",
            tags.PidTagRuleUserFlags: 77,
            tags.PidTagRuleCondition: subject_has("x"),
            tags.PidTagRuleActions: (moving(target),),
        },
    )
    assert alice.modify(rule(DELETING, name="first"), second) == 0
    told = (ID, SEQUENCE, STATE, tags.PidTagRuleProvider, tags.PidTagRuleCondition, tags.PidTagRuleActions)
    one, two = alice.rules(*told)
    assert one[1:] == (5, ENABLED | EXIT, "Mine", subject_has("x"), (moving(target),))
    assert two[1:] == (10, ENABLED, "RuleOrganizer", ALWAYS, (DELETING,))
    assert one[0] != two[0]
    opaque = alice.rules(tags.PidTagRuleProviderData, tags.PidTagRuleUserFlags, tags.PidTagRuleLevel)
    assert opaque[0][:2] == (b"data", 77)
    assert alice.properties_in(alice.inbox).get(tags.PidTagHasRules) is True
    alice.clear()
    assert alice.properties_in(alice.inbox).get(tags.PidTagHasRules) is False


def test_rules_change_and_go(alice: RuleSession) -> None:
    """R731 to R733, R671, R669, MS-OXCROPS R3574: by their ids; what is not told stays; all of them give way to
    others."""
    assert alice.modify(rule(DELETING, name="one"), rule(READING, name="two", sequence=20)) == 0
    first, second = alice.rules(ID)
    assert alice.modify(changing(MODIFY, {ID: first, NAME: "changed", SEQUENCE: 30})) == 0
    assert alice.rules(ID, NAME, tags.PidTagRuleActions) == [
        (second, "two", (READING,)),
        (first, "changed", (DELETING,)),
    ]
    assert alice.modify(changing(REMOVE, {ID: second})) == 0
    assert alice.rules(NAME) == ["changed"]
    assert alice.modify(rule(READING, name="alone"), flags=REPLACE) == 0
    assert alice.rules(NAME) == ["alone"]
    assert alice.rules(ID) != [first]


def test_what_the_server_says_of_a_rule_no_client_says(alice: RuleSession) -> None:
    """R66, R77, R844, R846, R81."""
    state = ENABLED | RuleState.ERROR | RuleState.PARSE_ERROR
    assert alice.modify(rule(READING, state=state)) == 0
    assert alice.rules(STATE) == [ENABLED]


def test_rules_that_are_none(alice: RuleSession) -> None:
    """R594, R608, R820 to R822, R889, R920: an error for each, and nothing is changed."""
    assert alice.modify(rule(READING, name="known")) == 0
    [known] = alice.rules(ID)
    provider, actions = tags.PidTagRuleProvider, tags.PidTagRuleActions
    whole = {provider: "p", tags.PidTagRuleCondition: ALWAYS, actions: (READING,)}
    for wrong in (
        RuleData(ADD, ()),
        changing(ADD, {provider: "p"}),
        changing(ADD, whole | {ID: 7}),
        changing(ADD, whole | {tags.PidTagSubject: "no property of a rule"}),
        changing(ADD, whole | {PropertyTag(SEQUENCE.id, PropertyType.STRING): "ten"}),
        changing(MODIFY, {NAME: "of which?"}),
        changing(RuleDataFlags(8), {ID: known}),
    ):
        assert alice.modify(rule(DELETING, name="new"), wrong) == ErrorCode.ecInvalidParameter, wrong
    assert alice.modify(changing(REMOVE, {ID: known + 1000})) == ErrorCode.ecNotFound
    assert alice.modify(rule(DELETING), flags=ModifyRulesFlags(2)) == ErrorCode.ecInvalidParameter
    assert alice.rules(NAME) == ["known"]
    rop = RopGetRulesTableRequest(0, alice.inbox, alice.slot(), RulesTableFlags(0x41))
    assert alice.error(rop) == ErrorCode.ecNotSupported  # R826, R827, R130
    assert alice.error(RopGetRulesTableRequest(0, LOGON, alice.slot())) == ErrorCode.ecNotSupported


def test_more_rules_than_are_executed(hub: MailHub, alice: RuleSession) -> None:
    """R814, R815, R823, R824, R911, R912, R8141: the client hears that there are too many; all are kept, and those of
    the highest sequences are not executed."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    assert alice.modify(rule(copying(one), sequence=1), flags=REPLACE) == 0
    for _ in range(MAX_RULES // 32):
        code = alice.modify(*(rule(READING, sequence=2) for _ in range(32)))
    assert code == ErrorCode.ecMemory
    assert alice.modify(rule(copying(two), sequence=3)) == ErrorCode.ecMemory
    assert len(alice.rules(ID)) == MAX_RULES + 2
    deliver(hub, "alice", "beyond the limit")
    assert (imap_subjects(hub, "alice", first), imap_subjects(hub, "alice", second)) == (["beyond the limit"], [])


def test_there_are_so_many_rules_at_most(alice: RuleSession) -> None:
    """What goes far beyond the limit is not kept."""
    for _ in range(MAX_KEPT * MAX_RULES // 64):
        alice.modify(*(rule(READING, state=0) for _ in range(64)))
    before = len(alice.rules(ID))
    assert before == MAX_KEPT * MAX_RULES
    assert alice.modify(rule(READING)) == ErrorCode.ecMemory
    assert len(alice.rules(ID)) == before


@pytest.mark.parametrize(
    "actions",
    [
        (),
        (ActionBlock(ActionType.OP_FORWARD, ForwardDelegateData(())),),
        (READING, ActionBlock(ActionType.OP_DELEGATE, ForwardDelegateData((RecipientBlockData(1, ()),)))),
        (ActionBlock(ActionType.OP_BOUNCE, BounceData(BounceCode(0x17))),),
        (ActionBlock(ActionType.OP_MOVE),),
        (ActionBlock(ActionType.OP_TAG),),
        (ActionBlock(ActionType.OP_MOVE, ClientData(b"\1\xff")),),
        (ActionBlock(ActionType.OP_REPLY, ClientData(b"template")), READING),
        (ActionBlock(ActionType.OP_DELETE, ClientData(b"all")),),
    ],
)
def test_actions_that_lack_something(alice: RuleSession, actions: tuple[ActionBlock, ...]) -> None:
    """R230, R232, R292, R324, R331, R340, R594: an error, and no rule."""
    assert alice.modify(rule(READING), rule(*actions)) == ErrorCode.ecInvalidParameter
    assert alice.rules(ID) == []


AT, TM, PR, NC = ForwardFlavor.AT, ForwardFlavor.TM, ForwardFlavor.PR, ForwardFlavor.NC


@pytest.mark.parametrize("flavor", [AT | PR, AT | NC, TM | PR, TM | NC, AT | TM, AT | PR | NC, AT | PR | 0x100])
def test_flavours_that_exclude_each_other(alice: RuleSession, flavor: int) -> None:
    """R280, R283, R594: as an attachment, or as a short message, and nothing else; it is no rule."""
    assert alice.modify(rule(forwarding_to("carol@x.example", flavor))) == ErrorCode.ecInvalidParameter
    assert alice.rules(ID) == []


@pytest.mark.parametrize("flavor", [0, PR, NC, PR | NC, AT, TM, AT | 0xFFFFFF00, TM | 0x10, 0x80000000])
def test_flavours_of_what_is_forwarded(alice: RuleSession, flavor: int) -> None:
    """R274, R276, R278, R286: others may be; bits that are nothing are passed over."""
    assert alice.modify(rule(forwarding_to("carol@x.example", flavor))) == 0
    [(action,)] = alice.rules(tags.PidTagRuleActions)
    assert action.action_flavor == flavor


@pytest.mark.parametrize("kind", [ActionType.OP_REPLY, ActionType.OP_OOF_REPLY])
def test_flavours_of_answers(alice: RuleSession, kind: ActionType) -> None:
    """R287, R879, R594: none, or one of the two; bits that are nothing are passed over (R702)."""
    template = ReplyData(ObjectId(1, 4), ObjectId(1, 99), uuid4())
    for flavor in (0, ReplyFlavor.NS, ReplyFlavor.ST, ReplyFlavor.ST | 0x100):
        assert alice.modify(rule(answering(template, kind, flavor)), flags=REPLACE) == 0
        [(action,)] = alice.rules(tags.PidTagRuleActions)
        assert action.action_flavor == flavor
    both = rule(answering(template, kind, ReplyFlavor.NS | ReplyFlavor.ST))
    assert alice.modify(both, flags=REPLACE) == ErrorCode.ecInvalidParameter
    assert len(alice.rules(ID)) == 1


@pytest.mark.parametrize(
    "action",
    [
        *(DELETING, READING, moving(ObjectId(1, 1)), copying(ObjectId(1, 1))),
        *(forwarding_to("carol@x.example", 0, ActionType.OP_DELEGATE), ActionBlock(ActionType.OP_DEFER_ACTION)),
        ActionBlock(ActionType.OP_BOUNCE, BounceData(BounceCode.DENIED)),
        ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(tags.PidTagSensitivity, 1))),
    ],
    ids=lambda action: action.action_type.name,
)
@pytest.mark.parametrize("flavor", [1, 0x100])
def test_what_has_no_flavour(alice: RuleSession, action: ActionBlock, flavor: int) -> None:
    """R239, R272, R273: only what is answered or forwarded has one."""
    assert alice.modify(rule(action)) == 0
    assert alice.modify(rule(replace(action, action_flavor=flavor))) == ErrorCode.ecInvalidParameter
    assert len(alice.rules(ID)) == 1


def test_responses_to_rules(alice: RuleSession) -> None:
    """R11, R12, R132, R133, R145 to R147, R591, R592, R607, R613, R678 to R680, R689, R690, R867: one for each,
    to the handle that was named, in these bytes."""
    table = alice.slot()
    requests = (
        RopModifyRulesRequest(0, alice.inbox, PLAINLY, (rule(READING),)),
        RopGetRulesTableRequest(0, alice.inbox, table),
        RopModifyRulesRequest(0, alice.inbox, ModifyRulesFlags(4), ()),
        RopUpdateDeferredActionMessagesRequest(0, LOGON, b"", b""),
    )
    told = b"".join(response.format() for response in alice.execute(*requests))
    inbox, table_index = bytes([alice.inbox]).hex(), bytes([table]).hex()
    invalid = "57000780"
    expected = f"41{inbox}00000000 3F{table_index}00000000 41{inbox}{invalid} 5700{invalid}"
    assert told.hex() == expected.replace(" ", "").lower()


def test_what_is_kept_of_a_rule(alice: RuleSession) -> None:
    """R3, R122, R242, R286, R449 to R451, R655, R702, R888, R926: flags of the client's own, bits that nobody knows,
    and which rules are on; of what was not told there is a value that says so, or none."""
    forward = forwarding_to("bob@example.org")
    action = replace(forward, action_flavor=0xF0 | forward.action_flavor, action_flags=0x12345678)
    whole = {
        tags.PidTagRuleProvider: "A program of my own",
        tags.PidTagRuleCondition: subject_has("never"),
        tags.PidTagRuleActions: (action,),
    }
    assert alice.modify(changing(ADD, whole), rule(READING, state=0x7FFFFF00, sequence=20)) == 0
    told = (tags.PidTagRuleProvider, tags.PidTagRuleActions, STATE, SEQUENCE, NAME)
    bare, odd = alice.rules(*told)
    assert bare == ("A program of my own", (action,), ENABLED, 0, NOT_FOUND)
    assert odd[1:4] == ((READING,), 0x7FFFFF00, 20)


def test_a_reserved_byte(alice: RuleSession) -> None:
    """R633, R329: whatever a client has put there, the table has 0."""
    for kind in (ActionType.OP_FORWARD, ActionType.OP_DELEGATE):
        people = tuple(TaggedValue(tag, "bob") for tag in (tags.PidTagDisplayName, tags.PidTagEmailAddress))
        told = ForwardDelegateData((RecipientBlockData(1, people), RecipientBlockData(0xFF, people)))
        assert alice.modify(rule(ActionBlock(kind, told)), flags=REPLACE) == 0
        [(action,)] = alice.rules(tags.PidTagRuleActions)
        assert action.data == ForwardDelegateData((RecipientBlockData(0, people), RecipientBlockData(0, people)))


@pytest.mark.parametrize(
    "provider",
    [
        *("MSFT:TDX Rules", "MSFT:TDX OOF rules", "RuleOrganizer2", "Schedule+ EMS Interface", "JunkEmailRule"),
        *("MSFT:MR", "MSFT:Public.Folder.FormRestrictions", "ExchangeMailboxRules14", "of nobody that is known"),
    ],
)
def test_whose_rule_it_is(hub: MailHub, alice: RuleSession, provider: str) -> None:
    """R627: a rule is executed whichever provider it names, and keeps the name."""
    target, _, path = alice.new()
    assert alice.modify(rule(moving(target), provider=provider)) == 0
    assert alice.rules(tags.PidTagRuleProvider) == [provider]
    deliver(hub, "alice", provider)
    assert imap_subjects(hub, "alice", path) == [provider]


def test_names_in_eight_bits(alice: RuleSession) -> None:
    """R127, MS-OXCROPS R3610: as the client asks for them."""
    assert alice.modify(rule(READING, name="Grüße")) == 0
    for flags, kind, name in (
        (RulesTableFlags.UNICODE, PropertyType.STRING, "Grüße"),
        (RulesTableFlags(0), PropertyType.STRING8, "Grüße".encode("cp1252")),
    ):
        slot = alice.slot()
        alice.get(RopGetRulesTableRequest(0, alice.inbox, slot, flags), RopGetRulesTableResponse)
        assert alice.rows(alice.set_columns(slot, PropertyTag(NAME.id, kind))) == [name]


def test_rules_of_public_folders(hub: MailHub) -> None:
    """R258, R839, R840: they move nothing, copy nothing, and leave nothing to a client."""
    make_public(hub, "Noticeboard")
    allow(hub, "Noticeboard", ALL_RIGHTS, "alice")
    session = PublicSession(hub, "alice")
    board = session.open(session.folder("Noticeboard"))
    for action in (moving(ObjectId(1, 1)), copying(ObjectId(1, 1)), ActionBlock(ActionType.OP_DEFER_ACTION)):
        rop = RopModifyRulesRequest(0, board, PLAINLY, (rule(READING, action),))
        assert session.error(rop) == ErrorCode.ecInvalidParameter
    assert session.error(RopModifyRulesRequest(0, board, PLAINLY, (rule(READING),))) == 0


def test_guests_see_and_make_no_rules(hub: MailHub, alice: RuleSession) -> None:
    """Rules act in their owner's name: whoever does not own the folder has nothing to do with them."""
    share(hub, "alice", "INBOX", "bob", ALL_RIGHTS & ~Right.ADMINISTER)
    bob = TableSession(hub, "bob", "alice")
    inbox = bob.open(alice.special(Special.INBOX))
    assert bob.error(RopGetRulesTableRequest(0, inbox, bob.slot())) == ErrorCode.ecAccessDenied
    assert bob.error(RopModifyRulesRequest(0, inbox, PLAINLY, (rule(DELETING),))) == ErrorCode.ecAccessDenied


# what they do


def test_mail_is_moved_and_copied(hub: MailHub, alice: RuleSession) -> None:
    """R790, R791, R792, R293, R703, R736, R904, R914, R931, R599, R956, R957, R963, R965: at once, also to
    several folders; whatever store is told."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    assert alice.modify(rule(moving(one), when=subject_has("move")), rule(copying(two), when=subject_has("copy"))) == 0
    for subject in ("a", "to move", "to copy", "move and copy"):
        deliver(hub, "alice", f"filed {subject}")
    assert [s for s in imap_subjects(hub, "alice") if s.startswith("filed")] == ["filed a", "filed to copy"]
    assert imap_subjects(hub, "alice", first) == ["filed to move", "filed move and copy"]
    assert imap_subjects(hub, "alice", second) == ["filed to copy", "filed move and copy"]
    assert alice.modify(rule(moving(one)), rule(moving(two)), flags=REPLACE) == 0
    deliver(hub, "alice", "twice")
    assert imap_subjects(hub, "alice", first)[-1] == imap_subjects(hub, "alice", second)[-1] == "twice"
    assert "twice" not in imap_subjects(hub, "alice")


def test_the_order_and_the_end(hub: MailHub, alice: RuleSession) -> None:
    """R514, R57, R345, R549, R637, R857, R898, R550, R63, R516: by sequence, until a rule says that it is the last;
    a deleted message too, and nobody can recover it."""
    (one, _, first), (two, _, second) = alice.new(), alice.new()
    assert (
        alice.modify(
            rule(copying(two), sequence=3, when=subject_has("order")),
            rule(copying(one), sequence=2, when=subject_has("last"), state=ENABLED | EXIT),
            rule(DELETING, sequence=2, when=subject_has("gone")),
            rule(DELETING, sequence=1, state=0),
        )
        == 0
    )
    for subject in ("order", "order last", "order gone"):
        deliver(hub, "alice", subject)
    assert imap_subjects(hub, "alice", first) == ["order last"]
    assert imap_subjects(hub, "alice", second) == ["order"]
    assert [s for s in imap_subjects(hub, "alice") if s.startswith("order")] == ["order", "order last"]
    assert alice.asides(alice.special(Special.INBOX), DELETED) == []


def test_rules_of_one_sequence(hub: MailHub, alice: RuleSession) -> None:
    """R58, R97, R101, R515: they come in any order, behind those before them; what is a client's own says nothing."""
    (one, _, first), (two, _, second), (three, _, third) = alice.new(), alice.new(), alice.new()
    opaque = {tags.PidTagRuleUserFlags: 0x7FFFFFFF, tags.PidTagRuleProviderData: b"\0\xff" * 50}
    of_client = [
        changing(ADD, {value.tag: value.value for value in one_rule.property_values} | opaque)
        for one_rule in (rule(copying(two), sequence=2), rule(copying(three), sequence=2))
    ]
    last = rule(copying(one), sequence=1, state=ENABLED | EXIT, when=subject_has("last"))
    assert alice.modify(*of_client, last) == 0
    for subject in ("alike", "alike last"):
        deliver(hub, "alice", subject)
    assert imap_subjects(hub, "alice", first) == ["alike last"]
    assert imap_subjects(hub, "alice", second) == imap_subjects(hub, "alice", third) == ["alike"]


def test_rules_for_when_somebody_is_away(hub: MailHub, alice: RuleSession) -> None:
    """R67, R517, R553, R582, R584, R560, R807, R858: only then, and also behind the last rule."""
    one, _, path = alice.new()
    last = rule(READING, sequence=1, state=ENABLED | EXIT)
    assert alice.modify(last, rule(copying(one), sequence=2, state=ENABLED | AWAY)) == 0
    for away in (False, True, False):
        values = (TaggedValue(tags.PidTagOutOfOfficeState, away),)
        alice.get(RopSetPropertiesRequest(0, LOGON, values), RopSetPropertiesResponse)
        deliver(hub, "alice", f"away {away}")
    assert imap_subjects(hub, "alice", path) == ["away True"]


def test_mail_is_marked(hub: MailHub, alice: RuleSession) -> None:
    """R551, R548, R902: as read, and with properties; categories are keywords for everybody."""
    [number] = alice.ids(PidNameKeywords.name)
    tagging = (
        TagData(TaggedValue(tags.PidTagImportance, 2)),
        TagData(TaggedValue(PropertyTag(number, PidNameKeywords.type), ("Private", "Later"))),
    )
    actions = (READING, *(ActionBlock(ActionType.OP_TAG, data) for data in tagging))
    assert alice.modify(rule(*actions, when=subject_has("mark me"))) == 0
    deliver(hub, "alice", "mark me")
    with imap_of(hub, "alice") as client:
        client.select_folder("INBOX", readonly=True)
        uid = client.search()[-1]
        assert set(client.get_flags([uid])[uid]) == {b"\\Seen", b"Private", b"Later"}
    message = alice.message_ids()[-1]
    assert alice.value(alice.opened_message(message), tags.PidTagImportance) == 2


@pytest.mark.parametrize(
    ("tag", "text", "subject"),
    [
        (tags.PidTagSubject, "AW: other", ("AW: ", "other", "AW: other")),
        (tags.PidTagNormalizedSubject, "other", ("RE: ", "other", "RE: other")),
        (tags.PidTagSubjectPrefix, "", ("", "mine", "mine")),
    ],
)
def test_a_subject_that_a_rule_sets(
    hub: MailHub, alice: RuleSession, tag: PropertyTag, text: str, subject: tuple[str, ...]
) -> None:
    """R548: whichever part of it; the message and its row tell the same."""
    one, slot, path = alice.new()
    actions = ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(tag, text))), moving(one)
    assert alice.modify(rule(*actions, when=subject_has("mine"))) == 0
    deliver(hub, "alice", "RE: mine")
    parts = tags.PidTagSubjectPrefix, tags.PidTagNormalizedSubject, tags.PidTagSubject
    opened = alice.opened_in(alice.message_ids(path)[0], path)
    assert tuple(alice.value(opened, part) for part in parts) == subject
    assert alice.rows(alice.contents(slot, *parts)) == [subject]


def test_conditions_look_at_all_of_a_message(hub: MailHub, alice: RuleSession) -> None:
    """R931: its properties, its text, to whom it is, and who wrote it – also by their name in the directory."""
    to_me = Property(RelOp.EQ, tags.PidTagMessageToMe, TaggedValue(tags.PidTagMessageToMe, True))
    body = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagBody, TaggedValue(tags.PidTagBody, "SECRET"))
    key = f"EX:{dn_of(hub, 'bob')}".upper().encode() + b"\0"
    by_bob = Property(RelOp.EQ, tags.PidTagSenderSearchKey, TaggedValue(tags.PidTagSenderSearchKey, key))
    of_one = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagDisplayName, TaggedValue(tags.PidTagDisplayName, "alice"))
    people = SubObject(tags.PidTagMessageRecipients, of_one)
    one, _, path = alice.new()
    assert alice.modify(rule(moving(one), when=And((to_me, body, by_bob, people)))) == 0
    deliver(hub, "alice", "all of it", "a secret", "bob@example.org")
    deliver(hub, "alice", "another text", "nothing", "bob@example.org")
    deliver(hub, "alice", "another sender", "a secret")
    assert imap_subjects(hub, "alice", path) == ["all of it"]


def test_rules_of_the_folder_that_a_message_is_moved_to(hub: MailHub, alice: RuleSession) -> None:
    """R512, R787: they apply as well, and two folders that move to each other end with one copy."""
    (one, slot, first), (two, other, second) = alice.new(), alice.new()
    assert alice.modify(rule(moving(one), when=subject_has("round"))) == 0
    assert alice.modify(rule(moving(two)), folder=slot) == 0
    deliver(hub, "alice", "round")
    assert (imap_subjects(hub, "alice", first), imap_subjects(hub, "alice", second)) == ([], ["round"])
    assert alice.modify(rule(moving(one)), folder=other) == 0
    deliver(hub, "alice", "round and round")
    assert imap_subjects(hub, "alice", first) == ["round and round"]
    assert imap_subjects(hub, "alice", second) == ["round"]


def test_a_folder_that_is_gone(hub: MailHub, alice: RuleSession) -> None:
    """A message that cannot be moved stays where it is: so does one that a client alone could move (R704)."""
    one, _, _ = alice.new()
    nowhere, foreign = ObjectId(OWN_REPLICA, 1 << 40), ObjectId(9, 1)
    actions = (moving(nowhere), moving(foreign), into(ActionType.OP_MOVE, one, ours=False))
    assert alice.modify(*(rule(action, when=subject_has("stays")) for action in actions)) == 0
    deliver(hub, "alice", "stays")
    assert imap_subjects(hub, "alice")[-1] == "stays"


def test_rules_go_with_their_folder(hub: MailHub, alice: RuleSession) -> None:
    """Nothing of them is left behind."""
    folder, slot, path = alice.new()
    assert alice.modify(rule(READING), folder=slot) == 0
    with imap_of(hub, "alice") as client:
        client.delete_folder(path)
    account = account_of(hub, "alice")
    assert FolderId(folder.counter) not in hub.read(lambda tx: ruled_folders(tx, account))


@pytest.mark.parametrize(("code", "reply"), [(BounceCode.DENIED, 550), (BounceCode.TOO_LARGE, 552)])
def test_mail_is_sent_back(hub: MailHub, alice: RuleSession, code: BounceCode, reply: int) -> None:
    """R546, R547: the sender hears of it at once, and the message is nowhere; others get it nevertheless."""
    one, _, path = alice.new()
    action = ActionBlock(ActionType.OP_BOUNCE, BounceData(code))
    assert alice.modify(rule(copying(one), sequence=1), rule(action, when=subject_has("unwanted"))) == 0
    with pytest.raises(smtplib.SMTPDataError) as refused:
        deliver(hub, "alice", "unwanted")
    assert refused.value.smtp_code == reply
    subject = f"unwanted by alice {reply}"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        people = ["alice@example.org", "bob@example.org"]
        smtp.sendmail("carol@example.org", people, f"From: carol@example.org\r\nSubject: {subject}\r\n\r\ntext\r\n")
    assert subject in imap_subjects(hub, "bob")
    assert imap_subjects(hub, "alice", path) == []
    assert not any("unwanted" in one for one in imap_subjects(hub, "alice"))
    assert any("Undeliver" in one or "eliver" in one for one in imap_subjects(hub, "carol"))


@pytest.mark.parametrize(
    ("code", "status"),
    [(BounceCode.DENIED, "5.7.1"), (BounceCode.CANNOT_BE_DISPLAYED, "5.7.1"), (BounceCode.TOO_LARGE, "5.2.3")],
)
def test_who_sent_it_by_mapi_hears_why(hub: MailHub, alice: RuleSession, code: BounceCode, status: str) -> None:
    """R546, R547, R341, R342, R343: that is not for want of a mailbox."""
    subject = f"unwanted, for the reason {int(code)}"
    assert alice.modify(rule(ActionBlock(ActionType.OP_BOUNCE, BounceData(code)), when=subject_has("unwanted"))) == 0
    RuleSession(hub, "bob").submit({tags.PidTagSubject: subject, tags.PidTagBody: "text"}, "alice@example.org")
    with imap_of(hub, "bob") as imap:
        imap.select_folder("INBOX")
        [report] = imap.search(["TEXT", subject])
        text = imap.fetch([report], ["BODY[]"])[report][b"BODY[]"]
    assert f"Status: {status}\r\n".encode() in text
    assert b"typing error" not in text
    assert subject not in imap_subjects(hub, "alice")


# forwarding


@pytest.mark.parametrize("how", ["smtp", "ex", "one-off", "entry", "least", "least of ours"])
def test_mail_is_forwarded(hub: MailHub, alice: RuleSession, how: str) -> None:
    """R537, R895: to whom the action names in any of these ways; the message stays as well."""
    dn = dn_of(hub, "bob")
    action = {
        "smtp": forwarding_to("bob@example.org"),
        "least": forwarding(PidTagDisplayName="Bob", PidTagEmailAddress="bob@example.org", PidTagRecipientType=1),
        "least of ours": forwarding(PidTagDisplayName="Bob", PidTagEmailAddress=dn, PidTagRecipientType=1),
        "ex": forwarding(PidTagAddressType="EX", PidTagEmailAddress=dn),
        "one-off": forwarding(PidTagEntryId=OneOffEntryId("Bob", "SMTP", "bob@example.org").format()),
        "entry": forwarding(PidTagEntryId=AddressBookEntryId(dn).format()),
    }[how]
    assert alice.modify(rule(action, when=subject_has("forward"))) == 0
    deliver(hub, "alice", f"forward {how}")
    assert awaited(lambda: f"forward {how}" in imap_subjects(hub, "bob"))
    assert f"forward {how}" in imap_subjects(hub, "alice")
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX", readonly=True)
        uid = client.search(["SUBJECT", f"forward {how}"])[-1]
        raw = client.fetch([uid], ["RFC822"])[uid][b"RFC822"].decode()
    assert raw.count("Return-Path:") == 1
    assert "Return-Path: <alice@example.org>" in raw
    assert "Delivered-To: alice@example.org" in raw


def test_mail_for_a_delegate(hub: MailHub, alice: RuleSession) -> None:
    """R539: whoever acts for somebody gets the message too."""
    told = (TaggedValue(tags.PidTagEmailAddress, dn_of(hub, "carol")), TaggedValue(tags.PidTagAddressType, "EX"))
    action = ActionBlock(ActionType.OP_DELEGATE, ForwardDelegateData((RecipientBlockData(1, told),)))
    assert alice.modify(rule(action, when=subject_has("delegated"))) == 0
    deliver(hub, "alice", "delegated")
    assert awaited(lambda: "delegated" in imap_subjects(hub, "carol"))
    assert imap_subjects(hub, "alice")[-1] == "delegated"


def test_nobody_gets_back_what_they_have_sent(hub: MailHub, alice: RuleSession) -> None:
    """R537, R798."""
    assert alice.modify(rule(forwarding_to("bob@example.org"), forwarding_to("carol@example.org"))) == 0
    deliver(hub, "alice", "not back", sender="bob@example.org")
    assert awaited(lambda: "not back" in imap_subjects(hub, "carol"))
    assert "not back" not in imap_subjects(hub, "bob")


def test_a_circle_of_those_who_forward(hub: MailHub, alice: RuleSession) -> None:
    """Whoever has forwarded a message keeps it when it comes back, and does not forward it again."""
    bob, carol = RuleSession(hub, "bob"), RuleSession(hub, "carol")
    for session, to in ((alice, "bob"), (bob, "carol"), (carol, "alice")):
        assert session.modify(rule(forwarding_to(f"{to}@example.org"), when=subject_has("circle"))) == 0
    deliver(hub, "alice", "circle")
    assert awaited(lambda: imap_subjects(hub, "alice").count("circle") == 2)
    assert awaited(lambda: not hub.outgoing())
    assert [imap_subjects(hub, who).count("circle") for who in ("alice", "bob", "carol")] == [2, 1, 1]
    bob.clear()
    carol.clear()


def test_what_must_not_be_answered_stays_so(hub: MailHub, alice: RuleSession) -> None:
    """A report is forwarded with the null reverse-path that it came with, so that it makes no other report."""
    assert alice.modify(rule(forwarding_to("bob@example.org"), when=subject_has("null"))) == 0
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("", ["alice@example.org"], "From: x@example.net\r\nSubject: null\r\n\r\ntext\r\n")
    assert awaited(lambda: "null" in imap_subjects(hub, "bob"))
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX", readonly=True)
        uid = client.search(["SUBJECT", "null"])[-1]
        assert client.fetch([uid], ["RFC822"])[uid][b"RFC822"].startswith(b"Return-Path: <>")


def test_a_large_message(hub: MailHub, alice: RuleSession) -> None:
    """One that is a blob is judged, moved and forwarded as any other."""
    one, _, path = alice.new()
    actions = (moving(one), forwarding_to("bob@example.org"))
    assert alice.modify(rule(*actions, when=subject_has("large"))) == 0
    deliver(hub, "alice", "large", ("x" * 70 + "\r\n") * 5000)
    assert imap_subjects(hub, "alice", path) == ["large"]
    assert awaited(lambda: "large" in imap_subjects(hub, "bob"))


def test_what_is_forwarded_of_a_large_message(hub: MailHub, alice: RuleSession) -> None:
    """It is written before the delivery's transaction, for which everybody waits: that finds it done."""
    assert alice.modify(rule(forwarding_to("bob@example.org"))) == 0
    store, wishes = hub.running.store, hub.running.delivery.wishes
    large = content_of(store.blobs, b"Subject: large\r\n\r\n" + b"x" * 70 * 5000)
    envelope = Envelope(Address("carol", "example.org"))
    local = LocalRecipient(alice.account, "alice@example.org")
    ahead = hub.read(lambda tx: wishes.look_ahead(tx, envelope, large, None, (local,), store.now()))
    assert ahead is not None
    [letter] = ahead.letters.values()
    assert letter.content.blob is not None
    assert bytes(store.blobs.open(letter.content.blob)[:]).endswith(b"x" * 70 * 5000)
    small = content_of(store.blobs, b"Subject: small\r\n\r\n")
    nobody = LocalRecipient(account_of(hub, "bob"), "bob@example.org")
    assert hub.read(lambda tx: wishes.look_ahead(tx, envelope, small, None, (nobody,), store.now())) is None
