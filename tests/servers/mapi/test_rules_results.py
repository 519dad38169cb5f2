"""What rules leave behind, and what is told of them elsewhere. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_rules import DELETING, ENABLED, READING, REPLACE, STATE, RuleSession, moving, rule, subject_has
from mapi_session import deliver

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import PidLidVerbStream
from posthouse.protocols.mapi.property_values import PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Exist, Property, RelOp
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.protocols.mapi.rule_actions import format_rule_actions
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import Account, MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        yield hub


@pytest.fixture(scope="module")
def mailbox(hub: MailHub) -> Account:
    hub.add_account("bob@example.org")
    return hub.add_account("alice@example.org")


@pytest.fixture
def alice(hub: MailHub, mailbox: Account) -> Iterator[RuleSession]:
    session = RuleSession(hub, "alice")
    yield session
    session.clear()


def test_folders_tell_that_they_have_rules(alice: RuleSession) -> None:
    """R604 to R606, R718 to R720, R885, R7202, R8851: a Boolean, of the folder and in tables of folders; it changes
    with the rules."""
    assert tags.PidTagHasRules.type == PropertyType.BOOLEAN
    _, slot, path = alice.new()

    def told() -> dict[str, bool]:
        columns = tags.PidTagDisplayName, tags.PidTagHasRules
        return dict(alice.all_rows(alice.hierarchy(alice.open(alice.special(Special.IPM_SUBTREE)), *columns)))

    assert (told()[path], alice.value(slot, tags.PidTagHasRules)) == (False, False)
    assert alice.modify(rule(READING), folder=slot) == 0
    assert (told()[path], alice.value(slot, tags.PidTagHasRules)) == (True, True)
    assert told()["Inbox"] is False
    assert alice.modify(folder=slot, flags=REPLACE) == 0
    assert (told()[path], alice.value(slot, tags.PidTagHasRules)) == (False, False)


def test_what_is_deleted_is_nowhere(hub: MailHub, mailbox: Account, alice: RuleSession) -> None:
    """R345, R549, R637, R898: nor can it be recovered."""
    assert alice.modify(rule(DELETING, when=subject_has("deleted"))) == 0
    deliver(hub, "alice", "deleted")
    deliver(hub, "alice", "kept")
    assert [message.parsed["Subject"] for message in mailbox.messages()] == ["kept"]
    for folder in (alice.inbox, alice.open(alice.special(Special.DELETED_ITEMS))):
        table = alice.contents(folder, tags.PidTagSubject, flags=ContentsTableFlags.SOFT_DELETES)
        assert alice.all_rows(table) == []


def test_marking_needs_no_data(hub: MailHub, mailbox: Account, alice: RuleSession) -> None:
    """R346, R902."""
    assert format_rule_actions((READING,)) == bytes.fromhex("0100 0900 0B 00000000 00000000")
    assert alice.modify(rule(READING, when=subject_has("marked"))) == 0
    deliver(hub, "alice", "marked")
    assert mailbox.messages()[-1].flags == ("\\Seen",)


def test_bits_of_a_state_that_are_nothing(hub: MailHub, mailbox: Account, alice: RuleSession) -> None:
    """R81, R655, R888: they change neither the answer nor what is done, and are kept; so are those of clients from
    before (0x80, 0x100), and one that makes the number negative."""
    target, _, path = alice.new()
    state = int(ENABLED) | 0x7FFFFF80
    assert alice.modify(rule(moving(target), state=state)) == 0
    assert alice.rules(STATE) == [state]
    deliver(hub, "alice", "odd state")
    assert len(mailbox.messages(path)) == 1
    alice.clear()
    assert alice.modify(rule(READING, state=int(ENABLED) - (1 << 31))) == 0
    assert alice.rules(STATE) == [int(ENABLED) - (1 << 31)]


def test_whoever_is_named_by_an_alias(hub: MailHub, mailbox: Account, alice: RuleSession) -> None:
    """R931: is named."""
    hub.add_alias("al@example.org", "alice@example.org")
    target, _, path = alice.new()
    to_me = Property(RelOp.EQ, tags.PidTagMessageToMe, TaggedValue(tags.PidTagMessageToMe, True))
    assert alice.modify(rule(moving(target), when=to_me)) == 0
    deliver(hub, "al", "by an alias")
    assert [message.parsed["Subject"] for message in mailbox.messages(path)] == ["by an alias"]


def test_what_mime_does_not_tell(hub: MailHub, mailbox: Account, alice: RuleSession) -> None:
    """R931: a rule looks at it too, where it comes within the hub."""
    target, _, path = alice.new()
    tag = alice.named(PidLidVerbStream.name, PidLidVerbStream.type)
    assert alice.modify(rule(moving(target), when=Exist(tag))) == 0
    bob = RuleSession(hub, "bob")
    verbs = bytes.fromhex("0201 0200 0000 0000 0000") + b"Approve;Reject"
    own = bob.named(PidLidVerbStream.name, PidLidVerbStream.type)
    bob.submit({tags.PidTagSubject: "a vote", own: verbs}, "alice@example.org")
    bob.submit({tags.PidTagSubject: "no vote"}, "alice@example.org")
    assert [message.parsed["Subject"] for message in mailbox.messages(path)] == ["a vote"]
