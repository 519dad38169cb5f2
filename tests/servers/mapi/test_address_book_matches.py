"""GetMatches over HTTPS: restrictions, and what properties name. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from mapi_book import ORDER, BookClient, values_in

from posthouse.directory import DELEGATE, add_contact, change_links, find_principal, remove_contact
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.objects import ResolveNamesRequest
from posthouse.protocols.mapi.address_book.stat import SortType, Stat
from posthouse.protocols.mapi.address_book.tables import (
    GetMatchesRequest,
    PropertyName,
    QueryRowsRequest,
    SeekEntriesRequest,
)
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Comment,
    CompareProperties,
    Content,
    Count,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
    Size,
    SubObject,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

NAME, TITLE, SMTP = tags.PidTagDisplayName, tags.PidTagTitle, tags.PidTagSmtpAddress
NAME8 = PropertyTag(NAME.id, PropertyType.STRING8)
KIND = tags.PidTagDisplayType
ENTRY_ID = tags.PidTagEntryId


def equal(tag: PropertyTag, value: Any, rel_op: RelOp = RelOp.EQ) -> Property:
    return Property(rel_op, tag, TaggedValue(tag, value))


def like(tag: PropertyTag, value: Any, low: FuzzyLow = FuzzyLow.SUBSTRING) -> Content:
    return Content(low, 1, tag, TaggedValue(tag, value))


def called(text: str) -> Property:
    return equal(tags.PidTagAnr, text)


GROUPS = equal(KIND, 1)
PROXIES = tags.PidTagAddressBookProxyAddresses
ONE_PROXY = PropertyTag(PROXIES.id, PropertyType.STRING)
RESTRICTIONS: list[tuple[Restriction, list[str]]] = [
    (Exist(TITLE), ["Alice Adams", "Bob Brown"]),
    (Not(Exist(TITLE)), ["7 of Nine", "Eve Evans", "Everybody", "Zoë Zimmer"]),
    (GROUPS, ["7 of Nine", "Everybody"]),
    (equal(KIND, 0, RelOp.NE), ["7 of Nine", "Eve Evans", "Everybody"]),
    (equal(KIND, 1, RelOp.LT), ["Alice Adams", "Bob Brown", "Zoë Zimmer"]),
    (equal(KIND, 1, RelOp.LE), ["7 of Nine", "Alice Adams", "Bob Brown", "Everybody", "Zoë Zimmer"]),
    (equal(KIND, 1, RelOp.GT), ["Eve Evans"]),
    (equal(KIND, 1, RelOp.GE), ["7 of Nine", "Eve Evans", "Everybody"]),
    (equal(NAME, "ALICE ADAMS"), ["Alice Adams"]),
    (equal(NAME8, b"zo\xeb zimmer"), ["Zoë Zimmer"]),
    (equal(NAME, "eve", RelOp.GT), ["Eve Evans", "Everybody", "Zoë Zimmer"]),
    (equal(NAME, "nobody"), []),
    (equal(tags.PidTagSendRichInfo, False), ["Eve Evans"]),
    (Property(RelOp.EQ, PROXIES, TaggedValue(ONE_PROXY, "smtp:ally@example.org")), ["Alice Adams"]),
    (like(NAME, "EV", FuzzyLow.PREFIX), ["Eve Evans", "Everybody"]),
    (like(NAME, "oe z"), ["Zoë Zimmer"]),
    (like(NAME, "eve evans", FuzzyLow.FULL_STRING), ["Eve Evans"]),
    (like(NAME, "eve", FuzzyLow.FULL_STRING), []),
    (like(SMTP, "@elsewhere"), ["Eve Evans"]),
    (like(tags.PidTagSearchKey, b"EX:/", FuzzyLow.PREFIX), ORDER),
    (like(tags.PidTagSearchKey, b"X:/", FuzzyLow.PREFIX), []),
    (like(KIND, 1), []),
    (like(TITLE, ""), ["Alice Adams", "Bob Brown"]),
    (And((Exist(TITLE), like(NAME, "bob"))), ["Bob Brown"]),
    (And(()), ORDER),
    (Or((GROUPS, equal(NAME, "bob brown"))), ["7 of Nine", "Bob Brown", "Everybody"]),
    (Or(()), []),
    (called("ev"), ["Eve Evans", "Everybody"]),
    (called("=alice"), ["Alice Adams"]),
    (called("carol"), []),
    (called(""), []),
    (And((called("ev"), GROUPS)), ["Everybody"]),
    (Or((called("ev"), called("bob"))), ["Bob Brown", "Eve Evans", "Everybody"]),
    (Or((called("ev"), Exist(TITLE))), ["Alice Adams", "Bob Brown", "Eve Evans", "Everybody"]),
    (And((Not(called("ev")), GROUPS)), ["7 of Nine"]),
    (Exist(PropertyTag(0x6FFF, PropertyType.STRING)), []),
    (Not(equal(TITLE, "Boss")), ["7 of Nine", "Alice Adams", "Eve Evans", "Everybody", "Zoë Zimmer"]),
    (Property(RelOp.EQ, NAME, TaggedValue(KIND, 1)), []),
    (Property(RelOp.EQ, NAME, TaggedValue(NAME, None)), []),
]


@pytest.mark.parametrize(("restriction", "found"), RESTRICTIONS, ids=lambda value: str(value)[:40])
def test_restrictions(book: BookClient, restriction: Restriction, found: list[str]) -> None:
    """R462 to R466, R473, R474, R477, R481, R509 to R511, R1078, R1086, R1124, R1127, R1128, R1908 to R1914: those of
    a container for whom a restriction holds, in the container's order."""
    response = book.ask(GetMatchesRequest(0, Stat(), None, 0, restriction, None, 50, (NAME,)))
    assert response.error_code == 0
    assert values_in(response.rows) == found
    assert len(response.mids) == len(found)


