"""A process that works on a store until it is killed, and says what it did.

Before each operation it writes what it begins, after each what was acknowledged: one JSON object a line. Every message
has a token of its own, in its subject; a process works on messages of its own alone, several at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from posthouse.database import open_database, sqlite
from posthouse.database.hints import Hints
from posthouse.model.flags import UNFLAGGED, Flag, FlagChange, Flags, How
from posthouse.model.ids import AccountId, FolderId, Uid
from posthouse.store import Store
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import add_content
from posthouse.store.flags import change_flags
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, expunge, move

ACCOUNTS = (AccountId(1), AccountId(2))
FOLDERS = (FolderId(1), FolderId(2), FolderId(3))
TASKS = 8


def tell(**line: Any) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


class Worker:
    def __init__(self, store: Store, name: str) -> None:
        self.store, self.name = store, name
        self.count = 0

    async def work(self, task: int) -> None:
        mine: list[dict[str, Any]] = []
        while True:
            choice = random.random()
            if not mine or choice < 0.4:
                mine.append(await self.append(task))
            elif choice < 0.6:
                await self.flag(task, random.choice(mine))
            elif choice < 0.8:
                await self.move(task, random.choice(mine))
            else:
                await self.expunge(task, mine.pop(random.randrange(len(mine))))

    async def append(self, task: int) -> dict[str, Any]:
        """One message, and now and then a copy for the other account in the same transaction."""
        self.count += 1
        token = f"{self.name}-{self.count}"
        body = b"x" * (200_000 if random.random() < 0.05 else random.randrange(4000)) + token.encode()
        new = await asyncio.to_thread(content_of, self.store.blobs, b"Subject: %b\r\n\r\n" % token.encode() + body)
        accounts = ACCOUNTS if random.random() < 0.2 else (random.choice(ACCOUNTS),)
        folder = random.choice(FOLDERS)
        tell(begin="append", task=task, token=token, accounts=accounts)

        def run(tx: Any) -> list[tuple[int, int]]:
            content = add_content(tx, new)
            message = NewMessage(content, new.size, self.store.now(), UNFLAGGED)
            placed = [append(tx, account, folder, message, self.store.now()) for account in accounts]
            return [(each.uid, each.modseq) for each in placed]

        done = await self.store.write(run)
        places = {account: [folder, uid] for account, (uid, _) in zip(accounts, done, strict=True)}
        state = {"token": token, "places": places, "flags": 0}
        self.tell_done(task, state, dict(zip(accounts, (modseq for _, modseq in done), strict=True)))
        return state

    async def flag(self, task: int, message: dict[str, Any]) -> None:
        account, (folder, uid) = random.choice(list(message["places"].items()))
        if len(message["places"]) > 1:
            return
        bit = random.choice((Flag.FLAGGED, Flag.SEEN, Flag.DELETED))
        how = random.choice((How.ADD, How.REMOVE))
        after = after_change(message["flags"], how, bit)
        tell(begin="flag", task=task, token=message["token"], flags=after)
        change = FlagChange(how, Flags(bit))
        outcome = await self.store.write(change_flags, account, folder, ((uid, uid),), change)
        message["flags"] = after
        self.tell_done(task, message, {account: outcome.modseq})

    async def move(self, task: int, message: dict[str, Any]) -> None:
        account, (folder, uid) = random.choice(list(message["places"].items()))
        target = random.choice(FOLDERS)
        tell(begin="move", task=task, token=message["token"], account=account, target=target)
        copied = await self.store.write(move, account, folder, ((uid, uid),), target, self.store.now())
        message["places"][account] = [target, Uid(copied.target[0][0])]
        self.tell_done(task, message, {})

    async def expunge(self, task: int, message: dict[str, Any]) -> None:
        tell(begin="expunge", task=task, token=message["token"])

        def run(tx: Any) -> None:
            for account, (folder, uid) in message["places"].items():
                change_flags(tx, account, folder, ((uid, uid),), FlagChange(How.ADD, Flags(Flag.DELETED)))
                expunge(tx, account, folder, ((uid, uid),))

        await self.store.write(run)
        message["places"] = {}
        self.tell_done(task, message, {})

    def tell_done(self, task: int, message: dict[str, Any], modseqs: dict[AccountId, int]) -> None:
        tell(done=message["token"], task=task, places=message["places"], flags=message["flags"], modseqs=modseqs)


def after_change(flags: int, how: How, bit: Flag) -> int:
    """What was seen has been so for ever: that is noted when something is taken from a message."""
    if how is How.ADD:
        return int(flags | bit)
    if not flags & bit:
        return flags
    return int(flags & ~bit | (Flag.WAS_SEEN if flags & Flag.SEEN else 0))


async def main(url: str, folder: str, name: str) -> None:
    sqlite.CHECKPOINT_PAGES = 20  # so that a kill often finds a checkpoint under way
    sqlite.RESTART_PAGES = 200
    store = Store(open_database(url), FileBlobs(Path(folder)), Hints())
    worker = Worker(store, name)
    async with asyncio.TaskGroup() as group:
        for task in range(TASKS):
            group.create_task(worker.work(task))
        while True:
            await asyncio.sleep(0.05)
            await store.sweep()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
