"""What the hub writes to somebody is in the language of their mailbox; what machines read of it is in none."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import count

import pytest
from mapi_properties import PropertySession
from mapi_session import LOGON, mapi_hub
from odd_hop import OddHop

from posthouse.delivery.languages import language_of
from posthouse.directory import set_attributes
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest, RopSetReadFlagsResponse
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub
from posthouse.testing.hub import Account
from posthouse.texts import Language, say

NOBODY, ELSEWHERE = "nobody@example.net", "somebody@example.net"
GERMAN, FRENCH, SWEDISH, ENGLISH = 0x407, 0x40C, 0x41D, 0x409
FAILED, DELIVERED = "report.subject.failed", "report.subject.delivered"
SUBJECTS = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    hop = OddHop({f"RCPT TO:<{NOBODY}>": [b"550 5.1.1 no such user\r\n"]}, extensions=["ENHANCEDSTATUSCODES"])
    with hop.serving() as address, mapi_hub("alice", "bob", "carol", "dora", "emil", relay=address) as hub:
        yield hub


def account(hub: MailHub, who: str) -> Account:
    return Account(hub, PropertySession(hub, who, log_on=False).account, f"{who}@example.org", "secret")


def told(hub: MailHub, who: str, to: str = NOBODY, sender: str = "", **options: list[str]) -> EmailMessage:
    """What they hear of a message that they send by SMTP."""
    mailbox, sender = account(hub, who), sender or f"{who}@example.org"
    before = len(mailbox.messages())
    with smtplib.SMTP(hub.submission.host, hub.submission.port, timeout=30) as smtp:
        smtp.starttls(context=hub.client_context())
        smtp.login(f"{who}@example.org", "secret")
        smtp.sendmail(sender, [to], f"From: {sender}\r\nSubject: {next(SUBJECTS)}\r\n\r\nhello\r\n", **options)
    return mailbox.wait_for_messages(before + 1)[-1].parsed


def said(report: EmailMessage) -> str:
    [text] = [part.get_content() for part in report.walk() if part.get_content_type() == "text/plain"][:1]
    return " ".join(text.split())


def facts(report: EmailMessage) -> str:
    [part] = [part for part in report.walk() if part.get_content_type() == "message/delivery-status"]
    return part.as_string()


def test_reports_are_in_the_language_of_the_mailbox(hub: MailHub) -> None:
    """MS-OXCSTOR R4003: as a client has set it. Machines read the same in every language (RFC 3464 §2)."""
    alice = PropertySession(hub, "alice")
    english = told(hub, "alice")
    assert english["Subject"] == say(Language.ENGLISH, FAILED)
    for locale, language in ((GERMAN, Language.GERMAN), (FRENCH, Language.FRENCH), (SWEDISH, Language.ENGLISH)):
        assert alice.set(LOGON, {tags.PidTagLocaleId: locale}) == ()
        report = told(hub, "alice")
        assert report["Subject"] == say(language, FAILED)
        assert say(language, "report.reason.1.1") in said(report)
        assert "550 5.1.1 no such user" in said(report)
        assert (report["From"], report.get_content_type()) == (english["From"], "multipart/report")
        for field in ("Final-Recipient", "Action", "Status", "Diagnostic-Code"):
            lines = [line for line in facts(report).splitlines() if line.startswith(field)]
            assert lines == [line for line in facts(english).splitlines() if line.startswith(field)] != []


def test_what_became_of_a_delivery(hub: MailHub) -> None:
    """A report of a mailbox here, and an answer that goes out as if nobody had said anything."""
    PropertySession(hub, "bob").set(LOGON, {tags.PidTagLocaleId: GERMAN})
    report = told(hub, "bob", "carol@example.org", rcpt_options=["NOTIFY=SUCCESS"])
    assert report["Subject"] == say(Language.GERMAN, DELIVERED)
    text = next(part for part in report.walk() if part.get_content_type() == "text/plain")
    assert text.get_content_charset() == "us-ascii" if said(report).isascii() else "utf-8"


def test_each_of_several_hears_in_their_own(hub: MailHub) -> None:
    """Of one report to an address that is two people's."""
    for who, locale in (("bob", GERMAN), ("carol", FRENCH)):
        PropertySession(hub, who).set(LOGON, {tags.PidTagLocaleId: locale})
    hub.add_alias("both@example.org", "bob@example.org", "carol@example.org")
    carol = account(hub, "carol")
    before = len(carol.messages())
    assert told(hub, "bob", sender="both@example.org")["Subject"] == say(Language.GERMAN, FAILED)
    assert carol.wait_for_messages(before + 1)[-1].parsed["Subject"] == say(Language.FRENCH, FAILED)


def test_a_mailbox_has_the_language_of_its_first_client(hub: MailHub) -> None:
    """MS-OXCMAPIHTTP R196: as it connects, unless somebody has said another before; later ones change nothing."""
    dora = PropertySession(hub, "dora", locale=GERMAN)
    assert told(hub, "dora")["Subject"] == say(Language.GERMAN, FAILED)
    later = PropertySession(hub, "dora", locale=FRENCH)
    assert [one.value(LOGON, tags.PidTagLocaleId) for one in (dora, later)] == [GERMAN, GERMAN]
    hub.write(lambda tx: set_attributes(tx, "dora@example.org", {"language": "fr"}))
    assert told(hub, "dora")["Subject"] == say(Language.FRENCH, FAILED)
    assert later.value(LOGON, tags.PidTagLocaleId) == FRENCH


def test_an_operator_says_what_is_spoken(hub: MailHub) -> None:
    """Also where nobody comes by MAPI; a client of the mailbox may say another."""
    hub.write(lambda tx: set_attributes(tx, "emil@example.org", {"language": "de-CH"}))
    assert told(hub, "emil")["Subject"] == say(Language.GERMAN, FAILED)
    emil = PropertySession(hub, "emil", locale=ENGLISH)
    assert emil.value(LOGON, tags.PidTagLocaleId) == 0x807
    emil.set(LOGON, {tags.PidTagLocaleId: FRENCH})
    assert told(hub, "emil")["Subject"] == say(Language.FRENCH, FAILED)
    other = hub.read(lambda tx: language_of(tx, emil.account))
    assert other is Language.FRENCH


def test_receipts_are_in_the_language_of_whom_they_are_for(hub: MailHub) -> None:
    PropertySession(hub, "bob").set(LOGON, {tags.PidTagLocaleId: GERMAN})
    alice, bob = PropertySession(hub, "alice"), account(hub, "bob")
    alice.set(LOGON, {tags.PidTagLocaleId: FRENCH})
    account(hub, "alice").add_message(
        b"From: bob@example.org\r\nDisposition-Notification-To: bob@example.org\r\nSubject: Plan\r\n\r\nHi\r\n"
    )
    before = len(bob.messages())
    folder = alice.opened_folder(Special.INBOX)
    alice.get(RopSetReadFlagsRequest(0, folder, False, ReadFlags(0), alice.message_ids()[-1:]), RopSetReadFlagsResponse)
    receipt = bob.wait_for_messages(before + 1)[-1].parsed
    assert receipt["Subject"] == say(Language.GERMAN, "receipt.subject.read", subject="Plan")
    assert said(receipt) == say(Language.GERMAN, "receipt.text.read", subject="Plan")
    assert "manual-action/MDN-sent-automatically; displayed" in receipt.as_string()
