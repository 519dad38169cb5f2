"""Rules and the transaction of a delivery, without a server in front."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from posthouse.database import Transaction
from posthouse.delivery import answers, effort, incoming, rulebook, wishes
from posthouse.delivery.deferred import DAM_CLASS, DEFERRED_ACTION, DEM_CLASS
from posthouse.delivery.rulebook import MAX_EXTENDED
from posthouse.delivery.verdict import Failed
from posthouse.directory.state import make_secret
from posthouse.model.ids import ContentId
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_rules import (
    VERSION,
    ExtendedRuleActions,
    ExtendedRuleCondition,
    NamedPropertyInformation,
)
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.objects import Message, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Content, Exist, FuzzyLow, Or
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    ClientData,
    ExtendedMoveCopyData,
    MoveCopyData,
    ReplyData,
    ServerEid,
    format_rule_actions,
)
from posthouse.protocols.mapi.rules import EXTENDED_CLASS, RuleError, RuleState
from posthouse.protocols.mapi.stored_form import format_stored, format_stored_properties, parse_stored
from posthouse.store.folder_objects import Wanted, open_mailbox
from posthouse.store.folders import INBOX, ROOT, create_folder
from posthouse.store.intake import INLINE
from posthouse.store.listing import Listing, scan_rows
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message
from posthouse.store.objects import Form, find_message, load_form
from posthouse.store.rules import StoredRule, change_rules, rules_of
from posthouse.store.verify import verify

LARGE = b"Subject: large\r\n\r\n" + b"x" * 70_000 + b"\r\n" + b"y" * 90_000 + b"\r\n"


def moving(folder: int) -> ActionBlock:
    eid = ServerEid(1, ObjectId(OWN_REPLICA, folder), ObjectId(0, 0), 0).format()
    return ActionBlock(ActionType.OP_MOVE, MoveCopyData(True, b"", eid))


def put_rule(post: Any, account: Any, number: int, action: ActionBlock, *subjects: str) -> None:
    """For what has one of these in its subject, or for all."""
    form: Properties = {}
    if subjects:
        set_value(form, tags.PidTagRuleCondition, Or(tuple(map(subject_has, subjects))))
    set_value(form, tags.PidTagRuleActions, (action,))
    post.write(change_rules, account, INBOX, [StoredRule(number, number, 1, format_stored_properties(form))], ())


def subject_has(text: str) -> Content:
    return Content(FuzzyLow.SUBSTRING, 1, tags.PidTagSubject, TaggedValue(tags.PidTagSubject, text))


def move_large(post: Any, name: str) -> None:
    """A rule that moves what has this subject into the folder `Large`."""
    account = post.account(name)
    put_rule(post, account, 1, moving(post.write(create_folder, account, "Large").id), "large")


def told_to_client(tx: Transaction, account: Any) -> list[tuple[str, int | None, bytes | None]]:
    """Of each message in the Deferred Action folder: its class, the error, and what is to be done."""
    found = []
    for listed in scan_rows(tx, Listing(account, DEFERRED_ACTION)):
        assert listed.form is not None
        told = parse_stored(listed.form.data).properties
        wanted = (tags.PidTagMessageClass, tags.PidTagRuleError, tags.PidTagClientActions)
        found.append(tuple(value_of(told, tag) for tag in wanted))
    return found


def test_what_is_left_to_a_client_and_what_fails(post: Any) -> None:
    """It is in the Deferred Action folder when the delivery is, and the store is what it says."""
    account = post.account("alice@example.org")
    post.write(make_secret)
    post.write(open_mailbox, account, [Wanted(DEFERRED_ACTION, ROOT, "Deferred Action", {})])
    sound = ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"sound"))
    put_rule(post, account, 1, sound, "both")
    put_rule(post, account, 2, moving(1 << 40), "both")
    for _ in range(2):
        post.send(b"Subject: both\r\n\r\ntext\r\n", "alice@example.org")
    dam = (DAM_CLASS, None, format_rule_actions((sound,)))
    assert post.write(told_to_client, account) == [dam, (DEM_CLASS, RuleError.MOVE_OR_COPY, None), dam]
    assert [rule.state for rule in post.write(rules_of, account, INBOX)] == [1, 1 | RuleState.ERROR]
    assert len(post.mailbox("alice@example.org")) == 2
    assert post.write(lambda tx: list(verify(tx, post.store.blobs, deep=True))) == []


def test_a_mailbox_that_takes_no_more(post: Any) -> None:
    """The last message that it takes is there, once, and its sender hears nothing else; its client is not told."""
    account = post.account("alice@example.org")
    post.write(make_secret)
    post.write(open_mailbox, account, [Wanted(DEFERRED_ACTION, ROOT, "Deferred Action", {})])
    put_rule(post, account, 1, ActionBlock(ActionType.OP_DEFER_ACTION, ClientData(b"sound")), "last")
    put_rule(post, account, 2, moving(1 << 40), "last")
    post.quota("alice@example.org", messages=1)
    [outcome] = post.send(b"Subject: last\r\n\r\ntext\r\n", "alice@example.org")
    assert outcome.refusal is None
    assert len(post.mailbox("alice@example.org")) == 1
    assert post.write(told_to_client, account) == []
    assert post.write(lambda tx: list(verify(tx, post.store.blobs))) == []


def test_a_rule_that_is_a_message(post: Any) -> None:
    """Its state tells that it has failed; the message is where it came to."""
    account = post.account("alice@example.org")
    post.write(make_secret)
    properties: Properties = {}
    set_value(properties, tags.PidTagMessageClass, EXTENDED_CLASS)
    set_value(properties, tags.PidTagRuleMessageState, 1)
    set_value(properties, tags.PidTagExtendedRuleMessageCondition, b"no condition")
    form = Form(True, format_stored(Message(properties)))
    new = NewMessage(ContentId(0), len(form.data), 0)
    made = post.write(lambda tx: create_message(tx, account, INBOX, new, form, 0, associated=True))
    post.send(b"Subject: one\r\n\r\ntext\r\n", "alice@example.org")
    saved = post.write(lambda tx: load_form(tx, account, find_message(tx, account, made.id)))
    assert value_of(parse_stored(saved.data).properties, tags.PidTagRuleMessageState) == 1 | RuleState.PARSE_ERROR
    assert len(post.mailbox("alice@example.org")) == 1


def test_only_so_many_rules_that_are_messages(post: Any) -> None:
    """MS-OXORULE R789: others of one folder are passed over, so that a delivery has an end."""
    account = post.account("alice@example.org")
    post.write(make_secret)
    put_extended(post, account, ActionBlock(ActionType.OP_MARK_AS_READ), MAX_EXTENDED)
    put_extended(post, account, ActionBlock(ActionType.OP_DELETE))
    post.send(b"Subject: one\r\n\r\ntext\r\n", "alice@example.org")
    assert len(post.mailbox("alice@example.org")) == 1


@pytest.mark.parametrize("size", [10, rulebook.AT_ONCE, INLINE])
def test_a_rule_is_read_once(post: Any, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """However many messages come; and again when it has changed, as the first failure is written into it. A large one
    is not read in the transaction."""
    account = post.account("alice@example.org")
    post.write(make_secret)
    read = noted(monkeypatch, rulebook, "extended_rule_of")
    nowhere = ActionBlock(ActionType.OP_MOVE, ExtendedMoveCopyData(b"", b"nowhere"))
    put_extended(post, account, nowhere, name=f"{uuid4()}" + "x" * size)
    for _ in range(4):
        post.send(b"Subject: one\r\n\r\ntext\r\n", "alice@example.org")
    assert read == [size < rulebook.AT_ONCE] * 2
    assert len(post.mailbox("alice@example.org")) == 4


def test_a_standard_rule_is_read_once(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when its client has changed it."""
    post.write(make_secret)
    account = post.account("alice@example.org")
    folders = [post.write(create_folder, account, name).id for name in ("One", "Two")]
    read = noted(monkeypatch, rulebook, "rule_of")
    for folder in folders:
        put_rule(post, account, 1, moving(folder), subject := f"{uuid4()}")
        for _ in range(3):
            post.send(f"Subject: {subject}\r\n\r\ntext\r\n".encode(), "alice@example.org")
    assert read == [True, True]
    assert [len(post.mailbox("alice@example.org", name)) for name in ("One", "Two")] == [3, 3]


