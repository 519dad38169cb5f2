"""Responses as a client reads them, and those of operations that failed – [MS-OXCROPS] 2.2.2, 3.1.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.property_rows import RowReader
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.reader import Reader

from .base import On, RopFailure, RopRequest, RopResponse, succeeded
from .notification import RopNotify
from .property import RopGetPropertiesSpecificRequest, RopProgressRequest, RopProgressResponse
from .registry import RESPONSES
from .release import RopReleaseRequest
from .table import RopResetTableRequest, RopSetColumnsRequest
from .transport import RopBackoff, RopBufferTooSmall, RopPending

Unasked = RopNotify | RopPending | RopBackoff | RopBufferTooSmall
_UNASKED: dict[int, type[Unasked]] = {0x2A: RopNotify, 0x6E: RopPending, 0xF9: RopBackoff, 0xFF: RopBufferTooSmall}
_PREFIX = 6

_USUAL: dict[int, type[RopResponse]] = {}
_ON: dict[tuple[int, int], type[RopResponse]] = {}
"""Those after one ReturnValue alone."""
for _kind in RESPONSES:
    if isinstance(_kind.ON, On):
        _USUAL.setdefault(_kind.ROP_ID, _kind)
    else:
        _ON[_kind.ROP_ID, _kind.ON] = _kind


def response_of(kind: type[RopRequest]) -> type[RopResponse] | None:
    """What an operation answers when it succeeds. None: it never answers."""
    return _USUAL.get(kind.RESPONSE_ID)


def failure_of(request: RopRequest, return_value: int) -> RopFailure | RopResponse:
    """The response of an operation that did nothing: some have more than the prefix even then."""
    number, index = request.RESPONSE_ID, request.response_index
    special = _ON.get((number, return_value))
    if special is not None and hasattr(request, "dest_handle_index"):
        return special(index, return_value=return_value, dest_handle_index=request.dest_handle_index)  # type: ignore[call-arg]
    kind = special or _USUAL.get(number)
    if kind is None or kind.ON is On.SUCCESS:
        return RopFailure(number, index, return_value)
    return kind(index, return_value=return_value)


class Answer(NamedTuple):
    response: RopResponse | RopFailure | Unasked
    request: RopRequest | None
    """None: nobody asked for it."""


def parse_responses(
    raw: bytes, requests: Sequence[RopRequest], columns: Mapping[int, Sequence[PropertyTag]] | None = None
) -> list[Answer]:
    """In their order. Fewer than requests when the last is a RopBufferTooSmall or a RopBackoff. `columns`: those of
    tables that were set before these requests, by handle index."""
    return list(_Responses(raw, requests, dict(columns or {})))


class _Responses:
    def __init__(self, raw: bytes, requests: Sequence[RopRequest], columns: dict[int, Sequence[PropertyTag]]) -> None:
        self._reader = RowReader(raw, ())
        self._waiting = iter([rop for rop in requests if not isinstance(rop, RopReleaseRequest)])
        self._columns = columns

    def __iter__(self) -> Iterator[Answer]:
        reader = self._reader
        while reader.left:
            unasked = _UNASKED.get(reader.data[reader.at])
            yield Answer(unasked.read(reader), None) if unasked else self._asked()

    def _asked(self) -> Answer:
        number = self._reader.data[self._reader.at]
        request = next(self._waiting, None)
        if request is None or not _answers(number, request):
            raise BadSyntax("the response of an operation that was asked for", self._reader.at)
        self._reader.columns = self._columns_of(request)
        response = _read_response(self._reader, number)
        self._note(request, response)
        return Answer(response, request)

    def _columns_of(self, request: RopRequest) -> Sequence[PropertyTag]:
        if isinstance(request, RopGetPropertiesSpecificRequest):
            return request.property_tags
        return self._columns.get(request.input_index, ())

    def _note(self, request: RopRequest, response: RopResponse | RopFailure) -> None:
        """Which columns the next rows will have."""
        if isinstance(response, RopFailure):
            return
        if isinstance(request, RopSetColumnsRequest):
            self._columns[request.input_index] = request.property_tags
        elif isinstance(request, RopResetTableRequest):
            self._columns.pop(request.input_index, None)
        elif request.output_index is not None:
            self._columns.pop(request.output_index, None)


def _answers(number: int, request: RopRequest) -> bool:
    """An operation may go on, and say so; who asks how far it is may get its response."""
    goes_on = number == RopProgressResponse.ROP_ID or isinstance(request, RopProgressRequest)
    return number == request.RESPONSE_ID or (goes_on and number in _USUAL)


def _read_response(reader: Reader, number: int) -> RopResponse | RopFailure:
    if reader.left < _PREFIX:
        raise BadSyntax("a whole response", reader.at)
    return_value = int.from_bytes(reader.data[reader.at + 2 : reader.at + _PREFIX], "little")
    kind = _ON.get((number, return_value), _USUAL[number])
    failed = not succeeded(return_value)
    if failed and (kind.ON is On.SUCCESS or reader.left == _PREFIX):  # some servers leave out what should be there
        return RopFailure.read(reader)
    return kind.form_of(reader).read(reader)
