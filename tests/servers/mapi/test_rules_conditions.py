"""What conditions of rules can ask of a message that arrives by SMTP: all kinds of restrictions – [MS-OXCDATA] 2.12.

Statements are those of [MS-OXORULE].
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from mapi_properties import typed
from mapi_rules import REPLACE, RuleSession, moving, rule
from mapi_session import deliver, imap_subjects, mapi_hub

from posthouse.delivery.rules import MAX_LOOKED_AT
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.named_tags import PidNameKeywords
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
    Size,
    SubObject,
)
from posthouse.protocols.mapi.rule_actions import ActionBlock, ActionType, TagData
from posthouse.testing import MailHub

GUID = UUID("7e1f0a52-0000-4000-8000-00000000c0de")
FULL, SUBSTRING, PREFIX = FuzzyLow.FULL_STRING, FuzzyLow.SUBSTRING, FuzzyLow.PREFIX
ANY_CASE = 1
MESSAGE = """\
From: Bob <bob@example.org>
To: alice@example.org, "Somebody Else" <else@example.net>
Cc: carol@example.org
Subject: Re: Quarterly figures
Date: Mon, 5 Jan 2026 10:00:00 +0000
Message-ID: <1@example.org>
In-Reply-To: <0@example.org>
Importance: high
Sensitivity: Company-Confidential
Keywords: Work, Later
X-Mailer: a program
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

The secret is in the attachment.
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="figures.bin"
Content-Transfer-Encoding: base64

