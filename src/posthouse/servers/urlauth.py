"""URLs by which others may read a message – RFC 4467: signed by their owner, good until they expire or the folder's key
is reset, and for whom they name.

    sign_url    the owner's rump URL → the URL with its token
    open_signed a URL with its token → the message, if whoever asks may have it

The token is an HMAC over the URL as it is written, so nothing of it can be changed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from posthouse.database import Row, Transaction
from posthouse.directory import Kind, find_principal
from posthouse.directory.errors import BadAddress
from posthouse.model.ids import AccountId
from posthouse.model.refusals import BadSyntax, Refusal
from posthouse.protocols.imap.urls import MessageUrl, parse_url
from posthouse.store.folders import Folder, find_folder
from posthouse.store.reading import rows
from posthouse.store.url_keys import find_url_key, make_url_key

INTERNAL = "INTERNAL"
"""The one mechanism there is (RFC 4467 §5)."""
COLUMNS = ("blob", "body", "parts", "structure")


class BadUrl(Exception):
    """It names nothing that is here, or nothing for whoever asks: which of them is told to nobody."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who wants to read."""

    address: str
    """Of the login."""
    submitting: bool = False
    """To send the message in that login's name: for `submit+`."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def sign_url(tx: Transaction, account: AccountId, address: str, rump: str) -> str:
    """Raises BadSyntax for what is no URL with an access identifier, BadUrl for one that is not the login's own."""
    url = parse_url(rump)
    if not url.server or not url.access or url.mechanism:
        raise BadSyntax("a URL with its server and ;URLAUTH=, without a token")
    if complete(url.user, address.rpartition("@")[2]) != address:
        raise BadUrl("Only URLs of your own messages can be signed")
    folder = _folder(tx, account, url)
    key = make_url_key(tx, account, folder.id)
    return f"{url.rump}:internal:{_token(key, url.rump)}"


def _token(key: bytes, rump: str) -> str:
    return hmac.new(key, rump.encode("ascii"), "sha256").hexdigest()


def complete(user: str, domain: str) -> str:
    """A bare name is one of that domain."""
    return user if "@" in user else f"{user}@{domain}"


def _folder(tx: Transaction, account: AccountId, url: MessageUrl) -> Folder:
    try:
        folder = find_folder(tx, account, url.mailbox)
    except Refusal as refusal:
        raise BadUrl(str(refusal)) from None
    if url.uid_validity not in (None, folder.uid_validity):
        raise BadUrl("The mailbox has another UIDVALIDITY")
    return folder


def open_signed(tx: Transaction, text: str, asking: Asking, now: float) -> tuple[MessageUrl, Row]:
    """The URL and the message's `COLUMNS`; raises BadUrl."""
    try:
        url = parse_url(text)
    except BadSyntax as error:
        raise BadUrl(f"Expected {error.expected}") from None
    if not url.server or url.mechanism != INTERNAL:
        raise BadUrl("Not a signed URL")
    if not _is_for(url, asking) or (url.expires is not None and url.expires.timestamp() <= now):
        raise BadUrl
    account = _owner(tx, complete(url.user, asking.domain))
    folder = _folder(tx, account, url)
    key = find_url_key(tx, account, folder.id)
    if key is None or not hmac.compare_digest(_token(key, url.rump), url.token):
        raise BadUrl
    found = rows(tx, account, folder.id, url.uid, url.uid, COLUMNS, 1)
    if not found:
        raise BadUrl("No such message")
    return url, found[0]


def _is_for(url: MessageUrl, asking: Asking) -> bool:
    """RFC 4467 §2. There is no anonymous login, so `anonymous` and `authuser` are the same here."""
    kind, _, user = url.access.partition("+")
    if kind in ("anonymous", "authuser"):
        return True
    if complete(user, asking.domain) != asking.address:
        return False
    return kind == "user" or asking.submitting


def _owner(tx: Transaction, address: str) -> AccountId:
    try:
        owner = find_principal(tx, address)
    except BadAddress:
        raise BadUrl from None
    if owner is None or owner.kind is not Kind.ACCOUNT:
        raise BadUrl
    return owner.id
