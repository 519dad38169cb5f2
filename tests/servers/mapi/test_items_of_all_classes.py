"""Items of any class are kept exactly, whichever way they take in their mailbox: saved, copied, moved by IMAP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mapi_items import ASSOCIATED, CLASSES, ItemSession
from mapi_session import imap_of, mapi_hub

from posthouse.protocols.mapi.rops.moving import RopMoveCopyMessagesRequest, RopMoveCopyMessagesResponse
from posthouse.store.objects import ASSOCIATED as BESIDE
from posthouse.testing import MailHub


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: MailHub) -> ItemSession:
    return ItemSession(hub, "alice")


@pytest.mark.parametrize("message_class", CLASSES)
def test_items_are_kept(alice: ItemSession, hub: MailHub, message_class: str) -> None:
    """Saved; copied; moved by IMAP, which sees mail of its own kind."""
    folder, source, path = alice.new()
    other, target, there = alice.new()
    message = alice.item(folder, message_class)
    alice.require_item(folder, message, message_class)
    rop = RopMoveCopyMessagesRequest(0, source, target, (message,), False, True)
    assert alice.get(rop, RopMoveCopyMessagesResponse).partial_completion is False
    [copied] = alice.message_ids(there)
    alice.require_item(other, copied, message_class)
    with imap_of(hub, "alice") as client:
        client.select_folder(path)
        client.move(client.search(), there)
    moved = alice.message_ids(there)[-1]
    alice.require_item(other, moved, message_class)


@pytest.mark.parametrize("message_class", ASSOCIATED)
def test_associated_items_are_kept(alice: ItemSession, message_class: str) -> None:
    """Of any kind, which no other protocol sees."""
    folder, _, path = alice.new()
    message = alice.item(folder, message_class, associated=True)
    alice.require_item(folder, message, message_class)
    assert [row.id for row in alice.asides(folder, BESIDE)] == [message.counter]
    assert alice.message_ids(path) == []
