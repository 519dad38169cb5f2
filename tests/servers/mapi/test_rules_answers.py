"""Rules that answer, on a real hub with mail that comes by SMTP; answers arrive in mailboxes and at a next hop.
Statements are those of [MS-OXORULE]."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from mapi_rules import (
    AWAY,
    ENABLED,
    ID,
    MODIFY,
    READING,
    REPLACE,
    STATE,
    RuleSession,
    answering,
    changing,
    forwarding_to,
    moving,
    quiet,
    rule,
    subject_has,
)
from mapi_session import LOGON, share
from odd_hop import OddHop

from posthouse.model.rights import ALL_RIGHTS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.extended_rules import (
    VERSION,
    ExtendedRuleActions,
    ExtendedRuleCondition,
    NamedPropertyInformation,
)
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.rops.logon import ResponseFlags
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, RopCreateMessageRequest, RopCreateMessageResponse
from posthouse.protocols.mapi.rops.property import RopSetPropertiesRequest
from posthouse.protocols.mapi.rule_actions import (
    ActionBlock,
    ActionType,
    BounceCode,
    BounceData,
    ExtendedReplyData,
    ReplyData,
    ReplyFlavor,
)
from posthouse.protocols.mapi.rules import RuleState
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.special_folders import Special
from posthouse.store import rule_answers
from posthouse.testing import Account, MailHub

REPLY, OOF = ActionType.OP_REPLY, ActionType.OP_OOF_REPLY
ONCE = ENABLED | AWAY | RuleState.KEEP_OOF_HIST
CLASSES = {
    REPLY: "IPM.Note.Rules.ReplyTemplate.Microsoft",
    OOF: "IPM.Note.Rules.OofTemplate.Microsoft",
}
BOB, OUTSIDE = "bob@example.org", "x@example.net"


@pytest.fixture(scope="module")
def hop() -> OddHop:
    return OddHop({})


@pytest.fixture(scope="module")
def hub(hop: OddHop) -> Iterator[MailHub]:
    with hop.serving() as address, MailHub(settings={"mapi": {"enabled": True}}, relay=address) as hub:
        yield hub


@pytest.fixture(scope="module")
def people(hub: MailHub) -> dict[str, Account]:
    return {name: hub.add_account(f"{name}@example.org") for name in ("alice", "bob", "carol")}


@pytest.fixture
def alice(hub: MailHub, people: dict[str, Account]) -> Iterator[RuleSession]:
    session = RuleSession(hub, "alice")
    yield session
    session.clear()
    session.set_away(False)
    quiet(hub)


def templated(session: RuleSession, kind: ActionType, text: str = "I will read it.", *to: str) -> ReplyData:
    subject = {tags.PidTagSubject: f"of {text}"}
    return session.template({tags.PidTagMessageClass: CLASSES[kind], tags.PidTagBody: text, **subject}, *to)


def answers(session: RuleSession, kind: ActionType = OOF, flavor: int = 0, state: int = ENABLED, **more: Any) -> None:
    """A rule with a template of its own."""
    action = answering(templated(session, kind, *more.pop("to", ())), kind, flavor)
    assert session.modify(rule(action, state=state, **more)) == 0


def id_of(subject: str) -> str:
    return f"<{subject.replace(' ', '.')}@x.example>"


def send(
    hub: MailHub, subject: str, sender: str = BOB, to: str = "alice@example.org", fields: str = "", named: str = ""
) -> None:
    """`named`: in To, when it is not the recipient."""
    header = f"From: {sender}\r\nTo: {named or to}\r\nSubject: {subject}\r\nMessage-ID: {id_of(subject)}\r\n"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail(sender, [to], f"{header}{fields}\r\ntext\r\n")


def got(hub: MailHub, people: dict[str, Account], about: str, who: str = "bob") -> list[EmailMessage]:
    """Answers to this, once nothing is on its way."""
    quiet(hub)
    found = [message.parsed for message in people[who].messages()]
    return [message for message in found if message["In-Reply-To"] == id_of(about)]


# answers


def test_a_rule_answers(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R252, R253, R525, R952, R305, R307 to R309, R726, R727, R992, R931: by the template, to whoever has sent the
    message, and in a way that no program answers."""
    template = templated(alice, REPLY)
    assert alice.modify(rule(answering(template), when=subject_has("reply"))) == 0
    known = alice.value(alice.opened_message(template.reply_template_mid), tags.PidTagReplyTemplateId)
    assert known == template.reply_template_guid.bytes_le
    send(hub, "other")
    send(hub, "reply", fields="References: <1@x.example>\r\n")
    assert got(hub, people, "other") == []
    [answer] = got(hub, people, "reply")
    assert answer["Subject"] == "of I will read it."
    assert answer.get_content().strip() == "I will read it."
    assert (answer["From"], answer["To"]) == ("alice <alice@example.org>", "bob@example.org")
    assert answer["References"] == "<1@x.example> <reply@x.example>"
    assert (answer["Auto-Submitted"], answer["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert answer["Return-Path"] == "<>"
    bob = RuleSession(hub, "bob")
    slot = bob.opened_message(bob.message_ids()[-1])
    assert bob.value(slot, tags.PidTagMessageClass) == CLASSES[REPLY]
    assert bob.value(slot, tags.PidTagAutoResponseSuppress) == -1
    assert [message.parsed["Subject"] for message in people["alice"].messages()][-2:] == ["other", "reply"]


def test_what_the_hub_says_is_in_the_language_of_who_answers(
    hub: MailHub, people: dict[str, Account], alice: RuleSession
) -> None:
    """MS-OXCSTOR R4003: before the subject of who is away, and a text that no template has (R289)."""
    answers(alice, state=ENABLED | AWAY)
    answers(alice, REPLY, ReplyFlavor.ST, when=subject_has("notiert"))
    alice.set(LOGON, {tags.PidTagLocaleId: 0x407})
    send(hub, "notiert")
    alice.set_away(True)
    send(hub, "weg")
    [noted], [away] = got(hub, people, "notiert"), got(hub, people, "weg")
    assert noted.get_content().strip() == "Dies ist eine automatische Antwort auf Ihre Nachricht „notiert“."
    assert away["Subject"] == "Automatische Antwort: weg"
    alice.set(LOGON, {tags.PidTagLocaleId: 0x409})


def test_whoever_is_away_answers(hub: MailHub, hop: OddHop, people: dict[str, Account], alice: RuleSession) -> None:
    """R254, R255, R530, R555, R922, R795, R906, R953, R993, R928: also to somebody elsewhere."""
    answers(alice, state=ENABLED | AWAY)
    send(hub, "here")
    alice.set_away(True)
    send(hub, "away")
    send(hub, "away outside", OUTSIDE)
    assert got(hub, people, "here") == []
    [answer] = got(hub, people, "away")
    assert answer["Subject"] == "Automatic reply: away"
    assert answer.get_content().strip() == "I will read it."
    bob = RuleSession(hub, "bob")
    slot = bob.opened_message(bob.message_ids()[-1])
    assert bob.value(slot, tags.PidTagMessageClass) == CLASSES[OOF]
    [outside] = [message for message in hop.messages if b"Automatic reply: away outside" in message]
    assert b"Content-Class: ooftemplate.Microsoft" in outside
    at = next(i for i, command in enumerate(hop.commands) if command.startswith("RCPT TO:<x@example.net>"))
    assert hop.commands[at - 1].startswith("MAIL FROM:<>")


def test_once_while_away(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R556 to R558, R5572, R583, R585, MS-OXCSTOR R663: each sender once, until the absence ends or is said once more;
    what the rule does besides is not done either."""
    action = answering(templated(alice, OOF), OOF)
    assert alice.modify(rule(action, READING, state=ONCE)) == 0
    alice.set_away(True)
    send(hub, "first")
    send(hub, "second")
    send(hub, "from carol", "carol@example.org")
    assert len(got(hub, people, "first")) == 1
    assert got(hub, people, "second") == []
    assert len(got(hub, people, "from carol", "carol")) == 1
    flags = [message.flags for message in people["alice"].messages()][-3:]
    assert flags == [("\\Seen",), (), ("\\Seen",)]
    for number, states in enumerate(((False, True), (True,))):
        for state in states:
            alice.set_away(state)
        send(hub, f"again{number}")
        assert len(got(hub, people, f"again{number}")) == 1


def test_who_does_not_fulfil_the_condition_is_not_listed(
    hub: MailHub, people: dict[str, Account], alice: RuleSession
) -> None:
    """R559: nor is whoever may not be answered."""
    answers(alice, state=ONCE, when=subject_has("urgent"))
    alice.set_away(True)
    send(hub, "not so")
    send(hub, "urgent list", fields="List-Id: <l.example>\r\n")
    send(hub, "urgent")
    assert len(got(hub, people, "urgent")) == 1


def test_a_rule_that_has_changed(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """It remembers whom it has answered; one that its client has marked (ST_CLEAR_OOF_HIST) begins anew."""
    answers(alice, state=ONCE)
    alice.set_away(True)
    send(hub, "before")
    [number] = alice.rules(ID)
    assert alice.modify(changing(MODIFY, {ID: number, STATE: int(ONCE)})) == 0
    send(hub, "still known")
    assert alice.modify(changing(MODIFY, {ID: number, STATE: int(ONCE) - (1 << 31)})) == 0
    send(hub, "anew")
    assert [len(got(hub, people, about)) for about in ("before", "still known", "anew")] == [1, 0, 1]


# flavours


@pytest.mark.parametrize("kind", [REPLY, OOF])
def test_not_to_the_sender(hub: MailHub, people: dict[str, Account], alice: RuleSession, kind: ActionType) -> None:
    """R288, R663, R10191, R10192, R1019, R1020: it is sent only to whom the template names, even where that is the
    sender."""
    answers(alice, kind, ReplyFlavor.NS, to=("For carol.", "carol@example.org", BOB))
    send(hub, f"not to bob {kind}")
    assert got(hub, people, f"not to bob {kind}") == []
    [answer] = got(hub, people, f"not to bob {kind}", "carol")
    assert answer["To"] == "carol@example.org"


def test_to_others_as_well(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """Whom the template names gets the answer that the sender gets; its owner does not."""
    answers(alice, REPLY, to=("For both.", "carol@example.org", "alice@example.org"))
    send(hub, "both")
    [one], [two] = got(hub, people, "both"), got(hub, people, "both", "carol")
    assert one["To"] == two["To"] == "bob@example.org, carol@example.org"
    assert got(hub, people, "both", "alice") == []


@pytest.mark.parametrize("kind", [REPLY, OOF])
def test_the_text_of_the_hub(hub: MailHub, people: dict[str, Account], alice: RuleSession, kind: ActionType) -> None:
    """R289, R290; R699, R702: what else stands in the flavour is nothing."""
    answers(alice, kind, ReplyFlavor.ST | 0xFFFFFF00)
    send(hub, f"stock {kind}")
    [answer] = got(hub, people, f"stock {kind}")
    assert answer.get_content().strip() == f'This is an automatic reply to your message "stock {kind}".'


# who is not answered


RECEIPT = "--b\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: x/y; displayed\r\n--b--"
UNWANTED = [
    ("X-Auto-Response-Suppress: All", {REPLY, OOF}),  # R526, R533
    ("X-Auto-Response-Suppress: AutoReply", {REPLY}),
    ("X-Auto-Response-Suppress: OOF", {OOF}),
    ("X-Auto-Response-Suppress: DR", set()),
    ("Auto-Submitted: auto-generated", {REPLY, OOF}),
    ("Auto-Submitted: no", set()),
    ("Precedence: bulk", {REPLY, OOF}),
    ("List-Unsubscribe: <mailto:x@example.net>", {REPLY, OOF}),
    ("X-Spam-Flag: YES", {REPLY, OOF}),
    ("Content-Class: ooftemplate.Microsoft", {REPLY, OOF}),
    (f"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nread\r\n{RECEIPT}", {REPLY, OOF}),
]


def test_what_wants_no_answer(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R526, R533: neither a program gets one, nor whoever does not want one of that kind (RFC 3834 §2)."""
    answers(alice, REPLY)
    answers(alice, OOF)
    for number, (field, _) in enumerate(UNWANTED):
        send(hub, f"unwanted{number}", fields=f"{field}\r\n")
    for number, (field, without) in enumerate(UNWANTED):
        found = got(hub, people, f"unwanted{number}")
        kinds = {OOF if answer["Subject"].startswith("Automatic") else REPLY for answer in found}
        assert kinds == {REPLY, OOF} - without, field


@pytest.mark.parametrize(
    "sender", ["", "mailer-daemon@example.net", "owner-l@example.net", "l-request@example.net", "alice@example.org"]
)
def test_nobody_who_could_read_it(
    hub: MailHub, hop: OddHop, people: dict[str, Account], alice: RuleSession, sender: str
) -> None:
    """Reports, programs by their names, and oneself."""
    answers(alice, REPLY)
    before = len(hop.messages)
    send(hub, f"from {sender[:7]}", sender)
    assert got(hub, people, f"from {sender[:7]}", "alice") == []
    assert len(hop.messages) == before


def test_what_a_program_has_forwarded(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R924, R5281: whoever is away does not answer it; a rule does, for it has been asked to. A client's word counts as
    well, and without one nobody has forwarded it (MS-OXCMSG R1108)."""
    answers(alice, REPLY)
    answers(alice, OOF)
    bob = RuleSession(hub, "bob")
    values = {tags.PidTagSubject: "of a program", tags.PidTagInternetMessageId: id_of("of a program")}
    bob.submit({tags.PidTagAutoForwarded: True, **values}, "alice@example.org")
    [own] = got(hub, people, "of a program")
    assert own["Subject"] == "of I will read it."
    bob.submit({tags.PidTagSubject: "of bob", tags.PidTagInternetMessageId: id_of("of bob")}, "alice@example.org")
    assert len(got(hub, people, "of bob")) == 2
    assert bob.modify(rule(forwarding_to("alice@example.org"), when=subject_has("passed on"))) == 0
    send(hub, "passed on", "carol@example.org", BOB, named="bob@example.org, alice@example.org")
    quiet(hub)
    bob.clear()
    [answer] = got(hub, people, "passed on")
    assert answer["Subject"] == "of I will read it."


def test_only_those_who_have_written_to_them(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """Whoever is away answers what names them, by any of their addresses."""
    hub.add_alias("al@example.org", "alice@example.org")
    answers(alice, OOF)
    send(hub, "by alias", to="al@example.org")
    send(hub, "with detail", named="alice+news@example.org")
    send(hub, "to others", named="staff@example.net")
    found = [len(got(hub, people, about)) for about in ("by alias", "with detail", "to others")]
    assert found == [1, 1, 0]


def test_two_who_are_away(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """Nobody answers an answer."""
    bob = RuleSession(hub, "bob")
    for session in (alice, bob):
        answers(session, OOF)
    send(hub, "both away")
    assert len(got(hub, people, "both away")) == 1
    assert not [message for message in people["alice"].messages() if b"Automatic reply" in message.data]
    bob.clear()


def test_no_rule_answers_without_end(
    hub: MailHub, people: dict[str, Account], alice: RuleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the other side does with the answers."""
    monkeypatch.setattr(rule_answers, "MAX_TIMES", 2)
    answers(alice, REPLY)
    for number in range(4):
        send(hub, f"loop{number}")
    assert [len(got(hub, people, f"loop{number}")) for number in range(4)] == [1, 1, 0, 0]


def test_who_has_sent_what_comes_back_hears_of_it(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R546, R5462, R547, R5472, R341 to R343: also by MAPI, with the reason; and the message is nowhere."""
    bob = RuleSession(hub, "bob")
    reasons = {
        BounceCode.TOO_LARGE: "does not take messages of this size",
        BounceCode.CANNOT_BE_DISPLAYED: "cannot show this message",
        BounceCode.DENIED: "does not take this message",
    }
    for code, reason in reasons.items():
        bouncing = rule(ActionBlock(ActionType.OP_BOUNCE, BounceData(code)))
        assert alice.modify(bouncing, flags=REPLACE) == 0
        bob.submit({tags.PidTagSubject: f"sent back {code}"}, "alice@example.org")
        report = bob.opened_message(bob.message_ids()[-1])
        assert bob.value(report, tags.PidTagMessageClass) == "REPORT.IPM.Note.NDR"
        assert reason in people["bob"].messages()[-1].data.decode().replace("\r\n ", " ")
    assert not [message for message in people["alice"].messages() if b"sent back" in message.data]


# templates


def test_a_template_that_is_gone(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R391, R309: nothing is answered, the rest of the rule is done, and the client hears of it."""
    template = templated(alice, REPLY)
    another = ReplyData(
        template.reply_template_fid, template.reply_template_mid, templated(alice, REPLY).reply_template_guid
    )
    folder, _, path = alice.new()
    assert alice.modify(rule(answering(another), moving(folder), when=subject_has("no template"))) == 0
    send(hub, "no template")
    assert got(hub, people, "no template") == []
    assert [message.parsed["Subject"] for message in people["alice"].messages(path)] == ["no template"]
    assert alice.rules(STATE) == [ENABLED | RuleState.ERROR]


def test_a_template_with_all_that_mail_can_have(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """HTML, a file and importance; without a subject the original's is answered."""
    html = {tags.PidTagHtml: b"<html><body><p>Hello <b>you</b></p></body></html>", tags.PidTagNativeBody: 3}
    reply = alice.template({tags.PidTagMessageClass: CLASSES[REPLY], tags.PidTagImportance: 2, **html})
    slot = alice.opened_message(reply.reply_template_mid)
    attachment = alice.new_attachment(slot)
    values = {tags.PidTagAttachMethod: 1, tags.PidTagAttachLongFilename: "a.txt", tags.PidTagAttachDataBinary: b"data"}
    assert alice.set(attachment, values) == ()
    alice.saved_attachment(slot, attachment)
    alice.saved(slot)
    assert alice.modify(rule(answering(reply))) == 0
    send(hub, "rich")
    [answer] = got(hub, people, "rich")
    assert (answer["Subject"], answer["Importance"]) == ("RE: rich", "High")
    [file] = answer.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("a.txt", b"data")
    body = answer.get_body(("html",))
    assert body is not None
    assert "<b>you</b>" in body.get_content()


def test_a_rule_that_is_a_message_answers(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R989, R996, R998, R1000 to R1002: it names its template by an entry id; once for each sender, too."""
    template = templated(alice, OOF)
    where = alice.special(Special.INBOX).counter, template.reply_template_mid.counter
    entry_id = alice.identity.message_entry_id(*where)
    assert len(entry_id) == 70
    action = ActionBlock(OOF, ExtendedReplyData(entry_id, template.reply_template_guid))
    names = NamedPropertyInformation()
    slot = alice.slot()
    create = RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, alice.special(Special.INBOX), True)
    alice.get(create, RopCreateMessageResponse)
    values = {
        tags.PidTagMessageClass: "IPM.ExtendedRule.Message",
        tags.PidTagRuleMessageName: "away",
        tags.PidTagRuleMessageProvider: "MSFT:TDX OOF Rules",
        tags.PidTagRuleMessageSequence: 10,
        tags.PidTagRuleMessageState: int(ONCE),
        tags.PidTagExtendedRuleMessageCondition: ExtendedRuleCondition(names, subject_has("extended")).format(),
        tags.PidTagExtendedRuleMessageActions: ExtendedRuleActions(names, VERSION, (action,)).format(),
    }
    assert alice.set(slot, values) == ()
    alice.saved(slot)
    alice.set_away(True)
    send(hub, "extended one")
    send(hub, "extended two")
    assert [len(got(hub, people, about)) for about in ("extended one", "extended two")] == [1, 0]


# the state of the mailbox


def test_who_says_that_somebody_is_away(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """MS-OXCSTOR R128, R129, R661, R662, R3072, R3068004: a Boolean of the logon, set by the mailbox's owner alone; a
    logon tells it to everybody."""
    share(hub, "alice", "INBOX", "bob", ALL_RIGHTS)
    assert alice.value(LOGON, tags.PidTagOutOfOfficeState) is False
    alice.set_away(True)
    assert alice.value(LOGON, tags.PidTagOutOfOfficeState) is True
    bob = RuleSession(hub, "bob", "alice")
    for session in (alice, bob):
        told = session.log_on("alice", session.slot(), 1).response_flags
        assert ResponseFlags.OOF in told
        assert session.value(LOGON, tags.PidTagOutOfOfficeState) is True
    assert ResponseFlags.OOF not in bob.log_on("bob", bob.slot(), 2).response_flags
    rop = RopSetPropertiesRequest(0, LOGON, (TaggedValue(tags.PidTagOutOfOfficeState, False),))
    assert bob.error(rop) == ErrorCode.ecAccessDenied
    assert alice.value(LOGON, tags.PidTagOutOfOfficeState) is True
