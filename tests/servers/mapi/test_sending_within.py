"""Mail between mailboxes of one hub keeps what MIME does not tell: votes, tasks, forms – [MS-OXOMSG] 2.2.1, 3.3.5."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from mapi_properties import KEEP, NOT_FOUND, PropertySession
from mapi_sending import last, written
from mapi_session import deliver, imap_of, mapi_hub
from mapi_tables import TableSession
from programs import eventually

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.rops.message import RopSaveChangesMessageRequest
from posthouse.protocols.mapi.rops.rule import ModifyRulesFlags, RopModifyRulesRequest, RuleData, RuleDataFlags
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rtf_compressed import store_rtf
from posthouse.protocols.mapi.rule_actions import ActionBlock, ActionType, TagData
from posthouse.protocols.mapi.rules import RuleState
from posthouse.servers.mapi.special_folders import Special
from posthouse.store.objects import find_message, load_form
from posthouse.testing import MailHub

MF_UNMODIFIED = 0x2
VERBS = bytes.fromhex("0201 0200 0000 0000 0000") + b"Approve;Reject"
FORM = PropertyName(named_tags.PS_PUBLIC_STRINGS, "Cost centre")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub):
    return PropertySession(hub, "alice")


@pytest.fixture
def bob(hub):
    return PropertySession(hub, "bob")


def named(session, tag):
    return session.named(tag.name, tag.type)


def sent(session, slot, **values):
    """Values by the names of tags."""
    by_tag = {getattr(tags, name): value for name, value in values.items()}
    assert session.set(slot, {tags.PidTagSubject: "lunch", tags.PidTagBody: "today?"} | by_tag) == ()
    assert session.error(RopSubmitMessageRequest(0, slot)) == 0


def arrived(session):
    return session.opened_message(session.message_ids()[-1])


def vote(alice, **values):
    slot = written(alice, "bob@example.org")
    alice.set(slot, {named(alice, named_tags.PidLidVerbStream): VERBS})
    sent(alice, slot, **values)


def test_a_question_with_answers_to_choose_from(alice, bob, hub):
    """[MS-OXOMSG] 2.2.1.74, 2.2.1.75: PidLidVerbStream, and the answer in PidLidVerbResponse. Others see mail."""
    vote(alice)
    got = arrived(bob)
    assert bob.value(got, named(bob, named_tags.PidLidVerbStream)) == VERBS
    assert bob.value(got, tags.PidTagMessageFlags) & MF_UNMODIFIED
    assert last(hub, "bob").get_content_type() == "text/plain"
    slot = written(bob, "alice@example.org")
    bob.set(slot, {named(bob, named_tags.PidLidVerbResponse): "Approve"})
    sent(bob, slot)
    answer = arrived(alice)
    assert alice.value(answer, named(alice, named_tags.PidLidVerbResponse)) == "Approve"


def test_forms_of_somebodys_own(alice, bob, hub):
    """A class and properties that no document knows; a table tells them as the message does."""
    slot = written(alice, "bob@example.org")
    alice.set(slot, {alice.named(FORM, PropertyType.STRING): "4711"})
    sent(alice, slot, PidTagMessageClass="IPM.Note.Expenses", PidTagBodyContentLocation="https://x.example/form")
    wanted = bob.named(FORM, PropertyType.STRING)
    columns = tags.PidTagMessageClass, wanted, tags.PidTagBodyContentLocation
    assert bob.values(arrived(bob), *columns) == ["IPM.Note.Expenses", "4711", "https://x.example/form"]
    table = TableSession(hub, "bob")
    rows = table.rows(table.contents_of(table.special(Special.INBOX), tags.PidTagMessageClass, wanted))
    assert ("IPM.Note.Expenses", "4711") in rows


def test_a_task_is_within_its_request(alice, bob, hub):
    """[MS-OXOTASK] 3.1.4.1: an embedded message that is no mail."""
    slot = written(alice, "bob@example.org")
    attachment = alice.new_attachment(slot)
    inner = alice.message_within(attachment)
    status = named(alice, named_tags.PidLidTaskStatus)
    alice.set(inner, {tags.PidTagMessageClass: "IPM.Task", tags.PidTagSubject: "paint the fence", status: 2})
    alice.execute(RopSaveChangesMessageRequest(0, attachment, inner, KEEP))
    alice.saved_attachment(slot, attachment)
    sent(alice, slot, PidTagMessageClass="IPM.TaskRequest")
    got = arrived(bob)
    task = bob.message_within(bob.opened_attachment(got), mode=1)
    wanted = tags.PidTagMessageClass, tags.PidTagSubject, named(bob, named_tags.PidLidTaskStatus)
    assert bob.values(task, *wanted) == ["IPM.Task", "paint the fence", 2]
    bob.set(got, {tags.PidTagIconIndex: 5})
    bob.saved(got)
    again = bob.message_within(bob.opened_attachment(arrived(bob)), mode=1)
    assert bob.value(again, tags.PidTagMessageClass) == "IPM.Task"


def test_a_rich_text_stays_one(alice, bob):
    rtf = store_rtf(rb"{\rtf1\ansi {\b today}?}")
    slot = written(alice, "bob@example.org")
    alice.set(slot, {tags.PidTagSubject: "lunch", tags.PidTagRtfCompressed: rtf})
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert bob.values(arrived(bob), tags.PidTagNativeBody, tags.PidTagRtfCompressed) == [2, rtf]


def test_what_is_the_senders_own(alice, bob):
    """Follow-up, icon, and what was done with it last."""
    vote(alice, PidTagFlagStatus=2, PidTagIconIndex=0x105, PidTagLastVerbExecuted=102)
    wanted = tags.PidTagFlagStatus, tags.PidTagIconIndex, tags.PidTagLastVerbExecuted
    assert bob.values(arrived(bob), *wanted) == [NOT_FOUND] * 3


def test_imap_takes_it_along(alice, hub):
    """What is moved stays what it is."""
    vote(alice)
    with imap_of(hub, "bob") as client:
        client.select_folder("INBOX")
        client.move(client.search(["UID", "*"]), "Drafts")
    bob = TableSession(hub, "bob")
    verbs = named(PropertySession(hub, "bob"), named_tags.PidLidVerbStream)
    table = bob.contents_of(bob.folder("Drafts"), verbs)
    assert bob.rows(table) == [VERBS]


def test_a_rule_adds_to_it(alice, bob):
    """[MS-OXORULE] 2.2.5.1: what it tags, and what came beside the message."""
    tag = TagData(TaggedValue(tags.PidTagImportance, 2))
    values = {
        tags.PidTagRuleSequence: 1,
        tags.PidTagRuleState: int(RuleState.ENABLED),
        tags.PidTagRuleName: "important",
        tags.PidTagRuleProvider: "RuleOrganizer",
        tags.PidTagRuleLevel: 0,
        tags.PidTagRuleCondition: Exist(tags.PidTagMessageClass),
        tags.PidTagRuleActions: (ActionBlock(ActionType.OP_TAG, tag),),
    }
    rule = RuleData(RuleDataFlags.ROW_ADD, tuple(TaggedValue(*value) for value in values.items()))
    inbox = bob.opened_folder()
    assert bob.error(RopModifyRulesRequest(0, inbox, ModifyRulesFlags(0), (rule,))) == 0
    vote(alice)
    assert bob.error(RopModifyRulesRequest(0, inbox, ModifyRulesFlags.R, ())) == 0
    got = arrived(bob)
    assert bob.values(got, tags.PidTagImportance, named(bob, named_tags.PidLidVerbStream)) == [2, VERBS]


def test_who_changes_it_keeps_the_rest(alice, bob, hub):
    """Beside the content, and when the content is made anew."""
    for change in ({tags.PidTagIconIndex: 7}, {tags.PidTagSubject: "dinner"}):
        vote(alice)
        got = arrived(bob)
        bob.set(got, change)
        bob.saved(got)
        again = arrived(bob)
        assert bob.value(again, named(bob, named_tags.PidLidVerbStream)) == VERBS
        assert not bob.value(again, tags.PidTagMessageFlags) & MF_UNMODIFIED


def test_what_is_sent_later_is_whole_too(busy_hub):
    """[MS-OXOMSG] 2.2.3.11: PidTagDeferredSendTime."""
    alice, bob = PropertySession(busy_hub, "alice"), PropertySession(busy_hub, "bob")
    vote(alice, PidTagDeferredSendTime=file_time(time.time() + 1))
    eventually(bob.message_ids)
    assert bob.value(arrived(bob), named(bob, named_tags.PidLidVerbStream)) == VERBS


def test_plain_mail_has_nothing_beside_it(alice, bob, hub):
    deliver(hub, "bob")
    slot = written(alice, "bob@example.org")
    sent(alice, slot)
    rows = hub.read(lambda tx: [find_message(tx, bob.account, one.counter) for one in bob.message_ids()[-2:]])
    assert hub.read(lambda tx: [load_form(tx, bob.account, row) for row in rows]) == [None, None]
