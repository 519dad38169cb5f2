"""Time in the queue: back-off, one warning, giving up; and many that wait without hindering others."""

from __future__ import annotations

import contextlib
import smtplib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from odd_hop import OddHop
from programs import eventually

from posthouse.database import Database, Transaction, open_database
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.model.ids import ContentId
from posthouse.protocols.dsn.parse import parse_report
from posthouse.queue import rows
from posthouse.testing import Account, MailHub

HOUR, DAY = 3600, 86_400
MESSAGE = b"From: alice@example.org\r\nSubject: Hello\r\n\r\nDear Bob\r\n"
BOB = "bob@elsewhere.example"


class Clock:
    """The store's time, which a test may move."""

    def __init__(self, hub: MailHub) -> None:
        self.ahead = 0
        self.hub = hub
        hub.running.store.clock = lambda: time.time() + self.ahead

    def move(self, seconds: int) -> None:
        """And let the queue look what is due now."""
        self.ahead += seconds
        self.hub.write(lambda tx: tx.notify(rows.QUEUE_HINT))


@contextlib.contextmanager
def waiting(hop: OddHop) -> Iterator[tuple[MailHub, Account, Clock]]:
    with hop.serving() as address, MailHub(relay=address, hostname="here.example") as hub:
        yield hub, hub.add_account("alice@example.org"), Clock(hub)


def send(hub: MailHub, alice: Account, sender: str | None = None, options: tuple[str, ...] = ()) -> None:
    with smtplib.SMTP(hub.submission.host, hub.submission.port) as client:
        client.login(alice.address, alice.password)
        client.sendmail(alice.address if sender is None else sender, [BOB], MESSAGE, rcpt_options=options)


def attempts(hub: MailHub) -> list[rows.Attempt]:
    return [
        attempt
        for message in hub.outgoing()
        for attempt in hub.read(lambda tx, number=message.id: rows.history(tx, number))  # type: ignore[misc]
    ]


@pytest.mark.parametrize("answers", [{"RCPT": [b"450 4.2.1 later\r\n"]}, {"CONNECT": [b"421 4.3.2 closed\r\n"]}])
def test_one_warning_then_the_end(answers: dict[str, list[bytes]]) -> None:
    """Late after four hours, said once; given up after five days, said once; each attempt later than the one before."""
    with waiting(OddHop({name: list(given) for name, given in answers.items()})) as (hub, alice, clock):
        send(hub, alice)
        eventually(lambda: len(attempts(hub)) == 1)
        for count in range(2, 5):
            clock.move(HOUR)
            eventually(lambda count=count: len(attempts(hub)) == count)  # type: ignore[misc]
        assert alice.messages() == []
        clock.move(2 * HOUR)
        [warning] = alice.wait_for_messages(1)
        assert b"Action: delayed" in warning.data
        assert b"Will-Retry-Until: " in warning.data
        clock.move(3 * HOUR)
        eventually(lambda: len(attempts(hub)) == 6)
        assert len(alice.messages()) == 1
        clock.move(5 * DAY)
        _, end = alice.wait_for_messages(2)
        assert b"Action: failed" in end.data
        [told] = parse_report(end.data).recipients
        assert str(told.final_recipient) == BOB
        eventually(lambda: hub.outgoing() == [])
        assert len(alice.messages()) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [(("NOTIFY=NEVER",), []), (("NOTIFY=FAILURE",), [b"failed"]), (("NOTIFY=DELAY",), [b"delayed"])],
)
def test_only_who_wants_to_know(options: tuple[str, ...], said: list[bytes]) -> None:
    """RFC 3461 §4.1."""
    with waiting(OddHop({"MAIL": [b"451 4.3.0 later\r\n"]})) as (hub, alice, clock):
        send(hub, alice, options=options)
        eventually(lambda: len(attempts(hub)) == 1)
        clock.move(5 * HOUR)
        eventually(lambda: len(attempts(hub)) == 2)
        clock.move(5 * DAY)
        eventually(lambda: hub.outgoing() == [])
        reports = alice.messages()
        assert [b"Action: " + word in report.data for word, report in zip(said, reports, strict=True)] == [True] * len(
            said
        )


def test_a_report_is_never_reported() -> None:
    """What has the null reverse-path ends in silence – RFC 5321 §6.1."""
    with waiting(OddHop({"MAIL": [b"550 5.7.1 no\r\n"]})) as (hub, alice, _):
        with smtplib.SMTP(hub.lmtp.host, hub.lmtp.port) as client:
            assert client.noop()[0] == 250
        hub.add_alias("away@example.org", BOB)
        with smtplib.SMTP(hub.smtp.host, hub.smtp.port) as client:
            client.sendmail("", ["away@example.org"], MESSAGE)
        eventually(lambda: hub.outgoing() == [])
        assert alice.messages() == []


# many


@pytest.fixture
def database(engine: str, new_store_url: Callable[[str], str]) -> Iterator[Database]:
    database = open_database(new_store_url(engine))
    yield database
    database.close()


