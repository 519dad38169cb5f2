"""Responses, value → bytes – RFC 9051 §7: whole lines with their CRLF, unless said otherwise.

`utf8` is whether the session has enabled IMAP4rev2 or UTF8=ACCEPT: then names and strings go out as UTF-8, otherwise as
modified UTF-7 and, in strings, as literals. What a FETCH of 100,000 messages needs is one operation a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from posthouse.model.flags import FLAG_NAMES
from posthouse.model.ranges import Ranges
from posthouse.model.rights import Right, format_rights

from .commands.status import StatusItem
from .mailbox_names import DELIMITER, encode_mailbox
from .sequence import format_ranges
from .strings import astring, literal8, nstring, string

NO_TRANSLATIONS: Mapping[str, str] = {}

_UNPRINTABLE = re.compile(rb"[\x00-\x1f\x7f-\xff]")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


# status responses – §7.1
def format_tagged(tag: bytes, status: bytes, text: str, code: bytes = b"", *, ascii: bool = True) -> bytes:
    """`status`: OK, NO or BAD; `code` as of `codes`, without brackets. `ascii`: unless the client has chosen a
    language, whose texts are UTF-8 (RFC 5255 §3.2)."""
    return b"%b %b %b\r\n" % (tag, status, _resp_text(text, code, ascii))


def format_untagged(status: bytes, text: str, code: bytes = b"", *, ascii: bool = True) -> bytes:
    """`status`: OK, NO, BAD, BYE or PREAUTH."""
    return b"* %b %b\r\n" % (status, _resp_text(text, code, ascii))


def format_continuation(text: str = "OK") -> bytes:
    return b"+ %b\r\n" % _resp_text(text, b"", True)


def _resp_text(text: str, code: bytes, ascii: bool) -> bytes:
    if ascii:
        octets = _UNPRINTABLE.sub(b"?", text.encode("ascii", "replace"))
    else:
        octets = _CONTROLS.sub(b"?", text.encode("utf-8", "replace"))
    return b"[%b] %b" % (code, octets) if code else octets


# what the server is and can – §7.2
def format_capability(capabilities: Iterable[str]) -> bytes:
    return b"* CAPABILITY %b\r\n" % " ".join(capabilities).encode("ascii")


def format_enabled(capabilities: Iterable[str]) -> bytes:
    return b"* %b\r\n" % " ".join(["ENABLED", *capabilities]).encode("ascii")


def format_id(fields: dict[str, str | None] | None) -> bytes:
    """RFC 2971 §3.2."""
    if not fields:
        return b"* ID NIL\r\n"
    values = (b"NIL" if value is None else string(value.encode()) for value in fields.values())
    pairs = [b"%b %b" % (string(name.encode()), value) for name, value in zip(fields, values, strict=True)]
    return b"* ID (%b)\r\n" % b" ".join(pairs)


# mailboxes – §7.3
def format_mailbox(name: str, utf8: bool = False) -> bytes:
    """An astring."""
    return astring(encode_mailbox(name, utf8), utf8)


def format_list(
    attributes: Iterable[bytes],
    name: str,
    utf8: bool = False,
    *,
    child_info: Sequence[bytes] = (),
    old_name: str | None = None,
    delimiter: str | None = DELIMITER,
    word: bytes = b"LIST",
) -> bytes:
    """`attributes` with their backslashes. `child_info`: the selection options that a child meets (RFC 5258 §3.5).
    `old_name`: what it was called before (RFC 9051 §6.3.9.7). `word`: LSUB for IMAP4rev1's command."""
    extended = b""
    if child_info or old_name is not None:
        items = [b'"CHILDINFO" (%b)' % b" ".join([b'"%b"' % option for option in child_info])] if child_info else []
        if old_name is not None:
            items.append(b'"OLDNAME" (%b)' % format_mailbox(old_name, utf8))
        extended = b" (%b)" % b" ".join(items)
    mailbox = format_mailbox(name, utf8)
    return b"* %b (%b) %b %b%b\r\n" % (word, b" ".join(attributes), _delimiter(delimiter), mailbox, extended)


def format_namespace(
    personal: Sequence[tuple[str, str | None]],
    other: Sequence[tuple[str, str | None]],
    shared: Sequence[tuple[str, str | None]],
    utf8: bool = False,
    translations: Mapping[str, str] = NO_TRANSLATIONS,
) -> bytes:
    """Each a list of prefix and delimiter (§7.3.3); `translations` of prefixes for people (RFC 5255 §3.4)."""
    kinds = [_namespaces(kind, utf8, translations) for kind in (personal, other, shared)]
    return b"* NAMESPACE %b\r\n" % b" ".join(kinds)


def _namespaces(kind: Sequence[tuple[str, str | None]], utf8: bool, translations: Mapping[str, str]) -> bytes:
    if not kind:
        return b"NIL"
    return b"(%b)" % b"".join(
        [
            b"(%b %b%b)"
            % (string(encode_mailbox(prefix, utf8), utf8), _delimiter(delimiter), _translation(prefix, translations))
            for prefix, delimiter in kind
        ]
    )


