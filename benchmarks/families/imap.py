"""IMAP: visits, whole folders, single commands, changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.load import Prepare, Session, Step, Work, connections, conversations
from benchmarks.mail import COPIER, HUGE, MANY, MILLION, PASSWORD, USERS, WRITERS, message
from benchmarks.side import Figure, Side
from benchmarks.table import CPU, CPU_MB, Row

GREETING: Step = (b"", b"* OK")
OK = b"t OK "
ITEMS = {
    "FLAGS": b"FLAGS",
    "ENVELOPE": b"ENVELOPE",
    "BODYSTRUCTURE": b"BODYSTRUCTURE",
    "HEADER.FIELDS": b"BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)]",
}


def say(*commands: bytes) -> list[Step]:
    return [(b"t " + command + b"\r\n", OK) for command in commands]


def login(name: str) -> list[Step]:
    return [GREETING, *say(b"LOGIN %b@example.org %b" % (name.encode(), PASSWORD.encode()))]


def measure(side: Side) -> Iterator[tuple[Row, Figure]]:
    yield from _visits(side)
    for name, count in ((MANY, 10_000), (HUGE, 100_000)):
        yield from _whole_folder(side, name, count)
    yield from _single_commands(side)
    yield from _searches(side)
    yield from _changes(side)
    yield from _appends(side)


def _visits(side: Side) -> Iterator[tuple[Row, Figure]]:
    def visits(names: list[str], count: int, *commands: bytes) -> Prepare:
        session = [say(*commands, b"LOGOUT")]
        clients = [[[*login(name), *session[0]] for _ in range(count)] for name in names]
        return lambda _: connections(side.ports["imap"], clients)

    for name in [*USERS[:4], MANY, HUGE, MILLION]:  # so that passwords are known
        side.measure(visits([name], 1), 1, times=1)
    yield Row("IMAP login and logout", CPU), side.measure(visits(USERS[:4], 250), 1000)
    commands = (b"SELECT INBOX", b"FETCH 9951:10000 (UID FLAGS ENVELOPE)", b"FETCH 10000 BODY.PEEK[]")
    yield (
        Row("IMAP login, SELECT, list 50, read 1, logout", CPU),
        side.measure(visits([MANY] * 4, 200, *commands), 800),
    )


def _in(side: Side, name: str, clients: int, steps: Iterable[Step], folder: bytes = b"INBOX") -> Prepare:
    """Some clients in a folder that is selected and looked at already."""
    look = [b"FETCH 1 FLAGS"] if folder == b"INBOX" else []
    prelude = [*login(name), *say(b"SELECT " + folder, *look)]
    steps = list(steps)
    return lambda _: conversations(side.ports["imap"], prelude, [steps] * clients)


def _whole_folder(side: Side, name: str, count: int) -> Iterator[tuple[Row, Figure]]:
    passes = 50_000 // count or 1
    for item, words in ITEMS.items():
        steps = say(b"FETCH 1:* " + words)
        side.measure(_in(side, name, 1, steps), count, times=1)  # caches are warm on both sides
        figure = side.measure(_in(side, name, 1, steps * passes), count * passes, times=3)
        yield Row(f"FETCH 1:{count:,} {item}", CPU), figure
    megabytes = count * len(message(count // 2, 4096 if name == MANY else 1500)) / 1e6
    figure = side.measure(_in(side, name, 1, say(b"FETCH 1:* BODY.PEEK[]")), megabytes, times=3)
    yield Row(f"FETCH 1:{count:,} BODY[]", CPU_MB), figure


def _single_commands(side: Side) -> Iterator[tuple[Row, Figure]]:
    folders = [(MANY, "10,000"), (HUGE, "100,000")]
    if side.name == "posthouse":
        folders.append((MILLION, "1,000,000"))
    for name, size in folders:
        work = _in(side, name, 1, say(*[b"SELECT INBOX"] * 500), b"Target")
        yield Row(f"SELECT of {size} messages", CPU), side.measure(work, 500)
    numbers = range(1, 1001)
    listed = say(*(b"FETCH %d (FLAGS ENVELOPE)" % number for number in numbers))
    read = say(*(b"FETCH %d BODY.PEEK[]" % number for number in numbers))
    yield Row("FETCH of one, FLAGS ENVELOPE, 4 clients", CPU), side.measure(_in(side, MANY, 4, listed), 4000)
    yield Row("FETCH of one, BODY[] 4 KB, 4 clients", CPU), side.measure(_in(side, MANY, 4, read), 4000)
    yield Row("NOOP, one client", CPU), side.measure(_in(side, MANY, 1, say(*[b"NOOP"] * 3000)), 3000)
    yield Row("NOOP, 4 clients", CPU), side.measure(_in(side, MANY, 4, say(*[b"NOOP"] * 1000)), 4000)


def _searches(side: Side) -> Iterator[tuple[Row, Figure]]:
    for key, times in ((b"FLAGGED", 10), (b"SUBJECT invoice", 5), (b"TEXT xylophone", 2)):
        work = _in(side, MANY, 1, say(*[b"SEARCH " + key] * times))
        name = key.decode().split()[0]
        yield Row(f"SEARCH {name} in 10,000, per message", CPU), side.measure(work, 10_000 * times)


def _changes(side: Side) -> Iterator[tuple[Row, Figure]]:
    for name, silent in (("silent", b".SILENT"), ("answered", b"")):
        steps = say(b"STORE 1:* +FLAGS%b (\\Answered)" % silent, b"STORE 1:* -FLAGS%b (\\Answered)" % silent)
        figure = side.measure(_in(side, MANY, 1, steps), 20_000, times=3)
        yield Row(f"STORE 1:10,000, {name}, per message", CPU), figure
    work = _in(side, COPIER, 1, say(b"COPY 1:1000 Target"))
    yield Row("COPY of 1,000, per message", CPU), side.measure(work, 1000, times=3)


def _appends(side: Side) -> Iterator[tuple[Row, Figure]]:
    def appends(clients: int, times: int, together: int) -> Prepare:
        def prepare(numbers: Iterator[int]) -> Work:
            def steps() -> Session:
                for _ in range(times):
                    data = [message(next(numbers), 4096) for _ in range(together)]
                    yield (b"t APPEND INBOX " + b" ".join(b"{%d+}\r\n%b" % (len(d), d) for d in data) + b"\r\n", OK)

            return conversations(
                side.ports["imap"], lambda n: login(WRITERS[n]), [list(steps()) for _ in range(clients)]
            )

        return prepare

    side.measure(appends(10, 1, 1), 10, times=1)
    yield Row("APPEND of 4 KB, one client", CPU), side.measure(appends(1, 500, 1), 500)
    yield Row("APPEND of 4 KB, 10 clients", CPU), side.measure(appends(10, 200, 1), 2000)
    yield Row("MULTIAPPEND of 50, per message", CPU), side.measure(appends(1, 30, 50), 1500)
