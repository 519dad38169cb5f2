"""Messages and their parts, by URL – RFC 4469 §3. For those that are signed see
`servers/urlauth.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthouse.database import Row, Transaction
from posthouse.model.ids import AccountId, FolderId
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.model.rights import Right
from posthouse.protocols.imap.fetch import Section
from posthouse.protocols.imap.urls import MessageUrl, parse_url
from posthouse.servers.sections import Loaded, find_section
from posthouse.servers.urlauth import COLUMNS, BadUrl
from posthouse.store import Store
from posthouse.store.blobs import Buffer
from posthouse.store.folders import Folder, load_folder
from posthouse.store.reading import rows

from .places import Places

if TYPE_CHECKING:
    from .session import Session


async def open_url(session: Session, text: str) -> tuple[Buffer, int, int]:
    """What a relative URL names, seen from the selected folder: the octets, from and to. A URL with a server or with
    URLAUTH is another command's (RFC 4469 §3)."""
    try:
        url = parse_url(text)
    except BadSyntax as error:
        raise BadUrl(f"Expected {error.expected}") from None
    if url.server or url.access:
        raise BadUrl("Only a URL within this session can be used here")
    if not url.mailbox and session.selected is not None:
        found = await session.store.read(_find_in_selected, session.selected.account, session.selected.folder, url)
    else:
        found = await session.store.read(_find_by_name, session.places, url)
    return section_of(load(session.store, found), url)


def _find_in_selected(tx: Transaction, account: AccountId, folder: FolderId, url: MessageUrl) -> Row:
    try:
        return _message(tx, account, load_folder(tx, account, folder), url)
    except Refusal as refusal:
        raise BadUrl(str(refusal)) from None


def _find_by_name(tx: Transaction, places: Places, url: MessageUrl) -> Row:
    try:
        place = places.find(tx, url.mailbox).require(Right.READ)
        return _message(tx, place.account, place.folder, url)
    except Refusal as refusal:
        raise BadUrl(str(refusal)) from None


def _message(tx: Transaction, account: AccountId, folder: Folder, url: MessageUrl) -> Row:
    if url.uid_validity not in (None, folder.uid_validity):
        raise BadUrl("The mailbox has another UIDVALIDITY")
    found = rows(tx, account, folder.id, url.uid, url.uid, COLUMNS, 1)
    if not found:
        raise BadUrl("No such message")
    return found[0]


def load(store: Store, row: Row) -> Loaded:
    blob, body, parts, _ = row
    try:
        return Loaded(store.blobs.open(blob) if blob else body or b"", parts)
    except FileNotFoundError:  # expunged and swept since its row was read
        raise BadUrl("No such message") from None


def section_of(message: Loaded, url: MessageUrl) -> tuple[Buffer, int, int]:
    found = find_section(message, url.section or Section(), url.partial)
    if found is None:
        raise BadUrl("No such section")
    return found
