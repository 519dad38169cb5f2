"""Whoever makes a public folder looks after it: it is theirs to fill, change and take away, by MAPI and by IMAP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from imapclient.exceptions import IMAPClientError
from mapi_public import OPEN_PUBLIC, PublicSession, PublicSync, allow, make_public
from mapi_session import account_of, imap_of, mapi_hub
from mapi_sync import LATER, Replica

from posthouse.directory import set_attributes
from posthouse.model.rights import ALL_RIGHTS, NO_RIGHTS, Right
from posthouse.protocols.mapi.fast_transfer.predecessors import PredecessorChangeList
from posthouse.protocols.mapi.rops.folder import DeleteFolderFlags
from posthouse.protocols.mapi.rops.logon import OpenFlags
from posthouse.protocols.mapi.rops.message import RopSaveChangesMessageRequest, RopSaveChangesMessageResponse, SaveFlags
from posthouse.protocols.mapi.rops.synchronization_upload import RopSynchronizationImportHierarchyChangeResponse
from posthouse.store.folders import PUBLIC, PUBLIC_RIGHTS, find_folder
from posthouse.store.rights import ANYONE, read_entries
from posthouse.testing import MailHub

WITH_MESSAGES = DeleteFolderFlags.DEL_MESSAGES
ACCESS_DENIED = 0x80070005
NOBODY = PredecessorChangeList()
TO_MAKE = Right.LOOKUP | Right.READ | Right.CREATE


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob", "root") as hub:
        hub.write(lambda tx: set_attributes(tx, "root@example.org", {"admin": "true"}))
        make_public(hub, "Work")
        allow(hub, "Work", TO_MAKE)
        yield hub


def rights(hub: MailHub, path: str) -> dict[int, Right]:
    """By the accounts that the folder's list names."""
    entries = hub.read(lambda tx: read_entries(tx, PUBLIC, find_folder(tx, PUBLIC, path).id))
    return {entry.holder.principal: entry.rights for entry in entries}


@pytest.mark.parametrize("flags", [OPEN_PUBLIC, OPEN_PUBLIC | OpenFlags.USE_ADMIN_PRIVILEGE])
def test_at_the_top(hub: MailHub, flags: OpenFlags) -> None:
    """An administrator's folder is theirs, and for others as public as any."""
    root = PublicSession(hub, "root", flags)
    root.create(root.subtree, "By root")
    assert rights(hub, "By root") == {ANYONE: PUBLIC_RIGHTS, account_of(hub, "root"): ALL_RIGHTS}
    folder = root.folder("By root")
    root = PublicSession(hub, "root")
    started = root.started(folder)
    saving = RopSaveChangesMessageRequest(0, started, started, SaveFlags.FORCE_SAVE)
    root.opened(folder, root.get(saving, RopSaveChangesMessageResponse).message_id)
    alice = PublicSession(hub, "alice")
    assert alice.delete_folder(folder, WITH_MESSAGES, alice.subtree).return_value == ACCESS_DENIED
    assert root.delete_folder(folder, WITH_MESSAGES, root.subtree).return_value == 0


def test_below_another(hub: MailHub) -> None:
    """What its maker inherited is no bound; what others have there is."""
    bob, alice = PublicSession(hub, "bob"), PublicSession(hub, "alice")
    bob.create(bob.open(bob.folder("Work")), "By bob")
    assert rights(hub, "Work/By bob") == {ANYONE: TO_MAKE, account_of(hub, "bob"): ALL_RIGHTS}
    folder = bob.folder("Work/By bob")
    assert alice.delete_folder(folder, WITH_MESSAGES, alice.open(alice.folder("Work"))).return_value == ACCESS_DENIED
    assert bob.delete_folder(folder, WITH_MESSAGES, bob.open(bob.folder("Work"))).return_value == 0


def test_from_a_copy(hub: MailHub) -> None:
    """A client that has made it without the network makes it as well."""
    bob = PublicSync(hub, "bob")
    tree = bob.collector(bob.open(bob.folder("Work")), contents=False)
    uploading = bob.importing_folder(tree, bob.new_key(), "Copied", Replica().change(), NOBODY, modified=LATER)
    bob.get(uploading, RopSynchronizationImportHierarchyChangeResponse)
    assert rights(hub, "Work/Copied") == {ANYONE: TO_MAKE, account_of(hub, "bob"): ALL_RIGHTS}


def test_one_that_was_there(hub: MailHub) -> None:
    """Who opens a folder by making it again has not made it."""
    bob, alice = PublicSession(hub, "bob"), PublicSession(hub, "alice")
    bob.create(bob.open(bob.folder("Work")), "Known")
    alice.create(alice.open(alice.folder("Work")), "Known", existing=True)
    assert rights(hub, "Work/Known").get(account_of(hub, "alice"), NO_RIGHTS) == NO_RIGHTS


def test_by_imap(hub: MailHub) -> None:
    with imap_of(hub, "bob") as bob, imap_of(hub, "alice") as alice:
        bob.create_folder("Public/Work/By IMAP")
        assert rights(hub, "Work/By IMAP") == {ANYONE: TO_MAKE, account_of(hub, "bob"): ALL_RIGHTS}
        with pytest.raises(IMAPClientError, match="NOPERM"):
            alice.delete_folder("Public/Work/By IMAP")
        bob.delete_folder("Public/Work/By IMAP")
