"""Whom a list of rights names: an account or a group by its address, or everybody (RFC 4314 §2)."""

from __future__ import annotations

from posthouse.database import Transaction
from posthouse.directory.errors import BadAddress
from posthouse.directory.principals import Kind, find_principal, principal_by_id
from posthouse.model.ids import AccountId
from posthouse.model.refusals import UnknownRecipient

ANYONE = "anyone"
NOBODY = AccountId(0)
"""The number that stands for `anyone`: no principal has it."""


def identify(tx: Transaction, name: str, default_domain: str = "") -> tuple[AccountId, bool]:
    """The principal, and whether it is a group. A name without a domain is completed as at a login.
    `UnknownRecipient`."""
    if name == ANYONE:
        return NOBODY, False
    try:
        found = find_principal(tx, name if "@" in name else f"{name}@{default_domain}")
    except BadAddress:
        found = None
    if found is None or found.kind is Kind.CONTACT:
        raise UnknownRecipient(f"No such account or group: {name}")
    return found.id, found.kind is Kind.GROUP


def identifier_of(tx: Transaction, principal: AccountId) -> str | None:
    """None for one that is in the directory no more."""
    if principal == NOBODY:
        return ANYONE
    found = principal_by_id(tx, principal)
    return None if found is None else found.address
