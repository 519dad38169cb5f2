"""The view of a folder against a model: whatever others do, and whenever it is loaded, what is announced to a client is
enough for it to know the folder."""

from __future__ import annotations

import tracemalloc
from array import array
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.database import Database, Transaction, open_database
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, ContentId, ModSeq
from posthouse.model.ranges import contains, from_numbers
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.sequence import parse_sequence_set
from posthouse.servers.imap.selected import Selected
from posthouse.servers.imap.view import View
from posthouse.store import ROOM
from posthouse.store.accounts import create_account
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, load_folder
from posthouse.store.messages import NewMessage, append, remove
from posthouse.store.reading import changes, rows

NUMBERS = count(1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(f"sqlite:{tmp_path_factory.mktemp('view')}/store.db")
    database.migrate([ROOM])
    yield database
    database.close()


def new_account(tx: Transaction) -> AccountId:
    account = AccountId(next(NUMBERS))
    create_account(tx, account, 1)
    return account


class Client:
    """What a client knows by what it was told: flags by sequence number."""

    def __init__(self, tx: Transaction, account: AccountId) -> None:
        self.account = account
        folder = load_folder(tx, account, INBOX)
        self.view = View.of(folder)
        self.flags: list[int | None] = [None] * folder.total
        self.wants_flags = True

    def look(self, tx: Transaction, low: int, expunge: bool) -> None:
        if self.wants_flags and self.view.withheld is not None:
            self.view.absorb(self.view.look(tx, self.account, INBOX, 1))
            self.view.restore_flagged(changes(tx, self.account, INBOX, self.view.withheld).changed)
        self.view.absorb(self.view.look(tx, self.account, INBOX, low))
        if not self.wants_flags:
            self.view.withhold_flagged()
        if expunge:
            for number in self.view.take_expunged():
                del self.flags[number - 1]
        if self.view.take_grown():
            assert self.view.exists >= len(self.flags)
            self.flags += [None] * (self.view.exists - len(self.flags))
            self.view.take_new()
        for row in self.view.take_flagged():
            self.flags[self.view.number(row[0]) - 1] = row[1]

    def fetch(self, tx: Transaction) -> None:
        for uid, flags in rows(tx, self.account, INBOX, self.view.low, self.view.next_uid - 1, ("uid", "flags")):
            self.flags[self.view.number(uid) - 1] = flags


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 5)),
        st.tuples(st.just("remove"), st.sets(st.integers(1, 30), min_size=1, max_size=4)),
        st.tuples(st.just("flag"), st.sets(st.integers(1, 30), min_size=1, max_size=4)),
        st.tuples(st.just("select"), st.none()),
        st.tuples(st.just("look"), st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans())),
        st.tuples(st.just("want"), st.tuples(st.integers(0, 3), st.booleans())),
        st.tuples(st.just("fetch"), st.tuples(st.integers(0, 3), st.integers(1, 30))),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_what_is_announced_is_enough(database: Database, steps: list[tuple[str, object]]) -> None:
    """Sequence numbers, and flags from the first FETCH on, are those of the folder once all is announced (RFC 9051
    §2.3.1.2, §7.5.1), also where flags were not wanted for a while (RFC 5465 §3.1); a view that is loaded late is the
    same as one that was loaded at once."""
    with database.transaction() as tx:
        account = new_account(tx)
        clients = [Client(tx, account)]
        toggle = How.ADD
        for what, arg in steps:
            if what == "append":
                assert isinstance(arg, int)
                for _ in range(arg):
                    append(tx, account, INBOX, NewMessage(ContentId(1), 10, 1), 1)
            elif what == "remove":
                assert isinstance(arg, set)
                remove(tx, account, INBOX, from_numbers(sorted(arg)))
            elif what == "flag":
                assert isinstance(arg, set)
                toggle = How.REMOVE if toggle is How.ADD else How.ADD
                change_flags(tx, account, INBOX, from_numbers(sorted(arg)), FlagChange(toggle, Flags(Flag.FLAGGED)))
            elif what == "select" and len(clients) < 4:
                clients.append(Client(tx, account))
            elif what == "look":
                assert isinstance(arg, tuple)
                number, low, expunge = arg
                clients[number % len(clients)].look(tx, low, expunge)
            elif what == "want":
                assert isinstance(arg, tuple)
                clients[arg[0] % len(clients)].wants_flags = arg[1]
            elif what == "fetch":
                assert isinstance(arg, tuple)
                client = clients[arg[0] % len(clients)]
                client.look(tx, arg[1], False)
                client.fetch(tx)
        truth = rows(tx, account, INBOX, 1, 1000, ("uid", "flags"))
        for client in clients:
            client.wants_flags = True
            client.look(tx, 1, True)
            assert list(client.view.known) == [uid for uid, _ in truth]
            assert client.view.exists == len(client.flags) == len(truth)
            for known, (_, flags) in zip(client.flags, truth, strict=True):
                assert known is None or known == flags


