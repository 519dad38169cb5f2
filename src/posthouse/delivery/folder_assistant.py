"""What the rules of a public folder do with what is posted there – [MS-OXORULE] 3.2.5.1. Outlook calls it so.

They move nothing, copy nothing and leave nothing to a client (R258, R839, R840), none of them is a message, and nobody
is ever away. What goes out comes from the postmaster, by the folder's name, and not to whoever has posted it.
"""

from __future__ import annotations

from dataclasses import dataclass

from posthouse.database import Transaction
from posthouse.directory import LocalRecipient
from posthouse.model.address import Address, Envelope
from posthouse.model.ids import ContentId, FolderId
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING, Person, person_by_address, person_properties
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.rules import RuleState
from posthouse.store.blobs import Blobs
from posthouse.store.content import NewContent
from posthouse.store.folders import PUBLIC
from posthouse.store.messages import NewMessage

from .arrival import Ahead, Arrival, Case, Reading
from .onward import Onward
from .people import Book
from .rulebook import mark, rules_in
from .rules import judge
from .verdict import Filing


@dataclass(frozen=True, slots=True)
class Post:
    """A message on its way into a public folder."""

    folder: FolderId
    name: str
    """The folder's."""
    author: Address
    message: Message
    now: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What rules come to, and what has been written of it ahead."""

    post: Post
    filing: Filing
    ahead: Ahead

    @property
    def is_deleted(self) -> bool:
        return not self.filing.folders


class FolderAssistant:
    """One for a worker."""

    def __init__(self, blobs: Blobs, onward: Onward) -> None:
        self._blobs, self._onward = blobs, onward

    def judge(self, tx: Transaction, post: Post) -> Judged | None:
        """None: the folder has no rules."""
        rules = [rule for rule in rules_in(tx, self._blobs, PUBLIC, post.folder) if not rule.is_extended]
        if not rules:
            return None
        message, ahead = _as_posted(post, Book(tx)), Ahead(post.message, {}, {})
        case = Case(PUBLIC, str(post.author).lower(), ahead, post.now)
        return Judged(post, judge(tx, self._blobs, case, message, post.folder, rules), ahead)

    def write(self, tx: Transaction, judged: Judged, new: NewContent) -> None:
        """Ahead, all that goes out. `new`: what is posted, as it is kept."""
        arrival, reading = _begin(tx, judged, new)
        self._onward.keep(arrival, judged.filing, judged.post.folder)
        self._onward.write(tx, arrival, reading, judged.filing)

    def carry_out(self, tx: Transaction, judged: Judged, new: NewContent) -> None:
        """In the transaction in which it is posted: what goes out, and what has failed."""
        filing, post = judged.filing, judged.post
        self._onward.send(tx, *_begin(tx, judged, new), filing)
        for cause, _ in filing.failures.values():
            mark(tx, self._blobs, PUBLIC, post.folder, cause.rule, RuleState.ERROR, post.now)


def _begin(tx: Transaction, judged: Judged, new: NewContent) -> tuple[Arrival, Reading]:
    post, book = judged.post, Book(tx)
    address = f"postmaster@{post.author.domain}"
    local, envelope = LocalRecipient(PUBLIC, address), Envelope(post.author)
    arrival = Arrival(local, envelope, new, NewMessage(ContentId(0), new.size, post.now), post.now, judged.ahead)
    return arrival, Reading(_as_posted(post, book), Person(f"Public folder {post.name}", address, None), book)


def _as_posted(post: Post, book: Book) -> Message:
    """It has a sender: its author, unless it names another."""
    author = person_by_address(str(post.author), book)
    told = person_properties(SENDER, author) | person_properties(SENT_REPRESENTING, author)
    return Message(told | post.message.properties, post.message.recipients, post.message.attachments)
