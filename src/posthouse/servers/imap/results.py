"""What a searching command answers, and what it leaves behind – RFC 4731, RFC 5182, RFC 5267."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
UNKEPT = frozenset({SortKey.RELEVANCY, SortKey.ANNOTATION})
ENDS = frozenset({SearchReturn.MIN, SearchReturn.MAX})


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: of which key, the UIDs in the order asked for, and their scores where RELEVANCY is."""

    key: Key
    criteria: Criteria
    uids: array[int]
    scores: Mapping[int, int]
    order: tuple[SortCriterion, ...] = ()


async def answer(
    session: Session,
    selected: Selected,
    found: Found,
    numbers: array[int],
    by_uid: bool,
    returns: Returns | None,
    format_plain: Callable[[Sequence[int], int], bytes],
) -> None:
    """All of what follows a search: the answer, `$`, and a context. `numbers`: the results as the client named them;
    `format_plain`: the response of a command without RETURN."""
    modseq = await highest_modseq(session, selected, found, returns)
    if returns is None:
        session.connection.write(format_plain(numbers, modseq))
        return
    save(selected, found.uids, returns)
    if returns.options != SAVE:
        session.connection.write(format_results(session.tag, by_uid, found, numbers, returns, modseq))
    keep_up(session, selected, by_uid, returns, found)


def format_results(
    tag: bytes,
    by_uid: bool,
    found: Found,
    numbers: array[int],
    returns: Returns,
    modseq: int,
    mailbox: tuple[bytes, int] | None = None,
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
        relevancy=_relevancy(found, returns),
        more=[*_partial(numbers, returns), *([b"MODSEQ %d" % modseq] if modseq else [])],
        mailbox=mailbox,
    )


def _partial(numbers: array[int], returns: Returns) -> Iterator[bytes]:
    partial = returns.partial
    if partial is not None:
        some = format_ranges(from_numbers(partial.of(numbers))) or b"NIL"
        yield b"PARTIAL (%b %b)" % (partial.format(), some)


def _relevancy(found: Found, returns: Returns) -> list[int] | None:
    """The scores of what is told (RFC 6203 §4); None: they are not asked for."""
    if SearchReturn.RELEVANCY not in returns.options:
        return None
    told = found.uids if returns.partial is None else returns.partial.of(found.uids)
    return [found.scores.get(uid, 100) for uid in told]


def save(selected: Selected, uids: array[int], returns: Returns) -> None:
    """The result becomes `$`."""
    if SearchReturn.SAVE in returns.options:
        selected.saved = _to_save(uids, returns)


def _to_save(uids: array[int], returns: Returns) -> Ranges:
    """With MIN or MAX, and neither ALL nor COUNT, only those are saved (RFC 5182 §2.4); with PARTIAL, what that tells
    as well (RFC 9394 §3.2)."""
    options, partial = returns.options, returns.partial
    if (partial is None and not options & ENDS) or options & {SearchReturn.ALL, SearchReturn.COUNT}:
        return from_numbers(sorted(uids))
    ends = set(partial.of(uids)) if partial is not None else set[int]()
    if uids and SearchReturn.MIN in options:
        ends.add(uids[0])
    if uids and SearchReturn.MAX in options:
        ends.add(uids[-1])
    return from_numbers(sorted(ends))


async def highest_modseq(session: Session, selected: Selected, found: Found, returns: Returns | None) -> int:
    """Of what is told, where the search names a modseq (RFC 7162 §3.1.5, RFC 4731 §3.2); 0: not to be told."""
    if not names_modseq(found.key):
        return 0
    session.use_condstore()
    told = from_numbers(sorted(found.uids)) if returns is None else _to_save(found.uids, returns)
    return await session.store.scan(highest_of, selected.account, selected.folder, told)


def require_new_tag(session: Session, selected: Selected, returns: Returns | None) -> None:
    """A tag that names a context must not be used again (RFC 5267 §4.3)."""
    if returns is not None and SearchReturn.UPDATE in returns.options and session.tag in selected.contexts.by_tag:
        raise BadSyntax("a tag that is not in use with UPDATE")


def keep_up(session: Session, selected: Selected, by_uid: bool, returns: Returns, found: Found) -> None:
    """With UPDATE: tell from now on what becomes of the results, or that we won't (RFC 5267 §4.3.1): scores are not
    kept, and annotations that an order is by may change."""
    if SearchReturn.UPDATE not in returns.options:
        return
    context = Context(session.tag, by_uid, found.criteria, found.order, found.uids, returns.update)
    if any(criterion.key in UNKEPT for criterion in found.order):
        refusal = "By RELEVANCY or ANNOTATION results are not kept up to date"
    elif session.cut:
        refusal = "Results of a part of the mailbox are not kept up to date"
    elif selected.contexts.add(context, selected.view.modseq):
        return
    else:
        refusal = "Too many contexts"
    session.connection.untagged(b"NO", refusal, codes.noupdate(session.tag))
