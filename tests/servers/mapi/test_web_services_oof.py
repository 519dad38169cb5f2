"""Out of office, as Outlook sets and shows it – [MS-OXWOOF]: a real hub over HTTPS, mail by SMTP, answers in mailboxes
and at a next hop."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from html import escape

import pytest
from mapi_rules import RuleSession, answering, quiet, rule
from mapi_session import LOGON, account_of
from odd_hop import OddHop
from web_services import SoapAnswer, oof_settings, post

from posthouse.directory import set_attributes
from posthouse.model.rights import ALL_RIGHTS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rule_actions import ActionType
from posthouse.protocols.mapi.rules import OOF_PROVIDER, OOF_STATE, OOF_TEMPLATE
from posthouse.store.folders import INBOX
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import Account, MailHub

ALICE, BOB, OUTSIDE = "alice@example.org", "bob@example.org", "x@example.net"
TOLD = ("OofState", "ExternalAudience", "AllowExternalOof")


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


@pytest.fixture(autouse=True)
def nobody_is_away(hub: MailHub, people: dict[str, Account], hop: OddHop) -> Iterator[None]:
    hop.messages.clear()
    yield
    hub.running.store.clock = time.time
    assert put(hub, state="Disabled").code == "NoError"
    quiet(hub)


def put(
    hub: MailHub,
    *,
    state: str = "Enabled",
    audience: str = "All",
    inside: str = "Back on Monday",
    outside: str = "I am away",
    more: str = "",
    who: str = "alice",
    whom: str = ALICE,
) -> SoapAnswer:
    told = (
        f"<t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>{more}"
        f"<t:InternalReply><t:Message>{escape(inside)}</t:Message></t:InternalReply>"
        f"<t:ExternalReply><t:Message>{escape(outside)}</t:Message></t:ExternalReply>"
    )
    return post(hub, oof_settings(whom, told), who)


def got(hub: MailHub, who: str = "alice", whom: str = ALICE) -> SoapAnswer:
    answer = post(hub, oof_settings(whom), who)
    assert answer.status == 200
    return answer


def write(hub: MailHub, subject: str, sender: str) -> None:
    """From here with a login, from elsewhere without."""
    inside = sender.endswith("@example.org")
    port = hub.submission if inside else hub.smtp
    with smtplib.SMTP(port.host, port.port, timeout=30) as smtp:
        if inside:
            smtp.starttls(context=hub.client_context())
            smtp.login(sender, "secret")
        smtp.sendmail(sender, [ALICE], f"From: {sender}\r\nTo: {ALICE}\r\nSubject: {subject}\r\n\r\ntext\r\n")
    quiet(hub)


def answers_here(people: dict[str, Account], subject: str) -> list[str]:
    found = [one.parsed for one in people["bob"].messages()]
    return [one.get_content().strip() for one in found if one["Subject"] == f"Automatic reply: {subject}"]


def is_away(hub: MailHub) -> bool:
    return bool(RuleSession(hub, "alice").value(LOGON, tags.PidTagOutOfOfficeState))


def test_nothing_was_said(hub: MailHub, people: dict[str, Account]) -> None:
    """Of a mailbox that no client has opened yet."""
    answer = got(hub, "carol", "carol@example.org")
    assert [answer.text(name) for name in TOLD] == ["Disabled", "All", "All"]
    assert answer.texts("Message") == ["", ""]


def test_whoever_is_away(hub: MailHub, people: dict[str, Account], hop: OddHop) -> None:
    """People here hear one thing, everybody else another; MAPI says that its owner is away, until they are back."""
    assert put(hub).code == "NoError"
    assert got(hub).texts("Message") == ["Back on Monday", "I am away"]
    assert [got(hub).text(name) for name in TOLD[:2]] == ["Enabled", "All"]
    assert is_away(hub)
    write(hub, "one", BOB)
    write(hub, "again", BOB)
    write(hub, "two", OUTSIDE)
    assert (answers_here(people, "one"), answers_here(people, "again")) == (["Back on Monday"], [])
    [sent] = hop.messages
    assert b"I am away" in sent
    assert b"Automatic reply: two" in sent
    assert put(hub, state="Disabled").code == "NoError"
    assert not is_away(hub)
    write(hub, "three", BOB)
    assert answers_here(people, "three") == []
    assert got(hub).texts("Message") == ["Back on Monday", "I am away"]


def test_who_says_it_anew_has_answered_nobody(hub: MailHub, people: dict[str, Account]) -> None:
    """And what was said before is gone, with its rules and templates."""
    for text in ("first", "second"):
        assert put(hub, inside=text).code == "NoError"
        write(hub, text, BOB)
        assert answers_here(people, text) == [text]
    session = RuleSession(hub, "alice")
    assert len(session.rules(tags.PidTagRuleId)) == 2
    assert session.value(session.inbox, tags.PidTagAssociatedContentCount) == 2


@pytest.mark.parametrize(("audience", "outside"), [("None", "I am away"), ("Known", "I am away"), ("All", "")])
def test_nobody_outside(hub: MailHub, people: dict[str, Account], hop: OddHop, audience: str, outside: str) -> None:
    """When they are not to hear it, or there is nothing to say. It is kept what was chosen."""
    assert put(hub, audience=audience, outside=outside).code == "NoError"
    write(hub, f"for {audience}", OUTSIDE)
    write(hub, f"here, {audience}", BOB)
    assert hop.messages == []
    assert answers_here(people, f"here, {audience}") == ["Back on Monday"]
    assert (got(hub).text("ExternalAudience"), got(hub).texts("Message")) == (audience, ["Back on Monday", outside])


def test_a_stranger_who_says_to_be_one_of_ours(hub: MailHub, people: dict[str, Account], hop: OddHop) -> None:
    """Does not hear what is for people here."""
    assert put(hub, outside="for strangers").code == "NoError"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail(BOB, [ALICE], f"From: {BOB}\r\nTo: {ALICE}\r\nSubject: spoofed\r\n\r\ntext\r\n")
    quiet(hub)
    assert answers_here(people, "spoofed") == ["for strangers"]


def test_html(hub: MailHub, people: dict[str, Account]) -> None:
    """As Outlook writes it, whatever it says of its character set."""
    document = '<html><head><meta charset="us-ascii"></head><body><p>Zur\u00fcck am <b>Montag</b></p></body></html>'
    assert put(hub, inside=document).code == "NoError"
    assert got(hub).texts("Message")[0] == document.replace("us-ascii", "utf-8")
    write(hub, "html", BOB)
    [answer] = [one.parsed for one in people["bob"].messages() if one.parsed["Subject"] == "Automatic reply: html"]
    body = answer.get_body(("html",))
    assert body is not None
    assert "Zur\u00fcck am <b>Montag</b>" in body.get_content()


def duration(begin: float, end: float) -> str:
    first, last = (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) for moment in (begin, end))
    return f"<t:Duration><t:StartTime>{first}</t:StartTime><t:EndTime>{last}Z</t:EndTime></t:Duration>"


def test_said_ahead(hub: MailHub, people: dict[str, Account]) -> None:
    """Answers begin and end by themselves; the times are of UTC."""
    now = time.time()
    begin, end = now + 86_400, now + 2 * 86_400
    assert put(hub, state="Scheduled", more=duration(begin, end)).code == "NoError"
    for moment, state, away in (
        (now, "Scheduled", False),
        (begin + 60, "Scheduled", True),
        (end + 60, "Disabled", False),
    ):
        hub.running.store.clock = lambda moment=moment: moment
        assert (got(hub).text("OofState"), is_away(hub)) == (state, away)
        assert got(hub).text("StartTime") == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begin))
        subject = f"{state} {away}"
        write(hub, subject, BOB)
        assert answers_here(people, subject) == (["Back on Monday"] if away else [])


def test_who_comes_back_by_mapi(hub: MailHub, people: dict[str, Account]) -> None:
    """What was said ahead counts no longer once a client says something else."""
    now = time.time()
    for away, state in ((True, "Enabled"), (False, "Disabled")):
        assert put(hub, state="Scheduled", more=duration(now + 86_400, now + 2 * 86_400)).code == "NoError"
        RuleSession(hub, "alice").set_away(away)
        assert (got(hub).text("OofState"), is_away(hub)) == (state, away)


def test_what_a_client_of_mapi_has_said(hub: MailHub, people: dict[str, Account], hop: OddHop) -> None:
    """Outlook shows it; it is for everybody. What Outlook then sets takes its place, and the other way round."""

    assert put(hub).code == "NoError"
    session = RuleSession(hub, "alice")
    session.clear()
    template = session.template({tags.PidTagMessageClass: OOF_TEMPLATE, tags.PidTagBody: "Until Tuesday"})
    answer_all = rule(answering(template, ActionType.OP_OOF_REPLY), state=OOF_STATE, provider=OOF_PROVIDER)
    assert session.modify(answer_all) == 0
    session.set_away(True)
    answer = got(hub)
    assert [answer.text(name) for name in TOLD[:2]] == ["Enabled", "All"]
    assert answer.texts("Message") == ["Until Tuesday", "Until Tuesday"]
    write(hub, "by mapi", OUTSIDE)
    assert b"Until Tuesday" in hop.messages[0]
    assert put(hub).code == "NoError"
    assert len(RuleSession(hub, "alice").rules(tags.PidTagRuleId)) == 2


def test_whose_it_is(hub: MailHub, people: dict[str, Account]) -> None:
    """One's own, and a mailbox that is as good as one's own; nobody else's, no group's."""
    assert (got(hub, "bob").code, put(hub, who="bob").code) == ("ErrorAccessDenied", "ErrorAccessDenied")
    assert got(hub, "bob").text("OofState") is None
    alice, bob = Holder(account_of(hub, "bob")), account_of(hub, "alice")
    hub.write(lambda tx: set_rights(tx, bob, INBOX, alice, ALL_RIGHTS))
    assert put(hub, who="bob", inside="for her").code == "NoError"
    assert got(hub, "bob").texts("Message")[0] == "for her"
    hub.add_alias("both@example.org", ALICE, BOB)
    for whom in ("nobody@example.org", "both@example.org", "x"):
        assert got(hub, "bob", whom).code == "ErrorMailRecipientNotFound"
    hub.add_account("far@example.org")
    hub.write(lambda tx: set_attributes(tx, "far@example.org", {"imap-home": "other.example.org"}))
    assert got(hub, "far", "far@example.org").code == "ErrorProxyRequestProcessingFailed"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"state": "Perhaps"}, "ErrorSchemaValidation"),
        ({"audience": "Some"}, "ErrorSchemaValidation"),
        ({"state": "Scheduled"}, "ErrorSchemaValidation"),
        ({"state": "Scheduled", "more": duration(4e9, 4e9)}, "ErrorInvalidScheduledOofDuration"),
        ({"state": "Scheduled", "more": duration(1e9, 1.1e9)}, "ErrorInvalidScheduledOofDuration"),
        ({"inside": "\u00e9" * 32_769}, "ErrorInvalidUserOofSettings"),
        ({"whom": ""}, "ErrorSchemaValidation"),
    ],
)
def test_settings_that_make_no_sense(hub: MailHub, told: dict[str, str], code: str) -> None:
    """Nothing is changed by them."""
    before = [got(hub).text("OofState"), *got(hub).texts("Message")]
    answer = put(hub, **told)  # type: ignore[arg-type]
    assert (answer.status, answer.code) == (500, code)
    assert [got(hub).text("OofState"), *got(hub).texts("Message")] == before
    assert post(hub, oof_settings(ALICE).replace(b"Get", b"Set")).code == "ErrorSchemaValidation"


def test_as_much_as_there_may_be(hub: MailHub) -> None:
    """Both replies at their largest."""
    text = "x" * 65_536
    assert put(hub, inside=text, outside=text).code == "NoError"
    assert got(hub).texts("Message") == [text, text]
