"""Response codes – RFC 9051 §7.1, RFC 5530 and the extensions: the constants are what stands between the brackets, the
functions make those which have arguments."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from posthouse.model.ranges import Ranges

from .sequence import format_ranges
from .strings import string

ALERT = b"ALERT"  # RFC 9051 §7.1
ALREADYEXISTS = b"ALREADYEXISTS"  # RFC 5530 §3
ANNOTATE_TOOBIG = b"ANNOTATE TOOBIG"  # RFC 5257 §4.5
ANNOTATE_TOOMANY = b"ANNOTATE TOOMANY"  # RFC 5257 §4.5
ANNOTATIONS_READ_ONLY = b"ANNOTATIONS READ-ONLY"  # RFC 5257 §4.1
APPENDLIMIT = b"APPENDLIMIT"  # RFC 7889 §4
APPENDUID = b"APPENDUID"  # RFC 4315 §3
AUTHENTICATIONFAILED = b"AUTHENTICATIONFAILED"  # RFC 5530 §3
AUTHORIZATIONFAILED = b"AUTHORIZATIONFAILED"  # RFC 5530 §3
BADCOMPARATOR = b"BADCOMPARATOR"  # RFC 5255 §4.9
BADCHARSET = b"BADCHARSET"  # RFC 9051 §7.1
CANNOT = b"CANNOT"  # RFC 5530 §3
CAPABILITY = b"CAPABILITY"  # RFC 9051 §7.1
CLIENTBUG = b"CLIENTBUG"  # RFC 5530 §3
CLOSED = b"CLOSED"  # RFC 7162 §3.2.11, RFC 9051 §7.1
CONTACTADMIN = b"CONTACTADMIN"  # RFC 5530 §3
COPYUID = b"COPYUID"  # RFC 4315 §3
CORRUPTION = b"CORRUPTION"  # RFC 5530 §3
EXPIRED = b"EXPIRED"  # RFC 5530 §3
EXPUNGEISSUED = b"EXPUNGEISSUED"  # RFC 5530 §3
HASCHILDREN = b"HASCHILDREN"  # RFC 9051 §7.1
INUSE = b"INUSE"  # RFC 5530 §3
LIMIT = b"LIMIT"  # RFC 5530 §3
MODIFIED = b"MODIFIED"  # RFC 7162 §3.1.3
METADATA_TOOMANY = b"METADATA TOOMANY"  # RFC 5464 §4.3
NONEXISTENT = b"NONEXISTENT"  # RFC 5530 §3
NOPERM = b"NOPERM"  # RFC 5530 §3
NOTIFICATIONOVERFLOW = b"NOTIFICATIONOVERFLOW"  # RFC 5465 §5.8
NOTSAVED = b"NOTSAVED"  # RFC 5182 §2.1
OVERQUOTA = b"OVERQUOTA"  # RFC 5530 §3
PARSE = b"PARSE"  # RFC 9051 §7.1
PERMANENTFLAGS = b"PERMANENTFLAGS"  # RFC 9051 §7.1
PRIVACYREQUIRED = b"PRIVACYREQUIRED"  # RFC 5530 §3
READ_ONLY = b"READ-ONLY"  # RFC 9051 §7.1
READ_WRITE = b"READ-WRITE"  # RFC 9051 §7.1
SERVERBUG = b"SERVERBUG"  # RFC 5530 §3
TOOBIG = b"TOOBIG"  # RFC 4469 §4.2, RFC 7888 §5, RFC 7889 §4
TOOFEW = b"TOOFEW"  # RFC 10022 §3.1.3
TOOMANY = b"TOOMANY"  # RFC 10022 §3.1.5
TRYCREATE = b"TRYCREATE"  # RFC 9051 §7.1
UIDNEXT = b"UIDNEXT"  # RFC 9051 §7.1
UIDNOTSTICKY = b"UIDNOTSTICKY"  # RFC 4315 §3
UIDREQUIRED = b"UIDREQUIRED"  # RFC 9586 §3
UIDVALIDITY = b"UIDVALIDITY"  # RFC 9051 §7.1
UNAVAILABLE = b"UNAVAILABLE"  # RFC 5530 §3
UNKNOWN_CTE = b"UNKNOWN-CTE"  # RFC 3516 §4.3
UNSEEN = b"UNSEEN"  # RFC 3501 §7.1
URLMECH_INTERNAL = b"URLMECH INTERNAL"  # RFC 4467 §8
USEATTR = b"USEATTR"  # RFC 6154 §3


def annotations_maxsize(size: int) -> bytes:
    """RFC 5257 §4.1: how large one may be."""
    return b"ANNOTATIONS %d" % size


def appenduid(uidvalidity: int, uids: Ranges) -> bytes:
    return b"APPENDUID %d %b" % (uidvalidity, format_ranges(uids))


def copyuid(uidvalidity: int, source: bytes, target: bytes) -> bytes:
    """The two sets pair up element by element (RFC 4315 §3), so they come formatted, in their order: see
    `sequence.format_numbers`."""
    return b"COPYUID %d %b %b" % (uidvalidity, source, target)


def badevent(events: Iterable[bytes]) -> bytes:
    """RFC 5465 §8: all events that there are."""
    return b"BADEVENT (%b)" % b" ".join(events)


def badurl(url: str) -> bytes:
    """RFC 4469 §4.1. A URL with anything that is no TEXT-CHAR is shown without it."""
    shown = "".join([char for char in url if " " <= char <= "~" and char not in "]\\"])
    return b"BADURL " + shown[:1000].encode("ascii")


def noupdate(tag: bytes) -> bytes:
    """RFC 5267 §4.3.1."""
    return b"NOUPDATE %b" % string(tag)


def undefined_filter(name: str) -> bytes:
    """RFC 5466 §3.1."""
    return b"UNDEFINED-FILTER " + name.encode("ascii")


def badcharset(charsets: list[str]) -> bytes:
    return b"BADCHARSET (%b)" % " ".join(charsets).encode("ascii")


def capability(capabilities: list[str]) -> bytes:
    return b"CAPABILITY " + " ".join(capabilities).encode("ascii")


def highestmodseq(modseq: int) -> bytes:
    """RFC 7162 §3.1.2.1."""
    return b"HIGHESTMODSEQ %d" % modseq


def modified(messages: Ranges) -> bytes:
    """RFC 7162 §3.1.3: those that a conditional STORE has left as they were."""
    return b"%b %b" % (MODIFIED, format_ranges(messages))


def inprogress(tag: bytes, done: int, goal: int) -> bytes:
    """RFC 9585 §4: there is no tag with a bracket in it, and a goal, unless it is 0 for unknown, is never reached."""
    far = b"%d %d" % (min(done, goal - 1), goal) if goal else b"NIL NIL"
    return b"INPROGRESS (%b %b)" % (b"NIL" if b"]" in tag else string(tag), far)


def messagelimit(limit: int, lowest: int = 0) -> bytes:
    """RFC 9738 §3.1: `lowest`, the last UID that was worked on; 0: there is none to tell."""
    return b"MESSAGELIMIT %d %d" % (limit, lowest) if lowest else b"MESSAGELIMIT %d" % limit


def metadata_longentries(size: int) -> bytes:
    """RFC 5464 §4.2.1: the size of the largest value that was left out."""
    return b"METADATA LONGENTRIES %d" % size


def metadata_maxsize(size: int) -> bytes:
    """RFC 5464 §4.3."""
    return b"METADATA MAXSIZE %d" % size


def permanentflags(flags: bytes) -> bytes:
    """`flags` as of `responses.flag_list`, with its parentheses."""
    return b"PERMANENTFLAGS " + flags


def referral(user: str, host: str) -> bytes:
    """RFC 2221 §4.1: where this user's mail is, by whatever mechanism they log in."""
    return f"REFERRAL imap://{quote(user, safe='')};AUTH=*@{host}/".encode("ascii", "replace")


def referrals(urls: Iterable[str]) -> bytes:
    """RFC 2193 §3."""
    return f"REFERRAL {' '.join(urls)}".encode("ascii", "replace")


def mailboxid(objectid: bytes) -> bytes:
    """RFC 8474 §4.1, §4.2."""
    return b"MAILBOXID (%b)" % objectid


def uidnext(uid: int) -> bytes:
    return b"UIDNEXT %d" % uid


def uidvalidity(value: int) -> bytes:
    return b"UIDVALIDITY %d" % value


def unseen(number: int) -> bytes:
    return b"UNSEEN %d" % number
