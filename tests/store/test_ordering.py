"""Sorts and threads out of the keys that were made at delivery."""

from __future__ import annotations

from array import array

from posthouse.model.ordering import SortCriterion, SortKey, ThreadAlgorithm
from posthouse.store.comparators import Comparator
from posthouse.store.folders import INBOX
from posthouse.store.ordering import sort, threads
from posthouse.store.reading import uids

from .conftest import Shelf

MESSAGES = [
    b"Subject: b\r\nFrom: z@x.test\r\nDate: Fri, 3 Mar 2000 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\n",
    b"Subject: Re: B\r\nFrom: y@x.test\r\nReferences: <1@x>\r\n\r\nlonger",
    b"Subject: A\r\nTo: y@x.test\r\n\r\n",
]


def put_all(shelf: Shelf) -> None:
    with shelf.database.transaction() as tx:
        for number, message in enumerate(MESSAGES):
            shelf.put(tx, message, date=1_000_000_000 - number)


def by(*keys: SortKey, reverse: bool = False) -> list[SortCriterion]:
    return [SortCriterion(key, reverse) for key in keys]


def test_sort(shelf: Shelf) -> None:
    """By each key; what is missing comes first, and the internal date stands for a missing Date – RFC 5256 §2.2, §3."""
    put_all(shelf)
    with shelf.database.snapshot() as tx:
        everything = uids(tx, shelf.account, INBOX)

        def order(criteria: list[SortCriterion]) -> list[int]:
            return list(sort(tx, shelf.account, INBOX, everything, criteria))

        assert order(by(SortKey.SUBJECT)) == [3, 1, 2]
        assert order(by(SortKey.SUBJECT, reverse=True)) == [1, 2, 3]
        assert order(by(SortKey.FROM)) == [3, 2, 1]
        assert order(by(SortKey.DATE)) == [1, 3, 2]
        assert order(by(SortKey.ARRIVAL)) == [3, 2, 1]
        assert order(by(SortKey.TO)) == [1, 2, 3]
        assert list(sort(tx, shelf.account, INBOX, array("I", [1, 3]), by(SortKey.ARRIVAL))) == [3, 1]
        assert not sort(tx, shelf.account, INBOX, array("I"), by(SortKey.CC))


def test_threads(shelf: Shelf) -> None:
    """Message ids and references are there as well."""
    put_all(shelf)
    with shelf.database.snapshot() as tx:
        made = threads(tx, shelf.account, INBOX, uids(tx, shelf.account, INBOX), ThreadAlgorithm.REFS)
    assert made.children == {0: [1]}
    assert [made.members[root].number for root in made.roots] == [3, 1]


def test_by_another_comparator(shelf: Shelf) -> None:
    """Keys are made from the header that is kept, or from the message itself where it is too much – RFC 5255 §4.2."""
    much = b"".join(b"Received: from %d\r\nX-Label: %d\r\n" % (n, n) for n in range(1500))
    with shelf.database.transaction() as tx:
        for name in (b"b", b"A", b"a"):
            shelf.put(tx, b"From: %b@x.test\r\n%bSubject: %b\r\n\r\nx" % (name, much, name))
        shelf.put(tx, b"From: C@x.test\r\n" + much + b"\r\n" + b"x" * 200_000)
    with shelf.database.snapshot() as tx:
        everything = uids(tx, shelf.account, INBOX)

        def order(key: SortKey, comparator: Comparator) -> list[int]:
            return list(sort(tx, shelf.account, INBOX, everything, by(key), comparator=comparator, blobs=shelf.blobs))

        assert order(SortKey.FROM, Comparator.UNICODE_CASEMAP) == [2, 3, 1, 4]
        assert order(SortKey.FROM, Comparator.ASCII_CASEMAP) == [2, 3, 1, 4]
        assert order(SortKey.FROM, Comparator.OCTET) == [2, 4, 3, 1]
        assert order(SortKey.SUBJECT, Comparator.OCTET) == [4, 2, 3, 1]
        assert order(SortKey.SIZE, Comparator.OCTET)[-1] == 4
