"""SMTP into mailboxes, SMTP to the next hop, LMTP. A message counts when it has arrived, not when it is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.load import Prepare, Step, Work, connections, conversations
from benchmarks.mail import ELSEWHERE, USERS, message
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, Row

CLIENTS = 10


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    for domain, way in side.domains:
        yield from _into_mailboxes(side, domain, way)
    yield Row("relay to the next hop, 4 KB", CPU, "Postfix"), _relay(side)
    name = side.domains[-1][0]
    work = _many("lmtp", side, 1000, 4096, name, 1)
    yield Row("LMTP, 4 KB, many per connection", CPU), side.measure(work, 1000)


def _into_mailboxes(side: Side, domain: str, way: str) -> Iterator[tuple[Row, Figure]]:
    def row(name: str) -> Row:
        return Row(f"SMTP to mailbox, {name}", CPU, way)

    side.measure(_many("smtp", side, 100, 4096, domain, 1), 100, times=1)  # mailboxes are made, code is warm
    yield row("4 KB, many per connection"), side.measure(_many("smtp", side, 2000, 4096, domain, 1), 2000)
    yield row("4 KB, one per connection"), side.measure(_singles(side, 1000, 4096, domain), 1000)
    yield row("50 KB, many per connection"), side.measure(_many("smtp", side, 1000, 50_000, domain, 1), 1000)
    yield row("50 KB, one per connection"), side.measure(_singles(side, 500, 50_000, domain), 500)
    yield row("4 KB, 10 recipients, per copy"), side.measure(_many("smtp", side, 300, 4096, domain, 10), 3000)


def _relay(side: Side) -> Figure:
    """Accepted, queued and delivered to the next hop."""
    count = 1000
    side.measure(_many("smtp", side, 50, 4096, ELSEWHERE, 1), 50, until=lambda: side.sink.count >= 50, times=1)
    wanted = side.sink.count + count
    work = _many("smtp", side, count, 4096, ELSEWHERE, 1)
    return side.measure(work, count, until=lambda: side.sink.count >= wanted, times=1)


def _greeting(service: str) -> list[Step]:
    hello = b"LHLO" if service == "lmtp" else b"EHLO"
    return [(b"", b"220 "), (hello + b" client.example\r\n", b"250 ")]


def _many(service: str, side: Side, messages: int, size: int, domain: str, recipients: int) -> Prepare:
    """Clients that send one message after the other, on one connection each."""

    def prepare(numbers: Iterator[int]) -> Work:
        clients = [
            [step for _ in range(messages // CLIENTS) for step in _transaction(next(numbers), size, domain, recipients)]
            for _ in range(CLIENTS)
        ]
        return conversations(side.ports[service], _greeting(service), clients)

    return prepare


def _singles(side: Side, messages: int, size: int, domain: str) -> Prepare:
    """Clients that connect for each message anew."""

    def prepare(numbers: Iterator[int]) -> Work:
        def session() -> list[Step]:
            return [*_greeting("smtp"), *_transaction(next(numbers), size, domain, 1), (b"QUIT\r\n", b"221 ")]

        sessions = [[session() for _ in range(messages // CLIENTS)] for _ in range(CLIENTS)]
        return connections(side.ports["smtp"], sessions)

    return prepare


def _transaction(number: int, size: int, domain: str, recipients: int) -> list[Step]:
    names = (USERS[(number + each) % len(USERS)] for each in range(recipients))
    rcpt = b"".join(b"RCPT TO:<%b@%b>\r\n" % (name.encode(), domain.encode()) for name in names)
    data = message(number, size)
    return [
        (b"MAIL FROM:<sender@client.example>\r\n%bDATA\r\n" % rcpt, b"354 "),
        (data + b".\r\n", b"250 "),
    ]
