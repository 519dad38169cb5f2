"""STORE and UID STORE – RFC 9051 §6.4.6, §6.4.9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.flags import FlagChange, Flags, How
from posthouse.model.ranges import Ranges
from posthouse.model.refusals import MessageGone, NotPermitted
from posthouse.model.rights import NO_RIGHTS, permitted_changes
from posthouse.protocols.imap.commands.store import Store
from posthouse.protocols.imap.fetch import Attribute
from posthouse.protocols.imap.responses import format_flags
from posthouse.store.folders import folder_keywords

from ..fetching.plan import make_plan
from ..fetching.stream import Sender
from ..replies import COMPLETED, Done
from ..selected import Selected, mark
from ..updates import applicable_flags
from ..view import News, Spans

if TYPE_CHECKING:
    from ..session import Session

ANSWER = make_plan((Attribute.FLAGS,))
ANSWER_BY_UID = make_plan((Attribute.UID, Attribute.FLAGS))


async def store(session: Session, command: Store, by_uid: bool) -> Done:
    """Without .SILENT each message's flags are told as they are now, also where nothing changed."""
    selected = await session.loaded(command.messages, by_uid)
    selected.require(NO_RIGHTS)
    spans = selected.spans(command.messages, by_uid)
    if not spans:
        return COMPLETED
    ranges = selected.view.uid_ranges(spans)
    selected.view.absorb(await session.store.write(_mark, selected, ranges, command.change))
    await _tell_keywords(session, selected, command.change.flags)
    missing = _expunged(selected, spans)
    if not command.silent:
        selected.view.forget_flagged(ranges)
        sender = Sender(session.store, session.connection, selected, ANSWER_BY_UID if by_uid else ANSWER)
        await sender.send(spans)
        missing |= sender.missing
    if missing and not by_uid:
        raise MessageGone
    return COMPLETED


def _mark(tx: Transaction, selected: Selected, ranges: Ranges, change: FlagChange) -> News:
    """As far as the rights go; `NotPermitted` when that is nowhere (RFC 4314 §4)."""
    known = folder_keywords(tx, selected.account, selected.folder) if change.how is How.SET else ()
    changes = permitted_changes(change, selected.rights, known)
    if not changes:
        raise NotPermitted
    return [mark(tx, selected, ranges, one) for one in changes][-1]


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
