"""Delivery on a store of either engine, without a server in front."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from posthouse.database import Transaction, open_database
from posthouse.database.hints import Hints
from posthouse.delivery.delivery import Delivery
from posthouse.delivery.incoming import Outcome
from posthouse.delivery.origin import Origin
from posthouse.delivery.settings import DeliverySettings
from posthouse.directory import (
    Login,
    add_account,
    add_alias,
    add_domain,
    find_principal,
    set_attributes,
)
from posthouse.model.address import Address, Envelope, Recipient
from posthouse.queue.rows import listing
from posthouse.store import Store
from posthouse.store.accounts import create_account, set_quota
from posthouse.store.blobs import FileBlobs
from posthouse.store.content import open_content
from posthouse.store.folders import find_folder
from posthouse.store.reading import rows

NOW = 1_790_000_000


class Post:
    """Sends through `Delivery`, and looks at what came of it."""

    def __init__(self, url: str, folder: Path, settings: DeliverySettings) -> None:
        self.database = open_database(url)
        self.store = Store(self.database, FileBlobs(folder), Hints(), clock=lambda: NOW)
        self.delivery = Delivery(self.store, settings, "mx.example.org")
        with self.database.transaction() as tx:
            add_domain(tx, "example.org")
            for name in ("alice", "bob", "carol", "dave"):
                create_account(tx, add_account(tx, f"{name}@example.org"), NOW)
            set_attributes(tx, "dave@example.org", {"disabled": "true"})
            add_alias(tx, "one@example.org", ["friend@elsewhere.test"])
            add_alias(tx, "all@example.org", ["alice@example.org", "bob@example.org", "friend@elsewhere.test"])
            add_alias(tx, "pair@example.org", ["alice@example.org", "bob@example.org"])
            add_alias(tx, "alice2@example.org", ["alice@example.org"])

    def send(self, content: bytes, *to: Any, **how: Any) -> list[Outcome]:
        return asyncio.run(self.sending(content, *to, **how))

    async def sending(
        self, content: bytes, *to: Any, sender: str | None = "sender@client.test", login: str = "", **how: Any
    ) -> list[Outcome]:
        """`to`: addresses, or Recipients; `how`: fields of Envelope, or `lmtp`."""
        who = Login(self.account(login), login) if login else None
        origin = Origin("s1", peer="192.0.2.7", helo="client.test", login=who, answers_each=how.pop("lmtp", False))
        accepted = []
        for each in to:
            recipient = each if isinstance(each, Recipient) else Recipient(address(each))
            accepted.append(await self.delivery.check_recipient(origin, recipient))
        envelope = Envelope(address(sender) if sender else None, **how)
        incoming = self.delivery.begin(origin, envelope, accepted, "s1.1")
        incoming.write(content)
        return await incoming.finish()

    def account(self, name: str) -> Any:
        with self.database.snapshot() as tx:
            found = find_principal(tx, name)
        assert found is not None
        return found.id

    def quota(self, name: str, size: int = 0, messages: int = 0) -> None:
        account = self.account(name)
        with self.database.transaction() as tx:
            set_quota(tx, account, size, messages)

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        with self.database.transaction() as tx:
            return fn(tx, *args)

    def mailbox(self, name: str, folder: str = "INBOX") -> list[bytes]:
        account = self.account(name)
        with self.database.snapshot() as tx:
            number = find_folder(tx, account, folder).id
            found = rows(tx, account, number, 1, 0xFFFFFFFF, ("content_id",))
            return [bytes(open_content(tx, self.store.blobs, content)[:]) for (content,) in found]

    def queue(self) -> list[tuple[Any, list[Any], bytes]]:
        """Message, recipients, content."""
        with self.database.snapshot() as tx:
            return [(m, r, self._content(tx, m.content)) for m, r in listing(tx)]

    def _content(self, tx: Transaction, content: Any) -> bytes:
        return bytes(open_content(tx, self.store.blobs, content)[:])

    def contents(self) -> int:
        with self.database.snapshot() as tx:
            row = tx.one("SELECT count(*) FROM content")
        return int(row[0]) if row else 0


def address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(local, domain)


@pytest.fixture
def new_post(new_store_url: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[..., Post]]:
    made: list[Post] = []

    def make(engine: str = "sqlite", **settings: Any) -> Post:
        made.append(Post(new_store_url(engine), tmp_path / f"blobs{len(made)}", DeliverySettings(**settings)))
        return made[-1]

    yield make
    for post in made:
        post.store.close()


@pytest.fixture
def post(engine: str, new_post: Callable[..., Post]) -> Post:
    """On both engines."""
    return new_post(engine)
