"""SORT and UID SORT – RFC 5256, RFC 5957 (SORT=DISPLAY), RFC 5267 (ESORT, contexts), RFC 6203 §6, RFC 5257 §4.9."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.sort import Sort
from posthouse.protocols.imap.responses import format_sort
from posthouse.store.ordering import sort as sort_store

from ..progress import UnderWay
from ..replies import COMPLETED, Done
from ..results import answer, require_new_tag
from .search import Extent, find, to_search

if TYPE_CHECKING:
    from ..session import Session


async def sort(session: Session, command: Sort, by_uid: bool) -> Done:
    selected, key = await to_search(session, command.key, by_uid)
    returns, order = command.returns, command.criteria
    require_new_tag(session, selected, returns)
    found = await find(session, selected, key, returns, Extent.WHOLE)
    where = selected.account, selected.folder
    with UnderWay(session):
        uids = await session.store.scan(
            sort_store,
            *where,
            found.uids,
            order,
            found.scores,
            reader=selected.reader,
            comparator=session.comparator,
            blobs=session.store.blobs,
        )
    numbers = uids if by_uid else array("I", filter(None, selected.view.numbers_in_order(uids)))
    await answer(session, selected, replace(found, uids=uids, order=order), numbers, by_uid, returns, format_sort)
    return COMPLETED
