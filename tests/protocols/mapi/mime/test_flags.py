"""Flags and keywords of IMAP as properties, and back. Statements are those of [MS-OXCMSG]."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.model.flags import Flag, Flags
from posthouse.protocols.mapi import named_tags, tags
from posthouse.protocols.mapi.mime.flags import TOLD, flags_of, keyword_of, with_flags
from posthouse.protocols.mapi.objects import key_of, set_value, value_of

MANY = settings(max_examples=int(os.environ.get("POSTHOUSE_FUZZ_EXAMPLES", "100")), deadline=None)

BITS = [flag for flag in Flag if flag & TOLD]
KEYWORDS = st.frozensets(st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), max_size=3)


@MANY
@given(st.sets(st.sampled_from(BITS)), KEYWORDS)
def test_flags_come_back_from_properties(bits, keywords):
    """But when a message was answered and forwarded: there is one icon, of one of them."""
    keywords = frozenset({keyword.lower(): keyword for keyword in sorted(keywords)}.values())
    system = Flag(sum(bits))
    properties = {}
    with_flags(properties, Flags(system, keywords))
    found = flags_of(properties)
    if {Flag.ANSWERED, Flag.FORWARDED} <= bits:
        system &= ~Flag.FORWARDED
    assert found == Flags(system, keywords)


@pytest.mark.parametrize(
    ("flag", "tag", "value"),
    [
        (Flag.FLAGGED, tags.PidTagFlagStatus, 2),
        (Flag.FLAGGED, tags.PidTagFollowupIcon, 6),
        (Flag.FLAGGED, named_tags.PidLidFlagRequest, "Follow up"),
        (Flag.FLAGGED, named_tags.PidLidToDoTitle, "what for"),
        (Flag.ANSWERED, tags.PidTagLastVerbExecuted, 102),
        (Flag.ANSWERED, tags.PidTagIconIndex, 0x105),
        (Flag.FORWARDED, tags.PidTagLastVerbExecuted, 104),
        (Flag.FORWARDED, tags.PidTagIconIndex, 0x106),
        (Flag.SEEN, tags.PidTagMessageFlags, 0x1),
        (Flag.DRAFT, tags.PidTagMessageFlags, 0x8),
        (Flag.MDN_SENT, tags.PidTagReadReceiptRequested, False),
    ],
)
def test_a_flag_is_these_properties(flag, tag, value):
    properties = {}
    set_value(properties, tags.PidTagNormalizedSubject, "what for")
    with_flags(properties, Flags(flag))
    assert value_of(properties, tag) == value


def test_what_a_client_has_said_of_a_flag_stays_while_the_flag_does():
    properties = {}
    set_value(properties, tags.PidTagFlagStatus, 2)
    set_value(properties, tags.PidTagFollowupIcon, 3)
    set_value(properties, tags.PidTagLastVerbExecuted, 103)
    with_flags(properties, Flags(Flag.FLAGGED | Flag.ANSWERED))
    assert value_of(properties, tags.PidTagFollowupIcon) == 3
    assert value_of(properties, tags.PidTagLastVerbExecuted) == 103
    with_flags(properties, Flags())
    assert set(properties) == {tags.PidTagMessageFlags.id}


def test_what_is_done_is_not_flagged_and_stays_done():
    """A follow-up that is complete is no flag, and to have no flag does not undo it."""
    properties = {}
    set_value(properties, tags.PidTagFlagStatus, 1)
    with_flags(properties, Flags())
    assert value_of(properties, tags.PidTagFlagStatus) == 1
    assert flags_of(properties).system & Flag.FLAGGED == Flag(0)


@pytest.mark.parametrize(
    ("category", "keyword"),
    [("Red Category", "Red_Category"), ("Büro", "B_ro"), ("later", "later"), ("", ""), ('a(b)*%\\"]', "a_b______")],
)
def test_a_category_is_a_keyword(category, keyword):
    assert keyword_of(category) == keyword


def test_categories_keep_their_spelling():
    properties = {}
    set_value(properties, named_tags.PidNameKeywords, ("Red Category", "Gone"))
    with_flags(properties, Flags(Flag(0), frozenset(["red_category", "new"])))
    assert value_of(properties, named_tags.PidNameKeywords) == ("Red Category", "new")
    with_flags(properties, Flags())
    assert key_of(named_tags.PidNameKeywords) not in properties
