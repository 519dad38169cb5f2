"""Requests for free and busy times, and what is merged of them – [MS-OXWAVLS]: whatever comes, a request or a Fault."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_services import BERLIN, availability

from posthouse.protocols.ews.availability import Transition, parse_request
from posthouse.protocols.ews.free_busy import Busy, Taken, View, merged, merged_of_several
from posthouse.protocols.ews.soap import Fault, parse_call

REQUEST = availability("alice@example.org", "bob@example.org", begin="2026-06-01T00:00:00Z", zone=BERLIN)


def test_a_request() -> None:
    """Each element where the document has it."""
    request = parse_request(parse_call(REQUEST))
    assert request.mailboxes == ("alice@example.org", "bob@example.org")
    assert (request.begin.isoformat(), request.end) == ("2026-06-01T00:00:00+00:00", datetime(2026, 6, 8))
    assert (request.view, request.interval) == (View.DETAILED_MERGED, 60)
    assert request.zone == (
        -60,
        Transition(0, timedelta(hours=3), 5, 10, 0),
        Transition(-60, timedelta(hours=2), 5, 3, 0),
    )


def test_what_may_be_left_out() -> None:
    """3.1.4.1.3.13: the view and the interval; a zone without summer time."""
    text = REQUEST.decode().replace("Sunday", "Day")
    for name in ("RequestedView", "MergedFreeBusyIntervalInMinutes"):
        before, _, rest = text.partition(f"<t:{name}>")
        text = before + rest.partition(f"</t:{name}>")[2]
    request = parse_request(parse_call(text.encode()))
    assert (request.view, request.interval, request.zone) == (View.FREE_BUSY, 30, (-60, None, None))


@pytest.mark.parametrize("what", ["<t:DayOrder>5<", "<t:Month>10<"])
def test_a_clock_that_is_not_changed(what: str) -> None:
    """3.1.4.1.3.20: such zones come with zeros."""
    request = parse_request(parse_call(REQUEST.replace(what.encode(), what.rstrip("015<").encode() + b"0<")))
    assert request.zone.standard is None


@pytest.mark.fuzz
@given(st.integers(0, len(REQUEST)), st.integers(0, 40), st.binary(max_size=20))
def test_any_bytes(at: int, gone: int, put: bytes) -> None:
    """A Fault is all that may come of bytes that were changed, cut off or put in."""
    with suppress(Fault):
        parse_request(parse_call(REQUEST[:at] + put + REQUEST[at + gone :]))


@pytest.mark.parametrize("what", ["1e3", "9" * 5000, "0x10", "", "2000"])
def test_numbers(what: str) -> None:
    """Those of another kind, or far too large."""
    with pytest.raises(Fault, match="schema"):
        parse_request(parse_call(REQUEST.replace(b"<t:Bias>-60</t:Bias>", f"<t:Bias>{what}</t:Bias>".encode())))


def test_merged() -> None:
    """3.1.4.1.3.13: a digit for each interval that has begun, for the gravest of what touches it."""
    taken = [Taken(0, 10, Busy.TENTATIVE), Taken(9, 21, Busy.BUSY), Taken(5, 9, Busy.WORKING_ELSEWHERE)]
    assert merged(taken, 0, 45, 10) == "22200"
    assert merged([Taken(-5, 100, Busy.OOF), Taken(0, 10, Busy.WORKING_ELSEWHERE)], 0, 45, 10) == "33333"
    assert merged([Taken(10, 10, Busy.OOF), Taken(45, 60, Busy.OOF), Taken(-9, 0, Busy.OOF)], 0, 45, 10) == "00000"
    assert merged_of_several(["0123", "4004"], 4) == "4123"
    assert merged_of_several([], 3) == "444"