AAECAwQFBgcICQ==
--b--
""".replace("\n", "\r\n")
HAS_ATTACHMENT = 0x10
NEW_YEAR, NEXT_YEAR = 134116992000000000, 134432352000000000
"""The beginnings of 2026 and 2027."""


def text(tag: PropertyTag, value: str, low: FuzzyLow = SUBSTRING, high: int = ANY_CASE) -> Content:
    return Content(low, high, tag, TaggedValue(tag, value))


def value(rel_op: RelOp, tag: PropertyTag, wanted: Any) -> Property:
    return Property(rel_op, tag, TaggedValue(tag, wanted))


def of_somebody(part: Restriction) -> SubObject:
    return SubObject(tags.PidTagMessageRecipients, part)


def of_attachment(part: Restriction) -> SubObject:
    return SubObject(tags.PidTagMessageAttachments, part)


SUBJECT = tags.PidTagSubject
TRUE: tuple[Restriction, ...] = (
    text(SUBJECT, "FIGURES"),
    text(SUBJECT, "re: quarterly figures", FULL),
    text(SUBJECT, "re: q", PREFIX),
    text(SUBJECT, "Quarterly", high=0),
    text(tags.PidTagNormalizedSubject, "quarterly", PREFIX),
    text(tags.PidTagBody, "secret"),
    text(tags.PidTagTransportMessageHeaders, "x-mailer: a program"),
    text(tags.PidTagSenderEmailAddress, "/cn="),
    text(tags.PidTagSenderName, "bob"),
    text(tags.PidTagDisplayTo, "somebody else"),
    text(tags.PidTagDisplayCc, "carol"),
    text(tags.PidTagMessageClass, "IPM.", PREFIX),
    value(RelOp.EQ, tags.PidTagImportance, 2),
    value(RelOp.GE, tags.PidTagSensitivity, 3),
    value(RelOp.NE, tags.PidTagImportance, 1),
    value(RelOp.GT, tags.PidTagMessageSize, 500),
    value(RelOp.LT, tags.PidTagMessageSize, 5000),
    value(RelOp.EQ, tags.PidTagHasAttachments, True),
    value(RelOp.EQ, tags.PidTagMessageToMe, True),
    value(RelOp.EQ, tags.PidTagMessageCcMe, False),
    value(RelOp.GE, tags.PidTagClientSubmitTime, NEW_YEAR),
    value(RelOp.GE, tags.PidTagMessageDeliveryTime, NEW_YEAR),
    BitMask(True, tags.PidTagMessageFlags, HAS_ATTACHMENT),
    Size(RelOp.LE, tags.PidTagBody, 200),
    Exist(tags.PidTagInReplyToId),
    CompareProperties(RelOp.NE, SUBJECT, tags.PidTagNormalizedSubject),
    of_somebody(text(tags.PidTagSmtpAddress, "else@example.net", FULL)),
    of_somebody(And((value(RelOp.EQ, tags.PidTagRecipientType, 2), text(tags.PidTagDisplayName, "carol")))),
    of_attachment(text(tags.PidTagAttachLongFilename, ".BIN")),
    Count(1, Exist(SUBJECT)),
    Comment((TaggedValue(tags.PidTagDisplayName, "of the client's"),), Exist(SUBJECT)),
    Not(Exist(tags.PidTagReplyTime)),
    Or((value(RelOp.EQ, tags.PidTagImportance, 0), text(SUBJECT, "figures"))),
)
FALSE: tuple[Restriction, ...] = (
    text(SUBJECT, "FIGURES", high=0),
    text(SUBJECT, "figures", FULL),
    text(SUBJECT, "figures", PREFIX),
    text(tags.PidTagBody, "attached secret"),
    value(RelOp.GT, tags.PidTagMessageSize, 5000),
    value(RelOp.EQ, tags.PidTagMessageCcMe, True),
    value(RelOp.GE, tags.PidTagClientSubmitTime, NEXT_YEAR),
    BitMask(False, tags.PidTagMessageFlags, HAS_ATTACHMENT),
    Size(RelOp.GT, tags.PidTagBody, 200),
    Exist(tags.PidTagReplyTime),
    value(RelOp.NE, tags.PidTagReplyTime, 1),
    of_somebody(And((value(RelOp.EQ, tags.PidTagRecipientType, 1), text(tags.PidTagDisplayName, "carol")))),
    of_attachment(text(tags.PidTagAttachLongFilename, "secret")),
    And((text(SUBJECT, "figures"), text(SUBJECT, "nothing of the kind"))),
    Or(()),
)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


def test_all_kinds_of_conditions(hub: MailHub) -> None:
    """R931: each rule sets a property of its own on the message when its condition is satisfied."""
    alice = RuleSession(hub, "alice")
    names = [PropertyName(GUID, f"condition {number}") for number in range(len(TRUE) + len(FALSE) + 1)]
    marks = [PropertyTag(number, PropertyType.INTEGER32) for number in alice.ids(*names)]
    words = alice.named(PidNameKeywords.name, PidNameKeywords.type)
    later = TaggedValue(typed(words, PropertyType.STRING), "later")
    conditions = (Content(FULL, ANY_CASE, words, later), *TRUE, *FALSE)
    for mark, condition in zip(marks, conditions, strict=True):
        tagging = ActionBlock(ActionType.OP_TAG, TagData(TaggedValue(mark, 1)))
        assert alice.modify(rule(tagging, when=condition)) == 0
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        smtp.sendmail("bob@example.org", ["alice@example.org"], MESSAGE)
    found = alice.values(alice.opened_message(alice.message_ids()[-1]), *marks)
    satisfied = [condition for condition, mark in zip(conditions, found, strict=True) if mark == 1]
    assert satisfied == list(conditions[: len(TRUE) + 1])


def test_conditions_see_the_beginning_of_a_text(hub: MailHub) -> None:
    """However many they are, and however long it is, nobody waits for them for long."""
    alice = RuleSession(hub, "alice")
    _, _, near = alice.new()
    _, _, far = alice.new()
    lines = ("x" * 70 + "\r\n") * (MAX_LOOKED_AT // 72 + 100)
    near_rule = rule(moving(alice.folder(near)), when=text(tags.PidTagBody, "the beginning"))
    far_rule = rule(moving(alice.folder(far)), when=text(tags.PidTagBody, "the end"))
    assert alice.modify(near_rule, far_rule, flags=REPLACE) == 0
    deliver(hub, "alice", "long", f"the beginning\r\n{lines}the end")
    assert (imap_subjects(hub, "alice", near), imap_subjects(hub, "alice", far)) == (["long"], [])
