"""A mailbox that two clients in cached mode use, beside IMAP, POP3 and mail that comes, at random; and what is to be
true of it whenever it is quiet. What they keep beside mail, in associated messages, no other protocol sees."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from cached_copy import CachedFolder, Copy, View
from cached_mode import CachedClient, FolderGone
from hubs import Hub
from imapclient import IMAPClient
from recoverable import associated_in, deleted_folders, recoverable_texts

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.protocols.mapi.rops.moving import RopMoveFolderRequest

FOLDERS = ("INBOX", "one", "two")
HOUR = 36_000_000_000
LAST_WRITER_WINS = 1
LATE = 2
"""Older states from which a client begins again, at each look."""


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
        act = self.chance.choice(self.acts())
        with suppress(FolderGone):
            act()
        return act.__name__

    def acts(self) -> list[Callable[[], None]]:
        return [
            *(self.deliver, self.append, self.flag, self.expunge, self.move, self.pop3, self.folders),
            *(self.bring, self.bring, self.mark, self.mark, self.drop, self.carry, self.look, self.edit, self.edit),
            *(self.bring_beside, self.bring_beside),
        ]

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
        self._write(client, *(found or (self._folder(client), None)))

    def bring_beside(self) -> None:
        """What a client keeps in a folder for itself."""
        client = self.chance.choice(self.clients)
        folder = self._folder(client)
        beside = [number for number, one in folder.messages.items() if one.associated]
        number = self.chance.choice(beside) if beside and self.chance.random() < 0.6 else None
        self._write(client, folder, number, associated=True)

    def _write(
        self, client: CachedClient, folder: CachedFolder, number: int | None, *, associated: bool = False
    ) -> None:
        new = self.subject()
        subject = new if number is None or self.chance.random() < 0.5 else folder.messages[number].subject
        modified = 134_000_000_000_000_000 + self.number * HOUR * self.chance.choice((1, 30_000))
        text, flagged = f"text {self.number}", self.chance.random() < 0.5
        client.write(folder, subject, text, number, flagged=flagged, modified=modified, associated=associated)

    def mark(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            client.mark(*found, seen=self.chance.random() < 0.5)

    def edit(self) -> None:
        client = self.chance.choice(self.clients)
        if (found := self._message(client)) is not None:
            subject = self.subject()
            values: tuple[Mapping[PropertyTag, Any], ...] = (
                {tags.PidTagSubject: subject},
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
            view, beside = client.copy.view(), client.copy.beside()
            assert {path: view.get(path) for path in truth} == truth
            assert beside == {number: associated_in(client, one.id) for number, one in client.copy.folders.items()}
            client.synchronize()
            assert (client.copy.view(), client.copy.beside()) == (view, beside)
        for older in self.chance.sample(self.older, min(len(self.older), LATE)):
            late = self.chance.choice(self.clients)
            now, late.copy = late.copy, deepcopy(older)
            late.synchronize()
            assert (late.copy.view(), late.copy.beside()) == (now.view(), now.beside())
            late.copy = now


class Disagreement(World):
    """The two have the same few messages, and change, move, mark and delete them without hearing of each other. What
    was taken from one of them is in the mailbox until somebody who knows of it writes something else: in a message, in
    one of its versions, or in what was deleted and can be recovered."""

    def __init__(self, hub: Hub, seed: int) -> None:
        super().__init__(hub, seed)
        for client in self.clients:
            client.synchronize()
        for _ in range(3):
            self.write_new()
        self.looker = CachedClient(hub, self.who, self.chance)
        for client in (*self.clients, self.looker):
            known = self.clients[0].copy.folders.items()
            client.idle = {number for number, one in known if one.name not in ("Inbox", *FOLDERS)}
        if seed % 2:
            [one] = [folder for folder in self.clients[0].copy.folders.values() if folder.name == "one"]
            self.looker.set(self.looker.open(one.id), {tags.PidTagResolveMethod: LAST_WRITER_WINS})

    def acts(self) -> list[Callable[[], None]]:
        return [
            *(self.both, self.both, self.both, self.both, self.bring, self.edit, self.edit, self.mark, self.carry),
            *(
                self.carry,
                self.drop,
                self.flag,
                self.move,
                self.write_new,
                self.name,
                self.drop_folder,
                self.recover_folder,
                self.bring_beside,
            ),
        ]

    def both(self) -> None:
        """Each writes another version of the same message."""
        if (found := self._message(self.clients[0])) is None:
            return
        for client in self.chance.sample(self.clients, 2):
            folder = client.copy.folders.get(found[0].id.counter)
            if folder is not None and found[1] in folder.messages:
                self._write(client, folder, found[1])

    def write_new(self) -> None:
        client = self.chance.choice(self.clients)
        subject, folder = self.subject(), self._folder(client)
        text, modified = f"text {self.number}", 134_000_000_000_000_000 + self.number * HOUR
        associated = self.chance.random() < 0.3
        client.write(folder, subject, text, None, flagged=False, modified=modified, associated=associated)

    def _some(self) -> list[int]:
        return super()._some() if all(map(self.imap.folder_exists, FOLDERS)) else []

    def name(self) -> None:
        """A folder, which others name as well, or delete."""
        self.folders()
        client = self.chance.choice(self.clients)
        known = [one for one in client.copy.folders.values() if one.name.split()[0] in ("extra", "renamed", "named")]
        if known:
            modified = 134_000_000_000_000_000 + self.number * HOUR * self.chance.choice((1, 30_000))
            client.rename(self.chance.choice(known), f"named {self.number}", modified)

    def drop_folder(self) -> None:
        """With all that is in it."""
        client = self.chance.choice(self.clients)
        known = [one for one in client.copy.folders.values() if one.name == "two"]
        if known and self.chance.random() < 0.3:
            self.imap.select_folder("INBOX")  # who has a folder open that goes is hung up on
            client.drop_folder(known[0])

    def recover_folder(self) -> None:
        gone = deleted_folders(self.looker)
        if gone and not self.imap.folder_exists("two"):
            subtree = self.looker.subtree
            rop = RopMoveFolderRequest(0, subtree, subtree, False, True, gone[-1], "two")
            assert self.looker.error(rop) == 0

    def compare(self) -> None:
        super().compare()
        self.older.append(self.clients[0].snapshot())
        self.nothing_is_lost()

    def nothing_is_lost(self) -> None:
        self.looker.copy = Copy()
        self.looker.synchronize()
        found = self.looker.texts | recoverable_texts(self.looker)
        brought = [one for client in self.clients for one in client.brought]
        replaced = {text for client in self.clients for text in client.replaced}
        for one in brought:
            known = any(other.base.includes_change(one.change) for other in brought)
            assert one.text in found or one.text in replaced or known, f"{one.text} is nowhere"


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
