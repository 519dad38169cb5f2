"""A delegate reads what they may and nothing else, over MAPI and IMAP: folders with every kind of right, granted by
either protocol, looked at by both, in all the ways that there are to look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from mapi_guests import GuestSession
from mapi_news import NewsSession
from mapi_permissions import removing
from mapi_session import LOGON, imap_of, mapi_hub
from mapi_sync import Synced

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.fast_transfer.parser.syncs import contents_sync
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.protocols.mapi.restrictions import Exist
from posthouse.protocols.mapi.rops.fast_transfer import (
    FolderCopyFlags,
    RopFastTransferSourceCopyFolderRequest,
    SendOptions,
)
from posthouse.protocols.mapi.rops.folder import (
    FolderType,
    HierarchyTableFlags,
    RopDeleteMessagesRequest,
    RopGetContentsTableRequest,
    RopSetSearchCriteriaRequest,
    SearchRequestFlags,
)
from posthouse.protocols.mapi.rops.message import (
    LOGON_CODE_PAGE,
    MessageOpenMode,
    RopCreateMessageRequest,
    RopOpenMessageRequest,
    RopSaveChangesMessageRequest,
    SaveFlags,
)
from posthouse.protocols.mapi.rops.permission import MemberRights as Rights
from posthouse.protocols.mapi.rops.property import RopSetPropertiesRequest
from posthouse.protocols.mapi.rops.synchronization import RopSynchronizationConfigureRequest, SynchronizationType
from posthouse.protocols.mapi.rops.table import RopQueryPositionRequest
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import MailHub

SEE, READ, EDIT = Rights.FOLDER_VISIBLE, Rights.READ_ANY, Rights.EDIT_ANY
OWN = Rights.EDIT_OWNED | Rights.DELETE_OWNED
SUBJECT, KEEP = tags.PidTagSubject, SaveFlags.KEEP_OPEN_READ_WRITE
BOB, FOR_BOB = "bob@example.org", "Users/alice@example.org/"


class Kind(NamedTuple):
    """Of a folder. What a delegate may: l know of it, r read, i put messages there, w change those of others, t delete
    them, a administer it, o change and delete what they have put there."""

    may: str
    letters: str
    """As IMAP grants it; empty: it cannot."""
    rights: Rights
    """As MAPI does."""


KINDS = {
    "seen": Kind("l", "l", SEE),
    "box": Kind("li", "li", SEE | Rights.CREATE),
    "read": Kind("lr", "lrs", SEE | READ),
    "filled": Kind("lri", "lrsi", SEE | READ | Rights.CREATE),
    "signed": Kind("lrio", "", SEE | READ | Rights.CREATE | OWN),
    "changed": Kind("lrw", "lrsw", SEE | READ | EDIT),
    "edited": Kind("lriwto", "lrswite", SEE | READ | Rights.CREATE | EDIT | Rights.DELETE_ANY),
    "managed": Kind("lra", "lrsxa", SEE | READ | Rights.FOLDER_OWNER),
}


class Scene:
    """alice's folders of every kind, and one that nobody else is to know of; each with three messages."""

    def __init__(self, hub: MailHub, by: str) -> None:
        self.hub, self.by = hub, by
        self.alice = GuestSession(hub, "alice")
        self.kinds = {f"{by} {name}": kind for name, kind in KINDS.items() if by == "mapi" or kind.letters}
        self.folders: dict[str, ObjectId] = {}
        for path in (*self.kinds, f"{by} private"):
            self.folders[path], _ = self.alice.create(self.alice.subtree, path)
            self.alice.fill(path, *(f"{path} {number}" for number in range(3)))
        for path, kind in self.kinds.items():
            self.grant(path, kind)
        self.bob = GuestSession(hub, "bob", "alice")

    def grant(self, path: str, kind: Kind) -> None:
        if self.by == "mapi":
            slot = self.alice.open(self.folders[path])
            assert self.alice.modify(slot, self.alice.adding("bob", kind.rights)) == 0
        else:
            with imap_of(self.hub, "alice") as client:
                client.setacl(path, BOB, kind.letters)

    def revoke(self, path: str) -> None:
        """By the other protocol."""
        if self.by == "mapi":
            with imap_of(self.hub, "alice") as client:
                client.setacl(path, BOB, "-lrswipkxtea")
        else:
            slot = self.alice.open(self.folders[path])
            assert self.alice.modify(slot, removing(self.alice.member(slot, "bob").id)) == 0

    @property
    def readable(self) -> set[str]:
        return {path for path, kind in self.kinds.items() if "r" in kind.may}


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture(scope="module", params=["imap", "mapi"])
def scene(hub: MailHub, request: pytest.FixtureRequest) -> Scene:
    return Scene(hub, request.param)


