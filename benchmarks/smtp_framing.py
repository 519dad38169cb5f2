"""Throughput of the SMTP content stream and the cost of parsing MAIL and RCPT: `python benchmarks/smtp_framing.py`.

Prints the best of several rounds, which is what the code costs; the rest is the machine's other work."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from posthouse.protocols.smtp.client import DotStuffer
from posthouse.protocols.smtp.commands.table import parse_command
from posthouse.protocols.smtp.framing import DataStream, Receiver
from posthouse.protocols.smtp.replies import Reply

LINE = b"The quick brown fox jumps over the lazy dog, again and again and again.\r\n"
READ = 65536

COMMANDS = {
    "MAIL plain": b"MAIL FROM:<sender@example.org>",
    "MAIL SIZE BODY": b"MAIL FROM:<sender@example.org> SIZE=4096 BODY=8BITMIME",
    "MAIL all DSN": b"MAIL FROM:<sender@example.org> SIZE=4096 BODY=8BITMIME RET=HDRS ENVID=QQ314159",
    "RCPT plain": b"RCPT TO:<recipient@example.com>",
    "RCPT DSN": b"RCPT TO:<recipient@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;recipient@example.com",
    "EHLO": b"EHLO client.example.net",
}


def best(work: Callable[[], object], times: int, rounds: int = 15) -> float:
    """Seconds for one call, the best round's mean."""
    fastest = float("inf")
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(times):
            work()
        fastest = min(fastest, (perf_counter() - start) / times)
    return fastest


def reads(content: bytes) -> list[bytes]:
    return [content[i : i + READ] for i in range(0, len(content), READ)]


def data(content: bytes) -> Callable[[], object]:
    pieces = reads(content + b".\r\n")

    def work() -> None:
        stream = DataStream()
        for piece in pieces:
            stream.feed(piece)

    return work


def stuffing(content: bytes) -> Callable[[], object]:
    pieces = reads(content)

    def work() -> None:
        stuffer = DotStuffer()
        for piece in pieces:
            stuffer.encode(piece)
        stuffer.finish()

    return work


def pipelined(lines: int) -> Callable[[], object]:
    stream = b"RCPT TO:<recipient@example.com>\r\n" * lines

    def work() -> None:
        receiver = Receiver()
        receiver.feed(stream)
        while receiver.line() is not None:
            pass

    return work


def main() -> None:
    large = LINE * (4 * 1024 * 1024 // len(LINE))
    small = LINE * (4096 // len(LINE))
    dotted = (b"." + LINE) * (4 * 1024 * 1024 // len(LINE))
    for name, content, times in (("4 MB", large, 1), ("4 KB", small, 500), ("4 MB, every line dotted", dotted, 1)):
        for what, work in (("DATA", data(content)), ("stuffing", stuffing(content))):
            seconds = best(work, times)
            print(f"{what + ', ' + name:34}{len(content) / seconds / 1e6:10.0f} MB/s{seconds * 1e6:12.1f} µs")
    print(f"{'a line out of the receiver':34}{best(pipelined(1000), 1) / 1000 * 1e6:10.2f} µs")
    for name, line in COMMANDS.items():
        print(f"{name:34}{best(lambda line=line: parse_command(line), 2000) * 1e6:10.2f} µs")  # type: ignore[misc]
    print(f"{'a reply made':34}{best(lambda: Reply(250, '2.0.0', ('queued as 1234',)), 2000) * 1e6:10.2f} µs")


if __name__ == "__main__":
    main()
