"""The address book's tables over HTTPS: rows, positions, orders. Statements are those of [MS-OXNSPI]."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from mapi_book import ORDER, BookClient, values_in

from posthouse.protocols.mapi.address_book.stat import Position, SortType, Stat
from posthouse.protocols.mapi.address_book.tables import (
    CompareMIdsRequest,
    QueryColumnsRequest,
    QueryRowsRequest,
    ResortRestrictionRequest,
    SeekEntriesRequest,
    UpdateStatRequest,
)
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import MULTIPLE, PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.tags import (
    PidTagAddressBookMember,
    PidTagDisplayName,
    PidTagDisplayType,
    PidTagEntryId,
    PidTagObjectType,
    PidTagSmtpAddress,
    PidTagTitle,
)
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.testing import MailHub

NAME8 = PropertyTag(PidTagDisplayName.id, PropertyType.STRING8)
END = Stat(current_rec=Position.END_OF_TABLE)
UNICODE = Stat(code_page=1200)
NOWHERE = Stat(container_id=0x77)


def test_rows(book: BookClient) -> None:
    """R2 to R3, R77 to R79, R80, R92, R93, R94, R494, R496, R499, R500 to R502, R523, R535, R644, R665, R776, R916,
    R929, R930, R931, R955, R967, R969, R1749, R1763: the rows of a container from its beginning, in the order of their
    names, and nobody who is hidden."""
    assert book.rows(Stat(), 50, PidTagDisplayName) == ORDER
    assert book.rows(Stat(), 2, PidTagDisplayName) == ORDER[:2]
    assert book.rows(Stat(sort_type=SortType.DISPLAY_NAME_RO), 2, PidTagDisplayName) == ORDER[:2]


def test_display_types(book: BookClient) -> None:
    """R53001, R57, R59, R61, R63, R64, R1997, R1999: rows are accounts, groups and people elsewhere, also in
    their entry ids, and nothing else."""
    for container in (0, 0x11, 0x12, 0x13):
        for flags in (0, 2):
            state = Stat(container_id=container)
            rows = book.rows(state, 50, PidTagDisplayType, PidTagEntryId, flags=flags)
            assert {kind for kind, _ in rows} <= {0, 1, 6}
            assert all(id[24:28] == kind.to_bytes(4, "little") for kind, id in rows)


def test_where_one_is_does_not_belong_to_a_session(hub: MailHub, book: BookClient) -> None:
    """R503: the STAT says it all, so that another session goes on where one has stopped."""
    state = book.ask(QueryRowsRequest(0, Stat(), (), 2, (PidTagDisplayName,))).state
    assert BookClient(hub, "bob@example.org").rows(state, 50, PidTagDisplayName) == ORDER[2:]


def test_where_rows_end(book: BookClient) -> None:
    """R310, R314, R318, R321, R324, R327 to R328, R330, R332 to R333, R337, R340, R344, R527, R537 to R538, R927,
    R922, R988, R1701; MS-OXCMAPIHTTP R802, R825, R827: behind the last row that was returned, and how many rows there
    are in all."""
    state = Stat(template_locale=0x407, sort_locale=0x407, num_pos=77, total_recs=78)
    first = book.ask(QueryRowsRequest(0, state, (), 2, (PidTagDisplayName,)))
    third = book.mid("bob@example.org")
    assert first.state == replace(state, current_rec=third, num_pos=2, total_recs=len(ORDER))
    second = book.ask(QueryRowsRequest(0, first.state, (), 50, (PidTagDisplayName,)))
    assert values_in(second.rows) == ORDER[2:]
    end = len(ORDER)
    assert second.state == replace(state, current_rec=Position.END_OF_TABLE, num_pos=end, total_recs=end)


@pytest.mark.parametrize(
    ("delta", "begin"), [(0, 2), (1, 3), (-1, 1), (-99, 0), (3, 5), (4, 6), (99, 6)], ids=lambda value: str(value)
)
def test_rows_from_a_row(book: BookClient, delta: int, begin: int) -> None:
    """R540, R547 to R550, R554, R557 to R561, R969, R1704, R1743, R1744: from a row, moved by Delta, which goes no
    further than to the first row, and one row past the last."""
    state = Stat(current_rec=book.mid("bob@example.org"), delta=delta)
    assert book.rows(state, 50, PidTagDisplayName) == ORDER[begin:]


@pytest.mark.parametrize("locale", [0x409, 0x407, 0x41D, 0x411, 0, 0xFFFFFFFF], ids=hex)
def test_rows_in_every_language(book: BookClient, locale: int) -> None:
    """R343, R475 to R479, R532, R569, R572: one order stands for all languages, as the closest that there
    is; what the client has said is left as it was."""
    state = Stat(sort_locale=locale, total_recs=len(ORDER), num_pos=3)
    assert book.rows(state, 50, PidTagDisplayName) == ORDER
    middle = book.ask(UpdateStatRequest(0, replace(state, current_rec=Position.CURRENT), True)).state
    assert middle.sort_locale == locale
    assert book.rows(middle, 1, PidTagDisplayName) == [ORDER[3]]


@pytest.mark.parametrize("count", [1, 2, 5, 6, 50])
def test_as_many_rows_as_are_asked_for(book: BookClient, count: int) -> None:
    """R918, R962, R983, R997; MS-OXCMAPIHTTP R804: never none while there are some."""
    response = book.ask(QueryRowsRequest(0, Stat(), (), count, (PidTagDisplayName,)))
    assert response.error_code == 0
    assert values_in(response.rows) == ORDER[:count]


def test_no_rows_asked_for(book: BookClient) -> None:
    """R939: the answer is one of those that there are (`BookClient.ask` looks)."""
    book.ask(QueryRowsRequest(0, Stat(), (), 0, (PidTagDisplayName,)))


def test_rows_at_the_end(book: BookClient) -> None:
    """R81, R522, R554, R986, R1758: no rows are a success."""
    response = book.ask(QueryRowsRequest(0, END, (), 5, (PidTagDisplayName,)))
    assert (response.error_code, response.rows.rows) == (0, ())
    assert response.state == Stat(current_rec=Position.END_OF_TABLE, num_pos=len(ORDER), total_recs=len(ORDER))
    assert book.rows(replace(END, delta=-2), 5, PidTagDisplayName) == ORDER[-2:]


def test_default_columns(book: BookClient) -> None:
    """R952, R1627; MS-OXCMAPIHTTP R843 to R846, R847, R850, R852 to R854, R856, R857, R859, R860, R862 to R864: what a
    row has when nobody says what."""
    alice = Stat(current_rec=book.mid("alice@example.org"))
    response = book.ask(QueryRowsRequest(0, alice, (), 1, None))
    assert [(tag.id, tag.type) for tag in response.rows.columns] == [
        (0xFFFD, 3),
        (0x0FFE, 3),
        (0x3900, 3),
        (0x3001, 0x1E),
        (0x3A1A, 0x1E),
        (0x3A18, 0x1E),
        (0x3A19, 0x1E),
    ]
    assert response.rows.rows == ((alice.current_rec, 6, 0, b"Alice Adams", b"+49 1", b"Research", b"Berlin 7"),)


def test_explicit_table(book: BookClient) -> None:
    """R505 to R508, R958, R971, R973 to R975, R985, R1694: the rows of a list of ids, in its order, from its beginning,
    also of those who are hidden; who is nobody has a row of errors."""
    mids = tuple(book.mid(f"{one}@example.org") for one in ("zoe", "carol", "alice"))
    table = (mids[0], 0x99999, mids[1], mids[2], 1)
    columns = (PidTagDisplayName, PidTagObjectType)
    response = book.ask(QueryRowsRequest(0, END, table, 4, columns))
    missing = Missing(ErrorCode.ecNotFound)
    assert response.rows.rows == (
        ("Zoë Zimmer", 6),
        (missing, missing),
        ("Carol Clark", 6),
        ("Alice Adams", 6),
    )
    assert response.state == END
    assert len(book.ask(QueryRowsRequest(0, NOWHERE, table, 99, columns)).rows.rows) == 5


def test_columns_as_asked(book: BookClient) -> None:
    """R37, R911, R912, R928, R950, R951: in the order in which they were asked for, also twice, and with a type for
    those that had none."""
    any_name = PropertyTag(PidTagDisplayName.id, PropertyType.UNSPECIFIED)
    unknown = PropertyTag(0x6FFF, PropertyType.UNSPECIFIED)
    columns = (any_name, PidTagTitle, unknown, PidTagTitle)
    response = book.ask(QueryRowsRequest(0, Stat(current_rec=book.mid("bob@example.org")), (), 1, columns))
    assert response.rows.columns == (
        PidTagDisplayName,
        PidTagTitle,
        PropertyTag(0x6FFF, PropertyType.ERROR_CODE),
        PidTagTitle,
    )
    assert response.rows.rows == (("Bob Brown", "Boss", Missing(ErrorCode.ecNotFound), "Boss"),)


def test_row_flags(book: BookClient) -> None:
    """R105, R921, R1926; MS-OXCMAPIHTTP R808, R1326: entry ids for a while, or for ever; other flags mean nothing."""
    alice = Stat(current_rec=book.mid("alice@example.org"))
    by_flags = [book.rows(alice, 1, PidTagEntryId, flags=flags)[0] for flags in (0, 2, 0xFFFFFFFD, 0xFFFFFFFF)]
    assert [one[0] for one in by_flags] == [0, 0x87, 0, 0x87]
    assert by_flags[:2] == by_flags[2:]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, ErrorCode.ecInvalidParameter),
        (UNICODE, ErrorCode.ecNotSupported),
        (Stat(code_page=7), ErrorCode.ecInvalidCodePage),
        (NOWHERE, ErrorCode.ecInvalidBookmark),
        (Stat(current_rec=0x99999), ErrorCode.ecNotFound),
        (Stat(current_rec=Position.CURRENT), ErrorCode.ecNotFound),
        (Stat(current_rec=0x0F), ErrorCode.ecNotFound),
    ],
)
def test_row_errors(book: BookClient, state: Stat | None, code: ErrorCode) -> None:
    """R1520, R42, R43, R83, R84, R349, R541, R935, R943, R948, R1661, R1762; MS-OXCMAPIHTTP R851, R855, R858,
    R861, R1409, R2172 to R2176: and then neither rows nor another STAT."""
    assert book.error(QueryRowsRequest(0, state, (), 5, (PidTagDisplayName,))) == code


def test_too_many_columns(book: BookClient) -> None:
    """R896, R982."""
    request = QueryRowsRequest(0, Stat(), (), 5, (PidTagDisplayName,) * 1001)
    assert book.error(request) == ErrorCode.ecTableTooBig


def test_not_in_the_container(book: BookClient) -> None:
    """R544, R545: a row of another list is none of this one, and neither is who is hidden."""
    groups = 0x12
    alice, carol = book.mid("alice@example.org"), book.mid("carol@example.org")
    for state in (Stat(container_id=groups, current_rec=alice), Stat(current_rec=carol)):
        assert book.error(UpdateStatRequest(0, state)) == ErrorCode.ecNotFound


def test_lists(book: BookClient) -> None:
    """R500, R502: each container has its own."""
    shown = {number: book.rows(Stat(container_id=number), 50, PidTagDisplayName) for number in range(0x10, 0x14)}
    assert shown == {
        0x10: [],
        0x11: ["Eve Evans"],
        0x12: ["7 of Nine", "Everybody"],
        0x13: ["Alice Adams", "Bob Brown", "Zoë Zimmer"],
    }


def test_phonetic_order(book: BookClient) -> None:
    """R95, R96, R312, R495: by how names are read."""
    by_sound = book.rows(Stat(sort_type=SortType.PHONETIC_DISPLAY_NAME), 50, PidTagDisplayName)
    assert by_sound == ["7 of Nine", "Zoë Zimmer", "Alice Adams", "Bob Brown", "Eve Evans", "Everybody"]


# UpdateStat


@pytest.mark.parametrize(
    ("start", "delta", "rank"),
    [
        (Position.BEGINNING_OF_TABLE, 0, 0),
        (Position.BEGINNING_OF_TABLE, 3, 3),
        (Position.BEGINNING_OF_TABLE, -3, 0),
        (Position.BEGINNING_OF_TABLE, 99, 6),
        (Position.END_OF_TABLE, 0, 6),
        (Position.END_OF_TABLE, -1, 5),
        (Position.END_OF_TABLE, -99, 0),
        (Position.END_OF_TABLE, 1, 6),
        ("bob@example.org", 0, 2),
        ("bob@example.org", -2, 0),
        ("bob@example.org", 4, 6),
        ("zoe@example.org", -5, 0),
    ],
)
def test_moves(book: BookClient, start: Any, delta: int, rank: int) -> None:
    """R329, R563, R80 to R81, R540, R542, R547 to R550, R554, R556 to R561, R643, R768, R773, R775, R776, R791, R794 to
    R800, R1704, R1743, R1744, R1758, R326001, R331001: to a row so many rows further, and how many they were; what else
    is in the STAT stays. MS-OXCMAPIHTTP R1059, R1074 to R1078, R1080, R1082 to R1084, R1086 to R1088."""
    mids = [book.mid(address) for address in ADDRESSES] + [Position.END_OF_TABLE]
    record = book.mid(start) if isinstance(start, str) else start
    state = Stat(0, 0, record, delta, 4711, 4712, 1252, 0x407, 0x40C)
    response = book.ask(UpdateStatRequest(0, state, True))
    assert response.state == Stat(0, 0, mids[rank], 0, rank, len(ORDER), 1252, 0x407, 0x40C)
    began = {Position.BEGINNING_OF_TABLE: 0, Position.END_OF_TABLE: 6}.get(start, 0)
    assert response.delta == rank - (mids.index(record) if isinstance(start, str) else began)


ADDRESSES = [
    "seven@example.org",
    "alice@example.org",
    "bob@example.org",
    "eve@elsewhere.example",
    "all@example.org",
    "zoe@example.org",
]


@pytest.mark.parametrize(
    ("position", "total", "delta", "rank"),
    [
        (0, 100, 0, 0),
        (50, 100, 0, 3),
        (49, 100, 0, 2),
        (99, 100, 0, 5),
        (100, 100, 0, 6),
        (300, 100, 0, 6),
        (50, 100, 1, 4),
        (50, 100, -9, 0),
        (50, 100, 9, 6),
        (0xFFFFFFFF, 0xFFFFFFFF, 0, 6),
        (5, 0, 0, 0),
    ],
)
def test_fractions(book: BookClient, position: int, total: int, delta: int, rank: int) -> None:
    """R582, R82, R564, R574 to R575, R577 to R578, R580 to R581, R584, R586 to R589, R595 to R601, R793, R1742, R1745
    to R1748, R1746, R1747: to where NumPos is of TotalRecs."""
    state = Stat(current_rec=Position.CURRENT, num_pos=position, total_recs=total, delta=delta)
    after = book.ask(UpdateStatRequest(0, state)).state
    assert (after.num_pos, after.total_recs, after.delta) == (rank, len(ORDER), 0)
    mids = [book.mid(address) for address in ADDRESSES] + [Position.END_OF_TABLE]
    assert after.current_rec == mids[rank]


def test_no_delta(book: BookClient) -> None:
    """R1868; MS-OXCMAPIHTTP R1085: who does not ask by how much, is not told."""
    assert book.ask(UpdateStatRequest(0, Stat(delta=1), False)).delta is None


def test_empty_table(book: BookClient) -> None:
    """R554: a table without rows begins at its end."""
    for record in Position:
        state = Stat(container_id=0x10, current_rec=record, num_pos=1, total_recs=1, delta=-1)
        after = book.ask(UpdateStatRequest(0, state)).state
        assert (after.current_rec, after.num_pos, after.total_recs) == (Position.END_OF_TABLE, 0, 0)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, ErrorCode.ecInvalidParameter),
        (UNICODE, ErrorCode.ecNotSupported),
        (NOWHERE, ErrorCode.ecInvalidBookmark),
        (Stat(current_rec=0x99999), ErrorCode.ecNotFound),
    ],
)
def test_update_errors(book: BookClient, state: Stat | None, code: ErrorCode) -> None:
    """R780, R784, R789, R792; MS-OXCMAPIHTTP R1081, R1425, R2207 to R2211."""
    assert book.error(UpdateStatRequest(0, state, True)) == code


def test_reserved_fields(book: BookClient) -> None:
    """R772, R1676, R1871, R1872, R1213, R1699, R1171, R1915, R1002, R1702; MS-OXCMAPIHTTP R1309, R1315, R1316, R1317:
    whatever is in them."""
    alice, bob = book.mid("alice@example.org"), book.mid("bob@example.org")
    target = TaggedValue(PidTagDisplayName, "b")
    for request in (
        UpdateStatRequest(0, Stat(), True),
        CompareMIdsRequest(0, Stat(), alice, bob),
        ResortRestrictionRequest(0, Stat(), (bob, alice)),
        SeekEntriesRequest(0, Stat(), target),
    ):
        assert book.ask(replace(request, reserved=0xFFFFFFFF)) == book.ask(request)


# SeekEntries


@pytest.mark.parametrize(
    ("name", "rank"),
    [("", 0), ("a", 1), ("ALICE ADAMS", 1), ("alice adamsx", 2), ("eve", 3), ("every", 4), ("zoe z", 5)],
)
def test_seek(book: BookClient, name: str, rank: int) -> None:
    """R645, R998, R1003, R1012, R1035, R1047, R1050, R1051, R1053 to R1055, R1076; MS-OXCMAPIHTTP R1012, R1038 to
    R1042, R1044, R1046, R1049, R1052, R1055, R1056 to R1058: to the first row that is not before a name."""
    state = Stat(current_rec=Position.END_OF_TABLE, delta=3)
    for target in (TaggedValue(PidTagDisplayName, name), TaggedValue(NAME8, name.encode())):
        response = book.ask(SeekEntriesRequest(0, state, target))
        mid = book.mid(ADDRESSES[rank])
        assert response.state == replace(state, current_rec=mid, num_pos=rank, total_recs=len(ORDER))
        assert response.rows is None


def test_seek_with_rows(book: BookClient) -> None:
    """R458, R999, R1009 to R1011, R1057, R1058, R1075, R1695, R1974, R105801; MS-OXCMAPIHTTP R1013, R1047, R1048,
    R1050, R1051, R1053, R1054: the rows from there on, as QueryRows would return them, with entry ids for a while."""
    target, columns = TaggedValue(PidTagDisplayName, "bob"), (PidTagDisplayName, PidTagEntryId)
    response = book.ask(SeekEntriesRequest(0, Stat(), target, None, columns))
    same = book.ask(QueryRowsRequest(2, response.state, (), 50, columns))
    assert response.rows == same.rows
    assert [row[0] for row in response.rows.rows] == ORDER[2:]
    assert response.state.current_rec == book.mid("bob@example.org")


@pytest.mark.parametrize("code_page", [20261, 65001])
def test_seek_what_cannot_be_read(book: BookClient, code_page: int) -> None:
    """R1048: bytes that are no characters are behind every name."""
    target = TaggedValue(PropertyTag(PidTagDisplayName.id, PropertyType.STRING8), b"\xff" * 4)
    request = SeekEntriesRequest(0, Stat(code_page=code_page), target, None, (PidTagDisplayName,))
    assert book.error(request) == ErrorCode.ecNotFound


def test_seek_in_default_columns(book: BookClient) -> None:
    """R1052, R1724; MS-OXCMAPIHTTP R1012, R1013: the first of the columns that nobody asked for are ids of the rows,
    and make a table to seek in."""
    table = tuple(row[0] for row in book.ask(QueryRowsRequest(0, Stat(), (), 50, None)).rows.rows)
    target = TaggedValue(PidTagDisplayName, "Bob Brown")
    response = book.ask(SeekEntriesRequest(0, Stat(), target, table, (PidTagDisplayName,)))
    assert response.state.num_pos == ORDER.index("Bob Brown")
    assert values_in(response.rows) == ORDER[response.state.num_pos :]


def test_seek_in_explicit_table(book: BookClient) -> None:
    """R1037, R1052, R1054, R1755: in a list of ids, where the position is that in the list."""
    table = tuple(book.mid(address) for address in ("alice@example.org", "bob@example.org", "zoe@example.org"))
    target = TaggedValue(PidTagDisplayName, "bobby")
    response = book.ask(SeekEntriesRequest(0, Stat(), target, table, (PidTagDisplayName,)))
    assert response.state == Stat(current_rec=table[2], num_pos=2, total_recs=3)
    assert values_in(response.rows) == ["Zoë Zimmer"]
    earlier = book.ask(SeekEntriesRequest(0, Stat(), TaggedValue(PidTagDisplayName, "b"), table, (PidTagDisplayName,)))
    assert values_in(earlier.rows) == ["Bob Brown", "Zoë Zimmer"]
    nobody = SeekEntriesRequest(0, Stat(), TaggedValue(PidTagDisplayName, "zz"), (*table, 0x99999))
    assert book.error(nobody) == ErrorCode.ecNotFound


@pytest.mark.parametrize(
    ("state", "target", "code"),
    [
        (None, TaggedValue(PidTagDisplayName, "a"), ErrorCode.ecInvalidParameter),
        (UNICODE, TaggedValue(PidTagDisplayName, "a"), ErrorCode.ecNotSupported),
        (NOWHERE, TaggedValue(PidTagDisplayName, "a"), ErrorCode.ecInvalidBookmark),
        (Stat(sort_type=3), TaggedValue(PidTagDisplayName, "a"), ErrorCode.ecError),
        (Stat(), TaggedValue(PidTagTitle, "a"), ErrorCode.ecError),
        (Stat(), TaggedValue(PropertyTag(0x3001, PropertyType.INTEGER32), 1), ErrorCode.ecError),
        (Stat(), TaggedValue(PidTagDisplayName, None), ErrorCode.ecError),
        (Stat(), None, ErrorCode.ecError),
        (Stat(), TaggedValue(PidTagDisplayName, "zz"), ErrorCode.ecNotFound),
    ],
)
def test_seek_errors(book: BookClient, state: Stat | None, target: TaggedValue | None, code: ErrorCode) -> None:
    """R1016, R1020, R1024, R1033, R1039, R1043, R1048, R1630, R1631; MS-OXCMAPIHTTP R1045, R1422, R2201 to R2205."""
    assert book.error(SeekEntriesRequest(0, state, target, None, (PidTagDisplayName,))) == code


# CompareMIds


@pytest.mark.parametrize(("one", "other", "sign"), [("alice", "bob", -1), ("bob", "alice", 1), ("bob", "bob", 0)])
def test_compare(book: BookClient, one: str, other: str, sign: int) -> None:
    """R651, R1210, R1217, R1218, R1219, R1236, R1238, R1240, R1242; MS-OXCMAPIHTTP R372, R399 to R401, R402 to R404,
    R1290, R2109 to R2112."""
    mids = (book.mid(f"{name}@example.org") for name in (one, other))
    response = book.ask(CompareMIdsRequest(0, Stat(), *mids))
    assert (response.error_code, response.result) == (0, sign)


def test_compare_by_sound(book: BookClient) -> None:
    """R1236: in the table's own order."""
    zoe, alice = book.mid("zoe@example.org"), book.mid("alice@example.org")
    assert book.ask(CompareMIdsRequest(0, Stat(), zoe, alice)).result > 0
    assert book.ask(CompareMIdsRequest(0, Stat(sort_type=3), zoe, alice)).result < 0


