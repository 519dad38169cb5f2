"""Replies – RFC 1939 §3, RFC 2449 §8.

    single-line = status [SP text] CRLF                 ; 512 octets maximum
    status      = "+OK" / "-ERR"
    text        = *schar / resp-code *CHAR
    resp-code   = "[" resp-level *("/" resp-level) "]"

The text cannot break the framing: control characters become question marks, and it is cut at the limit. UTF-8 in it is
for sessions that have said UTF8 or LANG (RFC 6856 §2, §3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.sasl.encoding import encode_base64

REPLY_LIMIT = 512

# response codes
IN_USE = "IN-USE"  # RFC 2449 §8.1.2
LOGIN_DELAY = "LOGIN-DELAY"  # RFC 2449 §8.1.1
SYS_TEMP = "SYS/TEMP"  # RFC 3206 §4
SYS_PERM = "SYS/PERM"  # RFC 3206 §4
AUTH = "AUTH"  # RFC 3206 §5
UTF8 = "UTF8"  # RFC 6856 §5

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reply:
    ok: bool
    text: str = ""
    code: str = ""
    wire: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wire", _format(self))

    def __str__(self) -> str:
        return self.wire.decode().rstrip("\r\n")


def ok(text: str = "") -> Reply:
    return Reply(True, text)


def err(text: str, code: str = "") -> Reply:
    return Reply(False, text, code)


def _format(reply: Reply) -> bytes:
    code = f"[{reply.code}]" if reply.code else ""
    words = ("+OK" if reply.ok else "-ERR", code, _CONTROL.sub("?", reply.text))
    line = " ".join(word for word in words if word).encode()
    if len(line) > REPLY_LIMIT - 2:
        line = line[: REPLY_LIMIT - 2].decode(errors="ignore").encode()
    return line + b"\r\n"


class BadCommand(BadSyntax):
    """A command that is not in the grammar, and the reply that says so."""

    def __init__(self, reply: Reply, where: int = -1) -> None:
        super().__init__(reply.text, where)
        self.reply = reply


BYE = ok("Goodbye")
READY_FOR_TLS = ok("Begin TLS negotiation")  # RFC 2595 §4
SEND_PASSWORD = ok("Send your password")

LINE_TOO_LONG = err("Line too long")
BAD_CHARACTER = err("Control characters are not allowed in commands")
UNKNOWN_COMMAND = err("Unknown command")
BAD_ARGUMENTS = err("Bad arguments")
NOT_NOW = err("Command is not allowed in this state")
USER_FIRST = err("Send USER first")
LOGIN_FIRST = err("Log in first")
NO_SUCH_MESSAGE = err("No such message")
ALREADY_DELETED = err("Message is already deleted")
SOME_NOT_REMOVED = err("Some deleted messages were not removed")  # RFC 1939 §6
CANCELLED = err("Authentication cancelled")  # RFC 5034 §4
UNKNOWN_MECHANISM = err("Unknown authentication mechanism")
TLS_REQUIRED = err("Plaintext login needs TLS, use STLS first")
TLS_ALREADY_ACTIVE = err("TLS is already active")
BAD_CREDENTIALS = err("Authentication failed", AUTH)
MAILDROP_LOCKED = err("Maildrop is locked by another session", IN_USE)
TRY_LATER = err("Temporary failure, try again later", SYS_TEMP)
BROKEN = err("Mail system is not available for this account", SYS_PERM)
NEEDS_UTF8 = err("Message or credentials need UTF8", UTF8)


def challenge(data: bytes) -> bytes:
    """RFC 5034 §4: continue-req = "+" SP [base64] CRLF. The space stays for an empty one."""
    return b"+ " + encode_base64(data) + b"\r\n"


def drop_listing(count: int, octets: int) -> Reply:
    """STAT: `+OK nn mm` – RFC 1939 §5."""
    return ok(f"{count} {octets}")


def scan_listings(messages: Iterable[tuple[int, int]]) -> bytes:
    """Number and octets of each, for LIST without an argument; `END` follows."""
    return b"".join([b"%d %d\r\n" % message for message in messages])


def unique_id_listings(messages: Iterable[tuple[int, bytes]]) -> bytes:
    """Number and unique-id of each, for UIDL without an argument; `END` follows. A unique-id is 1 to 70 characters of
    0x21 to 0x7E (RFC 1939 §7)."""
    return b"".join([b"%d %b\r\n" % message for message in messages])


END = b".\r\n"
"""The end of every multi-line response."""
