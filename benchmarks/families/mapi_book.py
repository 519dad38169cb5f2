"""MAPI: an address book of 100,000 people – paged through, looked up, searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from struct import unpack_from

from benchmarks.families.mapi import Client
from benchmarks.mail import BOOK, FILL, USERS, person
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.body import Request
from posthouse.protocols.mapi.address_book.objects import ResolveNamesRequest
from posthouse.protocols.mapi.address_book.session import BindRequest
from posthouse.protocols.mapi.address_book.stat import Position, Stat
from posthouse.protocols.mapi.address_book.tables import (
    GetMatchesRequest,
    QueryRowsRequest,
    SeekEntriesRequest,
    UpdateStatRequest,
)
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp

PEOPLE = FILL[BOOK][0]
PAGE, TIMES, MOST = 50, 200, 2_000
PATH = "/mapi/nspi/"
COLUMNS = (
    *(tags.PidTagEntryId, tags.PidTagDisplayName, tags.PidTagSmtpAddress, tags.PidTagTitle),
    *(tags.PidTagDepartmentName, tags.PidTagDisplayType, tags.PidTagObjectType),
)
STAT = Stat(total_recs=PEOPLE)
_CODE = 4
"""Where a response tells its error code."""


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    if "http" not in side.ports:
        return
    for name, type, request in (
        (f"a page of {PAGE} from any place", "QueryRows", _page),
        ("to any place", "UpdateStat", _place),
        (f"to a name, and {PAGE} rows", "SeekEntries", _seek),
        ("one name resolved", "ResolveNames", _resolve),
        ("two words searched, one found", "GetMatches", _search),
    ):
        work = partial(_asked, side.ports["http"], type, [request(number) for number in range(TIMES)])
        yield (
            Row(f"MAPI address book of {PEOPLE:,}: {name}", CPU),
            side.measure(lambda _, work=work: work, TIMES),  # type: ignore[misc]
        )


async def _asked(port: int, type: str, requests: Sequence[Request], start: Callable[[], None]) -> None:
    client = await Client.open(port, USERS[0])
    await client.post("Bind", BindRequest(state=Stat()).format(), PATH)
    bodies = [request.format() for request in requests]
    start()
    for body in bodies:
        answer = (await client.post(type, body, PATH)).partition(b"\r\n\r\n")[2]
        assert unpack_from("<II", answer) == (0, 0), answer[: 2 * _CODE]


def _somebody(number: int) -> int:
    """All over the book."""
    return number * 7919 % PEOPLE


def _page(number: int) -> Request:
    return QueryRowsRequest(0, replace(STAT, delta=_somebody(number)), (), PAGE, COLUMNS)


def _place(number: int) -> Request:
    return UpdateStatRequest(0, replace(STAT, current_rec=Position.CURRENT, num_pos=_somebody(number)), True)


def _seek(number: int) -> Request:
    name = person(_somebody(number))[1]
    return SeekEntriesRequest(0, STAT, TaggedValue(tags.PidTagDisplayName, name), None, COLUMNS)


def _resolve(number: int) -> Request:
    return ResolveNamesRequest(0, STAT, COLUMNS, (person(_somebody(number))[1],))


def _search(number: int) -> Request:
    first, _, third = person(_somebody(number))[1].split()
    words = f"{first} {third}"
    condition = Property(RelOp.EQ, tags.PidTagAnr, TaggedValue(tags.PidTagAnr, words))
    return GetMatchesRequest(0, STAT, None, 0, condition, None, MOST, COLUMNS)
