"""IDSETs against examples, against Python's own sets, and against anything.

Statements are those of [MS-OXCFXICS].
"""

from __future__ import annotations

import contextlib
import os
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.mapi.fast_transfer.globset_coding import format_globset, read_ranges
from posthouse.protocols.mapi.fast_transfer.globsets import Globset, globset_of, globset_of_ranges
from posthouse.protocols.mapi.fast_transfer.idsets import (
    IdSet,
    format_replguid_idset,
    format_replid_idset,
    idset,
    parse_replguid_idset,
    parse_replid_idset,
)
from posthouse.protocols.mapi.reader import Reader

REPLICA = UUID("0df1b4a6-1d2c-4a61-8c0e-5f6a7b8c9d0e")
LAST = (1 << 48) - 1


def parse_globset(data: bytes) -> Globset:
    reader = Reader(data)
    found = globset_of_ranges(read_ranges(reader))
    reader.done()
    return found


SAME_BYTES = [
    ([], "00"),
    ([(5, 5)], "06 000000000005 00"),
    ([(1, 0x1234)], "0400000000 52 0001 1234 50 00"),
    ([(0x10001, 0x10010), (0x20000, 0x2FFFF)], "03000000 020100 520110 50 0102 520000FFFF 50 50 00"),
    ([(1, 0x10), (0x100000000000, 0x100000000005)], "050000000000 520110 50 051000000000 520005 50 00"),
    ([(1, 1), (3, 3)], "050000000000 420102 50 00"),
    ([(1, 3), (5, 5), (7, 9)], "050000000000 4201EB 50 00"),
    ([(1, 1), (3, 3), (0x20, 0x20), (0x30, 0x44)], "050000000000 420102 0120 523044 50 00"),
    ([(0x10203, 0x10203), (0x20304, 0x20304)], "03000000 03010203 03020304 50 00"),
    ([(0xFD, 0xFD), (0xFF, 0x100)], "04 00000000 0200FD 52 00FF 0100 50 00"),
    ([(LAST, LAST)], "06 FFFFFFFFFFFF 00"),
    ([(0, LAST)], "52 000000000000 FFFFFFFFFFFF 00"),
]


@pytest.mark.parametrize(("ranges", "encoded"), SAME_BYTES)
def test_both_ways(ranges: list[tuple[int, int]], encoded: str) -> None:
    """R193, R201, R202, R209, R210, R212, R213, R215, R216, R1956, R1973, R1974, R1978, R1980 to R1983, R1987, R1989,
    R199, R203, R205, R207, R208, R214, R217, R218, R2660, R2661, R1964, R1970, R1977, R1979, R2005, R2020, R3059,
    R3064, R3068, R3071, R3074, R3077: shared bytes
    are pushed, ranges near each other share a bitmask, nothing is left on the stack at the end."""
    assert format_globset(globset_of_ranges(ranges)) == bytes.fromhex(encoded)
    assert parse_globset(bytes.fromhex(encoded)).ranges == tuple(ranges)


OF_OTHERS = [
    ("050000000000 0101 0103 50 00", [(1, 1), (3, 3)]),
    (
        "03000000 020100 520110 50 03010020 0102 520000FFFF 50 50 00",
        [(0x10001, 0x10010), (0x10020, 0x10020), (0x20000, 0x2FFFF)],
    ),
    ("52 000000000001 000000001234 00", [(1, 0x1234)]),
    ("050000000000 42010E 50 00", [(1, 1), (3, 5)]),
    ("0400000000 5200010003 020005 50 00", [(1, 3), (5, 5)]),
    ("0400000001 0102 520307 50 020105 50 00", [(0x10105, 0x10105), (0x10203, 0x10207)]),
    ("050000000000 0109 520308 520204 0105 50 00", [(2, 9)]),
    ("01 00 01 00 01 00 01 00 01 00 0107 50 50 50 50 50 00", [(7, 7)]),
    ("050000000000 42FE01 50 00", [(0xFE, 0xFF)]),
    ("050000000000 50 00", []),
]