def test_matches(book: BookClient) -> None:
    """R457, R646, R1077, R1081, R1091, R1092, R1094 to R1096, R1097, R1146, R1147, R1154, R1155, R1165 to R1167,
    R1696, R1972, R1973; MS-OXCMAPIHTTP R443, R502, R516, R524 to R528, R530, R533 to R535, R538, R539, R542 to R545,
    R547, R551, R552, R555 to R557: a list of ids, with the rows that QueryRows has of it; ContainerID is then what
    CurrentRec was, and nothing else changes."""
    bob = book.mid("bob@example.org")
    state = Stat(0, 0, bob, 3, 4, 5, 1252, 0x407, 0x40C)
    columns = (NAME8, ENTRY_ID)
    response = book.ask(GetMatchesRequest(0, state, None, 0, Exist(TITLE), None, 2, columns))
    assert response.mids == (book.mid("alice@example.org"), bob)
    assert response.state == replace(state, container_id=bob)
    rows = book.ask(QueryRowsRequest(2, state, response.mids, 2, columns)).rows
    assert response.rows == rows
    assert [row[0] for row in rows.rows] == [b"Alice Adams", b"Bob Brown"]


def test_who_is_gone(book: BookClient, hub: MailHub) -> None:
    """R511, R512, R985: a table is as it was when it was made: who is removed has still an id in it, and no values."""
    hub.write(lambda tx: add_contact(tx, "aaron@elsewhere.example", "Aaron") and None)
    mids = book.ask(GetMatchesRequest(0, Stat(), None, 0, like(NAME, "a", FuzzyLow.PREFIX), None, 9)).mids
    hub.write(lambda tx: remove_contact(tx, "aaron@elsewhere.example"))
    rows = book.ask(QueryRowsRequest(0, Stat(), mids, 9, (NAME,))).rows
    assert values_in(rows) == [Missing(ErrorCode.ecNotFound), "Alice Adams"]


STRINGS = (
    NAME8,
    NAME,
    PropertyTag(tags.PidTagAddressBookDisplayNamePrintable.id, PropertyType.STRING8),
    tags.PidTagAddressBookDisplayNamePrintable,
)