def _translation(prefix: str, translations: Mapping[str, str]) -> bytes:
    """Always in modified UTF-7."""
    if prefix not in translations:
        return b""
    return b' "TRANSLATION" (%b)' % string(encode_mailbox(translations[prefix], False))


def _delimiter(delimiter: str | None) -> bytes:
    return nstring(None if delimiter is None else delimiter.encode())


def format_acl(name: str, entries: Iterable[tuple[str, str]], utf8: bool = False) -> bytes:
    """Identifiers, each with its rights (RFC 4314 §3.6)."""
    words = [astring(word.encode(), utf8) for entry in entries for word in entry]
    return b"* ACL %b\r\n" % b" ".join([format_mailbox(name, utf8), *words])


def format_listrights(name: str, identifier: str, required: str, optional: Iterable[str], utf8: bool = False) -> bytes:
    """`optional`: in each, rights that are granted only together (RFC 4314 §3.7)."""
    words = [astring(word.encode(), utf8) for word in (identifier, required, *optional)]
    return b"* LISTRIGHTS %b\r\n" % b" ".join([format_mailbox(name, utf8), *words])


def format_myrights(name: str, rights: Right, utf8: bool = False) -> bytes:
    """RFC 4314 §3.8."""
    return b"* MYRIGHTS %b %b\r\n" % (format_mailbox(name, utf8), astring(format_rights(rights).encode()))


def format_status(name: str, items: Iterable[tuple[StatusItem, int | bytes | None]], utf8: bool = False) -> bytes:
    """None is NIL: an APPENDLIMIT that there isn't (RFC 7889 §3.2)."""
    pairs = [b"%b %b" % (item.value, _status_value(value)) for item, value in items]
    return b"* STATUS %b (%b)\r\n" % (format_mailbox(name, utf8), b" ".join(pairs))


def _status_value(value: int | bytes | None) -> bytes:
    if value is None:
        return b"NIL"
    return value if isinstance(value, bytes) else b"%d" % value


def format_metadata(name: str, values: Iterable[tuple[str, bytes | None]], utf8: bool = False) -> bytes:
    """RFC 5464 §4.4.1; an empty name is the server's."""
    pairs = [b"%b %b" % (astring(entry.encode()), _value(value, utf8)) for entry, value in values]
    return b"* METADATA %b (%b)\r\n" % (format_mailbox(name, utf8), b" ".join(pairs))


def format_metadata_changes(name: str, entries: Iterable[str], utf8: bool = False) -> bytes:
    """RFC 5464 §4.4.2: that they have changed, not to what."""
    names = b" ".join([astring(entry.encode()) for entry in entries])
    return b"* METADATA %b %b\r\n" % (format_mailbox(name, utf8), names)


def _value(value: bytes | None, utf8: bool) -> bytes:
    return nstring(value, utf8) if value is None or b"\0" not in value else literal8(value)


def format_quota(root: str, resources: Iterable[tuple[str, int, int]]) -> bytes:
    """RFC 9208 §4.2.1: resource, usage, limit."""
    listed = b" ".join([b"%b %d %d" % (name.encode("ascii"), used, limit) for name, used, limit in resources])
    return b"* QUOTA %b (%b)\r\n" % (astring(root.encode()), listed)


def format_quotaroot(name: str, roots: Iterable[str], utf8: bool = False) -> bytes:
    """RFC 9208 §4.2.2."""
    return (
        b" ".join([b"* QUOTAROOT", format_mailbox(name, utf8), *(astring(root.encode()) for root in roots)]) + b"\r\n"
    )


def format_search(numbers: Iterable[int], modseq: int = 0) -> bytes:
    """IMAP4rev1's (RFC 3501 §7.2.5). `modseq`: the highest of what was found (RFC 7162 §3.1.5), 0 for none."""
    return _numbers(b"* SEARCH", numbers, modseq)


def format_sort(numbers: Iterable[int], modseq: int = 0) -> bytes:
    """RFC 5256 §4."""
    return _numbers(b"* SORT", numbers, modseq)


def _numbers(word: bytes, numbers: Iterable[int], modseq: int) -> bytes:
    found = " ".join(["", *map(str, numbers)]).encode("ascii")
    return word + found + (b" (MODSEQ %d)\r\n" % modseq if modseq else b"\r\n")


