"""Criteria → a plan: what the database decides, and what is left to look at in the messages themselves.

`Sql` is an expression over a message's row that is true or false, never NULL. A criterion of flags, dates, sizes or the
subject is one; And, Or and Not of such are one again. Whatever has a text criterion in it becomes a `Judge`, a function
that answers yes, no, or None while it has not seen enough of the message; the parts of it that are `Sql` come to it as
columns.

A text criterion asks the full-text index first, whose no is one. Those that every message must meet are the plan's
sieves: what does not pass them is not even read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from posthouse.database import Queries, Transaction
from posthouse.model.ids import AccountId, ContentId, FolderId
from posthouse.model.ranges import Ranges, clip, contains, from_numbers
from posthouse.model.refusals import LimitReached
from posthouse.store.annotations import annotated_uids
from posthouse.store.comparators import Comparator, fold
from posthouse.store.criteria import (
    All,
    And,
    Annotated,
    Body,
    Criteria,
    Fuzzy,
    HasContent,
    HasFlag,
    HasKeyword,
    Header,
    InternalDate,
    ModSeqFrom,
    Not,
    Or,
    Received,
    SavedDate,
    SentDate,
    Size,
    Subject,
    Text,
    UidIn,
    When,
)
from posthouse.store.fuzzy import IN_BODY, FuzzyNeedle
from posthouse.store.matching import Content, Needle, field_texts, header_has, is_kept
from posthouse.store.search_index import GRAM, Sieve

SQL = Queries(__package__, "search.sql")

MAX_COLUMNS = 500
MAX_RANGES = 8
"""In a set of UIDs that the database looks at for each row; longer sets are looked up here."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    params: tuple[int | str | bytes, ...] = ()


TRUE = Sql("1 = 1")
FALSE = Sql("1 = 0")


@dataclass(slots=True)
class Candidate:
    """What is known of a message so far."""

    uid: int
    content_id: ContentId
    columns: Sequence[object]
    """The value of each of the plan's columns."""
    fields: bytes
    """Selected header fields; empty when there are none, or too many."""
    content: Content | None = None
    scores: dict[FuzzyNeedle, int] = field(default_factory=dict)
    """How well it matched what was looked for fuzzily: 1 to 100."""

    @property
    def score(self) -> int:
        return sum(self.scores.values()) // len(self.scores) if self.scores else 100


Judge = Callable[[Candidate], bool | None]
Decided = Sql | Judge


@dataclass(slots=True)
class Plan:
    within: Ranges
    """UIDs to look at."""
    where: Sql
    judge: Judge | None = None
    """What a message must pass besides."""
    sieves: list[Sieve] = field(default_factory=list)
    columns: list[Sql] = field(default_factory=list)
    reads_fields: bool = False


def make_plan(
    tx: Transaction,
    account: AccountId,
    folder: FolderId,
    criteria: Criteria,
    low: int,
    high: int,
    comparator: Comparator = Comparator.UNICODE_CASEMAP,
) -> Plan:
    planner = _Planner(tx, account, folder, comparator)
    within: Ranges = ((low, high),)
    wanted: list[Sql] = []
    judges: list[Judge] = []
    sieves: list[Sieve] = []
    for criterion in map(planner.resolved, _conjuncts(criteria)):
        if isinstance(criterion, UidIn):
            within = tuple(piece for a, b in within for piece in clip(criterion.uids, a, b))
            continue
        decided = planner.decide(criterion)
        if isinstance(decided, Sql):
            wanted.append(decided)
        else:
            judges.append(decided)
            sieves += planner.sieves_of(criterion)
    judge = _all_of(judges) if judges else None
    return Plan(within, _join("AND", wanted, TRUE), judge, sieves, planner.columns, planner.reads_fields)


def _conjuncts(criteria: Criteria) -> list[Criteria]:
    if isinstance(criteria, And):
        return [piece for criterion in criteria.criteria for piece in _conjuncts(criterion)]
    return [criteria]


