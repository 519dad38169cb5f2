"""Owners of public folders hear of conflicts there, against a real hub. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from mapi_properties import PropertySession
from mapi_public import PublicSync, allow, make_public
from mapi_session import LOGON, account_of, deliver, imap_subjects, mapi_hub
from mapi_sync import LATER, Replica, SyncSession, predecessors, source_key

from posthouse.directory import add_group
from posthouse.model.ids import FolderId
from posthouse.model.rights import ALL_RIGHTS, Right
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.rops.synchronization_upload import ImportFlag
from posthouse.servers.mapi.errors import ErrorCode
from posthouse.store.folders import PUBLIC
from posthouse.store.quota import Resource, set_quotas
from posthouse.store.rights import Holder, set_rights
from posthouse.testing import MailHub

NEW = {tags.PidTagMessageClass: "IPM.Note", tags.PidTagMessageFlags: 1, tags.PidTagBody: "text"}
EDITOR = Right.LOOKUP | Right.READ | Right.SEEN | Right.WRITE | Right.INSERT
NAMES = count(1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "carol") as hub:
        yield hub


class Place:
    """A public folder that belongs to Alice, with a message of which two have the same version."""

    def __init__(self, hub: MailHub, method: int | None = None) -> None:
        self.hub, self.name = hub, f"plans {next(NAMES)}"
        make_public(hub, self.name)
        for who, rights in (("alice", ALL_RIGHTS), ("bob", EDITOR), ("carol", EDITOR)):
            allow(hub, self.name, rights, who)
        self.alice = PublicSync(hub, "alice")
        self.folder = self.alice.folder(self.name)
        slot = self.alice.open(self.folder)
        if method is not None:
            self.alice.set(slot, {tags.PidTagResolveMethod: method})
        self.alice.put_into(self.folder, "the plan")
        [change] = self.alice.contents(slot).changes
        self.header = change.header

    def bring(self, who: str, subject: str, flag: ImportFlag = ImportFlag(0)) -> int:  # noqa: B008
        """How it ends to bring another version."""
        session, known = PublicSync(self.hub, who), predecessors(self.header)
        collector, key = session.collector(session.open(self.folder)), source_key(self.header)
        rop = session.importing(collector, key, Replica().change(), known, modified=LATER, flag=flag)
        code = session.error(rop)
        if not code:
            session.set(rop.output_handle_index, {**NEW, tags.PidTagSubject: subject})
            session.saved(rop.output_handle_index)
        return code

    def entry_id(self) -> bytes:
        [message] = self.alice.message_ids(self.name)
        found: bytes = self.alice.value(self.alice.opened(self.folder, message), tags.PidTagEntryId)
        return found

    def notes(self, who: str) -> list[str]:
        """Of conflicts here that have come to somebody's Inbox."""
        mailbox = PropertySession(self.hub, who)
        found = [mailbox.opened_message(one) for one in mailbox.message_ids()]
        told = (mailbox.values(one, tags.PidTagMessageClass, tags.PidTagSenderName) for one in found)
        return [kind for kind, sender in told if sender == self.name]


def test_the_owner_hears(hub: MailHub) -> None:
    """R3404, R34041, R1845, R1846, R1849, R1850, R1851, R3043, R3044: of a message in conflict: in which folder, what
    it was about, and where it is. Nobody else hears, nor does anybody before there is a conflict."""
    place = Place(hub)
    place.bring("bob", "one plan")
    assert place.notes("alice") == []
    place.bring("carol", "another plan")
    alice = PropertySession(hub, "alice")
    note = alice.opened_message(alice.message_ids()[-1])
    assert alice.values(
        *(note, tags.PidTagMessageClass, tags.PidTagSenderName, tags.PidTagOriginalSubject, tags.PidTagConflictEntryId)
    ) == ["IPM.Conflict.Message", place.name, "another plan", place.entry_id()]
    assert [place.notes(who) for who in ("alice", "bob", "carol")] == [["IPM.Conflict.Message"], [], []]
    assert "Conflict: another plan" in imap_subjects(hub, "alice")


