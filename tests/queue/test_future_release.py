"""FUTURERELEASE (RFC 4865): what is held goes out at its time, to people here and elsewhere, and not before."""

from __future__ import annotations

import smtplib
import time

import pytest
from odd_hop import OddHop
from programs import eventually

from posthouse.queue import rows, runner
from posthouse.store.accounts import set_quota
from posthouse.testing import MailHub

HOUR = 3600
MESSAGE = b"From: alice@example.org\r\nSubject: Later\r\n\r\nDear Bob\r\n"


def test_delivered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash right behind the delivery leaves nothing in the queue that would be delivered again; whom the delivery
    left out waits on."""
    noted: list[object] = []

    async def crash(self: object, message: object, *others: object) -> None:
        noted.append(message)
        raise RuntimeError("the worker is gone")

    with OddHop({}).serving() as address, MailHub(relay=address, hostname="here.example") as hub:
        ahead = 0
        hub.running.store.clock = lambda: time.time() + ahead
        alice, bob = hub.add_account("alice@example.org"), hub.add_account("bob@example.org")
        full = hub.add_account("full@example.org")
        with smtplib.SMTP(hub.submission.host, hub.submission.port) as client:
            client.login(alice.address, alice.password)
            client.sendmail(alice.address, [full.address, bob.address], MESSAGE, [f"HOLDFOR={HOUR}"])
        hub.write(lambda tx: set_quota(tx, full.id, 1, 0))
        monkeypatch.setattr(runner._Courier, "_record", crash)
        ahead = HOUR + 60
        hub.write(lambda tx: tx.notify(rows.QUEUE_HINT))
        bob.wait_for_messages(1)
        until = time.monotonic() + 20
        while not noted:
            assert time.monotonic() < until
            time.sleep(0.02)
        monkeypatch.undo()
        [message] = hub.outgoing()
        states = {str(one.recipient.address): one.state for one in hub.read(lambda tx: rows.recipients(tx, message.id))}
        assert states == {full.address: "waiting", bob.address: "relayed"}
        hub.write(lambda tx: set_quota(tx, full.id, 0, 0))
        ahead += HOUR
        hub.write(lambda tx: tx.notify(rows.QUEUE_HINT))
        full.wait_for_messages(1)
        eventually(lambda: not hub.outgoing())
        assert len(bob.messages()) == len(full.messages()) == 1


def test_held_then_delivered() -> None:
    """Nothing before its time, not even when an operator tries again; then the mailbox, the next hop, and the report
    that was asked for. What was removed is never delivered."""
    with OddHop({}).serving() as address, MailHub(relay=address, hostname="here.example") as hub:
        ahead = 0
        hub.running.store.clock = lambda: time.time() + ahead
        alice, bob = hub.add_account("alice@example.org"), hub.add_account("bob@example.org")
        people = [bob.address, "carol@elsewhere.example"]
        for _ in range(2):
            with smtplib.SMTP(hub.submission.host, hub.submission.port) as client:
                client.login(alice.address, alice.password)
                client.sendmail(alice.address, people, MESSAGE, [f"HOLDFOR={HOUR}"], ["NOTIFY=SUCCESS,FAILURE"])
        kept, cancelled = [message.id for message in hub.outgoing()]
        now = int(time.time())
        assert hub.write(lambda tx: rows.remove(tx, cancelled))
        assert hub.write(lambda tx: rows.retry(tx, kept, now))
        waiting = hub.read(lambda tx: rows.recipients(tx, kept))
        assert all(recipient.next_attempt > now + HOUR - 60 for recipient in waiting)
        assert bob.messages() == alice.messages() == []
        ahead = HOUR + 60
        hub.write(lambda tx: tx.notify(rows.QUEUE_HINT))
        [message] = bob.wait_for_messages(1)
        assert message.data.startswith(b"Return-Path: <alice@example.org>")
        assert MESSAGE.partition(b"\r\n\r\n")[2] in message.data
        eventually(lambda: not hub.outgoing())
        assert any(b"Action: delivered" in report.data for report in alice.wait_for_messages(1))
        assert len(bob.messages()) == 1
