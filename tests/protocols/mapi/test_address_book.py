"""Bodies of the address book's requests and responses: examples, there and back, and anything. Statements are those of
[MS-OXCMAPIHTTP]."""

from __future__ import annotations

import contextlib
import inspect
from dataclasses import fields
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi import fields as wire
from posthouse.protocols.mapi.address_book import body, objects, session, tables
from posthouse.protocols.mapi.address_book.body import Request, Response, Rows
from posthouse.protocols.mapi.address_book.entry_ids import (
    PROVIDER,
    DisplayType,
    EphemeralEntryId,
    parse_address_entry_id,
)
from posthouse.protocols.mapi.address_book.stat import Stat
from posthouse.protocols.mapi.address_book.templates import (
    Control,
    ControlFlags,
    ControlType,
    format_template,
    parse_template,
)
from posthouse.protocols.mapi.entry_ids import AddressBookEntryId
from posthouse.protocols.mapi.property_rows import Missing, Typed, format_row, read_row
from posthouse.protocols.mapi.property_values import (
    ADDRESS_BOOK,
    MULTIPLE,
    PropertyTag,
    PropertyType,
    TaggedValue,
    format_value,
    read_tagged_value,
    read_value,
)
from posthouse.protocols.mapi.reader import Reader
from posthouse.protocols.mapi.restrictions import And, Content, Exist, FuzzyLow, Not, Or, Property, RelOp
from posthouse.protocols.mapi.tags import PidTagDisplayName, PidTagSmtpAddress

SERVER = UUID("5a1a5a1a-0000-4000-8000-00000000abcd")
STAT = "00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000"
NOTHING = "00000000"

EXAMPLES: list[tuple[Request | Response, str]] = [
    (session.BindRequest(0, Stat()), f"00000000 FF {STAT} {NOTHING}"),
    (session.BindResponse(0, SERVER), f"00000000 00000000 1A5A1A5A 0000 0040 8000 00000000ABCD {NOTHING}"),
    (session.UnbindResponse(), f"00000000 01000000 {NOTHING}"),
    (
        objects.ResolveNamesRequest(0, Stat(), (PidTagDisplayName, PidTagSmtpAddress), ("=SMTP:alice@example.org",)),
        f"""00000000 FF {STAT} FF 02000000 1F000130 1F00FE39 FF 01000000
        3D0053004D00540050003A0061006C0069006300650040006500780061006D0070006C0065002E006F00720067000000 {NOTHING}""",
    ),
    (
        objects.ResolveNamesResponse(
            0, 1252, (2,), Rows((PidTagDisplayName, PidTagSmtpAddress), (("Alice", "alice@example.org"),))
        ),
        f"""00000000 00000000 E4040000 FF 01000000 02000000 FF 02000000 1F000130 1F00FE39 01000000
        00 FF 41006C006900630065000000
        FF 61006C0069006300650040006500780061006D0070006C0065002E006F00720067000000 {NOTHING}""",
    ),
    (tables.CompareMIdsRequest(0, Stat(), 16, 17), f"00000000 FF {STAT} 10000000 11000000 {NOTHING}"),
    (tables.CompareMIdsResponse(0, -1), f"00000000 00000000 FFFFFFFF {NOTHING}"),
    (objects.DnToMIdRequest(0, ("/o=x", "/")), f"00000000 FF 02000000 2F6F3D7800 2F00 {NOTHING}"),
    (objects.DnToMIdResponse(0, (16, 0)), f"00000000 00000000 FF 02000000 10000000 00000000 {NOTHING}"),
    (tables.QueryRowsRequest(2, None, (16,), 5, None), f"02000000 00 01000000 10000000 05000000 00 {NOTHING}"),
    (tables.QueryRowsResponse(0x8004010F), f"00000000 0F010480 00 00 {NOTHING}"),
    (tables.UpdateStatRequest(0, None, True), f"00000000 00 FF {NOTHING}"),
    (tables.UpdateStatResponse(0, None, -3), f"00000000 00000000 00 FF FDFFFFFF {NOTHING}"),
    (
        tables.GetMatchesRequest(0, None, None, 0, Exist(PidTagDisplayName), tables.PropertyName(SERVER, 1), 9, ()),
        f"""00000000 00 00 00000000 FF 08 1F000130 FF 1A5A1A5A 0000 0040 8000 00000000ABCD 01000000 09000000
        FF 00000000 {NOTHING}""",
    ),
    (
        tables.GetSpecialTableResponse(0, 1252, 3, ((TaggedValue(PropertyTag(0x3001, 0x1E), b"A"),),)),
        f"00000000 00000000 E4040000 FF 03000000 FF 01000000 01000000 1E000130 FF 4100 {NOTHING}",
    ),
    (
        objects.ModLinkAttRequest(1, 0x8009000D, 16, (b"xy",)),
        f"01000000 0D000980 10000000 FF 01000000 02000000 7879 {NOTHING}",
    ),
    (
        objects.GetTemplateInfoRequest(1, 6, "/o", 1252, 0x409),
        f"01000000 06000000 FF 2F6F00 E4040000 09040000 {NOTHING}",
    ),
    (session.UrlResponse(0, "h"), f"00000000 00000000 6800 0000 {NOTHING}"),
]


