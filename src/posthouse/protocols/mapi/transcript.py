"""Operations and their responses as lines of a transcript: for people who want to know what a client asks.

RopOpenFolder handle_index=0(0x1) output_handle_index=1 folder_id=1-4
RopOpenFolder ecSuccess handle_index=1(0x2) has_rules=false
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields
from typing import Any

from posthouse.model.refusals import BadSyntax

from .error_codes import name_of
from .property_names import PropertyName
from .property_rows import Cell, read_row
from .property_values import PropertyTag
from .reader import Reader
from .rop_buffer import EMPTY, RopBuffer
from .rops import RopRequest, parse_rops
from .rops.base import RopFailure, RopResponse
from .rops.property import RopGetPropertiesSpecificRequest
from .rops.registry import REQUESTS
from .rops.responses import Answer, parse_responses
from .rops.table import RopSetColumnsRequest, RopSetColumnsResponse
from .transcript_values import Words

LINE = 2000
"""Characters of a line, at most."""
_NAMES = {number: kind.__name__.removesuffix("Request") for number, kind in REQUESTS.items()}
_LEFT_OUT = ("return_value", "rop_id")

Columns = Mapping[int, Sequence[PropertyTag]]
Names = Mapping[int, Mapping[int, PropertyName]]
"""LogonId → id of a property → its name, as far as they are known."""
NO_NAMES: Names = {}


def show_request(name: str, body: Any) -> str:
    """The body of a request that carries no operations."""
    return _line(name, Words().fields(body))


def show_answer(name: str, body: Any) -> str:
    """`body`: may be nothing but its error code."""
    if isinstance(body, int):
        return _line(name, name_of(body))
    return _line(name, _CODES.get(name, name_of)(body.error_code), Words().fields(body, ("error_code",)))


_CODES: Mapping[str, Callable[[int], str]] = {"Unbind": lambda code: "UnbindSuccess" if code == 1 else name_of(code)}
"""Of requests whose codes are of their own."""


def show_requests(buffer: RopBuffer, public: Set[int] = frozenset(), names: Names = NO_NAMES) -> Iterator[str]:
    """A line for each operation. `public`: LogonIds of public folders."""
    try:
        placed = parse_rops(buffer.rops, public)
    except BadSyntax as error:
        yield f"{len(buffer.rops)} bytes of operations that cannot be read: {error}"
        return
    for request, _, _ in placed:
        shown = _fields(request, buffer.handles, {}, _words(names, request))
        yield _line(type(request).__name__.removesuffix("Request"), shown)


def show_responses(
    asked: RopBuffer,
    answered: Sequence[RopBuffer],
    columns: Columns | None = None,
    public: Set[int] = frozenset(),
    names: Names = NO_NAMES,
) -> Iterator[str]:
    """A line for each response, in all buffers that came for one list of operations. `columns`: of tables, by handle
    index, that were set before."""
    try:
        requests: list[RopRequest] = [placed.request for placed in parse_rops(asked.rops, public)]
    except BadSyntax:
        return
    known = dict(columns or {})
    for number, buffer in enumerate(answered):
        try:
            answers = parse_responses(buffer.rops, requests if number == 0 else requests[-1:], known)
        except BadSyntax as error:
            yield f"{len(buffer.rops)} bytes of responses that cannot be read: {error}"
            return
        for answer in answers:
            yield _answer(answer, buffer.handles, known, _words(names, answer.request))


def _words(names: Names, request: RopRequest | None) -> Words:
    return Words(None if request is None else names.get(request.logon_id))


def _answer(answer: Answer, handles: Sequence[int], known: dict[int, Sequence[PropertyTag]], words: Words) -> str:
    response, request = answer
    if isinstance(response, RopSetColumnsResponse) and isinstance(request, RopSetColumnsRequest):
        known[request.input_index] = request.property_tags
    rows = dict(_rows(response, request, known, words))
    text = _fields(response, handles, rows, words)
    if isinstance(response, RopFailure):
        return _line(_NAMES.get(response.rop_id, f"{response.rop_id:#04x}"), name_of(response.return_value), text)
    name = type(response).__name__.removesuffix("Response")
    return _line(name, name_of(response.return_value), text) if isinstance(response, RopResponse) else _line(name, text)


def _rows(response: Any, request: RopRequest | None, known: Columns, words: Words) -> Iterator[tuple[str, str]]:
    """Those fields that are rows, by their columns."""
    if request is None:
        return
    if isinstance(request, RopGetPropertiesSpecificRequest):
        columns: Sequence[PropertyTag] = request.property_tags
    else:
        columns = known.get(request.input_index, ())
    if columns and isinstance(row := getattr(response, "row", None), bytes):
        yield "row", words.row(columns, _row(columns, row))
    if columns and isinstance(several := getattr(response, "rows", None), tuple):
        yield "rows", words.rows(columns, [_row(columns, row) for row in several])


def _row(columns: Sequence[PropertyTag], row: bytes) -> Sequence[Cell]:
    return read_row(Reader(row), columns)


def _fields(operation: Any, handles: Sequence[int], instead: Mapping[str, str], words: Words) -> str:
    shown = []
    for one in fields(operation):
        value = getattr(operation, one.name)
        if one.name in _LEFT_OUT or value is None or (one.name == "logon_id" and not value):
            continue
        if one.name.endswith("handle_index"):
            shown.append(f"{one.name}={_index(value, handles)}")
        else:
            shown.append(f"{one.name}={instead.get(one.name) or words.show(value)}")
    return " ".join(shown)


def _index(index: int, handles: Sequence[int]) -> str:
    """With the handle that stands there."""
    there = handles[index] if index < len(handles) else EMPTY
    return str(index) if there == EMPTY else f"{index}({there:#x})"


def _line(*parts: str) -> str:
    text = " ".join(part for part in parts if part)
    return text if len(text) <= LINE else f"{text[:LINE]}… {len(text) - LINE} characters more"
