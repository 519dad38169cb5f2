"""Makes the accounts of the benchmark in a hub's store, and fills folders.

python -m benchmarks.populate CONFIG [NAME:MESSAGES:SIZE …] [million]
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.mail import BOOK, DOMAIN, EVERYBODY, MILLION, PASSWORD, message, person
from posthouse.assemble.stores import open_store
from posthouse.config import load_settings
from posthouse.directory import Hasher, add_account, add_contact, add_domain
from posthouse.model.ids import AccountId, Uid
from posthouse.store import Store
from posthouse.store.accounts import create_account
from posthouse.store.content import add_content
from posthouse.store.folders import INBOX, create_folder
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append, copy

NOW = 1_700_000_000
BATCH = 2000


def main(config: str, *folders: str) -> None:
    settings = load_settings(Path(config))
    store = open_store(settings)
    keys = Hasher(settings.auth).make(PASSWORD)
    numbers: dict[str, AccountId] = {}
    with store.database.transaction() as tx:
        add_domain(tx, DOMAIN)
        for name in EVERYBODY:
            numbers[name] = add_account(tx, f"{name}@{DOMAIN}", keys)
            create_account(tx, numbers[name], NOW)
            create_folder(tx, numbers[name], "Target")
    for folder in folders:
        if folder == "million":
            _fill(store, numbers[MILLION], 1000, 4096, first=1_000_000)  # nobody else has a content a thousand times
            _multiply(store, numbers[MILLION], 1000, 1_000_000)
        else:
            name, count, size = folder.split(":")
            if name == BOOK:
                _publish(store, int(count))
                continue
            _fill(store, numbers[name], int(count), int(size))
    store.close()


def _fill(store: Store, account: AccountId, count: int, size: int, first: int = 0) -> None:
    for start in range(0, count, BATCH):
        with store.database.transaction() as tx:
            for number in range(start, min(count, start + BATCH)):
                new = content_of(store.blobs, message(first + number, size))
                append(tx, account, INBOX, NewMessage(add_content(tx, new), new.size, NOW + number), NOW)


def _publish(store: Store, count: int) -> None:
    for start in range(0, count, BATCH):
        with store.database.transaction() as tx:
            for number in range(start, min(count, start + BATCH)):
                address, name = person(number)
                add_contact(tx, address, name, {"title": "Clerk", "department": "Sales"})


def _multiply(store: Store, account: AccountId, there: int, wanted: int) -> None:
    """Copies of what is there, until there are as many as wanted."""
    while there < wanted:
        more = min(there, wanted - there)
        with store.database.transaction() as tx:
            copy(tx, account, INBOX, ((Uid(1), Uid(more)),), INBOX, NOW)
        there += more


if __name__ == "__main__":
    main(*sys.argv[1:])
