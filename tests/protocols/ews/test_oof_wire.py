"""Settings of whoever is out of office – [MS-OXWOOF]: whatever comes, settings or a Fault."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_services import oof_settings

from posthouse.protocols.ews.out_of_office import Audience, OofSettings, OofState, parse_mailbox, parse_settings
from posthouse.protocols.ews.soap import Fault, parse_call

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REQUEST = oof_settings(
    "alice@example.org",
    "<t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience><t:Duration>"
    "<t:StartTime>2026-06-01T12:00:00</t:StartTime><t:EndTime>2026-06-03T12:00:00+02:00</t:EndTime></t:Duration>"
    '<t:InternalReply xml:lang="de"><t:Message>&lt;p&gt;Zur\u00fcck&lt;/p&gt;</t:Message></t:InternalReply>'
    "<t:DeclineEventsForScheduledOOF>false</t:DeclineEventsForScheduledOOF>",
)


def test_settings() -> None:
    """2.2.4.2: times are of UTC, unless they say something else; a reply that is not there is empty."""
    call = parse_call(REQUEST)
    assert parse_mailbox(call) == "alice@example.org"
    assert parse_settings(call, NOW) == OofSettings(
        OofState.SCHEDULED,
        Audience.KNOWN,
        datetime(2026, 6, 1, 12, tzinfo=UTC),
        datetime(2026, 6, 3, 10, tzinfo=UTC),
        "<p>Zur\u00fcck</p>",
        "",
    )


@pytest.mark.fuzz
@given(st.integers(0, len(REQUEST)), st.integers(0, 40), st.binary(max_size=20))
def test_any_bytes(at: int, gone: int, put: bytes) -> None:
    """A Fault is all that may come of bytes that were changed, cut off or put in."""
    with suppress(Fault):
        call = parse_call(REQUEST[:at] + put + REQUEST[at + gone :])
        parse_mailbox(call)
        parse_settings(call, NOW)
