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
from posthouse.protocols.mapi.mime.people import SENDER, SENT_REPRESENTING, Person, person_properties
from posthouse.protocols.mapi.objects import Message
from posthouse.protocols.mapi.rules import RuleState
from posthouse.store.blobs import Blobs
from posthouse.store.content import NewContent
from posthouse.store.folders import PUBLIC
from posthouse.store.messages import NewMessage
from posthouse.store.property_ids import property_ids

from .answers import Answering
from .arrival import Ahead, Arrival, Case, Reading
from .forwards import Forwarder
from .people import Book
from .rulebook import mark, rules_in
from .rules import Judge
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

    def __init__(self, blobs: Blobs, separator: str) -> None:
        """`separator`: of an address and its detail."""
        self._blobs, self._forwarder, self._answering = blobs, Forwarder(blobs), Answering(blobs, separator)

    def judge(self, tx: Transaction, post: Post) -> Judged | None:
        """None: the folder has no rules."""
        rules = [rule for rule in rules_in(tx, self._blobs, PUBLIC, post.folder) if not rule.is_extended]
        if not rules:
            return None
        message, ahead = _as_posted(post, Book(tx)), Ahead(post.message, {}, {})
        names = {number: name for name, number in property_ids(tx, PUBLIC).items()}
        judge = Judge(tx, self._blobs, Case(PUBLIC, str(post.author).lower(), ahead), message, names)
        judge.run(post.folder, rules)
        return Judged(post, judge.filing, ahead)

    def write(self, tx: Transaction, judged: Judged, new: NewContent) -> None:
        """Ahead, all that goes out. `new`: what is posted, as it is kept."""
        arrival, reading = _begin(tx, judged, new)
        self._forwarder.write(arrival, reading, judged.filing.forwards.values())
        self._answering.write(arrival, reading, judged.filing.answers)

    def carry_out(self, tx: Transaction, judged: Judged, new: NewContent) -> None:
        """In the transaction in which it is posted: what goes out, and what has failed."""
        filing, post = judged.filing, judged.post
        arrival, reading = _begin(tx, judged, new)
        if filing.forwards:
            self._forwarder.forward(tx, arrival, reading, filing.forwards.values())
        if filing.answers:
            self._answering.answer(tx, arrival, reading, filing.answers)
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
    address = str(post.author)
    entry = book.by_address(address)
    author = Person(entry.name if entry else address, address, entry)
    told = person_properties(SENDER, author) | person_properties(SENT_REPRESENTING, author)
    return Message(told | post.message.properties, post.message.recipients, post.message.attachments)
