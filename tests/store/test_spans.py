"""Spans cover the same UIDs as the ranges they are made of, in their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.ranges import normalise, numbers
from posthouse.store.spans import over, size, spans

RANGES = st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 30)).map(lambda p: (p[0], sum(p)))).map(normalise)


@given(RANGES)
def test_the_same_uids(ranges):
    """Each UID once, and every span says how many it has."""
    found = []
    for span in spans(ranges):
        uids = list(range(span[0], span[1] + 1)) if len(span) == 2 else [uid for uid in span if uid]
        assert len(uids) == size(span)
        found += uids
    assert found == list(numbers(ranges))


def test_statements():
    """As many parameters as the span has numbers."""
    sql = "SELECT 1 FROM message WHERE account_id = ? AND uid BETWEEN ? AND ? AND flags = ?"
    for span in spans(tuple((n, n) for n in range(1, 300, 2))):
        assert over(sql, span).count("?") == len(span) + 2
    assert over(sql, (1, 2**32)) == sql