def test_select_of_a_folder_without_losses_needs_no_uids(database: Database) -> None:
    """A folder that never lost a message is a range: nothing is read to know its UIDs."""
    with database.transaction() as tx:
        account = new_account(tx)
        for _ in range(3):
            append(tx, account, INBOX, NewMessage(ContentId(1), 10, 1), 1)
        view = View.of(load_folder(tx, account, INBOX))
    assert view.known == range(1, 4)
    assert view.spans_of_uids(((2, 9),)) == [(1, 3)]
    assert view.uid_ranges([(0, 1), (2, 3)]) == ((1, 1), (3, 3))


SETS = st.lists(st.tuples(st.integers(1, 60), st.one_of(st.integers(1, 60), st.just(0))), min_size=1, max_size=3)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(1, 60), max_size=50), sets=st.lists(st.tuples(SETS, st.booleans()), max_size=6))
def test_the_newest_are_found_without_the_rest(
    database: Database, gone: set[int], sets: list[tuple[list[tuple[int, int]], bool]]
) -> None:
    """What of a view is loaded for a command is enough for it: the same messages are found as with all UIDs."""
    with database.transaction() as tx:
        account = new_account(tx)
        for _ in range(60):
            append(tx, account, INBOX, NewMessage(ContentId(1), 10, 1), 1)
        remove(tx, account, INBOX, from_numbers(sorted(gone)))
        folder = load_folder(tx, account, INBOX)
        selected = Selected(account, INBOX, folder.uid_validity, View.of(folder), set())
        everything = [uid for uid in range(1, 61) if uid not in gone]
        for pairs, by_uid in sets:
            text = b",".join([b"%d:%d" % (a, b) if b else b"%d:*" % a for a, b in pairs])
            messages = parse_sequence_set(text)
            low, least = selected.reach(messages, by_uid)
            if low:
                selected.view.absorb(selected.view.look(tx, account, INBOX, low, least))
            try:
                found = selected.view.uid_ranges(selected.spans(messages, by_uid))
            except BadSyntax:
                assert not by_uid
                continue
            last = (everything[-1] if everything else 0) if by_uid else len(everything)
            wanted = messages.resolve(last)
            expected = [uid for n, uid in enumerate(everything, 1) if contains(wanted, uid if by_uid else n)]
            assert [uid for uid in everything if contains(found, uid)] == expected


MILLION = 1_000_000
ROOM_FOR_EACH = 8
"""Bytes a message: four for its UID, and as many again while an array grows."""


def fill(tx: Transaction, account: AccountId) -> None:
    """A million messages with holes between their UIDs, so that their numbers must be kept in memory."""
    tx.run(
        """
        WITH RECURSIVE each(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM each WHERE number < ?)
        INSERT INTO message
            (account_id, folder_id, uid, message_id, modseq, flags, internal_date, saved, size, content_id)
        SELECT ?, ?, number * 2, number, 1, 0, 1, 1, 10, number FROM each
        """,
        (MILLION, account, INBOX),
    )
    tx.run(
        "UPDATE folder SET total = ?, next_uid = ? WHERE account_id = ? AND folder_id = ?",
        (MILLION, MILLION * 2 + 1, account, INBOX),
    )


def test_a_million_messages_take_eight_bytes_each(database: Database) -> None:
    """What a session keeps of its selected folder, and what it needs to load it, also after others have expunged."""
    with database.transaction() as tx:
        account = new_account(tx)
        fill(tx, account)
        view = View.of(load_folder(tx, account, INBOX))
    with database.transaction() as tx:
        remove(tx, account, INBOX, ((2, 20),))
    tracemalloc.start()
    try:
        with database.snapshot() as tx:
            view.absorb(view.look(tx, account, INBOX, 1))
        assert len(view.known) == view.exists == MILLION
        assert view.take_expunged() == [1] * 10
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < ROOM_FOR_EACH * MILLION
    assert most < 2 * ROOM_FOR_EACH * MILLION
    assert view.number(MILLION * 2) == MILLION - 10
    with database.transaction() as tx:
        tx.run("DELETE FROM message WHERE account_id = ?", (account,))


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 70)), st.integers(1, 9))
def test_numbers_of_many(there: set[int], asked: set[int], piece: int) -> None:
    """Found at once, in whichever pieces, they are those that each has by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("posthouse.servers.imap.view.PIECE", piece)
        view = View(len(there), 100, ModSeq(1), 1, 0, array("I", sorted(there)))
        found = array("I", sorted(asked))
        assert list(view.numbers_of(found)) == [number for number in map(view.number, found) if number]
        backwards = found[::-1]
        assert list(view.numbers_in_order(backwards)) == list(map(view.number, backwards))


def test_numbers_of_a_large_result_are_small() -> None:
    """Half of a million messages found are told by number without a table of all of them."""
    view = View(MILLION, 2 * MILLION + 1, ModSeq(1), 1, 0, array("I", range(2, 2 * MILLION + 1, 2)))
    found = array("I", range(2, 2 * MILLION + 1, 4))
    tracemalloc.start()
    try:
        numbers = view.numbers_of(found)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert numbers[:3] == array("I", [1, 3, 5])
    assert len(numbers) == len(found)
    assert most < ROOM_FOR_EACH * 2 * MILLION
