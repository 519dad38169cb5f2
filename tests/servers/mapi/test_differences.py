"""What is told of a table turns what its client knows into what there is. Statements are those of [MS-OXCNOTIF]."""

from __future__ import annotations

from array import array
from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.servers.mapi.notifications.differences import MAX_WINDOW, Difference, difference

LINES = st.lists(st.integers(-5, 30), unique=True, max_size=30)
"""Messages and categories."""


def between(before: list[int], after: list[int], changed: Set[int] = frozenset()) -> Difference | None:
    return difference(array("q", before), array("q", after), changed)


def applied(found: Difference, before: list[int], after: list[int]) -> list[int]:
    """As a client does it, one after the other; each line comes behind one that is there."""
    lines = [line for line in before if line not in found.gone]
    for at, was_there in found.placed:
        assert (after[at] in lines) == was_there
        if was_there:
            lines.remove(after[at])
        lines.insert(lines.index(after[at - 1]) + 1 if at else 0, after[at])
    return lines


@given(LINES, LINES, st.sets(st.integers(-5, 30)))
def test_any_lines(before: list[int], after: list[int], changed: set[int]) -> None:
    """R23 to R25, R268: what went, came, moved, or is another row now, and nothing else of what stays in order."""
    found = between(before, after, changed)
    assert found is not None
    assert applied(found, before, after) == after
    assert set(found.gone) == set(before) - set(after)
    placed = {after[at] for at, _ in found.placed}
    assert placed >= set(after) - set(before) | changed & set(after)


@pytest.mark.parametrize(
    ("before", "after", "changed", "placed"),
    [
        ([1, 2, 3], [1, 2, 3], set(), []),
        ([1, 2, 3], [1, 2, 3], {2, 9}, [2]),
        ([1, 2, 3], [1, 4, 3], set(), [4]),
        ([1, 2, 3, 4, 5], [5, 1, 2, 3, 4], set(), [5]),
        ([-1, 1, 2, -2, 3, 4, 5], [-2, 3, 4, 5, -1, 1, 2], set(), [-1, 1, 2]),
        ([1, 2, 3], [3, 2, 1], {2}, [2, 1]),
    ],
)
def test_as_few_as_possible(before: list[int], after: list[int], changed: set[int], placed: list[int]) -> None:
    """R268: of two blocks that change places the smaller one is told."""
    found = between(before, after, changed)
    assert found is not None
    assert [after[at] for at, _ in found.placed] == placed


def test_too_far_apart() -> None:
    """R270: then the client reads the table again. What is the same at both ends costs nothing."""
    lines = list(range(MAX_WINDOW + 2))
    assert between(lines, lines[1:] + lines[:1]) is None
    assert between(lines, [-1, *lines]) == Difference([], [(0, False)])