def test_rules_that_nobody_asks_for_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for so many bytes: those that were asked for longest ago go."""
    known, read = rulebook._Known(100), list[str]()

    def ask(name: str, size: int) -> None:
        known.rule(rulebook._Unread(name, size, lambda: read.append(name)))

    for name in ("a", "b", "a", "c", "a", "b"):
        ask(name, 40)
    assert read == ["a", "b", "c", "b"]
    ask("larger than all", 101)
    ask("a", 40)
    assert read[4:] == ["larger than all", "a"]


def test_conditions_that_take_too_long(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has very many of them that look at long texts keeps nobody from their mail: the message comes, the rule
    tells that it has failed, and what asks for nothing is done."""
    post.write(make_secret)
    account = post.account("alice@example.org")
    post.write(open_mailbox, account, [Wanted(DEFERRED_ACTION, ROOT, "Deferred Action", {})])
    folder = post.write(create_folder, account, "Moved").id
    put_rule(post, account, 1, ActionBlock(ActionType.OP_DELETE), *(f"nothing {number}" for number in range(20)))
    put_rule(post, account, 2, moving(folder))
    for most, states in ((21, [1, 1]), (20 * 2, [1, 1]), (19, [1 | RuleState.ERROR, 1])):
        monkeypatch.setattr(effort, "MAX_EFFORT", most)
        post.send(b"Subject: one\r\n\r\ntext\r\n", "alice@example.org")
        assert [rule.state for rule in post.write(rules_of, account, INBOX)] == states
    assert len(post.mailbox("alice@example.org", "Moved")) == 3


