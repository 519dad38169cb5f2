"""Submission – RFC 6409: a message from one of our own people is mended in its header, or refused; its body is never
touched, and whatever needs no mending stays as it came.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from posthouse.database import Transaction
from posthouse.directory import DELEGATE, Login, Outcome, find_principal, links, members_of, resolve
from posthouse.message.addresses import addr_specs
from posthouse.message.compose import LIMIT
from posthouse.message.headers import FIELD, unfold
from posthouse.message.repair import Inventory, missing_fields, refold, remove_fields, take_inventory
from posthouse.model.address import Address
from posthouse.model.ids import AccountId
from posthouse.protocols.smtp.trace_fields import format_date

from .errors import BadMessage, SenderNotYours
from .recipients import group_of

if TYPE_CHECKING:
    from .delivery import Delivery


async def repair_submission(delivery: Delivery, login: Login, header: bytes, id: str) -> bytes:
    """The header as it goes on. Raises BadMessage and SenderNotYours."""
    inventory = take_inventory(header)
    sender = ""
    if not inventory.from_is_valid:
        if inventory.from_count or delivery.settings.missing_from == "refuse":
            raise BadMessage("The message needs one From field with an address")
        sender = f"<{login.address}>"
    if inventory.sender_count > 1:
        raise BadMessage("The message has more than one Sender field")
    await _require_own(delivery, login, header, inventory)
    date = format_date(datetime.fromtimestamp(delivery.store.now(), UTC))
    added = missing_fields(inventory, date=date, message_id=f"<{id}@{delivery.hostname}>", sender=sender)
    if inventory.has_bcc:
        header = remove_fields(header)
    if inventory.longest_line > LIMIT:
        header = refold(header)
    return added + header if added else header


async def _require_own(delivery: Delivery, login: Login, header: bytes, inventory: Inventory) -> None:
    """Sender is the login's own address, and so is every author in From: nobody speaks in another's name, unless it
    says who has sent it, and the author has named them a delegate (RFC 5322 §3.6.2)."""
    authors = [mailbox.address for mailbox in inventory.authors if mailbox.address.domain]
    senders = [address for value in _values(header, b"sender") for address in addr_specs(value)]
    for address in dict.fromkeys(senders):
        await delivery.require_own(login, address)
    for address in dict.fromkeys(authors):
        await delivery.require_own(login, address, on_behalf=bool(senders))


def _values(header: bytes, name: bytes) -> list[bytes]:
    return [unfold(value) for _, found, value in FIELD.findall(header) if found.lower() == name]


def owns(tx: Transaction, login: Login, address: Address, separator: str) -> bool:
    """Whether mail to `address` comes to the login, by its own address or by aliases."""
    return login.account in owners_of(tx, address, separator)


def owners_of(tx: Transaction, address: Address, separator: str) -> set[AccountId]:
    """To whom mail for it comes; nobody, if through a group: being a member of one does not make one its voice."""
    resolution = resolve(tx, address, separator)
    if resolution.outcome is not Outcome.LOCAL or any(group_of(tx, opened) for opened in resolution.through):
        return set()
    return {local.account for local in resolution.accounts}


def is_delegate(tx: Transaction, login: Login, address: Address, separator: str) -> bool:
    """Whether whoever has this address has named the login, or a group that it is in, to send on their behalf."""
    for owner in owners_of(tx, address, separator):
        for named in links(tx, owner, DELEGATE):
            found = find_principal(tx, named)
            if found is not None and login.account in members_of(tx, found.id):
                return True
    return False


def require_owned(tx: Transaction, login: Login, address: Address, separator: str, *, on_behalf: bool = False) -> None:
    if not owns(tx, login, address, separator) and not (on_behalf and is_delegate(tx, login, address, separator)):
        raise SenderNotYours
