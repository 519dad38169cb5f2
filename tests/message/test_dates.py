"""Dates – RFC 5322 §3.3 and §4.3, RFC 9051 date-time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.message.dates import format_date, format_internal_date, parse_date, parse_day, parse_internal_date


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("value", "epoch"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", at(1997, 11, 21, 15, 55, 6)),
        (b"Tue, 1 Jul 2003 10:52:37 +0200", at(2003, 7, 1, 8, 52, 37)),
        (b"Thu, 13 Feb 1969 23:32:54 -0330 (Newfoundland Time)", at(1969, 2, 14, 3, 2, 54)),
        (b"21 Nov 97 09:55:06 GMT", at(1997, 11, 21, 9, 55, 6)),
        (b"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", at(1997, 11, 21, 15, 55, 6)),
        (b"Fri,21 Nov 1997 09:55 EST", at(1997, 11, 21, 14, 55)),
        (b"Sun, 21 Mar 1993 23:56:48 -0800 (PST)", at(1993, 3, 22, 7, 56, 48)),
        (b"Mon, 01 Jan 101 00:00:00 Z", at(2001, 1, 1)),
        (b"Thu Sep 19 12:41:43 1991", at(1991, 9, 19, 12, 41, 43)),
        (b"Thu Sep 19 12:41:43 EDT 1991", at(1991, 9, 19, 16, 41, 43)),
        (b"2005-06-06T22:21:22+02:00", at(2005, 6, 6, 20, 21, 22)),
        (b"Monday, 06-Jun-05 22:21:22 UT", at(2005, 6, 6, 22, 21, 22)),
        (b"6 June 2005 22.21.22 XYZ", at(2005, 6, 6, 22, 21, 22)),
        (b"Mon, 6 Jun 2005", at(2005, 6, 6)),
        (b"Sat, 31 Dec 2016 23:59:60 +0000", at(2017, 1, 1)),
        (b"Mon, 6 Jun 2005 22:21:22 +9999", at(2005, 6, 6, 22, 21, 22)),
        (b"", None),
        (b"yesterday", None),
        (b"Mon, 31 Feb 2005 22:21:22 +0200", None),
        (b"Mon, 6 Xyz 2005 22:21:22 +0200", None),
        (b"Mon, 6 Jun 2005 25:99:22 +0200", None),
        (b"Mon, 6 Jun 99999 22:21:22 +0200", None),
    ],
)
def test_parse(value: bytes, epoch: int | None) -> None:
    """Current, obsolete and usual wrong forms are read; what is no date is None."""
    when = parse_date(value)
    assert (None if when is None else when.epoch) == epoch


def test_day_is_as_written() -> None:
    """RFC 9051 §6.4.4: SENTSINCE and its kin disregard time and zone."""
    when = parse_date(b"Mon, 6 Jun 2005 23:30:00 -0800")
    assert when is not None
    assert when.day == at(2005, 6, 6) // 86400 == parse_day(b"6-Jun-2005") == parse_day(b'"06-jun-2005"')
    assert when.offset == -480


def test_internal_date() -> None:
    """The day takes two places, with a space or a zero; both are read."""
    epoch = at(1994, 2, 8, 5, 52, 25)
    assert format_internal_date(epoch, -480) == b'" 7-Feb-1994 21:52:25 -0800"'
    for text in (b'" 7-Feb-1994 21:52:25 -0800"', b"07-feb-1994 21:52:25 -0800", b"7-FEB-1994 21:52:25 -0800"):
        when = parse_internal_date(text)
        assert when is not None
        assert (when.epoch, when.offset) == (epoch, -480)
    for bad in (b"", b"7-Feb-94 21:52:25 -0800", b"31-Feb-1994 21:52:25 -0800", b"7-Feb-1994 24:52:25 -0800"):
        assert parse_internal_date(bad) is None
    assert parse_day(b"30-Feb-2000") is None
    assert parse_day(b"x") is None


_EPOCHS = st.integers(at(1901, 1, 2), at(9998, 12, 30))
_OFFSETS = st.integers(-12 * 60, 14 * 60)


@given(_EPOCHS, _OFFSETS)
def test_round_trip(epoch: int, offset: int) -> None:
    """What is formatted is read back, in both forms."""
    for when in (
        parse_date(format_date(epoch, offset).encode()),
        parse_internal_date(format_internal_date(epoch, offset)),
    ):
        assert when is not None
        assert (when.epoch, when.offset) == (epoch, offset)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_time_has_a_format(epoch: float) -> None:
    """A file time from nowhere does not break a FETCH."""
    assert len(format_internal_date(epoch)) == 28
