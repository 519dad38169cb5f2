"""IMAP URLs: text ⇄ value."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.fetch import Partial, Section, SectionText
from posthouse.protocols.imap.urls import MessageUrl, format_url, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        # RFC 4469, appendix A
        (
            "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER",
            MessageUrl("Drafts", 20, 385759045, Section((), SectionText.HEADER)),
        ),
        (
            "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME",
            MessageUrl("Drafts", 20, 385759045, Section((1,), SectionText.MIME)),
        ),
        ("/Drafts;UIDVALIDITY=385759045/;UID=30", MessageUrl("Drafts", 30, 385759045)),
        ("/Drafts/;UID=3002", MessageUrl("Drafts", 3002)),  # RFC 8508 §4.2
        (";UID=20/;SECTION=1.2", MessageUrl("", 20, section=Section((1, 2)))),
        ("/a/b%20c/%E2%82%AC/;uid=7", MessageUrl("a/b c/€", 7)),
        ("/x/;UID=1/;PARTIAL=5.10", MessageUrl("x", 1, partial=Partial(5, 10))),
        (
            "/x/;UID=1/;SECTION=1.HEADER.FIELDS%20(DATE%20FROM)/;PARTIAL=0.1024",
            MessageUrl("x", 1, None, Section((1,), SectionText.HEADER_FIELDS, ("DATE", "FROM")), Partial(0, 1024)),
        ),
        # RFC 4467 §7
        (
            "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:91354a473744909de610943775f92038",
            MessageUrl(
                *("INBOX", 20, None, Section((1, 2)), None, "joe", "example.com", None, "submit+fred", "INTERNAL"),
                "91354a473744909de610943775f92038",
                "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred",
            ),
        ),
        (
            "imap://owner@host:1143/x/;UID=1;EXPIRE=2006-12-31T23:59:59Z;URLAUTH=anonymous",
            MessageUrl(
                *("x", 1, None, None, None, "owner", "host:1143", datetime(2006, 12, 31, 23, 59, 59, tzinfo=UTC)),
                *("anonymous", "", ""),
                "imap://owner@host:1143/x/;UID=1;EXPIRE=2006-12-31T23:59:59Z;URLAUTH=anonymous",
            ),
        ),
    ],
)
def test_url(text: str, url: MessageUrl) -> None:
    """What a URL says."""
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "/INBOX", "/INBOX/;UID=0", "/INBOX/;UID=x", "http://x/INBOX/;UID=1", "/x/;UID=1?a", "/x/;UID=1#a"),
        *("/x/;UID=1/;SECTION=0", "/x/;UID=1/;SECTION=NONSENSE", "/x/;UID=1/;PARTIAL=x", "/%FF/;UID=1", "/x/;UID=1 "),
        *("/x/;UID=1;URLAUTH=nobody", "/x/;UID=1;URLAUTH=submit+", "/x/;UID=1;EXPIRE=x;URLAUTH=anonymous"),
        *("/x/;UID=1;URLAUTH=anonymous:internal:12", "/x/;UID=1;EXPIRE=2006-12-31T23:59:59Z", "/ü/;UID=1"),
        "/" + "x" * 5000 + "/;UID=1",
    ],
)
def test_no_url(text: str) -> None:
    """What names no message, or is damaged."""
    with pytest.raises(BadSyntax):
        parse_url(text)


@given(
    st.builds(
        MessageUrl,
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda name: "/" not in name),
        st.integers(1, 4294967295),
        st.none() | st.integers(1, 4294967295),
        st.sampled_from([None, Section(), Section((1, 3)), Section((), SectionText.HEADER_FIELDS, ("To", "X-%"))]),
        st.none() | st.builds(Partial, st.integers(0, 2**40), st.integers(1, 2**40)),
    )
)
def test_there_and_back(url: MessageUrl) -> None:
    """A URL that is written says what was meant."""
    assert parse_url(format_url(url)) == url


@given(st.text(st.sampled_from(";/:+%=.UIDPARTLSECON0129x@"), max_size=60).map("/x/;UID=1".__add__))
def test_any_text(text: str) -> None:
    """There is a value, or BadSyntax."""
    with suppress(BadSyntax):
        parse_url(text)
