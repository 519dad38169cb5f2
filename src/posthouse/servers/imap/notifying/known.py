"""What a client knows of a mailbox, and what a change of it is told as – RFC 5465 §5.1 to §5.3.

* STATUS Lists/Lemonade (MESSAGES 503 UIDNEXT 10002)
"""

from __future__ import annotations

from typing import NamedTuple

from posthouse.model.ids import AccountId, FolderId
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.notify import OF_MESSAGES, EventType
from posthouse.protocols.imap.commands.status import StatusItem
from posthouse.protocols.imap.responses import format_status
from posthouse.store.folders import Folder

Key = tuple[AccountId, FolderId]
"""What stays the same when a mailbox is renamed."""

UNKNOWN = -1
"""How many are unseen, where the client has changed flags by itself."""
ANY_FLAG = frozenset({EventType.FLAG_CHANGE, EventType.ANNOTATION_CHANGE})


class Known(NamedTuple):
    """Thousands of these are kept for a session, so they are small."""

    name: str
    parent: FolderId
    events: frozenset[EventType]
    """Wanted of it."""
    readable: bool
    """Otherwise nothing is told of it but that it is there."""
    uid_validity: int
    next_uid: int
    total: int
    unseen: int
    modseq: int

    @property
    def watched(self) -> bool:
        """Whether its messages are."""
        return self.readable and not self.events.isdisjoint(OF_MESSAGES)

    def with_counters(self, folder: Folder) -> Known:
        return self._replace(
            uid_validity=folder.uid_validity,
            next_uid=folder.next_uid,
            total=folder.total,
            unseen=folder.unseen,
            modseq=folder.highest_modseq,
        )


def know(name: str, folder: Folder, events: frozenset[EventType], rights: Right) -> Known:
    counters = (folder.uid_validity, folder.next_uid, folder.total, folder.unseen, folder.highest_modseq)
    return Known(name, folder.parent, events, bool(rights & Right.READ), *counters)


def first_items(known: Known, *, condstore: bool) -> list[StatusItem]:
    """What is told first (§3.1). `condstore`: whether it is switched on, for here the client need not have asked."""
    items = [StatusItem.MESSAGES, StatusItem.UIDNEXT, StatusItem.UIDVALIDITY]
    if EventType.FLAG_CHANGE in known.events:
        items.append(StatusItem.UNSEEN)
    if condstore and not known.events.isdisjoint(ANY_FLAG):
        items.append(StatusItem.HIGHESTMODSEQ)
    return items


def changed_items(before: Known, now: Known, *, condstore: bool) -> list[StatusItem]:
    """Empty: nothing has changed that is wanted. `condstore`: whether the client has enabled it. That flags have
    changed HIGHESTMODSEQ tells, and UNSEEN if it is \\Seen."""
    items: list[StatusItem] = []
    if (before.next_uid, before.total) != (now.next_uid, now.total):
        items += [StatusItem.MESSAGES, StatusItem.UIDNEXT]
    if EventType.FLAG_CHANGE in now.events and before.modseq != now.modseq and before.unseen != now.unseen:
        items.append(StatusItem.UNSEEN)
    if condstore and (items or (before.modseq != now.modseq and not now.events.isdisjoint(ANY_FLAG))):
        items += [StatusItem.UIDVALIDITY, StatusItem.HIGHESTMODSEQ]
    return items


def format_known(known: Known, items: list[StatusItem], utf8: bool) -> bytes:
    values = {
        StatusItem.MESSAGES: known.total,
        StatusItem.UIDNEXT: known.next_uid,
        StatusItem.UIDVALIDITY: known.uid_validity,
        StatusItem.UNSEEN: known.unseen,
        StatusItem.HIGHESTMODSEQ: known.modseq,
    }
    return format_status(known.name, [(item, values[item]) for item in items], utf8)
