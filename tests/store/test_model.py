"""The store against a model in plain Python: any sequence of operations leaves the same messages, UIDs, counters,
modseqs and tombstones in both; no UID is used twice (pitfall 13)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from posthouse.database import open_database
from posthouse.model.flags import NOTED, Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, ModSeq
from posthouse.model.ranges import contains, normalise
from posthouse.model.refusals import FolderNotFound, OverQuota
from posthouse.store import ROOM
from posthouse.store.accounts import create_account, set_quota, usage
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content, sweep
from posthouse.store.flags import change_flags
from posthouse.store.folders import INBOX, create_folder, delete_folder, list_folders
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, copy, expunge, move, remove, rename_inbox
from posthouse.store.reading import changes, first_unseen, rows, uids
from posthouse.store.verify import verify

ACCOUNT = AccountId(1)
NOW = 1_700_000_000
UIDS = st.lists(st.tuples(st.integers(1, 25), st.integers(1, 25)), max_size=5).map(normalise)
BITS = st.sampled_from([Flag(0), Flag.SEEN, Flag.DELETED, Flag.SEEN | Flag.DELETED, Flag.FLAGGED])
KEYWORDS = st.frozensets(st.sampled_from(["a", "A", "b", "ab"]), max_size=2)
FLAGS = st.builds(Flags, BITS, KEYWORDS)
NAMES = st.sampled_from(["x", "x/y", "z", "z/z"])


@dataclass
class Message:
    uid: int
    body: bytes
    system: Flag
    keywords: frozenset[str]
    modseq: int


@dataclass
class Folder:
    next_uid: int = 1
    messages: list[Message] = field(default_factory=list)
    gone: dict[int, int] = field(default_factory=dict)
    """UID → modseq at which it went."""
    spelling: dict[str, str] = field(default_factory=dict)

    def spell(self, keywords: frozenset[str]) -> frozenset[str]:
        return frozenset(self.spelling.setdefault(keyword.lower(), keyword) for keyword in sorted(keywords))

    def within(self, wanted) -> list[Message]:
        return [message for message in self.messages if contains(wanted, message.uid)]


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        for name, value in (("DISTINCT", 2), ("MAX_NOTED", 2), ("KEPT_CHANGES", 3), ("PRUNE_ONE_IN", 3)):
            self.patch.setattr(f"posthouse.store.flags.{name}", value)
        self.patch.setattr("posthouse.store.reading.MAX_PASSES", 1)
        self.place = tempfile.TemporaryDirectory()
        self.database = open_database(f"sqlite:{self.place.name}/store.db")
        self.database.migrate([ROOM])
        self.blobs = FileBlobs(Path(self.place.name) / "blobs")
        with self.database.transaction() as tx:
            create_account(tx, ACCOUNT, NOW)
            tx.run("DELETE FROM folder WHERE folder_id <> 1")
        self.folders: dict[str, Folder] = {"INBOX": Folder()}
        self.modseq = 0
        self.seen_validities: set[int] = set()
        self.told: list = []
        self.database.on_commit = self.told.extend

    def teardown(self) -> None:
        self.database.close()
        self.place.cleanup()
        self.patch.undo()

    def do(self, operation, *args):
        """Run it, and see that what it changed is told and is newer than everything before."""
        self.told.clear()
        with self.database.transaction() as tx:
            before = self.account_modseq(tx)
            outcome = operation(tx, ACCOUNT, *args)
            self.modseq = self.account_modseq(tx)
        assert self.modseq >= before
        assert all(hint.modseq <= self.modseq for hint in self.told)
        return outcome

    def account_modseq(self, tx) -> int:
        return tx.one("SELECT modseq FROM account")[0]

    def id_of(self, path: str):
        with self.database.snapshot() as tx:
            return list_folders(tx, ACCOUNT)[path].id

    def some(self, data) -> str:
        return data.draw(st.sampled_from(sorted(self.folders)))

    def changed_in(self, path: str) -> bool:
        return any(hint.folder == self.id_of(path) for hint in self.told)

    @rule(data=st.data(), body=st.sampled_from([b"one", b"two", b"three"]), flags=FLAGS)
    def append(self, data, body, flags):
        path = self.some(data)
        folder = self.folders[path]
        keywords = frozenset({keyword.lower(): keyword for keyword in sorted(flags.keywords)}.values())
        flags = Flags(flags.system, keywords)

        def run(tx, account, number):
            new = content_of(self.blobs, b"Subject: %b\r\n\r\n" % body)
            return append(tx, account, number, NewMessage(add_content(tx, new), new.size, NOW, flags), NOW)

        placed = self.do(run, self.id_of(path))
        assert placed.uid == folder.next_uid
        folder.messages.append(Message(placed.uid, body, flags.system, folder.spell(keywords), placed.modseq))
        folder.next_uid += 1
        assert self.changed_in(path)

    @rule(data=st.data(), wanted=UIDS, how=st.sampled_from(How), flags=FLAGS)
    def flag(self, data, wanted, how, flags):
        path = self.some(data)
        folder = self.folders[path]
        keywords = frozenset({keyword.lower(): keyword for keyword in sorted(flags.keywords)}.values())
        outcome = self.do(change_flags, self.id_of(path), wanted, FlagChange(how, Flags(flags.system, keywords)))
        keywords = folder.spell(keywords)
        any_changed = False
        for message in folder.within(wanted):
            before = (message.system, message.keywords)
            if how is How.SET:
                message.system, message.keywords = flags.system, keywords
            elif how is How.ADD:
                message.system, message.keywords = message.system | flags.system, message.keywords | keywords
            else:
                message.system, message.keywords = message.system & ~flags.system, message.keywords - keywords
            if before != (message.system, message.keywords):
                message.modseq = outcome.modseq
                any_changed = True
        assert outcome.any == any_changed
        assert self.changed_in(path) == any_changed

    @rule(data=st.data(), wanted=UIDS)
    def copy(self, data, wanted):
        source, target = self.some(data), self.some(data)
        copied = self.do(copy, self.id_of(source), wanted, self.id_of(target), NOW)
        self.placed(source, target, wanted, copied)

    @rule(data=st.data(), wanted=UIDS)
    def move(self, data, wanted):
        source, target = self.some(data), self.some(data)
        copied = self.do(move, self.id_of(source), wanted, self.id_of(target), NOW)
        moved = self.placed(source, target, wanted, copied)
        self.leave(source, [message.uid for message in moved])

    def placed(self, source, target, wanted, copied) -> list[Message]:
        originals, into = self.folders[source].within(wanted), self.folders[target]
        assert [n for low, high in copied.source for n in range(low, high + 1)] == [m.uid for m in originals]
        made = [n for low, high in copied.target for n in range(low, high + 1)]
        assert made == list(range(into.next_uid, into.next_uid + len(originals)))
        for uid, message in zip(made, originals, strict=True):
            into.messages.append(
                replace(message, uid=uid, keywords=into.spell(message.keywords), modseq=self.modseq_of(target, uid))
            )
        into.next_uid += len(made)
        return originals

    def modseq_of(self, path: str, uid: int) -> int:
        with self.database.snapshot() as tx:
            return rows(tx, ACCOUNT, self.id_of(path), uid, uid, ("modseq",))[0][0]

    def leave(self, path: str, gone: list[int]) -> None:
        folder = self.folders[path]
        folder.messages = [message for message in folder.messages if message.uid not in gone]
        folder.gone |= dict.fromkeys(gone, self.modseq)

    @rule(data=st.data(), wanted=UIDS | st.none())
    def expunge(self, data, wanted):
        path = self.some(data)
        gone = self.do(expunge, self.id_of(path), wanted)
        marked = [
            message.uid
            for message in self.folders[path].messages
            if message.system & Flag.DELETED and (wanted is None or contains(wanted, message.uid))
        ]
        assert [n for low, high in gone for n in range(low, high + 1)] == marked
        self.leave(path, marked)

    @rule(data=st.data(), wanted=UIDS)
    def remove(self, data, wanted):
        path = self.some(data)
        there = [message.uid for message in self.folders[path].within(wanted)]
        self.do(remove, self.id_of(path), wanted)
        self.leave(path, there)

    @rule(path=NAMES)
    @precondition(lambda self: len(self.folders) < 4)
    def create(self, path):
        if path not in self.folders:
            self.do(create_folder, path)
            for name in (path.partition("/")[0], path):
                self.folders.setdefault(name, Folder())

    @rule(path=NAMES)
    def delete(self, path):
        if path in self.folders and not any(name.startswith(path + "/") for name in self.folders):
            self.do(delete_folder, self.id_of(path))
            del self.folders[path]

    @rule()
    @precondition(lambda self: "old" not in self.folders)
    def rename_inbox(self):
        inbox = self.folders["INBOX"]
        self.do(rename_inbox, "old", NOW)
        self.folders["old"] = Folder(spelling=dict(inbox.spelling))
        for uid, message in enumerate(inbox.messages, 1):
            self.folders["old"].messages.append(replace(message, uid=uid, modseq=self.modseq_of("old", uid)))
        self.folders["old"].next_uid = len(inbox.messages) + 1
        self.leave("INBOX", [message.uid for message in inbox.messages])

    @rule(data=st.data())
    def refuse(self, data):
        """Over quota, or into a folder that is not there: nothing changes."""
        with self.database.transaction() as tx:
            new = content_of(self.blobs, b"Subject: refused\r\n\r\n")
            message = NewMessage(add_content(tx, new), new.size, NOW)
            tx.run("INSERT INTO content_released VALUES (?) ON CONFLICT DO NOTHING", (message.content,))
            set_quota(tx, ACCOUNT, 1, 0)
            for number, refusal in ((INBOX, OverQuota), (99_999, FolderNotFound)):
                try:
                    append(tx, ACCOUNT, number, message, NOW)
                except refusal:
                    set_quota(tx, ACCOUNT, 0, 0)
                else:
                    raise AssertionError

    @rule()
    def sweep(self):
        with self.database.transaction() as tx:
            sweep(tx, NOW)
            assert tx.all("SELECT * FROM content_released") == []
            kept = {row[0] for row in tx.all("SELECT subject FROM content")}
        assert kept == {m.body.decode() for folder in self.folders.values() for m in folder.messages}

    @invariant()
    def same(self):
        with self.database.snapshot() as tx:
            assert [str(problem) for problem in verify(tx, self.blobs)] == []
            there = list_folders(tx, ACCOUNT)
            assert set(there) == set(self.folders)
            for path, folder in self.folders.items():
                self.compare(tx, there[path], folder)
            count = sum(len(folder.messages) for folder in self.folders.values())
            assert usage(tx, ACCOUNT).used_messages == count

    def compare(self, tx, said, folder: Folder) -> None:
        messages = folder.messages
        assert said.next_uid == folder.next_uid
        assert said.total == len(messages)
        assert said.unseen == sum(not message.system & Flag.SEEN for message in messages)
        assert said.deleted == sum(bool(message.system & Flag.DELETED) for message in messages)
        columns = ("uid", "flags", "keywords", "modseq", "subject")
        found = [
            Message(uid, subject.encode(), Flag(flags) & ~NOTED, frozenset((keywords or "").split()), modseq)
            for uid, flags, keywords, modseq, subject in rows(tx, ACCOUNT, said.id, 1, 2**32 - 1, columns)
        ]
        assert found == messages
        assert list(uids(tx, ACCOUNT, said.id)) == [message.uid for message in messages]
        unseen = [message.uid for message in messages if not message.system & Flag.SEEN]
        assert first_unseen(tx, ACCOUNT, said.id) == (unseen[0] if unseen else None)
        for since in {0, said.highest_modseq - 1, self.modseq, *[message.modseq for message in messages]}:
            news = changes(tx, ACCOUNT, said.id, ModSeq(since))
            assert [row[0] for row in news.changed] == [m.uid for m in messages if m.modseq > since]
            assert news.vanished == sorted(uid for uid, modseq in folder.gone.items() if modseq > since)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
