"""Clients that come back, and clients on slow links: QRESYNC and COMPRESS."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator

from benchmarks.families.imap import login, say
from benchmarks.load import Prepare, conversations
from benchmarks.mail import DOMAIN, HUGE, MANY, PASSWORD
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row

TIMES = 20


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    state = _change_a_hundred(side)
    prelude = [*login(HUGE), *say(b"ENABLE QRESYNC")]
    steps = say(*[b"SELECT INBOX (QRESYNC (%b))" % state, b"UNSELECT"] * TIMES)

    yield (
        Row("QRESYNC of 100,000 after 100 changes", CPU),
        side.measure(lambda _: conversations(side.ports["imap"], prelude, [steps]), TIMES, times=3),
    )
    for compressed in (False, True):
        how = "over COMPRESS" if compressed else "over a plain connection"
        for name, items in (("ENVELOPE", b"ENVELOPE"), ("BODY[]", b"BODY.PEEK[]")):
            work = _fetch(side, items, compressed)
            yield Row(f"FETCH 1:10,000 {name} {how}", CPU), side.measure(work, 10_000, times=3)


def _fetch(side: Side, items: bytes, compressed: bool) -> Prepare:
    prelude = [*login(MANY), *say(b"SELECT INBOX", b"FETCH 1 FLAGS", *[b"COMPRESS DEFLATE"] * compressed)]
    steps = say(b"FETCH 1:10000 " + items)
    return lambda _: conversations(side.ports["imap"], prelude, [steps], compressed=compressed)


def _change_a_hundred(side: Side) -> bytes:
    """50 flags and 50 deletions, all over the folder: UIDVALIDITY and HIGHESTMODSEQ of before."""
    with imaplib.IMAP4("127.0.0.1", side.ports["imap"]) as client:
        client.login(f"{HUGE}@{DOMAIN}", PASSWORD)
        client.enable("CONDSTORE")
        client.select()
        ((validity,), (modseq,)) = client.response("UIDVALIDITY")[1], client.response("HIGHESTMODSEQ")[1]
        assert isinstance(validity, bytes)
        assert isinstance(modseq, bytes)
        spread = ",".join(str(number) for number in range(1000, 100_000, 2000))
        client.store(spread, "+FLAGS.SILENT", r"(\Flagged)")
        gone = ",".join(str(number) for number in range(2000, 100_001, 2000))
        client.store(gone, "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
        return re.sub(rb"[^0-9]", b"", validity) + b" " + re.sub(rb"[^0-9]", b"", modseq)