class _Planner:
    def __init__(self, tx: Transaction, account: AccountId, folder: FolderId, comparator: Comparator) -> None:
        self._tx, self._account, self._folder = tx, account, folder
        self._comparator = comparator
        self._usual = comparator is Comparator.UNICODE_CASEMAP
        self.columns: list[Sql] = []
        self.reads_fields = False
        self._sieves: dict[str, Sieve | None] = {}

    def sieves_of(self, criterion: Criteria) -> list[Sieve]:
        """Of a single text."""
        if isinstance(criterion, Fuzzy):
            return self._fuzzy_sieves(FuzzyNeedle(criterion.criterion.text))
        sieve = self._sieve(criterion.text) if isinstance(criterion, (Header, Body, Text)) else None
        return [] if sieve is None else [sieve]

    def _sieve(self, text: str) -> Sieve | None:
        """None: too short for the index, or not to be compared as the index was made."""
        if text not in self._sieves:
            folded = fold(text)
            served = len(folded) >= GRAM and (self._usual or folded.isascii())
            self._sieves[text] = Sieve(self._tx, folded) if served else None
        return self._sieves[text]

    def _fuzzy_sieves(self, needle: FuzzyNeedle) -> list[Sieve]:
        return [
            Sieve(self._tx, word.word, len(word.grams) - word.least) for word in needle.words if len(word.word) >= GRAM
        ]

    def resolved(self, criterion: Criteria) -> Criteria:
        """What the annotations say, which is read at once: which messages it is."""
        if not isinstance(criterion, Annotated):
            return criterion
        needle, is_entry = Needle(criterion.text, self._comparator), criterion.is_entry
        where = self._tx, self._account, self._folder
        found = annotated_uids(*where, criterion.readers, lambda entry, text: is_entry(entry) and needle.in_text(text))
        return UidIn(from_numbers(found))

    def decide(self, criterion: Criteria) -> Decided:
        match criterion:
            case Annotated():
                return self.decide(self.resolved(criterion))
            case All():
                return TRUE
            case And(criteria):
                return self._several([self.decide(each) for each in criteria], "AND", TRUE, _all_of)
            case Or(criteria):
                return self._several([self.decide(each) for each in criteria], "OR", FALSE, _any_of)
            case Not(inner):
                decided = self.decide(inner)
                return Sql(f"NOT ({decided.text})", decided.params) if isinstance(decided, Sql) else _none_of(decided)
            case UidIn(uids):
                return _uids(uids)
            case HasKeyword(keyword):
                return self._keyword(keyword)
            case Header(name, text):
                return self._header(name, text)
            case Body(text) | Text(text):
                return self._content(text, in_header=isinstance(criterion, Text))
            case Subject(text) if not self._usual:
                return self._header("subject", text)
            case Fuzzy(inner):
                return self._fuzzy(inner)
        return _simple(criterion)

    def _content(self, text: str, in_header: bool) -> Decided:
        if not text:
            return TRUE
        needle, sieve = Needle(text, self._comparator), self._sieve(text)

        def judge(candidate: Candidate) -> bool | None:
            if candidate.content is not None:
                return candidate.content.text_has(needle) if in_header else candidate.content.body_has(needle)
            return None if sieve is None or sieve.may_have(candidate.content_id) else False

        return judge

    def _fuzzy(self, criterion: Header | Subject | Body | Text) -> Decided:
        needle = FuzzyNeedle(criterion.text)
        if not needle.phrase:
            return self.decide(criterion)
        sieves = self._fuzzy_sieves(needle)
        field = _field_of(criterion)
        kept = bool(field) and is_kept(field)
        self.reads_fields = self.reads_fields or kept

        def judge(candidate: Candidate) -> bool | None:
            if not all(sieve.may_have(candidate.content_id) for sieve in sieves):
                return False
            if kept and candidate.fields:
                score = needle.score([(text, 100) for text in field_texts(candidate.fields, field)])
            elif candidate.content is None:
                return None
            elif field:
                score = needle.score([(text, 100) for text in field_texts(candidate.content.header, field)])
            else:
                texts = candidate.content.fuzzy_texts(in_header=isinstance(criterion, Text))
                score = needle.score((text, 100 if in_header else IN_BODY) for text, in_header in texts)
            if score:
                candidate.scores[needle] = score
            return score > 0

        return judge

    def _several(
        self, decided: list[Decided], word: str, empty: Sql, judge_of: Callable[[list[Judge]], Judge]
    ) -> Decided:
        """What the database can decide becomes one column in front of the rest."""
        sql = [each for each in decided if isinstance(each, Sql)]
        judges = [each for each in decided if not isinstance(each, Sql)]
        if not judges:
            return _join(word, sql, empty)
        if sql:
            judges.insert(0, self._column(_join(word, sql, empty)))
        return judge_of(judges)

    def _column(self, sql: Sql) -> Judge:
        if len(self.columns) >= MAX_COLUMNS:
            raise LimitReached("The search is too complex")
        index = len(self.columns)
        self.columns.append(sql)
        return lambda candidate: bool(candidate.columns[index])

    def _keyword(self, keyword: str) -> Sql:
        row = self._tx.one(SQL.spelling_of, (self._account, self._folder, keyword.lower()))
        if row is None:
            return FALSE
        return Sql("instr(' ' || coalesce(m.keywords, '') || ' ', ?) > 0", (f" {row[0]} ",))

    def _header(self, name: str, text: str) -> Decided:
        if text and name.lower() == "subject" and self._usual:
            return _simple(Subject(text))
        if not name.isascii():
            return FALSE
        wanted, needle, sieve = name.lower().encode("ascii"), Needle(text, self._comparator), self._sieve(text)
        kept = is_kept(wanted)
        self.reads_fields = self.reads_fields or kept

        def judge(candidate: Candidate) -> bool | None:
            if sieve is not None and not sieve.may_have(candidate.content_id):
                return False
            if kept and candidate.fields:
                return header_has(candidate.fields, wanted, needle)
            if candidate.content is None:
                return None
            return header_has(candidate.content.header, wanted, needle)

        return judge


