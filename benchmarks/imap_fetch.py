"""What IMAP costs: CPU time of the server per message, over one folder.

    python benchmarks/imap_fetch.py [--messages 10000]

The server runs in a process of its own on a free loopback port; the client sends ready-made bytes and only looks for
the end of the answer, so that what is measured is the server. Figures are user and system time of the server process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.directory import ROOM as DIRECTORY
from posthouse.directory import AuthSettings, Hasher, Logins, add_account, add_domain
from posthouse.model.ids import AccountId
from posthouse.model.rights import Right
from posthouse.net.stream import Stream
from posthouse.observe.logs import Logger, configure_logs
from posthouse.servers.imap.server import ImapServer
from posthouse.servers.imap.settings import ImapSettings
from posthouse.servers.login import Authenticator
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, remove
from posthouse.store.rights import Holder, set_rights

AUTH = AuthSettings(default_domain="example.org")
TICK = os.sysconf("SC_CLK_TCK")
LINE = b"The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n"


def message(number: int, size: int) -> bytes:
    head = (
        f"Return-Path: <sender{number}@example.com>\r\n"
        f"Received: from mail.example.com (mail.example.com [192.0.2.{number % 250}])\r\n"
        f"\tby mx.example.org with ESMTPS id {number:08x}; Tue, 14 Nov 2023 12:00:00 +0000\r\n"
        f"From: Sender Number {number} <sender{number}@example.com>\r\n"
        f"To: User <user@example.org>, Other <other{number}@example.org>\r\n"
        f"Subject: Message number {number} about something\r\n"
        f"Date: Tue, 14 Nov 2023 12:{number // 60 % 60:02}:{number % 60:02} +0000\r\n"
        f"Message-ID: <{number}.{number * 7919}@example.com>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    ).encode()
    return head + LINE * max(1, (size - len(head)) // len(LINE))


def fill(folder: Path, count: int, size: int) -> None:
    database = open_database(f"sqlite:{folder}/hub.db")
    database.migrate([STORE, DIRECTORY])
    blobs = FileBlobs(folder / "blobs")
    keys = Hasher(AUTH).make("secret")
    with database.transaction() as tx:
        add_domain(tx, "example.org")
        account = add_account(tx, "user@example.org", keys)
        create_account(tx, account, 1_700_000_000)
        for number in range(count + 1):
            put(tx, blobs, account, message(number, size), number)
        remove(tx, account, INBOX, ((2, 2),))  # a folder that never lost a message is too easy
        share(tx, account)
    database.close()


def share(tx: Transaction, account: AccountId) -> None:
    """Somebody else's folders, of which some may be seen."""
    other = add_account(tx, "other@example.org")
    create_account(tx, other, 1_700_000_000)
    for number in range(100):
        made = create_folder(tx, other, f"f{number}").id
        if number < 50:
            set_rights(tx, other, made, Holder(account), Right.LOOKUP | Right.READ)


def put(tx: Transaction, blobs: FileBlobs, account: AccountId, data: bytes, number: int) -> None:
    new = content_of(blobs, data)
    date = 1_700_000_000 + number
    append(tx, account, INBOX, NewMessage(add_content(tx, new), new.size, date), date)


