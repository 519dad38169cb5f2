"""MESSAGELIMIT – RFC 9738: what dialogs cannot show. The rest is in `dialogs/imap/messagelimit.txt`."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.ranges import Ranges, from_numbers
from posthouse.protocols.imap import search as keys
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.servers.imap.limits import looked_at, newest
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.imap.view import Spans

ONE = b"Subject: one\r\n\r\nText\r\n"
SIZE = 60
numbers = st.frozensets(st.integers(1, SIZE))


def spans(chosen: frozenset[int]) -> Spans:
    return [(low - 1, high) for low, high in from_numbers(sorted(chosen))]


def members(some: Spans) -> list[int]:
    return list(chain.from_iterable([range(start + 1, stop + 1) for start, stop in some]))


@given(numbers.filter(bool), st.integers(1, SIZE))
def test_the_newest(chosen: frozenset[int], limit: int) -> None:
    """The last so many, in order."""
    assert members(newest(spans(chosen), limit)) == sorted(chosen)[-limit:]


def _resolve(messages: SequenceSet, by_uid: bool) -> Spans:
    ranges: Ranges = messages.resolve(SIZE)
    return [(low - 1, high) for low, high in ranges]


def _key(chosen: frozenset[int]) -> keys.Key:
    return keys.SequenceKey(SequenceSet(from_numbers(sorted(chosen))), True)


@given(st.lists(numbers, max_size=4), numbers)
def test_what_a_search_looks_at(sets: list[frozenset[int]], negated: frozenset[int]) -> None:
    """All messages but those which a set at its top, also within parentheses there, leaves out."""
    selected: Any = SimpleNamespace(spans=_resolve, view=SimpleNamespace(exists=SIZE))
    named = [_key(chosen) for chosen in sets]
    key = keys.And((*named[:2], keys.And((*named[2:], keys.Not(_key(negated)), keys.Or((_key(negated),))))))
    assert members(looked_at(selected, key)) == sorted(frozenset(range(1, SIZE + 1)).intersection(*sets))


def test_switched_off(make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Switched off, a limit that is set is neither advertised nor kept, and its keys are unknown."""
    for off in (False, True):
        disabled = ("MESSAGELIMIT", "SAVELIMIT") if off else ()
        hub = make_hub(ImapSettings(message_limit=2, save_limit=3, disabled_extensions=disabled))
        person = hub.person(keys)
        for _ in range(4):
            person.put("INBOX", ONE)
        raw = connect(login=False, to=hub)
        raw.command(b"LOGIN %b secret" % person.address.encode())
        raw.command(b"SELECT INBOX")
        words = raw.command(b"CAPABILITY")[0].split()
        assert [word for word in words if b"LIMIT=" in word and b"APPEND" not in word] == (
            [] if off else [b"MESSAGELIMIT=2"]
        )
        assert raw.command(b"FETCH 1:4 FLAGS")[0].count(b"FETCH") == (4 if off else 2)
        assert raw.command(b"COPY 1:4 Trash")[1].startswith(b"t OK" if off else b"t NO [MESSAGELIMIT 2 3]")
        assert raw.command(b"SEARCH UIDAFTER 1")[1].startswith(b"t BAD" if off else b"t OK")


@pytest.mark.parametrize("limit", [1, 3, 7, 600])
def test_all_is_reached(limit: int, make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Whoever goes on below the UID that was told sees each message once, the newest first."""
    hub = make_hub(ImapSettings(message_limit=limit))
    person = hub.person(keys)
    count = 20 if limit < 100 else 1300
    for _ in range(count):
        person.put("INBOX", ONE)
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % person.address.encode())
    raw.command(b"SELECT INBOX")
    raw.command(b"UID STORE 4,9:11 +FLAGS.SILENT (\\Deleted)")
    for uid in (4, 9, 10, 11):
        raw.command(b"UID STORE %d +FLAGS.SILENT (\\Deleted)" % uid)
    raw.command(b"EXPUNGE")
    seen, found = array("I"), array("I")
    for uids, command in ((seen, b"UID FETCH 1:%b (FLAGS)"), (found, b"UID SEARCH UID 1:%b")):
        below, rounds = b"*", 0
        while below:
            before, done = raw.command(command % below)
            uids.extend(map(int, re.findall(rb"UID (\d+)", before) or re.findall(rb" (\d+)", before)))
            stopped = re.match(rb"t OK \[MESSAGELIMIT %d (\d+)\]" % limit, done)
            below = b"%d" % (int(stopped[1]) - 1) if stopped else b""
            rounds += 1
        assert rounds == -(-(count - 4) // limit)
    there = [uid for uid in range(1, count + 1) if uid not in {4, 9, 10, 11}]
    assert list(seen[: len(there) - len(there) % limit]) == there[::-1][: len(there) - len(there) % limit]
    assert sorted(seen) == sorted(found) == there
