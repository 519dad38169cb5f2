"""Whom a request means."""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import Kind, Outcome, parse_address, principal_by_id, resolve
from posthouse.directory.errors import BadAddress
from posthouse.directory.organisation import organisation
from posthouse.model.ids import AccountId
from posthouse.model.refusals import LimitReached
from posthouse.protocols.ews.soap import Problem
from posthouse.servers.homes import elsewhere

MAX_MEMBERS = 100
"""Of a group that is looked into."""

NOT_FOUND = Problem("ErrorMailRecipientNotFound", "Nobody here has this address.")
NOT_HERE = Problem("ErrorProxyRequestProcessingFailed", "This mailbox is on another server.")
TOO_MANY = Problem("ErrorFreeBusyDLLimitReached", f"The group has more than {MAX_MEMBERS} members.")


class Found(NamedTuple):
    accounts: tuple[AccountId, ...]
    is_group: bool


def find_mailboxes(tx: Transaction, address: str, hostname: str) -> Found | Problem:
    """By an address of mail or a legacy DN. `hostname`: of this hub. Members of a group that have no mailbox here are
    left out."""
    if address.startswith("/"):
        book = organisation(tx)
        number = book.principal_of(address) if book is not None else None
        person = principal_by_id(tx, number) if number is not None else None
        if person is None or person.kind is Kind.CONTACT:
            return NOT_FOUND
        address = person.address
    try:
        resolution = resolve(tx, parse_address(address))
    except BadAddress:
        return NOT_FOUND
    except LimitReached:
        return TOO_MANY
    accounts = tuple(one.account for one in resolution.accounts)
    if resolution.outcome is not Outcome.LOCAL or not accounts:
        return NOT_FOUND
    if len(accounts) > MAX_MEMBERS:
        return TOO_MANY
    here = tuple(account for account in accounts if _is_here(tx, account, hostname))
    return Found(here, is_group=len(accounts) > 1 or bool(resolution.remote)) if here else NOT_HERE


def _is_here(tx: Transaction, account: AccountId, hostname: str) -> bool:
    person = principal_by_id(tx, account)
    return person is not None and not elsewhere(person, hostname)
