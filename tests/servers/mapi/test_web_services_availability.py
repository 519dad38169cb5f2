"""Who has time, as Outlook asks it – [MS-OXWAVLS]: a real hub over HTTPS. Statements are those of [MS-OXCPERM]."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from mapi_permissions import NOTHING, PermissionSession, modifying
from mapi_session import account_of, dn_of, mapi_hub
from web_services import (
    ANOTHER,
    BERLIN,
    NEW_YORK,
    UTC,
    SoapAnswer,
    availability,
    calendar,
    envelope,
    post,
    put_ical,
    put_item,
)

from posthouse.directory import add_contact, add_group, set_attributes
from posthouse.model.rights import Right
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.items.appearances import Appearance
from posthouse.protocols.mapi.mime.items.moments import file_time_of, minutes_of
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rops.folder import RopEmptyFolderRequest
from posthouse.protocols.mapi.rops.permission import MemberRights, ModifyPermissionsFlags
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.servers.mapi.web_services import availability as served
from posthouse.servers.mapi.web_services import calendars, mailboxes
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

FREE_BUSY_TOO = ModifyPermissionsFlags.INCLUDE_FREE_BUSY
SIMPLE, DETAILED = MemberRights.FREE_BUSY_SIMPLE, MemberRights.FREE_BUSY_DETAILED
READER = MemberRights.FOLDER_VISIBLE | MemberRights.READ_ANY
ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", "carol@example.org"
TIMES = ("StartTime", "EndTime", "BusyType")
LUNCH = calendar("DTSTART:20260602T120000Z", "DTEND:20260602T130000Z", "SUMMARY:Lunch", "LOCATION:Caf\u00e9 <1>")


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol", "dave", "erin", "frank") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> Iterator[PermissionSession]:
    """With an empty calendar, of which others learn what is usual."""
    session = PermissionSession(hub, "alice")
    yield session
    calendar = session.open(session.special(Special.CALENDAR))
    assert session.error(RopEmptyFolderRequest(0, calendar, False, False)) == 0
    account, folder = account_of(hub, "alice"), own_folder(Special.CALENDAR)
    for who in (account_of(hub, "bob"), 0):
        hub.write(lambda tx, who=who: set_rights(tx, account, folder, Holder(who), Right(0)))


def ask(hub: MailHub, who: str = "alice", *whom: str, **options: object) -> SoapAnswer:
    answer = post(hub, availability(*(whom or (ALICE,)), **options), who)  # type: ignore[arg-type]
    assert answer.status == 200, answer.body
    return answer


def grant(session: PermissionSession, rights: MemberRights, who: str = "bob") -> None:
    slot = session.open(session.special(Special.CALENDAR))
    change = modifying(0, rights) if not who else session.adding(who, rights)
    assert session.modify(slot, change, flags=FREE_BUSY_TOO) == 0


# who may know it


def test_nobody_learns_anything_unless_they_may(hub: MailHub, alice: PermissionSession) -> None:
    """R98: neither times nor a merged view, whatever else one may do there."""
    put_item(alice, LUNCH)
    grant(alice, READER)
    for view in ("MergedOnly", "FreeBusyMerged", "DetailedMerged"):
        answer = ask(hub, "bob", view=view)
        assert (answer.code, answer.text("FreeBusyViewType")) == ("ErrorNoFreeBusyAccess", "None")
        assert (answer.rows(*TIMES), answer.text("MergedFreeBusy")) == ([], None)
    grant(alice, NOTHING, "")
    assert ask(hub, "carol").code == "ErrorNoFreeBusyAccess"


def test_who_may_know_it_briefly(hub: MailHub, alice: PermissionSession) -> None:
    """R97, R92: the times, and nothing that the appointment says, though somebody asks for it."""
    put_item(alice, LUNCH)
    grant(alice, SIMPLE)
    answer = ask(hub, "bob")
    assert (answer.code, answer.text("FreeBusyViewType")) == ("NoError", "FreeBusyMerged")
    assert answer.rows(*TIMES, "Subject") == [("2026-06-02T12:00:00", "2026-06-02T13:00:00", "Busy", None)]
    assert b"Lunch" not in answer.body
    assert answer.text("MergedFreeBusy") == "0" * 36 + "2" + "0" * 131


def test_who_may_know_it_in_detail(hub: MailHub, alice: PermissionSession) -> None:
    """R91: what it is, and where; no right to read the calendar is needed."""
    put_item(alice, LUNCH)
    grant(alice, SIMPLE | DETAILED)
    answer = ask(hub, "bob")
    assert answer.text("FreeBusyViewType") == "DetailedMerged"
    names = ("Subject", "Location", "IsMeeting", "IsRecurring", "IsException", "IsPrivate")
    assert answer.rows(*names) == [("Lunch", "Caf\u00e9 <1>", "false", "false", "false", "false")]


def test_what_is_usual(hub: MailHub, alice: PermissionSession) -> None:
    """[MS-OXCPERM] <5>: until a client says something else, everybody knows when somebody is busy, and who may read the
    calendar what it is."""
    put_item(alice, LUNCH)
    assert ask(hub, "carol").rows("BusyType", "Subject") == [("Busy", None)]
    slot = alice.open(alice.special(Special.CALENDAR))
    assert alice.modify(slot, alice.adding("bob", READER)) == 0
    assert ask(hub, "bob").rows("Subject") == [("Lunch",)]


def test_groups_and_negative_entries(hub: MailHub, alice: PermissionSession) -> None:
    """What a member's group may know, and what is taken from somebody alone."""
    put_item(alice, LUNCH)
    group = hub.write(lambda tx: add_group(tx, "friends@example.org", [BOB]))
    account, folder = account_of(hub, "alice"), own_folder(Special.CALENDAR)
    holder = Holder(group, is_group=True)
    hub.write(lambda tx: set_rights(tx, account, folder, holder, Right.READ | Right.LOOKUP))
    assert ask(hub, "bob").rows("Subject") == [("Lunch",)]
    bob = Holder(account_of(hub, "bob"), negative=True)
    hub.write(lambda tx: set_rights(tx, account, folder, bob, Right.READ))
    assert ask(hub, "bob").rows("BusyType", "Subject") == [("Busy", None)]
    hub.write(lambda tx: set_rights(tx, account, folder, bob, Right.FREE_BUSY_SIMPLE))
    assert ask(hub, "bob").code == "ErrorNoFreeBusyAccess"
    for one in (bob, holder):
        hub.write(lambda tx, one=one: set_rights(tx, account, folder, one, Right(0)))


