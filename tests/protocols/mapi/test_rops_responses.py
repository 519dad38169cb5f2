"""Lists of responses, as a client reads them. Statements are those of [MS-OXCROPS]."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structure_values import ROW_COLUMNS, values_of

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import format_row
from posthouse.protocols.mapi.rops import RopFailure, RopRequest, RopResponse, failure_of, parse_responses, parse_rops
from posthouse.protocols.mapi.rops.base import On
from posthouse.protocols.mapi.rops.fast_transfer import (
    RopFastTransferSourceGetBufferBusyResponse,
    RopFastTransferSourceGetBufferRequest,
    RopFastTransferSourceGetBufferResponse,
)
from posthouse.protocols.mapi.rops.folder import (
    DeleteFolderFlags,
    RopDeleteFolderRequest,
    RopDeleteFolderResponse,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopOpenFolderRequest,
    RopOpenFolderResponse,
)
from posthouse.protocols.mapi.rops.logon import (
    LogonFlags,
    RopLogonPublicResponse,
    RopLogonRedirectResponse,
    RopLogonRequest,
    RopLogonResponse,
)
from posthouse.protocols.mapi.rops.message_status import (
    RopGetMessageStatusRequest,
    RopSetMessageStatusResponse,
)
from posthouse.protocols.mapi.rops.moving import (
    RopMoveCopyMessagesNullDestinationResponse,
    RopMoveCopyMessagesRequest,
    RopMoveCopyMessagesResponse,
)
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags, TableEventType, TableModified
from posthouse.protocols.mapi.rops.property import (
    CopyFlags,
    RopCopyToNullDestinationResponse,
    RopCopyToRequest,
    RopGetPropertiesSpecificRequest,
    RopGetPropertiesSpecificResponse,
    RopProgressRequest,
    RopProgressResponse,
)
from posthouse.protocols.mapi.rops.registry import REQUESTS
from posthouse.protocols.mapi.rops.release import RopReleaseRequest
from posthouse.protocols.mapi.rops.responses import response_of
from posthouse.protocols.mapi.rops.stream import (
    RopOpenStreamRequest,
    RopReadStreamRequest,
    RopWriteStreamRequest,
    RopWriteStreamResponse,
    StreamOpenMode,
)
from posthouse.protocols.mapi.rops.table import (
    AsynchronousFlags,
    Bookmark,
    QueryRowsFlags,
    RopQueryRowsRequest,
    RopQueryRowsResponse,
    RopResetTableRequest,
    RopResetTableResponse,
    RopSetColumnsRequest,
    RopSetColumnsResponse,
)
from posthouse.protocols.mapi.rops.transport import RopBackoff, RopBufferTooSmall, RopPending
from posthouse.protocols.mapi.structures import Structure
from posthouse.protocols.mapi.tags import PidTagSubject

INBOX = ObjectId(1, 13)
OPEN = RopOpenFolderRequest(0, 0, 1, INBOX)
OPENED = RopOpenFolderResponse(1, False)
CONTENTS = RopGetContentsTableRequest(0, 1, 2)
COLUMNS = RopSetColumnsRequest(0, 2, AsynchronousFlags(0), ROW_COLUMNS)
QUERY = RopQueryRowsRequest(0, 2, QueryRowsFlags(0), True, 50)
ROWS = tuple(format_row(ROW_COLUMNS, (number,)) for number in range(3))
CHANGED = RopNotify(2, 0, TableModified(NotificationFlags.TABLE_MODIFIED, TableEventType.TABLE_CHANGED))
NULL_OBJECT = 0x4B9


def test_a_list() -> None:
    """R4573: responses in the order of the operations; RopRelease has none; notifications come at the end; rows
    are of the columns that were set in the same list."""
    requests = [OPEN, CONTENTS, RopReleaseRequest(0, 1), COLUMNS, QUERY]
    responses = [
        OPENED,
        RopGetContentsTableResponse(2, 3),
        RopSetColumnsResponse(2),
        RopQueryRowsResponse(2, Bookmark.BOOKMARK_END, ROWS),
        CHANGED,
        RopPending(1),
    ]
    answers = parse_responses(b"".join(response.format() for response in responses), requests)
    assert [answer.response for answer in answers] == responses
    assert [answer.request for answer in answers] == [OPEN, CONTENTS, COLUMNS, QUERY, None, None]


def test_columns_set_before() -> None:
    """Columns are those of the table, until it is reset."""
    rows = RopQueryRowsResponse(2, Bookmark.BOOKMARK_CURRENT, ROWS)
    assert parse_responses(rows.format(), [QUERY], {2: ROW_COLUMNS})[0].response == rows
    for columns in ({}, {1: ROW_COLUMNS}):
        with pytest.raises(BadSyntax):
            parse_responses(rows.format(), [QUERY], columns)
    reset = RopResetTableResponse(2).format()
    with pytest.raises(BadSyntax):
        parse_responses(reset + rows.format(), [RopResetTableRequest(0, 2), QUERY], {2: ROW_COLUMNS})


def test_values_asked_for() -> None:
    """R2702: of the columns that were asked for."""
    request = RopGetPropertiesSpecificRequest(0, 1, 0, True, (PidTagSubject,))
    response = RopGetPropertiesSpecificResponse(1, format_row((PidTagSubject,), ("Hi",)))
    assert parse_responses(response.format() + OPENED.format(), [request, OPEN])[0].response == response


def test_what_failed() -> None:
    """What builds on it fails as well; each has a response."""
    failures = [RopFailure(0x02, 1, 0x8004010F), RopFailure(0x05, 2, NULL_OBJECT), RopFailure(0x15, 2, NULL_OBJECT)]
    raw = b"".join(failure.format() for failure in failures)
    assert [answer.response for answer in parse_responses(raw, [OPEN, CONTENTS, QUERY])] == failures


def test_warnings() -> None:
    """MS-OXCDATA 2.4.1: a warning is a success, with all that a success has."""
    response = RopQueryRowsResponse(2, Bookmark.BOOKMARK_END, ROWS, return_value=0x00040380)
    assert parse_responses(response.format(), [QUERY], {2: ROW_COLUMNS})[0].response == response


def test_not_enough_room() -> None:
    """R4447: what was not done comes back, and nothing after it."""
    rest = CONTENTS.format() + QUERY.format()
    too_small = RopBufferTooSmall(0x9000, rest)
    answers = parse_responses(OPENED.format() + too_small.format(), [OPEN, CONTENTS, QUERY])
    assert [answer.response for answer in answers] == [OPENED, too_small]
    assert [placed.request for placed in parse_rops(rest)] == [CONTENTS, QUERY]


def test_back_off() -> None:
    """Instead of all responses."""
    assert parse_responses(RopBackoff(0, 5).format(), [OPEN])[0].response == RopBackoff(0, 5)


DELETE = RopDeleteFolderRequest(0, 0, DeleteFolderFlags(0), INBOX)
MOVE = RopMoveCopyMessagesRequest(0, 0, 7, (), False, False)
COPY = RopCopyToRequest(0, 0, 7, False, False, CopyFlags(0), ())
STREAM = RopOpenStreamRequest(0, 1, 2, PidTagSubject, StreamOpenMode.READ_ONLY)
GET_BUFFER = RopFastTransferSourceGetBufferRequest(0, 3, 0x1000)


@pytest.mark.parametrize(
    ("request_", "code", "response"),
    [
        (OPEN, NULL_OBJECT, RopFailure(0x02, 1, NULL_OBJECT)),
        (STREAM, 0x80040102, RopFailure(0x2B, 2, 0x80040102)),
        (DELETE, NULL_OBJECT, RopDeleteFolderResponse(0, False, return_value=NULL_OBJECT)),
        (MOVE, NULL_OBJECT, RopMoveCopyMessagesResponse(0, False, return_value=NULL_OBJECT)),
        (MOVE, 0x503, RopMoveCopyMessagesNullDestinationResponse(0, 7, False, return_value=0x503)),
        (COPY, 0x503, RopCopyToNullDestinationResponse(0, 7, return_value=0x503)),
        (COPY, NULL_OBJECT, RopFailure(0x39, 0, NULL_OBJECT)),
        (RopWriteStreamRequest(0, 4, b"x"), NULL_OBJECT, RopWriteStreamResponse(4, 0, return_value=NULL_OBJECT)),
        (GET_BUFFER, NULL_OBJECT, RopFastTransferSourceGetBufferResponse(3, return_value=NULL_OBJECT)),
        (GET_BUFFER, 0x480, RopFastTransferSourceGetBufferBusyResponse(3, return_value=0x480)),
        (RopGetMessageStatusRequest(0, 5, INBOX), NULL_OBJECT, RopFailure(0x20, 5, NULL_OBJECT)),
        (RopLogonRequest(0, 0), 0x478, RopLogonRedirectResponse(0, return_value=0x478)),
    ],
)
def test_failures(request_: RopRequest, code: int, response: Any) -> None:
    """What a response has although the operation failed; R20004: in the name of another operation."""
    assert failure_of(request_, code) == response
    assert parse_responses(response.format(), [request_])[0].response == response


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in REQUESTS.values()])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_every_failure(kind: type[RopRequest], data: Any) -> None:
    """R128, R130, R131, R133, R135, R160, R162 to R165, R167, R215, R217 to R220, R222, R243, R245 to R248, R250,
    R277, R279 to R282, R284, R321, R323 to R326, R328, R351, R353 to R356, R358, R381, R383 to R386, R388, R414, R416
    to R419, R421, R445, R447 to R450, R452, R491, R493 to R496, R498, R572, R574 to R577, R579, R645, R647 to R650,
    R652, R743, R745 to R748, R750, R1003, R1005 to R1008, R1010, R1036, R1038 to R1041, R1043, R1074, R1076 to R1079,
    R1081, R1115, R1117 to R1120, R1122, R1152, R1154 to R1157, R1159, R1193, R1195 to R1198, R1200, R1221, R1223 to
    R1225, R1227, R1229, R1250, R1252 to R1255, R1257, R1279, R1281 to R1284, R1286, R1315, R1317 to R1320, R1322,
    R1355, R1357 to R1360, R1362, R1405, R1407 to R1410, R1412, R1437, R1439 to R1442, R1444, R1487, R1489 to R1492,
    R1494, R1561, R1563 to R1566, R1568, R1590, R1592 to R1595, R1597, R1625, R1627 to R1630, R1632, R1660, R1662 to
    R1665, R1667, R1736, R1738 to R1740, R1742, R1744, R1781, R1783 to R1785, R1787, R1789, R1820, R1822 to R1824,
    R1826, R1828, R1934, R1936 to R1938, R1940, R1942, R1986, R1988 to R1990, R1992, R1994, R2025, R2027 to R2029,
    R2031, R2033, R2116, R2118 to R2120, R2122, R2124, R2176, R2178, R2179, R2182, R2184, R2282, R2285 to R2287, R2289,
    R2291, R2339, R2341, R2342, R2344, R2346, R2347, R2417, R2419 to R2421, R2423, R2425, R2539, R2541, R2542, R2545,
    R2547, R2624, R2626 to R2628, R2630, R2632, R2664, R2666 to R2668, R2670, R2672, R2705, R2707 to R2709, R2711,
    R2713, R2743, R2745 to R2747, R2749, R2751, R2777, R2779 to R2781, R2783, R2785, R2819, R2821 to R2823, R2825,
    R2827, R2861, R2863 to R2865, R2867, R2869, R2900, R2902 to R2904, R2906, R2908, R2944, R2946 to R2948, R2950,
    R2952, R2991, R2993 to R2995, R2997, R2999, R3050, R3052 to R3054, R3056, R3058, R3111, R3113 to R3115, R3117,
    R3119, R3147, R3149 to R3151, R3153, R3155, R3186, R3188 to R3190, R3192, R3194, R3296, R3298 to R3300, R3302,
    R3304, R3355, R3357 to R3359, R3361, R3363, R3980, R3982 to R3984, R3986, R3988, R4054, R4056 to R4058, R4060,
    R4062, R4136, R4138 to R4140, R4142, R4144, R4311, R4313 to R4315, R4317, R4319, R4632, R4634 to R4637, R4639,
    R4640, R4642 to R4645, R4647: a failure begins with RopId, the index that the request gave, and ReturnValue."""
    request = data.draw(values_of(kind))
    raw = failure_of(request, 0x80070005).format()
    assert raw[:6] == bytes([kind.RESPONSE_ID, request.response_index]) + bytes.fromhex("05000780")


def test_failures_that_are_cut_short() -> None:
    """Some servers leave out what should be there: at the end of a list that can be seen."""
    for request in (DELETE, MOVE, RopReadStreamRequest(0, 0, 5)):
        failure = RopFailure(request.ROP_ID, 0, NULL_OBJECT)
        assert parse_responses(failure.format(), [request])[0].response == failure


PRIVATE = values_of(RopLogonResponse, logon_flags=st.just(LogonFlags.PRIVATE), return_value=st.just(0))
PUBLIC = values_of(RopLogonPublicResponse, logon_flags=st.just(LogonFlags(0)), return_value=st.just(0))


@given(PRIVATE | PUBLIC)
def test_forms_of_a_logon(response: RopLogonResponse | RopLogonPublicResponse) -> None:
    """R51, R99: its flags say whether it is to public folders."""
    assert parse_responses(response.format(), [RopLogonRequest(0, 0)])[0].response == response


def test_progress() -> None:
    """R3120: an operation may go on, and whoever asks how far it is may be told its end."""
    progress = RopProgressResponse(1, 0, 2, 9)
    assert parse_responses(progress.format(), [DELETE])[0].response == progress
    done = RopDeleteFolderResponse(0, False)
    assert parse_responses(done.format(), [RopProgressRequest(0, 0, False)])[0].response == done


@pytest.mark.parametrize(
    "raw",
    [
        OPENED.format() * 2,
        RopGetContentsTableResponse(2, 3).format(),
        OPENED.format()[:5],
        OPENED.format()[:-1],
        b"\0",
        b"\x2a\0\0\0",
    ],
)
def test_no_responses(raw: bytes) -> None:
    """More than asked for, others than asked for, and what ends too soon."""
    with pytest.raises(BadSyntax):
        parse_responses(raw, [OPEN])


def test_every_operation() -> None:
    """Each has a response but RopRelease; R20004: one has that of another."""
    for kind in REQUESTS.values():
        found = response_of(kind)
        if kind not in (RopReleaseRequest, RopGetMessageStatusRequest):
            assert found is not None
            assert found.__name__ == kind.__name__.replace("Request", "Response")
    assert response_of(RopReleaseRequest) is None
    assert response_of(RopGetMessageStatusRequest) is RopSetMessageStatusResponse


def test_unknown_operations() -> None:
    """R4551: 0, and what is reserved or only a response, is no operation."""
    known = [number for number in range(256) if number in REQUESTS]
    assert len(known) == 128
    for number in set(range(256)) - set(known):
        with pytest.raises(BadSyntax):
            parse_rops(bytes([number]) + bytes(200))


PAIRS = [(request, response) for request in REQUESTS.values() if (response := response_of(request))]
EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "400"))
KNOWN: dict[type[Structure], dict[str, Any]] = {
    RopGetPropertiesSpecificRequest: {"property_tags": st.just(ROW_COLUMNS)},
    RopLogonResponse: {"logon_flags": st.just(LogonFlags.PRIVATE)},
}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.sampled_from(PAIRS), st.sampled_from([0, 0x00040380, NULL_OBJECT, 0x503]))
def test_any_answer(data: Any, pair: tuple[type[RopRequest], type[RopResponse]], code: int) -> None:
    """Whatever is answered, with or without success, the client reads it as it was meant, and what comes after it."""
    kind, answer = pair
    request = data.draw(values_of(kind, **KNOWN.get(kind, {})))
    if code in (0, 0x00040380) or (code == NULL_OBJECT and answer.ON is On.ALWAYS):
        response = data.draw(values_of(answer, return_value=st.just(code), **KNOWN.get(answer, {})))
    else:
        response = failure_of(request, code)
    answers = parse_responses(response.format() + CHANGED.format(), [request], {request.input_index: ROW_COLUMNS})
    assert answers == [(response, request), (CHANGED, None)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.sampled_from([OPEN, CONTENTS, COLUMNS, QUERY, DELETE, MOVE, GET_BUFFER])), st.binary(max_size=120))
@pytest.mark.fuzz
def test_anything(requests: list[RopRequest], raw: bytes) -> None:
    """Whatever a server sends is responses, or bad syntax."""
    for begin in (b"", *(bytes([request.RESPONSE_ID, 0, 0, 0, 0, 0]) for request in requests[:1])):
        with contextlib.suppress(BadSyntax):
            parse_responses(begin + raw, requests, {2: ROW_COLUMNS})
