"""Meetings between mailboxes of one hub: requests, answers, cancellations – [MS-OXOCAL] 2.2.6 to 2.2.8."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_properties import PropertySession
from mapi_sending import last, written
from mapi_session import mapi_hub

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.testing import MailHub

BEGIN, END = file_time(1_800_000_000), file_time(1_800_003_600)
WHICH = bytes.fromhex("040000008200E00074C5B7101A82E008") + bytes(20) + b"\x10\0\0\0" + b"0123456789abcdef"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub):
    return PropertySession(hub, "alice")


@pytest.fixture(scope="module")
def bob(hub):
    return PropertySession(hub, "bob")


def named(session, tag):
    return session.named(tag.name, tag.type)


MEETING = (
    (named_tags.PidLidAppointmentStartWhole, BEGIN),
    (named_tags.PidLidAppointmentEndWhole, END),
    (named_tags.PidLidLocation, "Room 7"),
    (named_tags.PidLidGlobalObjectId, WHICH),
    (named_tags.PidLidCleanGlobalObjectId, WHICH),
    (named_tags.PidLidAppointmentSequence, 3),
)
OF_A_CLIENT = (named_tags.PidLidReminderDelta, 25)
"""What iCalendar has no word for in a message."""


@pytest.mark.parametrize(
    ("message_class", "method"),
    [
        ("IPM.Schedule.Meeting.Request", "REQUEST"),
        ("IPM.Schedule.Meeting.Resp.Pos", "REPLY"),
        ("IPM.Schedule.Meeting.Resp.Tent", "REPLY"),
        ("IPM.Schedule.Meeting.Resp.Neg", "REPLY"),
        ("IPM.Schedule.Meeting.Canceled", "CANCEL"),
    ],
)
def test_about_a_meeting(alice, bob, hub, message_class, method):
    """Others see iCalendar; who has MAPI, all that was sent."""
    slot = written(alice, "bob@example.org")
    values = {named(alice, tag): value for tag, value in (*MEETING, OF_A_CLIENT)}
    assert alice.set(slot, {tags.PidTagMessageClass: message_class, tags.PidTagSubject: "plan"} | values) == ()
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    got = bob.opened_message(bob.message_ids()[-1])
    assert bob.value(got, tags.PidTagMessageClass) == message_class
    wanted = [named(bob, tag) for tag, _ in (*MEETING, OF_A_CLIENT)]
    assert bob.values(got, *wanted) == [value for _, value in (*MEETING, OF_A_CLIENT)]
    mail = last(hub, "bob")
    [calendar] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == method
    text = calendar.get_payload(decode=True).decode()
    assert f"METHOD:{method}" in text
    assert "LOCATION:Room 7" in text or method == "REPLY"
    assert "SEQUENCE:3" in text
