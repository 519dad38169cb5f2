"""FETCH and UID FETCH – RFC 9051 §6.4.5, §6.4.9, RFC 7162 §3.1.4 (CHANGEDSINCE), §3.2.6 (VANISHED),
RFC 9394 §3.3 (PARTIAL)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from posthouse.message.decode import UnknownEncoding
from posthouse.model.ids import ModSeq
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import BadSyntax, MessageGone
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.fetch import Fetch
from posthouse.protocols.imap.fetch import Attribute
from posthouse.protocols.imap.responses import format_vanished
from posthouse.protocols.imap.returns import PartialRange
from posthouse.store.reading import changed_uids, vanished_uids

from ..fetching.plan import make_plan, with_item
from ..fetching.stream import Sender
from ..limits import TooManyMessages, bounded
from ..progress import UnderWay, tell_if_due
from ..replies import COMPLETED, Done
from ..selected import Selected
from ..view import Spans, span_count

if TYPE_CHECKING:
    from ..session import Session


async def fetch(session: Session, command: Fetch, by_uid: bool) -> Done:
    selected = await session.loaded(command.messages, by_uid)
    tells_uid = by_uid and not session.uid_only  # UIDFETCH has it in front
    items = with_item(command.items, Attribute.UID, first=True) if tells_uid else command.items
    spans = selected.spans(command.messages, by_uid)
    if command.partial is not None:
        if not by_uid:
            raise BadSyntax("PARTIAL with UID FETCH alone")
        limit = session.server.capabilities.message_limit
        if limit and abs(command.partial.last - command.partial.first) >= limit:
            raise TooManyMessages(limit)
        spans = part_of(spans, command.partial)
    if command.changed_since is not None:
        items = with_item(items, Attribute.MODSEQ)
        spans = await _changed(session, selected, command, spans, by_uid)
    if Attribute.MODSEQ in items:
        session.use_condstore()
    spans, session.cut = bounded(session, spans)
    sender = Sender(
        session.store,
        session.connection,
        selected,
        make_plan(items, by_uid=session.uid_only),
        condstore=session.condstore,
        newest_first=bool(session.cut),
        on_piece=partial(tell_if_due, session),
    )
    try:
        await sender.send(spans)
    except UnknownEncoding:
        return Done("The encoding of a part is not known", codes.UNKNOWN_CTE, b"NO")
    if sender.missing and not by_uid:
        raise MessageGone
    return COMPLETED


def part_of(spans: Spans, partial: PartialRange) -> Spans:
    """The messages at those places among all in the spans."""
    first, stop, _ = partial.slice.indices(span_count(spans))
    part, passed = [], 0
    for low, high in spans:
        span = (max(low, low + first - passed), min(high, low + stop - passed))
        if span[0] < span[1]:
            part.append(span)
        passed += high - low
    return part


async def _changed(session: Session, selected: Selected, command: Fetch, spans: Spans, by_uid: bool) -> Spans:
    """Those of the messages that have changed since; what has vanished since is told first."""
    since, view = ModSeq(command.changed_since or 0), selected.view
    if command.vanished:
        if not session.qresync or not by_uid:
            raise BadSyntax("VANISHED with UID FETCH alone, behind ENABLE QRESYNC")
        named = command.messages.resolve(max(view.last_uid, view.next_uid - 1))
        with UnderWay(session):
            gone = await session.store.scan(vanished_uids, selected.account, selected.folder, since, named)
        if gone:
            session.connection.write(format_vanished(gone, earlier=True))
    ranges = view.uid_ranges(spans)
    if not ranges:
        return []
    with UnderWay(session):
        uids = await session.store.scan(changed_uids, selected.account, selected.folder, ranges, since)
    return view.spans_of_uids(from_numbers(uids))
