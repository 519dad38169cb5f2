"""How much of the address book comes at once, over HTTPS. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_book import BookClient, values_in

from posthouse.database import Transaction
from posthouse.directory import ValueName, find_principal, set_attributes, set_values
from posthouse.protocols.mapi.address_book.objects import GetPropsRequest, ResolveNamesRequest
from posthouse.protocols.mapi.address_book.stat import Position, Stat
from posthouse.protocols.mapi.address_book.tables import GetMatchesRequest, QueryRowsRequest, SeekEntriesRequest
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.tags import PidTagDisplayName, PidTagThumbnailPhoto
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

PHOTO = bytes(200_000)
EVERYBODY = [f"alice{number:02}" for number in range(30)]
"""Six megabytes of photos: more than fits."""
COLUMNS = (PidTagDisplayName, PidTagThumbnailPhoto)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        hub.add_account("alice@example.org")
        for name in EVERYBODY:
            hub.add_account(f"{name}@example.org")
        hub.write(show)
        yield hub


def show(tx: Transaction) -> None:
    set_attributes(tx, "alice@example.org", {"hidden": "true"})
    for name in EVERYBODY:
        found = find_principal(tx, f"{name}@example.org")
        assert found is not None
        set_values(tx, found.id, ValueName.PHOTO, [PHOTO])


@pytest.fixture
def book(hub: MailHub) -> BookClient:
    return BookClient(hub)


def test_a_list_comes_in_parts(book: BookClient) -> None:
    """R918, R962, R988: as many rows as there is room for, and the STAT says where the others are."""
    state, found = Stat(), list[str]()
    while state.current_rec != Position.END_OF_TABLE:
        response = book.ask(QueryRowsRequest(0, state, (), 100, COLUMNS))
        names = [name for name, _ in response.rows.rows]
        assert 0 < len(names) < len(EVERYBODY)
        found += names
        state = response.state
        assert state.num_pos == len(found)
    assert found == EVERYBODY
    assert values_in(book.ask(QueryRowsRequest(0, Stat(), (), 100, COLUMNS[:1])).rows) == EVERYBODY


def test_rows_of_other_requests(book: BookClient) -> None:
    """R1695, R1696: as many as QueryRows has."""
    rows = book.ask(QueryRowsRequest(2, Stat(), (), 100, COLUMNS)).rows
    matches = book.ask(GetMatchesRequest(0, Stat(), None, 0, Exist(PidTagDisplayName), None, 100, COLUMNS))
    assert (len(matches.mids), matches.rows) == (len(EVERYBODY), rows)
    assert book.ask(QueryRowsRequest(2, Stat(), matches.mids, 100, COLUMNS)).rows == rows
    sought = book.ask(SeekEntriesRequest(0, Stat(), TaggedValue(PidTagDisplayName, "a"), None, COLUMNS))
    assert sought.rows == rows
    resolving = ResolveNamesRequest(0, Stat(), COLUMNS, tuple(EVERYBODY))
    assert book.error(resolving) == ErrorCode.ecTableTooBig
    assert book.ask(ResolveNamesRequest(0, Stat(), COLUMNS[:1], tuple(EVERYBODY))).mids == (2,) * len(EVERYBODY)


def test_one_row_that_is_too_large(book: BookClient) -> None:
    """R662, R982: the same value so many times is NotEnoughMemory, here and there."""
    alice = book.mid("alice00@example.org")
    columns = (PidTagThumbnailPhoto,) * 500
    assert book.error(GetPropsRequest(0, Stat(current_rec=alice), columns)) == ErrorCode.ecMemory
    assert book.error(QueryRowsRequest(0, Stat(current_rec=alice), (), 1, columns)) == ErrorCode.ecMemory
    assert len(book.ask(GetPropsRequest(0, Stat(current_rec=alice), columns[:5])).values) == 5