def test_strings(book: BookClient) -> None:
    """R448, R450, R457, R458, R460, R1936, R1937, R1939, R1944, R1945,
    R1947, R1952, R1953, R1955, R1960, R1961, R1963, R1972 to R1975, R1978, R1979: each request that has rows has
    strings of either kind, in the client's code page."""
    state = Stat(code_page=65001)
    for request in (
        GetMatchesRequest(0, state, None, 0, called("zoe"), None, 9, STRINGS),
        SeekEntriesRequest(0, state, TaggedValue(NAME, "zoe"), None, STRINGS),
        ResolveNamesRequest(0, state, STRINGS, ("zoe",)),
    ):
        rows = book.ask(request).rows
        assert rows.columns == STRINGS
        assert rows.rows == ((b"Zo\xc3\xab Zimmer", "Zoë Zimmer", b"Zoe Zimmer", "Zoe Zimmer"),)


def test_no_rows(book: BookClient) -> None:
    """R1154; MS-OXCMAPIHTTP R548, R1296, R1451: without columns there are ids alone."""
    response = book.ask(GetMatchesRequest(0, Stat(), None, 0, Exist(TITLE), None, 9))
    assert (len(response.mids), response.rows) == (2, None)


def test_containers_and_orders(book: BookClient) -> None:
    """R1122, R1128: in another container, and by how names are read."""
    state = Stat(container_id=0x13, sort_type=SortType.PHONETIC_DISPLAY_NAME)
    for restriction in (Exist(NAME), Or((called("a"), called("b"), called("z")))):
        response = book.ask(GetMatchesRequest(0, state, None, 0, restriction, None, 9, (NAME,)))
        assert values_in(response.rows) == ["Zoë Zimmer", "Alice Adams", "Bob Brown"]


def test_limits(book: BookClient) -> None:
    """R1090, R1149, R1151: not more than the client wants."""
    for restriction in (Exist(TITLE), Or((called("ali"), called("bob")))):
        request = GetMatchesRequest(0, Stat(), None, 0, restriction, None, 2)
        assert len(book.ask(request).mids) == 2
        assert book.error(replace(request, row_count=1)) == ErrorCode.ecTableTooBig
    assert book.error(GetMatchesRequest(0, Stat(), None, 0, Exist(TITLE), None, 0)) == ErrorCode.ecTableTooBig


def test_reserved(book: BookClient) -> None:
    """R1084, R1109, R1899; MS-OXCMAPIHTTP R1389, R1453."""
    request = GetMatchesRequest(0, Stat(), None, 0, Exist(TITLE), None, 9)
    assert book.ask(replace(request, reserved=7, interface_options=0xFFFFFFFF)) == book.ask(request)


@pytest.mark.parametrize("sort_type", [SortType.DISPLAY_NAME_RO, SortType.DISPLAY_NAME_W, 7])
def test_other_orders(book: BookClient, sort_type: int) -> None:
    """R98, R99, R100, R1105: what a filter finds is in the order of names also where the STAT tells another order."""
    request = GetMatchesRequest(0, Stat(), None, 0, Exist(tags.PidTagEntryId), None, 50, (NAME,))
    response = book.ask(replace(request, state=Stat(sort_type)))
    assert values_in(response.rows) == ORDER
    assert response.rows == book.ask(request).rows


@pytest.mark.parametrize("current", ["alice@example.org", None])
def test_again(book: BookClient, current: str | None) -> None:
    """R1146, R1899: who asks once more with the STAT that came back, gets the same rows, although it tells an object,
    or the end of a table, in the place of the container."""
    state = Stat(current_rec=2 if current is None else book.mid(current))
    request = GetMatchesRequest(0, state, None, 0, Exist(TITLE), None, 9, (NAME,))
    first = book.ask(request)
    assert first.error_code == 0
    assert first.state.container_id == state.current_rec
    assert book.ask(replace(request, state=first.state)) == first


def test_a_table_to_begin_with(book: BookClient) -> None:
    """3.1.4.1.10, constraint 6: pReserved, which is MinimalIds here, must not be there beside a filter, whatever is in
    it."""
    request = GetMatchesRequest(0, Stat(), None, 0, Exist(TITLE), None, 9, (NAME,))
    for mids in ((), (1,), (book.mid("alice@example.org"),)):
        assert book.error(replace(request, mids=mids)) == ErrorCode.ecTooComplex


