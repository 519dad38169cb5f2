"""SELECT and EXAMINE – RFC 9051 §6.3.2, §6.3.3; RFC 3501 §6.3.1 for the older revision; RFC 7162 §3.1.8, §3.2.5 for
clients that come back; RFC 5257 §4.1, §4.2 (ANNOTATE). From counters alone, but for what such a client has missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import ModSeq
from posthouse.model.ranges import clip, from_numbers, numbers
from posthouse.model.refusals import BadSyntax
from posthouse.model.rights import Right
from posthouse.protocols.imap import codes
from posthouse.protocols.imap.annotations import EXTENSION as ANNOTATE
from posthouse.protocols.imap.commands.select import Resync, Select
from posthouse.protocols.imap.fetch import Attribute
from posthouse.protocols.imap.responses import (
    format_exists,
    format_flags,
    format_list,
    format_recent,
    format_untagged,
    format_vanished,
)
from posthouse.store.annotations import MAX_VALUE
from posthouse.store.folders import folder_keywords
from posthouse.store.reading import changed_uids, vanished_uids

from ..annotations import AnnotationNews
from ..fetching.plan import make_plan
from ..fetching.stream import Sender
from ..listing import read_tree
from ..object_ids import mailbox_id
from ..places import Place, Places
from ..progress import UnderWay
from ..replies import Done, UidRequired
from ..selected import Selected
from ..updates import applicable_flags, permanent_flags
from ..view import View
from .close import leave

if TYPE_CHECKING:
    from ..session import Session


CHANGED = make_plan((Attribute.UID, Attribute.FLAGS, Attribute.MODSEQ))
CHANGED_UIDS = make_plan((Attribute.FLAGS, Attribute.MODSEQ), by_uid=True)
"""The same behind ENABLE UIDONLY."""


async def select(session: Session, command: Select) -> Done:
    """If it fails, no mailbox is selected (§6.3.2)."""
    if command.resync is not None and not session.qresync:
        raise BadSyntax("QRESYNC behind ENABLE QRESYNC alone")
    if session.uid_only and command.resync is not None and command.resync.matched is not None:
        raise UidRequired  # RFC 9586 §3.7
    leave(session, announce=True)
    place, keywords = await session.store.read(_find, session.places, command.mailbox)
    folder = place.folder
    session.selected = selected = Selected(
        place.account,
        folder.id,
        folder.uid_validity,
        View.of(folder),
        keywords,
        place.rights,
        command.read_only,
        reader=session.account,
        annotations=AnnotationNews(folder.highest_modseq, command.annotate),
    )
    read_only = selected.read_only
    out = [
        format_flags(applicable_flags(keywords)),
        format_exists(folder.total),
        format_untagged(
            b"OK", "No changes" if read_only else "Limited", codes.permanentflags(permanent_flags(selected))
        ),
        format_untagged(b"OK", "UIDs valid", codes.uidvalidity(folder.uid_validity)),
        format_untagged(b"OK", "Predicted next UID", codes.uidnext(folder.next_uid)),
        await _listed(session, command.mailbox) if session.rev2 else format_recent(0),
    ]
    if session.server.capabilities.is_on("CONDSTORE"):
        code = codes.highestmodseq(folder.highest_modseq)
        out.append(format_untagged(b"OK", "Highest", code))
    if session.server.capabilities.is_on("OBJECTID"):
        out.append(format_untagged(b"OK", "Its id", codes.mailboxid(mailbox_id(place.account, folder.id))))
    if session.server.capabilities.is_on(ANNOTATE):
        code = codes.ANNOTATIONS_READ_ONLY if selected.examined else codes.annotations_maxsize(MAX_VALUE)
        out.append(format_untagged(b"OK", "Annotations", code))
    if command.condstore:
        session.enabled.add("CONDSTORE")
    session.connection.write(b"".join(out))
    if command.resync is not None and command.resync.uid_validity == folder.uid_validity:
        await _resync(session, command.resync)
    return Done(code=codes.READ_ONLY if read_only else codes.READ_WRITE)


def _find(tx: Transaction, places: Places, name: str) -> tuple[Place, set[str]]:
    place = places.find(tx, name).require(Right.READ)
    return place, set(folder_keywords(tx, place.account, place.folder.id))


async def _resync(session: Session, resync: Resync) -> None:
    """As UID FETCH of what the client knows, (FLAGS) (CHANGEDSINCE … VANISHED): §3.2.5.2."""
    selected = await session.loaded()
    view, store, since = selected.view, session.store, ModSeq(resync.modseq)
    known = resync.uids or ((1, max(1, view.next_uid - 1)),)
    asked = clip(known, _first_in_doubt(view, resync), 0xFFFFFFFF)
    with UnderWay(session):
        gone = await store.scan(vanished_uids, selected.account, selected.folder, since, asked)
    if gone:
        session.connection.write(format_vanished(gone, earlier=True))
    with UnderWay(session):
        changed = await store.scan(changed_uids, selected.account, selected.folder, known, since)
    plan = CHANGED_UIDS if session.uid_only else CHANGED
    await Sender(store, session.connection, selected, plan).send(view.spans_of_uids(from_numbers(changed)))


def _first_in_doubt(view: View, resync: Resync) -> int:
    """Up to where a sample of numbers still has the UIDs that it had, nothing has gone away (§3.2.5.3)."""
    if resync.matched is None:
        return 1
    first = 1
    for number, uid in zip(numbers(resync.matched[0]), numbers(resync.matched[1]), strict=False):
        if view.number(uid) != number:
            break
        first = uid + 1
    return first


async def _listed(session: Session, path: str) -> bytes:
    tree = await session.store.read(read_tree, session.places, (path,))
    return format_list(tree.attributes(path), path, utf8=True)
