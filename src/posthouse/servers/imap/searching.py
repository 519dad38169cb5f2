"""IMAP's search keys → the store's criteria. Sequence numbers become UIDs by the view; `$` is the saved result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from posthouse.model.annotations import Scope
from posthouse.model.ids import ModSeq
from posthouse.protocols.imap import search as keys
from posthouse.protocols.imap.patterns import compile_pattern
from posthouse.store import criteria
from posthouse.store.annotations import NOBODY, SHARED
from posthouse.store.criteria import Criteria

from .object_ids import hash_of
from .selected import Selected

NOTHING = criteria.Or(())
EVERYTHING = criteria.All()

WHEN = {keys.Op.BEFORE: criteria.When.BEFORE, keys.Op.ON: criteria.When.ON, keys.Op.SINCE: criteria.When.SINCE}
DATE_OF: dict[keys.DateOf, Callable[[criteria.When, date], Criteria]] = {
    keys.DateOf.INTERNAL: criteria.InternalDate,
    keys.DateOf.SENT: criteria.SentDate,
    keys.DateOf.SAVED: criteria.SavedDate,
}


def criteria_of(key: keys.Key, selected: Selected, now: int) -> Criteria:
    """BadSyntax for a sequence number that there isn't."""
    match key:
        case keys.All():
            return EVERYTHING
        case keys.And(several):
            return criteria.And(tuple([criteria_of(one, selected, now) for one in several]))
        case keys.Or(several):
            return criteria.Or(tuple([criteria_of(one, selected, now) for one in several]))
        case keys.Not(one):
            return criteria.Not(criteria_of(one, selected, now))
        case keys.SequenceKey(messages, by_uid):
            return criteria.UidIn(selected.view.uid_ranges(selected.spans(messages, by_uid)))
        case keys.FlagKey(flag, present):
            return _present(criteria.HasFlag(flag), present)
        case keys.KeywordKey(keyword, present):
            return _present(criteria.HasKeyword(keyword), present)
        case keys.RecentKey(present):  # nothing is \Recent here (RFC 9051, Appendix E.12)
            return NOTHING if present else EVERYTHING
        case keys.HeaderKey(field, text):
            return criteria.Header(field, text)
        case keys.TextKey(where, text):
            return _text(where, text)
        case keys.SizeKey(larger, size):
            return criteria.Size(larger, size)
        case keys.FuzzyKey(one):
            return _fuzzily(criteria_of(one, selected, now))
        case keys.FilterKey(name):
            raise TypeError(f"the filter {name} was not resolved")
        case keys.ModSeqKey(modseq):
            return criteria.ModSeqFrom(ModSeq(modseq))
        case keys.WithinKey(younger, seconds):
            return criteria.Received(not younger, now - seconds)
        case keys.EmailIdKey(email):
            content_hash = hash_of(email)
            return NOTHING if content_hash is None else criteria.HasContent(content_hash)
        case keys.DateKey(of, op, day):
            return DATE_OF[of](WHEN[op], day)
        case keys.AnnotationKey():
            return _annotated(key, selected)


def _annotated(key: keys.AnnotationKey, selected: Selected) -> Criteria:
    shared = SHARED if Scope.SHARED in key.scopes else NOBODY
    reader = selected.reader if Scope.PRIVATE in key.scopes else NOBODY
    matches, text = compile_pattern(key.entry), key.text
    return _present(criteria.Annotated(matches, (shared, reader), text or ""), text is not None)


def names_messages(key: keys.Key) -> bool:
    """Whether there is a number or a UID in it, for which the view must be there."""
    return keys.any_key(key, lambda one: isinstance(one, keys.SequenceKey))


def names_numbers(key: keys.Key) -> bool:
    """Whether messages are named by number; `$` alone names none (RFC 9586 §3.5)."""
    return keys.any_key(key, _has_numbers)


def _has_numbers(key: keys.Key) -> bool:
    return isinstance(key, keys.SequenceKey) and not key.uid and key.messages.ranges != ()


def names_modseq(key: keys.Key) -> bool:
    """Then the answer has the highest modseq of what was found (RFC 7162 §3.1.5)."""
    return keys.any_key(key, lambda one: isinstance(one, keys.ModSeqKey))


def _fuzzily(criterion: Criteria) -> Criteria:
    """Texts nearly, everything else exactly (RFC 6203 §5)."""
    match criterion:
        case criteria.And(several):
            return criteria.And(tuple(map(_fuzzily, several)))
        case criteria.Or(several):
            return criteria.Or(tuple(map(_fuzzily, several)))
        case criteria.Not(one):
            return criteria.Not(_fuzzily(one))
        case criteria.Header() | criteria.Subject() | criteria.Body() | criteria.Text():
            return criteria.Fuzzy(criterion)
        case _:
            return criterion


def _present(criterion: Criteria, present: bool) -> Criteria:
    return criterion if present else criteria.Not(criterion)


def _text(where: keys.Where, text: str) -> Criteria:
    if where is keys.Where.BODY:
        return criteria.Body(text)
    if where is keys.Where.TEXT:
        return criteria.Text(text)
    if where is keys.Where.SUBJECT:
        return criteria.Subject(text)
    return criteria.Header(where.value.decode(), text)