@pytest.mark.parametrize(
    ("sort_type", "container"),
    [
        (SortType.DISPLAY_NAME, 0),
        (SortType.DISPLAY_NAME, 1),
        (SortType.DISPLAY_NAME, 0x3001001E),
        (SortType.PHONETIC_DISPLAY_NAME, 0x12),
    ],
)
def test_the_object_itself(book: BookClient, sort_type: SortType, container: int) -> None:
    """R347, R1130, R1131, R1146, R1147: with neither a filter nor a property there is one row, which is the object that
    CurrentRec tells, whatever the container."""
    alice = book.mid("alice@example.org")
    state = Stat(sort_type, container, alice, 2)
    response = book.ask(GetMatchesRequest(0, state, (alice,), 0, None, None, 1, (NAME,)))
    assert (response.error_code, response.mids, values_in(response.rows)) == (0, (alice,), ["Alice Adams"])
    assert response.state == replace(state, container_id=alice)


TOO_COMPLEX: list[Restriction] = [
    CompareProperties(RelOp.EQ, NAME, TITLE),
    BitMask(True, KIND, 1),
    Size(RelOp.GT, NAME, 1),
    SubObject(tags.PidTagMessageRecipients, Exist(NAME)),
    Comment((), Exist(NAME)),
    Count(1, Exist(NAME)),
    Or((Exist(NAME),) * 300),
    equal(NAME, "x", RelOp.MEMBER_OF_DL),
    equal(tags.PidTagAnr, "x", RelOp.NE),
    Property(RelOp.EQ, tags.PidTagAnr, TaggedValue(KIND, 1)),
    Property(RelOp.LT, NAME, TaggedValue(PropertyTag(NAME.id, MULTIPLE | PropertyType.STRING), ("a", "b"))),
]


@pytest.mark.parametrize("restriction", TOO_COMPLEX, ids=lambda value: type(value).__name__)
def test_too_complex(book: BookClient, restriction: Restriction) -> None:
    """R1125, R1126, R1635, R1636, R1756; MS-OXCMAPIHTTP R1294, R1392, R1449, R1450, R2130 to R2134."""
    assert book.error(GetMatchesRequest(0, Stat(), None, 0, restriction, None, 9, (NAME,))) == ErrorCode.ecTooComplex


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, ErrorCode.ecInvalidParameter),
        (Stat(code_page=1200), ErrorCode.ecNotSupported),
        (Stat(container_id=0x77), ErrorCode.ecInvalidBookmark),
        (Stat(sort_type=3, container_id=0x77), ErrorCode.ecInvalidBookmark),
    ],
)
def test_errors(book: BookClient, state: Stat | None, code: ErrorCode) -> None:
    """R1101, R1105, R1122."""
    assert book.error(GetMatchesRequest(0, state, None, 0, Exist(NAME), None, 9)) == code


# what properties name


def linked(book: BookClient, tag: PropertyTag, address: str, **changes: Any) -> list[str]:
    number = tag.id << 16 | tag.type
    state = Stat(SortType.DISPLAY_NAME_RO, number, book.mid(address), 9, 0, 0)
    request = GetMatchesRequest(0, replace(state, **changes), None, 0, None, None, 50, (NAME,))
    response = book.ask(request)
    assert response.error_code == 0
    assert response.state.container_id == response.state.current_rec
    return values_in(response.rows)


LINKS: list[tuple[PropertyTag, str, list[str]]] = [
    (tags.PidTagAddressBookMember, "seven@example.org", ["Alice Adams", "Bob Brown", "Carol Clark"]),
    (
        tags.PidTagAddressBookMember,
        "all@example.org",
        ["Alice Adams", "Bob Brown", "Carol Clark", "Zoë Zimmer"],
    ),
    (tags.PidTagAddressBookMember, "alice@example.org", []),
    (tags.PidTagAddressBookOwner, "seven@example.org", ["Alice Adams"]),
    (tags.PidTagAddressBookOwnerBackLink, "alice@example.org", ["7 of Nine"]),
    (tags.PidTagAddressBookManageDistributionList, "alice@example.org", ["7 of Nine"]),
    (tags.PidTagAddressBookIsMemberOfDistributionList, "bob@example.org", ["7 of Nine", "Everybody"]),
    (tags.PidTagAddressBookIsMemberOfDistributionList, "eve@elsewhere.example", []),
    (tags.PidTagAddressBookManager, "alice@example.org", ["Bob Brown"]),
    (tags.PidTagAddressBookManager, "bob@example.org", []),
    (tags.PidTagAddressBookReports, "bob@example.org", ["Alice Adams"]),
    (tags.PidTagAddressBookPublicDelegates, "alice@example.org", []),
]