def test_compare_errors(book: BookClient) -> None:
    """R1223, R1230, R1234; MS-OXCMAPIHTTP R1383, R2115 to R2119."""
    alice, carol = book.mid("alice@example.org"), book.mid("carol@example.org")
    cases = [
        (None, alice, alice, ErrorCode.ecInvalidParameter),
        (UNICODE, alice, alice, ErrorCode.ecNotSupported),
        (NOWHERE, alice, alice, ErrorCode.ecInvalidBookmark),
        (Stat(), alice, carol, ErrorCode.ecError),
        (Stat(), 0, alice, ErrorCode.ecError),
        (Stat(container_id=0x12), alice, alice, ErrorCode.ecError),
    ]
    for state, one, other, code in cases:
        assert book.error(CompareMIdsRequest(0, state, one, other)) == code


# ResortRestriction


def test_resort(book: BookClient) -> None:
    """R647, R1168, R1172, R1175, R1176, R1177, R1196 to R1201, R1204, R1205, R1207, R1209, R1759; MS-OXCMAPIHTTP R958,
    R993 to R997, R999, R1001 to R1003, R1005 to R1007, R1009 to R1011: a list of ids in the order of names, and nobody
    who is none."""
    alice, bob, zoe = (book.mid(f"{name}@example.org") for name in ("alice", "bob", "zoe"))
    state = Stat(current_rec=bob, delta=5, num_pos=7, total_recs=99)
    response = book.ask(ResortRestrictionRequest(0, state, (zoe, 0x99999, bob, 1, alice)))
    assert response.mids == (alice, bob, zoe)
    assert response.state == replace(state, num_pos=1, total_recs=3)
    elsewhere = book.ask(ResortRestrictionRequest(0, replace(state, current_rec=0x99999), (zoe, alice)))
    assert elsewhere.state == replace(state, current_rec=Position.BEGINNING_OF_TABLE, num_pos=0, total_recs=2)


