"""THREAD and UID THREAD – RFC 5256, draft-ietf-morg-inthread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.protocols.imap.commands.thread import Thread, format_threads
from posthouse.store.ordering import threads

from ..progress import UnderWay
from ..replies import COMPLETED, Done
from .search import Extent, find, to_search

if TYPE_CHECKING:
    from ..session import Session


async def thread(session: Session, command: Thread, by_uid: bool) -> Done:
    selected, key = await to_search(session, command.key, by_uid)
    found = await find(session, selected, key, None, Extent.WHOLE)
    with UnderWay(session):
        where = selected.account, selected.folder
        made = await session.store.scan(threads, *where, found.uids, command.algorithm, session.comparator)
    members = [member.number for member in made.members]
    numbers = members if by_uid else list(selected.view.numbers_in_order(members))
    session.connection.write(b"".join(format_threads(numbers, made.roots, made.children)))
    return COMPLETED
