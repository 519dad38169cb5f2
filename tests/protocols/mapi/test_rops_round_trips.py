"""Every operation and every response: what is declared is what is read and written.

Statements are those of [MS-OXCROPS].
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structure_values import ROW_COLUMNS, values_of

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.rops import parse_rops
from posthouse.protocols.mapi.rops.base import RopFailure, RopRequest, RopResponse
from posthouse.protocols.mapi.rops.notification import RopNotify
from posthouse.protocols.mapi.rops.registry import REQUESTS, RESPONSES
from posthouse.protocols.mapi.rops.transport import RopBackoff, RopBufferTooSmall, RopPending
from posthouse.protocols.mapi.structures import Structure

REQUEST_KINDS = [pytest.param(kind, id=kind.__name__) for kind in REQUESTS.values()]
RESPONSE_KINDS = [pytest.param(kind, id=kind.__name__) for kind in RESPONSES]
UNASKED = (RopFailure, RopBackoff, RopBufferTooSmall, RopNotify, RopPending)
OTHERS = [pytest.param(kind, id=kind.__name__) for kind in UNASKED]
EXAMPLES = int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "8"))
"""For each kind."""
THOROUGH = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=EXAMPLES * 50, deadline=None)


@pytest.mark.parametrize("kind", REQUEST_KINDS)
@THOROUGH
@given(data=st.data())
def test_requests(kind: type[RopRequest], data: Any) -> None:
    """A request begins with its RopId and LogonId, and is read as it was written."""
    rop = data.draw(values_of(kind))
    raw = rop.format()
    assert raw[:3] == bytes([kind.ROP_ID, rop.logon_id, rop.handle_index])
    [placed] = parse_rops(raw)
    assert (placed.request, placed.end) == (rop, len(raw))


@pytest.mark.parametrize("kind", RESPONSE_KINDS)
@THOROUGH
@given(data=st.data())
def test_responses(kind: type[RopResponse], data: Any) -> None:
    """A response begins with RopId, handle index and ReturnValue, and is read as it was written."""
    response = data.draw(values_of(kind))
    raw = response.format()
    assert raw[:6] == bytes([kind.ROP_ID, response.handle_index]) + response.return_value.to_bytes(4, "little")
    _same(response, raw)


@pytest.mark.parametrize("kind", OTHERS)
@THOROUGH
@given(data=st.data())
def test_other_responses(kind: type[Structure], data: Any) -> None:
    """They are read as they were written."""
    response = data.draw(values_of(kind))
    _same(response, response.format())


def _same(value: Any, raw: bytes) -> None:
    reader = RowReader(raw, ROW_COLUMNS)
    assert type(value).read(reader) == value
    reader.done()


@MANY
@given(st.sampled_from(sorted(REQUESTS)), st.binary(max_size=120))
@pytest.mark.fuzz
def test_any_request(number: int, rest: bytes) -> None:
    """R4551: whatever follows the RopId, it is an operation that can be written and read again, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        for placed in parse_rops(bytes([number]) + rest):
            [again] = parse_rops(placed.request.format())
            assert again.request == placed.request


@MANY
@given(st.sampled_from(RESPONSES), st.binary(max_size=120))
@pytest.mark.fuzz
def test_any_response(kind: type[RopResponse], raw: bytes) -> None:
    """Whatever a server sends is a response, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        kind.read(RowReader(raw, ROW_COLUMNS))


def test_names() -> None:
    """A transcript can name every field: request or response begins with the prefix and goes on as the document."""
    for kind in REQUESTS.values():
        assert [field.name for field in fields(kind)][:2] == ["logon_id", "handle_index"]
        assert kind.__name__.endswith("Request")
    for response in RESPONSES:
        assert [field.name for field in fields(response)][:2] == ["handle_index", "return_value"]
