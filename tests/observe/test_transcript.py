"""Transcripts: who sees what, and how what is no text is shown."""

from __future__ import annotations

import pytest

from posthouse.observe.transcript import Tracer, Wanted


def shown(*packets: bytes) -> list[str]:
    """What a client said, without time and name."""
    lines: list[str] = []
    tracer = Tracer()
    tracer.start(Wanted(), lines.append)
    transcript = tracer.open("https", "192.0.2.1")
    assert transcript is not None
    for packet in packets:
        transcript.received(packet)
    return [line.partition(" C: ")[2] for line in lines]


@pytest.mark.parametrize(
    ("packets", "lines"),
    [
        ((b"a\r\nb\r\n",), ["a", "b"]),
        ((b"Host: x\r\n\r\n\0\1\n\2\3\n", b"POST /\r\n"), ["Host: x", "", "[6 bytes that are no text]", "POST /"]),
        ((b"\0\1\0", b"POST /\r\n"), ["[3 bytes that are no text]", "POST /"]),
        ((b"\x7f\n",), ["\\x7f"]),
        (("Grüße\n".encode(),), ["Grüße"]),
        ((b"\0\r\n" * 2,), ["[6 bytes that are no text]"]),
    ],
)
def test_what_is_no_text(packets: tuple[bytes, ...], lines: list[str]) -> None:
    """Bytes with NULs are told by their number, what is text around them is shown."""
    assert shown(*packets) == lines


def test_words_of_ours() -> None:
    """Each of their lines has the name of the session; control characters are escaped."""
    lines: list[str] = []
    tracer = Tracer()
    tracer.start(Wanted(protocol="mapi"), lines.append)
    transcript = tracer.open("mapi", "alice@example.org")
    assert transcript is not None
    transcript.say("S", "one\n  two\x1b")
    assert [line.partition(" ")[2] for line in lines] == [
        "mapi-1 alice@example.org S: one",
        "mapi-1 alice@example.org S:   two\\x1b",
    ]
