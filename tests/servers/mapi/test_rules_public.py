"""Rules of public folders and what is posted there, on a real hub. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from mapi_properties import KEEP
from mapi_public import PublicSession, PublicSync, allow, make_public
from mapi_rules import (
    DELETING,
    ENABLED,
    PLAINLY,
    READING,
    STATE,
    answering,
    forwarding,
    forwarding_to,
    quiet,
    rule,
    subject_has,
)
from mapi_session import imap_of
from mapi_sync import LATER, Replica

from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rops.folder import ContentsTableFlags
from posthouse.protocols.mapi.rops.message import (
    RopCreateMessageRequest,
    RopCreateMessageResponse,
    RopSaveChangesMessageRequest,
)
from posthouse.protocols.mapi.rops.rule import (
    RopGetRulesTableRequest,
    RopGetRulesTableResponse,
    RopModifyRulesRequest,
    RuleData,
    RulesTableFlags,
)
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ForwardFlavor,
    ReplyData,
    TagData,
)
from posthouse.protocols.mapi.rules import RuleState
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import Account, MailHub

NAMES = count(1)
AUTHOR = Right.LOOKUP | Right.READ | Right.SEEN | Right.INSERT | Right.WRITE
IMPORTANT = ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(tags.PidTagImportance, 2)))
SUBJECT, IMPORTANCE = tags.PidTagSubject, tags.PidTagImportance


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """Its queue runs; there is nobody where mail for other domains would go."""
    with MailHub(settings={"mapi": {"enabled": True}}, relay="127.0.0.1:1") as hub:
        yield hub


@pytest.fixture(scope="module", autouse=True)
def people(hub: MailHub) -> dict[str, Account]:
    return {name: hub.add_account(f"{name}@example.org") for name in ("alice", "bob", "carol")}


class Board:
    """A public folder that belongs to Alice, where Bob writes."""

    def __init__(self, hub: MailHub, *rules: RuleData) -> None:
        self.hub, self.path = hub, f"board {next(NAMES)}"
        make_public(hub, self.path)
        allow(hub, self.path, ALL_RIGHTS, "alice")
        allow(hub, self.path, AUTHOR, "bob")
        self.alice, self.bob = PublicSession(hub, "alice"), PublicSession(hub, "bob")
        self.id = self.alice.folder(self.path)
        self.folder = self.alice.open(self.id)
        self.modify(*rules)

    def modify(self, *rules: RuleData) -> None:
        assert self.alice.error(RopModifyRulesRequest(0, self.folder, PLAINLY, rules)) == 0

    def written(self, subject: str, values: dict[Any, Any] | None = None) -> int:
        """By Bob; not yet saved."""
        slot = self.bob.started(self.id)
        assert self.bob.set(slot, {SUBJECT: subject, tags.PidTagBody: "text", **(values or {})}) == ()
        return slot

    def post(self, subject: str, values: dict[Any, Any] | None = None) -> None:
        self.bob.saved(self.written(subject, values))

    def rows(self, flags: ContentsTableFlags = ContentsTableFlags(0)) -> list[Any]:  # noqa: B008
        return self.alice.all_rows(self.alice.contents(self.folder, SUBJECT, IMPORTANCE, flags=flags))

    def states(self) -> list[int]:
        slot = self.alice.slot()
        rop = RopGetRulesTableRequest(0, self.folder, slot, RulesTableFlags.UNICODE)
        self.alice.get(rop, RopGetRulesTableResponse)
        return self.alice.rows(self.alice.set_columns(slot, STATE))


def test_what_is_posted(hub: MailHub) -> None:
    """R787, R930, R931, R548: rules are evaluated for what is posted into a public folder; not for what is kept beside
    its contents, nor when a message is saved once more."""
    board = Board(hub, rule(IMPORTANT, when=subject_has("urgent")))
    board.post("one")
    board.post("an urgent one")
    assert sorted(board.rows()) == [("an urgent one", 2), ("one", 1)]
    beside = board.alice.slot()
    board.alice.get(RopCreateMessageRequest(0, 0, beside, 0xFFF, board.id, True), RopCreateMessageResponse)
    board.alice.set(beside, {SUBJECT: "urgent view"})
    board.alice.saved(beside)
    assert board.rows(ContentsTableFlags.ASSOCIATED) == [("urgent view", 1)]
    urgent = board.alice.message_ids(board.path)[-1]
    slot = board.bob.opened(board.id, urgent)
    board.bob.set(slot, {IMPORTANCE: 0})
    board.bob.saved(slot)
    assert sorted(board.rows()) == [("an urgent one", 0), ("one", 1)]


def test_what_comes_from_a_copy(hub: MailHub) -> None:
    """R930: a client that has written it without the network posts it as well."""
    board = Board(hub, rule(IMPORTANT))
    bob, replica = PublicSync(hub, "bob"), Replica()
    collector, key = bob.collector(bob.open(board.id)), bob.new_key()
    rop = bob.importing(collector, key, replica.change(), PredecessorChangeList(), modified=LATER)
    bob.bring(rop, {tags.PidTagMessageClass: "IPM.Note", SUBJECT: "from a copy", IMPORTANCE: 1})
    assert board.rows() == [("from a copy", 2)]


def test_what_is_surely_no_spam(hub: MailHub) -> None:
    """R7411: a rule with ST_SKIP_IF_SCL_IS_SAFE is executed also where PidTagContentFilterSpamConfidenceLevel is
    0xFFFFFFFF."""
    board = Board(hub, rule(IMPORTANT, state=ENABLED | RuleState.SKIP_IF_SCL_IS_SAFE))
    board.post("safe", {tags.PidTagContentFilterSpamConfidenceLevel: -1})
    assert board.rows() == [("safe", 2)]


def test_what_nobody_wants_there(hub: MailHub) -> None:
    """R549, R637, R260, R547: it is deleted for good, or whoever has posted it hears that it was not taken."""
    bouncing = ActionBlock(ActionType.OP_BOUNCE, BounceData(BounceCode.DENIED))
    board = Board(hub, rule(DELETING, when=subject_has("spam")), rule(bouncing, when=subject_has("rude")))
    board.post("spam")
    slot = board.written("rude")
    code = board.bob.error(RopSaveChangesMessageRequest(0, slot, slot, KEEP))
    board.post("kind")
    assert code == ErrorCode.ecAccessDenied
    assert [subject for subject, _ in board.rows()] == ["kind"]
    assert board.rows(ContentsTableFlags.SOFT_DELETES) == []


def test_what_is_filed_there(hub: MailHub) -> None:
    """What IMAP puts there stays, whatever the rules say: the program that has put it there deletes it elsewhere."""
    board = Board(hub, rule(DELETING))
    board.post("posted")
    with imap_of(hub, "bob") as client:
        client.append("INBOX", b"Subject: copied\r\n\r\ntext\r\n")
        client.select_folder("INBOX")
        client.copy(client.search(["SUBJECT", "copied"]), f"Public/{board.path}")
        client.append(f"Public/{board.path}", b"Subject: appended\r\n\r\ntext\r\n")
    assert sorted(subject for subject, _ in board.rows()) == ["appended", "copied"]


@pytest.mark.parametrize("flavor", [0, ForwardFlavor.AT, ForwardFlavor.PR | ForwardFlavor.NC])
def test_what_is_forwarded(hub: MailHub, people: dict[str, Account], flavor: int) -> None:
    """R537, R261: to whom the rule names, and not to who has posted it."""
    subject = f"forwarded {flavor}"
    actions = forwarding_to("carol@example.org", flavor), forwarding_to("bob@example.org", flavor)
    board = Board(hub, rule(*actions))
    board.post(subject)
    quiet(hub)
    found = [one.parsed for one in people["carol"].messages() if subject in str(one.parsed["Subject"])]
    assert len(found) == 1
    assert not [one for one in people["bob"].messages() if subject in str(one.parsed["Subject"])]
    if flavor == 0:
        assert str(found[0]["From"]) == f"Public folder {board.path} <postmaster@example.org>"


def test_a_moderator_who_posts(hub: MailHub, people: dict[str, Account]) -> None:
    """R537: what goes to nobody is not deleted."""
    by_bob, by_others = (Board(hub, rule(forwarding_to(f"{who}@example.org"), DELETING)) for who in ("bob", "carol"))
    by_bob.post("by the moderator")
    by_others.post("for the moderator")
    quiet(hub)
    assert [subject for subject, _ in by_bob.rows()] == ["by the moderator"]
    assert by_others.rows() == []
    assert [one for one in people["carol"].messages() if "for the moderator" in str(one.parsed["Subject"])]


def test_what_is_answered(hub: MailHub, people: dict[str, Account]) -> None:
    """R525, R253: by the template, to who has posted it, from the folder."""
    board, name = Board(hub), uuid4()
    slot = board.alice.slot()
    board.alice.get(RopCreateMessageRequest(0, 0, slot, 0xFFF, board.id, True), RopCreateMessageResponse)
    board.alice.set(
        slot,
        {
            tags.PidTagMessageClass: "IPM.Note.Rules.ReplyTemplate.Microsoft",
            tags.PidTagReplyTemplateId: name.bytes_le,
            SUBJECT: "Thank you",
            tags.PidTagBody: "It is on the board.",
        },
    )
    template = ReplyData(board.id, board.alice.saved(slot), name)
    board.modify(rule(answering(template)))
    board.post("to be answered")
    quiet(hub)
    [answer] = [one.parsed for one in people["bob"].messages() if one.parsed["Subject"] == "Thank you"]
    assert answer.get_content().strip() == "It is on the board."
    assert str(answer["From"]).endswith("<postmaster@example.org>")
    assert answer["Auto-Submitted"] == "auto-replied"


def test_what_fails(hub: MailHub) -> None:
    """R64, R813: the rule has a mark, and what is posted is there."""
    board = Board(hub, rule(READING, forwarding(PidTagDisplayName="Nobody")))
    board.post("kept")
    assert [subject for subject, _ in board.rows()] == ["kept"]
    assert board.states() == [ENABLED | RuleState.ERROR]
