"""SEARCH and UID SEARCH – RFC 9051 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 6203 (FUZZY),
RFC 3501 §6.4.4."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.commands.search import Search, SearchReturn
from posthouse.protocols.imap.responses import format_esearch, format_search
from posthouse.store.search import search as search_store

from ..replies import COMPLETED, Done
from ..searching import criteria_of, names_messages
from ..selected import Selected

if TYPE_CHECKING:
    from ..session import Session

ALL = frozenset({SearchReturn.ALL})
SAVE = frozenset({SearchReturn.SAVE})
ENDS = frozenset({SearchReturn.MIN, SearchReturn.MAX})


async def search(session: Session, command: Search, by_uid: bool) -> Done:
    """IMAP4rev2 has no SEARCH response any more: there, no RETURN is `RETURN (ALL)`."""
    if command.charset and "UTF8=ACCEPT" in session.enabled:
        raise BadSyntax("no CHARSET behind ENABLE UTF8=ACCEPT")  # RFC 6855 §3
    selected = session.folder if by_uid and not names_messages(command.key) else await session.loaded()
    returns = command.returns if command.returns is not None or not session.rev2 else ALL
    if returns is None:
        uids = await _find(session, selected, command)
        session.connection.write(format_search(uids if by_uid else selected.view.numbers_of(uids)))
        return COMPLETED
    scores: dict[int, int] | None = {} if SearchReturn.RELEVANCY in returns else None
    uids = await _find_and_save(session, selected, command, returns, scores)
    if returns != SAVE:
        numbers = uids if by_uid else selected.view.numbers_of(uids)
        relevancy = None if scores is None else [scores.get(uid, 100) for uid in uids]
        session.connection.write(_esearch(session.tag, by_uid, numbers, returns, relevancy))
    return COMPLETED


async def _find(
    session: Session, selected: Selected, command: Search, scores: dict[int, int] | None = None
) -> array[int]:
    """Messages that the client does not know of yet are not found."""
    store, high = session.store, selected.view.next_uid - 1
    criteria = criteria_of(command.key, selected, store.now())
    account, folder, comparator = selected.account, selected.folder, session.comparator
    return await store.scan(
        search_store, store.blobs, account, folder, criteria, high=high, scores=scores, comparator=comparator
    )


async def _find_and_save(
    session: Session,
    selected: Selected,
    command: Search,
    returns: frozenset[SearchReturn],
    scores: dict[int, int] | None,
) -> array[int]:
    """A search that fails leaves `$` empty (RFC 5182 §2.1), though its own keys may still name the old one."""
    if SearchReturn.SAVE not in returns:
        return await _find(session, selected, command, scores)
    try:
        uids = await _find(session, selected, command, scores)
    except BaseException:
        selected.saved = ()
        raise
    selected.saved = _to_save(uids, returns)
    return uids


def _to_save(uids: array[int], returns: frozenset[SearchReturn]) -> Ranges:
    """With MIN or MAX, and neither ALL nor COUNT, only those are saved (RFC 5182 §2.4)."""
    if not returns & ENDS or returns - ENDS - SAVE:
        return from_numbers(uids)
    ends = {uids[0]} if uids and SearchReturn.MIN in returns else set[int]()
    if uids and SearchReturn.MAX in returns:
        ends.add(uids[-1])
    return from_numbers(sorted(ends))


def _esearch(
    tag: bytes, by_uid: bool, numbers: array[int], returns: frozenset[SearchReturn], relevancy: list[int] | None
) -> bytes:
    return format_esearch(
        tag,
        by_uid,
        least=numbers[0] if numbers and SearchReturn.MIN in returns else None,
        most=numbers[-1] if numbers and SearchReturn.MAX in returns else None,
        everything=from_numbers(numbers) if SearchReturn.ALL in returns else None,
        count=len(numbers) if SearchReturn.COUNT in returns else None,
        relevancy=relevancy,
    )
