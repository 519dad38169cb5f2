"""One message on its way into one mailbox."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

from posthouse.directory import LocalRecipient
from posthouse.model.address import Envelope
from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.mime.people import Person
from posthouse.protocols.mapi.objects import Message
from posthouse.store.blobs import Blobs, Buffer
from posthouse.store.content import NewContent
from posthouse.store.messages import NewMessage

from .people import Book


class Letter(NamedTuple):
    """What goes on to others."""

    content: NewContent
    body: str
    """As an envelope tells it; empty: as the content is."""
    utf8: bool
    """Its header needs it."""


class Template(NamedTuple):
    """Of which an answer is made ([MS-OXORULE] 2.2.5.1.2.2)."""

    message: Message
    key: Hashable
    """Another one when it has changed."""


class Ahead(NamedTuple):
    """What takes long, of a large message or with a template: done before the transaction in which the message is
    delivered, for which all wait."""

    message: Message
    """The content as MAPI sees it; nobody's in particular."""
    letters: dict[Hashable, Letter]
    """What its recipients' rules will make of it, unless they change in this moment."""
    templates: dict[Hashable, Message]
    """By their keys."""


class NotAhead(Exception):
    """Something takes long, and nobody has looked ahead."""


class Case(NamedTuple):
    """What rules look at besides the message itself."""

    account: AccountId
    """Whose rules they are."""
    known_sender: str
    """By which they remember whom they have answered; empty: nobody."""
    ahead: Ahead | None
    now: int
    """Seconds since 1970."""


class Arrival(NamedTuple):
    local: LocalRecipient
    envelope: Envelope
    new: NewContent
    """As mailboxes get it."""
    message: NewMessage
    now: int
    ahead: Ahead | None = None

    @property
    def known_sender(self) -> str:
        return "" if self.envelope.sender is None else str(self.envelope.sender).lower()

    @property
    def case(self) -> Case:
        return Case(self.local.account, self.known_sender, self.ahead, self.now)

    def letter(self, key: Hashable, write: Callable[[], Letter]) -> Letter:
        """As it was written ahead, if it was. `key`: all that it depends on besides the message and its recipient."""
        if self.ahead is None:
            return write()
        letters, key = self.ahead.letters, (self.local, key)
        if key not in letters:
            letters[key] = write()
        return letters[key]


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
