"""Versions and their predecessors.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.fast_transfer.predecessors import (
    Order,
    PredecessorChangeList,
    Xid,
    parse_predecessors,
    parse_xid,
    predecessors_of,
    written,
)

SERVER, CLIENT, OTHER = UUID("0df1b4a6-1d2c-4a61-8c0e-5f6a7b8c9d0e"), UUID(int=2), UUID(int=3)


def versions(**changes: int) -> PredecessorChangeList:
    names = {"a": SERVER, "b": CLIENT, "c": OTHER}
    return predecessors_of(Xid(names[name], number.to_bytes(6, "big")) for name, number in changes.items())


def test_example() -> None:
    """R153, R155 to R157, R159, R160, R169 to R173: a key is a GUID and a number, in a list with its size."""
    key = bytes.fromhex("A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 000000001001")
    assert parse_xid(key) == Xid(SERVER, bytes.fromhex("000000001001"))
    assert parse_xid(key).format() == key
    assert parse_predecessors(b"\x16" + key) == versions(a=0x1001)
    assert versions(a=0x1001).format() == b"\x16" + key


def test_order_of_bytes() -> None:
    """R166 to R169: written in the order of the namespaces' bytes on the wire, read in any."""
    first, second = UUID("02000000-0000-0000-0000-000000000000"), UUID("01000001-0000-0000-0000-000000000000")
    xids = [Xid(second, b"\1"), Xid(first, b"\2\3\4\5")]
    data = predecessors_of(xids).format()
    assert data == b"".join(xid.format_sized() for xid in reversed(xids))
    assert parse_predecessors(b"".join(xid.format_sized() for xid in xids)).format() == data


COMPARED = [
    (versions(a=1), versions(a=1), Order.SAME),
    (versions(), versions(), Order.SAME),
    (versions(a=2), versions(a=1), Order.NEWER),
    (versions(a=1, b=1), versions(a=1), Order.NEWER),
    (versions(a=0x100), versions(a=0xFF), Order.NEWER),
    (versions(a=1), versions(), Order.NEWER),
    (versions(a=2, b=1), versions(a=1, b=2), Order.CONFLICT),
    (versions(a=1, b=2), versions(a=2, b=1), Order.CONFLICT),
    (versions(a=1), versions(b=1), Order.CONFLICT),
    (versions(a=2, b=2, c=1), versions(a=2, b=3), Order.CONFLICT),
]


@pytest.mark.parametrize(("one", "other", "order"), COMPARED)
def test_compare(one: PredecessorChangeList, other: PredecessorChangeList, order: Order) -> None:
    """R1783, R1788, R1789, R1791 to R1793, R1798, R1799, R66, R1787, R1792001, R1796, R1797: a version is newer when it
    contains all of the other."""
    back = {Order.NEWER: Order.OLDER}
    assert one.compare(other) == order
    assert other.compare(one) == back.get(order, order)


LISTS = st.dictionaries(
    st.sampled_from([SERVER, CLIENT, OTHER]), st.integers(0, 3).map(lambda number: number.to_bytes(6, "big"))
).map(PredecessorChangeList)


@given(LISTS, LISTS)
def test_merge(one: PredecessorChangeList, other: PredecessorChangeList) -> None:
    """R1804, R1805, R1808 to R1810, R1815: the successor of both contains both, and nothing else."""
    merged = one.merge(other)
    assert merged.includes(one)
    assert merged.includes(other)
    assert all(change in [*one.changes.items(), *other.changes.items()] for change in merged.changes.items())


@given(LISTS)
def test_there_and_back(changes: PredecessorChangeList) -> None:
    """R165, R169, R152, R154: a list is read as it was written."""
    assert parse_predecessors(changes.format()) == changes
    later = changes.with_change(Xid(SERVER, (9).to_bytes(6, "big")))
    assert later.compare(changes) == Order.NEWER
    assert later.includes_change(Xid(SERVER, (9).to_bytes(6, "big")))
    assert not changes.includes_change(Xid(SERVER, (9).to_bytes(6, "big")))


def test_last_writer() -> None:
    """R1826 to R1828: of versions in conflict the later one wins, of equally late ones the one of larger bytes."""
    large, small = UUID("01000002-0000-0000-0000-000000000000"), UUID("02000001-0000-0000-0000-000000000000")
    assert written(2, Xid(small, b"\1")) > written(1, Xid(large, b"\2"))
    assert written(1, Xid(large, b"\1")) > written(1, Xid(small, b"\2"))


GUID = "A6B4F10D2C1D614A8C0E5F6A7B8C9D0E"


@pytest.mark.parametrize(
    "encoded",
    ["16", f"10 {GUID}", f"19 {GUID} 000000000000000001", f"11 {GUID} 01 12 {GUID} 0102", f"12 {GUID} 01", "00"],
)
def test_bad_lists(encoded: str) -> None:
    """R157, R161, R2737: no identifier, one that is too long, and two lengths in one namespace are bad syntax."""
    with pytest.raises(BadSyntax):
        parse_predecessors(bytes.fromhex(encoded))


@given(st.binary(max_size=120))
def test_anything(data: bytes) -> None:
    """Whatever comes is a list that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        found = parse_predecessors(data)
        assert parse_predecessors(found.format()) == found
