"""Two clients in cached mode, beside IMAP, POP3 and mail that comes, on several workers: whenever it is quiet, all see
the same, and whoever was away for however long gets there too."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest
from cached_mode import CachedClient, CachedFolder, Copy, View
from hubs import DOMAIN, Hub
from imapclient import IMAPClient

from posthouse.protocols.mapi import tags

WORLDS = int(os.environ.get("POSTHOUSE_CACHED_WORLDS", "2"))
STEPS = int(os.environ.get("POSTHOUSE_CACHED_STEPS", "40"))
QUIET = 8
"""Steps between two looks."""
FOLDERS = ("INBOX", "one", "two")
HOUR = 36_000_000_000


@pytest.fixture(scope="module")
def cached_hub(tmp_path_factory, authority):
    hub = Hub(tmp_path_factory.mktemp("cached"), authority, {"workers": 2, "mapi": {"enabled": True}})
    hub.command("domain", "add", DOMAIN)
    hub.start()
    yield hub
    assert hub.stop() == 0, hub.log_text()


class World:
    def __init__(self, hub: Hub, seed: int) -> None:
        self.hub, self.chance = hub, random.Random(seed)
        self.who = hub.person()
        self.number = 0
        with hub.imap(self.who) as imap:
            for path in FOLDERS[1:]:
                imap.create_folder(path)
        self.clients = [CachedClient(hub, self.who, self.chance) for _ in range(2)]
        self.older: list[Copy] = []
        self.imap = hub.imap(self.who)

    def subject(self) -> str:
        self.number += 1
        return f"message {self.number}"

    def step(self) -> str:
        acts: list[Callable[[], None]] = [
            *(self.deliver, self.append, self.flag, self.expunge, self.move, self.pop3, self.folders),
            *(self.bring, self.bring, self.mark, self.mark, self.drop, self.carry, self.look, self.edit, self.edit),
        ]
        act = self.chance.choice(acts)
        act()
        return act.__name__

    # by other protocols

    def deliver(self) -> None:
        data = f"From: x@elsewhere.test\r\nSubject: {self.subject()}\r\n\r\nHello\r\n".encode()
        self.hub.send("x@elsewhere.test", self.who, data, "lmtp")

    def append(self) -> None:
        self.imap.append(self.chance.choice(FOLDERS), f"Subject: {self.subject()}\r\n\r\nx\r\n".encode())

    def _some(self) -> list[int]:
        self.imap.select_folder(self.chance.choice(FOLDERS))
        uids = self.imap.search()
        return self.chance.sample(uids, min(len(uids), self.chance.randint(1, 3)))

    def flag(self) -> None:
        if uids := self._some():
            work = self.chance.choice((self.imap.add_flags, self.imap.remove_flags))
            work(uids, [self.chance.choice(("\\Seen", "\\Flagged"))])

    def expunge(self) -> None:
        if uids := self._some()[:1]:
            self.imap.delete_messages(uids)
            self.imap.expunge(uids)

    def move(self) -> None:
        if uids := self._some():
            self.imap.move(uids, self.chance.choice(FOLDERS))

    def pop3(self) -> None:
        client = self.hub.pop3(self.who)
        if client.stat()[0]:
            client.dele(1)
        client.quit()

    def folders(self) -> None:
        path = f"extra {self.chance.randint(1, 3)}"
        if self.imap.folder_exists(path):
            work = self.chance.choice((0, 1))
            other = f"renamed {self.number}"
            if work and not self.imap.folder_exists(other):
                self.imap.rename_folder(path, other)
            else:
                self.imap.delete_folder(path)
        else:
            self.imap.create_folder(path)
        self.number += 1

    # by clients in cached mode, perhaps without knowing what there is by now

    def _folder(self, client: CachedClient) -> CachedFolder:
        known = [one for one in client.copy.folders.values() if client.copy.path(one) in ("Inbox", "one", "two")]
        return self.chance.choice(known)

    def _message(self, client: CachedClient) -> tuple[CachedFolder, int] | None:
        folder = self._folder(client)
        return (folder, self.chance.choice(list(folder.messages))) if folder.messages else None

    def bring(self) -> None:
        client = self.chance.choice(self.clients)
        found = self._message(client) if self.chance.random() < 0.6 else None
        folder, number = found or (self._folder(client), None)
        subject = self.subject() if number is None or self.chance.random() < 0.5 else folder.messages[number].subject
        modified = 134_000_000_000_000_000 + self.number * HOUR * self.chance.choice((1, 30_000))
        client.write(folder, subject, number, flagged=self.chance.random() < 0.5, modified=modified)

    def mark(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            client.mark(*found, seen=self.chance.random() < 0.5)

    def edit(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            values = (
                {tags.PidTagSubject: self.subject()},
                {tags.PidTagBody: f"another text {self.number}"},
                {tags.PidTagFlagStatus: self.chance.choice((0, 2))},
                {tags.PidTagComment: f"comment {self.number}"},
            )
            client.edit(*found, self.chance.choice(values))

    def drop(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            client.delete(*found)

    def carry(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            folder, number = found
            target = self._folder(client)
            if target is not folder:
                client.move(folder, number, target)

    def look(self) -> None:
        client = self.chance.choice(self.clients)
        client.synchronize()
        self.older.append(client.snapshot())

    # what all see

    def truth(self) -> dict[str, list[View]]:
        found = {}
        with self.hub.imap(self.who) as imap:
            for flags, _, path in imap.list_folders():
                if b"\\Noselect" not in flags:
                    found["Inbox" if path == "INBOX" else path] = sorted(_seen_by_imap(imap, path))
        return found

    def compare(self) -> None:
        truth = self.truth()
        for client in self.clients:
            client.synchronize()
            view = client.copy.view()
            assert {path: view.get(path) for path in truth} == truth
            client.synchronize()
            assert client.copy.view() == view
        if self.older:
            late = self.clients[0]
            now, late.copy = late.copy, self.chance.choice(self.older)
            late.synchronize()
            assert late.copy.view() == now.view()
            late.copy = now


def _seen_by_imap(imap: IMAPClient, path: str) -> list[View]:
    imap.select_folder(path, readonly=True)
    return [
        (
            row[b"ENVELOPE"].subject.decode(),
            b"\\Seen" in row[b"FLAGS"],
            b"\\Flagged" in row[b"FLAGS"],
            row[b"BODY[TEXT]"].decode().strip(),
        )
        for row in imap.fetch(imap.search(), ["ENVELOPE", "FLAGS", "BODY.PEEK[TEXT]"]).values()
    ]


@pytest.mark.timeout(240 + 8 * STEPS)
@pytest.mark.parametrize("seed", range(WORLDS))
def test_all_see_the_same(cached_hub, seed):
    """R3335, R3336, R3337: mS-OXCFXICS R1858, R1859, R1916, R3399: nothing is lost, nothing comes twice, from any state
    that there was; what is told in parts, and versions in conflict, end in the same."""
    world = World(cached_hub, seed)
    done: list[str] = []
    for client in world.clients:
        client.synchronize()
    try:
        for number in range(STEPS):
            done.append(world.step())
            if number % QUIET == QUIET - 1:
                world.compare()
        world.compare()
    except AssertionError as failure:
        raise AssertionError(f"seed {seed}, after {done}") from failure
    finally:
        world.imap.logout()
