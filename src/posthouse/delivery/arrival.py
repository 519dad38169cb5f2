"""One message on its way into one mailbox."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.directory import LocalRecipient
from posthouse.model.address import Envelope
from posthouse.protocols.mapi.mime.people import Person
from posthouse.protocols.mapi.objects import Message
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent
from posthouse.store.messages import NewMessage

from .people import Book


class Arrival(NamedTuple):
    local: LocalRecipient
    envelope: Envelope
    new: NewContent
    """As mailboxes get it."""
    message: NewMessage
    now: int
    read: Message | None = None
    """The content as MAPI sees it, where it was read before; nobody's in particular."""

    @property
    def known_sender(self) -> str:
        """By which rules remember whom they have answered; empty: nobody."""
        return "" if self.envelope.sender is None else str(self.envelope.sender).lower()


class Reading(NamedTuple):
    """The message as rules see it."""

    message: Message
    me: Person
    """To whom it has come."""
    book: Book

    @property
    def domain(self) -> str:
        return self.me.address.rpartition("@")[2]


def bytes_of(blobs: Blobs, new: NewContent) -> bytes | Buffer:
    return new.body if new.body is not None else blobs.open(new.blob or "")
