"""The frame of MAPI over HTTP, in both directions."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.transport import (
    DONE,
    PENDING,
    PROCESSING,
    ResponseCode,
    format_failure,
    format_response_stream,
    parse_application,
    parse_response_stream,
)


def test_example() -> None:
    """MS-OXCMAPIHTTP R1131, R1134, R1136, R2231: tags, then headers, an empty line, the body."""
    head = b"PROCESSING\r\nDONE\r\nX-ElapsedTime: 12\r\nX-StartTime: Wed, 24 Nov 2021 12:34:56 GMT\r\n\r\n"
    headers = [("X-ElapsedTime", "12"), ("X-StartTime", "Wed, 24 Nov 2021 12:34:56 GMT")]
    assert format_response_stream([PROCESSING], headers, b"\0\1\r\n") == head + b"\0\1\r\n"
    parsed = parse_response_stream(head + b"\0\1\r\n")
    assert parsed.tags == ("PROCESSING", "DONE")
    assert parsed.headers == {name.lower(): value for name, value in headers}
    assert parsed.body == b"\0\1\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PROCESSING,
        PROCESSING + PENDING,
        DONE,
        DONE + b"X: 1\r\n",
        DONE + b"no header\r\n\r\n",
        b"WHAT\r\n\r\n",
        PROCESSING + b"\r\n",
        PENDING * 20000,
        DONE + b"X" * 5000,
    ],
)
def test_broken_streams(data: bytes) -> None:
    """Not whole, or not a stream."""
    with pytest.raises(BadSyntax):
        parse_response_stream(data)


@pytest.mark.parametrize(
    ("field", "version"),
    [
        ("Outlook/15.0.4815.1002", (15, 0, 4815, 1002)),
        ("Exchange/15.00.0847.4040", (15, 0, 847, 4040)),
        ("Tool/1.2.3", (1, 2, 3, 0)),
        ("", None),
        ("Outlook", None),
        ("Outlook/16", None),
        ("Outlook/1.2.3.4.5", None),
        ("Outlook/9999999999.0.0.0", None),
    ],
)
def test_versions(field: str, version: tuple[int, int, int, int] | None) -> None:
    """MS-OXCMAPIHTTP R165."""
    assert parse_application(field) == version


def test_codes() -> None:
    """MS-OXCMAPIHTTP R136 to R154: their numbers."""
    assert [code.value for code in ResponseCode] == list(range(19))
    assert ResponseCode.CONTEXT_NOT_FOUND == 10
    assert ResponseCode.INVALID_SEQUENCE == 15


def test_failure_body() -> None:
    """MS-OXCMAPIHTTP R220, R223, R221: as the published example of one."""
    assert format_failure(0x80004005) == bytes.fromhex("0540008000000000")


TAGS = st.lists(st.sampled_from([PROCESSING, PENDING]), max_size=10)
NAMES = st.from_regex(r"X-[A-Za-z]{1,20}", fullmatch=True)
VALUES = st.from_regex(r"[!-~]{1,40}", fullmatch=True)


@given(TAGS, st.dictionaries(NAMES.map(str.lower), VALUES, max_size=5), st.binary(max_size=100))
@pytest.mark.fuzz
def test_round_trip(tags: list[bytes], headers: dict[str, str], body: bytes) -> None:
    """What was formatted is read as it was."""
    parsed = parse_response_stream(format_response_stream(tags, headers.items(), body))
    assert (list(parsed.tags[:-1]), parsed.headers) == ([tag.decode().strip() for tag in tags], headers)
    assert parsed.body == body


@given(st.binary(max_size=200))
@pytest.mark.fuzz
def test_any_bytes(data: bytes) -> None:
    """Nothing but BadSyntax is raised."""
    for one in (data, PROCESSING + data, DONE + data):
        with contextlib.suppress(BadSyntax):
            parse_response_stream(one)
