"""What clients that keep a copy are told of a folder, on both engines."""

from __future__ import annotations

import random

import pytest

from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.store.accounts import highest_modseq
from posthouse.store.content import add_content
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, remove
from posthouse.store.synchronizing import (
    changed_messages,
    fingerprint,
    fingerprint_of,
    messages_of_ids,
    present_messages,
    vanished_messages,
)


def new(shelf, tx, data: bytes) -> NewMessage:
    made = content_of(shelf.blobs, b"Subject: x\r\n\r\n" + data)
    return NewMessage(add_content(tx, made), made.size, shelf.now)


def everything(tx, shelf):
    return present_messages(tx, shelf.account, INBOX, normal=True, associated=True)


@pytest.mark.parametrize("seed", range(3))
def test_what_changed_is_all_that_is_new(shelf, seed):
    """MS-OXCFXICS R2043, R2045: what was there before, with what changed since and without what went, is what is there
    now."""
    chance = random.Random(seed)
    with shelf.database.transaction() as tx:
        for number in range(60):
            append(tx, shelf.account, INBOX, new(shelf, tx, b"%d" % number), shelf.now)
        before = {one.id: one for one in everything(tx, shelf)}
        since = highest_modseq(tx, shelf.account)
        for number in range(20):
            uid, flag = chance.randint(1, 60), chance.choice((Flag.SEEN, Flag.FLAGGED))
            change_flags(tx, shelf.account, INBOX, ((uid, uid),), FlagChange(How.ADD, Flags(flag)))
            if number % 4 == 0:
                remove(tx, shelf.account, INBOX, ((uid, uid),))
                append(tx, shelf.account, INBOX, new(shelf, tx, b"new %d" % number), shelf.now)
        changed = {one.id: one for one in changed_messages(tx, shelf.account, INBOX, since)}
        gone = set(vanished_messages(tx, shelf.account, INBOX, since)) - changed.keys()
        now = {one.id: one for one in everything(tx, shelf)}
        assert {number: one for number, one in (before | changed).items() if number not in gone} == now
        assert sorted(messages_of_ids(tx, shelf.account, [*now, 1 << 40])) == sorted(now.values())


def test_fingerprints(shelf):
    """Sets that differ in one member or two have different ones."""
    with shelf.database.transaction() as tx:
        assert fingerprint(tx, shelf.account, INBOX) == fingerprint_of([])
        for number in range(30):
            append(tx, shelf.account, INBOX, new(shelf, tx, b"%d" % number), shelf.now)
        ids = [one.id for one in everything(tx, shelf)]
        here = fingerprint(tx, shelf.account, INBOX)
        assert fingerprint_of(ids) == here
        low, *middle, high = ids
        for other in ([*middle, high], [low + 100, *middle, high], [low + 1000, *middle, high - 1000]):
            assert fingerprint_of(other) != here
