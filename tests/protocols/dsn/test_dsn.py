"""Delivery status notifications: built, read back, and read by the standard library."""

import contextlib
import dataclasses
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.address import Address
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.dsn.build import HEADER_LIMIT, build_report, format_field
from posthouse.protocols.dsn.explain import GRAVEST_FIRST, sentence
from posthouse.protocols.dsn.parse import parse_report, parse_status
from posthouse.protocols.dsn.report import Action, RecipientFacts, Report
from posthouse.texts import Language, say

DATE = datetime(1997, 7, 7, 17, 16, 5, tzinfo=timezone(timedelta(hours=-4)))
ALICE, BOB = Address("Alice", "Example.ORG"), Address("Bob", "Example.COM")
CAROL, DANA = Address("Carol", "Ivory.EDU"), Address("Dana", "Ivory.EDU")
HEADER = b"From: Alice@Example.ORG\r\nMessage-ID: <1@Example.ORG>\r\nSubject: Hello\r\n"
MESSAGE = HEADER + b"\r\nHello Bob\r\n"

FAILED = RecipientFacts(
    CAROL, Action.FAILED, "5.1.1", "rfc822;Carol@Ivory.EDU", "Ivory.EDU", "550 error - no such recipient"
)


def report(*recipients, **more):
    return Report(ALICE, "mail.example.com", recipients or (FAILED,), DATE, "2@mail.example.com", "abcde", **more)


def parts(built):
    return message_from_bytes(built, policy=policy.default).get_payload()


def test_a_delivered_notification():
    """RFC 3461 §10.6: "Delivered" DSN for Bob@Example.COM, to the octet."""
    facts = RecipientFacts(BOB, Action.DELIVERED, "2.0.0", "rfc822;Bob@Example.COM")
    assert build_report(report(facts, envid="QQ314159", ret="HDRS"), MESSAGE).decode().split("\r\n") == [
        "From: Mail Delivery System <postmaster@mail.example.com>",
        "To: <Alice@Example.ORG>",
        "Subject: Your message was delivered",
        "Date: Mon, 07 Jul 1997 17:16:05 -0400",
        "Message-ID: <2@mail.example.com>",
        "In-Reply-To: <1@Example.ORG>",
        "References: <1@Example.ORG>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        ' boundary="abcde"',
        "",
        "This is a delivery status notification in MIME format.",
        "",
        "--abcde",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "This is the mail system mail.example.com.",
        "",
        "Your message was delivered, as you asked to be told, to:",
        "",
        "  Bob@Example.COM",
        "",
        "If you need help, please write to postmaster@mail.example.com and",
        "include this message.",
        "",
        "--abcde",
        "Content-Type: message/delivery-status",
        "",
        "Original-Envelope-Id: QQ314159",
        "Reporting-MTA: dns; mail.example.com",
        "",
        "Original-Recipient: rfc822;Bob@Example.COM",
        "Final-Recipient: rfc822;Bob@Example.COM",
        "Action: delivered",
        "Status: 2.0.0",
        "",
        "--abcde",
        "Content-Type: text/rfc822-headers",
        "",
        "From: Alice@Example.ORG",
        "Message-ID: <1@Example.ORG>",
        "Subject: Hello",
        "",
        "--abcde--",
        "",
    ]


def test_a_failed_notification_is_read_back():
    """RFC 3461 §10.7: "Failed" DSN for Carol@Ivory.EDU."""
    read = parse_report(build_report(report(envid="QQ314159", arrival=DATE), MESSAGE))
    assert (read.reporting_mta, read.envid, read.arrival) == ("mail.example.com", "QQ314159", DATE)
    [recipient] = read.recipients
    assert (recipient.final_recipient, recipient.original_recipient) == ("Carol@Ivory.EDU", "Carol@Ivory.EDU")
    assert (recipient.action, recipient.status) == (Action.FAILED, "5.1.1")
    assert (recipient.remote_mta, recipient.diagnostic) == ("Ivory.EDU", "550 error - no such recipient")


