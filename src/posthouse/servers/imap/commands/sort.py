"""SORT and UID SORT – RFC 5256, RFC 5957 (SORT=DISPLAY), RFC 5267 (ESORT, contexts), RFC 6203 §6."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.sort import Sort
from posthouse.protocols.imap.responses import format_sort
from posthouse.store.ordering import sort as sort_store

from ..replies import COMPLETED, Done
from ..results import SAVE, format_results, highest_modseq, keep_up, relevancy_of, require_new_tag, save
from .search import find, to_search

if TYPE_CHECKING:
    from ..session import Session


async def sort(session: Session, command: Sort, by_uid: bool) -> Done:
    selected, key = await to_search(session, command.key, by_uid)
    returns, order = command.returns, command.criteria
    require_new_tag(session, selected, returns)
    scores: dict[int, int] = {}
    criteria, found = await find(session, selected, key, returns, scores)
    uids = await session.store.scan(sort_store, selected.account, selected.folder, found, order, scores)
    numbers = uids if by_uid else array("I", filter(None, selected.view.numbers_in_order(uids)))
    modseq = await highest_modseq(session, selected, key, uids, returns)
    if returns is None:
        session.connection.write(format_sort(numbers, modseq))
        return COMPLETED
    save(selected, uids, returns)
    if returns.options != SAVE:
        relevancy = relevancy_of(uids, scores, returns)
        session.connection.write(format_results(session.tag, by_uid, numbers, returns, relevancy, modseq=modseq))
    keep_up(session, selected, by_uid, returns, criteria, uids, order)
    return COMPLETED
