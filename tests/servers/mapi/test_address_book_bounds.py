"""What one request may cost, however it is made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mapi_book import id_of, values_in
from mapi_session import organisation

from posthouse.database import Transaction
from posthouse.directory import Effort, Login, Sizes, add_account, add_group, set_attributes
from posthouse.directory.state import make_secret
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.body import Response
from posthouse.protocols.mapi.address_book.objects import DnToMIdRequest, ResolveNamesRequest
from posthouse.protocols.mapi.address_book.stat import Resolution, Stat
from posthouse.protocols.mapi.address_book.tables import (
    GetMatchesRequest,
    QueryRowsRequest,
    ResortRestrictionRequest,
    SeekEntriesRequest,
)
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import Content, Exist, FuzzyLow, Or, Property, RelOp
from posthouse.servers.mapi.address_book.book import MAX_LOOKUPS, Book
from posthouse.servers.mapi.address_book.identities import mid_of
from posthouse.servers.mapi.address_book.matches import get_matches
from posthouse.servers.mapi.address_book.names import resolve_names
from posthouse.servers.mapi.address_book.objects import dn_to_mid
from posthouse.servers.mapi.address_book.tables import query_rows, resort_restriction, seek_entries
from posthouse.testing import MailHub

EVERYBODY = 100
"""More than those of whom a name search looks at each (`listing.FEW`)."""
NAMES = MULTIPLE | PropertyType.STRING
REPORTS = PropertyTag(tags.PidTagAddressBookReports.id, NAMES)
MEMBERS = PropertyTag(tags.PidTagAddressBookMember.id, NAMES)
GROUPS = PropertyTag(tags.PidTagAddressBookIsMemberOfDistributionList.id, NAMES)
COUNT = tags.PidTagAddressBookDistributionListMemberCount


class Counted:
    """A transaction, and how often each statement was run."""

    def __init__(self, tx: Transaction) -> None:
        self.tx, self.runs = tx, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        def run(sql: str, *params: Any) -> Any:
            self.runs[sql] += 1
            return getattr(self.tx, name)(sql, *params)

        return run


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """A company in which all have one manager and nearly one name."""
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        hub.add_account("boss@example.org")

        def fill(tx: Transaction) -> None:
            make_secret(tx)
            set_attributes(tx, "boss@example.org", {"display-name": "Boss"})
            for number in range(EVERYBODY):
                shown = {"display-name": f"Ann Other {number}", "manager": "Boss@example.org", "title": "clerk"}
                add_account(tx, f"ann{number}@example.org", attributes=shown)
            for number in range(5):
                add_group(tx, f"clerks{number}@example.org", ["boss@example.org"], query="title=clerk")

        hub.write(fill)
        yield hub


def ask(hub: MailHub, work: Callable[[Book, Any], Response], request: Any, effort: int = MAX_LOOKUPS) -> Any:
    """The response, and how often the statement was run that was run most often."""

    def do(tx: Transaction) -> Any:
        counted: Any = Counted(tx)
        book = Book(counted, organisation(hub), Login(AccountId(1), "boss@example.org"), Sizes(), Effort(effort))
        return work(book, request), max(counted.runs.values(), default=0)

    return hub.read(do)


def test_reports_are_found_once(hub: MailHub) -> None:
    """The reports of a list of people are found by one look at everybody, and not by one for each."""
    response, most = ask(hub, query_rows, QueryRowsRequest(0, Stat(container_id=0x13), (), 200, (REPORTS,)))
    assert most < 10
    boss = next(row for row in values_in(response.rows) if isinstance(row, tuple))
    assert len(boss) == EVERYBODY


def test_queries_are_done_once(hub: MailHub) -> None:
    """So are the members of groups with the same query, and the groups with a query that somebody is in."""
    response, most = ask(hub, query_rows, QueryRowsRequest(0, Stat(container_id=0x12), (), 50, (MEMBERS, COUNT)))
    assert [count for _, count in response.rows.rows] == [EVERYBODY + 1] * 5
    assert {len(members) for members, _ in response.rows.rows} == {EVERYBODY + 1}
    assert most <= 2 * 5  # of those who are named
    response, _ = ask(hub, query_rows, QueryRowsRequest(0, Stat(container_id=0x13), (), 1, (GROUPS,)))
    assert len(values_in(response.rows)[0]) == 5


def test_members_are_no_end_of_effort(hub: MailHub) -> None:
    """Whoever is named is looked up as long as there is effort left."""
    request = GetMatchesRequest(0, Stat(container_id=0x12), None, 0, Or((Exist(MEMBERS),) * 20), None, 50)
    assert len(ask(hub, get_matches, request, 5)[0].mids) == 5
    with pytest.raises(LimitReached):
        ask(hub, get_matches, request, 4)


def test_names_are_no_end_of_effort(hub: MailHub) -> None:
    """A name of words that all have is looked at as long as there is effort left, and is not clear then."""
    texts = tuple(f"oth {number} an" for number in range(10, 14))
    request = ResolveNamesRequest(0, Stat(), (tags.PidTagDisplayName,), texts)
    assert ask(hub, resolve_names, request)[0].mids == (Resolution.RESOLVED,) * 4
    assert ask(hub, resolve_names, request, 0)[0].mids == (Resolution.AMBIGUOUS,) * 4


def test_names_in_restrictions(hub: MailHub) -> None:
    """So it is with those of a restriction, however many there are."""
    anr = tags.PidTagAnr
    called = tuple(Property(RelOp.EQ, anr, TaggedValue(anr, f"oth {number} an")) for number in range(10, 90))
    request = GetMatchesRequest(0, Stat(), None, 0, Or(called), None, 100)
    assert len(ask(hub, get_matches, request)[0].mids) == 80


class Folded(str):
    """A text that knows how often it was made ready to be compared."""

    times = 0

    def isascii(self) -> bool:
        self.times += 1
        return super().isascii()


@pytest.mark.parametrize("tag", [tags.PidTagDisplayName, tags.PidTagAddressBookProxyAddresses])
def test_what_is_looked_for_is_made_ready_once(hub: MailHub, tag: PropertyTag) -> None:
    """And not for everybody: it may be as long as a request."""
    single = PropertyTag(tag.id, PropertyType.STRING)
    text = Folded("\u00fc" * 100)
    value = TaggedValue(single, text)
    for asked in (Property(RelOp.GT, tag, value), Content(FuzzyLow.SUBSTRING, 1, tag, value)):
        text.times = 0
        response, _ = ask(hub, get_matches, GetMatchesRequest(0, Stat(), None, 0, asked, None, 1_000))
        assert len(response.mids) == 0
        assert text.times < 5


def test_a_hundred_thousand_names(hub: MailHub) -> None:
    """As many DNs as there can be in a request cost nothing but a comparison each while they are nobody's."""
    response, most = ask(hub, dn_to_mid, DnToMIdRequest(0, ("/o=x",) * 100_000))
    assert response.mids == (0,) * 100_000
    assert most == 0
    dn = organisation(hub).dn_of(id_of(hub, "boss@example.org"))
    assert len(set(ask(hub, dn_to_mid, DnToMIdRequest(0, (dn, dn.upper())))[0].mids)) == 1


def test_a_hundred_thousand_rows(hub: MailHub) -> None:
    """Who stands in an Explicit Table many times is looked up once (MS-OXNSPI R1198: and has as many rows)."""
    boss, clerks = (mid_of(id_of(hub, f"{name}@example.org")) for name in ("boss", "clerks0"))
    mids = (clerks,) + (boss,) * 99_999
    response, most = ask(hub, resort_restriction, ResortRestrictionRequest(0, Stat(), mids))
    assert response.mids == mids[::-1]
    assert most == 2
    name = TaggedValue(tags.PidTagDisplayName, "c")
    response, most = ask(hub, seek_entries, SeekEntriesRequest(0, Stat(), name, mids[::-1]))
    assert (response.state.current_rec, response.state.num_pos) == (clerks, 99_999)
    assert most == 2
