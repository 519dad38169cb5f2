"""Every operation and every response: what is declared is what is read and written.

Statements are those of [MS-OXCROPS].
"""

from __future__ import annotations

import contextlib
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
from posthouse.protocols.mapi.rops.table import REQUESTS, RESPONSES
from posthouse.protocols.mapi.rops.transport import RopBackoff, RopBufferTooSmall, RopPending
from posthouse.protocols.mapi.structures import Structure

REQUEST_KINDS = [pytest.param(kind, id=kind.__name__) for kind in REQUESTS.values()]
RESPONSE_KINDS = [pytest.param(kind, id=kind.__name__) for kind in RESPONSES]
OTHERS = [pytest.param(kind, id=kind.__name__) for kind in (RopFailure, RopBackoff, RopBufferTooSmall, RopPending)]
THOROUGH = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("kind", REQUEST_KINDS)
@THOROUGH
@given(data=st.data())
def test_requests(kind: type[RopRequest], data: Any) -> None:
    """R12, R13: a request begins with its RopId and LogonId, and is read as it was written."""
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
@given(data=st.data())
def test_other_responses(kind: type[Structure], data: Any) -> None:
    """They are read as they were written."""
    response = data.draw(values_of(kind))
    _same(response, response.format())


def _same(value: Any, raw: bytes) -> None:
    reader = RowReader(raw, ROW_COLUMNS)
    assert type(value).read(reader) == value
    reader.done()


@pytest.mark.parametrize("kind", REQUEST_KINDS)
@given(data=st.data())
@pytest.mark.fuzz
def test_any_request(kind: type[RopRequest], data: Any) -> None:
    """R4551: whatever follows the RopId, it is an operation that is written as it came, or bad syntax."""
    raw = bytes([kind.ROP_ID]) + data.draw(st.binary(max_size=120))
    with contextlib.suppress(BadSyntax):
        for placed in parse_rops(raw):
            again = parse_rops(placed.request.format())
            assert [one.request for one in again] == [placed.request]


@pytest.mark.parametrize("kind", RESPONSE_KINDS)
@given(data=st.data())
@pytest.mark.fuzz
def test_any_response(kind: type[RopResponse], data: Any) -> None:
    """Whatever a server sends is a response, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        kind.read(RowReader(data.draw(st.binary(max_size=120)), ROW_COLUMNS))


def test_names() -> None:
    """A transcript can name every field: request or response begins with the prefix and goes on as the document."""
    for kind in REQUESTS.values():
        assert [field.name for field in fields(kind)][:2] == ["logon_id", "handle_index"]
        assert kind.__name__.endswith("Request")
    for response in RESPONSES:
        assert [field.name for field in fields(response)][:2] == ["handle_index", "return_value"]
