"""POP3: CPU of the hub's process per poll (login, STAT, QUIT; password verified before) and per RETR.

    python benchmarks/pop3.py [--polls 1500] [--messages 4000] [--size 15000] [--profile polls|retr]

The server is a process of its own over a store on SQLite, the client another. CPU is what the server's process used,
all threads, between the first and the last session. The logs go to nowhere, but are written.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import multiprocessing
import pstats
import resource
import socket
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.directory import ROOM as DIRECTORY
from posthouse.directory import AuthSettings, Hasher, Logins, add_account, add_domain
from posthouse.model.ids import AccountId
from posthouse.net.listeners import Server, open_sockets
from posthouse.observe.logs import Logger, configure_logs
from posthouse.servers.login import Authenticator
from posthouse.servers.pop3.server import Pop3Server
from posthouse.servers.pop3.settings import Pop3Settings
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append

AUTH = AuthSettings(default_domain="example.org", argon2_memory=64, argon2_passes=1)
ACCOUNTS = 20
IN_MAILDROP = 100


def serve(pipe: Connection, folder: str, size: int) -> None:
    configure_logs(write=lambda line: None)
    uvloop.run(_serve(pipe, Path(folder), size))


async def _serve(pipe: Connection, folder: Path, size: int) -> None:
    database = open_database(f"sqlite:{folder / 'store.db'}")
    database.migrate([STORE, DIRECTORY])
    store = Store(database, FileBlobs(folder / "blobs"), Hints())
    keys = Hasher(AUTH).make("secret")
    with database.transaction() as tx:
        add_domain(tx, "example.org")
        for number in range(ACCOUNTS):
            account = add_account(tx, f"user{number}@example.org", keys)
            create_account(tx, account, 1_700_000_000)
            _fill(tx, store, account, size)
    pop3 = Pop3Server(
        store,
        Authenticator(Logins(database, AUTH), AUTH),
        Pop3Settings(),
        "pop.example.org",
        "w0",
        lambda: None,
        Logger("pop3"),
    )
    server = Server("pop3", pop3.session)
    await server.listen(open_sockets(["127.0.0.1:0"]))
    pipe.send(server.addresses[0].port)
    await asyncio.to_thread(_answer, pipe, asyncio.get_running_loop())
    await server.close(1)


def _fill(tx: Transaction, store: Store, account: AccountId, size: int) -> None:
    for number in range(IN_MAILDROP):
        text = b"Subject: %d %d\r\n\r\n" % (account, number) + (b"x" * 76 + b"\r\n") * (size // 78)
        new = content_of(store.blobs, text)
        append(tx, account, INBOX, NewMessage(add_content(tx, new), new.size, 1_700_000_000), 1_700_000_000)


def _answer(pipe: Connection, loop: asyncio.AbstractEventLoop) -> None:
    """`cpu`: seconds used so far; `profile`, `report`: of the loop's thread between the two."""
    profile = cProfile.Profile()
    while (word := pipe.recv()) != "stop":
        if word == "profile":
            loop.call_soon_threadsafe(profile.enable)
        elif word == "report":
            loop.call_soon_threadsafe(profile.disable)
            time.sleep(0.1)
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send(usage.ru_utime + usage.ru_stime)


class Client:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.file.readline()

    def say(self, *commands: str) -> None:
        """In one packet; each with one line of answer."""
        self.socket.sendall("".join(command + "\r\n" for command in commands).encode())
        for _ in commands:
            line = self.file.readline()
            assert line.startswith(b"+OK"), line

    def log_in(self, number: int) -> None:
        self.say(f"USER user{number % ACCOUNTS}@example.org")
        self.say("PASS secret")

    def quit(self) -> None:
        self.say("QUIT")
        self.file.close()
        self.socket.close()


def poll(port: int, first: int, count: int) -> None:
    for _ in range(count):
        client = Client(port)
        client.log_in(first)
        client.say("STAT")
        client.quit()


def retrieve(port: int, first: int, count: int) -> None:
    client = Client(port)
    client.log_in(first)
    for number in range(count):
        client.socket.sendall(b"RETR %d\r\n" % (number % IN_MAILDROP + 1))
        while client.file.readline() != b".\r\n":
            pass
    client.quit()


def at_once(work: object, port: int, clients: int, count: int) -> None:
    threads = [threading.Thread(target=work, args=(port, n, count // clients)) for n in range(clients)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--polls", type=int, default=1500)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--size", type=int, default=15_000)
    parser.add_argument("--profile", choices=["polls", "retr"])
    options = parser.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with tempfile.TemporaryDirectory() as folder:
        hub = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, folder, options.size))
        hub.start()
        port = ours.recv()
        poll(port, 0, 1)
        at_once(poll, port, ACCOUNTS, ACCOUNTS)  # every password is verified once

        def measure(name: str, work: object, count: int, profile: bool) -> None:
            ours.send("profile" if profile else "cpu")
            before, began = ours.recv(), time.monotonic()
            at_once(work, port, 4, count)
            ours.send("report" if profile else "cpu")
            used, took = ours.recv() - before, time.monotonic() - began
            print(f"{name:30} {used / count * 1e6:8.0f} µs CPU  {count / took:10.0f} a second")

        measure("poll (login, STAT, QUIT)", poll, options.polls, options.profile == "polls")
        measure(f"RETR of {options.size} octets", retrieve, options.messages, options.profile == "retr")
        ours.send("stop")
        hub.join()


if __name__ == "__main__":
    main()