def test_private_appointments(hub: MailHub, alice: PermissionSession) -> None:
    """Others learn that there is one; its owner sees it as it is."""
    put_item(alice, calendar("DTSTART:20260602T120000Z", "DURATION:PT1H", "SUMMARY:Doctor", "CLASS:PRIVATE"))
    grant(alice, SIMPLE | DETAILED)
    assert ask(hub, "bob").rows("BusyType", "Subject", "Location", "IsPrivate") == [("Busy", None, None, "true")]
    assert ask(hub).rows("Subject", "IsPrivate") == [("Doctor", "true")]


# when


@pytest.mark.parametrize("by_mapi", [True, False])
def test_series(hub: MailHub, alice: PermissionSession, by_mapi: bool) -> None:
    """Day by day as its clock goes, without those that are cancelled, and with what is different about others; made by
    Outlook, or as iCalendar."""
    zone = "TZID=Europe/Berlin"
    data = calendar(
        *(f"DTSTART;{zone}:20200101T090000", f"DTEND;{zone}:20200101T093000", "RRULE:FREQ=DAILY", "SUMMARY:Daily"),
        *(f"EXDATE;{zone}:20260326T090000", ANOTHER, f"RECURRENCE-ID;{zone}:20260330T090000"),
        *(f"DTSTART;{zone}:20260330T140000", f"DTEND;{zone}:20260330T150000", "SUMMARY:Late"),
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
    )
    put_item(alice, data) if by_mapi else put_ical(hub, account_of(hub, "alice"), data)
    answer = ask(hub, begin="2026-03-25T00:00:00", end="2026-03-31T00:00:00")
    assert answer.rows(*TIMES, "Subject", "IsRecurring", "IsException") == [
        ("2026-03-25T08:00:00", "2026-03-25T08:30:00", "Busy", "Daily", "true", "false"),
        ("2026-03-27T08:00:00", "2026-03-27T08:30:00", "Busy", "Daily", "true", "false"),
        ("2026-03-28T08:00:00", "2026-03-28T08:30:00", "Busy", "Daily", "true", "false"),
        ("2026-03-29T07:00:00", "2026-03-29T07:30:00", "Busy", "Daily", "true", "false"),
        ("2026-03-30T12:00:00", "2026-03-30T13:00:00", "OOF", "Late", "true", "true"),
    ]


