"""search-key – RFC 9051 §6.4.4, §9, with RFC 3501's NEW, OLD and RECENT, RFC 5032's OLDER
and YOUNGER, RFC 6203's FUZZY, RFC 7162's MODSEQ, RFC 8514's SAVEDBEFORE and others, RFC 8474's
EMAILID and THREADID, RFC 9738's UIDAFTER and UIDBEFORE, RFC 5257's ANNOTATION.

    search-program  = ["CHARSET" SP charset SP] search-key *(SP search-key)
    search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / "BEFORE" SP date / "BODY" SP astring / "CC" SP astring /
                      "DELETED" / "FLAGGED" / "FROM" SP astring / "KEYWORD" SP flag-keyword / "ON" SP date / "SEEN" /
                      "SINCE" SP date / "SUBJECT" SP astring / "TEXT" SP astring / "TO" SP astring / "UNANSWERED" /
                      "UNDELETED" / "UNFLAGGED" / "UNKEYWORD" SP flag-keyword / "UNSEEN" / "DRAFT" /
                      "HEADER" SP header-fld-name SP astring / "LARGER" SP number64 / "NOT" SP search-key /
                      "OR" SP search-key SP search-key / "SENTBEFORE" SP date / "SENTON" SP date / "SENTSINCE" SP date /
                      "SMALLER" SP number64 / "UID" SP sequence-set / "UNDRAFT" / sequence-set /
                      "(" search-key *(SP search-key) ")"
    search-key      =/ "FUZZY" SP search-key
    search-key      =/ "MODSEQ" [SP entry-name SP ("priv" / "shared" / "all")] SP mod-sequence-valzer
    search-key      =/ ("OLDER" / "YOUNGER") SP nz-number / "FILTER" SP filter-name
    search-key      =/ ("EMAILID" / "THREADID") SP objectid
    search-key      =/ ("UIDAFTER" / "UIDBEFORE") SP uniqueid
    search-key      =/ "ANNOTATION" SP entry-match SP att-search SP (nstring / literal8)
    search-key      =/ ("SAVEDBEFORE" / "SAVEDON" / "SAVEDSINCE") SP date / "SAVEDATESUPPORTED"

One row of `KEYS` a key with arguments, one of `CONSTANTS` a key without. Clients make a long OR by nesting to the right
(`OR a OR b OR c d`), which costs no depth here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from posthouse.model.flags import FLAG_BY_NAME, Flag

from .annotations import EXTENSION as ANNOTATE
from .annotations import entry_match, value_scopes
from .grammar import Parser
from .search import (
    All,
    And,
    AnnotationKey,
    DateKey,
    DateOf,
    EmailIdKey,
    FilterKey,
    FlagKey,
    FuzzyKey,
    HeaderKey,
    Key,
    KeywordKey,
    ModSeqKey,
    Not,
    Op,
    Or,
    RecentKey,
    SequenceKey,
    SizeKey,
    TextKey,
    Where,
    WithinKey,
)
from .sequence import MAX_NUMBER, SequenceSet

MAX_KEYS = 5000
"""In one search, over all depths; lists of UIDs and Message-IDs are long."""

_WORD = re.compile(rb"[A-Za-z0-9.-]++")
_SEQUENCE_START = frozenset(b"0123456789*$")
_ENTRY_TYPE = re.compile(rb"(?:priv|shared|all) ", re.IGNORECASE)
_OBJECTID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
_OR = re.compile(rb"OR ", re.IGNORECASE)


class Program:
    """A parser together with the charset of the strings and the count of the keys."""

    __slots__ = ("codec", "count", "p")

    def __init__(self, p: Parser, codec: str) -> None:
        self.p = p
        self.codec = codec
        self.count = 0

    def keys(self, close: bytes) -> Key:
        """`search-key *(SP search-key)` up to `close`, or the end."""
        keys = [self.key()]
        while not (self.p.take(close) if close else self.p.at_end()):
            self.p.sp()
            keys.append(self.key())
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def key(self) -> Key:
        p = self.p
        self.count += 1
        if self.count > MAX_KEYS:
            raise p.fail("a shorter search")
        if p.take(b"("):
            return p.nested(lambda p: self.keys(b")"))
        if p.pos < len(p.text) and p.text[p.pos] in _SEQUENCE_START:
            return SequenceKey(p.sequence_set())
        start = p.pos
        word = p.match(_WORD, "a search key")[0].upper()
        known = word in KEYS or word in CONSTANTS
        if not known or EXTENSION_OF.get(word) in p.off:
            p.pos = start
            raise p.fail("a search key")
        if word in CONSTANTS:
            return CONSTANTS[word]
        p.sp()
        return KEYS[word](self)

    def inner(self) -> Key:
        """A key within a key."""
        return self.p.nested(lambda p: self.key())

    def text(self) -> str:
        return self.decoded(self.p.astring())

    def decoded(self, octets: bytes) -> str:
        try:
            return octets.decode(self.codec)
        except UnicodeDecodeError:
            raise self.p.fail("text in the charset of the search") from None


def search_program(p: Parser, codec: str = "utf-8") -> Key:
    """The keys up to the end of the command; several are all to hold."""
    return Program(p, codec).keys(b"")


def _or(program: Program) -> Key:
    p = program.p
    keys = [program.inner()]
    p.sp()
    while _OR.match(p.text, p.pos):
        p.pos += 3
        program.count += 1
        keys.append(program.inner())
        p.sp()
    keys.append(program.inner())
    return Or(tuple(keys))


def _not(program: Program) -> Key:
    return Not(program.inner())


def _fuzzy(program: Program) -> Key:
    return FuzzyKey(program.inner())


def _uid(program: Program) -> Key:
    return SequenceKey(program.p.sequence_set(), uid=True)


def _uid_after(program: Program) -> Key:
    uid = program.p.number(at_least=1)
    return _uids(uid + 1, MAX_NUMBER)


def _uid_before(program: Program) -> Key:
    return _uids(1, program.p.number(at_least=1) - 1)


def _uids(low: int, high: int) -> Key:
    return SequenceKey(SequenceSet(((low, high),) if low <= high else ()), uid=True)


def _header(program: Program) -> Key:
    field = program.p.utf8_astring()
    program.p.sp()
    return HeaderKey(field, program.text())


def _keyword(program: Program, present: bool = True) -> Key:
    keyword = program.p.atom().decode("ascii")
    flag = FLAG_BY_NAME.get(keyword.lower())
    return KeywordKey(keyword, present) if flag is None else FlagKey(flag, present)


def _unkeyword(program: Program) -> Key:
    return _keyword(program, present=False)


def _filter(program: Program) -> Key:
    """filter-name = 1*<any ATOM-CHAR except "/"> (RFC 5466 §4), which implies UTF-8 (§3.1)."""
    p = program.p
    if program.codec not in ("utf-8", "ascii"):
        raise p.fail("no charset but UTF-8 with FILTER")
    name = p.atom()
    if b"/" in name:
        raise p.fail("the name of a filter")
    return FilterKey(name.decode("ascii"))


def _objectid(program: Program) -> bytes:
    return program.p.match(_OBJECTID, "an object id")[0]


def _email_id(program: Program) -> Key:
    return EmailIdKey(_objectid(program))


def _thread_id(program: Program) -> Key:
    """No message has one."""
    _objectid(program)
    return Or(())


def _annotation(program: Program) -> Key:
    p = program.p
    entry = entry_match(p)
    p.sp()
    scopes = value_scopes(p)
    p.sp()
    value = p.nstring()
    return AnnotationKey(entry, scopes, None if value is None else program.decoded(value))


def _larger(program: Program) -> Key:
    return SizeKey(True, program.p.number64())


def _smaller(program: Program) -> Key:
    return SizeKey(False, program.p.number64())


def _modseq(program: Program) -> Key:
    p = program.p
    if p.sees(b'"'):
        p.quoted()
        p.sp()
        p.match(_ENTRY_TYPE, "priv, shared or all")
    return ModSeqKey(p.number64())


def _within(younger: bool) -> Callable[[Program], Key]:
    return lambda program: WithinKey(younger, program.p.number(at_least=1))


def _text_key(where: Where) -> Callable[[Program], Key]:
    return lambda program: TextKey(where, program.text())


def _date_key(of: DateOf, op: Op) -> Callable[[Program], Key]:
    return lambda program: DateKey(of, op, program.p.date())


_SYSTEM_FLAGS = (Flag.ANSWERED, Flag.DELETED, Flag.DRAFT, Flag.FLAGGED, Flag.SEEN)

CONSTANTS: dict[bytes, Key] = {
    b"ALL": All(),
    b"SAVEDATESUPPORTED": All(),  # every folder keeps it (RFC 8514 §4.3)
    b"RECENT": RecentKey(),
    b"OLD": RecentKey(False),
    b"NEW": And((RecentKey(), FlagKey(Flag.SEEN, False))),
    **{str(flag.name).encode(): FlagKey(flag) for flag in _SYSTEM_FLAGS},
    **{b"UN" + str(flag.name).encode(): FlagKey(flag, False) for flag in _SYSTEM_FLAGS},
}

KEYS: dict[bytes, Callable[[Program], Key]] = {
    b"NOT": _not,
    b"OR": _or,
    b"FUZZY": _fuzzy,
    b"UID": _uid,
    b"UIDAFTER": _uid_after,
    b"UIDBEFORE": _uid_before,
    b"HEADER": _header,
    b"KEYWORD": _keyword,
    b"UNKEYWORD": _unkeyword,
    b"FILTER": _filter,
    b"LARGER": _larger,
    b"SMALLER": _smaller,
    b"OLDER": _within(False),
    b"YOUNGER": _within(True),
    b"MODSEQ": _modseq,
    b"EMAILID": _email_id,
    b"THREADID": _thread_id,
    b"ANNOTATION": _annotation,
    **{where.value: _text_key(where) for where in Where},
    **{of.value + op.value: _date_key(of, op) for of in DateOf for op in Op},
}

EXTENSION_OF: dict[bytes, str] = {
    b"UIDAFTER": "MESSAGELIMIT",
    b"UIDBEFORE": "MESSAGELIMIT",
    b"FILTER": "FILTERS",
    b"OLDER": "WITHIN",
    b"YOUNGER": "WITHIN",
    b"FUZZY": "SEARCH=FUZZY",
    b"MODSEQ": "CONDSTORE",
    b"EMAILID": "OBJECTID",
    b"THREADID": "OBJECTID",
    b"ANNOTATION": ANNOTATE,
    **{DateOf.SAVED.value + op.value: "SAVEDATE" for op in Op},
    b"SAVEDATESUPPORTED": "SAVEDATE",
}
"""Keys that are unknown where their extension is switched off."""
