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
from posthouse.protocols.mapi.rops.stream import RopReadStreamRequest, RopWriteStreamRequest, RopWriteStreamResponse
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
    """R4549, R4573: responses in the order of the operations; RopRelease has none; notifications come at the end; rows
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
    """R4563: what builds on it fails as well; each has a response."""
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
    """R4515: instead of all responses."""
    assert parse_responses(RopBackoff(0, 5).format(), [OPEN])[0].response == RopBackoff(0, 5)


DELETE = RopDeleteFolderRequest(0, 0, DeleteFolderFlags(0), INBOX)
MOVE = RopMoveCopyMessagesRequest(0, 0, 7, (), False, False)
COPY = RopCopyToRequest(0, 0, 7, False, False, CopyFlags(0), ())
GET_BUFFER = RopFastTransferSourceGetBufferRequest(0, 3, 0x1000)


@pytest.mark.parametrize(
    ("request_", "code", "response"),
    [
        (OPEN, NULL_OBJECT, RopFailure(0x02, 1, NULL_OBJECT)),
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
    """R675, R780, R951, R1813, R2046, R3255, R3732, R20004: what a response has although the operation failed."""
    assert failure_of(request_, code) == response
    assert parse_responses(response.format(), [request_])[0].response == response


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