def test_what_has_changed(hub: MailHub, alice: PermissionSession) -> None:
    """The next who asks sees it."""
    message = put_item(alice, LUNCH)
    assert ask(hub).rows("Subject") == [("Lunch",)]
    slot = alice.opened_message(message, special=Special.CALENDAR)
    alice.set(slot, {tags.PidTagSubject: "Supper"})
    alice.saved(slot)
    assert ask(hub).rows("Subject") == [("Supper",)]


def test_the_clock_of_whoever_asks(hub: MailHub, alice: PermissionSession) -> None:
    """Times of the window and of the answer are of the zone in the request, in summer and in winter; what takes a whole
    day takes that day everywhere, unless it says where."""
    for day in ("20260328", "20260330"):
        put_item(alice, calendar(f"DTSTART:{day}T120000Z", "DURATION:PT1H"))
    put_item(alice, calendar("DTSTART;VALUE=DATE:20260401", "SUMMARY:Fool"))
    answer = ask(hub, begin="2026-03-28T13:30:00", end="2026-03-30T14:30:00", zone=BERLIN)
    assert answer.rows(*TIMES[:2]) == [
        ("2026-03-28T13:00:00", "2026-03-28T14:00:00"),
        ("2026-03-30T14:00:00", "2026-03-30T15:00:00"),
    ]
    assert answer.text("MergedFreeBusy") == "2" + "0" * 46 + "2"
    answer = ask(hub, begin="2026-04-01T00:00:00", end="2026-04-02T00:00:00", zone=BERLIN)
    assert answer.rows(*TIMES[:2]) == [("2026-04-01T00:00:00", "2026-04-02T00:00:00")]
    answer = ask(hub, begin="2026-03-28T14:30:00+02:00", end="2026-03-28T13:00:00Z", zone=UTC, interval=30)
    assert answer.text("MergedFreeBusy") == "2"


