"""EXPUNGE and UID EXPUNGE – RFC 9051 §6.4.3, §6.4.9, RFC 4315 §2.1. The tombstones tell what to announce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.flags import Flag
from posthouse.model.ranges import Ranges, from_numbers
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.expunge import Expunge
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.criteria import And, HasFlag, UidIn
from posthouse.store.search import search

from ..limits import bounded
from ..owned import remove_permitted
from ..progress import UnderWay
from ..replies import Done
from ..view import span_count

if TYPE_CHECKING:
    from ..session import Session


async def expunge(session: Session, command: Expunge) -> Done:
    """RFC 9738 §3.1 bounds UID EXPUNGE alone."""
    selected = session.folder
    selected.require_some(Right.EXPUNGE)
    ranges, cut = (None, 0) if command.uids is None else await _named(session, command.uids)
    with UnderWay(session):
        await session.store.write(remove_permitted, selected, ranges)
    session.cut = cut
    return Done(tells_modseq=True)


async def _named(session: Session, uids: SequenceSet) -> tuple[Ranges, int]:
    selected = await session.loaded(uids, by_uid=True)
    view, store = selected.view, session.store
    spans = selected.spans(uids, by_uid=True)
    limit = session.server.capabilities.message_limit
    if limit and span_count(spans) > limit:  # those that are marked count
        marked = And((UidIn(view.uid_ranges(spans)), HasFlag(Flag.DELETED)))
        found = await store.scan(search, store.blobs, selected.account, selected.folder, marked)
        spans = view.spans_of_uids(from_numbers(found))
    spans, cut = bounded(session, spans)
    return view.uid_ranges(spans), cut
