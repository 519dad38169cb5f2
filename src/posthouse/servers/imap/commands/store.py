"""STORE and UID STORE – RFC 9051 §6.4.6, §6.4.9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.model.flags import Flags
from posthouse.model.refusals import MessageGone
from posthouse.protocols.imap.commands.store import Store
from posthouse.protocols.imap.fetch import Attribute
from posthouse.protocols.imap.responses import format_flags
from posthouse.store.folders import folder_keywords

from ..fetching.plan import make_plan
from ..fetching.stream import Sender
from ..replies import COMPLETED, Done
from ..selected import Selected, mark
from ..updates import applicable_flags
from ..view import Spans

if TYPE_CHECKING:
    from ..session import Session

ANSWER = make_plan((Attribute.FLAGS,))
ANSWER_BY_UID = make_plan((Attribute.UID, Attribute.FLAGS))


async def store(session: Session, command: Store, by_uid: bool) -> Done:
    """Without .SILENT each message's flags are told as they are now, also where nothing changed."""
    selected = await session.loaded(command.messages, by_uid)
    selected.require_writable()
    spans = selected.spans(command.messages, by_uid)
    if not spans:
        return COMPLETED
    ranges = selected.view.uid_ranges(spans)
    selected.view.absorb(await session.store.write(mark, selected, ranges, command.change))
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
