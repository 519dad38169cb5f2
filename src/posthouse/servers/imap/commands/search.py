"""SEARCH and UID SEARCH – RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 5267
(contexts), RFC 6203 (FUZZY)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from posthouse.model.refusals import BadSyntax
from posthouse.protocols.imap.commands.search import Search
from posthouse.protocols.imap.responses import format_search
from posthouse.protocols.imap.returns import ALL, Returns, SearchReturn
from posthouse.protocols.imap.search import Key
from posthouse.store.criteria import And, Criteria, UidIn
from posthouse.store.search import Progress
from posthouse.store.search import search as search_store

from ..filters import names_filters, resolve_filters
from ..limits import bounded, looked_at, require_few
from ..progress import UnderWay
from ..replies import COMPLETED, Done, UidRequired
from ..results import Found, answer, require_new_tag
from ..searching import criteria_of, names_messages, names_numbers
from ..selected import Selected

if TYPE_CHECKING:
    from ..session import Session


async def search(session: Session, command: Search, by_uid: bool) -> Done:
    """IMAP4rev2 has no SEARCH response any more: there, no RETURN is `RETURN (ALL)`."""
    if command.charset and "UTF8=ACCEPT" in session.enabled:
        raise BadSyntax("no CHARSET behind ENABLE UTF8=ACCEPT")  # RFC 6855 §3
    selected, key = await to_search(session, command.key, by_uid)
    returns = command.returns if command.returns is not None or not session.rev2 else ALL
    require_new_tag(session, selected, returns)
    found = await find(session, selected, key, returns, Extent.NEWEST)
    numbers = found.uids if by_uid else selected.view.numbers_of(found.uids)
    if session.cut and returns is None:  # the examples of RFC 9738 §3.1 go down from the newest
        numbers = numbers[::-1]
    await answer(session, selected, found, numbers, by_uid, returns, format_search)
    return COMPLETED


async def to_search(session: Session, key: Key, by_uid: bool) -> tuple[Selected, Key]:
    """The selected folder, with what is needed of its view, and the key without filters."""
    key = await without_filters(session, key)
    limit = session.server.capabilities.message_limit
    bare = by_uid and not names_messages(key) and not 0 < limit < session.folder.view.exists
    return session.folder if bare else await session.loaded(), key


async def without_filters(session: Session, key: Key) -> Key:
    """And `UidRequired` for numbers behind ENABLE UIDONLY, those in filters as well."""
    if names_filters(key):
        key = await session.store.read(resolve_filters, session.account, session.server.capabilities.off, key)
    if session.uid_only and names_numbers(key):
        raise UidRequired
    return key


class Extent(Enum):
    """What becomes of a search in more messages than one command may work on (RFC 9738 §3.1, §3.3)."""

    NEWEST = "is done in the newest"
    WHOLE = "is refused"
    ANY = "is done"


async def find(session: Session, selected: Selected, key: Key, returns: Returns | None, extent: Extent) -> Found:
    """Messages that the client does not know of yet are not found. A search that fails leaves `$` empty (RFC 5182
    §2.1), though its own keys may still name the old one."""
    store, high = session.store, selected.view.next_uid - 1
    account, folder, comparator = selected.account, selected.folder, session.comparator
    scores: dict[int, int] = {}
    try:
        criteria = criteria_of(key, selected, store.now())
        if 0 < session.server.capabilities.message_limit < selected.view.exists and extent is not Extent.ANY:
            criteria = _within_limit(session, selected, key, criteria, extent)
        progress, view = Progress(), selected.view
        how_far = None if extent is Extent.ANY else lambda: (view.passed(progress.uid), view.exists)
        with UnderWay(session, how_far):  # of one mailbox among several nobody knows what part it is
            uids = await store.scan(
                search_store,
                store.blobs,
                account,
                folder,
                criteria,
                high=high,
                scores=scores,
                progress=progress,
                comparator=comparator,
            )
    except BaseException:
        if returns is not None and SearchReturn.SAVE in returns.options:
            selected.saved = ()
        raise
    return Found(key, criteria, uids, scores)


def _within_limit(session: Session, selected: Selected, key: Key, criteria: Criteria, extent: Extent) -> Criteria:
    spans = looked_at(selected, key)
    if extent is Extent.WHOLE:
        require_few(session, spans, session.server.capabilities.message_limit)
    spans, session.cut = bounded(session, spans)
    return And((UidIn(selected.view.uid_ranges(spans)), criteria)) if session.cut else criteria