# by MAPI


def opening(session: GuestSession, folder: ObjectId, message: ObjectId, mode: MessageOpenMode) -> tuple[int, int]:
    """The slot, and the ReturnValue."""
    slot = session.slot()
    return slot, session.error(RopOpenMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, mode, message))


def creates(session: GuestSession, folder: ObjectId, subject: str) -> ObjectId | None:
    """The message that was saved."""
    slot = session.slot()
    if session.error(RopCreateMessageRequest(0, LOGON, slot, LOGON_CODE_PAGE, folder, False)):
        return None
    session.set(slot, {SUBJECT: subject})
    message: ObjectId = session.saved(slot)
    return message


def changes(session: GuestSession, folder: ObjectId, message: ObjectId) -> bool:
    slot, failed = opening(session, folder, message, MessageOpenMode.READ_WRITE)
    if failed:
        return False
    session.set(slot, {tags.PidTagImportance: 2})
    return session.error(RopSaveChangesMessageRequest(0, slot, slot, KEEP)) == 0


def deletes(session: GuestSession, slot: int, message: ObjectId) -> bool:
    [answer] = session.execute(RopDeleteMessagesRequest(0, slot, False, False, (message,)))
    return answer.return_value == 0 and not answer.partial_completion


def may_by_mapi(scene: Scene, path: str) -> str:
    bob, folder = scene.bob, scene.folders[path]
    first, *_, last = scene.alice.message_ids(path)[:3]
    if bob.open_error(folder):
        return ""
    slot, found = bob.open(folder), "l"
    reads = not bob.error(RopGetContentsTableRequest(0, slot, bob.slot()))
    assert (opening(bob, folder, first, MessageOpenMode.READ_ONLY)[1] == 0) is reads
    found += "r" if reads else ""
    mine = creates(bob, folder, f"{path} of bob's")
    found += "i" if mine else ""
    found += "w" if changes(bob, folder, first) else ""
    found += "t" if deletes(bob, slot, last) else ""
    comment = (TaggedValue(tags.PidTagComment, "x"),)
    found += "a" if not bob.error(RopSetPropertiesRequest(0, slot, comment)) else ""
    return found + ("o" if mine and changes(bob, folder, mine) and deletes(bob, slot, mine) else "")


# by IMAP


def can(work: Callable[[], object]) -> bool:
    try:
        work()
    except IMAPClientError:
        return False
    return True


def marks(client: IMAPClient, uid: int, flag: bytes) -> bool:
    """Whether it has the flag then: what may not be changed of several is passed over without a word."""
    return can(lambda: client.add_flags([uid], [flag], silent=True)) and flag in client.get_flags([uid])[uid]


def may_by_imap(scene: Scene, path: str) -> str:
    name, new = FOR_BOB + path, f"Subject: {path} of bob's\r\n\r\nx\r\n".encode()
    with imap_of(scene.hub, "bob") as client:
        if name not in {one for _, _, one in client.list_folders()}:
            assert not can(lambda: client.append(name, new))
            return ""
        found = "l"
        before: list[int] = []
        if can(lambda: client.select_folder(name)):
            before = client.search()
            assert all(path.encode() in one[b"BODY[]"] for one in client.fetch(before, ["BODY.PEEK[]"]).values())
            found += "r"
        found += "i" if can(lambda: client.append(name, new)) else ""
        if before:
            found += "w" if marks(client, before[0], b"\\Flagged") else ""
            found += "t" if marks(client, before[0], b"\\Deleted") else ""
        found += "a" if can(lambda: client.getacl(name)) else ""
        if before and "i" in found:
            client.noop()
            mine = max(client.search())
            own = marks(client, mine, b"\\Flagged") and marks(client, mine, b"\\Deleted")
            found += "o" if own and can(lambda: client.uid_expunge([mine])) and mine not in client.search() else ""
        return found


# what they see


def test_both_protocols_allow_the_same(scene: Scene) -> None:
    """Whichever has granted it."""
    expected = {path: kind.may for path, kind in scene.kinds.items()} | {f"{scene.by} private": ""}
    assert {path: may_by_imap(scene, path) for path in scene.folders} == expected
    assert {path: may_by_mapi(scene, path) for path in scene.folders} == expected