NOW = 1_800_000_000
MANY = 20_000


def fill(tx: Transaction, destination: str, first: int, count: int) -> None:
    for number in range(first, first + count):
        tx.run(
            rows.SQL.insert_message,
            (rows.FORMAT, number, 1000, "alice@example.org", "", "", "7BIT", 0, 0, NOW, NOW + 5 * DAY, 0),
        )
        tx.run(
            rows.SQL.insert_recipient,
            (number, 1, f"p{number}@{destination}", destination, "", "", NOW, NOW + 4 * HOUR),
        )


def test_a_dead_destination_hinders_nobody(database: Database) -> None:
    """Twenty thousand wait for it; it is one row that says so, and another destination's message is found and claimed
    at once (pitfall 14)."""
    with database.transaction() as tx:
        fill(tx, "dead.test", 1, MANY)
        fill(tx, "live.test", MANY + 1, 1)
    with database.transaction() as tx:
        assert rows.destinations(tx, NOW) == [("dead.test", NOW), ("live.test", NOW)]
        rows.unreachable(tx, "dead.test", NOW, lambda failures: 600)
        assert rows.destinations(tx, NOW) == [("live.test", NOW), ("dead.test", NOW + 600)]
        assert rows.claim(tx, "dead.test", "a", NOW, 60, 10) == []
        [(message, _)] = rows.claim(tx, "live.test", "a", NOW, 60, 10)
        assert message.id == MANY + 1
        assert len(rows.claim(tx, "dead.test", "a", NOW + 600, 60, 10)) == 10
        rows.reachable(tx, "dead.test")
        assert rows.destinations(tx, NOW + 1) == [("dead.test", NOW)]


def test_whoever_must_hear_does(database: Database) -> None:
    """Behind a destination that stays out of reach all senders are found whose time has come, a few at a time."""
    with database.transaction() as tx:
        fill(tx, "dead.test", 1, 25)
        rows.unreachable(tx, "dead.test", NOW, lambda failures: 10 * DAY)
        assert rows.claim_late(tx, "dead.test", "a", NOW + 3 * HOUR, 60, 10) == []
        late = NOW + 5 * HOUR
        sizes = [len(rows.claim_late(tx, "dead.test", "a", late, 60, 10)) for _ in range(4)]
        assert sizes == [10, 10, 5, 0]


def test_what_another_program_has_written(database: Database) -> None:
    """Rows of an unknown format are set aside for an operator, and stop nobody (pitfall 15)."""
    with database.transaction() as tx:
        fill(tx, "some.test", 1, 3)
        tx.run("UPDATE queue_message SET format = 99 WHERE queue_id = 1")
        assert [message.id for message, _ in rows.claim(tx, "some.test", "a", NOW, 60, 10)] == [2, 3]
        [odd] = rows.recipients(tx, 1)
        assert odd.state == "held"
        assert len(rows.listing(tx)) == 3
        assert rows.destinations(tx, NOW) == []


def test_nothing_before_its_release(database: Database) -> None:
    """Who tries again what is held for a later time (RFC 4865) does not let it out; patience begins with
    the release."""
    later = NOW + DAY
    envelope = Envelope(Address("alice", "example.org"), release=later)
    with database.transaction() as tx:
        fill(tx, "some.test", 1, 1)
        held = rows.submit(tx, envelope, [Recipient(Address("bob", "some.test"))], ContentId(1), 1000, NOW)
        assert rows.retry(tx, held, NOW)
        assert rows.retry(tx, 1, NOW + 60)
        assert rows.destinations(tx, NOW) == [("some.test", NOW + 60), (rows.HELD, later)]
        assert rows.claim_late(tx, rows.HELD, "a", later, 60, 10) == []
        [(message, _)] = rows.claim(tx, rows.HELD, "a", later, 60, 10)
        assert (message.envelope.release, message.due, message.arrived) == (later, later, NOW)
        assert message.expires == later + rows.PATIENCE.lifetime


def test_two_workers_share(engine: str, new_store_url: Callable[[str], str], tmp_path: Path) -> None:
    """Two connections claim at once: nobody gets what the other has in hand; what a dead one had comes back."""
    url = new_store_url(engine)
    one, two = open_database(url), open_database(url)
    with one.transaction() as tx:
        fill(tx, "some.test", 1, 30)
    taken: list[int] = []
    for turn in range(6):
        with (one, two)[turn % 2].transaction() as tx:
            taken += [message.id for message, _ in rows.claim(tx, "some.test", f"worker {turn % 2}", NOW, 60, 5)]
    assert sorted(taken) == list(range(1, 31))
    with one.transaction() as tx:
        assert rows.claim(tx, "some.test", "third", NOW + 59, 60, 5) == []
        again = rows.claim(tx, "some.test", "third", NOW + 61, 60, 5)
        assert len(again) == 5
        rows.extend(tx, again, "third", NOW + 600)
    with two.transaction() as tx:
        assert len(rows.claim(tx, "some.test", "fourth", NOW + 200, 60, 100)) == 25
    one.close()
    two.close()
