"""Operations as a person reads them: every line of a transcript says what was asked, and nothing that was confided."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structure_values import values_of

from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.address_book.body import Rows
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_names import PropertyName
from posthouse.protocols.mapi.property_rows import Missing, Typed, format_row
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import And, Content, Exist, FuzzyLow, Property, RelOp
from posthouse.protocols.mapi.rop_buffer import EMPTY, RopBuffer
from posthouse.protocols.mapi.rops.base import RopFailure, RopRequest
from posthouse.protocols.mapi.rops.folder import RopOpenFolderRequest, RopOpenFolderResponse
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.notification_data import NewMail, NotificationFlags
from posthouse.protocols.mapi.rops.property import (
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopSetPropertiesRequest,
    RopSetPropertiesResponse,
)
from posthouse.protocols.mapi.rops.registry import REQUESTS
from posthouse.protocols.mapi.rops.stream import RopWriteStreamRequest
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopRestrictRequest,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
)
from posthouse.protocols.mapi.rops.transport import RopBufferTooSmall
from posthouse.protocols.mapi.transcript import LINE, show_requests, show_responses
from posthouse.protocols.mapi.transcript_values import Words

EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "5"))
THOROUGH = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
SUBJECT, BODY, INBOX = tags.PidTagSubject, tags.PidTagBody, ObjectId(1, 0x1C)
SECRET = "a love letter"


def asked(*requests: Any) -> RopBuffer:
    return RopBuffer(b"".join(one.format() for one in requests), (7, EMPTY))


def answered(*responses: Any) -> RopBuffer:
    return RopBuffer(b"".join(one.format() for one in responses), (7, 8))


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (
            RopOpenFolderRequest(0, 0, 1, INBOX),
            "RopOpenFolder handle_index=0(0x7) output_handle_index=1 folder_id=1-1c open_mode_flags=0",
        ),
        (
            RopSetReadFlagsRequest(2, 0, False, ReadFlags.rfClearReadFlag, (INBOX,)),
            "RopSetReadFlags logon_id=2 handle_index=0(0x7) want_asynchronous=false read_flags=rfClearReadFlag "
            "message_ids=[1-1c]",
        ),
        (
            RopSetPropertiesRequest(0, 0, (TaggedValue(SUBJECT, 'say "hi"\r\n'), TaggedValue(BODY, SECRET))),
            r'RopSetProperties handle_index=0(0x7) property_values=[PidTagSubject="say \"hi\"\r\n", '
            "PidTagBody=<13 characters>]",
        ),
        (
            RopRestrictRequest(
                0,
                0,
                AsynchronousFlags(0),
                And(
                    (
                        Content(FuzzyLow.SUBSTRING, 1, SUBJECT, TaggedValue(SUBJECT, "x")),
                        Property(RelOp.GE, tags.PidTagMessageSize, TaggedValue(tags.PidTagMessageSize, 5)),
                    )
                ),
            ),
            "RopRestrict handle_index=0(0x7) restrict_flags=0 restriction=And(parts=["
            'Content(fuzzy_low=SUBSTRING fuzzy_high=1 tag=PidTagSubject value=PidTagSubject="x"), '
            "Property(rel_op=GE tag=PidTagMessageSize value=PidTagMessageSize=5)])",
        ),
        (RopWriteStreamRequest(0, 0, SECRET.encode() * 9), "RopWriteStream handle_index=0(0x7) data=<117 bytes>"),
    ],
)
def test_requests(request_: RopRequest, line: str) -> None:
    """An operation, its objects by index and handle, its fields by their names."""
    assert list(show_requests(asked(request_))) == [line]


def test_responses() -> None:
    """One line each, with the name of the error; rows by the columns that were asked for, or told in the same list."""
    requests = (
        RopOpenFolderRequest(0, 0, 1, INBOX),
        RopGetPropertiesSpecificRequest(0, 1, 0, True, (SUBJECT, BODY)),
        RopSetColumnsRequest(0, 1, AsynchronousFlags(0), (SUBJECT,)),
        RopQueryRowsRequest(0, 1, QueryRowsFlags(0), True, 9),
        RopSetPropertiesRequest(0, 1, ()),
    )
    rows = tuple(format_row((SUBJECT,), (text,)) for text in ("one", "two"))
    answer = answered(
        RopOpenFolderResponse(1, has_rules=False),
        RopGetPropertiesSpecificResponse(1, format_row((SUBJECT, BODY), ("S", Missing(0x8004010F)))),
        RopSetColumnsResponse(1),
        RopQueryRowsResponse(1, Bookmark.BOOKMARK_END, rows),
        RopFailure(RopSetPropertiesResponse.ROP_ID, 1, 0x80070005),
    )
    assert list(show_responses(asked(*requests), [answer])) == [
        "RopOpenFolder ecSuccess handle_index=1(0x8) has_rules=false",
        'RopGetPropertiesSpecific ecSuccess handle_index=1(0x8) row={PidTagSubject="S", PidTagBody=ecNotFound}',
        "RopSetColumns ecSuccess handle_index=1(0x8) table_status=TBLSTAT_COMPLETE",
        "RopQueryRows ecSuccess handle_index=1(0x8) origin=BOOKMARK_END rows=2\n"
        '  {PidTagSubject="one"}\n  {PidTagSubject="two"}',
        "RopSetProperties ecAccessDenied handle_index=1(0x8)",
    ]


def test_columns_that_were_told_before() -> None:
    """They are given; without them the rest cannot be read, and the transcript says so."""
    request = RopQueryRowsRequest(0, 0, QueryRowsFlags(0), True, 1)
    answer = answered(RopQueryRowsResponse(0, Bookmark.BOOKMARK_END, (format_row((SUBJECT,), ("one",)),)))
    [line] = show_responses(asked(request), [answer], {0: (SUBJECT,)})
    assert line.endswith('rows=1\n  {PidTagSubject="one"}')
    [line] = show_responses(asked(request), [answer])
    assert "bytes of responses that cannot be read" in line


def test_names_of_a_mailbox() -> None:
    """Of the logon that the operation is about, as far as they are known."""
    names = {2: {0x8001: named_tags.PidLidReminderSet.name}}
    tagged = TaggedValue(PropertyTag(0x8001, PropertyType.BOOLEAN), True)
    here, there = (RopSetPropertiesRequest(logon, 0, (tagged,)) for logon in (2, 3))
    shown = list(show_requests(asked(here, there), names=names))
    assert shown[0].endswith("property_values=[PidLidReminderSet=true]")
    assert shown[1].endswith("property_values=[0x8001:BOOLEAN=true]")
    columns = (tagged.tag,)
    request = RopGetPropertiesSpecificRequest(2, 0, 0, True, columns)
    answer = answered(RopGetPropertiesSpecificResponse(0, format_row(columns, (True,))))
    [line] = show_responses(asked(request), [answer], names=names)
    assert line.endswith("row={PidLidReminderSet=true}")


def test_what_nobody_asked_for() -> None:
    """Notifications, and the end of the room."""
    data = NewMail(NotificationFlags.NEW_MAIL | NotificationFlags.M, INBOX, INBOX, None, None, 0, True, "IPM.Note")
    news, small = RopNotify(8, 0, data), RopBufferTooSmall(40_000, bytes(99))
    notify, too_small = show_responses(asked(), [answered(news, small)])
    assert notify.startswith("RopNotify notification_handle=8 notification_data=NewMail(notification_flags=NEW_MAIL|M")
    assert 'message_class="IPM.Note"' in notify
    assert too_small == "RopBufferTooSmall size_needed=40000 request_buffers=<99 bytes>"


def test_what_cannot_be_read() -> None:
    """Whatever comes, there is a line for it."""
    [line] = show_requests(RopBuffer(b"\x02\x00", ()))
    assert line.startswith("2 bytes of operations that cannot be read")
    assert list(show_responses(RopBuffer(b"\x02", ()), [answered()])) == []


@pytest.mark.parametrize(
    ("tag", "value", "text"),
    [
        (tags.PidTagMessageDeliveryTime, 133_000_000_000_000_000, "2022-06-18 04:26:40+00:00"),
        (tags.PidTagHtml, SECRET.encode(), "<13 bytes>"),
        (tags.PidTagAttachDataBinary, b"x", "<1 bytes>"),
        (tags.PidTagEntryId, b"\1\2", "0102"),
        (tags.PidTagEntryId, bytes(99), "<99 bytes>"),
        (tags.PidTagSubject, "x" * 500, '"' + "x" * 120 + '"…500'),
        (tags.PidTagSubject, Typed(PropertyType.ERROR_CODE, 0x8004010F), "ecNotFound"),
        (tags.PidTagHasAttachments, True, "true"),
    ],
)
def test_values(tag: PropertyTag, value: Any, text: str) -> None:
    """Long ones are cut; bodies and the contents of attachments are told by their sizes."""
    assert Words().property(tag, value) == f"{next(name for known, name in tags.NAMES.items() if known == tag)}={text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (PropertyTag(0x8001, PropertyType.STRING), "0x8001:STRING"),
        (PropertyTag(0x0037, PropertyType.STRING8), "0x0037:STRING8"),
        (PropertyTag(0x8001, MULTIPLE | PropertyType.BINARY), "0x8001:MULTIPLE BINARY"),
        (PropertyTag(0x8001, 0x77), "0x8001:0x0077"),
        (PropertyName(UUID(int=1), "x"), "00000000-0000-0000-0000-000000000001/x"),
        (PropertyName(UUID(int=1), 0x8205), "00000000-0000-0000-0000-000000000001/0x8205"),
        (PropertyName(named_tags.PSETID_Common, 0x1), "PSETID_Common/0x1"),
        (named_tags.PidLidReminderSet.name, "PidLidReminderSet"),
        (Rows((SUBJECT,), (("one",), (Missing(),))), '2\n  {PidTagSubject="one"}\n  {PidTagSubject=-}'),
        (tuple(range(25)), "[" + ", ".join(map(str, range(20))) + ", … 5 more]"),
        (Exist(SUBJECT), "Exist(tag=PidTagSubject)"),
        (b"", '""'),
    ],
)
def test_other_values(value: Any, text: str) -> None:
    assert Words().show(value) == text


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in REQUESTS.values()])
@THOROUGH
@given(data=st.data())
def test_every_operation(kind: type[RopRequest], data: Any) -> None:
    """Each has a line, which is never longer than it may be."""
    [line] = show_requests(asked(data.draw(values_of(kind))))
    assert line.startswith(kind.__name__.removesuffix("Request"))
    assert len(line) <= LINE + 40


@settings(max_examples=EXAMPLES * 40, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
@pytest.mark.fuzz
def test_any_bytes(request_: bytes, response: bytes) -> None:
    """No bytes of either side break a transcript."""
    list(show_requests(RopBuffer(request_, ())))
    list(show_responses(RopBuffer(request_, ()), [RopBuffer(response, ())]))