def test_lists_of_folders(scene: Scene) -> None:
    """LIST, the table of all folders, and their synchronization have the same, and nothing private."""
    bob = scene.bob
    with imap_of(scene.hub, "bob") as client:
        listed = {name.removeprefix(FOR_BOB) for _, _, name in client.list_folders("", f"{FOR_BOB}{scene.by} *")}
    root = bob.open(bob.special(Special.ROOT))
    table = set(bob.rows(bob.hierarchy(root, tags.PidTagDisplayName, flags=HierarchyTableFlags.DEPTH)))
    assert listed == scene.kinds.keys()
    assert {name for name in table if name.startswith(f"{scene.by} ")} == scene.kinds.keys()
    assert not {"Calendar", "Sent", "Deferred Action"} & table


def test_a_search_finds_what_may_be_read(scene: Scene) -> None:
    """In a search folder of the owner's that looks everywhere, and is shared."""
    search, slot = scene.alice.create(scene.alice.subtree, f"{scene.by} search", kind=FolderType.SEARCH)
    everywhere = (scene.alice.special(Special.IPM_SUBTREE),)
    recursive = SearchRequestFlags.RECURSIVE_SEARCH
    assert scene.alice.error(RopSetSearchCriteriaRequest(0, slot, Exist(SUBJECT), everywhere, recursive)) == 0
    assert scene.alice.modify(slot, scene.alice.adding("bob", SEE | READ)) == 0
    there = scene.bob.open(search)
    found = {subject.rsplit(" ", 1)[0] for subject in scene.bob.rows(scene.bob.contents(there, SUBJECT))}
    ours = {path.removesuffix(" of") for path in found if path.startswith(f"{scene.by} ")}
    assert ours == scene.readable
    context = scene.bob.configured(there, SynchronizationType.CONTENTS)
    subjects = Synced(scene.bob.stream(context), contents_sync).subjects
    assert {one for one in subjects if " private " in one or " seen " in one or " box " in one} == set()
    with imap_of(scene.hub, "alice") as client:
        private = f"{scene.by} private"
        client.select_folder(private)
        assert len(client.search()) == 3


def test_streams_and_synchronizations(scene: Scene) -> None:
    """Of what may be read, and nothing of the rest."""
    bob = scene.bob
    for path, folder in scene.folders.items():
        if path not in scene.kinds:
            continue
        slot, out = bob.open(folder), bob.slot()
        kind = SynchronizationType.CONTENTS
        configure = RopSynchronizationConfigureRequest(
            *(0, slot, bob.slot(), kind, SendOptions.UNICODE, 0x31, None, 0, ())
        )
        copy = RopFastTransferSourceCopyFolderRequest(0, slot, out, FolderCopyFlags(0), SendOptions.UNICODE)
        reads = path in scene.readable
        assert (bob.error(configure) == 0) is reads, path
        assert (bob.error(copy) == 0) is reads, path
        if reads:
            assert f"{path} 0" in bob.stream(out).decode("utf-16-le", "replace")
            assert f"{path} 0" in Synced(bob.stream(configure.output_handle_index), contents_sync).subjects


def test_news_of_what_may_be_read(scene: Scene) -> None:
    """Mail comes into every folder; the delegate hears of what they may read, and of searches that are shared with
    them."""
    bob = NewsSession(scene.hub, "bob", "alice")
    handle = bob.register()
    for path in scene.folders:
        scene.alice.fill(path, f"{path} news")
    numbers = {folder: path for path, folder in scene.folders.items()}
    heard = bob.heard(handle)
    assert {numbers[one.folder_id] for one in heard if getattr(one, "message_id", None)} == scene.readable
    told = {one.folder_id for one in heard}
    assert {numbers[folder] for folder in told & numbers.keys()} <= scene.kinds.keys()
    assert all(bob.open_error(search) == 0 for search in told - numbers.keys())


def test_what_is_taken_away_is_gone(scene: Scene) -> None:
    """By the other protocol, and at once: for what is open, too."""
    bob = scene.bob
    tables = {path: bob.contents(bob.open(scene.folders[path]), SUBJECT) for path in scene.readable}
    with imap_of(scene.hub, "bob") as client:
        client.select_folder(f"{FOR_BOB}{scene.by} read")
        for path in scene.kinds:
            scene.revoke(path)
        assert not can(lambda: client.fetch("1:*", ["BODY.PEEK[]"]))
    for path, folder in scene.folders.items():
        assert bob.open_error(folder) != 0, path
    for table in tables.values():
        assert bob.error(RopQueryPositionRequest(0, table)) != 0
    assert {path: may_by_imap(scene, path) for path in scene.kinds} == dict.fromkeys(scene.kinds, "")
