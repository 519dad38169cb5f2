"""Whatever rules say and whatever becomes of what they send on, no message is nowhere. Statements are those of
[MS-OXORULE]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_rules import (
    DELETING,
    RuleSession,
    copying,
    forwarding,
    forwarding_to,
    moving,
    quiet,
    rule,
    subject_has,
)
from mapi_session import deliver, imap_subjects

from posthouse.delivery.rules import MAX_COPIES
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.rule_actions import ActionBlock, ForwardFlavor
from posthouse.store.rules import MAX_RULES
from posthouse.testing import Account, MailHub

PLAIN, PR = 0, ForwardFlavor.PR
NOWHERE = ObjectId(OWN_REPLICA, 1 << 40)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """Its queue runs."""
    with MailHub(settings={"mapi": {"enabled": True}}, relay="127.0.0.1:1") as hub:
        yield hub


@pytest.fixture(scope="module")
def people(hub: MailHub) -> dict[str, Account]:
    return {name: hub.add_account(f"{name}@example.org") for name in ("alice", "bob")}


@pytest.fixture
def alice(hub: MailHub, people: dict[str, Account]) -> Iterator[RuleSession]:
    session = RuleSession(hub, "alice")
    yield session
    session.clear()


def count(people: dict[str, Account], who: str, subject: str) -> int:
    """Messages in the Inbox with that in their subject."""
    return sum(subject in str(one.parsed["Subject"]) for one in people[who].messages())


@pytest.mark.parametrize("flavor", [PLAIN, PR])
def test_two_who_keep_nothing(hub: MailHub, people: dict[str, Account], alice: RuleSession, flavor: int) -> None:
    """Each forwards to the other and deletes: it stays with whoever does not forward it again."""
    bob, subject = RuleSession(hub, "bob"), f"to and fro {flavor}"
    for session, to in ((alice, "bob"), (bob, "alice")):
        actions = forwarding_to(f"{to}@example.org", flavor), DELETING
        assert session.modify(rule(*actions, when=subject_has(subject))) == 0
    deliver(hub, "alice", subject)
    quiet(hub)
    bob.clear()
    assert sum(count(people, who, subject) for who in people) == 1


@pytest.mark.parametrize("to", ["alice@example.org", "bob@example.org"], ids=["itself", "the sender"])
def test_nobody_to_forward_it_to(hub: MailHub, people: dict[str, Account], alice: RuleSession, to: str) -> None:
    """R537: nobody gets it who has sent it, nor whoever forwards it; so it is not deleted either."""
    assert alice.modify(rule(forwarding_to(to, PR), DELETING)) == 0
    deliver(hub, "alice", f"for nobody but {to}", sender="bob@example.org")
    quiet(hub)
    assert count(people, "alice", f"for nobody but {to}") == 1


def test_what_is_forwarded_and_comes_back(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """Its report stays with whoever has forwarded it and kept nothing, with the message in it."""
    assert alice.modify(rule(forwarding_to("nobody@example.org", PR), DELETING)) == 0
    deliver(hub, "alice", "there is nobody", "a text to be kept")
    quiet(hub)
    [report] = [one for one in people["alice"].messages() if b"there is nobody" in one.data]
    assert report.parsed["Return-Path"] == "<>"
    assert report.parsed.get_content_type() == "multipart/report"
    assert b"a text to be kept" in report.data


@pytest.mark.parametrize("failing", [moving(NOWHERE), copying(NOWHERE), forwarding(PidTagDisplayName="Nobody")])
@pytest.mark.parametrize("first", [True, False])
def test_what_fails_deletes_nothing(
    hub: MailHub, people: dict[str, Account], alice: RuleSession, failing: ActionBlock, first: bool
) -> None:
    """A rule that puts a message elsewhere and deletes it, leaves it where it is when it cannot."""
    subject = f"kept {failing.action_type} {first}"
    actions = (failing, DELETING) if first else (DELETING, failing)
    assert alice.modify(rule(*actions, when=subject_has(subject))) == 0
    deliver(hub, "alice", subject)
    assert count(people, "alice", subject) == 1


def test_a_rule_that_forwards_and_deletes(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R549: as long as somebody gets it."""
    assert alice.modify(rule(forwarding_to("bob@example.org", PR), DELETING)) == 0
    deliver(hub, "alice", "handed on")
    quiet(hub)
    assert [count(people, who, "handed on") for who in ("alice", "bob")] == [0, 1]


def test_as_many_rules_as_there_may_be(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """Of which each copies a message elsewhere: there are so many copies, and it is where it came to."""
    made = [alice.new() for _ in range(MAX_COPIES + 1)]
    folders = [folder for folder, _, _ in made]
    rules = [rule(copying(folders[place % len(folders)])) for place in range(MAX_RULES)]
    for at in range(0, MAX_RULES, 64):
        assert alice.modify(*rules[at : at + 64]) == 0
    deliver(hub, "alice", "to everywhere")
    assert count(people, "alice", "to everywhere") == 1
    assert sum(len(imap_subjects(hub, "alice", path)) for _, _, path in made) == MAX_COPIES
