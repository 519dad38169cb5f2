"""The view of a folder against a model: whatever others do, and whenever it is loaded, what is announced to a client is
enough for it to know the folder."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.database import Database, Transaction, open_database
from posthouse.model.flags import Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, ContentId
from posthouse.model.ranges import from_numbers
from posthouse.servers.imap.view import View
from posthouse.store import ROOM
from posthouse.store.accounts import create_account
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, load_folder
from posthouse.store.messages import NewMessage, append, remove
from posthouse.store.reading import rows

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

    def look(self, tx: Transaction, load: bool, expunge: bool) -> None:
        self.view.absorb(self.view.look(tx, self.account, INBOX, load))
        if expunge:
            for number in self.view.take_expunged():
                del self.flags[number - 1]
        if self.view.take_grown():
            assert self.view.exists >= len(self.flags)
            self.flags += [None] * (self.view.exists - len(self.flags))
        for row in self.view.take_flagged():
            self.flags[self.view.number(row[0]) - 1] = row[1]

    def fetch(self, tx: Transaction) -> None:
        for uid, flags in rows(tx, self.account, INBOX, 1, self.view.next_uid - 1, ("uid", "flags")):
            self.flags[self.view.number(uid) - 1] = flags


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 5)),
        st.tuples(st.just("remove"), st.sets(st.integers(1, 30), min_size=1, max_size=4)),
        st.tuples(st.just("flag"), st.sets(st.integers(1, 30), min_size=1, max_size=4)),
        st.tuples(st.just("select"), st.none()),
        st.tuples(st.just("look"), st.tuples(st.integers(0, 3), st.booleans(), st.booleans())),
        st.tuples(st.just("fetch"), st.integers(0, 3)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_what_is_announced_is_enough(database: Database, steps: list[tuple[str, object]]) -> None:
    """Sequence numbers, and flags from the first FETCH on, are those of the folder once all is announced (RFC 9051
    §2.3.1.2, §7.5.1); a view that is loaded late is the same as one that was loaded at once."""
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
                number, load, expunge = arg
                clients[number % len(clients)].look(tx, load, expunge)
            elif what == "fetch":
                assert isinstance(arg, int)
                client = clients[arg % len(clients)]
                client.look(tx, True, False)
                client.fetch(tx)
        truth = rows(tx, account, INBOX, 1, 1000, ("uid", "flags"))
        for client in clients:
            client.look(tx, True, True)
            assert list(client.view.uids) == [uid for uid, _ in truth]
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
