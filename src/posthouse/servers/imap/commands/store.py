"""STORE and UID STORE – RFC 9051 §6.4.6, §6.4.9, RFC 7162 §3.1.3 (UNCHANGEDSINCE), RFC 5257 §4.5 (ANNOTATION)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.annotations import AnnotationChange
from posthouse.model.flags import FlagChange, Flags, How
from posthouse.model.ids import ModSeq
from posthouse.model.ranges import Ranges, from_numbers, subtract
from posthouse.model.refusals import MessageGone, NotPermitted
from posthouse.model.rights import NO_RIGHTS, permitted_changes
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.commands.store import Store
from posthouse.protocols.imap.fetch import Attribute
from posthouse.protocols.imap.responses import format_flags
from posthouse.store.accounts import lock_account
from posthouse.store.flags import annotate
from posthouse.store.folders import folder_keywords
from posthouse.store.reading import changed_uids

from ..annotations import NEVER, require_rights
from ..fetching.plan import Plan, make_plan
from ..fetching.stream import Sender
from ..limits import bounded
from ..owned import own_of
from ..progress import UnderWay
from ..replies import COMPLETED, Done
from ..selected import Selected, apart, mark
from ..updates import applicable_flags
from ..view import News, Spans, View

if TYPE_CHECKING:
    from ..session import Session


def _answer(session: Session, by_uid: bool, silent: bool) -> Plan:
    """What of each message is told; the modseq even where the flags are not (RFC 7162 §3.1.3)."""
    items = (
        (Attribute.UID, by_uid and not session.uid_only),
        (Attribute.FLAGS, not silent),
        (Attribute.MODSEQ, session.condstore),
    )
    return make_plan(tuple([item for item, told in items if told]), by_uid=session.uid_only)


async def store(session: Session, command: Store, by_uid: bool) -> Done:
    """Without .SILENT each message's flags are told as they are now, also where nothing changed."""
    selected = await session.loaded(command.messages, by_uid)
    selected.require(NO_RIGHTS)
    spans, cut = bounded(session, selected.spans(command.messages, by_uid))
    if not spans:
        return COMPLETED
    if command.unchanged_since is not None:
        session.use_condstore()
    ranges = selected.view.uid_ranges(spans)
    with UnderWay(session):
        marked = await session.store.write(_mark, selected, ranges, command.change, command.unchanged_since)
    selected.view.absorb(marked.news)
    session.cut = cut
    selected.annotations.own = marked.annotated
    failed = marked.failed
    if failed:
        spans = _without(selected.view, spans, failed)
        ranges = selected.view.uid_ranges(spans)
    if isinstance(command.change, FlagChange):
        await _tell_keywords(session, selected, command.change.flags)
    missing = _expunged(selected, spans)
    if not command.silent or session.condstore:
        if not command.silent:
            selected.view.forget_flagged(ranges)
        plan = _answer(session, by_uid, command.silent)
        sender = Sender(session.store, session.connection, selected, plan, newest_first=bool(cut))
        await sender.send(spans)
        missing |= sender.missing
    if missing and not by_uid:
        raise MessageGone
    if failed:
        left = failed if by_uid else selected.view.numbers_of(failed)
        return Done("Some have changed meanwhile", codes.modified(from_numbers(left)))
    return COMPLETED


def _without(view: View, spans: Spans, failed: array[int]) -> Spans:
    left = set(failed)
    return view.spans_of_uids(from_numbers([uid for uid in view.uids_of(spans) if uid not in left]))


@dataclass(frozen=True, slots=True)
class _Marked:
    news: News
    failed: array[int]
    """UIDs of those that are left as they were, for they have changed after `unchanged_since`."""
    annotated: ModSeq = NEVER
    """Of the change, if it was one of annotations."""


def _mark(
    tx: Transaction,
    selected: Selected,
    ranges: Ranges,
    change: FlagChange | tuple[AnnotationChange, ...],
    unchanged_since: int | None,
) -> _Marked:
    """As far as the rights go; `NotPermitted` when that is nowhere (RFC 4314 §4), and for annotations when it is not
    everything (RFC 5257 §3.4)."""
    failed = array("I")
    if unchanged_since is not None:
        lock_account(tx, selected.account)
        failed = changed_uids(tx, selected.account, selected.folder, ranges, ModSeq(unchanged_since))
        ranges = subtract(ranges, from_numbers(failed))
        if not ranges:
            return _Marked(selected.view.look(tx, selected.account, selected.folder), failed)
    if not isinstance(change, FlagChange):
        require_rights(selected.rights, change)
        where = selected.account, selected.folder
        news, modseq = apart(tx, selected, lambda: annotate(tx, *where, ranges, selected.reader, change))
        return _Marked(news, failed, modseq)
    done = [mark(tx, selected, uids, one) for uids, one in _permitted(tx, selected, ranges, change)]
    return _Marked(done[-1] if done else selected.view.look(tx, selected.account, selected.folder), failed)


def _permitted(
    tx: Transaction, selected: Selected, ranges: Ranges, change: FlagChange
) -> Iterator[tuple[Ranges, FlagChange]]:
    """What may be changed, and of which messages: of one's own it may be more than of the others."""
    known = folder_keywords(tx, selected.account, selected.folder) if change.how is How.SET else ()
    with_all = permitted_changes(change, selected.rights, known)
    with_own = permitted_changes(change, selected.rights_on_own, known)
    own = own_of(tx, selected, ranges) if with_own != with_all else ()
    if not with_all and not own:
        raise NotPermitted
    others = subtract(ranges, own) if own else ranges
    yield from ((own, one) for one in with_own if own)
    yield from ((others, one) for one in with_all if others)


def _expunged(selected: Selected, spans: Spans) -> bool:
    view = selected.view
    return any(start < view.number(uid) <= stop for uid in view.expunged for start, stop in spans)


async def _tell_keywords(session: Session, selected: Selected, flags: Flags) -> None:
    """Keywords that are new to the folder (§7.3.5)."""
    known = {keyword.lower() for keyword in selected.keywords}
    if all(keyword.lower() in known for keyword in flags.keywords):
        return
    keywords = await session.store.read(folder_keywords, selected.account, selected.folder)
    if not selected.keywords.issuperset(keywords):
        selected.keywords.update(keywords)
        session.connection.write(format_flags(applicable_flags(selected.keywords)))