@pytest.mark.parametrize(("encoded", "ranges"), OF_OTHERS)
def test_of_others(encoded: str, ranges: list[tuple[int, int]]) -> None:
    """R1957, R1963, R1994, R1995, R2001, R2007, R2009, R2012 to R2014, R3392, R194, R3376: all ways to write a set are
    read, in any order, also when they overlap. What is pushed stands before all that follows, until it is popped; Push,
    Bitmask and Range give counters, Pop and End none."""
    assert parse_globset(bytes.fromhex(encoded)).ranges == tuple(ranges)


@pytest.mark.parametrize(
    ("encoded", "rule"),
    [
        ("", "nothing"),
        ("06 0000000005", "a Push without its bytes"),
        ("07 00000000000000 00", "no such Push"),
        ("050000000000 020001 00", "seven bytes on the stack"),
        ("50 00", "a Pop of nothing, R1966"),
        ("0500000000 0150 50 50 00", "a Pop too many"),
        ("04 00000000 42 01 02 50 00", "a Bitmask over four bytes, R2003"),
        ("42 01 02 00", "a Bitmask over none"),
        ("050000000000 42FE02 50 00", "a Bitmask over the end of its block"),
        ("52 000000000002 000000000001 00", "a range that goes down, R3393"),
        ("050000000000 0101 00", "bytes left on the stack, R1992"),
        ("06 000000000005", "no End, R1987"),
        ("43 00", "an unknown command, R3391"),
        ("06 000000000005 00 00", "something behind the End"),
    ],
)
def test_bad_globsets(encoded: str, rule: str) -> None:
    """R3391, R3065: what is against the rules is told so."""
    with pytest.raises(BadSyntax):
        parse_globset(bytes.fromhex(encoded))


COUNTERS = st.frozensets(st.one_of(st.integers(0, 600), st.integers(0, LAST)), max_size=60)
REPLGUIDS = st.sampled_from([UUID(int=0), UUID(int=LAST), REPLICA, UUID("a6b4f10d-2c1d-614a-8c0e-5f6a7b8c9d0e")])
BY_GUID = st.dictionaries(REPLGUIDS, COUNTERS, max_size=4)


def made(sets: dict[UUID, frozenset[int]]) -> IdSet[UUID]:
    return idset({replica: globset_of(counters) for replica, counters in sets.items()})


def members(sets: dict[UUID, frozenset[int]]) -> set[tuple[UUID, int]]:
    return {(replica, counter) for replica, counters in sets.items() for counter in counters}


@given(BY_GUID, BY_GUID)
def test_as_sets(one: dict[UUID, frozenset[int]], other: dict[UUID, frozenset[int]]) -> None:
    """R174, R175, R192, R1935 to R1938: it is a set: union, difference, membership, size."""
    a, b = made(one), made(other)
    assert set(a) == members(one)
    assert set(a | b) == members(one) | members(other)
    assert set(a - b) == members(one) - members(other)
    assert a.count() == len(members(one))
    assert bool(a - b) == bool(members(one) - members(other))
    for member in [*members(one), *members(other)]:
        assert (member in a) == (member in members(one))
    for counters in (a | b).sets.values():
        assert all(after[0] - before[1] > 1 for before, after in pairwise(counters.ranges))


def test_as_large_as_can_be() -> None:
    """All that a client can claim to have costs no more than a few bytes, also to count it and to take from it."""
    every = parse_replid_idset(b"".join(at.to_bytes(2, "little") + ALL for at in range(1, 0x8001)))
    assert every.count() == 0x8000 << 48
    assert (0x8000, LAST) in every
    assert (every - idset({1: globset_of([5])})).of(1).ranges == ((0, 4), (6, LAST))
    assert not every - every


ALL = bytes.fromhex("52 000000000000 FFFFFFFFFFFF 00")


