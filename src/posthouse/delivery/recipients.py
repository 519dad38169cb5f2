"""The answer to RCPT: who gets the message, or why nobody does – before a byte of it is sent.

An address that leads to several (an alias, a group) is accepted when one of them can take the message; those that then
cannot are reported to the sender. An address that leads to one mailbox is refused here, at the door, so that no report
ever goes to a forged sender (backscatter).
"""

from __future__ import annotations

from typing import NamedTuple

from posthouse.database import Transaction
from posthouse.directory import Kind, LocalRecipient, Outcome, Principal, Resolution, find_principal, resolve
from posthouse.model.address import Address, Recipient
from posthouse.model.refusals import AccountDisabled, OverQuota, Refusal, UnknownRecipient
from posthouse.store.accounts import usage

from .errors import MailboxFull, NotForYou, RelayDenied
from .origin import Origin
from .settings import DeliverySettings

SENDERS = "senders"
"""A group's attribute: `members` or `authenticated` may send to it; anybody when it has none."""

CATCH_ALL = ("@", '""@')
"""How its address begins."""


class Accepted(NamedTuple):
    """One RCPT to which we said yes."""

    recipient: Recipient
    accounts: tuple[LocalRecipient, ...] = ()
    remote: tuple[Address, ...] = ()
    through: tuple[str, ...] = ()
    """Aliases and groups on the way."""

    @property
    def expanded(self) -> bool:
        """It became more than one (RFC 3461 §5.2.7.3)."""
        return len(self.accounts) + len(self.remote) > 1


def accept_recipient(
    tx: Transaction, recipient: Recipient, origin: Origin, size: int, settings: DeliverySettings
) -> Accepted:
    """`size` is what MAIL has announced, 0 for nothing. Raises RelayDenied, UnknownRecipient, AccountDisabled,
    OverQuota, NotForYou, LimitReached."""
    resolution = resolve(tx, recipient.address, settings.separator)
    if resolution.outcome is Outcome.NOT_OURS:
        if not origin.relays:
            raise RelayDenied
        return Accepted(recipient, (), (recipient.address,))
    if resolution.outcome is Outcome.UNKNOWN:
        raise UnknownRecipient
    if resolution.through and not origin.released:
        _require_senders(tx, resolution, origin)
    accounts = tuple(local for local in resolution.accounts if not local.disabled)
    if not resolution.remote:
        _require_room(tx, accounts, size, settings)
    return Accepted(recipient, accounts, resolution.remote, resolution.through)


def _require_room(tx: Transaction, accounts: tuple[LocalRecipient, ...], size: int, settings: DeliverySettings) -> None:
    """At least one of them can take the message."""
    refusal: Refusal = AccountDisabled()
    for local in accounts:
        try:
            usage(tx, local.account).require(size=size, messages=1)
            return
        except OverQuota:
            refusal = over_quota(settings)
        except UnknownRecipient as unknown:  # being removed at this moment
            refusal = unknown
    raise refusal


def over_quota(settings: DeliverySettings) -> OverQuota:
    return MailboxFull() if settings.quota_policy == "refuse" else OverQuota("Mailbox full, try again later")


def _require_senders(tx: Transaction, resolution: Resolution, origin: Origin) -> None:
    """Groups that do not take mail from everybody."""
    for address in resolution.through:
        group = group_of(tx, address)
        senders = group.attributes.get(SENDERS, "") if group is not None else ""
        if not senders:
            continue
        login = origin.login
        if login is None:
            raise NotForYou
        if senders == "members" and not login.admin and all(a.account != login.account for a in resolution.accounts):
            raise NotForYou


def group_of(tx: Transaction, opened: str) -> Principal | None:
    """The group of that address; None when it was an alias or a catch-all that was opened."""
    if opened.startswith(CATCH_ALL):
        return None
    found = find_principal(tx, opened)
    return found if found is not None and found.kind is Kind.GROUP else None
