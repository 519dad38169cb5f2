"""Receive by SMTP and store in a mailbox: CPU of the hub's process per message and per copy.

    python benchmarks/smtp_receive.py [--messages 3000] [--size 4096] [--profile]

The server is a process of its own with the MX service over a store on SQLite; the client another, which pipelines.
CPU is what the server's process used (all threads, the committer's too) between the first and the last message.
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

from posthouse.database import open_database
from posthouse.database.hints import Hints
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.settings import DeliverySettings
from posthouse.directory import ROOM as DIRECTORY
from posthouse.directory import add_account, add_domain
from posthouse.net.listeners import Server, open_sockets
from posthouse.observe.logs import configure_logs
from posthouse.queue import ROOM as QUEUE
from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.server import SmtpServer
from posthouse.servers.smtp.settings import SmtpSettings
from posthouse.store import ROOM as STORE
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs

ACCOUNTS = 50


def serve(pipe: Connection, folder: str, profile: bool) -> None:
    configure_logs(write=lambda line: None)
    uvloop.run(_serve(pipe, Path(folder), profile))


async def _serve(pipe: Connection, folder: Path, profile: bool) -> None:
    database = open_database(f"sqlite:{folder / 'store.db'}")
    database.migrate([STORE, DIRECTORY, QUEUE])
    with database.transaction() as tx:
        add_domain(tx, "example.org")
        for number in range(ACCOUNTS):
            create_account(tx, add_account(tx, f"user{number}@example.org"), 1_700_000_000)
    store = Store(database, FileBlobs(folder / "blobs"), Hints())
    smtp = SmtpServer(Kind.MX, Delivery(store, DeliverySettings(), "mx.example.org"), SmtpSettings(messages=10**6))
    server = Server("smtp", smtp.session)
    await server.listen(open_sockets(["127.0.0.1:0"]))
    loop = asyncio.get_running_loop()
    pipe.send(server.addresses[0].port)
    profiler = cProfile.Profile()
    while await loop.run_in_executor(None, pipe.recv) == "cpu":
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send(usage.ru_utime + usage.ru_stime)
        if profile:
            profiler.enable()
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    await server.close(1)
    store.close()


class Client:
    """One connection that says a whole transaction and then reads its answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.read(1)
        self.say(b"EHLO client.example\r\n", 11)

    def say(self, data: bytes, lines: int) -> None:
        self.socket.sendall(data)
        self.read(lines)

    def read(self, lines: int) -> None:
        while self.buffer.count(b"\r\n") < lines:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError(self.buffer)
            self.buffer += data
        if b"\r\n5" in self.buffer or b"\r\n4" in self.buffer:
            raise ValueError(self.buffer)
        self.buffer = b""

    def message(self, users: list[int], body: bytes) -> None:
        recipients = b"".join(b"RCPT TO:<user%d@example.org>\r\n" % user for user in users)
        self.say(
            b"MAIL FROM:<sender@client.example> SIZE=%d\r\n" % len(body) + recipients + b"DATA\r\n", 2 + len(users)
        )
        self.say(body, 1)

    def quit(self) -> None:
        self.say(b"QUIT\r\n", 1)
        self.socket.close()


def make_body(number: int, size: int) -> bytes:
    header = (
        b"Received: from a.example by b.example with ESMTP id x%d; Mon, 23 Nov 2026 10:11:12 +0000\r\n"
        b"From: Some Body <sender@client.example>\r\nTo: user <user@example.org>\r\nSubject: Message %d\r\n"
        b"Date: Mon, 23 Nov 2026 10:11:12 +0000\r\nMessage-ID: <%d@client.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" % (number, number, number)
    )
    line = b"The quick brown fox jumps over the lazy dog, again and again, until it is\r\n"
    return header + line * max(1, (size - len(header)) // len(line)) + b".\r\n"


def generate(pipe: Connection, port: int, kind: str, messages: int, size: int, connections: int) -> None:
    """Runs in its own process: threads, for it waits most of the time."""
    share = messages // connections

    def one(number: int) -> None:
        bodies = [make_body(number * share + n, size) for n in range(share)]
        if kind == "single":
            for n, body in enumerate(bodies):
                client = Client(port)
                client.message([(number + n) % ACCOUNTS], body)
                client.quit()
            return
        client = Client(port)
        for n, body in enumerate(bodies):
            users = [(number + n + i) % ACCOUNTS for i in range(10 if kind == "ten" else 1)]
            client.message(users, body)
        client.quit()

    began = time.perf_counter()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("kinds", nargs="*", default=["many", "single", "ten"])
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        pipe, theirs = context.Pipe()
        server = context.Process(target=serve, args=(theirs, folder, options.profile))
        server.start()
        port = pipe.recv()
        for kind in options.kinds:
            messages = options.messages // (5 if kind == "ten" else 1)
            mine, its = context.Pipe()
            work = (its, port, kind, messages, options.size, options.connections)
            generator = context.Process(target=generate, args=work)
            pipe.send("cpu")
            before = pipe.recv()
            generator.start()
            seconds = mine.recv()
            generator.join()
            pipe.send("cpu")
            cpu = pipe.recv() - before
            copies = messages * (10 if kind == "ten" else 1)
            print(
                f"{kind:7} {messages} messages of {options.size} bytes: {cpu / messages * 1e6:7.0f} µs CPU a message,"
                f" {cpu / copies * 1e6:6.0f} µs a copy, {messages / seconds:7.0f} messages a second",
                flush=True,
            )
        pipe.send("end")
        server.join()


if __name__ == "__main__":
    main()
