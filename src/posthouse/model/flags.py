"""Flags of a message: system flags as bits, keywords as names.

The bits are what the store keeps and what a search tests; keywords are any other IMAP `flag-keyword`. Keywords compare
without regard to case and keep the spelling in which a folder first saw them (RFC 9051 §2.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag


class Flag(IntFlag):
    """System flags (RFC 9051 §2.3.2), and the registered keywords which are common enough to be bits."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16
    FORWARDED = 32
    MDN_SENT = 64
    JUNK = 128
    NOT_JUNK = 256
    PHISHING = 512
    OWN = 1024
    """Whoever has the mailbox has sent it."""
    INTERNET = 2048
    """It was brought by a stranger, from outside."""
    WAS_SEEN = 4096
    """It has been seen, and was marked as unseen again: noted when \\Seen goes, with which it says nothing new."""


NO_FLAGS = Flag(0)
NOTED = Flag.OWN | Flag.INTERNET | Flag.WAS_SEEN
"""What the hub notes by itself, where a message came from and that it was seen: no client names these, and none takes
them away."""

FLAG_NAMES: dict[Flag, str] = {
    Flag.ANSWERED: "\\Answered",
    Flag.FLAGGED: "\\Flagged",
    Flag.DELETED: "\\Deleted",
    Flag.SEEN: "\\Seen",
    Flag.DRAFT: "\\Draft",
    Flag.FORWARDED: "$Forwarded",
    Flag.MDN_SENT: "$MDNSent",
    Flag.JUNK: "$Junk",
    Flag.NOT_JUNK: "$NotJunk",
    Flag.PHISHING: "$Phishing",
}
"""Wire spelling, in the order in which we list them."""

FLAG_BY_NAME: dict[str, Flag] = {name.lower(): flag for flag, name in FLAG_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Flags:
    """All flags of one message."""

    system: Flag = NO_FLAGS
    keywords: frozenset[str] = frozenset()

    @classmethod
    def from_names(cls, names: list[str]) -> Flags:
        """`["\\Seen", "$Junk", "later"]` → bits and keywords. Unknown names, also with a backslash, are keywords:
        the protocol's grammar refuses what it must before it comes here."""
        system, keywords = NO_FLAGS, dict[str, str]()
        for name in names:
            bit = FLAG_BY_NAME.get(name.lower())
            if bit is not None:
                system |= bit
            else:
                keywords.setdefault(name.lower(), name)
        return cls(system, frozenset(keywords.values()))

    def names(self) -> list[str]:
        return [name for bit, name in FLAG_NAMES.items() if bit & self.system] + sorted(self.keywords)


UNFLAGGED = Flags()


class How(Enum):
    """What a change does with the flags it names (RFC 9051 §6.4.6)."""

    SET = "FLAGS"
    ADD = "+FLAGS"
    REMOVE = "-FLAGS"


@dataclass(frozen=True, slots=True)
class FlagChange:
    how: How
    flags: Flags