@given(COUNTERS, st.integers(0, 700), st.integers(0, 300))
def test_ranges(counters: frozenset[int], low: int, size: int) -> None:
    """R1937: a range that is added joins with what it touches."""
    whole = idset({1: globset_of(counters)}).with_range(1, low, low + size)
    assert set(whole.of(1)) == counters | set(range(low, low + size + 1))


@given(BY_GUID)
@example({REPLICA: frozenset(range(1, 1000, 3))})
def test_there_and_back(sets: dict[UUID, frozenset[int]]) -> None:
    """R178, R184, R186, R187, R189, R1934, R1945, R3668, R1931, R1933, R1950, R1951: with GUIDs, in the order of their
    bytes."""
    data = format_replguid_idset(made(sets))
    assert parse_replguid_idset(data) == made(sets)
    assert format_replguid_idset(parse_replguid_idset(data)) == data


@given(st.dictionaries(st.integers(0, 0xFFFF), COUNTERS, max_size=4))
def test_there_and_back_with_replids(sets: dict[int, frozenset[int]]) -> None:
    """R181 to R183, R1946: written with REPLIDs, the lowest first, read as it was."""
    ids = idset({replica: globset_of(counters) for replica, counters in sets.items()})
    data = format_replid_idset(ids)
    assert parse_replid_idset(data) == ids
    assert format_replid_idset(parse_replid_idset(data)) == data


def test_both_forms() -> None:
    """R182, R187, R1941, R1948, R190, R191: the forms differ in the replica's name alone, and one is made of the
    other."""
    ids = idset({1: globset_of([5, 7])})
    assert format_replid_idset(ids) == bytes.fromhex("0100 050000000000 420502 50 00")
    assert parse_replid_idset(bytes.fromhex("0100 050000000000 0105 0107 50 00")) == ids
    known = ids.renamed({1: REPLICA}.get)
    assert format_replguid_idset(known) == REPLICA.bytes_le + bytes.fromhex("050000000000 420502 50 00")
    assert known.renamed({REPLICA: 1}.get) == ids
    assert not known.renamed({UUID(int=0): 1}.get)
    assert format_replid_idset(IdSet()) == format_replguid_idset(IdSet()) == b""
    data = bytes.fromhex("A6B4F10D2C1D614A8C0E5F6A7B8C9D0E 52 000000000001 000000001234 00")
    assert parse_replguid_idset(data) == IdSet[UUID]().with_range(REPLICA, 1, 0x1234)


def test_order_of_guids() -> None:
    """R186: by the bytes as they are on the wire, not by the GUIDs as they are printed."""
    first, second = UUID("02000000-0000-0000-0000-000000000000"), UUID("01000001-0000-0000-0000-000000000000")
    data = format_replguid_idset(idset({second: globset_of([1]), first: globset_of([2])}))
    assert data[:16] == first.bytes_le
    assert parse_replguid_idset(data[24:] + data[:24]) == parse_replguid_idset(data)


def test_same_replica_again() -> None:
    """What comes of one replica in several parts is one set."""
    part = bytes.fromhex("0100 06 000000000005 00")
    assert parse_replid_idset(part * 20_000) == idset({1: globset_of([5])})


@given(BY_GUID)
def test_collapsed(sets: dict[UUID, frozenset[int]]) -> None:
    """R2024, R2025, R3347: a set of changes may be one range for each replica, with nothing below or above it."""
    for replica, counters in made(sets).collapsed().sets.items():
        assert counters.ranges == ((min(sets[replica]), max(sets[replica])),)


@settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "200")), deadline=None)
@given(st.binary(max_size=200) | st.lists(st.sampled_from(b"\x00\x01\x05\x06\x42\x50\x52\x09"), max_size=80).map(bytes))
def test_anything(data: bytes) -> None:
    """R3391: whatever comes is a set that can be written, or bad syntax."""
    with contextlib.suppress(BadSyntax):
        ids = parse_replid_idset(data)
        assert parse_replid_idset(format_replid_idset(ids)) == ids
    with contextlib.suppress(BadSyntax):
        assert len(parse_globset(data).ranges) <= 3 * len(data)
