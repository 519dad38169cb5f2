"""What the framing makes of the stream of bytes. A server asks for one event, acts on it, and asks for the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from .commands.append import Append
from .grammar import LiteralHeader


@dataclass(frozen=True, slots=True)
class Command:
    """One whole command with all its literals. Its text is not shown: it may be a LOGIN."""

    tag: bytes
    name: bytes
    """As in the table of commands: upper case, `UID FETCH`."""
    text: bytes = field(repr=False)
    args: int
    """Where in the text the arguments begin."""


@dataclass(frozen=True, slots=True)
class Continue:
    """A synchronising literal is welcome: send `+`, then ask for the next event."""


@dataclass(frozen=True, slots=True)
class MessageStart:
    """A message begins, of an APPEND or a REPLACE. Its octets follow, as literals or as URLs of messages that are here,
    then `MessageEnd`; a MULTIAPPEND has several. `Receiver.discard()` refuses what is left of the command."""

    tag: bytes
    name: bytes
    """Of the command, as in the table."""
    append: Append


@dataclass(frozen=True, slots=True)
class MessageLiteral:
    """A literal with octets of the message. Asking for the next event takes them (after `+` was sent, when it is
    synchronising)."""

    header: LiteralHeader
    utf8: bool = False
    """It is said to be a message with a header in UTF-8 (RFC 6855 §4)."""
    part: bool = False
    """It is one of several (CATENATE)."""


@dataclass(frozen=True, slots=True)
class MessageChunk:
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageUrl:
    """Octets of another message belong here (RFC 4469)."""

    url: str


@dataclass(frozen=True, slots=True)
class MessageEnd:
    """All octets of the message were there. Nothing is to be kept before AppendEnd."""


@dataclass(frozen=True, slots=True)
class AppendEnd:
    """The end of the command."""

    tag: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A raw line that was asked for by `Receiver.expect_line()`, without its line end."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A command that cannot be read; answer `tag BAD [code] text`. An APPEND under way is over. The framing has found
    the beginning of the next command by itself."""

    tag: bytes
    text: str
    code: bytes = b""


@dataclass(frozen=True, slots=True)
class Overrun:
    """More than is worth reading past: answer `* BYE [code] text` and close. No event comes after it."""

    text: str
    code: bytes = b""


Event = (
    Command
    | Continue
    | MessageStart
    | MessageLiteral
    | MessageChunk
    | MessageUrl
    | MessageEnd
    | AppendEnd
    | Line
    | Rejected
    | Overrun
)
