"""What modules of these tests share. One that wants another hub, or somebody else to look into it, makes its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_book import BookClient, people
from mapi_session import mapi_hub
from mapi_sync import SyncSession
from odd_hop import OddHop

from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    """With the people of the address book."""
    with MailHub(settings={"mapi": {"enabled": True}}) as hub:
        people(hub)
        yield hub


@pytest.fixture(scope="module")
def busy_hub() -> Iterator[MailHub]:
    """Whose queue is at work."""
    with OddHop({}).serving() as address, mapi_hub("alice", "bob", relay=address) as hub:
        yield hub


@pytest.fixture
def book(hub: MailHub) -> BookClient:
    return BookClient(hub)


@pytest.fixture
def place(alice: SyncSession) -> tuple[int, str, ObjectId]:
    """A folder of one test: its slot, its path, its id."""
    folder, slot, path = alice.new()
    return slot, path, folder