def format_esearch(
    tag: bytes,
    uid: bool,
    *,
    least: int | None = None,
    most: int | None = None,
    everything: Ranges | None = None,
    count: int | None = None,
    relevancy: Sequence[int] | None = None,
    more: Iterable[bytes] = (),
    mailbox: tuple[bytes, int] | None = None,
) -> bytes:
    """MIN, MAX, ALL, COUNT and RELEVANCY (RFC 6203); MIN, MAX and ALL are left out when nothing was found (§7.3.4).
    `more`: further data, as `ADDTO (0 5)`. `mailbox`: its name, formatted, and its UIDVALIDITY (RFC 7377 §2.1)."""
    where = b" MAILBOX %b UIDVALIDITY %d" % mailbox if mailbox else b""
    parts = [b"* ESEARCH (TAG %b%b)" % (string(tag), where)]
    if uid:
        parts.append(b"UID")
    if least is not None:
        parts.append(b"MIN %d" % least)
    if most is not None:
        parts.append(b"MAX %d" % most)
    if everything:
        parts.append(b"ALL " + format_ranges(everything))
    if count is not None:
        parts.append(b"COUNT %d" % count)
    if relevancy is not None:
        parts.append(b"RELEVANCY (%b)" % b" ".join([b"%d" % score for score in relevancy]))
    return b" ".join([*parts, *more]) + b"\r\n"


def format_uidbatches(tag: bytes, batches: Iterable[tuple[int, int]]) -> bytes:
    """RFC 10022 §3.1: of each batch the highest and the lowest UID, the newest batch first."""
    ranges = b",".join([b"%d:%d" % batch for batch in batches])
    return b"* UIDBATCHES (TAG %b)%b\r\n" % (string(tag), b" " + ranges if ranges else b"")


def format_language(languages: Sequence[str]) -> bytes:
    """RFC 5255 §3.3: one is the language that is spoken now, several are those that there are."""
    return b"* LANGUAGE (%b)\r\n" % b" ".join([astring(tag.encode("ascii")) for tag in languages])


def format_comparator(active: str, matching: Sequence[str] = ()) -> bytes:
    """RFC 5255 §4.8."""
    others = b" (%b)" % b" ".join([astring(name.encode("ascii")) for name in matching]) if matching else b""
    return b"* COMPARATOR %b%b\r\n" % (astring(active.encode("ascii")), others)


def format_flags(flags: bytes) -> bytes:
    """`flags` as of `flag_list`."""
    return b"* FLAGS %b\r\n" % flags


# the size of the selected mailbox – §7.4
def format_exists(count: int) -> bytes:
    return b"* %d EXISTS\r\n" % count


def format_recent(count: int) -> bytes:
    return b"* %d RECENT\r\n" % count


def format_vanished(uids: Ranges, *, earlier: bool = False) -> bytes:
    """RFC 7162 §3.2.10. `earlier`: before the mailbox was selected, so that no number shifts."""
    return b"* VANISHED %b%b\r\n" % (b"(EARLIER) " if earlier else b"", format_ranges(uids))


def format_expunge(number: int) -> bytes:
    return b"* %d EXPUNGE\r\n" % number


# messages – §7.5
def format_fetch(number: int, items: bytes) -> bytes:
    """`items`: names and values joined by spaces, as `FLAGS (\\Seen) UID 5`."""
    return b"* %d FETCH (%b)\r\n" % (number, items)


class _FlagLists(dict[int, bytes]):
    def __missing__(self, bits: int) -> bytes:
        names = [name for bit, name in FLAG_NAMES.items() if bit & bits]
        text = self[bits] = b"(%b)" % " ".join(names).encode("ascii")
        return text


FLAG_LISTS = _FlagLists()
"""The bits of `Flag` → `(\\Answered \\Seen)`, for messages without keywords."""


def flag_list(system: int, others: Iterable[str] = ()) -> bytes:
    """`(\\Seen later)`: the bits of `Flag`, then keywords and whatever else (`\\Recent`, `\\*`)."""
    if not others:
        return FLAG_LISTS[system]
    more = " ".join(others).encode("ascii")
    if not system or not more:
        return b"(%b)" % more if more else FLAG_LISTS[system]
    return b"%b %b)" % (FLAG_LISTS[system][:-1], more)


_MINUTES = [b" %02d:%02d:" % divmod(minute, 60) for minute in range(1440)]
_SECONDS = [b"%02d" % second for second in range(60)]
_SECONDS_UTC = [b'%02d +0000"' % second for second in range(60)]


def format_internaldate(seconds: int, east: int = 0) -> bytes:
    """date-time of a moment in seconds since 1970 UTC, in a zone `east` minutes east of Greenwich, with quotes."""
    if not east:
        day, second = divmod(seconds, 86400)
        return b'"%b%b%b' % (_day(day), _MINUTES[second // 60], _SECONDS_UTC[second % 60])
    day, second = divmod(seconds + east * 60, 86400)
    zone = b"%b%02d%02d" % (b"+" if east > 0 else b"-", *divmod(abs(east), 60))
    return b'"%b%b%b %b"' % (_day(day), _MINUTES[second // 60], _SECONDS[second % 60], zone)


_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(8192)
def _day(number: int) -> bytes:
    """`17-Jul-1996`; a day before the year 1 or after 9999 is the nearest that can be written."""
    day = date.fromordinal(min(max(number + _EPOCH, 1), date.max.toordinal()))
    return b"%2d-%b-%04d" % (day.day, _MONTHS[day.month - 1], day.year)
