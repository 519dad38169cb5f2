"""Annotations of messages, shared and private (RFC 5257)."""

from __future__ import annotations

import pytest

from posthouse.model.annotations import Annotation, AnnotationChange, AnnotationName, Scope, part_of_entry
from posthouse.model.flags import Flags
from posthouse.model.ids import AccountId, ModSeq
from posthouse.model.refusals import OverQuota
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.store import annotations
from posthouse.store.accounts import create_account, remove_account
from posthouse.store.annotations import (
    MAX_VALUE,
    NOBODY,
    SHARED,
    AnnotationTooLong,
    NoSuchPart,
    TooManyAnnotations,
    annotation_bytes,
    carried,
    changed_annotations,
    read_annotations,
)
from posthouse.store.flags import annotate
from posthouse.store.folders import INBOX, create_folder, delete_folder
from posthouse.store.messages import MAX_UID, copy, move, remove
from posthouse.store.problems import mend
from posthouse.store.quota import Quota, Resource, read_quotas, set_quotas
from posthouse.store.reading import changes
from posthouse.store.transfer import transfer
from posthouse.store.verify import verify

ME, YOU = AccountId(7), AccountId(8)
ALL = ((1, MAX_UID),)
PLAIN = b"Subject: x\r\n\r\ny\r\n"
BOTH = (SHARED, ME)


@pytest.fixture
def tx(shelf):
    with shelf.database.transaction() as tx:
        create_account(tx, YOU, shelf.now)
        for _ in range(3):
            shelf.put(tx, PLAIN)
        yield tx


def change(entry: str, value: bytes | None, scope: Scope = Scope.SHARED) -> AnnotationChange:
    return AnnotationChange(AnnotationName(entry, scope), value)


def note(tx, value: bytes | None, uids=((1, 1),), entry="/comment", scope=Scope.SHARED, reader=ME, folder=INBOX):
    return annotate(tx, ME, folder, uids, reader, [change(entry, value, scope)])


def seen(tx, reader=ME, folder=INBOX, account=ME):
    """UID → {(entry, scope): value}."""
    found = read_annotations(tx, account, folder, ALL, reader)
    return {uid: {(one.entry, one.scope.value): one.value for one in row} for uid, row in found.items()}


def test_private_and_shared(tx):
    """What is private each reader has for themselves, what is shared all have – §3.3."""
    note(tx, b"ours", ((1, 2),))
    note(tx, b"mine", scope=Scope.PRIVATE)
    note(tx, b"yours", scope=Scope.PRIVATE, reader=YOU)
    mine = {("/comment", "shared"): b"ours", ("/comment", "priv"): b"mine"}
    assert seen(tx) == {1: mine, 2: {("/comment", "shared"): b"ours"}}
    assert seen(tx, YOU)[1] == mine | {("/comment", "priv"): b"yours"}
    assert read_annotations(tx, ME, INBOX, ALL, ME)[1][0] == Annotation("/comment", Scope.SHARED, b"ours")
    note(tx, None)
    assert seen(tx)[1] == {("/comment", "priv"): b"mine"}


def test_a_change_is_one_of_its_message(tx):
    """RFC 7162 §3.1: an annotation is metadata of a message, whose modseq it moves; nothing else of the message."""
    before = changes(tx, ME, INBOX, ModSeq(0))
    done = note(tx, b"x", ((2, 2), (9, 9)))
    after = changes(tx, ME, INBOX, before.highest_modseq)
    assert [row[0] for row in after.changed] == [2]
    assert after.changed[0][3] == after.highest_modseq == done.modseq
    assert not note(tx, b"x", ((9, 9),)).any
    assert changes(tx, ME, INBOX, done.modseq).changed == []


def test_what_others_changed(tx):
    """§4.4: names without values; what was removed is a change too, what is private to others is none."""
    first = note(tx, b"x", ((1, 3),)).modseq
    second = note(tx, None, ((3, 3),)).modseq
    note(tx, b"x", scope=Scope.PRIVATE, reader=YOU)

    def changed(since, but=0):
        return changed_annotations(tx, ME, INBOX, ME, ModSeq(since), ModSeq(but))

    assert changed(first - 1) == {1: ["/comment"], 2: ["/comment"], 3: ["/comment"]}
    assert changed(first) == {3: ["/comment"]}
    assert changed(first, second) == {}


