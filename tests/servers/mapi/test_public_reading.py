"""What has been read in public folders is each person's own, by MAPI and IMAP alike. Statements are those of
[MS-OXCSTOR]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mapi_news import PENDING, Waiting
from mapi_public import PublicSession, PublicSync, allow, make_public
from mapi_session import imap_of, mapi_hub

from posthouse.model.rights import Right
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Property, RelOp
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.message_status import ReadFlags, RopSetReadFlagsRequest
from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.rops.notification_data import NotificationFlags as Kind
from posthouse.protocols.mapi.rops.notification_data import ObjectModified
from posthouse.protocols.mapi.tags import (
    PidTagContentUnreadCount,
    PidTagDisplayName,
    PidTagMessageFlags,
    PidTagRead,
    PidTagSubject,
)
from posthouse.testing import MailHub

READ, CLEAR = ReadFlags.rfSuppressReceipt, ReadFlags.rfClearReadFlag
PATH = "Public/Board"


@pytest.fixture
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        make_public(hub, "Board")
        with imap_of(hub, "bob") as imap:
            for number in range(4):
                imap.append(PATH, f"Subject: {number}\r\n\r\n".encode())
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "alice")


@pytest.fixture
def bob(hub: MailHub) -> PublicSession:
    return PublicSession(hub, "bob")


def mark(session: PublicSession, *places: int, flags: ReadFlags = READ) -> None:
    ids = session.message_ids("Board")
    folder = session.open(session.folder("Board"))
    assert session.error(RopSetReadFlagsRequest(0, folder, False, flags, tuple(ids[one] for one in places))) == 0


def seen_by_imap(hub: MailHub, who: str) -> Any:
    with imap_of(hub, who) as imap:
        imap.select_folder(PATH)
        return imap.search("SEEN")


def read_rows(session: PublicSession) -> list[str]:
    """Subjects of what is read, by what the rows say; their flags must agree."""
    table = session.contents(session.open(session.folder("Board")), PidTagSubject, PidTagRead, PidTagMessageFlags)
    rows = session.all_rows(table)
    assert all(bool(flags & 1) is read for _, read, flags in rows)
    return sorted(subject for subject, read, _ in rows if read)


def unread(session: PublicSession) -> int:
    """As the folder says, and the row of the table of folders."""
    count = session.value(session.open(session.folder("Board")), PidTagContentUnreadCount)
    table = session.hierarchy(session.subtree, PidTagDisplayName, PidTagContentUnreadCount)
    assert ("Board", count) in session.all_rows(table)
    assert isinstance(count, int)
    return count


def test_both_protocols_show_the_same(hub: MailHub, alice: PublicSession, bob: PublicSession) -> None:
    """R3123, R3124, R971: marked by either, shown by both, in rows, messages, counts and conditions."""
    mark(alice, 0, 1)
    with imap_of(hub, "alice") as imap:
        imap.select_folder(PATH)
        imap.add_flags([4], [b"\\Seen"])
    assert read_rows(alice) == ["0", "1", "3"]
    assert seen_by_imap(hub, "alice") == [1, 2, 4]
    assert unread(alice) == 1
    mark(alice, 0, flags=CLEAR)
    assert seen_by_imap(hub, "alice") == [2, 4]
    table = alice.contents(alice.open(alice.folder("Board")), PidTagSubject)
    alice.restrict(table, Property(RelOp.EQ, PidTagRead, TaggedValue(PidTagRead, True)))
    assert sorted(row[0] for row in alice.all_rows(table)) == ["1", "3"]
    slot = alice.opened(alice.folder("Board"), alice.message_ids("Board")[1], MessageOpenMode.READ_ONLY)
    assert alice.value(slot, PidTagMessageFlags) & 1
    assert (read_rows(bob), seen_by_imap(hub, "bob"), unread(bob)) == ([], [], 4)


def test_an_open_table_hears_of_it(hub: MailHub, alice: PublicSession, bob: PublicSession) -> None:
    """A table shows what its reader does elsewhere, and not what others do."""
    sessions = (alice, bob)
    tables = [one.contents(one.open(one.folder("Board")), PidTagSubject, PidTagRead) for one in sessions]
    assert [dict(one.all_rows(table))["2"] for one, table in zip(sessions, tables, strict=True)] == [False, False]
    with imap_of(hub, "alice") as imap:
        imap.select_folder(PATH)
        imap.add_flags([3], [b"\\Seen"])
    assert [dict(one.all_rows(table))["2"] for one, table in zip(sessions, tables, strict=True)] == [True, False]


def test_notifications(hub: MailHub, alice: PublicSession, bob: PublicSession) -> None:
    """MS-OXCNOTIF R351: the reader's other session is told that the message has changed and how many are unread; to
    somebody else nothing has happened."""
    handles = [one.register(Kind.OBJECT_MODIFIED) for one in (alice, bob)]
    waiting = Waiting(alice)
    with imap_of(hub, "alice") as imap:
        imap.select_folder(PATH)
        imap.add_flags([2], [b"\\Seen"])
    assert waiting.result() == PENDING
    heard = alice.heard(handles[0])
    assert all(isinstance(one, ObjectModified) for one in heard)
    message = alice.message_ids("Board")[1]
    assert [one.message_id for one in heard if one.message_id is not None] == [message]
    assert [one.unread_message_count for one in heard if one.unread_message_count is not None] == [3]
    assert bob.heard(handles[1]) == []


def test_synchronization(hub: MailHub) -> None:
    """Read states come and go as those of whoever synchronises (MS-OXCFXICS)."""
    alice, bob = PublicSync(hub, "alice"), PublicSync(hub, "bob")
    folders = {one: one.open(one.folder("Board")) for one in (alice, bob)}
    first = {one: one.contents(folder) for one, folder in folders.items()}
    with imap_of(hub, "alice") as imap:
        imap.select_folder(PATH)
        imap.add_flags([1], [b"\\Seen"])
    told = alice.contents(folders[alice], first[alice].state)
    assert (told.changes, [counter for _, counter in told.reads.read]) == ([], [alice.message_ids("Board")[0].counter])
    assert bob.contents(folders[bob], first[bob].state).is_empty
    keys = [alice.identity.key(one.counter) for one in alice.message_ids("Board")]
    collector = alice.collector(folders[alice], told.state)
    assert alice.error(alice.reading(collector, {keys[0]: False, keys[3]: True})) == 0
    assert (seen_by_imap(hub, "alice"), seen_by_imap(hub, "bob")) == ([4], [])
    after = replace(alice.transfer_state(collector), given=told.state.given)
    assert alice.contents(folders[alice], after).is_empty


def test_copies_of_read_messages(hub: MailHub, alice: PublicSession, bob: PublicSession) -> None:
    """Within the public folders a copy is read for whoever makes it, as the original is for them."""
    make_public(hub, "Other")
    mark(alice, 1, 2)
    ids, source, target = alice.message_ids("Board"), *(alice.open(alice.folder(one)) for one in ("Board", "Other"))
    assert alice.error(RopMoveCopyMessagesRequest(0, source, target, tuple(ids), False, True)) == 0
    counts = [one.value(one.open(one.folder("Other")), PidTagContentUnreadCount) for one in (alice, bob)]
    assert counts == [2, 4]


def test_who_may_not_mark(hub: MailHub, alice: PublicSession) -> None:
    """Reading state is kept for those who have the right to it."""
    make_public(hub, "Looked at")
    with imap_of(hub, "bob") as imap:
        imap.append("Public/Looked at", b"Subject: x\r\n\r\n")
    allow(hub, "Looked at", Right.LOOKUP | Right.READ)
    folder = alice.open(alice.folder("Looked at"))
    rop = RopSetReadFlagsRequest(0, folder, False, READ, tuple(alice.message_ids("Looked at")))
    assert alice.error(rop) != 0
    assert alice.value(folder, PidTagContentUnreadCount) == 1
