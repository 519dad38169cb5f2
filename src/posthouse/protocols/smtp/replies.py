"""Replies – RFC 5321 §4.2, with enhanced status codes – RFC 2034 §4, RFC 3463, RFC 5248.

    Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
    text       = status-code SP [ textstring ]          ; RFC 2034 §4: on every line of 2yz, 4yz and 5yz

A reply is one value. Its text never breaks the framing: line ends in it become lines of the reply, any other control
character and (without SMTPUTF8) any non-ASCII one a question mark, and no line exceeds 512 octets (§4.5.3.1.5).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from posthouse.model.refusals import BadSyntax

REPLY_LINE_LIMIT = 512
"""RFC 5321 §4.5.3.1.5, with CRLF."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Reply(NamedTuple):
    code: int
    enhanced: str = ""
    """`5.1.1`; empty for 3yz, the greeting and the response to EHLO (RFC 2034 §4)."""
    lines: tuple[str, ...] = ("",)

    @property
    def wire(self) -> bytes:
        """As it is sent, final CRLF included."""
        return _formatted(self)

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def positive(self) -> bool:
        return self.code < 400

    @property
    def transient(self) -> bool:
        return 400 <= self.code < 500

    def with_text(self, *lines: str) -> Reply:
        return Reply(self.code, self.enhanced, lines)

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}" if self.enhanced else f"{self.code} {self.text}"


def format_reply(reply: Reply, utf8: bool = False) -> bytes:
    """`utf8` only in answer to a command that carried SMTPUTF8 (RFC 6531 §3.7.4.2)."""
    text = reply.lines[0] if len(reply.lines) == 1 else "\n"
    if len(text) < 400 and text.isascii() and text.isprintable():
        return (
            f"{reply.code} {reply.enhanced} {text}\r\n".encode()
            if reply.enhanced
            else f"{reply.code} {text}\r\n".encode()
        )
    head = str(reply.code)
    status = reply.enhanced + " " if reply.enhanced else ""
    room = REPLY_LINE_LIMIT - len(head) - len(status) - 3
    parts = [part for line in reply.lines for part in _clean_lines(line, room, utf8)] or [b""]
    prefix, more, last = status.encode(), f"{head}-".encode(), f"{head} ".encode()
    out = [more + prefix + part for part in parts[:-1]]
    out.append(last + prefix + parts[-1])
    return b"\r\n".join(out) + b"\r\n"


_formatted = lru_cache(maxsize=256)(format_reply)
"""Most replies are said again and again, and those of another hub never."""


def _clean_lines(text: str, room: int, utf8: bool) -> list[bytes]:
    """One text → lines that may be sent, none longer than `room` octets."""
    if text.isascii() and text.isprintable() and len(text) <= room:
        return [text.encode()]
    cleaned: list[bytes] = []
    for line in _LINE_END.split(text):
        data = _CONTROL.sub("?", line).encode("utf-8" if utf8 else "ascii", "replace")
        cleaned += _cut(data, room)
    return cleaned