@pytest.mark.parametrize(("tag", "address", "found"), LINKS)
def test_links(book: BookClient, tag: PropertyTag, address: str, found: list[str]) -> None:
    """R98, R513 to R515, R1078, R1088, R1130 to R1133, R1135 to R1137, R1141 to R1145, R1639: whom a property names,
    in the order of names, wherever the object is."""
    assert linked(book, tag, address) == found


def test_delegates(book: BookClient, hub: MailHub) -> None:
    """R1142 to R1145."""
    bob = hub.read(lambda tx: find_principal(tx, "bob@example.org"))
    assert bob is not None
    hub.write(lambda tx: change_links(tx, bob.id, DELEGATE, add=["zoe@example.org", "ally@example.org"]))
    assert linked(book, tags.PidTagAddressBookPublicDelegates, "bob@example.org") == ["Alice Adams", "Zoë Zimmer"]


def test_links_by_name(book: BookClient) -> None:
    """R1134: the property is told by a name, as the tag's number or its id."""
    for number in (0x8009000D, 0x8009):
        state = Stat(SortType.DISPLAY_NAME_RO, 0, book.mid("seven@example.org"))
        name = PropertyName(UUID(int=0), number)
        response = book.ask(GetMatchesRequest(0, state, None, 0, None, name, 50, (NAME,)))
        assert values_in(response.rows) == ["Alice Adams", "Bob Brown", "Carol Clark"]


def test_links_to_change(book: BookClient) -> None:
    """R100, R1139: for writing there are members of groups and delegates of accounts alone."""
    for tag, address in LINKS_TO_CHANGE:
        linked(book, tag, address, sort_type=SortType.DISPLAY_NAME_W)
    for tag, address in (
        (tags.PidTagAddressBookOwner, "seven@example.org"),
        (tags.PidTagAddressBookMember, "alice@example.org"),
    ):
        state = Stat(SortType.DISPLAY_NAME_W, tag.id << 16 | 0xD, book.mid(address))
        assert book.error(GetMatchesRequest(0, state, None, 0, None, None, 9)) == ErrorCode.ecNotSupported


LINKS_TO_CHANGE = [
    (tags.PidTagAddressBookMember, "seven@example.org"),
    (tags.PidTagAddressBookPublicDelegates, "alice@example.org"),
]


def test_link_errors(book: BookClient) -> None:
    """R517, R1122, R1138, R1140, R1149."""
    member = tags.PidTagAddressBookMember.id << 16 | 0xD
    seven = book.mid("seven@example.org")
    cases = [
        (Stat(SortType.DISPLAY_NAME_RO, member, 0x99999), ErrorCode.ecError),
        (Stat(SortType.DISPLAY_NAME_RO, member, 0), ErrorCode.ecError),
        (Stat(SortType.DISPLAY_NAME_RO, NAME.id << 16 | 0x1F, seven), ErrorCode.ecNotSupported),
        (Stat(SortType.DISPLAY_NAME, 0, 0x99999), ErrorCode.ecError),
        (Stat(SortType.DISPLAY_NAME, 0, 0), ErrorCode.ecError),
        (Stat(SortType.DISPLAY_NAME_RO, 0, seven), ErrorCode.ecNotSupported),
    ]
    for state, code in cases:
        assert book.error(GetMatchesRequest(0, state, None, 0, None, None, 9)) == code
    name = PropertyName(UUID(int=0), member)
    state = Stat(SortType.DISPLAY_NAME, 0x77, seven)
    assert book.error(GetMatchesRequest(0, state, None, 0, None, name, 9)) == ErrorCode.ecInvalidBookmark
    state = Stat(SortType.DISPLAY_NAME_RO, member, seven)
    assert book.error(GetMatchesRequest(0, state, None, 0, None, None, 2)) == ErrorCode.ecTableTooBig