@pytest.mark.parametrize(("order", "first"), [(0, "alice"), (3, "zoe"), (0x3E8, "alice"), (99, "alice")])
def test_resort_orders(book: BookClient, order: int, first: str) -> None:
    """R1185, R1199, R1194002: by how names are read as well; orders that there are not are that of names."""
    mids = {name: book.mid(f"{name}@example.org") for name in ("alice", "bob", "zoe")}
    response = book.ask(ResortRestrictionRequest(0, Stat(sort_type=order), tuple(mids.values())))
    assert (response.error_code, response.mids[0]) == (0, mids[first])


def test_resort_errors(book: BookClient) -> None:
    """R1189, R1757; MS-OXCMAPIHTTP R1000, R1004, R1008, R1419, R2195 to R2199."""
    assert book.error(ResortRestrictionRequest(0, None, (1,))) == ErrorCode.ecInvalidParameter
    assert book.error(ResortRestrictionRequest(0, Stat(), None)) == ErrorCode.ecInvalidParameter
    assert book.error(ResortRestrictionRequest(0, Stat(code_page=7), (1,))) == ErrorCode.ecInvalidCodePage


def test_resort_in_unicode(book: BookClient) -> None:
    """R494, R1181, R1197: Unicode's code page will do, for no string comes or goes."""
    response = book.ask(ResortRestrictionRequest(0, UNICODE, (book.mid("bob@example.org"), 0xFFFFFFFF)))
    assert (response.error_code, response.mids) == (0, (book.mid("bob@example.org"),))


