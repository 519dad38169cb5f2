"""ESEARCH – RFC 7377 (MULTISEARCH): one search in several mailboxes, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, FolderNotFound
from posthouse.model.rights import Right
from posthouse.protocols.imap.commands.esearch import Esearch
from posthouse.protocols.imap.mailbox_filter import SELECTED, MailboxFilter, MailboxSource
from posthouse.protocols.imap.responses import format_mailbox
from posthouse.protocols.imap.returns import Returns, SearchReturn
from posthouse.protocols.imap.search import Key
from posthouse.protocols.imap.sequence import SequenceSet
from posthouse.store.folders import INBOX, SEPARATOR, Folder

from ..homes import Elsewhere
from ..listing import Tree, read_tree
from ..progress import UnderWay
from ..replies import COMPLETED, Done
from ..results import SAVE, format_results, highest_modseq, keep_up, require_new_tag, save
from ..searching import names_messages
from ..selected import Selected
from ..view import Spans, View
from .search import Extent, find, without_filters

if TYPE_CHECKING:
    from ..session import Session

EVERYWHERE = ("*", "Users/*")
OWN = ("INBOX",)


async def esearch(session: Session, command: Esearch) -> Done:
    if session.selected is None and (SELECTED in command.sources or SearchReturn.UPDATE in command.returns.options):
        raise BadSyntax("a selected mailbox")
    if session.selected is not None:
        require_new_tag(session, session.selected, command.returns)
    key = await without_filters(session, command.key)
    with UnderWay(session):
        mailboxes = await session.store.scan(_mailboxes, session, command.sources)
    for mailbox in mailboxes:
        await _search(session, mailbox, key, command.returns)
    return COMPLETED


async def _search(session: Session, mailbox: _Mailbox, key: Key, returns: Returns) -> None:
    """No answer where nothing is found (RFC 7377 §2.1)."""
    current = session.selected
    if current is not None and (current.account, current.folder) != (mailbox.account, mailbox.folder.id):
        current = None
    searched = _Searched.new(mailbox, session.account) if current is None else _Searched.of(current)
    if names_messages(key):
        await searched.load(session)
    found = await find(session, searched, key, returns, Extent.ANY)
    if found.uids and returns.options != SAVE:
        modseq = await highest_modseq(session, searched, found, returns)
        where = (format_mailbox(mailbox.path, session.utf8), mailbox.folder.uid_validity)
        session.connection.write(format_results(session.tag, True, found, found.uids, returns, modseq, where))
        await session.connection.breathe()
    if current is not None:
        save(current, found.uids, returns)
        keep_up(session, current, True, returns, found)


@dataclass(frozen=True, slots=True)
class _Mailbox:
    path: str
    account: AccountId
    folder: Folder


class _Searched(Selected):
    """A folder as a search of several sees it: a message number that is too high is no error (RFC 7377 §2)."""

    __slots__ = ()

    @classmethod
    def of(cls, selected: Selected) -> _Searched:
        """What the client has selected, as it knows it."""
        account, folder, view = selected.account, selected.folder, selected.view
        reader = selected.reader
        return cls(account, folder, selected.uid_validity, view, set(), saved=selected.saved, reader=reader)

    @classmethod
    def new(cls, mailbox: _Mailbox, reader: AccountId) -> _Searched:
        folder = mailbox.folder
        return cls(mailbox.account, folder.id, folder.uid_validity, View.of(folder), set(), reader=reader)

    async def load(self, session: Session) -> None:
        if self.view.start:
            with UnderWay(session):
                self.view.absorb(await session.store.scan(self.view.look, self.account, self.folder, 1))

    def spans(self, messages: SequenceSet, by_uid: bool) -> Spans:
        view = self.view
        if by_uid:
            return Selected.spans(self, messages, by_uid)
        within = [(low, high) for low, high in messages.resolve(view.exists) if low <= view.exists]
        named = view.spans_of_numbers(tuple(within))
        return named if not messages.saved else Selected.spans(self, SequenceSet((), True), by_uid) + named


def _mailboxes(tx: Transaction, session: Session, sources: Iterable[MailboxFilter]) -> list[_Mailbox]:
    """Each once. What may not be read, or is not there, is passed over (RFC 7377 §2.2)."""
    places, selected = session.places, session.selected
    tree = read_tree(tx, places, EVERYWHERE)
    own = read_tree(tx, places, OWN)
    found: dict[tuple[AccountId, FolderId], _Mailbox] = {}

    def add(path: str) -> None:
        try:
            place = places.find(tx, path)
        except (FolderNotFound, Elsewhere):
            return
        if place.rights & Right.READ:
            found.setdefault((place.account, place.folder.id), _Mailbox(path, place.account, place.folder))

    for source in sources:
        if source.source is MailboxSource.SELECTED:
            for path, folder in tree.folders.items():
                if selected is not None and folder.id == selected.folder:
                    place = places.find(tx, path)
                    if place.account == selected.account:
                        add(path)
        else:
            for path in _paths(source, tree, own):
                add(path)
    return list(found.values())


def _paths(source: MailboxFilter, tree: Tree, own: Tree) -> Iterator[str]:
    match source.source:
        case MailboxSource.MAILBOXES:
            yield from source.names
        case MailboxSource.SUBSCRIBED:
            yield from (path for path in tree.folders if path in tree.subscribed)
        case MailboxSource.INBOXES:
            yield from (path for path, folder in own.folders.items() if folder.id == INBOX)
        case MailboxSource.PERSONAL:
            yield from own.folders
        case _:
            for name in source.names:
                deep = source.source is MailboxSource.SUBTREE
                yield from (path for path in tree.folders if _is_within(path, name, deep))


def _is_within(path: str, top: str, deep: bool) -> bool:
    if path == top:
        return True
    below = path.removeprefix(top + SEPARATOR)
    return below != path and (deep or SEPARATOR not in below)