def test_owners_hear_in_their_own_language(hub: MailHub) -> None:
    """MS-OXCSTOR R4003: each as they have set it."""
    place = Place(hub)
    allow(hub, place.name, ALL_RIGHTS, "bob")
    PropertySession(hub, "bob").set(LOGON, {tags.PidTagLocaleId: 0x407})
    place.bring("bob", "one plan")
    place.bring("carol", "some plan")
    assert "Konflikt: some plan" in imap_subjects(hub, "bob")
    assert "Conflict: some plan" in imap_subjects(hub, "alice")


@pytest.mark.parametrize("method", [1, 2, 3])
def test_folders_that_want_no_notes(hub: MailHub, method: int) -> None:
    """R1847, R1292, R1290, R1841: with RESOLVE_NO_CONFLICT_NOTIFICATION, or where the last writer wins and there is no
    conflict resolve message, nobody hears."""
    place = Place(hub, method)
    place.bring("bob", "one plan")
    place.bring("carol", "another plan")
    assert place.notes("alice") == []


def test_a_conflict_that_fails(hub: MailHub) -> None:
    """R1841: with FailOnConflict whoever brings the version hears, and the owner does not."""
    place = Place(hub)
    place.bring("bob", "one plan")
    assert place.bring("carol", "another plan", ImportFlag.FAIL_ON_CONFLICT) == ErrorCode.ecSyncConflict
    assert place.notes("alice") == []


def test_mailboxes_have_no_owners_to_tell(hub: MailHub) -> None:
    """R1845: notes are about public folders."""
    alice = SyncSession(hub, "alice")
    _, slot, path = alice.new()
    alice.fill(path, "mine")
    header = alice.contents(slot).change("mine")
    before = len(imap_subjects(hub, "alice"))
    for subject in ("one", "another"):
        rop = alice.importing(
            *(alice.collector(slot), source_key(header), Replica().change(), predecessors(header)), modified=LATER
        )
        alice.bring(rop, {**NEW, tags.PidTagSubject: subject})
    assert len(imap_subjects(hub, "alice")) == before


def test_hierarchies(hub: MailHub) -> None:
    """R2651, R2240, R1842, R1843: of several names of a folder the one that was given last stays, whichever comes
    last, and there is no note."""
    place = Place(hub)
    tree = place.alice.hierarchy(place.alice.subtree)
    header = tree.folder(place.name)
    for number in (1, 3, 2):
        collector = place.alice.collector(place.alice.subtree, contents=False)
        rop = place.alice.importing_folder(
            *(collector, source_key(header), f"{place.name} {number}", Replica().change(), predecessors(header)),
            modified=LATER + number,
        )
        assert place.alice.error(rop) == 0
    assert place.alice.hierarchy(place.alice.subtree).folder(f"{place.name} 3")
    assert place.notes("alice") == []


def test_owners_in_a_group(hub: MailHub) -> None:
    """R3404, R1845: whoever is in a group that owns the folder is an owner and hears once, also when named besides;
    whoever has been denied it is none."""
    place = Place(hub)
    members = [f"{who}@example.org" for who in ("alice", "bob", "carol")]
    team = hub.write(lambda tx: add_group(tx, "keepers@example.org", members))
    folder = FolderId(place.folder.counter)
    denied = Holder(account_of(hub, "carol"), negative=True)
    hub.write(lambda tx: set_rights(tx, PUBLIC, folder, Holder(team, is_group=True), ALL_RIGHTS))
    hub.write(lambda tx: set_rights(tx, PUBLIC, folder, denied, Right.ADMINISTER))
    place.bring("bob", "one plan")
    place.bring("carol", "another plan")
    assert [place.notes(who) for who in ("alice", "bob", "carol")] == [["IPM.Conflict.Message"]] * 2 + [[]]


def test_an_owner_without_room(hub: MailHub) -> None:
    """A mailbox that takes no more messages does not keep others from their conflict."""
    place = Place(hub)
    deliver(hub, "alice", "the last that fits")
    account = PropertySession(hub, "alice").account
    hub.write(lambda tx: set_quotas(tx, account, {Resource.MESSAGE: 1}))
    try:
        place.bring("bob", "one plan")
        assert place.bring("carol", "another plan") == 0
    finally:
        hub.write(lambda tx: set_quotas(tx, account, {}))
    assert place.notes("alice") == []
