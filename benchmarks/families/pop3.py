"""POP3: polls and downloads."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.load import Prepare, Step, connections, conversations
from benchmarks.mail import PASSWORD, POP, USERS
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row

GREETING: Step = (b"", b"+OK")


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    side.measure(_polls(side, 1), 4, times=1)  # so that passwords are known
    yield Row("POP3 login, STAT, QUIT", CPU), side.measure(_polls(side, 250), 1000)
    numbers = [number % 200 + 1 for number in range(1000)]
    steps = [(b"RETR %d\r\n" % number, b"\r\n.\r\n") for number in numbers]
    yield (
        Row("POP3 RETR of 15 KB", CPU),
        side.measure(lambda _: conversations(side.ports["pop3"], _login(POP), [steps]), len(numbers)),
    )


def _login(name: str) -> list[Step]:
    return [
        GREETING,
        (b"USER %b@example.org\r\n" % name.encode(), b"+OK"),
        (b"PASS %b\r\n" % PASSWORD.encode(), b"+OK"),
    ]


def _polls(side: Side, count: int) -> Prepare:
    clients = [
        [[*_login(name), (b"STAT\r\n", b"+OK"), (b"QUIT\r\n", b"+OK")] for _ in range(count)] for name in USERS[:4]
    ]
    return lambda _: connections(side.ports["pop3"], clients)