def test_a_delayed_notification_says_until_when():
    """RFC 3464 §2.3.9: Will-Retry-Until for delays only; the person reads that nothing is to be done."""
    delayed = RecipientFacts(
        DANA, Action.DELAYED, "4.4.1", last_attempt=DATE, will_retry_until=DATE + timedelta(days=4)
    )
    built = build_report(report(delayed), MESSAGE)
    [recipient] = parse_report(built).recipients
    assert (recipient.last_attempt, recipient.will_retry_until) == (DATE, DATE + timedelta(days=4))
    text = " ".join(parts(built)[0].get_content().split())
    assert "no need to send it again" in text
    assert "until 1997-07-11 17:16 -0400" in text
    gone = dataclasses.replace(delayed, action=Action.FAILED)
    assert parse_report(build_report(report(gone), MESSAGE)).recipients[0].will_retry_until is None


def test_several_recipients_with_different_fates():
    """RFC 3464 §2.3: one group of fields each; the subject is that of the gravest."""
    ok = RecipientFacts(BOB, Action.RELAYED, "2.1.9")
    built = build_report(report(ok, FAILED), MESSAGE)
    assert [recipient.action for recipient in parse_report(built).recipients] == [Action.RELAYED, Action.FAILED]
    assert message_from_bytes(built)["Subject"] == "Your message could not be delivered"


@pytest.mark.parametrize(
    ("facts", "more", "original", "returned"),
    [
        # RFC 3461 §4.3, §6.2
        (FAILED, {"ret": "FULL"}, MESSAGE, "message/rfc822"),
        (FAILED, {}, MESSAGE, "message/rfc822"),
        (FAILED, {"ret": "HDRS"}, MESSAGE, "text/rfc822-headers"),
        (FAILED, {"ret": "FULL", "full_limit": 20}, MESSAGE, "text/rfc822-headers"),
        (FAILED, {"ret": "FULL"}, HEADER, "text/rfc822-headers"),
        (FAILED, {"ret": "FULL"}, MESSAGE + b"\0", "text/rfc822-headers"),
        (RecipientFacts(BOB, Action.DELIVERED, "2.0.0"), {"ret": "FULL"}, MESSAGE, "text/rfc822-headers"),
        (RecipientFacts(BOB, Action.DELAYED, "4.0.0"), {"ret": "FULL"}, MESSAGE, "text/rfc822-headers"),
        # RFC 6533 §4.2, §4.3
        (FAILED, {"ret": "FULL"}, "Subject: Käse\r\n\r\nx\r\n".encode(), "message/global"),
        (FAILED, {"ret": "HDRS"}, "Subject: Käse\r\n\r\nx\r\n".encode(), "message/global-headers"),
        # a header in some other charset
        (FAILED, {"ret": "FULL"}, b"Subject: K\xe4se\r\n\r\nx\r\n", "text/rfc822-headers"),
    ],
)
def test_what_is_returned_of_the_message(facts, more, original, returned):
    built = build_report(report(facts, **more), original)
    assert parts(built)[2].get_content_type() == returned
    assert built.isascii()


def test_the_whole_message_is_returned_octet_by_octet():
    """RFC 3461 §6.2: RET=FULL, also with an 8-bit body, which needs 8BITMIME to be sent."""
    original = HEADER + "\r\nKäse\r\n.\r\nlast line without end".encode()
    built = build_report(report(ret="FULL"), original)
    assert original in built
    assert not built.isascii()
    assert b"Content-Transfer-Encoding: 8bit" in built


def test_a_header_in_utf8_goes_as_it_is_where_smtputf8_may_be_used():
    """RFC 6533 §4.5."""
    original = "Subject: Käse\r\n\r\nx\r\n".encode()
    assert original in build_report(report(smtputf8=True), original)
    encoded = parts(build_report(report(), original))[2]
    assert encoded["Content-Transfer-Encoding"] == "base64"


def test_a_monstrous_header_is_cut_and_its_long_lines_are_encoded():
    """Bounded, and no line above 998 octets (RFC 5322 §2.1.1)."""
    header = b"A: b\r\n" + b"X: " + b"x" * 5000 + b"\r\n" + b"Y: y\r\n" * HEADER_LIMIT
    built = build_report(report(ret="HDRS"), header + b"\r\n")
    assert len(built) < 3 * HEADER_LIMIT
    assert max(map(len, built.split(b"\r\n"))) <= 998


