"""How a command ends: one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The tagged response of a command that a handler has carried out. Without a text it is `NAME completed`."""

    text: str = ""
    code: bytes = b""
    """As of `protocols.imap.codes`."""
    status: bytes = b"OK"
    tells_modseq: bool = False
    """Messages went away by it: HIGHESTMODSEQ is told to clients which resynchronise (RFC 7162 §3.2.7)."""


class Goodbye(Exception):
    """The session ends: `* BYE [code] text`."""

    def __init__(self, text: str, code: bytes = b"") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Broken(Exception):
    """An answer broke off in its midst, by our fault: nothing that could be said now would be understood."""


class UidRequired(Exception):
    """Messages are named by number behind ENABLE UIDONLY: BAD [UIDREQUIRED] (RFC 9586 §3)."""


COMPLETED = Done()