@pytest.mark.parametrize(("value", "encoded"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_bodies(value: Request | Response, encoded: str) -> None:
    """R321, R1463: each body has one form, and is read as it was written."""
    data = bytes.fromhex(encoded)
    assert value.format() == data
    assert type(value).parse(data) == value


VALUES: list[tuple[int, Any, str]] = [
    (PropertyType.INTEGER32, -1, "FFFFFFFF"),
    (PropertyType.BOOLEAN, True, "01"),
    (PropertyType.TIME, 1, "0100000000000000"),
    (PropertyType.ERROR_CODE, 0x8004010F, "0F010480"),
    (PropertyType.OBJECT, None, ""),
    (PropertyType.STRING8, b"A", "FF 4100"),
    (PropertyType.STRING, "A", "FF 41000000"),
    (PropertyType.STRING, None, "00"),
    (PropertyType.BINARY, b"A", "FF 01000000 41"),
    (PropertyType.BINARY, None, "00"),
    (MULTIPLE | PropertyType.INTEGER32, (1, 2), "FF 02000000 01000000 02000000"),
    (MULTIPLE | PropertyType.STRING8, (b"A", None), "FF 02000000 FF 4100 00"),
    (MULTIPLE | PropertyType.STRING, ("A",), "FF 01000000 FF 41000000"),
    (MULTIPLE | PropertyType.BINARY, (b"A",), "FF 01000000 FF 01000000 41"),
    (MULTIPLE | PropertyType.TIME, None, "00"),
    (MULTIPLE | PropertyType.TIME, (1,), "FF 01000000 0100000000000000"),
    (MULTIPLE | PropertyType.INTEGER16, (-1,), "FF 01000000 FFFF"),
    (MULTIPLE | PropertyType.GUID, (SERVER,), "FF 01000000 1A5A1A5A 0000 0040 8000 00000000ABCD"),
    (PropertyType.GUID, SERVER, "1A5A1A5A 0000 0040 8000 00000000ABCD"),
    (PropertyType.BOOLEAN, False, "00"),
]


@pytest.mark.parametrize(("kind", "value", "encoded"), VALUES)
def test_values(kind: int, value: Any, encoded: str) -> None:
    """R2000 to R2007, R2009, R2010, R2250 to R2261; MS-OXNSPI R135, R137, R144, R145, R147, R148, R149, R151 to R153,
    R155, R165, R166, R168, R174, R175, R177 to R179, R181 to R186, R188 to R195, R197, R205, R206, R211, R212: what can
    be long says first whether it is there, and sizes have 32 bits."""
    data = bytes.fromhex(encoded)
    assert format_value(kind, value, ADDRESS_BOOK) == data
    reader = Reader(data)
    assert read_value(reader, kind, ADDRESS_BOOK) == value
    reader.done()


def test_tagged_value() -> None:
    """R2011 to R2014."""
    value = TaggedValue(PidTagDisplayName, "A")
    assert value.format(ADDRESS_BOOK) == bytes.fromhex("1F000130 FF 41000000")
    assert read_tagged_value(Reader(value.format(ADDRESS_BOOK)), ADDRESS_BOOK) == value


ANY_NAME = PropertyTag(0x3001, PropertyType.UNSPECIFIED)
NUMBER = PropertyTag(0x3900, PropertyType.INTEGER32)
ROWS: list[tuple[list[PropertyTag], tuple[Any, ...], str]] = [
    ([PidTagDisplayName, NUMBER], ("A", 1), "00 FF41000000 01000000"),
    ([PidTagDisplayName, NUMBER], ("A", Missing(0x8004010F)), "01 00FF41000000 0A0F010480"),
    ([NUMBER], (Missing(),), "01 01"),
    ([ANY_NAME], (Typed(PropertyType.STRING, "A"),), "00 1F00 FF41000000"),
    ([ANY_NAME, NUMBER], (Typed(PropertyType.STRING, "A"), Missing(5)), "01 1F00 00 FF41000000 0A05000000"),
]


@pytest.mark.parametrize(("columns", "row", "encoded"), ROWS)
def test_rows(columns: list[PropertyTag], row: tuple[Any, ...], encoded: str) -> None:
    """R15 to R18, R450, R453, R1298, R1299, R2015 to R2024, R2027, R2035, R2036."""
    data = bytes.fromhex(encoded)
    assert format_row(columns, row, ADDRESS_BOOK) == data
    reader = Reader(data)
    assert read_row(reader, columns, ADDRESS_BOOK) == row
    reader.done()


def test_restriction_counts() -> None:
    """[MS-OXCDATA] 2.12: in the address book the count of parts has 32 bits, and values their form there."""
    name = TaggedValue(PidTagDisplayName, "A")
    both = And((Property(RelOp.EQ, PidTagDisplayName, name), Not(Exist(NUMBER))))
    request = tables.GetMatchesRequest(filter=both)
    encoded = "00 02000000 04 04 1F000130 1F000130 FF41000000 02 08 03000039"
    assert bytes.fromhex(encoded) in request.format()
    assert tables.GetMatchesRequest.parse(request.format()) == request


IDS: list[tuple[AddressBookEntryId | EphemeralEntryId, str]] = [
    (
        AddressBookEntryId("/", DisplayType.CONTAINER),
        "00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00010000 2F00",
    ),
    (
        EphemeralEntryId(SERVER, DisplayType.MAIL_USER, 16),
        "87000000 1A5A1A5A 0000 0040 8000 00000000ABCD 01000000 00000000 10000000",
    ),
]


@pytest.mark.parametrize(("value", "encoded"), IDS)
def test_entry_ids(value: AddressBookEntryId | EphemeralEntryId, encoded: str) -> None:
    """MS-OXNSPI R361 to R370, R372 to R375, R380, R381, R392 to R401, R403 to R406, R411, R1664, R1713 to R1720."""
    data = bytes.fromhex(encoded)
    assert value.format() == data
    assert parse_address_entry_id(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(30),
        IDS[0][0].format()[:-1],
        IDS[1][0].format() + b"x",
        bytes(4) + SERVER.bytes_le + IDS[0][0].format()[20:],
    ],
)
def test_other_entry_ids(data: bytes) -> None:
    """Those of folders, and broken ones, are none of the address book."""
    with pytest.raises(BadSyntax):
        parse_address_entry_id(data)


def test_provider() -> None:
    """MS-OXNSPI R1664."""
    assert PROVIDER.bytes_le == bytes.fromhex("DCA740C8C042101AB4B908002B2FE182")


def test_failure_body_is_no_response() -> None:
    """[MS-OXCMAPIHTTP] 2.2.4.1.3: a body with another StatusCode has none of the type's fields."""
    with pytest.raises(BadSyntax):
        tables.UpdateStatResponse.parse(bytes.fromhex("01000000 00000000"))


KINDS: list[Any] = [
    kind
    for module in (session, tables, objects)
    for kind in vars(module).values()
    if inspect.isclass(kind) and issubclass(kind, (Request, Response)) and kind not in (Request, Response)
]
TAG = st.sampled_from([PidTagDisplayName, PidTagSmtpAddress, NUMBER])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
TAGGED = st.one_of(
    st.builds(TaggedValue, st.just(PidTagDisplayName), st.none() | TEXT),
    st.builds(TaggedValue, st.just(NUMBER), st.integers(-(1 << 31), (1 << 31) - 1)),
    st.builds(TaggedValue, st.just(PropertyTag(0x8C6A, 0x1102)), st.lists(st.binary(max_size=5)).map(tuple)),
)
U32 = st.integers(0, (1 << 32) - 1)
I32 = st.integers(-(1 << 31), (1 << 31) - 1)
DN = st.text("/=abc ", max_size=9)


def test_where_a_position_stands():
    """MS-OXNSPI R309, R311, R319, R322, R325, R334, R338, R341, R1587: nine numbers of 32 bits, of which
    Delta has a sign, in this order."""
    state = Stat(1, 0x10, 0x10007, -2, 3, 4, 1252, 0x407, 0x809)
    raw = "01000000 10000000 07000100 FEFFFFFF 03000000 04000000 E4040000 07040000 09080000"
    assert state.format() == bytes.fromhex(raw)
    assert Stat.read(Reader(bytes.fromhex(raw))) == state


STATS = st.builds(Stat, U32, U32, U32, I32, U32, U32, U32, U32, U32)
FILTERS = st.recursive(
    st.builds(Exist, TAG)
    | st.builds(Property, st.sampled_from(RelOp), TAG, TAGGED)
    | st.builds(Content, st.sampled_from(FuzzyLow), st.integers(0, 7), TAG, TAGGED),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple).map(And)
        | st.lists(inner, max_size=3).map(tuple).map(Or)
        | inner.map(Not)
    ),
    max_leaves=5,
)
CELLS = {PropertyType.STRING: TEXT, PropertyType.INTEGER32: I32}


def lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3).map(tuple)


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    columns = draw(lists(TAG))
    cell = st.tuples(*[CELLS[PropertyType(tag.type)] | st.builds(Missing, st.none() | U32) for tag in columns])
    return Rows(columns, draw(lists(cell)))


OF_FIELD: dict[Any, st.SearchStrategy[Any]] = {
    wire.U32: U32,
    wire.I32: I32,
    wire.Guid: st.uuids(),
    wire.Text: TEXT,
    body.Flag: st.booleans(),
    body.Maybe[Stat]: st.none() | STATS,
    body.Maybe[wire.U32]: st.none() | U32,
    body.Maybe[wire.I32]: st.none() | I32,
    body.Maybe[body.Dn]: st.none() | DN,
    body.Maybe[body.Tags]: st.none() | lists(TAG),
    body.MIds: lists(U32),
    body.Maybe[body.MIds]: st.none() | lists(U32),
    body.Maybe[body.Value]: st.none() | TAGGED,
    body.Maybe[body.Values]: st.none() | lists(TAGGED),
    body.Maybe[body.ValueLists]: st.none() | lists(lists(TAGGED)),
    body.Maybe[body.Filter]: st.none() | FILTERS,
    body.Maybe[body.Table]: st.none() | rows(),
    body.Maybe[body.Dns]: st.none() | lists(DN),
    body.Maybe[body.Texts]: st.none() | lists(TEXT),
    body.Maybe[body.EntryIds]: st.none() | lists(st.binary(max_size=5)),
    body.Maybe[tables.PropertyName]: st.none() | st.builds(tables.PropertyName, st.uuids(), U32),
}


