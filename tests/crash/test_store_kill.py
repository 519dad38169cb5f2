"""Kill the processes of a store at any moment: nothing that was acknowledged is lost, nothing is there twice.

POSTHOUSE_KILLS sets how many kills there are (20 on each engine when it is not set).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from posthouse.database import Database, open_database
from posthouse.store import ROOM
from posthouse.store.accounts import create_account
from posthouse.store.blobs import FileBlobs
from posthouse.store.verify import verify

KILLS = int(os.environ.get("POSTHOUSE_KILLS", "20"))
WORKER = Path(__file__).with_name("storeworker.py")
ACCOUNTS = (1, 2)


class Ledger:
    """What the workers said."""

    def __init__(self) -> None:
        self.done: dict[str, dict[str, Any]] = {}
        """Token → where it is and its flags, as acknowledged."""
        self.open: dict[str, dict[str, Any]] = {}
        """Token → what had begun when the worker died."""
        self.modseq = dict.fromkeys(ACCOUNTS, 0)
        self.uids: dict[tuple[int, int, int], str] = {}
        """Every UID that was ever given, and to whom."""

    def read(self, said: bytes) -> int:
        """How many operations were acknowledged."""
        acknowledged = 0
        for text in said.split(b"\n")[:-1]:
            line = json.loads(text)
            if "begin" in line:
                self.open[line["token"]] = line
                continue
            acknowledged += 1
            token = line["done"]
            self.open.pop(token, None)
            places = {int(account): tuple(place) for account, place in line["places"].items()}
            self.done[token] = {"places": places, "flags": line["flags"]}
            for account, (folder, uid) in places.items():
                assert self.uids.setdefault((account, folder, uid), token) == token, "a UID was given twice"
            for account, modseq in line["modseqs"].items():
                self.modseq[int(account)] = max(self.modseq[int(account)], modseq)
        return acknowledged


class Scene:
    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.ledger = Ledger()
        self.number = 0
        self.blobs = FileBlobs(folder)
        self.database: Database = open_database(url)
        self.database.migrate([ROOM])
        with self.database.transaction() as tx:
            for account in ACCOUNTS:
                create_account(tx, account, 1_700_000_000)

    def start(self) -> subprocess.Popen[bytes]:
        self.number += 1
        command = [sys.executable, str(WORKER), self.url, str(self.folder), f"w{self.number}"]
        return subprocess.Popen(command, stdout=open(self.folder / f"said{self.number}", "wb"))

    def kill(self, worker: subprocess.Popen[bytes], number: int) -> int:
        worker.kill()
        assert worker.wait() == -9, "the worker ended by itself"
        return self.ledger.read((self.folder / f"said{number}").read_bytes())

    def wait_until_it_works(self, number: int) -> None:
        said = self.folder / f"said{number}"
        while said.stat().st_size < 2000:
            time.sleep(0.01)

    def settle(self) -> None:
        """A server goes on for a moment with what a dead client had sent."""
        if self.database.engine == "postgresql":
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            while True:
                with self.database.snapshot() as tx:
                    if tx.all(others) == [(1,)]:
                        return

    def check(self, deep: bool) -> None:
        self.settle()
        with self.database.snapshot() as tx:
            assert [str(problem) for problem in verify(tx, self.blobs, deep=deep)] == []
            found = tx.all(
                "SELECT c.subject, m.account_id, m.folder_id, m.uid, m.flags"
                " FROM message m JOIN content c ON c.content_id = m.content_id"
            )
            folders = tx.all("SELECT account_id, folder_id, next_uid FROM folder")
            modseqs = dict(tx.all("SELECT account_id, modseq FROM account"))
        self.check_messages(found)
        for account, folder, next_uid in folders:
            given = [uid for a, f, uid in self.ledger.uids if (a, f) == (account, folder)]
            assert next_uid > max(given, default=0)
        for account, modseq in self.ledger.modseq.items():
            assert modseqs[account] >= modseq
            self.ledger.modseq[account] = modseqs[account]

    def check_messages(self, found: list[tuple[Any, ...]]) -> None:
        places: dict[str, dict[int, tuple[int, int]]] = {}
        flags: dict[str, int] = {}
        for token, account, folder, uid, bits in found:
            assert account not in places.setdefault(token, {}), f"{token} is there twice"
            assert self.ledger.uids.setdefault((account, folder, uid), token) == token, "a UID was given twice"
            places[token][account] = (folder, uid)
            flags[token] = bits
        for token in self.ledger.done.keys() | self.ledger.open.keys() | places.keys():
            self.check_message(token, places.get(token, {}), flags.get(token, 0))

    def check_message(self, token: str, places: dict[int, tuple[int, int]], flags: int) -> None:
        """As acknowledged, or as it would be after the operation that was under way."""
        known = self.ledger.done.get(token, {"places": {}, "flags": 0})
        under_way = self.ledger.open.pop(token, {"begin": ""})
        said = f"{token} is at {places} with flags {flags}, known {known}, under way {under_way}"
        match under_way["begin"]:
            case "append":
                assert not places or sorted(places) == sorted(under_way["accounts"]), said
            case "expunge":
                assert places in ({}, known["places"]), said
            case "move" if places != known["places"]:
                account = under_way["account"]
                assert places.keys() == known["places"].keys(), said
                assert places[account][0] == under_way["target"], said
            case _:
                assert places == known["places"], said
        allowed = {known["flags"], under_way.get("flags", known["flags"])}
        assert not places or flags in allowed, said
        self.ledger.done[token] = {"places": places, "flags": flags}


@pytest.mark.timeout(60 + KILLS * 5)
def test_kills(engine, new_url, tmp_path):
    """Pitfall 16: after SIGKILL at a random moment the store is whole, and every acknowledged operation is there
    exactly once."""
    random.seed(4)
    scene = Scene(new_url(engine), tmp_path)
    acknowledged = 0
    for kill in range(0, KILLS, 2):
        workers = [scene.start(), scene.start()]
        numbers = [scene.number - 1, scene.number]
        for number in numbers:
            scene.wait_until_it_works(number)
        time.sleep(random.random() * 0.4)
        acknowledged += scene.kill(workers[0], numbers[0])
        time.sleep(random.random() * 0.4)
        acknowledged += scene.kill(workers[1], numbers[1])
        scene.check(deep=kill + 2 >= KILLS)
    scene.database.close()
    assert acknowledged > KILLS * 10
