"""Rules by which mail goes on, in all the ways that there are, on a real hub. Statements are those of [MS-OXORULE]."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from mapi_properties import NOT_FOUND
from mapi_rules import RuleSession, forwarding_to, quiet, rule, subject_has
from mapi_session import deliver, dn_of

from posthouse.delivery import forwards
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rule_actions import ActionType, ForwardFlavor
from posthouse.testing import Account, MailHub

PR, NC, AT, TM = ForwardFlavor.PR, ForwardFlavor.NC, ForwardFlavor.AT, ForwardFlavor.TM
PLAIN = 0
BOB, OUTSIDE = "bob@example.org", "x@example.net"
AUTO_FORWARDED = "X-MS-Exchange-Organization-AutoForwarded"
DELEGATED = "X-Posthouse-Delegated-By"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """Its queue runs; there is nobody where mail for other domains would go."""
    with MailHub(settings={"mapi": {"enabled": True}}, relay="127.0.0.1:1") as hub:
        yield hub


@pytest.fixture(scope="module")
def people(hub: MailHub) -> dict[str, Account]:
    return {name: hub.add_account(f"{name}@example.org") for name in ("alice", "bob", "carol")}


@pytest.fixture
def alice(hub: MailHub, people: dict[str, Account]) -> Iterator[RuleSession]:
    session = RuleSession(hub, "alice")
    yield session
    session.clear()


def forwarded(
    hub: MailHub, people: dict[str, Account], alice: RuleSession, flavor: int, subject: str, body: str = "its text"
) -> bytes:
    """What bob gets of a message for alice."""
    assert alice.modify(rule(forwarding_to(BOB, flavor), when=subject_has(subject))) == 0
    deliver(hub, "alice", subject, body)
    quiet(hub)
    return people["bob"].messages()[-1].data


def parsed(people: dict[str, Account], who: str = "bob") -> EmailMessage:
    """The last message there."""
    return people[who].messages()[-1].parsed


def shown(hub: MailHub, tag: PropertyTag, who: str = "bob") -> object:
    """Of the last message, as MAPI shows it."""
    session = RuleSession(hub, who)
    return session.value(session.opened_message(session.message_ids()[-1]), tag)


def test_as_a_person_forwards_it(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R262, R271, R274, R537: from its owner, with the original below."""
    forwarded(hub, people, alice, PLAIN, "plainly")
    got = parsed(people)
    assert got["Subject"] == "FW: plainly"
    assert (got["From"], got["To"]) == ("alice <alice@example.org>", "bob <bob@example.org>")
    assert got["Return-Path"] == "<alice@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    text = got.get_content()
    assert "From: x@example.net" in text
    assert text.rstrip().endswith("its text")
    assert shown(hub, tags.PidTagAutoForwarded) is True


