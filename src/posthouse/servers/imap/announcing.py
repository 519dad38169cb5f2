"""Telling a client what is new: at the end of a command, during IDLE and, when it has said NOTIFY, between commands.

What comes first and what then: RFC 5267 §4.3 (what leaves a search is told before EXPUNGE, what is found after EXISTS)
and RFC 5465, which has two orders for what is fetched of a new message: behind ADDTO if NOTIFY asks for it (§5.2),
before if the search does (§7).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from posthouse.message.decode import UnknownEncoding
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import FolderNotFound
from posthouse.protocols.imap.fetch import Attribute, FetchItem
from posthouse.store.folders import load_folder
from posthouse.store.reading import changes

from .contexts import Changed, format_added
from .fetching.plan import make_plan
from .fetching.stream import Sender
from .metadata_news import look
from .selected import Selected
from .updates import Seen, format_updates, look_into

if TYPE_CHECKING:
    from .session import Session

LARGE = 20_000
"""More UIDs than this are read in a thread."""
MOST_FETCHED = 10_000
"""New messages at once up to which they are fetched without the client's asking."""


async def tell_news(session: Session, *, expunge: bool, removed: bool = False) -> bool:
    """All of it. Whether there was any. `removed`: messages went away by the client's own command."""
    told = session.selected is not None and await announce(session, expunge=expunge, removed=removed)
    told = await announce_metadata(session) or told
    return await tell_of_others(session) or told


async def tell_unasked(session: Session, *, expunge: bool, hinted: bool) -> bool:
    """Between commands and during IDLE. `hinted`: there is news; otherwise hints may have been lost."""
    notifications = session.notifications
    if notifications is None:
        return await tell_news(session, expunge=expunge)
    if not hinted:
        notifications.expect_anything()
    told = False
    if notifications.about_selected:
        notifications.about_selected = False
        told = session.selected is not None and await announce(session, expunge=expunge)
    return await tell_of_others(session) or told


async def tell_of_others(session: Session) -> bool:
    """After NOTIFY: what is not about messages of the selected mailbox."""
    if session.notifications is None:
        return False
    session.notifications.listen()
    return await session.notifications.tell()


async def announce(session: Session, *, expunge: bool, removed: bool = False) -> bool:
    """Take in what has happened in the selected folder, and tell what may be told now. Whether there was anything."""
    selected = session.folder
    if session.notifications is not None:
        session.notifications.listen()
    if selected.account != session.account and not await session.look_at_rights(selected):
        return True
    interest = session.interest
    try:
        if not (interest.messages or removed or selected.placed or selected.view.grown):
            await session.store.read(load_folder, selected.account, selected.folder)
            selected.view.withhold_flagged()
            return False
        seen = await _take_in(session, selected)
    except FolderNotFound:
        session.lose_folder("The selected mailbox was deleted")
        return True
    if seen is None:
        return False
    return await _tell(session, selected, seen, expunge=expunge if interest.messages else removed)


async def _take_in(session: Session, selected: Selected) -> Seen | None:
    """None: there is nothing to tell."""
    view, contexts = selected.view, selected.contexts
    if view.withheld is not None and session.interest.flags:
        await session.loaded()
        since = await session.store.scan(changes, selected.account, selected.folder, view.withheld)
        view.restore_flagged(since.changed)
    door = session.store.scan if contexts or view.start > LARGE else session.store.read
    annotations = session.interest.annotations and (session.notifications is not None or selected.annotations.asked)
    seen = await door(look_into, session.store.blobs, selected, session.comparator, annotations=annotations)
    modseq = seen.news.changes.highest_modseq
    if modseq == view.modseq and not view.pending and not seen.found and not seen.annotated:
        return None
    view.absorb(seen.news)
    selected.annotations.since = modseq
    return seen


async def _tell(session: Session, selected: Selected, seen: Seen, *, expunge: bool) -> bool:
    view, found = selected.view, seen.found
    if not session.interest.flags:
        view.withhold_flagged()
    grown = view.grown
    updates = selected.contexts.take(found, view.modseq, view)
    updates += format_updates(selected, session.enabled, seen.annotated, expunge=expunge)
    new = view.take_new() if grown else []
    fetches = _to_fetch(session, selected, found, new)
    added = format_added(found, view)
    if any(changed.context.fetch for changed in found):
        session.connection.write(b"".join(updates))
        await _fetch(session, selected, fetches)
        session.connection.write(b"".join(added))
    else:
        session.connection.write(b"".join([*updates, *added]))
        await _fetch(session, selected, fetches)
    if not updates and not added:
        return False
    await session.connection.breathe()
    return True


def _to_fetch(
    session: Session, selected: Selected, found: Iterable[Changed], new: list[int]
) -> dict[tuple[FetchItem, ...], list[int]]:
    """What of which new messages the client asked for in advance: by NOTIFY, and for searches that find them. Not of
    those which it has put there itself (§5.2)."""
    asked = [changed for changed in found if changed.context.fetch and changed.added]
    fetch = session.interest.fetch
    fetches: dict[tuple[FetchItem, ...], list[int]] = {}
    if fetch or asked:
        for uid in new:
            more = [item for changed in asked if uid in changed.added for item in changed.context.fetch]
            items = tuple(dict.fromkeys((*fetch, *more)))
            if items and uid not in selected.placed:
                fetches.setdefault(items, []).append(uid)
    selected.placed.clear()
    return fetches


async def _fetch(session: Session, selected: Selected, fetches: dict[tuple[FetchItem, ...], list[int]]) -> None:
    if sum(map(len, fetches.values())) > MOST_FETCHED and session.notifications is not None:
        session.notifications.overflow()
        return
    for items, uids in fetches.items():
        first = () if session.uid_only else (Attribute.UID,)  # UIDFETCH begins with it (RFC 9586 §3.3)
        modseq = (Attribute.MODSEQ,) if session.condstore else ()
        plan = make_plan(tuple(dict.fromkeys((*first, *items, *modseq))), by_uid=session.uid_only)
        sender = Sender(session.store, session.connection, selected, plan, condstore=session.condstore)
        if plan.by_columns:
            await sender.send(selected.view.spans_of_uids(from_numbers(uids)))
            continue
        for uid in uids:
            try:
                await sender.send(selected.view.spans_of_uids(((uid, uid),)))
            except UnknownEncoding:  # nobody asked for it now, so nobody is refused it
                continue


async def announce_metadata(session: Session) -> bool:
    """Annotations that others have changed, once ENABLE METADATA was said, and until NOTIFY says of which to tell.
    Whether there were any."""
    since = session.metadata.state
    if since is None or session.notifications is not None:
        return False
    responses = session.metadata.take(*await session.store.read(look, session.account, since), session.utf8)
    session.connection.write(b"".join(responses))
    return bool(responses)
