"""People of address fields: what is read quickly is what is read carefully."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.addresses import mailboxes
from posthouse.protocols.mapi.mime.address_book import EMPTY
from posthouse.protocols.mapi.mime.people import MAX_ADDRESS, MAX_NAME, read_names, read_people

WORD = b"=?utf-8?q?=C3=84nn?="
NAMES = st.sampled_from(
    [b"", b"Ann", b"Ann  B. C", b'"Smith, Ann"', b'" "', WORD, b'"%b"' % WORD, b"a\tb", b"(x)", b'"a\tb"'],
)
ADDRESSES = st.sampled_from(
    [b"a@b.example", b".a@b", b"a..b@c.example", b"a@", b"@b", b"a", b'"a b"@c.example', b"a+b@c"],
)
ENTRIES = st.tuples(NAMES, ADDRESSES, st.booleans()).map(
    lambda one: one[0] + b" <" + one[1] + b">" if one[2] or one[0] else one[1]
)
GROUPS = st.lists(ENTRIES, max_size=2).map(lambda members: b"group: " + b", ".join(members) + b";")
FIELDS = st.lists(ENTRIES | GROUPS, max_size=4).map(lambda entries: b" " + b",\r\n ".join(entries) + b"\r\n")


@given(FIELDS)
def test_both_ways_tell_the_same(value):
    """[MS-OXCMAIL] 2.1.3.1."""
    expected = [
        (one.name.strip()[:MAX_NAME] or str(one.address)[:MAX_ADDRESS], str(one.address)[:MAX_ADDRESS])
        for one in mailboxes(value)
    ]
    people = read_people(value, EMPTY)
    assert [(one.name, one.address) for one in people] == expected
    assert read_names(value) == "; ".join(name for name, _ in expected)


@pytest.mark.parametrize("count", [1, 200, 201, 300])
def test_long_lists(count):
    value = b", ".join(b"Name %d <n%d@example.org>" % (number, number) for number in range(count))
    people = read_people(value, EMPTY)
    assert [one.address for one in people] == [str(one.address) for one in mailboxes(value)]
