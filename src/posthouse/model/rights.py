"""What somebody may do with a folder: one set of rights for every protocol – RFC 4314 §2.1, RFC 5257 §3.4.

Each right is a bit. Those that only MAPI knows ([MS-OXCPERM] 2.2.7) have no letter; its others are FolderVisible `l`,
ReadAny `rs`, Create `i`, EditAny `w`, DeleteAny `te`, CreateSubFolder `k` and FolderOwner `xa`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from functools import cache, reduce
from operator import or_

from .flags import NO_FLAGS, NOTED, UNFLAGGED, Flag, FlagChange, Flags, How
from .refusals import BadSyntax


class Right(IntFlag):
    """In the order in which we list them."""

    LOOKUP = 1
    READ = 2
    SEEN = 4
    WRITE = 8
    """Flags other than \\Seen and \\Deleted."""
    INSERT = 16
    POST = 32
    CREATE = 64
    """Folders below."""
    DELETE = 128
    """The folder itself."""
    DELETE_MESSAGES = 256
    """To mark them so."""
    EXPUNGE = 512
    ADMINISTER = 1024
    ANNOTATE = 2048
    """Messages, in what is shared."""
    EDIT_OWNED = 4096
    """Messages that one has made there; this and what follows is MAPI's alone."""
    DELETE_OWNED = 8192
    CONTACT = 16384
    """Whom others see as responsible for the folder: nothing follows from it."""
    FREE_BUSY_SIMPLE = 32768
    FREE_BUSY_DETAILED = 65536
    FREE_BUSY_TOLD = 131072
    """Somebody has said what the two above are; until then it follows from the others, on a calendar."""


NO_RIGHTS = Right(0)
ALL_RIGHTS = ~NO_RIGHTS
OF_MESSAGES = Right.DELETE_MESSAGES | Right.EXPUNGE
"""To make them go."""
FREE_BUSY = Right.FREE_BUSY_SIMPLE | Right.FREE_BUSY_DETAILED
FLAG_RIGHTS = Right.SEEN | Right.WRITE | Right.DELETE_MESSAGES

LETTERS: dict[str, Right] = dict(zip("lrswipkxtean", Right, strict=False))
"""The standard rights of RFC 4314 §2.1, and RFC 5257's `n`."""
OF_LETTERS = reduce(or_, LETTERS.values())
VIRTUAL: dict[str, Right] = {
    "c": Right.CREATE | Right.DELETE,
    "d": Right.DELETE_MESSAGES | Right.EXPUNGE,
}
"""RFC 2086's, each of which stands for two (RFC 4314 §2.1.1)."""
_MEANING = LETTERS | VIRTUAL

ALL_FLAGS = sum(Flag) & ~NOTED
_SPECIAL = Flag.SEEN | Flag.DELETED


def parse_rights(text: str) -> Right:
    """`lrsd` → rights; BadSyntax for a letter that is none: never passed over silently (RFC 4314 §3.1)."""
    rights = NO_RIGHTS
    for letter in text:
        if letter not in _MEANING:
            raise BadSyntax(f"rights out of {''.join(_MEANING)}")
        rights |= _MEANING[letter]
    return rights


def format_rights(rights: Right, *, virtual: bool = True) -> str:
    """With `c` and `d` where any of their members is there, for clients of RFC 2086."""
    known = _MEANING if virtual else LETTERS
    return "".join([letter for letter, right in known.items() if right & rights])


@cache
def changeable(rights: Right) -> Flag:
    """The system flags that may be set and cleared with these rights (RFC 4314 §4)."""
    bits = Flag(ALL_FLAGS & ~_SPECIAL) if rights & Right.WRITE else NO_FLAGS
    for right, flag in ((Right.SEEN, Flag.SEEN), (Right.DELETE_MESSAGES, Flag.DELETED)):
        bits |= flag if rights & right else NO_FLAGS
    return bits


def permitted_flags(flags: Flags, rights: Right) -> Flags:
    """What a new message may have of these flags; the others are lost without a word (RFC 4314 §4, APPEND and COPY)."""
    if rights & FLAG_RIGHTS == FLAG_RIGHTS:
        return flags
    return Flags(flags.system & (changeable(rights) | NOTED), flags.keywords if rights & Right.WRITE else frozenset())


def permitted_changes(change: FlagChange, rights: Right, known: Iterable[str]) -> tuple[FlagChange, ...]:
    """A change of flags as far as the rights allow; none: it is not permitted at all. `known`: the folder's keywords,
    of which those that a replacement does not name go away."""
    if rights & FLAG_RIGHTS == FLAG_RIGHTS:
        return (change,)
    flags = permitted_flags(change.flags, rights)
    if change.how is not How.SET:
        return (FlagChange(change.how, flags),) if flags != UNFLAGGED else ()
    if not rights & FLAG_RIGHTS:
        return ()
    named = {keyword.lower() for keyword in flags.keywords}
    others = frozenset([one for one in known if one.lower() not in named]) if rights & Right.WRITE else frozenset[str]()
    rest = Flags(changeable(rights) & ~flags.system, others)
    return FlagChange(How.ADD, flags), FlagChange(How.REMOVE, rest)


def of_own_messages(rights: Right) -> Right:
    """What somebody with these rights on a folder may do with the messages that they have made there: who may change or
    delete one may read it."""
    editing = Right.READ | Right.WRITE if rights & Right.EDIT_OWNED else NO_RIGHTS
    deleting = Right.READ | OF_MESSAGES if rights & Right.DELETE_OWNED else NO_RIGHTS
    return rights | editing | deleting


def on_calendar(rights: Right) -> Right:
    """With what is granted of free and busy times as long as no client has said anything else ([MS-OXCPERM] <5>)."""
    if rights & Right.FREE_BUSY_TOLD:
        return rights
    return rights | (FREE_BUSY if rights & Right.READ else Right.FREE_BUSY_SIMPLE)
