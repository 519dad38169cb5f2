"""Rules and the transaction of a delivery, without a server in front."""

from __future__ import annotations

from typing import Any

import pytest

from posthouse.delivery import incoming, wishes
from posthouse.directory.state import make_secret
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Properties, set_value
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Content, FuzzyLow
from posthouse.protocols.mapi.rule_actions import ActionBlock, ActionType, MoveCopyData, ServerEid
from posthouse.protocols.mapi.stored_form import format_stored_properties
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.rules import StoredRule, change_rules

LARGE = b"Subject: large\r\n\r\n" + b"x" * 70_000 + b"\r\n" + b"y" * 90_000 + b"\r\n"


def move_large(post: Any, name: str) -> None:
    """A rule that moves what has this subject into the folder `Large`."""
    account = post.account(name)
    target = post.write(create_folder, account, "Large").id
    eid = ServerEid(1, ObjectId(OWN_REPLICA, target), ObjectId(0, 0), 0).format()
    subject = Content(FuzzyLow.SUBSTRING, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, "large"))
    form: Properties = {}
    set_value(form, tags.PidTagRuleCondition, subject)
    set_value(form, tags.PidTagRuleActions, (ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, b"", eid)),))
    rule = StoredRule(1, 1, 1, format_stored_properties(form))
    post.write(change_rules, account, INBOX, [rule], ())


def test_a_large_message_is_read_before_it_is_written(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for all who have rules, and not at all when nobody has: nobody waits for it in the transaction."""
    read, writing = [], []
    from_mime, place = wishes.from_mime, incoming.place

    def reading(*arguments: Any) -> Any:
        read.append(bool(writing))
        return from_mime(*arguments)

    def placing(*arguments: Any) -> Any:
        writing.append(True)
        try:
            return place(*arguments)
        finally:
            writing.clear()

    monkeypatch.setattr(wishes, "from_mime", reading)
    monkeypatch.setattr(incoming, "place", placing)
    post.write(make_secret)
    post.send(LARGE, "pair@example.org")
    assert read == []
    for name in ("alice@example.org", "bob@example.org"):
        move_large(post, name)
    post.send(LARGE, "pair@example.org")
    assert read == [False]
    assert [len(post.mailbox(f"{name}@example.org", "Large")) for name in ("alice", "bob")] == [1, 1]