@pytest.mark.parametrize(
    "value", ["x" * 9 * effort.STEP, b"x" * 9 * effort.STEP, ("x" * 7 * effort.STEP, ""), ("",) * 9]
)
def test_long_values_take_as_long_as_several(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    monkeypatch.setattr(effort, "MAX_EFFORT", 11)
    one = effort.Effort()
    one.spend(value)
    one.spend("")
    for _ in range(2):
        with pytest.raises(Failed):
            one.spend("")


@pytest.mark.parametrize("gone", [1, 2])
def test_folders_that_are_removed_at_this_moment(post: Any, monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    """What was to lie there lies elsewhere, once."""
    post.write(make_secret)
    account = post.account("alice@example.org")
    folders = [post.write(create_folder, account, name).id for name in ("One", "Two")]
    for number, folder in enumerate(folders, 1):
        put_rule(post, account, number, moving(folder))
    append = wishes.append

    def appending(tx: Transaction, account: Any, folder: Any, *arguments: Any) -> Any:
        if folder in folders[:gone]:
            raise FolderNotFound
        return append(tx, account, folder, *arguments)

    monkeypatch.setattr(wishes, "append", appending)
    post.send(b"Subject: one\r\n\r\ntext\r\n", "alice@example.org")
    found = [len(post.mailbox("alice@example.org", name)) for name in ("INBOX", "One", "Two")]
    assert found == ([0, 0, 1] if gone == 1 else [1, 0, 0])


def put_extended(post: Any, account: Any, action: ActionBlock, count: int = 1, name: str = "extended") -> None:
    """So many rules that apply to every message."""
    properties: Properties = {}
    no_names = NamedPropertyInformation()
    condition = ExtendedRuleCondition(no_names, Exist(tags.PidTagMessageClass))
    actions = ExtendedRuleActions(no_names, VERSION, (action,))
    for tag, value in (
        (tags.PidTagMessageClass, EXTENDED_CLASS),
        (tags.PidTagRuleMessageName, name),
        (tags.PidTagRuleMessageState, 1),
        (tags.PidTagExtendedRuleMessageCondition, condition.format()),
        (tags.PidTagExtendedRuleMessageActions, actions.format()),
    ):
        set_value(properties, tag, value)
    form = form_of(post, properties)
    new = NewMessage(ContentId(0), len(form.data), 0)

    def put(tx: Transaction) -> None:
        for _ in range(count):
            create_message(tx, account, INBOX, new, form, 0, associated=True)

    post.write(put)


def form_of(post: Any, properties: Properties) -> Form:
    """As the store keeps it: in a blob when it is large."""
    data = format_stored(Message(properties))
    if len(data) <= INLINE:
        return Form(True, data)
    writer = post.store.blobs.create()
    writer.write(data)
    return Form(True, data, writer.seal())


def noted(patch: pytest.MonkeyPatch, where: Any, name: str) -> list[bool]:
    """Of each call of this function, whether it was within the transaction of a delivery."""
    calls: list[bool] = []
    writing: list[bool] = []
    function, place = getattr(where, name), incoming.place

    def called(*arguments: Any) -> Any:
        calls.append(bool(writing))
        return function(*arguments)

    def placing(*arguments: Any) -> Any:
        writing.append(True)
        try:
            return place(*arguments)
        finally:
            writing.clear()

    patch.setattr(where, name, called)
    patch.setattr(incoming, "place", placing)
    return calls


def test_a_large_message_is_read_before_it_is_written(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for all who have rules, and not at all when nobody has: nobody waits for it in the transaction."""
    read = noted(monkeypatch, wishes, "from_mime")
    post.write(make_secret)
    post.send(LARGE, "pair@example.org")
    assert read == []
    for name in ("alice@example.org", "bob@example.org"):
        move_large(post, name)
    post.send(LARGE, "pair@example.org")
    assert read == [False]
    assert [len(post.mailbox(f"{name}@example.org", "Large")) for name in ("alice", "bob")] == [1, 1]


@pytest.mark.parametrize("size", [10, 300_000])
def test_what_is_answered_by_a_template(post: Any, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """It is read once, and written before the transaction; the next time nothing is begun in vain."""
    post.write(make_secret)
    account = post.account("alice@example.org")
    put_rule(post, account, 1, put_template(post, account, "x" * size), "answered")
    written, read = noted(monkeypatch, answers, "to_mime"), noted(monkeypatch, answers, "parse_stored")
    begun = noted(monkeypatch, wishes, "choose_folder")
    answered = b"From: bob@example.org\r\nSubject: answered\r\n\r\ntext\r\n"
    for count in (1, 2):
        begun.clear()
        post.send(answered, "alice@example.org", sender="bob@example.org")
        assert (written, read, begun) == ([False] * count, [False] * count, [False])
        _, recipients, answer = post.queue()[-1]
        assert [str(one.recipient.address) for one in recipients] == ["bob@example.org"]
        assert answer.count(b"x") > size


def test_rules_that_answer_no_more(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then deliveries are what they are to everybody."""
    post.write(make_secret)
    account = post.account("alice@example.org")
    put_rule(post, account, 1, put_template(post, account, "text"), "answered")
    looked = noted(monkeypatch, wishes, "choose_folder")
    for gone in (False, True):
        if gone:
            post.write(change_rules, account, INBOX, (), (1,))
        for _ in range(3):
            post.send(b"From: bob@example.org\r\nSubject: answered\r\n\r\ntext\r\n", "alice@example.org")
    assert len(looked) == 3


def put_template(post: Any, account: Any, text: str) -> ActionBlock:
    """To answer with it."""
    name = uuid4()
    properties: Properties = {}
    for tag, value in ((tags.PidTagReplyTemplateId, name.bytes_le), (tags.PidTagBody, text)):
        set_value(properties, tag, value)
    form = form_of(post, properties)
    new = NewMessage(ContentId(0), len(form.data), 0)
    made = post.write(lambda tx: create_message(tx, account, INBOX, new, form, 0, associated=True))
    return ActionBlock(
        ActionType.OP_REPLY, ReplyData(ObjectId(OWN_REPLICA, INBOX), ObjectId(OWN_REPLICA, made.id), name)
    )
