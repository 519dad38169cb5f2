"""One message on its way into one mailbox."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.directory import LocalRecipient
from posthouse.model.address import Envelope
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent
from posthouse.store.messages import NewMessage


class Arrival(NamedTuple):
    local: LocalRecipient
    envelope: Envelope
    new: NewContent
    """As mailboxes get it."""
    message: NewMessage
    now: int


def bytes_of(blobs: Blobs, new: NewContent) -> bytes | Buffer:
    return new.body if new.body is not None else blobs.open(new.blob or "")
