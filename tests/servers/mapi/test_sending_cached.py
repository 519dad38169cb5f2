"""A client in cached mode sends: it has the message already, among what is to be sent, and would bring it but once –
[MS-OXOMSG] 2.2.1.76, 3.3.5.1.3, [MS-OXCFXICS] 3.2.5.9.4.4."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from mapi_sending import written
from mapi_session import imap_subjects, mapi_hub, oid
from mapi_sync import Replica, SyncSession, source_key

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.entry_ids import MessageEntryId
from posthouse.protocols.mapi.fast_transfer.predecessors import predecessors_of
from posthouse.protocols.mapi.identifiers import LongTermId
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.message import MessageOpenMode
from posthouse.protocols.mapi.rops.sending import RopSubmitMessageRequest
from posthouse.protocols.mapi.rops.synchronization_upload import ImportDeleteFlags
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

NOBODY = predecessors_of([])
SENT = "Sent"


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub) -> SyncSession:
    return SyncSession(hub, "alice")


def sent(alice: SyncSession, subject: str, target: bytes, *, deleted: bool = False) -> None:
    """A message goes to Bob; its copy is to be what `target` names."""
    slot = written(alice, "bob@example.org")
    alice.set(slot, {tags.PidTagSubject: subject, tags.PidTagTargetEntryId: target})
    if deleted:
        alice.set(slot, {tags.PidTagDeleteAfterSubmit: True})
    assert alice.error(RopSubmitMessageRequest(0, slot)) == 0
    assert subject in imap_subjects(alice.hub, "bob")


def in_outbox(alice: SyncSession) -> dict[str, bytes]:
    """Source keys, by subject."""
    found = alice.contents(alice.opened_folder(Special.OUTBOX))
    return {value_of(one.message.properties, tags.PidTagSubject): source_key(one.header) for one in found.changes}


@pytest.mark.parametrize("deleted", [False, True])
def test_the_copy_is_the_message_that_the_client_has(alice, hub, deleted):
    """[MS-OXCFXICS] R2493: it has that id, is where the client has it, and nothing is in Sent Items; that what was
    submitted is to be deleted says nothing of it. Then the client moves it, without bringing it once more."""
    subject, key = f"brought once, {deleted}", alice.new_key()
    outbox, number = alice.special(Special.OUTBOX), int.from_bytes(key[16:], "big")
    sent(alice, subject, alice.identity.message_entry_id(outbox.counter, number), deleted=deleted)
    assert in_outbox(alice)[subject] == key
    assert subject not in imap_subjects(hub, "alice", SENT)

    new_key, slot = alice.new_key(), alice.opened_folder(Special.SENT_ITEMS)
    collector, origin = alice.collector(slot), alice.identity.key(outbox.counter)
    assert alice.error(alice.moving(collector, origin, key, new_key, NOBODY, Replica().change())) == 0
    assert imap_subjects(hub, "alice", SENT).count(subject) == 1
    assert subject not in in_outbox(alice)


def test_a_copy_says_nothing_of_the_way_it_took(alice, hub):
    """Neither the copy nor what was received names an object of the sender's mailbox; the sender is no sender of spam
    (PidTagContentFilterSpamConfidenceLevel)."""
    key = alice.new_key()
    outbox, number = alice.special(Special.OUTBOX), int.from_bytes(key[16:], "big")
    sent(alice, "tells nothing", alice.identity.message_entry_id(outbox.counter, number))
    copy = alice.opened_message(oid(number), MessageOpenMode.READ_ONLY, special=Special.OUTBOX)
    assert alice.value(copy, tags.PidTagContentFilterSpamConfidenceLevel) == -1
    bob = SyncSession(hub, "bob")
    received = bob.opened_message(bob.message_ids()[-1])
    assert bob.value(received, tags.PidTagSubject) == "tells nothing"
    for session, slot in ((alice, copy), (bob, received)):
        assert tags.PidTagTargetEntryId not in session.listed(slot)


@pytest.mark.parametrize("why", ["no entry id", "another mailbox", "never given", "taken", "deleted", "no such folder"])
def test_what_cannot_be_made_is_in_sent_items(alice, hub, why):
    """The message goes all the same."""
    subject, key = f"not there: {why}", alice.new_key()
    outbox, number = alice.special(Special.OUTBOX).counter, int.from_bytes(key[16:], "big")
    if why in ("taken", "deleted"):
        sent(alice, "was there before", alice.identity.message_entry_id(outbox, number))
    if why == "deleted":
        collector = alice.collector(alice.opened_folder(Special.OUTBOX))
        assert alice.error(alice.deleting(collector, [key], ImportDeleteFlags.HARD_DELETE)) == 0
    identity = alice.identity
    elsewhere = MessageEntryId(identity.mailbox, LongTermId(UUID(int=1), outbox), LongTermId(UUID(int=1), number))
    target = {
        "no entry id": b"\0" * 70,
        "another mailbox": elsewhere.format(),
        "never given": identity.message_entry_id(outbox, 1 << 40),
        "no such folder": identity.message_entry_id(1 << 40, number),
    }.get(why, identity.message_entry_id(outbox, number))
    sent(alice, subject, target)
    assert imap_subjects(hub, "alice", SENT).count(subject) == 1
