"""What a searching command answers, and what it leaves behind – RFC 4731, RFC 5182, RFC 5267."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from posthouse.model.ordering import SortCriterion, SortKey
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.responses import format_esearch
from posthouse.protocols.imap.returns import Returns, SearchReturn
from posthouse.protocols.imap.search import Key
from posthouse.protocols.imap.sequence import format_ranges
from posthouse.store.criteria import Criteria
from posthouse.store.reading import highest_of

from .contexts import Context
from .searching import names_modseq
from .selected import Selected

if TYPE_CHECKING:
    from .session import Session

SAVE = frozenset({SearchReturn.SAVE})
ENDS = frozenset({SearchReturn.MIN, SearchReturn.MAX})


def format_results(
    tag: bytes,
    by_uid: bool,
    numbers: array[int],
    returns: Returns,
    relevancy: Sequence[int] | None = None,
    mailbox: tuple[bytes, int] | None = None,
    modseq: int = 0,
) -> bytes:
    """`numbers` in the order that was asked for: of a sort, MIN is the first (RFC 5267 §3.1)."""
    options = returns.options
    return format_esearch(
        tag,
        by_uid,
        least=numbers[0] if numbers and SearchReturn.MIN in options else None,
        most=numbers[-1] if numbers and SearchReturn.MAX in options else None,
        everything=from_numbers(numbers) if SearchReturn.ALL in options else None,
        count=len(numbers) if SearchReturn.COUNT in options else None,
        relevancy=relevancy,
        more=[*_partial(numbers, returns), *([b"MODSEQ %d" % modseq] if modseq else [])],
        mailbox=mailbox,
    )


def _partial(numbers: array[int], returns: Returns) -> Iterator[bytes]:
    partial = returns.partial
    if partial is not None:
        some = format_ranges(from_numbers(partial.of(numbers))) or b"NIL"
        yield b"PARTIAL (%b %b)" % (partial.format(), some)


def relevancy_of(uids: Sequence[int], scores: Mapping[int, int], returns: Returns) -> list[int] | None:
    """The scores of what is told (RFC 6203 §4); None: they are not asked for."""
    if SearchReturn.RELEVANCY not in returns.options:
        return None
    told = uids if returns.partial is None else returns.partial.of(uids)
    return [scores.get(uid, 100) for uid in told]


def save(selected: Selected, uids: array[int], returns: Returns) -> None:
    """The result becomes `$`."""
    if SearchReturn.SAVE in returns.options:
        selected.saved = _to_save(uids, returns)


def _to_save(uids: array[int], returns: Returns) -> Ranges:
    """With MIN or MAX, and neither ALL nor COUNT, only those are saved (RFC 5182 §2.4); with PARTIAL, what that tells
    (RFC 9394 §3.3)."""
    options = returns.options
    if returns.partial is not None:
        return from_numbers(sorted(returns.partial.of(uids)))
    if not options & ENDS or options & {SearchReturn.ALL, SearchReturn.COUNT}:
        return from_numbers(sorted(uids))
    ends = {uids[0]} if uids and SearchReturn.MIN in options else set[int]()
    if uids and SearchReturn.MAX in options:
        ends.add(uids[-1])
    return from_numbers(sorted(ends))


async def highest_modseq(
    session: Session, selected: Selected, key: Key, uids: array[int], returns: Returns | None
) -> int:
    """Of what is told, where the search names a modseq (RFC 7162 §3.1.5, RFC 4731 §3.2); 0: not to be told."""
    if not names_modseq(key):
        return 0
    session.use_condstore()
    told = from_numbers(sorted(uids)) if returns is None else _to_save(uids, returns)
    return await session.store.scan(highest_of, selected.account, selected.folder, told)


def require_new_tag(session: Session, selected: Selected, returns: Returns | None) -> None:
    """A tag that names a context must not be used again (RFC 5267 §4.3)."""
    if returns is not None and SearchReturn.UPDATE in returns.options and session.tag in selected.contexts.by_tag:
        raise BadSyntax("a tag that is not in use with UPDATE")


def keep_up(
    session: Session,
    selected: Selected,
    by_uid: bool,
    returns: Returns,
    criteria: Criteria,
    uids: array[int],
    order: tuple[SortCriterion, ...] = (),
) -> None:
    """With UPDATE: tell from now on what becomes of the results, or that we won't (RFC 5267 §4.3.1): scores are not
    kept."""
    if SearchReturn.UPDATE not in returns.options:
        return
    context = Context(session.tag, by_uid, criteria, order, uids)
    if any(criterion.key is SortKey.RELEVANCY for criterion in order):
        refusal = "By RELEVANCY results are not kept up to date"
    elif selected.contexts.add(context, selected.view.modseq):
        return
    else:
        refusal = "Too many contexts"
    session.connection.untagged(b"NO", refusal, codes.noupdate(session.tag))
