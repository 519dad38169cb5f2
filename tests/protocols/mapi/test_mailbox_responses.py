"""Bodies of the mailbox endpoint as a client reads and writes them. Statements are those of [MS-OXCMAPIHTTP]."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.auxiliary import connect_blocks
from posthouse.protocols.mapi.mailbox import (
    ConnectResponse,
    ExecuteResponse,
    format_disconnect_response,
    format_notification_wait_response,
    parse_disconnect,
    parse_notification_wait,
)
from posthouse.protocols.mapi.mailbox_responses import (
    RpcStatus,
    Waited,
    format_disconnect,
    format_notification_wait,
    parse_connect_response,
    parse_disconnect_response,
    parse_execute_response,
    parse_notification_wait_response,
)
from posthouse.protocols.mapi.transport import format_failure

EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "5"))
PARSERS: list[Callable[[bytes], Any]] = [
    parse_connect_response,
    parse_execute_response,
    parse_notification_wait_response,
    parse_disconnect_response,
]


@pytest.mark.parametrize(
    "response",
    [
        ConnectResponse(),
        ConnectResponse(0x3EB),
        ConnectResponse(0, 1, 2, 3, "/o=x", "Zoë", connect_blocks(public_folders=False)),
    ],
)
def test_connect(response: ConnectResponse) -> None:
    """2.2.4.1.2."""
    assert parse_connect_response(response.format()) == response


def test_connect_that_failed() -> None:
    """Some servers say nothing behind the error code."""
    assert parse_connect_response(pack("<II", 0, 0x80070005)).error_code == 0x80070005


@pytest.mark.parametrize("response", [ExecuteResponse(0, b"operations"), ExecuteResponse(0x4B6)])
def test_execute(response: ExecuteResponse) -> None:
    """2.2.4.2.2."""
    assert parse_execute_response(response.format()) == response


def test_the_others() -> None:
    """2.2.4.3, 2.2.4.4."""
    assert parse_notification_wait_response(format_notification_wait_response(True)) == Waited(0, True)
    assert parse_notification_wait_response(format_notification_wait_response(False, 5)) == Waited(5, False)
    assert parse_disconnect_response(format_disconnect_response(7)) == 7
    assert parse_disconnect(format_disconnect()).auxiliary_buffer == b""
    assert parse_notification_wait(format_notification_wait()).auxiliary_buffer == b""


@pytest.mark.parametrize("parse", PARSERS)
def test_a_status(parse: Callable[[bytes], Any]) -> None:
    """2.2.4.1.3: when StatusCode is not 0 there is nothing else."""
    with pytest.raises(RpcStatus) as failed:
        parse(format_failure(0x6F7))
    assert failed.value.status == 0x6F7


@pytest.mark.parametrize("parse", PARSERS)
def test_what_is_behind_the_end(parse: Callable[[bytes], Any]) -> None:
    """A body ends with its auxiliary buffer."""
    bodies = {
        parse_connect_response: ConnectResponse().format(),
        parse_execute_response: ExecuteResponse().format(),
        parse_notification_wait_response: format_notification_wait_response(True),
        parse_disconnect_response: format_disconnect_response(),
    }
    for body in (bodies[parse] + b"\0", bodies[parse][:-1]):
        with pytest.raises(BadSyntax):
            parse(body)


@settings(max_examples=EXAMPLES * 40, deadline=None)
@given(st.sampled_from(PARSERS), st.binary(max_size=120))
@pytest.mark.fuzz
def test_any_bytes(parse: Callable[[bytes], Any], rest: bytes) -> None:
    """Whatever a server says is a response or bad syntax."""
    for body in (rest, bytes(4) + rest):
        with contextlib.suppress(BadSyntax):
            parse(body)
