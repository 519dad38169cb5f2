"""Every operation is on the wire what the document lists: `tests/layouts/rops`, and the statements named there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from re import sub
from typing import Any
from uuid import UUID

import pytest
from rop_layouts import Form, read_layouts

from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType
from posthouse.protocols.mapi.rop_buffer import RopBuffer, parse_rop_buffer
from posthouse.protocols.mapi.rops import RopRequest, parse_rops, transport
from posthouse.protocols.mapi.rops.registry import FAMILIES, REQUESTS
from posthouse.protocols.mapi.rops.responses import parse_responses
from posthouse.protocols.mapi.structures import Structure

FORMS = read_layouts()
ASKED = {form.rop: form for form in FORMS if form.name == "request"}
LOGON = 5
ROW_COLUMNS = (PropertyTag(0x0E07, PropertyType.INTEGER32),)
"""Of the rows in the examples."""
STRUCTURES: dict[str, type[Structure]] = {
    name: kind
    for family in (*FAMILIES, transport)
    for name, kind in vars(family).items()
    if isinstance(kind, type) and issubclass(kind, Structure)
}


def chosen(*beginnings: str) -> list[Any]:
    return [pytest.param(form, id=str(form)) for form in FORMS if form.name.startswith(beginnings)]


def request_of(form: Form) -> RopRequest:
    [placed] = parse_rops(form.raw, public={LOGON} if "public" in form.name else frozenset())
    return placed.request


@pytest.mark.parametrize("form", chosen("request"))
def test_requests(form: Form) -> None:
    """A request is read as its list of fields, and written as it was read."""
    request = request_of(form)
    assert type(request).__name__ == form.rop + "Request"
    assert request.format() == form.raw
    indices = {one.name: one.raw[0] for one in form.fields if one.name.endswith("HandleIndex")}
    worked_on = indices.get("InputHandleIndex", indices.get("SourceHandleIndex"))
    assert worked_on in (None, request.input_index)
    assert indices.get("OutputHandleIndex") == request.output_index
    check_fields(form, request)


@pytest.mark.parametrize("form", chosen("success", "failure", "response", "null", "redirect"))
def test_responses(form: Form) -> None:
    """A response is read as its list of fields, and written as it was read."""
    asked = ASKED.get(form.rop)
    requests = [request_of(asked)] if asked else []
    [(response, _)] = parse_responses(form.raw, requests, {1: ROW_COLUMNS})
    assert response.format() == form.raw
    check_fields(form, response)
    assert (type(response).__name__ == "RopFailure") == (form.name == "failure")


@pytest.mark.parametrize("form", chosen("structure"))
def test_structures(form: Form) -> None:
    """The same of what is within requests and responses."""
    reader = RowReader(form.raw, ())
    value = STRUCTURES[form.name.split()[1]].read(reader)
    reader.done()
    assert value.format() == form.raw
    check_fields(form, value)


def test_what_is_around_them() -> None:
    """MS-OXCROPS R6, R7, R11, R4669, R4671, R4673, R4674, R4675: a size that counts itself and the operations, the
    operations, and handles of four bytes to the end."""
    buffer = RopBuffer(bytes.fromhex("01 00 01"), (5, 0xFFFFFFFF))
    raw = bytes.fromhex("0500 010001 05000000 FFFFFFFF")
    assert (buffer.format(), parse_rop_buffer(raw)) == (raw, buffer)


def test_all_are_listed() -> None:
    """MS-OXCROPS R14: one byte says which operation it is, and every operation that we know is in the lists."""
    listed = {form.rop: form.fields[0].raw[0] for form in FORMS if form.name == "request"}
    assert {kind.__name__.removesuffix("Request"): number for number, kind in REQUESTS.items()} == listed
    answered = {form.rop for form in FORMS if form.name.startswith(("success", "response"))}
    assert set(listed) - answered == {"RopRelease"}


IMPLIED = ("Count", "Size")
"""Fields that say how many or how much there is of the next."""
THERE_OR_NOT = {"IsGhosted", "IsExistingFolder", "HasMessageId", "HasRowData", "ReadStatusChanged", "HasGuid"}
"""Fields that say whether the next are there at all."""


def check_fields(form: Form, value: Structure) -> None:
    """Each field of a fixed size is what its name says: the attribute of that name has just these bytes."""
    held = dict(_held(value))
    for one in form.fields:
        name = sub(r"(?<=[a-z])(?=[A-Z])", "_", one.name).lower()
        if one.size is None or one.name == "RopId":
            continue
        if name in held:
            assert _wire(held[name], one.size) == one.raw, one
        else:
            assert one.name.endswith(IMPLIED) or one.name in THERE_OR_NOT, f"{one.name} is not in {held}"


def _held(value: Structure) -> Iterator[tuple[str, Any]]:
    """By name, also what is within other structures; the third byte of operations has several names."""
    given = {declared.name: getattr(value, declared.name) for declared in fields(value)}  # type: ignore[arg-type]
    for held in given.values():
        if isinstance(held, Structure):
            yield from _held(held)
    if "handle_index" in given:
        yield from dict.fromkeys(THIRD_BYTE, given["handle_index"]).items()
    yield from given.items()


THIRD_BYTE = ("input_handle_index", "source_handle_index", "output_handle_index", "response_handle_index")


def _wire(value: Any, size: int) -> bytes:
    """Numbers are little-endian (MS-OXCROPS R3), but for the counters of ids."""
    match value:
        case PropertyTag():
            return (value[0] << 16 | value[1]).to_bytes(size, "little")
        case int():
            return value.to_bytes(size, "big" if size == GLOBAL_COUNT else "little", signed=value < 0)
        case bytes():
            return value
        case UUID():
            return value.bytes_le
        case tuple() if not hasattr(value, "format"):
            return b"".join(_wire(item, size // len(value)) for item in value)
    formatted: bytes = value.format()
    return formatted


GLOBAL_COUNT = 6