def anything_of(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{one.name: OF_FIELD[hints[one.name]] for one in fields(kind)})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS).flatmap(anything_of))
def test_there_and_back(value: Any) -> None:
    """Every request and every response is read as it was written."""
    assert type(value).parse(value.format()) == value


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_anything(kind: Any, data: bytes) -> None:
    """Whatever comes is a body that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        kind.parse(data).format()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS).flatmap(anything_of), st.data())
def test_broken(value: Any, data: st.DataObject) -> None:
    """A body with a byte of it changed, or cut short, is a body that can be written, or bad syntax."""
    encoded = bytearray(value.format())
    encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadSyntax):
        type(value).parse(bytes(encoded)).format()
    with contextlib.suppress(BadSyntax):
        type(value).parse(bytes(encoded[: data.draw(st.integers(0, len(encoded)))])).format()


@pytest.mark.parametrize("count", [100_001, 0xFFFFFFFF, 5])
def test_counts(count: int) -> None:
    """R23 to R26; MS-OXNSPI R141, R143: not more than 100,000, and never more than there is."""
    data = bytes(4) + b"\0" + b"\xff" + count.to_bytes(4, "little") + bytes(12)
    with pytest.raises(BadSyntax):
        tables.ResortRestrictionRequest.parse(data)
    with pytest.raises(BadSyntax):
        objects.GetPropsRequest.parse(data)


def test_template() -> None:
    """[MS-OXOABKT] 2.2.2.1: controls with their places, and the texts behind all of them."""
    page = Control(ControlType.PAGE, b"General", 0, 0, 100, 50)
    edit = Control(ControlType.EDIT, b"*", 5, 6, 7, 8, PidTagDisplayName, 64, ControlFlags.EDITABLE)
    data = format_template([page, edit])
    assert data == bytes.fromhex(
        """01000000 02000000
        00000000 64000000 00000000 32000000 08000000 00000000 00000000 00000000 50000000
        05000000 07000000 06000000 08000000 01000000 02000000 1F000130 40000000 58000000
        47656E6572616C00 2A00"""
    )
    assert parse_template(data) == (page, edit)


@given(st.binary(max_size=100))
def test_any_template(data: bytes) -> None:
    """Whatever comes is a template that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        format_template(parse_template(data))
    with contextlib.suppress(BadSyntax):
        format_template(parse_template(b"\1\0\0\0\1\0\0\0" + data))


@pytest.mark.parametrize(
    "kind", [PropertyType.INTEGER16, PropertyType.INTEGER32, PropertyType.STRING, PropertyType.GUID]
)
def test_too_many_values(kind: PropertyType) -> None:
    """MS-OXNSPI R150, R154, R160, R163, R167, R171, R176, R196, R198, R201, R204, R207, R210, R213: nor has a property
    more values."""
    for count, good in ((100_000, True), (100_001, False)):
        data = b"\xff" + count.to_bytes(4, "little") + bytes(16 * count)
        with contextlib.nullcontext() if good else pytest.raises(BadSyntax):
            read_value(Reader(data), MULTIPLE | kind, ADDRESS_BOOK)
