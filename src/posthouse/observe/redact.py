"""Takes secrets out of a conversation: passwords, SASL exchanges, session cookies and tokens.

A verb that carries a secret (AUTH, AUTHENTICATE, LOGIN, PASS, APOP) hides the rest of its line and everything further
that the client sends, until the server has answered for good: literals, SASL responses, and what was pipelined behind
them. When in doubt more is hidden than need be. Messages are not looked into: a trace shows mail, so keep it as such.
"""

import re

from .secret import REDACTED

_HIDDEN = REDACTED.encode()
_LINE_MAX = 64 * 1024

_VERB = re.compile(rb"(?i)([^ \r\n]* )??(AUTHENTICATE|AUTH|LOGIN|PASS|APOP)(?= |\r|\n|$)")
_HEADER = re.compile(rb"(?i)(authorization|proxy-authorization|cookie|set-cookie|x-api-key):")
_CHALLENGE = re.compile(rb"334[ -]|\+(?: |\r?$)")
_NOT_FINAL = re.compile(rb"\*|\"|\{|\d\d\d-")
_LITERAL = re.compile(rb"\{(\d{1,10})\+?\}\r?$")


class Redactor:
    """Follows both directions of one connection. Each method returns what may be shown of its bytes; a line that is not
    complete is kept until it is."""

    def __init__(self) -> None:
        self._received = b""
        self._sent = b""
        self._secret = False
        self._tag = b""
        self._literal = 0

    def received(self, data: bytes) -> bytes:
        """From the client."""
        shown = bytearray()
        data, self._received = self._received + data, b""
        while data:
            if self._literal:
                piece, data = data[: self._literal], data[self._literal :]
                self._literal -= len(piece)
                shown += _HIDDEN if self._secret else piece
                continue
            line, end, rest = data.partition(b"\n")
            if not end and len(line) < _LINE_MAX:
                self._received = data
                break
            shown += self._client_line(line + end)
            data = rest
        return bytes(shown)

    def _client_line(self, line: bytes) -> bytes:
        if literal := _LITERAL.search(line.rstrip(b"\n")):
            self._literal = int(literal[1])
        if self._secret:
            return _HIDDEN + _line_end(line)
        if verb := _VERB.match(line):
            self._secret = True
            self._tag = (verb[1] or b"").strip()
            return line[: verb.end()] + b" " + _HIDDEN + _line_end(line)
        if header := _HEADER.match(line):
            return line[: header.end()] + b" " + _HIDDEN + _line_end(line)
        return line

    def sent(self, data: bytes) -> bytes:
        """From the server."""
        data, self._sent = self._sent + data, b""
        shown = bytearray()
        while data:
            line, end, rest = data.partition(b"\n")
            if not end and len(line) < _LINE_MAX:
                self._sent = data
                break
            shown += self._server_line(line + end)
            data = rest
        return bytes(shown)

    def _server_line(self, line: bytes) -> bytes:
        if header := _HEADER.match(line):
            return line[: header.end()] + b" " + _HIDDEN + _line_end(line)
        if challenge := _CHALLENGE.match(line):
            if line.startswith(b"334"):
                self._secret = True  # SMTP: what comes next is a response, whatever was answered before
            if self._secret:
                return challenge[0].rstrip() + b" " + _HIDDEN + _line_end(line)
        elif self._secret and self._is_final(line):
            self._secret = False
        return line

    def _is_final(self, line: bytes) -> bool:
        """The command is answered: by its own tag where it had one, else by any reply that is not a challenge."""
        if self._tag:
            return line.startswith(self._tag + b" ")
        return not _NOT_FINAL.match(line)


def _line_end(line: bytes) -> bytes:
    return b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else b""