# QueryColumns


def test_columns(book: BookClient) -> None:
    """R26, R115, R116, R801, R802, R808, R809, R810, R820, R822, R824, R827, R1600, R1862; MS-OXCMAPIHTTP R865, R885 to
    R890, R892 to R894, R1413: all properties that there are, with the type of strings that the client wants."""
    wide = book.ask(QueryColumnsRequest(0, 0x80000000)).columns
    narrow = book.ask(QueryColumnsRequest(0, 0)).columns
    assert {PidTagDisplayName, PidTagSmtpAddress, PidTagDisplayType, PidTagAddressBookMember} <= set(wide)
    assert [tag.id for tag in wide] == [tag.id for tag in narrow]
    text = {tag.type & ~MULTIPLE for tag in narrow}
    assert PropertyType.STRING in {tag.type & ~MULTIPLE for tag in wide}
    assert PropertyType.STRING8 in text
    assert PropertyType.STRING not in text


def test_column_flags(book: BookClient) -> None:
    """R805, R807, R1922, R1923; MS-OXCMAPIHTTP R874, R1313, R1412."""
    for flags in (0, 0x80000000):
        same = book.ask(QueryColumnsRequest(0xFFFFFFFF, flags | 0x7FFFFFFF))
        assert same == book.ask(QueryColumnsRequest(0, flags))