def _cut(data: bytes, room: int) -> list[bytes]:
    """At a space where there is one, never inside a UTF-8 character."""
    pieces: list[bytes] = []
    while len(data) > room:
        at = data.rfind(b" ", room // 2, room)
        if at < 0:
            at = room
            while data[at] & 0xC0 == 0x80:
                at -= 1
        pieces.append(data[:at])
        data = data[at:].lstrip(b" ")
    pieces.append(data)
    return pieces


class BadCommand(BadSyntax):
    """A command that is not in the grammar, and the reply that says so."""

    def __init__(self, reply: Reply, where: int = -1) -> None:
        super().__init__(reply.text, where)
        self.reply = reply


def _reply(code: int, enhanced: str, text: str) -> Reply:
    return Reply(code, enhanced, (text,))


# 2yz – RFC 5321 §4.2.2, §4.3.2
OK = _reply(250, "2.0.0", "OK")
BYE = _reply(221, "2.0.0", "Goodbye")
SENDER_OK = _reply(250, "2.1.0", "Sender OK")  # RFC 3463 §3.2
RECIPIENT_OK = _reply(250, "2.1.5", "Recipient OK")
RESET_OK = _reply(250, "2.0.0", "Reset")
CHUNK_OK = _reply(250, "2.0.0", "Chunk received")  # RFC 3030 §2
READY_FOR_TLS = _reply(220, "2.0.0", "Ready to start TLS")  # RFC 3207 §4
AUTHENTICATED = _reply(235, "2.7.0", "Authentication succeeded")  # RFC 4954 §6
CANNOT_VERIFY = _reply(252, "2.5.0", "Cannot verify, but will take mail for it and attempt delivery")  # §3.5.3

# 3yz
START_MAIL_INPUT = _reply(354, "", "End data with <CR><LF>.<CR><LF>")

# 4yz
SHUTTING_DOWN = _reply(421, "4.3.2", "Service shutting down, try again later")  # §3.8
TIMED_OUT = _reply(421, "4.4.2", "Timeout, closing connection")  # §4.5.3.2.7
TOO_MANY_CONNECTIONS = _reply(421, "4.7.0", "Too many connections, try again later")
TOO_MANY_ERRORS = _reply(421, "4.7.0", "Too many errors, closing connection")
TRY_LATER = _reply(451, "4.3.0", "Temporary failure, try again later")
LOCAL_ERROR = _reply(451, "4.3.0", "Local error in processing")
INSUFFICIENT_STORAGE = _reply(452, "4.3.1", "Insufficient system storage, try again later")
MAILBOX_FULL_FOR_NOW = _reply(452, "4.2.2", "Mailbox full, try again later")
TOO_MANY_RECIPIENTS = _reply(452, "4.5.3", "Too many recipients")  # §4.5.3.1.10
TLS_NOT_AVAILABLE = _reply(454, "4.7.0", "TLS not available due to temporary reason")  # RFC 3207 §4
AUTH_TEMPORARY_FAILURE = _reply(454, "4.7.0", "Temporary authentication failure")  # RFC 4954 §4
RECIPIENT_TRY_LATER = _reply(450, "4.2.0", "Mailbox unavailable, try again later")

# 5yz
COMMAND_UNKNOWN = _reply(500, "5.5.1", "Command not recognized")
LINE_TOO_LONG = _reply(500, "5.5.2", "Line too long")  # §4.5.3.1.9
BAD_LINE_END = _reply(500, "5.5.2", "Lines must end with <CR><LF>")  # §2.3.8
BAD_CHARACTER = _reply(500, "5.5.2", "Control characters are not allowed in commands")
SYNTAX_ERROR = _reply(501, "5.5.4", "Syntax error in parameters or arguments")
NO_ARGUMENTS = _reply(501, "5.5.4", "No arguments allowed")
BAD_SENDER = _reply(501, "5.1.7", "Bad sender address syntax")
BAD_RECIPIENT = _reply(501, "5.1.3", "Bad recipient address syntax")
BAD_BASE64 = _reply(501, "5.5.2", "Cannot decode the response")  # RFC 4954 §4
AUTH_CANCELLED = _reply(501, "5.7.0", "Authentication cancelled")  # RFC 4954 §4
NOT_IMPLEMENTED = _reply(502, "5.5.1", "Command not implemented")
BAD_SEQUENCE = _reply(503, "5.5.1", "Bad sequence of commands")
HELLO_FIRST = _reply(503, "5.5.1", "Send EHLO first")
MAIL_FIRST = _reply(503, "5.5.1", "Need MAIL command")
RECIPIENT_FIRST = _reply(503, "5.5.1", "No valid recipients")
NESTED_MAIL = _reply(503, "5.5.1", "Nested MAIL command")
CHUNK_OR_RESET = _reply(503, "5.5.1", "BDAT or RSET expected")  # RFC 3030 §2
MIXED_BDAT_DATA = _reply(503, "5.5.1", "DATA cannot carry BINARYMIME, use BDAT")  # RFC 3030 §3
ALREADY_AUTHENTICATED = _reply(503, "5.5.1", "Already authenticated")  # RFC 4954 §4
TLS_ALREADY_ACTIVE = _reply(503, "5.5.1", "TLS already active")
PARAMETER_NOT_IMPLEMENTED = _reply(504, "5.5.4", "Command parameter not implemented")
UNKNOWN_MECHANISM = _reply(504, "5.5.4", "Unrecognized authentication type")  # RFC 4954 §4
AUTH_REQUIRED = _reply(530, "5.7.0", "Authentication required")  # RFC 4954 §6
STARTTLS_FIRST = _reply(530, "5.7.0", "Must issue a STARTTLS command first")  # RFC 3207 §4
MECHANISM_TOO_WEAK = _reply(534, "5.7.9", "Authentication mechanism is too weak")  # RFC 4954 §6
BAD_CREDENTIALS = _reply(535, "5.7.8", "Authentication credentials invalid")  # RFC 4954 §6
TLS_REQUIRED_FOR_AUTH = _reply(538, "5.7.11", "Encryption required for requested authentication mechanism")
AUTH_LINE_TOO_LONG = _reply(500, "5.5.6", "Authentication exchange line is too long")  # RFC 4954 §6
UNKNOWN_RECIPIENT = _reply(550, "5.1.1", "No such user here")
MAILBOX_DISABLED = _reply(550, "5.2.1", "Mailbox disabled, not accepting messages")
RELAY_DENIED = _reply(550, "5.7.1", "Relaying denied")
NOT_PERMITTED = _reply(550, "5.7.1", "Not permitted")
SENDER_NOT_YOURS = _reply(550, "5.7.1", "Sender address is not yours to use")  # RFC 6409 §6.1
BARE_LINE_END = _reply(550, "5.6.0", "Bare <CR> or <LF> is not allowed in a message")  # RFC 5321 §2.3.8
NUL_IN_MESSAGE = _reply(550, "5.6.0", "NUL octets are not allowed in a message")
TOO_MANY_HOPS = _reply(554, "5.4.6", "Too many hops, mail loop suspected")  # RFC 5321 §6.3
MAILBOX_FULL = _reply(552, "5.2.2", "Mailbox full")
MESSAGE_TOO_LARGE = _reply(552, "5.3.4", "Message size exceeds fixed maximum message size")  # RFC 1870 §6.1
UTF8_NEEDS_SMTPUTF8 = _reply(553, "5.6.7", "Address is not ASCII and SMTPUTF8 was not given")  # RFC 6531 §3.5
NULL_RECIPIENT = _reply(501, "5.1.3", "The null path is no recipient")
NO_SERVICE = _reply(554, "5.3.2", "No SMTP service here")  # §3.1
TRANSACTION_FAILED = _reply(554, "5.6.0", "Transaction failed")
PARAMETER_UNKNOWN = _reply(555, "5.5.4", "MAIL FROM/RCPT TO parameters not recognized or not implemented")
