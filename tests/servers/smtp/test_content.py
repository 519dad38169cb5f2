"""What arrives is what is stored: byte for byte behind the trace fields, however it was cut on its way."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from posthouse.servers.smtp.kinds import Kind
from posthouse.servers.smtp.settings import SmtpSettings


class Client:
    """Says bytes, reads reply codes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rb")
        assert self.code() == 220
        self.socket.sendall(b"EHLO client.test\r\n")
        assert self.code() == 250

    def code(self) -> int:
        line = self.file.readline()
        while line[3:4] == b"-":
            line = self.file.readline()
        return int(line[:3] or 0)

    def begin(self, *recipients: str, parameters: str = "") -> None:
        lines = [f"MAIL FROM:<a@client.test>{parameters}", *(f"RCPT TO:<{each}>" for each in recipients)]
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())
        assert [self.code() for _ in lines] == [250] * len(lines)

    def data(self, content: bytes) -> int:
        self.socket.sendall(b"DATA\r\n")
        assert self.code() == 354
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self.socket.sendall(stuffed + b".\r\n")
        return self.code()

    def chunks(self, content: bytes, size: int) -> int:
        pieces = [content[at : at + size] for at in range(0, len(content), size)]
        for piece in pieces:
            self.socket.sendall(b"BDAT %d\r\n" % len(piece) + piece)
        self.socket.sendall(b"BDAT 0 LAST\r\n")
        return [self.code() for _ in (*pieces, b"")][-1]


def crlf(data: bytes) -> bytes:
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def test_awkward_messages_arrive_byte_for_byte(hub: Any, corpus: dict[str, bytes]) -> None:
    """RFC 5321 §4.5.2, §4.4: transparency, and trace fields in front are all that is added."""
    client = Client(hub.ports[Kind.MX])
    messages = [crlf(data) for data in corpus.values()]
    for message in messages:
        client.begin("bob@example.org", parameters=" BODY=8BITMIME")
        assert client.data(message) == 250
    assert hub.texts("bob@example.org") == messages


def test_awkward_messages_in_chunks(hub: Any, corpus: dict[str, bytes]) -> None:
    """RFC 3030 §2: a chunk may end anywhere, within a line end too."""
    client = Client(hub.ports[Kind.MX])
    messages = [crlf(data) for data in list(corpus.values())[:60]]
    for number, message in enumerate(messages):
        client.begin("bob@example.org")
        assert client.chunks(message, 700 + 13 * number) == 250
    assert hub.texts("bob@example.org") == messages


def test_any_octets_as_binarymime(hub: Any) -> None:
    """RFC 3030 §3: NUL and bare line ends are content where the client says BINARYMIME."""
    content = b"Subject: x\r\n\r\n" + bytes(range(256)) * 20
    client = Client(hub.ports[Kind.MX])
    client.begin("bob@example.org", parameters=" BODY=BINARYMIME")
    assert client.chunks(content, 1000) == 250
    assert hub.texts("bob@example.org") == [content]


def test_content_in_single_octets(hub: Any) -> None:
    """Packets may be cut anywhere."""
    client = Client(hub.ports[Kind.MX])
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.begin("bob@example.org")
    for octet in b"DATA\r\n.dot\r\n..":
        client.socket.sendall(bytes([octet]))
    for octet in b"\r\n.\r\n":
        client.socket.sendall(bytes([octet]))
    assert [client.code(), client.code()] == [354, 250]


def test_a_large_message_is_a_file_and_comes_back_whole(hub: Any) -> None:
    """Above 128 KB a message is a blob; the mailboxes share one content."""
    content = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * 60 + b"\r\n"
    content += (b"x" * 70 + b"\r\n") * 30_000
    client = Client(hub.ports[Kind.MX])
    client.begin("bob@example.org", "alice@example.org")
    assert client.data(content) == 250
    assert hub.texts("bob@example.org") == [content]
    assert hub.mailbox("bob@example.org") == hub.mailbox("alice@example.org")
    assert hub.contents() == 1


def test_a_long_header_line_is_taken(hub: Any) -> None:
    """Pitfall 4: a long line is no reason to refuse a message from elsewhere, nor to change it."""
    content = b"References: " + b"<id@client.test> " * 300 + b"\r\n\r\n" + b"y" * 5000 + b"\r\n"
    client = Client(hub.ports[Kind.MX])
    client.begin("bob@example.org")
    assert client.data(content) == 250
    assert hub.texts("bob@example.org") == [content]


@pytest.mark.parametrize(("fields", "code"), [(5000, 552), (1000, 250)])
def test_a_header_without_end_is_refused(hub: Any, fields: int, code: int) -> None:
    """Pitfall 5: header bytes are bounded."""
    content = b"".join(b"X-Field-%d: %s\r\n" % (n, b"z" * 60) for n in range(fields)) + b"\r\nbody\r\n"
    client = Client(hub.ports[Kind.MX])
    client.begin("bob@example.org")
    assert client.data(content) == code
    assert len(hub.mailbox("bob@example.org")) == (code == 250)


def test_a_message_that_goes_round_is_refused(hub: Any) -> None:
    """RFC 5321 §6.3: more than 50 Received fields are a loop."""
    client = Client(hub.ports[Kind.MX])
    for hops, code in ((50, 250), (51, 554)):
        client.begin("bob@example.org")
        assert client.data(b"Received: by x; Mon, 23 Nov 2026 10:11:12 +0000\r\n" * hops + b"\r\nx\r\n") == code
    assert len(hub.mailbox("bob@example.org")) == 1


def test_too_large_a_message_is_refused_and_the_session_goes_on(new_hub: Any) -> None:
    """RFC 1870 §6.3: also when its size was not announced, and for a size that ends as a file."""
    hub = new_hub(settings=SmtpSettings(message_size=300_000))
    client = Client(hub.ports[Kind.MX])
    for size, code in ((299_000, 250), (301_000, 552), (900_000, 552), (10, 250)):
        client.begin("bob@example.org")
        assert client.data(b"\r\n" + b"x" * size + b"\r\n") == code
    assert len(hub.mailbox("bob@example.org")) == 2
    assert list((hub.folder / "blobs" / "new").iterdir()) == []


def test_a_client_that_goes_away_leaves_nothing(hub: Any) -> None:
    """RFC 5321 §4.1.1.4: without the final dot there is no message."""
    client = Client(hub.ports[Kind.MX])
    client.begin("bob@example.org")
    client.socket.sendall(b"DATA\r\n" + (b"x" * 70 + b"\r\n") * 5000)
    assert client.code() == 354
    client.file.close()
    client.socket.close()
    again = Client(hub.ports[Kind.MX])
    again.begin("bob@example.org")
    assert again.data(b"second\r\n") == 250
    assert hub.texts("bob@example.org") == [b"second\r\n"]
    assert list((hub.folder / "blobs" / "new").iterdir()) == []


def test_a_draining_hub_says_421(hub: Any) -> None:
    """RFC 5321 §3.8: whoever waits between messages is told, and ended."""
    client = Client(hub.ports[Kind.MX])
    hub.run(hub.servers[Kind.MX].close(5))
    assert client.code() == 421
    assert client.file.readline() == b""
