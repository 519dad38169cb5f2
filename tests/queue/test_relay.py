"""Mail for elsewhere: one real hub hands it to another, or keeps it, and the sender hears of what failed."""

import smtplib
import time

from programs import eventually

from posthouse.protocols.dsn.parse import parse_report
from posthouse.queue import rows
from posthouse.testing import Account, MailHub

MESSAGE = b"From: alice@example.org\r\nTo: friends\r\nSubject: Hello\r\n\r\nDear friends\r\n"


def submit(hub: MailHub, sender: Account, recipients: list[str], **options: list[str]) -> None:
    with smtplib.SMTP(hub.submission.host, hub.submission.port) as client:
        client.login(sender.address, sender.password)
        client.sendmail(sender.address, recipients, MESSAGE, **options)


def test_relayed_and_forgotten() -> None:
    """Every recipient gets the message, and the queue is empty afterwards."""
    with MailHub(hostname="there.example") as there:
        people = [there.add_account(f"{name}@elsewhere.example") for name in ("bob", "carol")]
        with MailHub(relay=str(there.smtp), hostname="here.example") as here:
            alice = here.add_account("alice@example.org")
            for _ in range(20):
                submit(here, alice, [person.address for person in people])
            for person in people:
                received = person.wait_for_messages(20)
                assert all(message.data.endswith(b"\r\n\r\nDear friends\r\n") for message in received)
                assert received[0].data.count(b"\r\nReceived: ") == 2
            eventually(lambda: here.outgoing() == [])
            assert alice.messages() == []


def test_a_refusal_comes_back_as_a_report() -> None:
    """Who was refused is named with the next hop's words; the others got the message – RFC 3464."""
    with MailHub(hostname="there.example") as there:
        bob = there.add_account("bob@elsewhere.example")
        with MailHub(relay=str(there.smtp), hostname="here.example") as here:
            alice = here.add_account("alice@example.org")
            submit(here, alice, [bob.address, "nobody@elsewhere.example"], mail_options=["ENVID=QQ314"])
            bob.wait_for_messages(1)
            [report] = alice.wait_for_messages(1)
            assert report.data.startswith(b"Return-Path: <>\r\n")
            told = parse_report(report.data)
            assert [str(one.final_recipient) for one in told.recipients] == ["nobody@elsewhere.example"]
            assert b"Status: 5.1.1" in report.data
            assert b"Original-Envelope-Id: QQ314" in report.data
            eventually(lambda: here.outgoing() == [])


def test_nobody_hears_what_nobody_asked_for() -> None:
    """NOTIFY=NEVER: a failure is silent – RFC 3461 §4.1."""
    with MailHub(hostname="there.example") as there:
        there.add_account("bob@elsewhere.example")
        with MailHub(relay=str(there.smtp), hostname="here.example") as here:
            alice = here.add_account("alice@example.org")
            submit(here, alice, ["nobody@elsewhere.example"], rcpt_options=["NOTIFY=NEVER"])
            eventually(lambda: here.outgoing() == [])
            assert alice.messages() == []


def test_a_next_hop_that_is_away_is_tried_again() -> None:
    """The message waits, its history says why, and `retry` brings it there once the next hop is back."""
    with MailHub() as gone:
        port = gone.smtp
    with MailHub(relay=str(port), hostname="here.example") as here:
        alice = here.add_account("alice@example.org")
        submit(here, alice, ["bob@elsewhere.example"])
        [message] = here.outgoing()
        eventually(lambda: bool(here.read(lambda tx: rows.history(tx, message.id))))
        [attempt] = here.read(lambda tx: rows.history(tx, message.id))
        assert (attempt.outcome, attempt.status) == ("waiting", "4.4.1")
        assert "refused" in attempt.reply
        [recipient] = here.read(lambda tx: rows.recipients(tx, message.id))
        assert (recipient.attempts, recipient.lease) == (1, "")
        assert recipient.next_attempt > time.time()
        settings: dict[str, object] = {"listen": {"smtp": [str(port)]}}
        with MailHub(hostname="there.example", settings=settings) as there:
            bob = there.add_account("bob@elsewhere.example")
            here.write(lambda tx: rows.retry(tx, message.id, int(time.time())))
            bob.wait_for_messages(1)
            eventually(lambda: here.outgoing() == [])
        assert alice.messages() == []


def test_a_lease_has_one_holder(posthouse_hub: MailHub) -> None:
    """What one courier has claimed no other gets until the lease ends; and only its holder may say how it went."""
    alice = posthouse_hub.add_account("alice@example.org")
    submit(posthouse_hub, alice, [f"person{n}@elsewhere.example" for n in range(5)])
    now = int(time.time()) + 1
    first = posthouse_hub.write(lambda tx: rows.claim(tx, "elsewhere.example", "a", now, 60, 3))
    second = posthouse_hub.write(lambda tx: rows.claim(tx, "elsewhere.example", "b", now, 60, 10))
    numbers = [[one.number for _, taken in claimed for one in taken] for claimed in (first, second)]
    assert sorted(numbers[0] + numbers[1]) == [1, 2, 3, 4, 5]
    assert len(numbers[0]) == 3
    message, number = first[0][0].id, numbers[0][0]
    ended = rows.Outcome("relayed", "mx", "2.0.0", "250 OK")
    assert not posthouse_hub.write(lambda tx: rows.record(tx, message, number, "b", ended, now))
    late = now + 61
    third = posthouse_hub.write(lambda tx: rows.claim(tx, "elsewhere.example", "c", late, 60, 10))
    assert sum(len(taken) for _, taken in third) == 5
    assert not posthouse_hub.write(lambda tx: rows.record(tx, message, number, "a", ended, late))
    assert posthouse_hub.write(lambda tx: rows.record(tx, message, number, "c", ended, late))
    assert not posthouse_hub.write(lambda tx: rows.finish(tx, message))


def test_held_and_removed(posthouse_hub: MailHub) -> None:
    """An operator's hold keeps a message from being claimed; remove forgets it with its content."""
    alice = posthouse_hub.add_account("alice@example.org")
    submit(posthouse_hub, alice, ["bob@elsewhere.example"])
    [message] = posthouse_hub.outgoing()
    now = int(time.time()) + 1
    assert posthouse_hub.write(lambda tx: rows.hold_back(tx, message.id, now))
    assert posthouse_hub.write(lambda tx: rows.claim(tx, "elsewhere.example", "a", now, 60, 3)) == []
    assert posthouse_hub.write(lambda tx: rows.remove(tx, message.id))
    assert posthouse_hub.outgoing() == []
