"""Hints reach who listens: in this worker, in others on the machine, and on other machines."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from posthouse.database import open_database
from posthouse.database.hints import DatagramCarrier, Hints, pack, unpack
from posthouse.database.notify import NotifyCarrier
from posthouse.model.hints import Hint
from posthouse.model.ids import AccountId, FolderId, ModSeq


def hint(account, modseq=1, folder=3):
    return Hint(AccountId(account), FolderId(folder), ModSeq(modseq))


def test_wire():
    """What is packed comes out again; half a hint is none."""
    hints = [hint(1), hint(2**40, 2**62)]
    assert unpack(pack(hints)) == hints
    assert unpack(pack(hints)[:-1]) == hints[:1]


def test_subscriptions():
    """A listener hears of its account alone, once for a folder, and not after it has left."""
    hints, heard = Hints(), []
    leave = hints.subscribe(AccountId(1), heard.append)
    hints.subscribe(AccountId(2), lambda _: leave())
    hints.publish([hint(1, 5), hint(3, 6), hint(1, 7), hint(1, 8, folder=4)])
    assert heard == [hint(1, 7), hint(1, 8, folder=4)]
    hints.publish([hint(2)])
    hints.publish([hint(1, 9)])
    leave()
    assert len(heard) == 2


async def hear(carrier, ready, wanted):
    """The hints that come in, until there are so many."""
    heard, enough = [], asyncio.Event()

    def deliver(hints):
        heard.extend(hints)
        if len(heard) >= wanted:
            enough.set()

    carrier.start(deliver)
    await ready()
    await asyncio.wait_for(enough.wait(), 30)
    carrier.close()
    return heard


def send_all(carrier, batches):
    for batch in batches:
        carrier.send(batch)


OTHER_PROCESS = """
import sys
from pathlib import Path
from posthouse.database.hints import DatagramCarrier, unpack
carrier = DatagramCarrier(Path(sys.argv[1]))
for batch in sys.argv[2:]:
    carrier.send(unpack(bytes.fromhex(batch)))
carrier.close()
"""


def test_datagrams_between_processes(tmp_path):
    """What another process publishes arrives, in its order, a long list in several datagrams."""
    batches = [[hint(1, 5)], [hint(2, n) for n in range(700)]]

    async def run():
        async def ready():
            arguments = [str(tmp_path), *(pack(batch).hex() for batch in batches)]
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROCESS, *arguments)
            assert await process.wait() == 0

        return await hear(DatagramCarrier(tmp_path), ready, 701)

    assert asyncio.run(run()) == [h for batch in batches for h in batch]
    assert list(tmp_path.iterdir()) == []


def test_workers_that_come_and_go(tmp_path):
    """A worker that started a moment ago hears; one that died without a word is forgotten."""
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stale.bind(str(tmp_path / "dead.sock"))
    stale.close()

    async def run():
        sender = DatagramCarrier(tmp_path)
        heard = []
        for number in range(5):
            sender.send([hint(99)])

            async def ready(number=number):
                sender.send([hint(number)])

            heard += await hear(DatagramCarrier(tmp_path), ready, 1)
        sender.close()
        return heard

    assert asyncio.run(run()) == [hint(n) for n in range(5)]
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_does_not_read(tmp_path):
    """Sending never blocks and never raises; what did not fit is brought later."""

    async def run():
        sender, heard = DatagramCarrier(tmp_path), []
        receiver = DatagramCarrier(tmp_path)
        sender.start(lambda hints: None)
        receiver.start(heard.extend)
        for number in range(5000):  # the loop does not turn meanwhile: nobody reads
            sender.send([hint(number % 10, number)])
        for _ in range(300):
            await asyncio.sleep(0.01)
            if {(h.account, h.modseq) for h in heard} >= {(n, 4990 + n) for n in range(10)}:
                break
        sender.close()
        receiver.close()
        return {h.account: h.modseq for h in heard}

    assert asyncio.run(run()) == {n: 4990 + n for n in range(10)}


def test_a_long_path(tmp_path):
    """The path of a Unix socket is short by nature; a data folder's need not be."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()

    async def run():
        sender = DatagramCarrier(folder)

        async def ready():
            sender.send([hint(1)])

        heard = await hear(DatagramCarrier(folder), ready, 1)
        sender.close()
        return heard

    assert asyncio.run(run()) == [hint(1)]


@pytest.mark.parametrize("count", [1, 250])
def test_notifications(new_url, count):
    """Through PostgreSQL to another machine, and not back to oneself."""
    url = new_url("postgresql")
    open_database(url).close()

    async def run():
        sender, own = NotifyCarrier(url), []
        sender.start(own.extend)
        receiver = NotifyCarrier(url)

        async def ready():
            await asyncio.to_thread(receiver.listening.wait, 20)
            sender.send([hint(n) for n in range(count)])

        heard = await hear(receiver, ready, count)
        sender.close()
        return heard, own

    assert asyncio.run(run()) == ([hint(n) for n in range(count)], [])
