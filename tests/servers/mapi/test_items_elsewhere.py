"""Items of any class come exactly to another mailbox: by every operation that makes streams of objects, by a client's
own file, by a backup. Statements are those of [MS-OXCFXICS]."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping

import pytest
from mapi_items import ASSOCIATED, CLASSES, LONG, NAMED, STREAMED, ItemSession
from mapi_session import mapi_hub
from mapi_sync import Replica

from posthouse.assemble.stores import ROOMS
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.parser.events import ChangeRead
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.objects import value_of
from posthouse.protocols.mapi.rops.fast_transfer import SourceOperation
from posthouse.protocols.mapi.rops.synchronization_upload import (
    ImportFlag,
    RopSynchronizationImportMessageChangeResponse,
)
from posthouse.store.backup import backup, restore
from posthouse.store.objects import ASSOCIATED as BESIDE
from posthouse.testing import MailHub

Items = Mapping[str, ObjectId]
"""By their classes."""


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


class Shelf:
    """A folder with an item of each class."""

    def __init__(self, hub: MailHub) -> None:
        self.alice = ItemSession(hub, "alice")
        self.folder, self.slot, self.name = self.alice.new()
        self.items = {one: self.alice.item(self.folder, one) for one in CLASSES}
        self.beside = {one: self.alice.item(self.folder, one, associated=True) for one in ASSOCIATED}

    def everything(self) -> list[tuple[str, ObjectId, bool]]:
        """Class, id, and whether it is associated."""
        found = [(one, number, False) for one, number in self.items.items()]
        return found + [(one, number, True) for one, number in self.beside.items()]


@pytest.fixture(scope="module")
def shelf(hub: MailHub) -> Shelf:
    return Shelf(hub)


@pytest.fixture
def bob(hub: MailHub) -> Iterator[ItemSession]:
    session = ItemSession(hub, "bob")
    yield session
    session.client.post("Disconnect", bytes(4))


def require_all(session: ItemSession, folder: ObjectId, name: str) -> None:
    """Every item of the shelf has come to that folder, in its order, those of the contents and those beside."""
    for found, wanted in (
        (session.message_ids(name), CLASSES),
        ([ObjectId(1, row.id) for row in session.asides(folder, BESIDE)], ASSOCIATED),
    ):
        assert len(found) == len(wanted)
        for message, message_class in zip(found, wanted, strict=True):
            session.require_item(folder, message, message_class)


# by streams


def by_messages(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    for ids in (shelf.items.values(), shelf.beside.values()):
        bob.put(slot, shelf.alice.copied_messages(shelf.slot, *ids), SourceOperation.COPY_MESSAGES)


def by_folder(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    bob.put(slot, shelf.alice.copied_folder(shelf.slot), SourceOperation.COPY_FOLDER)


def by_contents(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    bob.put(slot, shelf.alice.copied_to(shelf.slot, tags.PidTagDisplayName))


def one_by_one(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    for _, message, associated in shelf.everything():
        source, target = shelf.alice.opened_item(shelf.folder, message), bob.created(folder, associated=associated)
        bob.put(target, shelf.alice.copied_to(source))
        bob.saved(target)
        shelf.alice.release(source)
        bob.release(target)


def by_properties(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    for _, message, associated in shelf.everything():
        source, target = shelf.alice.opened_item(shelf.folder, message), bob.created(folder, associated=associated)
        wanted = *shelf.alice.listed(source), tags.PidTagMessageRecipients, tags.PidTagMessageAttachments
        bob.put(target, shelf.alice.copied_properties(source, *wanted), SourceOperation.COPY_PROPERTIES)
        bob.saved(target)
        shelf.alice.release(source)
        bob.release(target)


def by_upload(shelf: Shelf, bob: ItemSession, folder: ObjectId, slot: int) -> None:
    """As a client brings what it has made without the server."""
    replica, collector = Replica(), bob.collector(slot)
    for _, message, associated in shelf.everything():
        source = shelf.alice.opened_item(shelf.folder, message)
        flag = ImportFlag.ASSOCIATED if associated else ImportFlag(0)
        known = PredecessorChangeList()
        rop = bob.importing(collector, bob.new_key(), replica.change(), known, modified=1 << 56, flag=flag)
        bob.get(rop, RopSynchronizationImportMessageChangeResponse)
        bob.put(rop.output_handle_index, shelf.alice.copied_to(source))
        bob.saved(rop.output_handle_index)
        shelf.alice.release(source)
        bob.release(rop.output_handle_index)


Way = Callable[[Shelf, ItemSession, ObjectId, int], None]
WAYS = [by_messages, by_folder, by_contents, one_by_one, by_properties, by_upload]


@pytest.mark.parametrize("way", WAYS)
def test_to_another_mailbox(shelf: Shelf, bob: ItemSession, way: Way) -> None:
    """Named properties have other ids there, and the same names."""
    folder, slot, name = bob.new()
    way(shelf, bob, folder, slot)
    require_all(bob, folder, name)


def test_a_download(shelf: Shelf) -> None:
    """A client that keeps a file gets all of each item, with the names of what has names."""
    synced = shelf.alice.contents(shelf.slot)
    found = {value_of(one.message.properties, tags.PidTagSubject): one for one in synced.changes if not _beside(one)}
    beside = {value_of(one.message.properties, tags.PidTagSubject): one for one in synced.changes if _beside(one)}
    assert (list(found), list(beside)) == (list(CLASSES), list(ASSOCIATED))
    for message_class, change in (*found.items(), *beside.items()):
        message = change.message
        assert value_of(message.properties, tags.PidTagMessageClass) == message_class
        for name, kind, value in NAMED:
            assert (message.properties[name].type, message.properties[name].value) == (kind, value), message_class
        assert message.properties[STREAMED].value == LONG
        assert [value_of(one.properties, tags.PidTagDisplayName) for one in message.recipients] == ["Dóra, X."]
        file, outer = message.attachments
        assert value_of(file.properties, tags.PidTagAttachLongFilename) == "日本.dat"
        assert outer.embedded is not None
        assert value_of(outer.embedded.properties, tags.PidTagMessageClass) == message_class


def _beside(change: ChangeRead) -> bool:
    return bool(value_of(change.header, tags.PidTagAssociated, False))


def test_a_backup(shelf: Shelf) -> None:
    """A mailbox on another machine, from nothing but the backup."""
    running, archive = shelf.alice.hub.running.store, io.BytesIO()
    backup(running.database, running.blobs, ROOMS, archive, running.clock)
    with MailHub() as other:
        archive.seek(0)
        restore(other.running.store.database, other.running.store.blobs, ROOMS, archive)
        alice = ItemSession(other, "alice")
        require_all(alice, shelf.folder, shelf.name)