async def serve(folder: Path, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    database = open_database(f"sqlite:{folder}/hub.db")
    store = Store(database, FileBlobs(folder / "blobs"), Hints())
    authenticator = Authenticator(Logins(database, AUTH), AUTH)
    server = ImapServer(store, authenticator, ImapSettings(), "mx.example.org", lambda: None, Logger("imap"))

    class Owner:
        def stream_opened(self, stream: Stream) -> None:
            task = loop.create_task(server.session(stream))
            tasks.add(task)
            task.add_done_callback(lambda task: (tasks.discard(task), stream.close()))

        def stream_lost(self, stream: Stream) -> None:
            pass

    tasks: set[asyncio.Task[None]] = set()
    owner = Owner()
    listener = await loop.create_server(lambda: Stream(owner), "127.0.0.1", 0)
    pipe.send(listener.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def run_server(folder: Path, pipe: Connection) -> None:
    configure_logs("warning")
    profile = os.environ.get("PROFILE")
    if profile:
        import cProfile
        import signal

        profiler = cProfile.Profile()

        def stop(*_: object) -> None:
            profiler.disable()
            profiler.dump_stats(profile)
            os._exit(0)

        signal.signal(signal.SIGTERM, stop)
        profiler.enable()
        asyncio.run(serve(folder, pipe))
    else:
        uvloop.run(serve(folder, pipe))


def cpu(pid: int) -> float:
    """User and system seconds, of the kernel's fine-grained account."""
    with open(f"/proc/{pid}/schedstat") as whole:
        main = int(whole.read().split()[0])
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return max(main, total) / 1e9


class Client:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.buffer = bytearray(1 << 20)
        self.until(b"\r\n")

    def until(self, end: bytes) -> int:
        """Reads until the last bytes received hold a line that begins with `end`."""
        total, tail = 0, b""
        while True:
            size = self.socket.recv_into(self.buffer)
            if not size:
                raise ConnectionError
            total += size
            tail = (tail + bytes(self.buffer[max(0, size - 1000) : size]))[-1000:]
            if tail.endswith(b"\r\n") and (end in tail or end == b"\r\n"):
                return total

    def command(self, text: str, tag: str = "a") -> int:
        self.socket.sendall(f"{tag} {text}\r\n".encode())
        return self.until(f"\r\n{tag} OK".encode() if tag != "a" else b"a OK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), options.messages, options.size)
        ours, theirs = Pipe()
        process = Process(target=run_server, args=(Path(folder), theirs))
        process.start()
        try:
            measure(ours.recv(), process.pid or 0, options.messages, options.only)
        finally:
            process.terminate()
            process.join()


def measure(port: int, pid: int, count: int, only: str) -> None:
    client = Client(port)
    client.command("LOGIN user@example.org secret")
    client.command("SELECT INBOX")

    def row(name: str, work: Callable[[], object], units: float, unit: str, repeat: int = 3) -> None:
        if only and only not in name:
            return
        best = wall = float("inf")
        for _ in range(repeat):
            before, began = cpu(pid), time.perf_counter()
            work()
            wall = min(wall, time.perf_counter() - began)
            time.sleep(0.02)
            best = min(best, cpu(pid) - before)
        print(f"{name:34} {best / units * 1e6:10.2f} µs/{unit}   (wall {wall / units * 1e6:.2f})", flush=True)

    def fetch(items: str) -> Callable[[], int]:
        return lambda: client.command(f"FETCH 1:* ({items})")

    size = fetch("BODY.PEEK[]")() / 1e6
    row("FETCH FLAGS", fetch("FLAGS"), count, "message")
    row("FETCH UID FLAGS", lambda: client.command("UID FETCH 1:* (FLAGS)"), count, "message")
    row("FETCH ENVELOPE", fetch("ENVELOPE"), count, "message")
    row("FETCH BODYSTRUCTURE", fetch("BODYSTRUCTURE"), count, "message")
    row("FETCH INTERNALDATE RFC822.SIZE", fetch("INTERNALDATE RFC822.SIZE"), count, "message")
    names = "BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)]"
    row("FETCH HEADER.FIELDS", fetch(names), count, "message")
    row("FETCH FLAGS … HEADER.FIELDS", fetch(f"UID FLAGS INTERNALDATE RFC822.SIZE {names}"), count, "message")
    row("FETCH BODY.PEEK[HEADER]", fetch("BODY.PEEK[HEADER]"), count, "message")
    row("FETCH BODY[]", fetch("BODY.PEEK[]"), size, "MB")
    row("SEARCH FLAGGED", lambda: client.command("SEARCH FLAGGED"), count, "message")
    row("SEARCH SUBJECT", lambda: client.command('SEARCH SUBJECT "number 77"'), count, "message")
    row("STORE 1:* .SILENT", toggle(client, ".SILENT"), count * 2, "message")
    row("STORE 1:*", toggle(client, ""), count * 2, "message")
    row("COPY of 1000", lambda: client.command(f"COPY 1:{min(1000, count)} Archive"), min(1000, count), "message")
    row("APPEND", appending(client, 1, 200), 200, "message")
    row("MULTIAPPEND of 50", appending(client, 50, 10), 500, "message")
    noops = b"a NOOP\r\n"

    def noop() -> None:
        for _ in range(2000):
            client.socket.sendall(noops)
            client.until(b"a OK")

    row("NOOP", noop, 2000, "command")
    row("FETCH of one (FLAGS ENVELOPE)", each(client, "(FLAGS ENVELOPE)"), 499, "command")
    row("FETCH of one BODY.PEEK[]", each(client, "BODY.PEEK[]"), 499, "command")

    def select() -> None:
        for _ in range(500):
            client.command("EXAMINE INBOX")

    row("SELECT", select, 500, "command")
    row("SELECT of another's folder", asking(client, "EXAMINE Users/other@example.org/f1"), 200, "command")
    client.command("SELECT INBOX")
    row("LIST of one's own", asking(client, 'LIST "" INBOX'), 200, "command")
    row("LIST with 50 of another's", asking(client, 'LIST "" *'), 200, "command")
    row("MYRIGHTS of another's", asking(client, "MYRIGHTS Users/other@example.org/f1"), 200, "command")

    def visit(work: bool) -> None:
        for _ in range(200):
            other = Client(port)
            other.command("LOGIN user@example.org secret")
            if work:
                other.command("SELECT INBOX")
                other.command(f"FETCH {max(1, count - 49)}:* (UID FLAGS ENVELOPE)")
                other.command(f"FETCH {count} BODY.PEEK[]")
            other.command("LOGOUT")
            other.socket.close()

    row("login and logout", lambda: visit(False), 200, "visit")
    row("login, SELECT, list 50, read 1", lambda: visit(True), 200, "visit")


def asking(client: Client, line: str) -> Callable[[], None]:
    def work() -> None:
        for _ in range(200):
            client.command(line)

    return work


def each(client: Client, items: str) -> Callable[[], None]:
    def work() -> None:
        for number in range(1, 500):
            client.command(f"FETCH {number} {items}")

    return work


def appending(client: Client, together: int, times: int) -> Callable[[], None]:
    numbers = itertools.count(1_000_000)

    def work() -> None:
        for _ in range(times):
            messages = (message(next(numbers) + os.getpid() * 1000, 4096) for _ in range(together))
            literals = b" ".join(b"{%d+}\r\n%b" % (len(data), data) for data in messages)
            client.socket.sendall(b"a APPEND Drafts " + literals + b"\r\n")
            client.until(b"a OK")

    return work


def toggle(client: Client, silent: str) -> Callable[[], None]:
    def work() -> None:
        client.command(f"STORE 1:* +FLAGS{silent} (\\Answered)")
        client.command(f"STORE 1:* -FLAGS{silent} (\\Answered)")

    return work


if __name__ == "__main__":
    sys.exit(main())