def test_addresses_that_are_not_ascii():
    """RFC 6533 §3, §4.1: as they are under SMTPUTF8, embedded in 7 bits elsewhere; read back they are the same."""
    facts = RecipientFacts(Address("dü+x", "bücher.example"), Action.FAILED, "5.6.7", "utf-8;dö@bücher.example")
    plain = build_report(report(facts), MESSAGE)
    assert rb"Final-Recipient: utf-8;d\x{FC}\x{2B}x@b\x{FC}cher.example" in plain
    assert b"Content-Type: message/delivery-status" in plain
    rich = build_report(report(facts, smtputf8=True), MESSAGE)
    assert "Final-Recipient: utf-8;dü+x@bücher.example".encode() in rich
    assert b"Content-Type: message/global-delivery-status" in rich
    for built in (plain, rich):
        [recipient] = parse_report(built).recipients
        assert recipient.final_recipient == "dü+x@bücher.example"
        assert recipient.original_recipient == "dö@bücher.example"


@pytest.mark.parametrize(
    ("action", "status", "written"),
    [
        (Action.FAILED, "", "5.0.0"),
        (Action.DELAYED, "bogus", "4.0.0"),
        (Action.DELIVERED, "5", "2.0.0"),
        (Action.FAILED, "5.01.1", "5.0.0"),
        (Action.FAILED, "4.4.7", "4.4.7"),
    ],
)
def test_a_status_is_always_a_status_code(action, status, written):
    """RFC 3464 §2.3.4."""
    built = build_report(report(RecipientFacts(BOB, action, status)), MESSAGE)
    assert parse_report(built).recipients[0].status == written


def test_the_person_reads_what_happened_and_who_said_it():
    text = parts(build_report(report(), MESSAGE))[0].get_content()
    assert "Carol@Ivory.EDU" in text
    assert "There is no mailbox of this name" in " ".join(text.split())
    assert "The mail system Ivory.EDU said: 550 error - no such recipient" in " ".join(text.split())


def test_the_person_reads_the_address_that_they_wrote():
    """An alias's target says nothing to the one who wrote to the alias."""
    facts = dataclasses.replace(FAILED, original_recipient="rfc822;sales@example.com")
    assert "sales@example.com (as Carol@Ivory.EDU)" in parts(build_report(report(facts), MESSAGE))[0].get_content()


@pytest.mark.parametrize("action", [Action.FAILED, Action.DELAYED])
@pytest.mark.parametrize("status", ["5.1.1", "5.1.99", "4.4.7", "5.7.999", "5.0.0", "x", "5.9.9"])
def test_every_status_has_a_sentence(status, action):
    assert sentence(RecipientFacts(BOB, action, status))


def test_every_action_has_a_subject_and_an_opening():
    assert set(GRAVEST_FIRST) == set(Action)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("action", Action)
def test_a_report_in_each_language(language, action):
    """RFC 3464 §2, RFC 2047: whatever is said to the person, machines read the same, and the header is ASCII."""
    facts = dataclasses.replace(FAILED, action=action, will_retry_until=DATE)
    built, english = (build_report(report(facts, language=one), MESSAGE) for one in (language, Language.ENGLISH))
    assert built.partition(b"\r\n\r\n")[0].isascii()
    assert message_from_bytes(built, policy=policy.default)["Subject"] == say(language, f"report.subject.{action}")
    text, *others = parts(built)
    assert say(language, "report.introduction", host="mail.example.com") in text.get_content()
    assert [part.as_bytes() for part in others] == [part.as_bytes() for part in parts(english)[1:]]
    assert parse_report(built) == parse_report(english)


TEXT = st.text(max_size=120)


@given(
    *(TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(Action), st.booleans(), st.binary(max_size=200)),
    st.sampled_from(Language),
)
def test_nothing_that_is_reported_breaks_the_report(
    status, diagnostic, mta, original, envid, action, utf8, content, language
):
    """Property: whatever remote systems said, the notification has three parts, one recipient, and CRLF line ends of at
    most 998 octets."""
    facts = RecipientFacts(BOB, action, status, original, mta, diagnostic)
    built = build_report(report(facts, envid=envid, smtputf8=utf8, language=language), content)
    assert len(parse_report(built).recipients) == 1
    assert len(parts(built)) == 3
    assert built.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, built.split(b"\r\n"))) <= 998