def test_removals_are_forgotten(tx, monkeypatch):
    """Only the latest of them are kept for those who still have to hear."""
    monkeypatch.setattr(annotations, "REMEMBERED", 3)
    for number in range(10):
        note(tx, b"x", entry=f"/vendor/x/{number}")
        note(tx, None, entry=f"/vendor/x/{number}")
    assert len(changed_annotations(tx, ME, INBOX, ME, ModSeq(0), ModSeq(0))[1]) == 4


def test_they_come_along(tx):
    """§4.6: with a copy what is shared and the copier's own, of nobody else's anything; with a move the same."""
    note(tx, b"ours", ((1, 3),))
    note(tx, b"mine", ((2, 2),), scope=Scope.PRIVATE)
    note(tx, b"yours", ((2, 2),), scope=Scope.PRIVATE, reader=YOU)
    there = create_folder(tx, ME, "there").id
    assert copy(tx, ME, INBOX, ((2, 3),), there, 0, carried(ME, ALL_RIGHTS)).target == ((1, 2),)
    both = {("/comment", "shared"): b"ours", ("/comment", "priv"): b"mine"}
    assert seen(tx, folder=there) == {1: both, 2: {("/comment", "shared"): b"ours"}}
    assert seen(tx, YOU, there)[1] == {("/comment", "shared"): b"ours"}
    copy(tx, ME, INBOX, ((2, 2),), there, 0, carried(ME, Right.READ))
    copy(tx, ME, INBOX, ((2, 2),), there, 0, carried(ME, Right.ANNOTATE))
    assert seen(tx, folder=there)[3] == {("/comment", "priv"): b"mine"}
    assert seen(tx, folder=there)[4] == {("/comment", "shared"): b"ours"}
    move(tx, ME, INBOX, ((1, 2),), there, 0)
    assert set(seen(tx)) == {3}
    assert seen(tx, folder=there)[6] == both
    copy(tx, ME, INBOX, ((3, 3),), INBOX, 0)
    assert set(seen(tx)) == {3, 4}


def test_into_another_account(tx):
    """They are charged to whoever owns the message."""
    note(tx, b"ours", ((1, 3),))
    note(tx, b"mine", ((2, 2),), scope=Scope.PRIVATE)
    taken = annotation_bytes(tx, ME)
    transfer(tx, (ME, INBOX), ((2, 3),), (YOU, INBOX), 0, rights=ALL_RIGHTS, readers=(SHARED, ME), moves=True)
    assert seen(tx, ME, account=YOU) == {
        1: {("/comment", "shared"): b"ours", ("/comment", "priv"): b"mine"},
        2: {("/comment", "shared"): b"ours"},
    }
    assert annotation_bytes(tx, ME) + annotation_bytes(tx, YOU) == taken


def test_they_end_with_their_message(tx):
    """Also with its folder, its account, and its reader; what they took is free again."""
    there = create_folder(tx, ME, "there").id
    note(tx, b"ours", ((1, 3),))
    copy(tx, ME, INBOX, ((1, 3),), there, 0)
    remove(tx, ME, INBOX, ((1, 2),))
    assert set(seen(tx)) == {3}
    assert annotation_bytes(tx, ME) == 4 * len("/commentours")
    note(tx, b"yours", ((3, 3),), scope=Scope.PRIVATE, reader=YOU)
    remove_account(tx, YOU)
    assert annotation_bytes(tx, ME) == 4 * len("/commentours")
    delete_folder(tx, ME, there)
    assert annotation_bytes(tx, ME) == len("/commentours")
    remove_account(tx, ME)
    assert tx.all("SELECT * FROM annotation") == tx.all("SELECT * FROM annotation_usage") == []


