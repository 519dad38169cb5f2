"""Lines of tables and places among them, against a plain list. Statements are those of [MS-OXCTABL]."""

from __future__ import annotations

from array import array
from itertools import groupby
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.collation import text_key
from posthouse.protocols.mapi.object_row import ObjectRow
from posthouse.protocols.mapi.property_rows import Typed
from posthouse.protocols.mapi.restrictions import Direction, SortOrder
from posthouse.servers.mapi.tables.grouping import Numbers, make_groups
from posthouse.servers.mapi.tables.lines import Lines, instance_of_line, key_of_line, line_of
from posthouse.servers.mapi.tables.merging import Order
from posthouse.servers.mapi.tables.selection import Wanted, select, sort_key

IMPORTANCE, SUBJECT = tags.PidTagImportance, tags.PidTagSubject
KEYS = st.integers(1, 30)
ROWS = st.dictionaries(
    KEYS,
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.text(st.sampled_from("aAbB"), max_size=2)),
    max_size=12,
)
DIRECTIONS = st.sampled_from((Direction.ASCENDING, Direction.DESCENDING))
ORDERS = st.lists(
    st.tuples(st.sampled_from((IMPORTANCE, SUBJECT)), DIRECTIONS), max_size=2, unique_by=lambda one: one[0]
)


def row_of(values: tuple[int | None, str | None]) -> ObjectRow:
    pairs = zip((IMPORTANCE, SUBJECT), values, strict=True)
    return ObjectRow({tag.id: Typed(tag.type, value) for tag, value in pairs if value is not None}, {})


def in_order(rows: dict[int, Any], orders: list[tuple[Any, Direction]]) -> list[int]:
    """As anybody would: stable, one key after the other, from the last."""
    keys = sorted(rows)
    for tag, direction in reversed(orders):
        place = (IMPORTANCE, SUBJECT).index(tag)
        empty: Any = (-1, "")[place]

        def key(number: int, place: int = place, empty: Any = empty) -> Any:
            value = rows[number][place]
            missing = value is None
            value = empty if missing else value
            return not missing, value.casefold() if isinstance(value, str) else value

        keys.sort(key=key, reverse=direction is Direction.DESCENDING)
    return keys


def wanted_of(orders: list[tuple[Any, Direction]], categories: int = 0) -> Wanted:
    return Wanted(tuple(SortOrder(*order) for order in orders), categories)


@given(ROWS, ORDERS)
def test_rows_are_in_order(rows, orders):
    """R76, R77: what has no value is before all others."""
    selected = select([(key, row_of(values)) for key, values in rows.items()], wanted_of(orders))
    assert list(selected.lines) == in_order(rows, orders)


@given(ROWS, ROWS, ORDERS)
def test_rows_that_come_are_put_where_they_belong(before, news, orders):
    """R437: it is the same as to order all anew."""
    wanted, rows = wanted_of(orders), before | news
    lines = array("q", [key for key in in_order(before, orders) if key not in news])
    order = Order(wanted, lambda ids: {key: row_of(rows[key]) for key in ids})
    for key in sorted(news):
        lines.insert(order.place(lines, key, row_of(news[key])), key)
    assert list(lines) == in_order(rows, orders)


@given(ROWS, ORDERS, st.integers(0, 2), st.integers(0, 2))
def test_categories_hold_what_is_alike(rows, orders, categories, expanded):
    """R71, R72: opened all together they are the rows in order, each category behind its header."""
    categories = min(categories, len(orders))
    wanted = wanted_of(orders, categories)
    selected = select([(key, row_of(values)) for key, values in rows.items()], wanted)
    if not categories:
        assert selected.groups == []
        return
    groups = make_groups(selected, wanted, Numbers())
    opened = groups.lines(lambda one: True)
    assert [line for line in opened if line > 0] == list(selected.lines)
    seen = groups.lines(lambda one: one.depth < expanded)
    assert [line for line in seen if line > 0] == (list(selected.lines) if expanded >= categories else [])
    paths = [
        tuple(sort_key(row_of(rows[key]).value(order.tag), text_key) for order in wanted.orders[:categories])
        for key in rows
    ]
    assert len(groups.by_number) == sum(len({path[:depth] for path in paths}) for depth in range(1, categories + 1))
    assert sum(one.total for one in groups.top) == len(rows)
    assert [path for path, _ in groupby(one.path for one in groups.top)] == [one.path for one in groups.top]


@given(KEYS, st.integers(0, 1000))
def test_a_line_tells_its_object_and_its_instance(key, instance):
    """R6, R10."""
    assert (key_of_line(line_of(key, instance)), instance_of_line(line_of(key, instance))) == (key, instance)


class Places(RuleBasedStateMachine):
    """A table whose rows come and go, beside one that notes of each place which rows are behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Lines()
        self.rows: list[int] = []
        self.behind: list[int] | None = []
        """Rows from the cursor on; None: it is at the beginning, whatever comes."""
        self.marks: dict[int, tuple[int | None, list[int]]] = {}
        """Of each bookmark: its row, and that with those behind it."""

    @rule(rows=st.permutations(range(1, 12)), count=st.integers(0, 11))
    def become(self, rows, count):
        """Others, in another order."""
        self.table.become(array("q", rows[:count]))
        self.rows = rows[:count]

    @rule(gone=st.sets(st.integers(0, 11)), new=st.lists(st.integers(12, 40), unique=True, max_size=3))
    def change(self, gone, new):
        self.rows = [row for place, row in enumerate(self.rows) if place not in gone and row not in new]
        for row in new:
            self.rows.insert(row % (len(self.rows) + 1), row)
        self.table.become(array("q", self.rows))

    @rule()
    def begin(self):
        self.table.begin(array("q", self.rows))
        self.behind = None
        self.marks.clear()

    @rule(start=st.floats(0, 1), count=st.integers(-15, 15))
    def seek(self, start, count):
        place = round(start * len(self.rows))
        moved = self.table.seek(place, count)
        at = min(max(place + count, 0), len(self.rows))
        assert moved == at - place
        self.behind = self.rows[at:] if at else None

    @rule(at=st.floats(0, 1))
    def mark(self, at):
        place = round(at * len(self.rows))
        number = self.table.mark(place)
        assert number not in self.marks
        self.marks[number] = (self.rows[place] if place < len(self.rows) else None, self.rows[place:])

    def first_of(self, behind: list[int]) -> int:
        return next((self.rows.index(row) for row in behind if row in self.rows), len(self.rows))

    @invariant()
    def places_are_where_they_should_be(self):
        assert list(self.table.lines) == self.rows
        at = 0 if self.behind is None else self.first_of(self.behind)
        assert self.table.cursor == at
        self.behind = None if self.behind is None or not at else self.rows[at:]
        for number, (row, behind) in list(self.marks.items()):
            place, gone = self.table.find(number)
            assert gone is (row is not None and row not in self.rows)
            expected = self.rows.index(row) if row in self.rows else self.first_of(behind)
            assert place == expected
            fallback = self.first_of(behind)
            self.marks[number] = (row, self.rows[fallback:])


TestPlaces = Places.TestCase
