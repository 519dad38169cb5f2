"""Numbers of objects and of their changes, as clients that synchronize rely on them, against a real hub.

Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from mapi_session import deliver, imap_of, imap_subjects, mapi_hub, oid
from mapi_sync import LATER, Replica, SyncSession, predecessors, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.predecessors import predecessors_of
from posthouse.protocols.mapi.objects import Properties, value_of
from posthouse.protocols.mapi.rops.message_status import (
    ReadFlags,
    RopSetMessageReadFlagRequest,
    RopSetMessageReadFlagResponse,
)
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.servers.mapi.identity import counter_of
from posthouse.testing import MailHub

CONFLICT = ErrorCode.ecSyncConflict
NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


def numbers(header: Properties) -> tuple[int, int]:
    """Of the message, and of its change."""
    found = (counter_of(value_of(header, tag)) for tag in (tags.PidTagMid, tags.PidTagChangeNumber))
    message, change = found
    return message or 0, change or 0


def test_every_new_object_has_a_number(alice):
    """R1890, R1890001, R1895, R1896, R3051, R3060001, R3361, R1898: folders and messages, whoever makes them and how; a
    message has a number of its change besides, which is another one after each change, and higher."""
    folder, slot, path = alice.new()
    deliver(alice.hub, "alice", "delivered")
    with imap_of(alice.hub, "alice") as client:
        client.select_folder("INBOX")
        client.copy(client.search(["SUBJECT", "delivered"]), path)
        client.append(path, b"Subject: appended\r\n\r\n")
    rop = alice.importing(
        alice.collector(slot), alice.new_key(), Replica().change(), predecessors_of([]), modified=LATER
    )
    alice.bring(rop, {**NEW, tags.PidTagSubject: "brought"})
    first = alice.contents(slot)
    found = {
        value_of(one.message.properties, tags.PidTagNormalizedSubject): numbers(one.header) for one in first.changes
    }
    assert set(found) == {"delivered", "appended", "brought"}
    assert len({folder.counter, *(message for message, _ in found.values())}) == 4
    assert len({change for _, change in found.values()}) == 3
    with imap_of(alice.hub, "alice") as client:
        client.select_folder(path)
        client.add_flags(client.search(["SUBJECT", "appended"]), ["\\Flagged"])
    [change] = alice.contents(slot, first.state).changes
    message, number = numbers(change.header)
    assert message == found["appended"][0]
    assert number > max(change for _, change in found.values())


def test_numbers_of_one_folder_lie_together(alice):
    """R2022, R34: what comes one after the other into a folder is one range of the client's set, and so are the
    changes."""
    _, slot, path = alice.new()
    with imap_of(alice.hub, "alice") as client:
        for number in range(20):
            client.append(path, f"Subject: {number}\r\n\r\n".encode())
    state = alice.contents(slot).state
    replica, _ = alice.new_ids(1)
    assert [len(ids.of(replica).ranges) for ids in (state.given, state.seen) if ids is not None] == [1, 1]
    assert state.given is not None
    assert state.given.count() == 20


def test_gaps_between_ids_stay(alice):
    """R2026, R3658, R3009: the set of ids that a client has is told exactly, whatever lies between them; the set of
    changes may be one range (R3396)."""
    _, slot, path = alice.new()
    _, _, elsewhere = alice.new()
    for _ in range(3):
        alice.fill(path, "here")
        alice.fill(elsewhere, "there")
    state = alice.contents(slot).state
    replica, _ = alice.new_ids(1)
    assert state.given is not None
    assert state.seen is not None
    assert [oid(number) for number in state.given.of(replica)] == alice.message_ids(path)
    assert len(state.seen.of(replica).ranges) == 1


def test_a_folder_does_not_change_with_its_messages(alice):
    """R6001, R6002, R6003, R6004: when a message comes, changes or goes, the folder has no new change; when something
    in it last changed, and how much was deleted, its properties tell."""
    _, slot, path = alice.new()
    aggregated = tags.PidTagLocalCommitTimeMax, tags.PidTagDeletedCountTotal
    before = alice.hierarchy(alice.subtree).state
    seen = [alice.values(slot, *aggregated)]
    collector = alice.collector(slot)
    rop = alice.importing(collector, key := alice.new_key(), Replica().change(), predecessors_of([]), modified=LATER)
    alice.bring(rop, {**NEW, tags.PidTagSubject: "one"})
    seen.append(alice.values(slot, *aggregated))
    assert alice.error(alice.deleting(collector, [key])) == 0
    seen.append(alice.values(slot, *aggregated))
    assert alice.hierarchy(alice.subtree, before).is_empty
    assert imap_subjects(alice.hub, "alice", path) == []
    commits, deleted = zip(*seen, strict=True)
    assert commits[1] >= commits[0]
    assert deleted[2] == deleted[1] + 1


def awaiting(hub: MailHub, subject: str) -> None:
    """Mail whose sender, Bob, wants to hear that it was read."""
    with smtplib.SMTP(hub.smtp.host, hub.smtp.port, timeout=30) as smtp:
        text = "From: bob@example.org\r\nTo: alice@example.org\r\nDisposition-Notification-To: bob@example.org\r\n"
        text += f"Subject: {subject}\r\nMessage-ID: <{subject.replace(' ', '.')}@x.example>\r\n\r\nworld\r\n"
        smtp.sendmail("bob@example.org", ["alice@example.org"], text)


def test_read_states_one_by_one_and_many(hub, alice):
    """R2258, R43, R2087: to bring that messages were read does what RopSetMessageReadFlag does for each: the same
    marks, the same receipts, and no change of the message but in MetaTagCnsetRead."""
    inbox, subjects = alice.opened_folder(), ("by itself", "brought")
    for subject in subjects:
        awaiting(hub, subject)
    first = alice.contents(inbox)
    headers = {subject: first.change(subject) for subject in subjects}
    slot = alice.opened_message(oid(numbers(headers["by itself"])[0]))
    alice.get(RopSetMessageReadFlagRequest(0, slot, slot, ReadFlags(0)), RopSetMessageReadFlagResponse)
    rop = alice.reading(alice.collector(inbox, first.state), {source_key(headers["brought"]): True})
    assert alice.error(rop) == 0
    told = alice.contents(inbox, first.state)
    assert (told.changes, told.reads.read.count()) == ([], 2)
    told_of = tags.PidTagMessageFlags, tags.PidTagChangeKey, tags.PidTagReadReceiptRequested
    messages = [alice.opened_message(oid(numbers(header)[0])) for header in headers.values()]
    one, other = ([alice.value(message, tag) for tag in told_of] for message in messages)
    assert (one[0], one[2]) == (other[0], other[2])
    assert [one[1], other[1]] == [value_of(header, tags.PidTagChangeKey) for header in headers.values()]
    assert {"Read: by itself", "Read: brought"} <= set(imap_subjects(hub, "bob"))


def test_keys_below_the_root_of_a_synchronization(alice):
    """R2080, R2081: of the folder that is synchronized itself the key is empty, for those right below it; elsewhere the
    same folder has its own."""
    top, slot, _ = alice.new()
    _, _, inner = alice.new(slot)
    assert value_of(alice.hierarchy(slot).folder(inner), tags.PidTagParentSourceKey) == b""
    outer = alice.hierarchy(alice.subtree).folder(inner)
    assert value_of(outer, tags.PidTagParentSourceKey)[16:] == top.counter.to_bytes(6, "big")


@pytest.mark.parametrize("count", [1, 0x200, 0x10000])
def test_ids_in_batches(alice, count):
    """R2266, R3607: as many as the document recommends, up to 65536 at once; each of them can be used."""
    _, slot, _ = alice.new()
    replica, first = alice.new_ids(count)
    for number in {first, first + count - 1}:
        key = replica.bytes_le + number.to_bytes(6, "big")
        rop = alice.importing(alice.collector(slot), key, Replica().change(), predecessors_of([]), modified=LATER)
        alice.bring(rop, {**NEW, tags.PidTagSubject: "brought"})
    _, after = alice.new_ids(1)
    assert after >= first + count


def test_sizes_of_messages(alice):
    """R3049, R2027: in octets, as other protocols count them."""
    _, slot, path = alice.new()
    sizes = (100, 5_000, 200_000)
    with imap_of(alice.hub, "alice") as client:
        for size in sizes:
            client.append(path, b"Subject: x\r\n\r\n".ljust(size, b"."))
    found = alice.contents(slot).changes
    assert tuple(value_of(one.header, tags.PidTagMessageSize) for one in found) == sizes


def test_two_versions_that_do_not_know_of_each_other(alice):
    """R1793, R1794, R1795: each list lacks a change of the other, and that is a conflict; a list that has both has
    none."""
    _, slot, path = alice.new()
    alice.fill(path, "mail")
    header = alice.contents(slot).change("mail")
    key, known, mine, theirs = source_key(header), predecessors(header), Replica().change(), Replica().change()
    collector = alice.collector(slot)
    alice.bring(alice.importing(collector, key, mine, known, modified=LATER), {**NEW, tags.PidTagSubject: "mine"})
    flag = ImportFlag.FAIL_ON_CONFLICT
    assert alice.error(alice.importing(collector, key, theirs, known, modified=LATER, flag=flag)) == CONFLICT
    both = known.with_change(mine)
    assert alice.error(alice.importing(collector, key, theirs, both, modified=LATER, flag=flag)) == 0