def _field_of(criterion: Header | Subject | Body | Text) -> bytes:
    """In lower case; empty for one that looks into more than a field."""
    if isinstance(criterion, Subject):
        return b"subject"
    return criterion.name.lower().encode("utf-8") if isinstance(criterion, Header) else b""


def _simple(criterion: Criteria) -> Sql:
    """One that looks at a row alone."""
    match criterion:
        case HasFlag(flags):
            return Sql("m.flags & ? = ?", (int(flags), int(flags)))
        case ModSeqFrom(modseq):
            return Sql("m.modseq >= ?", (modseq,))
        case HasContent(content_hash):
            return Sql("m.content_id IN (SELECT content_id FROM content WHERE hash = ?)", (content_hash,))
        case Size(larger, size):
            return Sql("m.size > ?" if larger else "m.size < ?", (size,))
        case InternalDate(when, day):
            return _date("m.internal_date", when, day, DAY)
        case Received(before, moment):
            return Sql("m.internal_date <= ?" if before else "m.internal_date >= ?", (moment,))
        case SavedDate(when, day):
            return _date("m.saved", when, day, DAY)
        case SentDate(when, day):
            sent = _date("c.sent_day", when, day, 1)
            return Sql(f"(c.sent_day IS NOT NULL AND {sent.text})", sent.params)
        case Subject(text):
            return Sql("instr(s.folded, ?) > 0", (fold(text),)) if text else TRUE
    raise TypeError(f"no criterion: {criterion!r}")


def _date(column: str, when: When, day: date, unit: int) -> Sql:
    start = (day - date(1970, 1, 1)).days * unit
    if when is When.BEFORE:
        return Sql(f"{column} < ?", (start,))
    if when is When.SINCE:
        return Sql(f"{column} >= ?", (start,))
    return Sql(f"({column} >= ? AND {column} < ?)", (start, start + unit))


def _uids(uids: Ranges) -> Decided:
    if len(uids) <= MAX_RANGES:
        return _join("OR", [Sql("m.uid BETWEEN ? AND ?", pair) for pair in uids], FALSE)
    return lambda candidate: contains(uids, candidate.uid)


def _join(word: str, parts: Sequence[Sql], empty: Sql) -> Sql:
    """As a balanced tree: engines bound the depth of an expression."""
    if len(parts) < 2:
        return parts[0] if parts else empty
    half = len(parts) // 2
    left, right = _join(word, parts[:half], empty), _join(word, parts[half:], empty)
    return Sql(f"({left.text} {word} {right.text})", left.params + right.params)


def _all_of(judges: list[Judge]) -> Judge:
    def judge(candidate: Candidate) -> bool | None:
        verdict: bool | None = True
        for each in judges:
            one = each(candidate)
            if one is False:
                return False
            if one is None:
                verdict = None
        return verdict

    return judge


def _any_of(judges: list[Judge]) -> Judge:
    def judge(candidate: Candidate) -> bool | None:
        verdict: bool | None = False
        for each in judges:
            one = each(candidate)
            if one:
                return True
            if one is None:
                verdict = None
        return verdict

    return judge


def _none_of(inner: Judge) -> Judge:
    def judge(candidate: Candidate) -> bool | None:
        one = inner(candidate)
        return None if one is None else not one

    return judge