def test_limits(shelf, monkeypatch):
    """§4.1: of a value, of a message, of an account; nothing is kept then."""
    monkeypatch.setattr(annotations, "MAX_ENTRIES", 10)

    def tried(refusal, value, count=1, uids=((1, 1),), vendor="x"):
        several = [change(f"/vendor/{vendor}/{number}", value) for number in range(count)]
        with pytest.raises(refusal), shelf.database.transaction() as tx:
            annotate(tx, ME, INBOX, uids, ME, several)

    with shelf.database.transaction() as tx:
        shelf.put(tx, PLAIN)
        shelf.put(tx, PLAIN)
        annotate(tx, ME, INBOX, ALL, ME, [change(f"/vendor/x/{number}", b"y" * MAX_VALUE) for number in range(10)])
    tried(AnnotationTooLong, b"y" * (MAX_VALUE + 1))
    tried(TooManyAnnotations, b"", 11)
    with shelf.database.transaction() as tx:
        used = annotation_bytes(tx, ME)
        assert used == 2 * 10 * (MAX_VALUE + len("/vendor/x/0"))
        set_quotas(tx, ME, {Resource.ANNOTATION_STORAGE: used + 5})
        assert read_quotas(tx, ME) == {Resource.ANNOTATION_STORAGE: Quota(used, used + 5)}
        annotate(tx, ME, INBOX, ((1, 1),), ME, [change("/vendor/x/1", b"short")])
        annotate(tx, ME, INBOX, ((1, 1),), ME, [change("/vendor/x/1", b"y" * MAX_VALUE)])
        move(tx, ME, INBOX, ((1, 1),), create_folder(tx, ME, "there").id, 0)
    monkeypatch.setattr(annotations, "MAX_ENTRIES", 20)
    tried(OverQuota, b"y", uids=((2, 2),), vendor="y")
    with pytest.raises(OverQuota), shelf.database.transaction() as tx:
        copy(tx, ME, INBOX, ((2, 2),), INBOX, 0)
    monkeypatch.setattr(annotations, "MAX_BYTES", used)
    with shelf.database.transaction() as tx:
        set_quotas(tx, ME, {})
    tried(TooManyAnnotations, b"more", uids=((2, 2),), vendor="y")


def test_of_parts(shelf, tx):
    """§3.2.1: only of parts that there are, in every message."""
    two = b"--b\r\n\r\n1\r\n--b\r\nContent-Type: text/html\r\n\r\n2\r\n--b--\r\n"
    shelf.put(tx, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + two)
    note(tx, b"x", ((4, 4),), "/2/comment")
    note(tx, b"x", ((1, 4),), "/1/comment")
    with pytest.raises(NoSuchPart):
        note(tx, b"x", ((3, 4),), "/2/comment")
    assert part_of_entry("/1.2/comment") == (1, 2)
    assert part_of_entry("/comment") is part_of_entry("/1x/y") is None


def test_verify_mends(shelf, tx):
    """What can be told from the rows is set right: sizes, sums, and what belongs to no message."""
    note(tx, b"abc", ((1, 3),))
    tx.run("UPDATE annotation SET size = 9 WHERE uid = 2")
    tx.run("UPDATE annotation_usage SET bytes = 1")
    tx.run("UPDATE annotation SET uid = 77 WHERE uid = 3")
    found = list(verify(tx, shelf.blobs))
    assert len(found) == 3, found
    for _ in range(2):
        for problem in verify(tx, shelf.blobs):
            assert mend(tx, problem)
    assert list(verify(tx, shelf.blobs)) == []
    assert annotation_bytes(tx, ME) == 2 * len("/commentabc")


def test_flags_are_untouched(shelf, tx):
    """An annotation is no flag."""
    shelf.put(tx, PLAIN, flags=Flags.from_names(["\\Seen", "word"]))
    before = changes(tx, ME, INBOX, ModSeq(0)).changed[-1]
    note(tx, b"x", ((4, 4),))
    assert changes(tx, ME, INBOX, ModSeq(0)).changed[-1][:3] == before[:3]
    assert NOBODY not in BOTH
