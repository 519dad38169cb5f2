"""The messages and the people of the benchmark: the same for every server."""

from __future__ import annotations

from itertools import cycle, islice

DOMAIN = "example.org"
LMTP_DOMAIN = "lmtp.example.org"
"""The same people, reached by LMTP, at a server that can deliver in two ways."""
ELSEWHERE = "elsewhere.example"
PASSWORD = "secret"

USERS = [f"user{number}" for number in range(50)]
"""They get mail."""
MANY, HUGE, MILLION, POP, COPIER, IDLER = "many", "huge", "million", "pop", "copier", "idler"
"""With 10,000, 100,000 and a million messages; with some to download, some to copy; one who waits."""
WRITERS = [f"writer{number}" for number in range(10)]
EVERYBODY = [*USERS, MANY, HUGE, MILLION, POP, COPIER, IDLER, *WRITERS]

BOOK = "book"
FILL = {MANY: (10_000, 4096), HUGE: (100_000, 1500), POP: (200, 15_000), COPIER: (1000, 4096), BOOK: (100_000, 0)}
"""Messages in whose INBOX, and their size; people in the address book."""

LINE = b"The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n"
WORDS = b"budget meeting invoice holiday release garden question summary ticket weather".split()


_FIRST = ("Anna", "Boris", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Hanna", "Igor", "Jana", "Karim", "Lena")
_LAST = ("Adler", "Bauer", "Conti", "Dubois", "Eriksen", "Fischer", "Garcia", "Huber", "Ivanova", "Jansen", "Lang")


def person(number: int) -> tuple[str, str]:
    """An address and a name, unlike all others."""
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
    return f"person{number}@{ELSEWHERE}", f"{first} {last} {number}"


def message(number: int, size: int, sender: str = "sender@client.example") -> bytes:
    """Unlike all others, of about `size` bytes, with a header as real mail has it; in one of 100 the text has
    `xylophone`."""
    word = WORDS[number % len(WORDS)].decode()
    head = (
        f"Received: from mail.client.example (mail.client.example [192.0.2.{number % 250}])\r\n"
        f"\tby mx.client.example with ESMTPS id {number:08x}; Tue, 14 Nov 2023 12:00:00 +0000\r\n"
        f"From: Sender Number {number} <{sender}>\r\n"
        f"To: Some User <user@example.org>, Another One <other{number}@example.org>\r\n"
        f"Subject: Message {number} about a {word}\r\n"
        f"Date: Tue, 14 Nov 2023 12:{number // 60 % 60:02}:{number % 60:02} +0000\r\n"
        f"Message-ID: <{number}.{number * 7919}@client.example>\r\n"
        "User-Agent: Benchmark/1.0\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    ).encode()
    first = b"Number %d%s.\r\n" % (number, b" plays the xylophone" if number % 100 == 7 else b"")
    rest = max(1, (size - len(head) - len(first)) // len(LINE))
    return head + first + b"".join(islice(cycle((LINE,)), rest))
