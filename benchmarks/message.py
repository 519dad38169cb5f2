"""What a message costs on its way in, and a pick of header fields on its way out: microseconds, the best of some runs.

python benchmarks/message.py
"""

from __future__ import annotations

import base64
import timeit
from collections.abc import Callable

from posthouse.message.derive import derive
from posthouse.message.fields import pick_fields
from posthouse.message.parts import load_parts
from posthouse.message.structure import body_from_structure

HEADER = b"""Return-Path: <alice@example.org>\r
Received: from client.example.org (client.example.org [192.0.2.1])\r
\tby mail.example.net (Posthouse) with ESMTPS id 4XyZ012345\r
\tfor <bob@example.net>; Mon, 6 Jun 2005 22:21:24 +0200\r
From: Alice Example <alice@example.org>\r
To: Bob Example <bob@example.net>, carol@example.com\r
Cc: Dave Example <dave@example.org>\r
Subject: Meeting about the plans for next Tuesday\r
Date: Mon, 6 Jun 2005 22:21:22 +0200\r
Message-ID: <9169D984-4E0B-45EF-82D4-8F5E53AD7012@example.org>\r
In-Reply-To: <9169D984-4E0B-45EF-82D4-8F5E53AD7011@example.net>\r
References: <9169D984-4E0B-45EF-82D4-8F5E53AD7010@example.org>\r
 <9169D984-4E0B-45EF-82D4-8F5E53AD7011@example.net>\r
User-Agent: Example Mailer 1.0\r
MIME-Version: 1.0\r
"""
LINE = b"The quick brown fox jumps over the lazy dog, and so on and on.\r\n"


def plain(size: int) -> bytes:
    return HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + LINE * ((size - len(HEADER) - 43) // len(LINE))


def two_parts(size: int) -> bytes:
    text = LINE * ((size - len(HEADER) - 400) // 2 // len(LINE))
    html = b"<p>" + text + b"</p>\r\n"
    return (
        HEADER
        + b'Content-Type: multipart/alternative; boundary="=_b1_0123456789"\r\n\r\n'
        + b"--=_b1_0123456789\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        + text
        + b"\r\n--=_b1_0123456789\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        + html
        + b"\r\n--=_b1_0123456789--\r\n"
    )


def with_attachment(size: int) -> bytes:
    data = base64.encodebytes(bytes(range(256)) * (size * 3 // 4 // 256)).replace(b"\n", b"\r\n")
    return (
        HEADER
        + b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n--outer\r\n\r\n'
        + LINE
        + b'\r\n--outer\r\nContent-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\n'
        + b'Content-Disposition: attachment; filename="a.png"\r\n\r\n'
        + data
        + b"\r\n--outer--\r\n"
    )


def show(name: str, work: Callable[[], object], number: int) -> None:
    best = min(timeit.repeat(work, number=number, repeat=7)) / number
    print(f"{name:44} {best * 1e6:9.2f} µs")


def main() -> None:
    small, parts, medium, large = plain(4096), two_parts(4096), with_attachment(50_000), with_attachment(5_000_000)
    view = memoryview(large)
    show("derive, 4 KB, plain", lambda: derive(small), 2000)
    show("derive, 4 KB, two parts", lambda: derive(parts), 2000)
    show("derive, 50 KB, attachment", lambda: derive(medium), 2000)
    show("derive, 5 MB, attachment", lambda: derive(large), 20)
    show("derive, 5 MB, attachment, through a window", lambda: derive(view), 20)
    derived = derive(parts)
    few = frozenset((b"From", b"To", b"Subject"))
    six = frozenset((b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID"))
    show("pick of 3 fields", lambda: pick_fields(derived.fields, few), 50_000)
    show("pick of 6 fields", lambda: pick_fields(derived.fields, six), 50_000)
    show("pick of 6 fields from the whole header", lambda: pick_fields(parts[: derived.header_size], six), 50_000)
    show("load_parts", lambda: load_parts(derived.parts), 20_000)
    show("body_from_structure", lambda: body_from_structure(derived.structure), 20_000)


if __name__ == "__main__":
    main()