def test_merged_views(hub: MailHub, alice: PermissionSession) -> None:
    """Of several things at a time the gravest; an interval that is touched is taken."""
    for hour, status in ((8, "FREE"), (9, "TENTATIVE"), (10, "BUSY"), (11, "OOF"), (12, "WORKINGELSEWHERE")):
        put_item(
            alice,
            calendar(f"DTSTART:202606{hour:02}T080000Z", "DURATION:PT1H", f"X-MICROSOFT-CDO-BUSYSTATUS:{status}"),
        )
    put_item(alice, calendar("DTSTART:20260611T084500Z", "DURATION:PT1M", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"))
    window = {"begin": "2026-06-08T00:00:00", "end": "2026-06-13T00:00:00", "interval": 1440}
    assert ask(hub, **window, view="MergedOnly").text("MergedFreeBusy") == "01234"
    assert ask(hub, **window, view="MergedOnly").rows(*TIMES) == []
    words = ask(hub, **window, view="FreeBusy")
    assert words.texts("BusyType") == ["Free", "Tentative", "Busy", "OOF", "Busy", "WorkingElsewhere"]
    assert words.text("MergedFreeBusy") is None
    for old in ("Exchange2010_SP2", "Exchange2007_SP1", ""):
        assert ask(hub, **window, version=old).text("MergedFreeBusy") == "01230"
    begin, end = "2026-06-11T08:00:00", "2026-06-11T08:52:00"
    assert ask(hub, begin=begin, end=end, interval=5).text("MergedFreeBusy") == "3" * 11


# whom


def test_whom_nobody_knows(hub: MailHub, alice: PermissionSession) -> None:
    """Each mailbox has its answer, in the order in which they were named."""
    hub.write(lambda tx: add_contact(tx, "partner@elsewhere.example", "Partner"))
    hub.write(lambda tx: set_attributes(tx, "frank@example.org", {"imap-home": "other.example.org"}))
    named = ("nobody@example.org", "partner@elsewhere.example", "no address", dn_of(hub, "alice"), "frank@example.org")
    answer = ask(hub, "bob", *named, "/o=nobody", "Alice@Example.Org")
    missing = "ErrorMailRecipientNotFound"
    codes = [missing, missing, missing, "NoError", "ErrorProxyRequestProcessingFailed", missing, "NoError"]
    assert answer.texts("ResponseCode") == codes


def test_groups(hub: MailHub, alice: PermissionSession) -> None:
    """One line for all members who tell anything; one that is too large is not looked into."""
    put_item(alice, LUNCH)
    put_item(PermissionSession(hub, "bob"), calendar("DTSTART:20260603T120000Z", "DURATION:PT1H", "STATUS:TENTATIVE"))
    hub.write(lambda tx: add_group(tx, "team@example.org", [ALICE, BOB, "x@elsewhere.example"]))
    hub.add_alias("both@example.org", ALICE, "erin@example.org")
    answer = ask(hub, "carol", "team@example.org", interval=1440)
    assert (answer.text("FreeBusyViewType"), answer.text("MergedFreeBusy")) == ("MergedOnly", "0210000")
    assert answer.rows(*TIMES) == []
    grant(alice, NOTHING, "")
    assert ask(hub, "carol", "team@example.org", interval=1440).text("MergedFreeBusy") == "0010000"
    assert ask(hub, "dave", "both@example.org", interval=1440).text("MergedFreeBusy") == "0000000"
    grant(PermissionSession(hub, "erin"), NOTHING, "")
    assert ask(hub, "dave", "both@example.org", interval=1440).text("MergedFreeBusy") == "4444444"


def test_groups_that_are_too_large(hub: MailHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody learns from them anything."""
    monkeypatch.setattr(mailboxes, "MAX_MEMBERS", 1)
    hub.write(lambda tx: add_group(tx, "all@example.org", [ALICE, BOB]))
    assert ask(hub, "carol", "all@example.org").code == "ErrorFreeBusyDLLimitReached"


# bounds


def test_too_much(hub: MailHub, alice: PermissionSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar that is too full, or that takes too long, is told as an error of its own; the others are answered."""
    put_item(alice, calendar("DTSTART:20260601T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY"))
    monkeypatch.setattr(calendars, "MAX_APPEARANCES", 6)
    assert ask(hub, "alice", ALICE, CAROL).texts("ResponseCode") == ["ErrorResultSetTooBig", "NoError"]
    monkeypatch.setattr(served, "SECONDS", -1.0)
    assert ask(hub, "alice", ALICE, CAROL).texts("ResponseCode") == ["ErrorTimeoutExpired", "NoError"]


def test_too_much_together(hub: MailHub, alice: PermissionSession) -> None:
    """However often a full calendar is asked for, a response is no longer than the hub can hold for many."""
    long = "&" * 255
    for hour in ("08", "12"):
        series = f"DTSTART:20260601T{hour}0000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"
        put_item(alice, calendar(*series, f"SUMMARY:{long}", f"LOCATION:{long}"))
    answer = ask(hub, "alice", *[ALICE] * 99, end="2026-08-02T00:00:00")
    codes = answer.texts("ResponseCode")
    assert len(answer.body) < served.MAX_RESPONSE
    assert (codes[0], codes[98]) == ("NoError", "ErrorResultSetTooBig")


def test_many_at_once(hub: MailHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all who ask at the same time two calendars are looked into, so that there is room for others who read."""
    running: list[int] = []
    most = []

    def slowly(*_: object) -> list[Appearance]:
        running.append(1)
        most.append(len(running))
        time.sleep(0.2)
        running.pop()
        return []

    monkeypatch.setattr(calendars.Calendars, "appearances", slowly)
    with ThreadPoolExecutor(6) as threads:
        codes = list(threads.map(lambda _: ask(hub).code, range(6)))
    assert (codes, max(most)) == (["NoError"] * 6, 2)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"end": "2026-08-02T00:00:00"}, None),
        ({"end": "2026-08-02T00:01:00"}, "ErrorTimeIntervalTooBig"),
        ({"zone": BERLIN, "begin": "2026-09-01T00:00:00", "end": "2026-11-02T00:00:00"}, None),
        (
            {"zone": BERLIN, "begin": "2026-09-01T00:00:00", "end": "2026-11-02T00:01:00"},
            "ErrorTimeIntervalTooBig",
        ),
        ({"end": "2026-06-01T00:00:00"}, "ErrorInvalidTimeInterval"),
        ({"end": "2026-05-01T00:00:00"}, "ErrorInvalidTimeInterval"),
        ({"end": "soon"}, "ErrorSchemaValidation"),
        ({"end": "9999-12-31T23:59:59"}, "ErrorSchemaValidation"),
        ({"interval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"interval": 1441}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"interval": 60, "end": "2026-06-01T00:59:00"}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"interval": "x"}, "ErrorSchemaValidation"),
        ({"view": "None"}, "ErrorInvalidFreeBusyViewType"),
        ({"view": "Everything"}, "ErrorInvalidFreeBusyViewType"),
        ({"zone": ""}, "ErrorSchemaValidation"),
        ({"zone": UTC.replace("0", "99999")}, "ErrorSchemaValidation"),
        ({"zone": BERLIN.replace("02:00", "25:00")}, "ErrorSchemaValidation"),
    ],
)
def test_requests_that_make_no_sense(hub: MailHub, options: dict[str, object], code: str | None) -> None:
    """A fault says what is wrong."""
    answer = post(hub, availability(ALICE, **options))  # type: ignore[arg-type]
    assert (answer.status, answer.code) == ((200, "NoError") if code is None else (500, code))


def test_mailboxes_of_one_request(hub: MailHub) -> None:
    """There are some, and not too many."""
    assert post(hub, availability()).code == "ErrorMailboxDataArrayEmpty"
    assert post(hub, availability(*[ALICE] * 101)).code == "ErrorMailboxDataArrayTooBig"
    assert len(ask(hub, "alice", *[ALICE] * 100, view="FreeBusy").texts("ResponseCode")) == 100


def test_suggestions(hub: MailHub) -> None:
    """Who wants some hears that there are none, beside the times from which clients find them."""
    more = "<t:SuggestionsViewOptions><t:GoodThreshold>25</t:GoodThreshold></t:SuggestionsViewOptions>"
    codes = ask(hub, more=more).texts("ResponseCode")
    assert codes == ["NoError", "ErrorMeetingSuggestionGenerationFailed"]


def test_appointments_that_make_no_sense(hub: MailHub, alice: PermissionSession) -> None:
    """They hide no others."""
    put_ical(hub, account_of(hub, "alice"), b"Subject: mail\r\n\r\ntext\r\n")
    put_ical(hub, account_of(hub, "alice"), b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n")
    put_item(alice, LUNCH)
    assert ask(hub).rows("Subject") == [("Lunch",)]


def test_appointments_that_are_swept_meanwhile(hub: MailHub, alice: PermissionSession) -> None:
    """They hide no others."""
    blobs = hub.running.store.blobs
    before = {name for name, _ in blobs.names()}
    put_ical(hub, account_of(hub, "alice"), calendar("DTSTART:20260602T080000Z", f"DESCRIPTION:{'x' * 200_000}"))
    put_item(alice, LUNCH)
    for name in {name for name, _ in blobs.names()} - before:
        blobs.remove(name)
    assert ask(hub).rows("Subject") == [("Lunch",)]


@pytest.mark.parametrize(("begin", "end"), [(0, 2**63), (0, file_time_of(minutes_of(date(2026, 6, 3))))])
@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN, UTC])
def test_appointments_far_away(hub: MailHub, alice: PermissionSession, zone: str, begin: int, end: int) -> None:
    """By whichever clock somebody asks, what has begun before our calendar or never ends takes the time between."""
    slot = alice.new_message(special=Special.CALENDAR)
    names = named_tags.PidLidAppointmentStartWhole, named_tags.PidLidAppointmentEndWhole
    numbers = alice.ids(*(one.name for one in names))
    times = {PropertyTag(number, PropertyType.TIME): at for number, at in zip(numbers, (begin, end), strict=True)}
    alice.set(slot, {tags.PidTagMessageClass: "IPM.Appointment"} | times)
    alice.saved(slot)
    answer = ask(hub, end="2026-06-02T00:00:00", interval=1440, zone=zone)
    assert (answer.text("MergedFreeBusy"), answer.rows("BusyType")) == ("2", [("Busy",)])


# the address


def test_what_is_asked_besides(hub: MailHub) -> None:
    """Other operations, and what is none, are refused as where there are no web services."""
    for body in (b"", b"<x/>", envelope("<m:GetFolder/>"), envelope(""), envelope("<m:A/><m:B/>"), b"\xff" * 100):
        answer = post(hub, body)
        assert (answer.status, answer.code) == (500, "ErrorInvalidRequest")
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]>' + availability(ALICE).partition(b"?>")[2]
    assert post(hub, entity).code == "ErrorInvalidRequest"
    assert post(hub, b" " * (512 * 1024 + 1)).status == 413
    assert post(hub, b"", path="/EWS/Services.wsdl", who="").code == "ErrorInvalidRequest"
    assert post(hub, b"", method="GET", who="").status == 405


def test_who_does_not_log_in(hub: MailHub) -> None:
    """As at every other address."""
    answer = post(hub, availability(ALICE), who="")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="localhost", charset="UTF-8"'


def test_without_mapi_there_are_none() -> None:
    """Whoever asks, logged in or not, is refused as before."""
    with mapi_hub("alice", mapi={"enabled": False}) as hub:
        for who in ("alice", ""):
            answer = post(hub, availability(ALICE), who)
            assert (answer.status, answer.code) == (500, "ErrorInvalidRequest")