def test_with_the_sender_that_it_has(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R275: and it says that it was forwarded by a rule."""
    forwarded(hub, people, alice, PR, "preserved")
    assert (parsed(people)["Subject"], parsed(people)["From"]) == ("preserved", OUTSIDE)
    assert shown(hub, tags.PidTagSenderEmailAddress) == OUTSIDE
    assert shown(hub, tags.PidTagAutoForwarded) is True


@pytest.mark.parametrize("flavor", [NC, PR | NC, NC | 0xFFFFFF00])
def test_without_any_change(hub: MailHub, people: dict[str, Account], alice: RuleSession, flavor: int) -> None:
    """R276 to R278: what is put in front tells the way; R284, R286: other bits are nothing."""
    got = forwarded(hub, people, alice, flavor, f"unchanged{flavor}")
    original = people["alice"].messages()[-1].data.removeprefix(b"Return-Path: <x@example.net>\r\n")
    assert got.endswith(original)
    assert (parsed(people)[AUTO_FORWARDED] == "true") == bool(flavor & PR)


def test_as_an_attachment(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R279: all of it, byte by byte."""
    forwarded(hub, people, alice, AT, "attached")
    original = people["alice"].messages()[-1].data.removeprefix(b"Return-Path: <x@example.net>\r\n")
    got = parsed(people)
    assert (got["Subject"], got["From"]) == ("FW: attached", "alice <alice@example.org>")
    assert got.get_content_type() == "multipart/mixed"
    assert original.rstrip() in people["bob"].messages()[-1].data
    [attachment] = got.iter_attachments()
    assert attachment.get_content()["Subject"] == "attached"
    session = RuleSession(hub, "bob")
    slot = session.opened_message(session.message_ids()[-1])
    assert session.value(slot, tags.PidTagHasAttachments) is True
    assert session.value(session.opened_attachment(slot), tags.PidTagAttachMethod) == 5


def test_as_a_short_message(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R698, R897."""
    forwarded(hub, people, alice, TM, "short", "a text\r\nof lines " * 50)
    assert shown(hub, tags.PidTagMessageClass) == "IPM.Note.Mobile.SMS.Alert"
    assert "short" in str(shown(hub, tags.PidTagSubject))
    text = parsed(people).get_content()
    assert text.startswith("x@example.net: short: a text of lines a text")
    assert len(text.strip()) <= 160


def test_what_cannot_stand_below(
    hub: MailHub, people: dict[str, Account], alice: RuleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large message is attached, and so is what is more than its text."""
    monkeypatch.setattr(forwards, "MAX_BELOW", 4000)
    forwarded(hub, people, alice, PLAIN, "too large", "x" * 70 + "\r\n" * 5000)
    assert parsed(people).get_content_type() == "multipart/mixed"
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20230101T100000Z\r\nEND:VEVENT\r\n"
    )
    head = "From: x@example.net\r\nTo: alice@example.org\r\nSubject: too large a meeting\r\n"
    kind = "MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail(OUTSIDE, ["alice@example.org"], head + kind + calendar)
    quiet(hub)
    [attachment] = parsed(people).iter_attachments()
    assert attachment.get_content()["Subject"] == "too large a meeting"


def test_for_a_delegate(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R263, R264, R539 to R545: it is the message itself, and tells in whose place the delegate acts."""
    action = forwarding_to(BOB, PLAIN, ActionType.OP_DELEGATE)
    assert alice.modify(rule(action, when=subject_has("delegated"))) == 0
    deliver(hub, "alice", "delegated")
    quiet(hub)
    dn = dn_of(hub, "alice")
    assert (parsed(people)["Subject"], parsed(people)["From"]) == ("delegated", OUTSIDE)
    assert shown(hub, tags.PidTagDelegatedByRule) is True
    assert shown(hub, tags.PidTagReceivedRepresentingEntryId) == AddressBookEntryId(dn).format()
    assert shown(hub, tags.PidTagReceivedRepresentingAddressType) == "EX"
    assert shown(hub, tags.PidTagReceivedRepresentingEmailAddress) == dn
    assert shown(hub, tags.PidTagReceivedRepresentingName) == "alice"
    assert shown(hub, tags.PidTagReceivedRepresentingSearchKey) == f"EX:{dn}".upper().encode() + b"\0"
    bob = RuleSession(hub, "bob")
    table = bob.contents(bob.inbox, tags.PidTagDelegatedByRule, tags.PidTagReceivedRepresentingEmailAddress)
    assert (True, dn) in bob.all_rows(table)


def test_nobody_outside_says_what_a_hub_says_of_itself(hub: MailHub, people: dict[str, Account]) -> None:
    """That a message was delegated is removed from what others send; all else stays, for signatures may be over it."""
    claims = f"{DELEGATED.lower()}: carol@example.org,\r\n dave@example.org\r\n{AUTO_FORWARDED}: true\r\n"
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail(OUTSIDE, [BOB], f"From: {OUTSIDE}\r\n{claims}Subject: claims\r\n\r\n{DELEGATED}: x@y\r\n")
    got = parsed(people)
    assert (got["Subject"], got[DELEGATED], got[AUTO_FORWARDED]) == ("claims", None, "true")
    assert got.get_content().strip() == f"{DELEGATED}: x@y"
    assert shown(hub, tags.PidTagDelegatedByRule) == NOT_FOUND


@pytest.mark.parametrize("flavor", [PLAIN, AT, TM, PR, NC])
def test_a_circle(hub: MailHub, people: dict[str, Account], alice: RuleSession, flavor: int) -> None:
    """R798: whoever has forwarded a message does not forward what comes of it."""
    bob, carol = RuleSession(hub, "bob"), RuleSession(hub, "carol")
    subject = f"circle{flavor}"
    for session, to in ((alice, "bob"), (bob, "carol"), (carol, "alice")):
        assert session.modify(rule(forwarding_to(f"{to}@example.org", flavor), when=subject_has(subject))) == 0
    deliver(hub, "alice", subject)
    quiet(hub)
    found = {who: [m for m in people[who].messages() if subject in m.parsed["Subject"]] for who in people}
    bob.clear()
    carol.clear()
    assert {who: len(messages) for who, messages in found.items()} == {"alice": 2, "bob": 1, "carol": 1}


def test_two_who_forward_to_each_other(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """R537, R907: what one has forwarded to the other does not come back."""
    bob = RuleSession(hub, "bob")
    assert bob.modify(rule(forwarding_to("alice@example.org", PLAIN))) == 0
    forwarded(hub, people, alice, PLAIN, "to and fro")
    bob.clear()
    assert len([m for m in people["alice"].messages() if "to and fro" in m.parsed["Subject"]]) == 1


def test_a_report_goes_on_without_a_sender(hub: MailHub, people: dict[str, Account], alice: RuleSession) -> None:
    """So that it makes no other report, also where it is another message."""
    assert alice.modify(rule(forwarding_to(BOB, PLAIN), when=subject_has("nobody"))) == 0
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("", ["alice@example.org"], "From: x@example.net\r\nSubject: nobody\r\n\r\ntext\r\n")
    quiet(hub)
    assert (parsed(people)["Subject"], parsed(people)["Return-Path"]) == ("FW: nobody", "<>")