def test_long_fields_are_folded():
    """Pitfall 3: we fold what we write."""
    field = format_field("Diagnostic-Code", "smtp; 550 " + "word " * 60 + "x" * 2000)
    lines = field.split(b"\r\n")
    assert max(map(len, lines)) < 300
    assert all(line.startswith(b" ") for line in lines[1:-1])


SIMPLE = b"""\
Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
Message-Id: <199407072116.RAA14128@CS.UTK.EDU>
Subject: Returned mail: Cannot send message for 5 days
To: <owner-info-mime@cs.utk.edu>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
      boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

Message could not be delivered for 5 days

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status

Reporting-MTA: dns; cs.utk.edu

Original-Recipient: rfc822;louisl@larry.slip.umd.edu
Final-Recipient: rfc822;louisl@larry.slip.umd.edu
Action: failed
Status: 4.0.0
Diagnostic-Code: smtp; 426 connection timed out
Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400

--RAA14128.773615765/CS.UTK.EDU
content-type: message/rfc822

[original message goes here]

--RAA14128.773615765/CS.UTK.EDU--
"""


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_the_simple_dsn_of_rfc_3464(ends):
    """RFC 3464 appendix E, Simple DSN."""
    read = parse_report(SIMPLE.replace(b"\n", ends))
    assert read.reporting_mta == "cs.utk.edu"
    [recipient] = read.recipients
    assert recipient.final_recipient == recipient.original_recipient == "louisl@larry.slip.umd.edu"
    assert (recipient.action, recipient.status) == (Action.FAILED, "4.0.0")
    assert recipient.diagnostic == "426 connection timed out"
    assert recipient.last_attempt == datetime(1994, 7, 7, 17, 15, 49, tzinfo=timezone(timedelta(hours=-4)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Reporting-MTA: dns; x",
        b"Reporting-MTA: dns; x\n\nAction: failed",
        b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a\nAction: exploded\nStatus: 5.0.0",
        b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;a\nAction: failed\nStatus: bad",
        b"Reporting-MTA: dns; x" + b"\n\nFinal-Recipient: rfc822;a\nAction: failed\nStatus: 5.0.0" * 10_001,
    ],
)
def test_what_is_no_delivery_status(body):
    with pytest.raises(BadSyntax):
        parse_status(body)


def test_a_plain_message_is_no_report():
    with pytest.raises(BadSyntax):
        parse_report(MESSAGE)


@pytest.mark.parametrize("text", ["failed (temporary) ", "FAILED"])
def test_fields_as_others_write_them(text):
    """RFC 3464 §2.1.1: comments, any case."""
    body = f"reporting-mta: dns;x\n\nFINAL-RECIPIENT: rfc822;<a@b>\naction: {text}\nstatus: 5.0.0 (other)\n\n\n"
    [recipient] = parse_status(body.encode()).recipients
    assert (recipient.final_recipient, recipient.action, recipient.status) == ("a@b", Action.FAILED, "5.0.0")


PIECES = b"""Final-Recipient: |rfc822;|utf-8;\\x{D800}|Action: failed|Status: 5.1.1|Status: |\n|\n\n|Arrival-Date: |\
Thu, 99 Foo 1994|Last-Attempt-Date: Thu, 7 Jul 1994 99:99:99 +9999| |\xff|\0"""
FIELD = st.sampled_from(PIECES.split(b"|"))


@given(st.lists(FIELD, max_size=16), st.binary(max_size=100))
def test_fuzz_reading(fields, noise):
    """Arbitrary octets: facts or BadSyntax."""
    for body in (b"".join(fields), noise, b"".join(fields) + noise):
        with contextlib.suppress(BadSyntax):
            parse_status(body)
        with contextlib.suppress(BadSyntax):
            parse_report(b"Content-Type: message/delivery-status\n\n" + body)
