"""A next hop of the tests' own that can be as odd as real ones are: it speaks SMTP by real sockets, and misbehaves
where it is told to."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CLOSE = b""
"""Instead of an answer: the connection ends."""
OUT_OF_ORDER = b"503 5.5.1 not now\r\n"
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "ENHANCEDSTATUSCODES", "DSN")


@dataclass
class OddHop:
    """`answers` tells what is answered instead of the usual: a command's first word (or `CONNECT`, or `.` for the end
    of a message), or the whole line, → answers, one after the other; the last one stays. None is the usual answer."""

    answers: dict[str, Sequence[bytes | None]] = field(default_factory=dict)
    extensions: Sequence[str] = EXTENSIONS
    tls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)
    """All that was said, of every connection, without the messages."""
    messages: list[bytes] = field(default_factory=list)
    """Those that were taken, as they came: dots doubled no more."""
    encrypted: list[bool] = field(default_factory=list)
    """Of each message taken."""
    connections: int = 0
    most: int = 0
    """Connections at once."""
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _said: dict[str, int] = field(default_factory=dict)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Its address."""
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._open += 1
            self.most = max(self.most, self._open)
        try:
            with contextlib.suppress(OSError, EOFError):
                self._talk(connection)
        finally:
            with self._lock:
                self._open -= 1
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        talk = connection.makefile("rwb")
        self._say(talk, "CONNECT", b"220 odd.test ESMTP\r\n")
        secure = mailed = taken = False
        while line := talk.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            with self._lock:
                self.commands.append(text)
            verb = text.partition(" ")[0].upper()
            if verb == "BDAT":
                self._chunk(talk, text, secure)
                continue
            out_of_order = (verb == "RCPT" and not mailed) or (verb == "DATA" and not taken)
            answer = self._say(talk, text, OUT_OF_ORDER if out_of_order else self._usual(verb))
            mailed = answer.startswith(b"250") if verb == "MAIL" else mailed and verb != "RSET"
            taken = (
                answer.startswith(b"250") if verb == "RCPT" and not taken else taken and verb not in ("MAIL", "RSET")
            )
            if verb == "QUIT":
                return
            if verb == "STARTTLS" and answer.startswith(b"220"):
                assert self.tls is not None
                talk.close()
                connection = self.tls.wrap_socket(connection, server_side=True)
                talk, secure = connection.makefile("rwb"), True
            elif verb == "DATA" and answer.startswith(b"354"):
                self._message(talk, secure)

    def _usual(self, verb: str) -> bytes:
        if verb == "EHLO":
            offered = [*self.extensions, *(["STARTTLS"] if self.tls else [])]
            return b"".join(b"250-%b\r\n" % word.encode() for word in ("odd.test", *offered)) + b"250 HELP\r\n"
        usual = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n", "STARTTLS": b"220 go on\r\n"}
        return usual.get(verb, b"250 2.0.0 fine\r\n")

    def _say(self, talk: socket.SocketIO | object, text: str, usual: bytes) -> bytes:
        verb = text.partition(" ")[0].upper()
        name = text if text in self.answers else verb
        with self._lock:
            count = self._said.get(name, 0)
            self._said[name] = count + 1
        given = self.answers.get(name, ())
        answer = given[min(count, len(given) - 1)] if given else None
        answer = usual if answer is None else answer
        if answer == CLOSE:
            raise EOFError
        talk.write(answer)  # type: ignore[union-attr]
        talk.flush()  # type: ignore[union-attr]
        return answer

    def _message(self, talk: object, secure: bool) -> None:
        lines = []
        while (line := talk.readline()) != b".\r\n":  # type: ignore[attr-defined]
            if not line:
                raise EOFError
            lines.append(line.removeprefix(b"."))
        self._take(talk, b"".join(lines), secure)

    def _chunk(self, talk: object, text: str, secure: bool) -> None:
        found = re.fullmatch(r"BDAT (\d+) LAST", text)
        assert found, text
        self._take(talk, talk.read(int(found[1])), secure)  # type: ignore[attr-defined]

    def _take(self, talk: object, data: bytes, secure: bool) -> None:
        if self._say(talk, ".", b"250 2.0.0 taken\r\n").startswith(b"2"):
            with self._lock:
                self.messages.append(data)
                self.encrypted.append(secure)
